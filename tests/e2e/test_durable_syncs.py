"""Syncs that fail: the store closes, opens again from what is durable, and goes on by itself; clients hear NO [UNAVAILABLE]
meanwhile. What a failed sync should have kept is never on the disk, whatever a later one says, so a power cut at the end shows
whether anything was retried."""

import imaplib

import pytest

from support import waiting
from support.forgetful_disk import ForgetfulDisk
from support.satchel import SLOW, Satchel

SYNCS = 12  # of a round of work there are about as many


class Mail:
    """A client's changes in INBOX, offline, and what they led to as far as they were acknowledged."""

    def __init__(self, satchel: Satchel):
        self._satchel = satchel
        self._number = 0
        self.kept: dict[int, tuple[bytes, bytes]] = {}  # UID: (body, flags)
        self.boxes: set[bytes] = set()
        self.refused = 0

    def work(self) -> None:
        """A change of each kind; each is told OK, or NO with the code."""
        client = self._satchel.client()
        self._number += 1
        body = b"Subject: %d\r\n\r\n" % self._number + b"text\r\n" * 500 * (self._number % 3)
        uid_next = int(client.status("INBOX", "(UIDNEXT)")[1][0].split()[-1].rstrip(b")"))
        if self._told(client.append("INBOX", None, None, body)):
            self.kept[uid_next] = (body, b"")
        if self._told(client.create(f"Box{self._number}")):
            self.boxes.add(b"Box%d" % self._number)
        client.select("INBOX")
        if self.kept:
            uid = max(self.kept)
            if self._told(client.uid("STORE", str(uid), "+FLAGS", "(\\Flagged)")):
                self.kept[uid] = (self.kept[uid][0], b"\\Flagged")
        if len(self.kept) > 2:
            uid = min(self.kept)
            client.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)")
            if self._told(client.uid("EXPUNGE", str(uid))) and not self._holds(client, uid):
                del self.kept[uid]
        client.logout()

    def _holds(self, client, uid: int) -> bool:
        """Without \\Deleted (that change may have been refused) nothing is expunged."""
        return client.uid("FETCH", str(uid), "(UID)")[1] != [None]

    def _told(self, answer) -> bool:
        kind, (text, *_) = answer
        assert kind == "OK" or (text.startswith(b"[UNAVAILABLE] ") and len(text.split()) > 3), answer
        self.refused += kind != "OK"
        return kind == "OK"

    def read_meanwhile(self) -> None:
        """The right bytes, or NO with the code."""
        client = self._satchel.client()
        client.select("INBOX", readonly=True)
        kind, data = client.uid("FETCH", ",".join(map(str, self.kept)), "(BODY.PEEK[])")
        bodies = [item[1] for item in data if isinstance(item, tuple)]
        assert bodies == [body for body, _flags in self.kept.values()] if kind == "OK" else data[0].startswith(b"[UNAVAILABLE] "), data
        client.logout()

    def check(self, only: bool) -> None:
        """What was acknowledged is there; `only`: and nothing else."""
        client = self._satchel.client()
        client.select("INBOX", readonly=True)
        data = client.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[])")[1]
        seen = {int(item[0].split(b"UID ")[1].split()[0]): (item[1], b"\\Flagged" if b"Flagged" in item[0] else b"")
                for item in data if isinstance(item, tuple)}
        for uid, (body, flags) in self.kept.items():
            assert seen.get(uid, ("", ""))[0] == body and flags in seen[uid][1], uid
        if only:
            assert seen.keys() == self.kept.keys()
        boxes = {line.split()[-1].strip(b'"') for line in client.list()[1]}
        assert self.boxes <= boxes and (not only or boxes == self.boxes | {b"INBOX"})
        client.logout()


def works(mail: Mail) -> bool:
    before = mail.refused
    mail.work()
    return mail.refused == before


@pytest.fixture
def disk(folder):
    with ForgetfulDisk(folder / "disk") as disk:
        yield disk


@pytest.fixture
def program(folder, disk, empty_upstream):
    """Its home on that disk, offline."""
    with Satchel(folder / "satchel", home=disk.place / "home").init_key("file") as satchel:
        satchel.start()
        satchel.add_account(empty_upstream.port, ca=empty_upstream.ca)
        satchel.sync()
        empty_upstream.cut()
        satchel.in_state("offline")
        yield satchel


def cut_and_start(disk, satchel, seed: int = 0) -> None:
    satchel.kill()
    disk.cut(seed)
    satchel.deep_doctor()
    satchel.start()


def test_each_sync_fails_once(disk, program):
    """The n-th of a round of work, for each n until a round has fewer. Then power is cut."""
    mail, failures = Mail(program), 0
    for after in range(SYNCS):
        disk.fail(1, after=after)
        mail.work()
        failures += disk.failed()
        disk.heal()
        waiting.until(lambda: works(mail), "it goes on by itself", 30 * SLOW)
        mail.check(only=True)
        if after % 4 == 3:
            cut_and_start(disk, program, after % 8 == 7)
            mail.check(only=False)
    assert failures >= 6 and mail.refused >= 4


def test_a_disk_that_syncs_nothing_for_a_while(disk, program):
    mail = Mail(program)
    for _ in range(3):
        mail.work()
    disk.fail(1_000_000)
    for _ in range(5):
        before = mail.refused
        mail.work()
        assert mail.refused > before
        mail.read_meanwhile()
    disk.heal()
    waiting.until(lambda: works(mail), "it goes on by itself", 30 * SLOW)
    mail.check(only=True)
    cut_and_start(disk, program)
    mail.check(only=False)


def test_the_power_goes_while_syncs_fail(disk, program):
    mail = Mail(program)
    for seed in range(4):
        mail.work()
        disk.fail(1_000_000, after=3)
        try:
            mail.work()
        except (imaplib.IMAP4.abort, OSError):
            pass
        program.kill()
        disk.heal()
        disk.cut(seed)
        program.deep_doctor()
        program.start()
        mail.check(only=False)
