"""The demonstration and an own account, as a newcomer runs them: the printed lines work as they stand."""

import contextlib
import imaplib
import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest

from support import compare, waiting
from support.satchel import BUILD, PASSPHRASE, REPOSITORY

QUICKSTART = str(REPOSITORY / "packaging" / "quickstart")


class Terminal:
    """quickstart at a terminal of its own; said is what it wrote there."""

    def __init__(self, environment: dict, *arguments):
        self.said = self.heard = ""
        self.pid, self._line = pty.fork()
        if self.pid == 0:
            os.execve(QUICKSTART, [QUICKSTART, *map(str, arguments)], environment)

    def until(self, pattern: str, seconds: float = 60) -> str:
        """What it said until that appears, or, with an empty pattern, until it ended."""
        deadline = time.monotonic() + seconds
        while not (pattern and re.search(pattern, self.said)):
            if not select.select([self._line], [], [], max(0, deadline - time.monotonic()))[0]:
                raise waiting.Late(f"{pattern!r} in {self.heard}")
            data = b""
            with contextlib.suppress(OSError):  # the other side is closed
                data = os.read(self._line, 65536)
            if not data:
                assert not pattern, f"it ended: no {pattern!r} in {self.said}"
                break
            self.said += data.decode(errors="replace")
            self.heard += data.decode(errors="replace")
        return self.said

    def types(self, text: str) -> None:
        os.write(self._line, text.encode())

    def code(self) -> int:
        """Its exit code; it has said all."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, kind, *_nothing) -> None:
        if kind is not None:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.killpg(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        os.close(self._line)


@pytest.fixture
def environment(folder):
    return {**os.environ, "SATCHEL_DEMO": str(folder / "demo"), "SATCHEL_PROGRAM": str(BUILD / "satchel"),
            "SATCHEL_HOME": str(folder / "home"), "XDG_STATE_HOME": str(folder / "state"), "SATCHEL_IMAP_PORT": "0",
            "SATCHEL_IMAP_TLS_PORT": "0", "SATCHEL_WEB_PORT": "0"}


@pytest.fixture
def quickstart(environment):
    def run(*arguments, code=0):
        done = subprocess.run([QUICKSTART, *arguments], env=environment, capture_output=True, text=True, timeout=180,
                              stdin=subprocess.DEVNULL)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    yield run
    if os.path.exists(environment["SATCHEL_DEMO"]):
        run("stop")


def printed(text: str, label: str) -> str:
    return re.search(rf"^ *{label} +(\S.*?)\r?$", text, re.M)[1]


def shell(command: str) -> str:
    return subprocess.run(command, shell=True, check=True, capture_output=True, text=True, timeout=60, errors="replace").stdout


def full_bar(said: str) -> int:
    """How many messages the progress bar counts: it is drawn while the first sync runs, and full at its end."""
    bars = re.findall(r"\[([#.]{30})\] (\d+) of (\d+) messages", said.split("The first sync:")[1])
    assert len(bars) > 1, said
    filled, here, all_of_them = bars[-1]
    assert filled == "#" * 30 and here == all_of_them != "0", bars
    return int(here)


def log_in(said: str) -> imaplib.IMAP4:
    port, user, password = (printed(said, label).split()[0] for label in ("port", "user", "password"))
    client = imaplib.IMAP4("127.0.0.1", int(port), timeout=60)
    client.login(user, password)
    return client


def test_the_demonstration(quickstart, environment, folder):
    with Terminal(environment) as terminal:
        said = terminal.until("")
        assert terminal.code() == 0, said
    for label in ("host", "port", "user", "password"):
        assert printed(said, label)
    client = log_in(said)
    assert full_bar(said) == sum(len(mailbox.messages) for mailbox in compare.read_all(client).values())
    client.logout()
    assert "Subject" in shell(printed(said, "try it"))
    demo = f"SATCHEL_DEMO={folder}/demo "
    state = f"XDG_STATE_HOME={folder}/demo/state "
    shell(demo + printed(said, "cut it off"))
    look = state + printed(said, "look at it")
    waiting.until(lambda: "offline" in shell(look), "status says offline", 60, 0.5)
    assert "Subject" in shell(printed(said, "try it"))
    shell(demo + printed(said, "bring it back"))
    waiting.until(lambda: "online" in shell(look), "status says online", 120, 0.5)
    again = quickstart()
    assert printed(again, "password") == printed(said, "password"), "a second run goes on with the same account"


def answer_until_it_runs(terminal: Terminal) -> str:
    """Every question is to be seen, and is answered."""
    asked = ""
    while True:
        said = terminal.until("(?:[Pp]assphrase|again|Password at the server|Type group \\d+ of it): *$|until you end it with Ctrl-C")
        asked, terminal.said = asked + said, ""
        if "until you end it" in said:
            return asked
        if group := re.search(r"Type group (\d+) of it: *$", said):
            key = re.findall(r"\w{7}(?:-\w{7})+", asked)[0]
            terminal.types(key.split("-")[int(group[1]) - 1] + "\n")
        else:
            terminal.types(("secret" if "Password at" in said else PASSPHRASE) + "\n")


def test_an_own_account(upstream, environment, folder):
    """Servers and names are given, the passphrase and the password are asked; it serves until Ctrl-C, and again."""
    options = ["--host", "127.0.0.1", "--port", upstream.port, "--user", "user", "--ca", upstream.ca]
    with Terminal(environment, "user@example.org", *options) as terminal:
        said = answer_until_it_runs(terminal)
        client = log_in(said)
        colleague = upstream.colleague()
        here, there = compare.read_all(client), compare.read_all(colleague)
        assert compare.differences(here, there) == []
        assert full_bar(said) == sum(len(mailbox.messages) for mailbox in here.values())
        terminal.types("\x03")
        terminal.until("")
        assert terminal.code() == 0


def test_a_folder_that_it_did_not_make_is_left_alone(quickstart, folder):
    quickstart()
    quickstart("stop")
    marker = folder / "demo" / "made-by-satchel-quickstart"
    marker.unlink()
    before = sorted(folder.rglob("*"))
    assert "not made here" in quickstart(code=1)
    assert sorted(folder.rglob("*")) == before
    marker.touch()


def test_a_home_that_it_did_not_make_is_left_alone(quickstart, folder):
    home = folder / "home"
    home.mkdir()
    (home / "mine").write_text("mine")
    assert "not made here" in quickstart("you@example.org", code=1)
    assert [path.name for path in home.iterdir()] == ["mine"]
