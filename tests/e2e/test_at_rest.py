"""At rest: nothing readable in any file, and nothing of its memory behind a crash."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from support import canaries, waiting
from support.canaries import Canaries, with_canaries
from support.satchel import BUILD, SLOW, Satchel
from support.traced import Traces


@pytest.fixture
def traced(folder):
    """A home with a key; of each of its processes it is known what they wrote to."""
    program = Satchel(folder / "satchel")
    program.traces = Traces(folder / "traces")
    program.before = program.traces.prefix
    program.environment["ASAN_OPTIONS"] += ":detect_leaks=0"  # the search for leaks cannot be traced
    with program.init_key():
        yield program


NO_MEMORY = re.compile(r"/dev/(null|tty)|/proc/self/task/\d+/comm")  # devices, and the names of its threads


def outside(satchel: Satchel) -> list[str]:
    """What its processes wrote to that is neither home nor state, nor the file that it was told to write."""
    own = satchel.home, satchel.state, satchel.recovery
    paths = [path for path in satchel.traces.written() if not any(path.is_relative_to(place) for place in own)]
    return sorted(str(path) for path in paths if not NO_MEMORY.fullmatch(str(path)))


@pytest.mark.quick
@pytest.mark.parametrize("end", ["SIGTERM", "SIGKILL"])
def test_no_canary_is_in_any_file(folder, traced, end):
    with_canaries(folder, traced, 60)
    words = [*Canaries.ALL, traced.show()["password"]]
    assert traced.find_canaries(words) == []
    traced.stop() if end == "SIGTERM" else traced.kill()
    assert traced.find_canaries(words) == []
    assert outside(traced) == []
    assert {traced.home / "store/database/CURRENT", traced.home / "running.json"} <= traced.traces.written(), "the trace sees what there is"
    assert [*traced.temporary.iterdir(), *traced.user_home.iterdir()] == []
    shutil.copy(canaries.__file__, traced.home / "planted")
    assert len(traced.find_canaries(Canaries.ALL)) >= len(Canaries.ALL) - 2, "the scan itself finds what is there"


@pytest.fixture
def plain_user(folder):
    """A home of a user who is not root, in a program that may leave as much of its memory behind as it likes."""
    program = Satchel(folder / "satchel")
    program.environment["ASAN_OPTIONS"] += ":handle_segv=0:disable_coredump=0"
    program.before = lambda: [*AS_USER, "env", f"--chdir={program.folder}", "prlimit", "--core=unlimited"]
    if AS_USER:
        program.program = Path(shutil.copy(BUILD / "satchel", folder / "program"))
        for path in [program.folder, *program.folder.rglob("*")]:
            shutil.chown(path, "nobody", "nogroup")
    with program.init_key():
        yield program


AS_USER = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if os.geteuid() == 0 else []
READ_MEMORY = "import sys; open(f'/proc/{sys.argv[1]}/environ', 'rb')"  # its memory too


def can_be_read(process: int) -> bool:
    """By another process of the same user."""
    done = subprocess.run([*AS_USER, "/usr/bin/python3", "-c", READ_MEMORY, str(process)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 or "PermissionError" in done.stderr, done.stderr
    return done.returncode == 0


def crashed(process: subprocess.Popen) -> bool:
    """Whether its memory was written out. Ended by a signal it is for sure."""
    os.kill(process.pid, signal.SIGSEGV)
    waiting.until(lambda: os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT), "it is gone", 30 * SLOW)
    status = os.waitpid(process.pid, 0)[1]
    process.returncode = -os.WTERMSIG(status)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSEGV
    return os.WCOREDUMP(status)


@pytest.fixture
def other(plain_user):
    """Another program with the same user, folder and limits."""
    process = subprocess.Popen([*plain_user.before(), "sleep", "600"])
    yield process
    process.kill()
    process.wait(10)


@pytest.mark.quick
def test_a_crash_leaves_no_memory_behind(plain_user, other):
    """No core file, whatever the limits were, and nothing that other processes of the user can read. The other program shows
    that it could be read, and that the system writes core files, where it does."""
    ours = plain_user.start().process
    waiting.until(lambda: Path(f"/proc/{other.pid}/comm").read_text() == "sleep\n", "it sleeps", 30)
    assert can_be_read(other.pid) and not can_be_read(ours.pid)
    limits = Path(f"/proc/{ours.pid}/limits").read_text()
    assert re.search(r"^Max core file size +0 +0 ", limits, re.M), limits
    before = set(plain_user.folder.rglob("*"))
    plain_user.process = None
    assert not crashed(ours)
    assert set(plain_user.folder.rglob("*")) == before
    if Path("/proc/sys/kernel/core_pattern").read_text().startswith("core"):
        assert crashed(other) and set(plain_user.folder.rglob("*")) != before
