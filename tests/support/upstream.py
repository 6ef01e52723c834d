"""An upstream for the end-to-end tests: a Dovecot with mail in it, behind a line that can be cut while it lives on."""

import imaplib
from pathlib import Path

from . import generate_mail
from .dovecot import Dovecot
from .faulty_upstream import Fault, FaultyUpstream
from .plain_filter import NO_QRESYNC, PlainFilter


class Upstream:
    """kind "full" passes everything that Dovecot has, "condstore" all but QRESYNC, "plain" what RFC 3501 has.

    port speaks TLS; ca is to be trusted.
    """

    def __init__(self, folder: Path, kind: str = "full", profile: str = "demo", count: int | None = None):
        self.dovecot = Dovecot(folder)
        if profile:
            generate_mail.generate(profile, self.dovecot.root(), count=count)
        if kind == "plain":
            self.line = PlainFilter(self.dovecot.port, self.dovecot.certificate)
        elif kind == "condstore":
            self.line = PlainFilter(self.dovecot.port, self.dovecot.certificate, cut=NO_QRESYNC)
        else:
            self.line = FaultyUpstream(self.dovecot.port, Fault(), self.dovecot.certificate)
        self.port, self.ca = self.line.port, self.dovecot.ca

    def cut(self) -> None:
        """No one gets through any more; Dovecot itself goes on for its colleagues."""
        self.line.stop()

    def mend(self) -> None:
        self.line.start()

    def colleague(self) -> imaplib.IMAP4:
        """Another client of the same mailboxes, past the line."""
        return self.dovecot.client()

    def __enter__(self) -> "Upstream":
        self.dovecot.start()
        self.line.start()
        return self

    def __exit__(self, *_nothing) -> None:
        self.line.stop()
        self.dovecot.end()
