"""A second reader of the database's rows, written from store/FORMAT.md section 2 and proxy/mime/README.md.

It shares no code with the program. decode() gives (kind, key fields, value fields) of one row; a row that is cut,
longer than it should be, or of a kind that is not known is a Malformed.
"""

import re
import subprocess


class Malformed(Exception):
    pass


class Value:
    """A value that is read from its first byte to its last."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise Malformed("cut")
        self.at += count
        return self.data[self.at - count : self.at]

    def b(self):
        return self.take(1)[0]

    def n(self):
        number, shift = 0, 0
        while True:
            byte = self.b()
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    def z(self):
        number = self.n()
        return -(number + 1) // 2 if number & 1 else number // 2

    def s(self):
        return self.take(self.n())

    def text(self):
        return self.s().decode()

    def h(self):
        return int.from_bytes(self.take(8), "big")

    def ref(self):
        return (self.n(), self.n())

    def many(self, what):
        return [what() for _ in range(self.n())]

    def switches(self, *names):
        byte = self.b()
        if byte >> len(names):
            raise Malformed("a switch that is not known")
        return {name: bool(byte >> bit & 1) for bit, name in enumerate(names)}

    def flags(self):
        system = self.b()
        names = [name for bit, name in enumerate(("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")) if system >> bit & 1]
        keywords = self.many(self.text)
        if system > 31 or keywords != sorted(keywords, key=str.lower):
            raise Malformed("flags")
        return names + keywords

    def flags_in_bytes(self):
        return whole(Value.flags, self.s())

    def identity(self):
        shape = self.switches("known", "message_id", "header", "none")
        if not shape["known"]:
            return None
        message_id = self.h() if shape["message_id"] else 1 if shape["none"] else 0
        header = self.h() if shape["header"] else 0
        return {"message_id": message_id, "header": header, "date": self.z(), "size": self.n()}

    def rest(self):
        return self.take(len(self.data) - self.at)


def whole(reader, data):
    value = Value(data)
    read = reader(value)
    if value.at != len(data):
        raise Malformed("longer than it should be")
    return read


def fields(value, *pairs):
    """One after the other: names, and how each is read."""
    return {name: getattr(value, how)() for name, how in pairs}


def numbers(*names):
    return [(name, "n") for name in names]


def account(value):
    read = fields(value, ("account", "n"), *((name, "text") for name in ("name", "email", "host", "user", "password", "authority")),
                  ("port", "n"), ("security", "b"))
    return read | {"clients": value.many(lambda: (value.text(), value.text()))}


def location(value):
    read = fields(value, ("hash", "s"), ("size", "n"))
    return read | {"extents": value.many(lambda: tuple(value.n() for _ in range(4)))}


def state(value):
    read = {"delimiter": chr(value.b())} | value.switches("listed", "alters")
    return read | fields(value, *numbers("tick", "list_started", "last_mailbox", "last_operation"))


def mailbox(value):
    read = fields(value, ("mailbox", "n"), ("name", "text"), *numbers("uid_validity", "uid_next", "highest_modseq"), ("special_use", "b"))
    read |= value.switches("listed", "deleted_here", "retired", "exists", "selectable")
    there = fields(value, ("name", "text"), *numbers("uid_validity", "uid_next", "highest_modseq"), ("mailbox_id", "text"),
                   *numbers("pulled", "pulled_before"))
    guard = value.switches("weighing") | fields(value, ("seen", "n"))
    return read | {"there": there, "guard": guard | {"lately": value.many(lambda: (value.z(), value.n(), value.n()))}}


def message(value):
    read = value.switches("metadata", "has_header", "held", "own", "same", "has_email_id", "hidden", "has_local")
    read |= fields(value, *numbers("upstream", "modseq", "content"), ("here", "identity"))
    read["there"] = read["here"] if read["same"] else value.identity()
    read["email_id"] = value.h() if read["has_email_id"] else 0
    read |= fields(value, ("zone", "z"), *numbers("base", "effective"))
    read["local"] = value.n() if read["has_local"] else 0
    read["hidden_by"] = value.n() if read["hidden"] else 0
    return read | {"born": value.n()}


def vanished(value):
    uids, last = [], 0
    for _ in range(value.n()):
        last += value.n()
        uids.append(last)
    return {"uids": uids, "skipped": value.many(lambda: (value.n(), value.n()))}


KINDS = ("", "store flags", "append", "copy", "move", "expunge", "create", "rename", "delete", "subscribe", "unsubscribe")


def operation(value):
    read = fields(value, *numbers("id", "order"), ("kind", "b"), ("state", "b"), ("source", "ref"), ("target", "ref"), ("mailbox", "n"),
                  ("name", "text"), ("old_name", "text"), ("add", "flags_in_bytes"), ("remove", "flags_in_bytes"), ("special_use", "b"))
    read |= value.switches("surely", "copied", "superseded")
    read |= fields(value, *numbers("vanished", "seen", "born"), ("time", "z"),
                   *numbers("uid_next_then", "uid_next_attempt", "uid_validity_attempt", "tries"), ("not_before", "z"), ("why", "text"))
    return read | {"kind": KINDS[read["kind"]]}


def rescued(value):
    return fields(value, ("content", "n"), ("identity", "identity"), ("mailbox", "text"), ("date", "z"), ("zone", "z"),
                  ("flags", "flags_in_bytes"), ("when", "z"))


def envelope(value):
    if value.b() != 2:
        raise Malformed("version of an envelope")
    flags = value.n()
    read = {"header_only": bool(flags & 1), "header_is_whole": bool(flags & 2), "header_size": value.n()}
    return read | {"day": value.z() if flags & 4 else None, "envelope": value.rest().decode()}


def part(value, number):
    read = {"kind": ("single", "multipart", "message")[value.b()], "parent": value.n() if number else None}
    read |= fields(value, *numbers("begin", "header", "body", "header_lines", "body_lines"),
                   *((name, "text") for name in ("type", "subtype", "encoding", "charset")))
    return read


def structure(value):
    if value.b() != 2:
        raise Malformed("version of a structure")
    body, body_structure = value.n(), value.n()
    read = {"body": value.take(body).decode(), "body_structure": value.take(body_structure).decode()}
    read |= fields(value, *numbers("cut_short", "size"))
    return read | {"parts": [part(value, number) for number in range(value.n())]}


def content_in_value(value):
    return int.from_bytes(value.take(8), "big")


def as_it_is(value):
    return value.rest()


def nothing(_value):
    return None


# prefix: the numbers in its key by their bytes ("*": the rest, as bytes), how its value is read
ROWS = {
    "!schema": ((), Value.n),
    "!counters": ((), lambda value: fields(value, *numbers("content", "account", "uid_validity"))),
    "s": (("*",), as_it_is),
    "A": ((4,), account),
    "C": ((8,), location),
    "K": (("*",), content_in_value),
    "D": ((8,), content_in_value),
    "E": ((8,), envelope),
    "P": ((8,), structure),
    "H": ((8,), as_it_is),
    "a": ((4,), state),
    "F": ((4, 4), Value.flags),
    "B": ((4, 4), mailbox),
    "M": ((4, 4, 4), message),
    "V": ((4, 4, 8), vanished),
    "J": ((4, 8), operation),
    "S": ((4, "*"), lambda value: value.switches("upstream", "here")),
    "R": ((4, 8), rescued),
    "N": ((4, 8), nothing),
}


def decode(key, data):
    kind = key.decode() if key.startswith(b"!") else key[:1].decode()
    if kind not in ROWS:
        raise Malformed(f"a row of no kind: {key!r}")
    sizes, reader = ROWS[kind]
    place, at = [], len(kind)
    for size in sizes:
        piece = key[at:] if size == "*" else key[at : at + size]
        at += len(piece)
        if size != "*" and len(piece) != size:
            raise Malformed(f"a key that is cut: {key!r}")
        place.append(piece if size == "*" else int.from_bytes(piece, "big"))
    if at != len(key):
        raise Malformed(f"a key that is too long: {key!r}")
    return kind, tuple(place), whole(reader, data)


def scan(database):
    """All rows of an unsealed database, as (key, value), by RocksDB's own tool."""
    listing = subprocess.run(["ldb", f"--db={database}", "scan", "--hex"], check=True, timeout=60, capture_output=True, text=True).stdout
    return [(bytes.fromhex(key), bytes.fromhex(value)) for key, value in re.findall(r"^0x([0-9A-F]+) : 0x([0-9A-F]*)$", listing, re.M)]
