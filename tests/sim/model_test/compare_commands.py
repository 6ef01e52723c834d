"""Random conversations: the same seed gives the same commands, whatever is answered.

A command is (connection, text). Text may hold literals, and names of numbers that only the server knows, which each server
fills in with its own: %MODSEQ:X% is the HIGHESTMODSEQ that this connection was told when it last selected X, %VALIDITY:X%
its UIDVALIDITY.
"""

import random

NAMES = ["INBOX", "A", "B", "A/C", "A/C/D", "E", "Two Words", "&AOQ-"]
FLAGS = ["\\Seen", "\\Flagged", "\\Answered", "\\Deleted", "\\Draft", "kw1", "$Junk", "Kw2"]
MODES = ["plain", "condstore", "qresync"]


class Talk:
    """What is known of the conversation so far, by what was said alone."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.mode = MODES[seed % 3]
        self.commands: list[tuple[int, str]] = []
        self.selected = {1: None, 2: None}
        self.read_only = {1: False, 2: False}
        self.opened = {1: set(), 2: set()}
        self.messages = 0

    def say(self, connection: int, text: str) -> None:
        self.commands.append((connection, text))

    def name(self, new: bool = False) -> str:
        names = NAMES[1:] if new else ["INBOX"] * 7 + ["A"] * 4 + NAMES
        name = self.random.choice(names)
        return f'"{name}"' if " " in name else name

    def set(self, uid: bool) -> str:
        def number() -> str:
            return "*" if self.random.random() < 0.08 else str(self.random.randint(1, 12 if uid else 4))

        parts = []
        for _ in range(self.random.choice([1, 1, 1, 2])):
            parts.append(number() if self.random.random() < 0.4 else f"{number()}:{number()}")
        if not uid and len(parts) > 1 and "*" in "".join(parts):  # Dovecot then takes numbers that are not
            parts = parts[:1]
        return "1:*" if self.random.random() < 0.25 else ",".join(parts)

    def flags(self) -> str:
        return " ".join(self.random.sample(FLAGS, self.random.choice([0, 1, 1, 1, 2, 3])))

    def message(self) -> str:
        self.messages += 1
        subject = self.random.choice(["alpha", "beta", "gamma"])
        lines = [f"From: a{self.messages}@example.org", f"Subject: {subject} {self.messages}", "To: b@example.org"]
        if self.random.random() < 0.3:
            lines.insert(1, "X-Long: one\r\n two\r\n three")
        return "\r\n".join(lines) + "\r\n\r\n" + "body\r\n" * self.random.randint(0, 3)


def append(talk: Talk, connection: int) -> None:
    message = talk.message()
    flags = f" ({talk.flags()})" if talk.random.random() < 0.6 else ""
    day, zone = talk.random.randint(1, 28), talk.random.choice(["+0000", "-0830", "+0200"])
    date = f' "{day:02}-Mar-2021 10:11:12 {zone}"'
    plus = talk.random.choice(["", "+"])
    name = talk.name() if talk.random.random() < 0.5 else talk.selected[connection] or "INBOX"
    talk.say(connection, f"APPEND {name}{flags}{date} {{{len(message)}{plus}}}\r\n{message}")


def select(talk: Talk, connection: int) -> None:
    name = talk.name()
    verb = talk.random.choice(["SELECT", "SELECT", "SELECT", "EXAMINE"])
    parameter = ""
    if talk.mode == "condstore":
        parameter = " (CONDSTORE)"
    if talk.mode == "qresync" and name in talk.opened[connection] and talk.random.random() < 0.6:
        known = talk.random.choice(["", " 1:6"])
        parameter = f" (QRESYNC (%VALIDITY:{name}% %MODSEQ:{name}%{known}))"
    talk.say(connection, f"{verb} {name}{parameter}")
    talk.selected[connection] = name
    talk.read_only[connection] = verb == "EXAMINE"
    talk.opened[connection].add(name)


def store(talk: Talk, connection: int) -> None:
    uid = talk.random.random() < 0.5
    sign = talk.random.choice(["+", "+", "-", ""])
    silent = talk.random.choice(["", "", ".SILENT"])
    name = talk.selected[connection]
    since = ""
    if talk.mode != "plain" and name in talk.opened[connection] and talk.random.random() < 0.2:
        since = f" (UNCHANGEDSINCE %MODSEQ:{name}%)"
    talk.say(connection, f"{'UID ' if uid else ''}STORE {talk.set(uid)}{since} {sign}FLAGS{silent} ({talk.flags()})")


def transfer(talk: Talk, connection: int) -> None:
    uid = talk.random.random() < 0.5
    verb = "COPY" if talk.read_only[connection] else talk.random.choice(["COPY", "MOVE"])
    name = talk.name()
    while name == talk.selected[connection]:  # Dovecot loses what is copied into the mailbox that it is in, now and then
        name = talk.name()
    talk.say(connection, f"{'UID ' if uid else ''}{verb} {talk.set(uid)} {name}")


def expunge(talk: Talk, connection: int) -> None:
    talk.say(connection, "EXPUNGE" if talk.random.random() < 0.6 else f"UID EXPUNGE {talk.set(True)}")


def fetch(talk: Talk, connection: int) -> None:
    uid = talk.random.random() < 0.6
    items = talk.random.choice([
        "FLAGS", "(FLAGS)", "(UID FLAGS)", "(FLAGS INTERNALDATE RFC822.SIZE)", "(BODY.PEEK[])", "(FLAGS BODY.PEEK[HEADER])",
        "(BODY.PEEK[HEADER.FIELDS (SUBJECT FROM)])", "(BODY.PEEK[HEADER.FIELDS.NOT (Subject)])", "(BODY.PEEK[]<5.20>)",
        "(BODY.PEEK[TEXT])", "(RFC822.HEADER)", "FAST", "(BODY.PEEK[]<0.100000> UID)", "(BODY[])"])
    name = talk.selected[connection]
    if talk.mode != "plain" and name in talk.opened[connection] and talk.random.random() < 0.4:
        vanished = " VANISHED" if talk.mode == "qresync" and uid and talk.random.random() < 0.7 else ""
        talk.say(connection, f"{'UID ' if uid else ''}FETCH 1:* (FLAGS) (CHANGEDSINCE %MODSEQ:{name}%{vanished})")
        return
    talk.say(connection, f"{'UID ' if uid else ''}FETCH {talk.set(uid)} {items}")


def search(talk: Talk, connection: int) -> None:
    uid = talk.random.random() < 0.7

    def key() -> str:
        return talk.random.choice([
            "ALL", "SEEN", "UNSEEN", "DELETED", "UNDELETED", "FLAGGED", "KEYWORD kw1", "UNKEYWORD $Junk", "SINCE 10-Mar-2021",
            "BEFORE 15-Mar-2021", "ON 12-Mar-2021", "SUBJECT alpha", "FROM a2", "UID 2:5", "LARGER 90", "SMALLER 90",
            "HEADER Subject BETA", "1:2", "TEXT body", "BODY body"])

    keys = talk.random.choice([key(), f"{key()} {key()}", f"NOT {key()}", f"OR {key()} {key()}", f"({key()} {key()})"])
    options = talk.random.choice(["", "", "RETURN (ALL) ", "RETURN () ", "RETURN (MIN MAX COUNT) "])
    talk.say(connection, f"{'UID ' if uid else ''}SEARCH {options}{keys}")


def mailboxes(talk: Talk, connection: int) -> None:
    name = talk.name(new=True)
    busy = name in talk.selected.values()
    act = talk.random.choice(["create", "create", "delete", "rename", "subscribe", "unsubscribe"])
    if act == "create":
        talk.say(connection, f"CREATE {name}")
    elif act == "delete" and not busy:
        talk.say(connection, f"DELETE {name}")
    elif act == "rename" and not any(one and (one == name or one.startswith(name + "/")) for one in talk.selected.values()):
        to = talk.name(new=True)
        if to != name:
            talk.say(connection, f"RENAME {name} {to}")
    elif act == "subscribe":
        talk.say(connection, f"SUBSCRIBE {name}")
    elif act == "unsubscribe":
        talk.say(connection, f"UNSUBSCRIBE {name}")


def look(talk: Talk, connection: int) -> None:
    modseq = " HIGHESTMODSEQ" if talk.mode != "plain" else ""
    talk.say(connection, talk.random.choice([
        'LIST "" *', 'LIST "" %', 'LIST "" A/%', 'LIST "" *C', 'LSUB "" *', 'LIST (SUBSCRIBED) "" *', 'LIST "" ""', "CHECK", "NOOP",
        'LIST "" (A* B) RETURN (SUBSCRIBED)', 'LIST "" * RETURN (CHILDREN STATUS (MESSAGES UIDNEXT))', "BOGUS", "FETCH", "STORE 1",
        f"STATUS {talk.name()} (UIDVALIDITY MESSAGES UIDNEXT UNSEEN{modseq})", "UID BOGUS 1", "LIST", "SEARCH NOPE", "FETCH 1 (NOPE)",
        f"STATUS {talk.name()} (UIDVALIDITY MESSAGES UIDNEXT UNSEEN{modseq})"]))


def leave(talk: Talk, connection: int) -> None:
    talk.say(connection, talk.random.choice(["UNSELECT", "CLOSE"]) if not talk.read_only[connection] else "UNSELECT")
    talk.selected[connection] = None
    talk.read_only[connection] = False


CHOICES = [(append, 7), (select, 5), (store, 9), (transfer, 5), (expunge, 4), (fetch, 8), (search, 4), (mailboxes, 5), (look, 5), (leave, 1)]


def conversation(seed: int, unseen: bool = False, length: int = 120) -> tuple[str, list[tuple[int, str]]]:
    talk = Talk(seed)
    if talk.mode == "qresync":
        talk.say(1, "ENABLE QRESYNC")
        talk.say(2, "ENABLE QRESYNC")
    for name in ("A", "A/C"):
        talk.say(1, f"CREATE {name}")
    for connection, name in ((1, "INBOX"), (1, "A"), (2, "INBOX"), (2, "A"), (1, "INBOX")):
        talk.selected[connection] = name
        append(talk, connection)
    for connection in (1, 2):
        select(talk, connection)
    acts, weights = zip(*CHOICES)
    while len(talk.commands) < length:
        connection = talk.random.choice([1, 1, 2])
        act = talk.random.choices(acts, weights)[0]
        if act in (store, expunge) and talk.read_only[connection]:
            continue
        act(talk, connection)
        # Both look, so that all is told now; or else changes lie unseen for a while.
        if not unseen or talk.random.random() < 0.3:
            talk.say(3 - connection, "NOOP")
            talk.say(connection, "NOOP")
    return talk.mode, talk.commands
