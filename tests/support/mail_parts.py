"""The ordinary messages: text, HTML, attachments, threads, in many scripts and charsets."""

import base64
import quopri
import random
import time
from email.header import Header

from . import words
from .maildir import Message

KEYWORDS = ["$Forwarded", "$MDNSent", "$Label1", "Work", "Travel", "later", "NonJunk", "Receipts"]
FIRST_DAY, LAST_DAY = 1_262_304_000, 1_764_547_200  # 2010-01-01 to 2025-12-01


def date_header(seconds: int, zone_minutes: int = 0) -> str:
    sign = "-" if zone_minutes < 0 else "+"
    hours, minutes = divmod(abs(zone_minutes), 60)
    return time.strftime("%a, %d %b %Y %H:%M:%S ", time.gmtime(seconds + zone_minutes * 60)) + f"{sign}{hours:02}{minutes:02}"


def attachment_bytes(rng: random.Random, size: int) -> bytes:
    """Half of it noise, half of it repeated: compresses about as documents do."""
    block = rng.randbytes(512)
    out = bytearray()
    while len(out) < size:
        out += rng.randbytes(1024) if rng.random() < 0.5 else block * 2
    return bytes(out[:size])


def base64_lines(data: bytes) -> str:
    return base64.encodebytes(data).decode()


class Writer:
    """Makes ordinary messages from one seed; remembers some of them, so that others answer them."""

    def __init__(self, rng: random.Random, domain: str = "example.org"):
        self.rng = rng
        self.domain = domain
        self.pools = {script: words.TextPool(rng, 400 if script == "latin" else 60, script) for script in words.SCRIPTS}
        self._threads: list[tuple[str, str]] = []
        self._count = 0

    def flags(self) -> set[str]:
        flags = set()
        for flag, share in (("\\Seen", 0.7), ("\\Answered", 0.2), ("\\Flagged", 0.1), ("\\Draft", 0.02), ("\\Deleted", 0.02)):
            if self.rng.random() < share:
                flags.add(flag)
        return flags

    def keywords(self) -> set[str]:
        return set(self.rng.sample(KEYWORDS, self.rng.choice([0, 0, 0, 0, 1, 1, 2])))

    def message(self, body: str, script: str = "latin", keywords: set[str] | None = None) -> Message:
        """body opens with the MIME headers, an empty line and the text."""
        when = self.rng.randint(FIRST_DAY, LAST_DAY)
        head = self.header(when, script)
        return Message((head + body).encode("utf-8", "surrogateescape"), when + self.rng.randint(0, 3600), self.flags(),
                       self.keywords() if keywords is None else keywords)

    def header(self, when: int, script: str) -> str:
        rng = self.rng
        self._count += 1
        message_id = f"<{self._count}.{rng.getrandbits(64):016x}@{self.domain}>"
        lines = [f"Received: from {words.word(rng)}.example.net by mx.example.org with ESMTPS id {rng.getrandbits(40):x};\n"
                 f"\t{date_header(when)}"]
        name, sender = words.address(rng)
        if script != "latin":
            name = encoded(words.words(rng, 2, script), rng.choice(words.CHARSETS[script]))
        lines.append(f"From: {name} <{sender}>")
        lines.append("To: " + ",\n ".join("{} <{}>".format(*words.address(rng)) for _ in range(rng.choice([1, 1, 1, 2, 5]))))
        if rng.random() < 0.2:
            lines.append("Cc: {} <{}>".format(*words.address(rng)))
        subject = words.words(rng, rng.randint(2, 8), script)
        if script != "latin":
            subject = encoded(subject, rng.choice(words.CHARSETS[script]))
        if self._threads and rng.random() < 0.4:
            parent, topic = rng.choice(self._threads)
            lines += [f"Subject: Re: {topic}", f"In-Reply-To: {parent}", f"References: {parent}"]
        else:
            lines.append(f"Subject: {subject}")
            self._threads = self._threads[-200:] + [(message_id, subject)]
        lines += [f"Date: {date_header(when, rng.choice([0, 60, 120, 330, -480, 765]))}", f"Message-ID: {message_id}",
                  "MIME-Version: 1.0"]
        return "\n".join(lines) + "\n"

    def plain(self, size: int, script: str = "latin") -> str:
        """A text part: its headers, an empty line, its text, in some charset and encoding."""
        charset = self.rng.choice(words.CHARSETS[script])
        data = self.pools[script].text(size).encode(charset, "replace")
        way = self.rng.choice(["7bit"] if charset in ("us-ascii", "iso-2022-jp") else ["8bit", "quoted-printable", "base64"])
        if way == "base64":
            text = base64_lines(data)
        elif way == "quoted-printable":
            text = quopri.encodestring(data).decode()
        else:
            text = data.decode("utf-8", "surrogateescape")
        return f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {way}\n\n{text}"

    def html(self, size: int) -> str:
        blocks = self.pools["latin"].text(size).split("\n\n")
        colour = f"#{self.rng.getrandbits(24):06x}"
        text = "".join(f'<tr><td style="color:{colour};padding:4px 8px">{block}</td></tr>\n' for block in blocks)
        return ("Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
                + quopri.encodestring(f"<html><body><table>\n{text}</table></body></html>\n".encode()).decode())

    def attachment(self, size: int) -> str:
        name = words.word(self.rng) + self.rng.choice([".pdf", ".png", ".zip", ".bin"])
        return (f"Content-Type: application/octet-stream; name=\"{name}\"\nContent-Transfer-Encoding: base64\n"
                f"Content-Disposition: attachment; filename=\"{name}\"\n\n"
                + base64_lines(attachment_bytes(self.rng, size)))

    def multipart(self, kind: str, parts: list[str]) -> str:
        boundary = f"=_{self.rng.getrandbits(96):024x}"
        body = "".join(f"--{boundary}\n{part}\n" for part in parts)
        return f"Content-Type: multipart/{kind};\n boundary=\"{boundary}\"\n\n{body}--{boundary}--\n"

    def ordinary(self) -> Message:
        """A message of the usual mix: mostly text, some HTML, some attachments."""
        rng = self.rng
        script = rng.choice(list(words.SCRIPTS)) if rng.random() < 0.4 else "latin"
        kind = rng.random()
        if kind < 0.6:
            return self.message(self.plain(rng.randint(50, 4000), script), script)
        alternative = self.multipart("alternative", [self.plain(rng.randint(200, 2000), script), self.html(rng.randint(500, 6000))])
        if kind < 0.85:
            return self.message(alternative, script)
        inner = Message(b"")
        if kind > 0.97:
            inner = self.ordinary()
            forwarded = "Content-Type: message/rfc822\n\n" + inner.raw.decode("utf-8", "surrogateescape")
            return self.message(self.multipart("mixed", [self.plain(200, script), forwarded]), script)
        return self.message(self.multipart("mixed", [alternative, self.attachment(rng.randint(500, 30_000))]), script)

    def bench(self) -> Message:
        """The mix of the benchmark: 24 KB on average."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.66:
            return self.message(self.plain(rng.randint(500, 7000)))
        alternative = self.multipart("alternative", [self.plain(rng.randint(500, 5000)), self.html(rng.randint(5000, 25_000))])
        if kind < 0.9:
            return self.message(alternative)
        return self.message(self.multipart("mixed", [alternative, self.attachment(rng.randint(10_000, 180_000))]))

    def small(self) -> Message:
        """About a kilobyte, made in some microseconds."""
        return self.message("Content-Type: text/plain; charset=us-ascii\n\n" + self.pools["latin"].text(self.rng.randint(50, 600)))


def encoded(text: str, charset: str) -> str:
    """RFC 2047 words; a text that the charset lacks is sent in UTF-8."""
    try:
        return Header(text, charset, maxlinelen=72).encode(linesep="\n")
    except (UnicodeError, LookupError):
        return Header(text, "utf-8", maxlinelen=72).encode(linesep="\n")
