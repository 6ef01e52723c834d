"""mbsync through Satchel brings down what mbsync brings down from Dovecot itself: 10,000 messages, 2,000 of them odd."""

import pytest

from support import compare, faulty_upstream as faulty, generate_mail
from support.clients import Mbsync
from support.dovecot import Dovecot
from support.faulty_upstream import FaultyUpstream


def equal_maildirs(satchel, folder, count=None):
    server = Dovecot(folder / "upstream")
    made = generate_mail.generate("equal", server.root(), count=count)
    with server:
        satchel.start()
        satchel.add_account(server.tls_port, ca=server.ca)
        satchel.sync(seconds=300)
        direct = Mbsync(folder / "direct", port=server.tls_port, user="user", password="secret", ca=server.ca, sync="Pull")
        direct.run()
        shown = satchel.show()
        through = Mbsync(folder / "through", port=shown["port"], user=shown["user"], password=shown["password"], sync="Pull")
        through.run()
        here, there = through.contents(), direct.contents()
        assert here.keys() == there.keys() and len(there) >= 28
        different = {name: (len(here[name]), len(there[name])) for name in there if here[name] != there[name]}
        assert different == {}
        assert sum(map(len, there.values())) >= made * 0.97, "mbsync itself leaves out what has no header at all"
        through_imap = compare.read_all(satchel.client())
        assert sum(len(mailbox.messages) for mailbox in through_imap.values()) == made
        assert compare.differences(through_imap, compare.read_all(server.client())) == []
        satchel.stop()


def test_mbsync_through_satchel_is_mbsync_direct(satchel, folder):
    equal_maildirs(satchel, folder)


@pytest.mark.quick
def test_a_thousand_of_them(satchel, folder):
    equal_maildirs(satchel, folder, count=1000)


@pytest.mark.parametrize("name, change", [
    ("bare LF", lambda body: body.replace(b"\r\n", b"\n")),
    ("NUL bytes", lambda body: body.replace(b"e", b"\0")),
    ("bare CR", lambda body: body[:body.find(b"\r\n\r\n") + 4] + body[body.find(b"\r\n\r\n") + 4:].replace(b"\r\n", b"\r")),
])
def test_bodies_that_dovecot_would_mend(satchel, folder, name, change):
    """Dovecot sends no bare LF and no NUL; servers that do are served on byte for byte."""
    server = Dovecot(folder / "upstream")
    generate_mail.generate("demo", server.root(), count=60)
    with server, FaultyUpstream(server.port, faulty.RewritesBodies(change), server.certificate) as rewritten:
        satchel.start()
        satchel.add_account(rewritten.port, ca=server.ca)
        satchel.sync()
        there = compare.read_all(server.client())
        here = compare.read_all(satchel.client())
        wanted = {key: len(mailbox.messages) for key, mailbox in there.items()}
        assert {key: len(mailbox.messages) for key, mailbox in here.items()} == wanted
        context = server.client()
        context.select("INBOX", readonly=True)
        _kind, originals = context.uid("FETCH", "1:*", "(BODY.PEEK[])")
        client = satchel.client()
        client.select("INBOX", readonly=True)
        _kind, served = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
        assert [item[1] for item in served if isinstance(item, tuple)] == \
            [change(item[1]) for item in originals if isinstance(item, tuple)], name
        satchel.stop()
