"""An upstream for the end-to-end tests: a server with mail in it, behind a line that can be cut while it lives on."""

import imaplib
from pathlib import Path

from .cyrus import Cyrus
from .dovecot import Dovecot
from .faulty_upstream import Fault, FaultyUpstream
from .plain_filter import IN_CLEAR, NO_QRESYNC, PlainFilter
from .relay import Line


class Upstream:
    """kind "full" passes everything that Dovecot has, "condstore" all but QRESYNC, "plain" what RFC 3501 has; "cyrus" is
    Cyrus IMAP with everything that it has. A fault stands between server and line. port speaks TLS; ca is to be trusted.
    more is said to Dovecot's configuration.
    """

    def __init__(self, folder: Path, kind: str = "full", profile: str = "demo", count: int | None = None, fault: Fault | None = None,
                 more: str = ""):
        self.server = Cyrus(folder) if kind == "cyrus" else Dovecot(folder, more=more)
        if profile:
            self.server.fill(profile, count)
        port, certificate = self.server.port, self.server.certificate
        self._faulty = FaultyUpstream(port, fault) if fault else None
        if self._faulty:
            port = self._faulty.port
        if kind == "plain":
            self.line = PlainFilter(port, certificate)
        elif kind == "condstore":
            self.line = PlainFilter(port, certificate, cut=NO_QRESYNC)
        elif kind == "cyrus":  # a fault reads what passes
            self.line = PlainFilter(port, certificate, cut=IN_CLEAR) if fault else Line(port, certificate)
        else:
            self.line = FaultyUpstream(port, Fault(), certificate)
        self.port, self.ca = self.line.port, self.server.ca

    @property
    def dovecot(self) -> Dovecot:
        assert isinstance(self.server, Dovecot)
        return self.server

    def cut(self) -> None:
        """No one gets through any more; the server itself goes on for its colleagues."""
        self.line.stop()

    def mend(self) -> None:
        self.line.start()

    def colleague(self) -> imaplib.IMAP4:
        """Another client of the same mailboxes, past the line."""
        return self.server.client()

    def __enter__(self) -> "Upstream":
        self.server.start()
        if self._faulty:
            self._faulty.start()
        self.line.start()
        return self

    def __exit__(self, *_nothing) -> None:
        self.line.stop()
        if self._faulty:
            self._faulty.stop()
        self.server.end()
