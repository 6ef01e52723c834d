"""What the rounds of cuts and of kills have in common: a promise that was not kept, and how mail is told apart."""

import re

from . import compare


class Broken(AssertionError):
    """A promise was not kept; the message says by which cut, or with which seed."""


def message_id(seen: compare.Seen) -> str:
    return re.search(rb"Message-ID: (\S+)", seen.start)[1].decode()


def ok(answer):
    """The data of a command that has to succeed."""
    if answer[0] != "OK":
        raise Broken(f"refused: {answer}")
    return answer[1]
