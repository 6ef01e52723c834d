"""Messages as no standard allows them and as they arrive all the same. Each kind is a function of the writer."""

from . import words
from .mail_parts import Writer
from .maildir import Message


def _message(writer: Writer, raw: bytes) -> Message:
    return Message(raw, writer.rng.randint(100_000, 1_760_000_000), writer.flags(), writer.keywords())


def _subject(writer: Writer) -> bytes:
    return b"Subject: " + words.words(writer.rng, 3).encode() + b"\n"


def broken_multipart(writer: Writer) -> bytes:
    """Boundaries that are missing, never closed, prefixes of each other, or empty."""
    rng = writer.rng
    head = _subject(writer) + b"MIME-Version: 1.0\n"
    text = words.paragraph(rng).encode()
    return rng.choice([
        head + b"Content-Type: multipart/mixed\n\n" + text,
        head + b"Content-Type: multipart/mixed; boundary=never\n\n" + text,
        head + b"Content-Type: multipart/mixed; boundary=open\n\n--open\n\n" + text,
        head + b"Content-Type: multipart/mixed; boundary=a\n\n--ab\n\nx\n--a\n\n" + text + b"\n--abc--\n--a--\n",
        head + b"Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\n" + text + b"\n----\n",
        head + b"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\n"
        + text + b"\n--o--\n",
    ])


def broken_encoding(writer: Writer) -> bytes:
    rng = writer.rng
    head = _subject(writer)
    return rng.choice([
        head + b"Content-Transfer-Encoding: base64\n\n====" + rng.randbytes(60) + b"\nQUJD\nQ\n",
        head + b"Content-Transfer-Encoding: quoted-printable\n\n=ZZ =\n=4 =C3\n=" + words.word(rng).encode(),
        head + b"Content-Transfer-Encoding: " + words.word(rng).encode() + b"\n\ntext\n",
        head + b"Content-Type: text/plain; charset=" + words.word(rng).encode() + b"\n\n" + rng.randbytes(40) + b"\n",
        b"Subject: =?utf-8?B?4?= =?no-such?Q?=XX?= =?utf-8?Q?" + words.word(rng).encode() + b"\n\n",
        head + b"Content-Type: /; ;; =;name*0*=''%zz; name*1=\"\\\n\ntext\n",
        head + b"Content-Type: text\nContent-Disposition: ;\nContent-ID: <\nContent-Language: ,,\n\n" + words.word(rng).encode(),
    ])


def raw_eight_bit_header(writer: Writer) -> bytes:
    rng = writer.rng
    script, charset = rng.choice([("accents", "latin-1"), ("cyrillic", "koi8-r"), ("japanese", "shift_jis"), ("arabic", "utf-8")])
    raw = words.words(rng, 4, script).encode(charset, "replace")
    return b"From: " + raw + b" <" + raw[:6] + b"@example.org>\nTo: \xff\xfe\nSubject: " + raw + b"\n\n" + raw + b"\n"


def nul_bytes(writer: Writer) -> bytes:
    rng = writer.rng
    return b"Subject: \0" + words.word(rng).encode() + b"\0\nX-Nul: a\0b\n\nbody\0" + rng.randbytes(100) + b"\0\n"


def bare_line_ends(writer: Writer) -> bytes:
    """CR LF, LF and CR, mixed."""
    rng = writer.rng
    ends = [b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\r"]
    body = b"".join(words.words(rng, 4).encode() + rng.choice(ends) for _ in range(20))
    return b"From: <a@example.org>\r\n" + _subject(writer) + b"X-Folded: a\r\n\tb\n c\n\r\n" + body


def no_header(writer: Writer) -> bytes:
    rng = writer.rng
    text = words.paragraph(rng).encode()
    return rng.choice([b"\n" + text, text, text + b"\n\n" + text, b"\n\n\n", b" \n\t\n" + text, b"From " + text + b"\n" + text])


def only_header(writer: Writer) -> bytes:
    rng = writer.rng
    return rng.choice([b"Subject: " + words.word(rng).encode(), b"Subject: " + words.word(rng).encode() + b"\n", b":\n", b"a:b",
                       b": no name\nSubject\n nothing\n: :\n\n", b"Subject : spaced " + words.word(rng).encode() + b"\n\nx"])


def odd_date(writer: Writer) -> bytes:
    date = writer.rng.choice([
        b"Mon, 01 Jan 0001 00:00:00 +0000", b"31 Feb 2020 25:61:61 +9999", b"yesterday", b"", b"Thu, 1 Jan 70 00:00 GMT",
        b"Fri, 31 Dec 9999 23:59:60 -1200", b"99999999999999999999", b"1 Jan 1 0:0 (a (b) c) EST"])
    return b"Date: " + date + b"\nMessage-ID: broken\nIn-Reply-To: <<>>\n" + _subject(writer) + b"\n" + date + b"\n"


def odd_addresses(writer: Writer) -> bytes:
    rng = writer.rng
    names = [b"%s <%s>" % tuple(part.encode() for part in words.address(rng)) for _ in range(rng.choice([1, 50, 2000]))]
    return (b"From: \"unclosed <a@example.org>\nSender: <>\nReply-To: @@,,;;\nTo: " + b",\n ".join(names)
            + b"\nCc: group: a@example.org, b@example.org;, empty:;\nBcc: (((( a\n" + _subject(writer) + b"\n")


def huge_header(writer: Writer) -> bytes:
    rng = writer.rng
    kind = rng.random()
    if kind < 0.4:
        return b"Subject: " + words.words(rng, 5000).encode() + b"\n\nlong\n"
    if kind < 0.7:
        line = b"Received: from " + words.word(rng).encode() + b"; Mon, 1 Jan 2024 00:00:00 +0000\n"
        return line * 1000 + _subject(writer) + b"\nmany\n"
    return b"References: " + b"\n ".join(b"<%d@example.org>" % number for number in range(2000)) + b"\n" + _subject(writer) + b"\n"


def long_line(writer: Writer) -> bytes:
    return _subject(writer) + b"\n" + words.words(writer.rng, 20).encode() * writer.rng.choice([10, 100, 500])


def deep(writer: Writer) -> bytes:
    """Multiparts in multiparts, or messages in messages."""
    depth = writer.rng.choice([20, 60, 120])
    if writer.rng.random() < 0.5:
        return b"Content-Type: message/rfc822\n\n" * depth + _subject(writer) + b"\ninnermost\n"
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth))
    closing = b"".join(b"\n--b%d--\n" % level for level in reversed(range(depth)))
    return _subject(writer) + opening + b"Content-Type: text/plain\n\nx" + closing


def many_parts(writer: Writer, count: int = 5000) -> bytes:
    head = _subject(writer) + b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"many\"\n\n"
    return head + b"".join(b"--many\nContent-Type: text/plain\n\n%d\n" % number for number in range(count)) + b"--many--\n"


def empty(_writer: Writer) -> bytes:
    return b""


KINDS = [broken_multipart, broken_encoding, raw_eight_bit_header, nul_bytes, bare_line_ends, no_header, only_header, odd_date,
         odd_addresses, huge_header, long_line, deep]


def odd_messages(writer: Writer, count: int):
    """count odd messages; about every tenth is a twin of an earlier one, a few have 5,000 parts or nothing at all."""
    made: list[bytes] = []
    for number in range(count):
        if number % 400 == 7:
            raw = many_parts(writer)
        elif number % 200 == 11:
            raw = empty(writer)
        elif made and writer.rng.random() < 0.1:
            raw = writer.rng.choice(made)
        else:
            raw = KINDS[number % len(KINDS)](writer)
        if len(raw) < 20_000:
            made.append(raw)
        yield _message(writer, raw)
