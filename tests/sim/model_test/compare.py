"""Plays random conversations with the model server and with a real Dovecot, and compares the answers.

compare.py PROGRAM [--count N] [--first SEED] [--news]: PROGRAM is conversation.cpp, built. One seed is one conversation; a difference
is printed with its seed and what was said until then.
"""

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from support.dovecot import Dovecot  # noqa: E402

from compare_answers import Canonical  # noqa: E402
from compare_commands import conversation  # noqa: E402
from compare_news import Believer, Unlawful  # noqa: E402


class Lost(Exception):
    """The server ended the connection."""


class Lines:
    """Cuts bytes into answers, each with its literals and without the CRLF at its end."""

    def __init__(self):
        self.bytes = b""

    def next(self):
        at = 0
        while (end := self.bytes.find(b"\r\n", at)) >= 0:
            literal = re.search(rb"\{(\d+)\}$", self.bytes[at:end])
            if not literal:
                line, self.bytes = self.bytes[:end], self.bytes[end + 2:]
                return line
            at = end + 2 + int(literal[1])
        return None


class Server:
    """One command after another to any of its connections."""

    def __init__(self, mode: str):
        self.canonical = Canonical(mode)
        self.lines = {}
        self.tag = 0

    def command(self, connection: int, text: str) -> list:
        """The canonical answers; literals that wait are sent when they may."""
        text = self.canonical.fill(connection, text)
        self.tag += 1
        tag = f"t{self.tag}"
        pieces = re.split(r"(?<=\d\}\r\n)", f"{tag} {text}\r\n") if re.search(r"\{\d+\}\r\n", text) else [f"{tag} {text}\r\n"]
        answers = []
        for piece in pieces:
            self.send(connection, piece.encode())
            while True:
                line = self.line(connection)
                if line is None:
                    return self.canonical.answers(connection, text, answers) + ["closed"]
                answers.append(line)
                if line.startswith(b"+ "):
                    break
                if line.startswith(tag.encode() + b" "):
                    return self.canonical.answers(connection, text, answers)
        return self.canonical.answers(connection, text, answers)


class Real(Server):
    def __init__(self, mode: str, port: int, user: str):
        super().__init__(mode)
        self.port, self.user, self.sockets = port, user, {}

    def connect(self, connection: int) -> None:
        self.sockets[connection] = socket.create_connection(("127.0.0.1", self.port), 30)
        self.lines[connection] = Lines()
        self.line(connection)
        self.command(connection, f"LOGIN {self.user} secret")

    def send(self, connection: int, data: bytes) -> None:
        try:
            self.sockets[connection].sendall(data)
        except OSError:
            pass

    def line(self, connection: int):
        while (line := self.lines[connection].next()) is None:
            try:
                received = self.sockets[connection].recv(65536)
            except ConnectionError:
                received = b""
            if not received:
                return None
            self.lines[connection].bytes += received
        return line

    def close(self) -> None:
        for one in self.sockets.values():
            one.close()


class Model(Server):
    def __init__(self, mode: str, program: subprocess.Popen):
        super().__init__(mode)
        self.program, self.ended = program, set()
        self.ask("new qresync")

    def ask(self, line: str) -> None:
        self.program.stdin.write(line + "\n")
        self.program.stdin.flush()
        while (answer := self.program.stdout.readline().rstrip("\n")) != ".":
            if not answer:
                raise Lost("the model's program ended")
            connection, data = answer.split(" ", 1)
            if data == "closed":
                self.ended.add(int(connection))
            else:
                self.lines[int(connection)].bytes += re.sub(r"\\(x..|.)", unescape, data).encode("latin-1")

    def connect(self, connection: int) -> None:
        self.lines[connection] = Lines()
        self.ask(f"{connection} ")
        self.line(connection)
        self.command(connection, "LOGIN user secret")

    def send(self, connection: int, data: bytes) -> None:
        text = data.decode("latin-1").replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
        self.ask(f"{connection} {text}")

    def line(self, connection: int):
        line = self.lines[connection].next()
        if line is None and connection not in self.ended:
            raise Lost(f"the model has no answer: {self.lines[connection].bytes!r}")
        return line


def unescape(match) -> str:
    what = match[1]
    return chr(int(what[1:], 16)) if len(what) == 3 else {"r": "\r", "n": "\n"}.get(what, what)


def without_stale(answers: list, deleted: set[str]) -> list:
    """Of a mailbox that was deleted above others Dovecot forgets \\Noselect, or says \\NonExistent, and then cannot tell its STATUS."""
    out = []
    for one in answers:
        if one[0] == "LIST" and one[3] in deleted:
            one = (one[0], [flag for flag in one[1] if flag not in ("\\noselect", "\\nonexistent")], *one[2:])
        if not deleted or one != ("untagged", "NO", []):
            out.append(one)
    at = [index for index, one in enumerate(out) if one[0] == "LIST"]
    for index, one in zip(at, sorted((out[index] for index in at), key=lambda one: one[3])):
        out[index] = one
    return out


def play(seed: int, program: subprocess.Popen, port: int) -> str:
    """What differs, or nothing."""
    mode, commands = conversation(seed)
    real, model = Real(mode, port, f"u{seed}"), Model(mode, program)
    for server in (real, model):
        for connection in (1, 2):
            server.connect(connection)
    heard, ended, deleted = [], set(), set()
    for connection, text in commands:
        if connection in ended:
            continue
        verb, _, rest = text.partition(" ")
        if verb == "SUBSCRIBE" and rest.strip('"') in deleted:  # as if it were there
            continue
        answers = [without_stale(one, deleted) for one in (real.command(connection, text), model.command(connection, text))]
        if verb == "DELETE":
            deleted.add(rest.strip('"'))
        heard.append((connection, text, *answers))
        if "closed" in answers[0] or "closed" in answers[1]:
            ended.add(connection)
    real.close()
    said = []
    for connection, text, theirs, ours in heard:
        said.append(f"  {connection}> {text!r}")
        if theirs != ours:
            both = [f"    Dovecot {one}" for one in theirs if one not in ours] + [f"    model   {one}" for one in ours if one not in theirs]
            both = both or [f"    Dovecot {theirs}", f"    model   {ours}"]
            return "\n".join([f"seed {seed} ({mode}) differs:", *said, *both])
    return ""


def play_news(seed: int, program: subprocess.Popen, port: int) -> str:
    """What of a server's news is not lawful, or nothing. What each tells when is its own affair, and so is what follows."""
    mode, commands = conversation(seed, unseen=True)
    servers = {"Dovecot": Real(mode, port, f"u{seed}"), "model": Model(mode, program)}
    for name, server in servers.items():
        believers = {1: Believer(), 2: Believer()}
        said = []
        try:
            for connection in (1, 2):
                server.connect(connection)
            for connection, text in commands:
                believer = believers[connection]
                said.append(f"  {connection}> {text!r}")
                answers = server.command(connection, text)
                if "closed" in answers:
                    break
                believer.hear(text, answers)
                if text == "NOOP" and believer.selected and believer.messages:
                    believer.check(server.command(connection, "FETCH 1:* (UID FLAGS)"))
        except Unlawful as wrong:
            return "\n".join([f"seed {seed} ({mode}), {name}:", *said, f"    {wrong}"])
    servers["Dovecot"].close()
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--news", action="store_true", help="changes lie unseen, and each server is only asked to be consistent")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.count)
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with Dovecot(Path(folder), users={f"u{seed}": "secret" for seed in seeds}) as dovecot:
            program = subprocess.Popen([options.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for seed in seeds:
                difference = (play_news if options.news else play)(seed, program, dovecot.port)
                if difference:
                    different += 1
                    print(difference, flush=True)
            program.stdin.close()
            program.wait(10)
    print(f"{len(seeds)} conversations, {different} differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
