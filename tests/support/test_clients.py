"""The clients work as the end-to-end tests use them: tried on Dovecot itself."""

from support import generate_mail
from support.clients import Mbsync, curl, neomutt
from support.dovecot import Dovecot


def test_the_clients_on_dovecot(folder):
    server = Dovecot(folder / "upstream")
    generate_mail.generate("demo", server.root(), count=60)
    shown = {"port": server.port, "user": "user", "password": "secret"}
    with server:
        assert b"Subject:" in curl(shown, "INBOX;UID=1")
        message = folder / "draft"
        message.write_bytes(b"Subject: curled\r\n\r\ntext\r\n")
        curl(shown, "Drafts", "--upload-file", message)
        assert curl(shown, "Drafts", "--request", "SEARCH SUBJECT curled").split()[2:] != []

        two_ways = Mbsync(folder / "mbsync", **shown)
        two_ways.run()
        assert set(two_ways.contents()) >= {"INBOX", "Archive/Reisen", "&2Dzfkg- Trips"}

        neomutt(folder / "neomutt", shown,
                "<limit>~A<enter><first-entry><flag-message><next-entry><save-message>=Archive<enter><sync-mailbox><quit>")
        client = server.client()
        client.select("Archive")
        kind, data = client.search(None, "ALL")
        assert len(data[0].split()) == 4
