"""Here and there: the program offline, a colleague at its upstream, and how both look when they have met again."""

import json

from . import compare

BOXES = ("Archive", "Trips", "Work")
DATE = '"17-Nov-2024 08:00:00 +0100"'  # INTERNALDATE of all that is there: it tells none from another


def letter(subject: str, text: str = "") -> bytes:
    return (f"From: u@example.org\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n\r\n"
            f"{text or subject}\r\n").encode()


class Both:
    """INBOX holds one message each of subjects m0 … m5, every second \\Flagged; Archive, Trips and Work are empty.

    here is a client of the program, which is offline from leave() on; there is the colleague's connection.
    """

    def __init__(self, satchel, upstream):
        self.satchel, self.upstream = satchel, upstream
        self.there = upstream.colleague()
        for box in BOXES:
            assert self.there.create(box)[0] == "OK"
        for number in range(6):
            self.append_there("INBOX", letter(f"m{number}"), "(\\Flagged)" if number % 2 else None)
        satchel.start()
        satchel.add_account(upstream.port, ca=upstream.ca)

    def append_there(self, box: str, message: bytes, flags: str | None = None) -> None:
        answer = self.there.append(box, flags, DATE, message)
        assert answer[0] == "OK", answer

    def leave(self) -> "Both":
        """In step, then offline."""
        self.satchel.sync()
        return self.cut()

    def cut(self) -> "Both":
        self.upstream.cut()
        self.satchel.in_state("offline")
        self.here = self.satchel.client()
        return self

    def both(self, mailbox: str = "INBOX"):
        return self.do(self.here, mailbox), self.do(self.there, mailbox)

    @staticmethod
    def do(client, mailbox: str = "INBOX"):
        """Gives back a function that sends one UID command for the message of a subject, the first of several."""
        assert client.select(mailbox)[0] == "OK"

        def command(subject: str, verb: str, *arguments: str):
            uid = client.uid("SEARCH", "HEADER", "Subject", subject)[1][0].decode().split()[0]
            if verb == "EXPUNGE":
                assert client.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted)")[0] == "OK"
            answer = client.uid(verb, uid, *arguments)
            assert answer[0] == "OK", answer

        return command

    def come_back(self) -> int:
        """Online again, and synchronised as far as it goes; the exit code of sync."""
        self.upstream.mend()
        return self.satchel.run_verb("sync", seconds=120).returncode

    def met(self) -> dict[str, list[tuple[str, set]]]:
        """Back online and in step; both sides are equal: each mailbox's messages, by subject, with their flags."""
        self.upstream.mend()
        self.satchel.sync()
        return {name.decode(): sorted((subject_of(message), set(message.flags)) for message in mailbox.messages)
                for name, mailbox in self.equal().items()}

    def meet(self) -> dict[str, dict[str, set]]:
        """The same where nothing may be there twice: for each mailbox, the flags by subject."""
        found = self.met()
        for name, messages in found.items():
            assert len(dict(messages)) == len(messages), f"twice in {name!r}: {messages}"
        return {name: dict(messages) for name, messages in found.items()}

    def equal(self) -> dict[bytes, compare.Mailbox]:
        """What both sides hold."""
        there = compare.read_all(self.there)
        found = compare.differences(self.read_here(), there)
        assert found == [], found
        return there

    def read_here(self) -> dict[bytes, compare.Mailbox]:
        client = self.satchel.client()
        try:
            return compare.read_all(client)
        finally:
            client.logout()

    def journal(self) -> list[dict]:
        return json.loads(self.satchel.verb("journal", "list", "--json"))

    def rescued(self) -> list[str]:
        """Subjects."""
        return sorted(entry["subject"] for entry in json.loads(self.satchel.verb("rescued", "list", "--json")))


def subject_of(message: compare.Seen) -> str:
    return message.start.split(b"Subject: ")[1].split(b"\r\n")[0].decode()


def places(found: dict, subject: str) -> list[str]:
    return sorted(name for name, messages in found.items() if subject in messages)
