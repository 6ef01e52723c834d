"""What is written shows in the trace, whatever the call and the thread; what is only read does not."""

import subprocess

import pytest

from support.traced import Traces

PROGRAM = """
import os, socket, subprocess, threading
os.mkdir("{0}/made")
at = os.open("{0}/made", os.O_RDONLY)
os.close(os.open("at", os.O_CREAT | os.O_WRONLY, dir_fd=at))
os.rename("{0}/made/at", "{0}/new\\nna\\xefve")
os.unlink("{0}/new\\nna\\xefve")
threads = [threading.Thread(target=lambda: open("{0}/of a thread", "w").close()) for _ in range(8)]
[thread.start() for thread in threads]
subprocess.run(["touch", "{0}/of a child"])
socket.socket(socket.AF_UNIX).bind("{0}/a socket")
os.listdir("{0}")
try:
    open("/nowhere/at all", "a")
except OSError:
    pass
"""


def test_whatever_is_written_is_seen(folder):
    traces = Traces(folder / "traces")
    subprocess.run([*traces.prefix(), "/usr/bin/python3", "-c", PROGRAM.replace("{0}", str(folder))], capture_output=True, timeout=60)
    here = {str(path.relative_to(folder)) for path in traces.written() if path.is_relative_to(folder)}
    assert here == {"made", "made/at", "new\nna\xefve", "of a thread", "of a child", "a socket"}
    assert [str(path) for path in traces.written() if str(path).startswith("/nowhere")] == ["/nowhere/at all"]


def test_who_changes_the_folder_is_not_believed(folder):
    traces = Traces(folder / "traces")
    subprocess.run([*traces.prefix(), "env", "--chdir=/", "true"], check=True, timeout=60)
    with pytest.raises(AssertionError, match="chdir"):
        traces.written()
