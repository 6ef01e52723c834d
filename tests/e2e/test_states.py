"""What `satchel status` says of an account, and new mail that arrives while a client idles."""

import socket
import threading
import time

import pytest

from support import faulty_upstream as faulty, waiting
from support.certificates import Authority
from support.faulty_upstream import FaultyUpstream
from support.satchel import SLOW
from support.upstream import Upstream

PORTAL = (b"HTTP/1.1 302 Found\r\nLocation: http://portal.example.net/login\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.quick
def test_online(running):
    assert running.in_state("online")["in_sync"]


def test_a_wrong_password(satchel, upstream):
    satchel.start()
    satchel.add_account(upstream.port, ca=upstream.ca, password="not-the-password", check=False)
    detail = satchel.in_state("login-refused")["detail"]
    assert detail and "not-the-password" not in detail + satchel.log()


def test_a_password_that_is_changed_while_running(running, upstream):
    upstream.dovecot.change_password("another")
    upstream.cut()
    running.in_state("offline")
    upstream.mend()
    running.in_state("login-refused", 60)
    upstream.dovecot.change_password("secret")
    running.sync()
    running.in_state("online", 60)


def give_password(satchel, word: str, *more: str):
    return satchel.run_verb("account", "password", "one", "--password-stdin", *more, text=word + "\n")


def test_another_password_is_told_and_the_queue_goes_up(running, upstream):
    """`satchel account password`, of a proxy that runs; a wrong one changes nothing."""
    client = running.client()
    upstream.dovecot.change_password("another")
    upstream.cut()
    running.in_state("offline")
    assert client.append("INBOX", None, None, b"Subject: waits\r\n\r\ntext\r\n")[0] == "OK"
    upstream.mend()
    account = running.in_state("login-refused", 60)
    assert any("satchel account password" in sentence for sentence in account["attention"])
    done = give_password(running, "wrong")
    assert done.returncode == 1 and "password" in done.stderr and "wrong" not in done.stderr
    assert running.in_state("login-refused")["operations_pending"] == 1
    assert give_password(running, "").returncode == 1
    done = give_password(running, "another")
    assert done.returncode == 0 and "another" not in done.stdout + done.stderr + running.log(), done.stderr
    running.sync()
    account = running.in_state("online")
    assert account["in_sync"] and account["attention"] == []
    colleague = upstream.colleague()
    colleague.select("INBOX", readonly=True)
    assert len(colleague.search(None, "SUBJECT", "waits")[1][0].split()) == 1
    assert running.client().select("INBOX")[0] == "OK", "clients keep theirs"


def test_another_password_is_told_where_no_proxy_runs(running, upstream):
    running.stop()
    upstream.dovecot.change_password("another")
    assert give_password(running, "another").returncode == 0
    upstream.dovecot.change_password("third")
    assert give_password(running, "wrong").returncode == 1
    assert give_password(running, "third", "--no-check").returncode == 0
    running.start()
    running.sync()


def test_a_certificate_of_an_unknown_authority(satchel, upstream):
    satchel.start()
    satchel.add_account(upstream.port, check=False)
    assert satchel.in_state("certificate-problem")["detail"]


def test_a_certificate_of_another_name(satchel, upstream, folder):
    authority = Authority(folder / "other")
    certificate = authority.server("elsewhere", "DNS:elsewhere.example.org")
    with FaultyUpstream(upstream.dovecot.port, faulty.Fault(), certificate) as server:
        satchel.start()
        satchel.add_account(server.port, ca=authority.certificate, check=False)
        satchel.in_state("certificate-problem")


def test_a_captive_portal(satchel, upstream):
    with FaultyUpstream(upstream.dovecot.port, faulty.Says(PORTAL)) as portal:
        satchel.start()
        satchel.add_account(portal.port, ca=upstream.ca, check=False)
        satchel.in_state("captive-portal")


def test_no_network(satchel):
    satchel.start()
    satchel.add_account(waiting.free_port(), check=False)
    assert satchel.in_state("offline")["detail"]


def closes_at_once(listener: socket.socket, moments: list[float]) -> None:
    """Notes when each connection came."""
    try:
        while True:
            listener.accept()[0].close()
            moments.append(time.monotonic())
    except OSError:
        pass  # the listener was closed


def test_it_tries_again_ever_more_rarely(satchel):
    """The upstream ends each connection at once: the pauses double, give or take; who asks for a sync does not wait."""
    moments = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=closes_at_once, args=(listener, moments), daemon=True)
        thread.start()
        satchel.start()
        satchel.add_account(listener.getsockname()[1], check=False)
        waiting.until(lambda: len(moments) >= 5, "five connections", 60 * SLOW)
        asked = time.monotonic()
        satchel.run_verb("sync")
        waiting.until(lambda: len(moments) > 5, "one more", 10)
        assert moments[5] - asked < 3, "the next pause is four seconds at least"
        assert satchel.in_state("offline")["detail"]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
    pauses = [later - earlier for earlier, later in zip(moments, moments[1:])][:4]
    assert all(later > 1.5 * earlier for earlier, later in zip(pauses, pauses[2:])), pauses
    assert sum(pauses) > 3.5, pauses


@pytest.mark.quick
def test_account_add_tries_the_login_first(satchel, upstream):
    satchel.start()
    done = satchel.run_verb("account", "add", "--email", "u@example.org", "--host", "127.0.0.1", "--port", upstream.port, "--security",
                            "tls", "--user", "user", "--password-stdin", "--name", "one", "--ca", upstream.ca, text="wrong\n")
    assert done.returncode == 1 and done.stderr.strip() and "wrong" not in done.stderr
    assert satchel.status()["accounts"] == []


def test_the_queue_survives_each_state(running, upstream, folder):
    """Offline, portal, wrong certificate, wrong password: what was done here goes up in the end, once."""
    client = running.client()
    upstream.cut()
    running.in_state("offline")
    assert client.append("INBOX", None, None, b"Subject: waits\r\n\r\ntext\r\n")[0] == "OK"
    port = upstream.port
    portal = FaultyUpstream(upstream.dovecot.port, faulty.Says(PORTAL), port=port).start()
    running.in_state("captive-portal", 90)
    portal.stop()
    other = FaultyUpstream(upstream.dovecot.port, faulty.Fault(), Authority(folder / "other").server("localhost"), port=port).start()
    running.in_state("certificate-problem", 90)
    other.stop()
    assert running.account()["operations_pending"] == 1
    upstream.mend()
    running.sync()
    colleague = upstream.colleague()
    colleague.select("INBOX", readonly=True)
    assert len(colleague.search(None, "SUBJECT", "waits")[1][0].split()) == 1


def test_new_mail_appears_at_an_idling_client_within_a_second(running, upstream):
    client = running.client()
    count = int(client.select("INBOX")[1][0])
    client.send(b"i IDLE\r\n")
    while not client.readline().startswith(b"+"):
        pass
    colleague = upstream.colleague()
    for more in (1, 2, 3):
        assert colleague.append("INBOX", None, None, b"Subject: now\r\n\r\nnew\r\n")[0] == "OK"
        start = time.monotonic()
        client.sock.settimeout(20)
        while f"* {count + more} EXISTS".encode() not in (line := client.readline()):
            assert line, "the connection ended"
        assert time.monotonic() - start < 1.0 * SLOW
    client.send(b"DONE\r\n")
    while not client.readline().startswith(b"i OK"):
        pass
    assert b"Subject: now" in client.fetch(str(count + 1), "(BODY.PEEK[])")[1][0][1]


def test_flags_and_expunges_of_a_colleague_appear_while_idling(running, upstream):
    client = running.client()
    client.select("INBOX")
    client.send(b"i IDLE\r\n")
    while not client.readline().startswith(b"+"):
        pass
    client.sock.settimeout(20 * SLOW)
    colleague = upstream.colleague()
    colleague.select("INBOX")
    colleague.store("1", "FLAGS", "(\\Flagged Theirs)")
    while b"theirs" not in (line := client.readline()).lower():
        assert line
    colleague.store("1", "+FLAGS", "(\\Deleted)")
    colleague.expunge()
    while b"* 1 EXPUNGE" not in (line := client.readline()):
        assert line


def test_a_body_that_a_client_asks_for_comes_before_the_back_fill(satchel, folder):
    """On a slow line the oldest message, which the back-fill loads last, is there at once; offline it is UNAVAILABLE."""
    with Upstream(folder / "upstream", profile="") as server:
        colleague = server.colleague()
        for number in range(400):  # more than what is heard of first
            colleague.append("INBOX", None, None, b"Subject: %d\r\n\r\ntext of %d\r\n" % (number, number))
        server.line.fault = faulty.SlowBodies(0.05)  # 2.5 seconds for the first screen, 17 for the others
        satchel.start()
        satchel.add_account(server.port, ca=server.ca)
        client = satchel.client()
        assert client.select("INBOX")[1] == [b"400"]
        start = time.monotonic()
        kind, data = client.fetch("1", "(BODY.PEEK[])")
        seconds = time.monotonic() - start
        assert kind == "OK" and b"text of 0" in data[0][1], data
        assert satchel.account()["contents_missing"] > 100 and seconds < 5 * SLOW, seconds
        server.cut()
        satchel.in_state("offline")
        missing = satchel.account()["contents_missing"]
        assert missing > 0
        answers = [client.fetch(str(number + 1), "(BODY.PEEK[])") for number in range(400)]
        assert answers[0][0] == "OK"
        for number, (kind, data) in enumerate(answers):
            assert b"text of %d\r\n" % number in data[0][1] if kind == "OK" else b"[UNAVAILABLE]" in data[0], data
        assert [kind for kind, _data in answers].count("NO") == missing
        client.logout()
        satchel.stop()
