"""What waits for what: round trips to upstream, counted without a clock, and what does not go over the line at all."""

import re
import time

import pytest

from support import compare, generate_mail, maildir, waiting
from support.dovecot import Dovecot
from support.round_trips import DOWN, TLS, UP, RoundTrips
from support.satchel import SLOW

TCP = 1  # the handshake of the connection itself; nothing of the program's can be before it


@pytest.fixture
def dovecot(folder):
    with Dovecot(folder / "dovecot") as server:
        yield server


@pytest.fixture
def line(dovecot):
    with RoundTrips(dovecot.port, dovecot.certificate) as relay:
        yield relay


def fill(dovecot, count: int, *mailboxes: str) -> None:
    generate_mail.generate("bench_small", dovecot.root(), count=count)
    for mailbox in mailboxes:
        maildir.write(dovecot.root(), mailbox, [])
    maildir.subscribe(dovecot.root(), ["INBOX", *mailboxes])
    dovecot.give_mail()


def in_step(satchel, line, dovecot, **environment):
    satchel.start(**environment)
    satchel.add_account(line.port, ca=dovecot.ca, check=False)
    satchel.sync()
    return satchel


def select(client, mailbox: str = "INBOX") -> int:
    return int(client.select(mailbox)[1][0])


def test_the_first_screen_takes_eight_round_trips(satchel, line, dovecot):
    """From nothing to the newest 50 messages with their bodies, on a line that lets no connection speak a sixth time."""
    fill(dovecot, 400, *(f"Folder {number}" for number in range(20)))
    allowed = 8 - TCP - TLS
    line.hold(allowed)
    satchel.start()
    satchel.add_account(line.port, ca=dovecot.ca, check=False)
    client = satchel.client()
    assert waiting.until(lambda: select(client), "INBOX is listed") == 400
    client.sock.settimeout(20 * SLOW)
    assert len([part for part in client.fetch("351:400", "(ENVELOPE BODY.PEEK[])")[1] if isinstance(part, tuple)]) == 50
    client.logout()
    first = line.conversations[0]
    assert len(first.flights) == allowed and first.said(DOWN).count(b"BODY[] {") == 50
    line.release()
    satchel.sync()


def test_the_line_that_tried_the_login_is_gone_on_with(satchel, line, dovecot):
    """And bodies come on a line of their own; the third one watches INBOX."""
    fill(dovecot, 1000)
    satchel.start()
    satchel.add_account(line.port, ca=dovecot.ca)
    satchel.sync()
    first, *others = line.conversations
    assert b"EXAMINE" in first.said(UP) and len(others) == 2
    bodies = [one.said(DOWN).count(b"BODY[] {") for one in line.conversations]
    assert bodies[0] == 50 and sorted(bodies[1:]) == [0, 950]
    first_flight_for_bodies = next(flight for one in others for flight in one.flights if b"BODY.PEEK[]" in flight)
    assert b"EXAMINE" in first_flight_for_bodies


def test_three_hundred_mailboxes_with_nothing_new_are_one_round_trip(satchel, line, dovecot):
    fill(dovecot, 50, *(f"Work/Project {number}" for number in range(300)))
    in_step(satchel, line, dovecot)
    waiting.until(lambda: quiet(line), "nothing is said any more")
    line.forget()
    satchel.sync()
    assert sum(len(one.flights) for one in line.spoken) <= 3
    assert line.size < 64 * 1024


def test_a_start_with_nothing_new_asks_once_after_the_login(satchel, line, dovecot):
    fill(dovecot, 50, *(f"Work/Project {number}" for number in range(300)))
    in_step(satchel, line, dovecot)
    waiting.until(lambda: quiet(line), "nothing is said any more")
    satchel.stop()
    line.conversations.clear()
    line.hold(2)  # the login, and all that follows
    satchel.start()
    waiting.until(lambda: satchel.account()["in_sync"], "it is in step", 20 * SLOW)
    assert b"LIST" in line.conversations[0].flights[1]
    # The other one watches INBOX.
    assert line.size < 64 * 1024
    assert len(line.spoken) <= 2
    line.release()
    satchel.sync()


def quiet(line) -> bool:
    before = line.size
    time.sleep(0.3)
    return line.size == before


def idling(satchel):
    client = satchel.client()
    count = select(client)
    client.send(b"i IDLE\r\n")
    while not client.readline().startswith(b"+"):
        pass
    client.sock.settimeout(20 * SLOW)
    return client, count


def test_new_mail_is_told_after_one_question(satchel, line, dovecot):
    """Upstream says EXISTS, one question goes up, and what it brings is told to an idling client: nothing more gets through."""
    fill(dovecot, 20)
    in_step(satchel, line, dovecot)
    client, count = idling(satchel)
    waiting.until(lambda: quiet(line), "nothing is said any more")
    line.forget()
    line.hold(1)  # on each connection: the end of the watcher's IDLE, and the question
    dovecot.client().append("INBOX", None, None, b"Subject: now\r\n\r\nnew\r\n")
    while f"* {count + 1} EXISTS".encode() not in (heard := client.readline()):
        assert heard, "the connection ended"
    asked = [one.flights[0] for one in line.spoken if b"FETCH" in one.flights[0]]
    assert len(asked) == 1 and b"EXAMINE" in asked[0]
    line.release()
    satchel.sync()


@pytest.mark.parametrize("count", [600])
def test_no_body_goes_over_the_line_when_messages_are_moved(satchel, line, dovecot, count):
    fill(dovecot, count, "Archive 2024")
    in_step(satchel, line, dovecot)
    line.stop()
    client = satchel.client()
    select(client)
    assert client.uid("MOVE", "1:*", '"Archive 2024"')[0] == "OK"
    line.start()
    line.forget()
    satchel.sync()
    assert line.bodies() == 0
    there = compare.read_all(dovecot.client())
    assert (len(there[b"INBOX"].messages), len(there[b"Archive 2024"].messages)) == (0, count)
    assert compare.differences(compare.read_all(satchel.client()), there) == []


def test_no_body_goes_over_the_line_when_upstream_renumbers(satchel, line, dovecot):
    fill(dovecot, 600)
    in_step(satchel, line, dovecot)
    before = compare.read_all(satchel.client())
    validity = compare.read_mailbox(dovecot.client(), b"INBOX").uid_validity
    waiting.until(lambda: int(time.time()) > validity, "another second, as Dovecot takes the time for it")
    forget_uids(dovecot)
    line.forget()
    satchel.sync()
    assert compare.read_mailbox(dovecot.client(), b"INBOX").uid_validity != validity
    assert line.bodies() == 0
    assert compare.changed_uids(before, compare.read_all(satchel.client())) == []


def forget_uids(dovecot) -> None:
    dovecot.stop()
    for name in dovecot.root().glob("dovecot*"):
        if name.name != "dovecot-keywords":
            name.unlink()
    dovecot.start()


def test_flags_of_thousands_go_up_in_a_few_commands(satchel, line, dovecot):
    fill(dovecot, 3000)
    in_step(satchel, line, dovecot)
    waiting.until(lambda: quiet(line), "nothing is said any more")
    line.stop()
    client = satchel.client()
    select(client)
    assert client.store("1:*", "+FLAGS.SILENT", "(RoadOne)")[0] == "OK"
    assert client.store("1:1500", "+FLAGS.SILENT", "(RoadTwo)")[0] == "OK"
    line.start()
    line.forget()
    satchel.sync()
    stores = [command for one in line.spoken for command in re.findall(rb"UID STORE [^\r]*", one.said(UP))]
    assert len(stores) <= 4, stores
    assert max(map(len, stores)) < 200  # ranges, not numbers
    assert compare.differences(compare.read_all(satchel.client()), compare.read_all(dovecot.client())) == []
