"""A home full of words that occur nowhere else, so that they can be looked for."""

from pathlib import Path

from . import compare
from .maildir import modified_utf7
from .satchel import PASSPHRASE, Satchel
from .upstream import Upstream


class Canaries:
    SUBJECT, BODY, ADDRESS = "zubrakeli", "worminaset", "fondolari"
    FOLDER, SEARCHED, KEYWORD, PASSWORD = "Plekturano", "quermolati", "Hisparomet", "tranukelbi-password"
    ALL = [SUBJECT, BODY, ADDRESS, FOLDER, SEARCHED, KEYWORD, PASSWORD, PASSPHRASE, "u@example.org"]


def message(number: int) -> bytes:
    filler = "\r\n".join(f"{Canaries.BODY} line {line} of {number}" for line in range(number * 7 % 60))
    return (f"From: {Canaries.ADDRESS} <{Canaries.ADDRESS}@example.net>\r\nTo: u@example.org\r\n"
            f"Subject: {Canaries.SUBJECT} {number}\r\nMessage-ID: <{number}@{Canaries.ADDRESS}.example.net>\r\n\r\n{filler}\r\n").encode()


def with_canaries(folder: Path, satchel: Satchel, count: int) -> Upstream:
    """The program in step with an upstream full of canaries, then offline with operations in its journal."""
    upstream = Upstream(folder / "upstream", profile="")
    upstream.dovecot.users = {"user": Canaries.PASSWORD}
    upstream.dovecot.configure()
    with upstream:
        colleague = upstream.colleague()
        colleague.create(Canaries.FOLDER)
        for number in range(count):
            colleague.append(Canaries.FOLDER if number % 4 == 0 else "INBOX", None, None, message(number))
        satchel.start()
        satchel.add_account(upstream.port, ca=upstream.ca, password=Canaries.PASSWORD)
        satchel.sync()
        upstream.cut()
        satchel.in_state("offline")
        client = satchel.client()
        client.select("INBOX")
        client.search(None, "TEXT", Canaries.SEARCHED)
        client.store("1:3", "+FLAGS", f"({Canaries.KEYWORD})")
        client.append(Canaries.FOLDER, None, None, message(count))
        client.create(Canaries.FOLDER + "/" + Canaries.FOLDER)
        client.create(compare.quoted(modified_utf7("Плектурано" + Canaries.FOLDER).encode()))
        client.copy("4", Canaries.FOLDER)
        client.logout()
    return upstream
