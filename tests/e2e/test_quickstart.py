"""The demonstration as a newcomer runs it: the printed lines work as they stand."""

import os
import re
import subprocess

import pytest

from support import waiting
from support.satchel import BUILD, REPOSITORY


@pytest.fixture
def quickstart(folder):
    environment = {**os.environ, "SATCHEL_DEMO": str(folder / "demo"), "SATCHEL_PROGRAM": str(BUILD / "satchel")}

    def run(*arguments, code=0):
        done = subprocess.run([REPOSITORY / "packaging" / "quickstart", *arguments], env=environment, capture_output=True, text=True,
                              timeout=180, stdin=subprocess.DEVNULL)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    yield run
    run("stop")


def printed(text: str, label: str) -> str:
    return re.search(rf"^  {label} +(\S.*)$", text, re.M)[1]


def shell(command: str) -> str:
    return subprocess.run(command, shell=True, check=True, capture_output=True, text=True, timeout=60, errors="replace").stdout


def test_the_demonstration(quickstart, folder):
    said = quickstart()
    for label in ("host", "port", "user", "password"):
        assert printed(said, "  " + label)
    assert "Subject" in shell(printed(said, "try it"))
    demo = f"SATCHEL_DEMO={folder}/demo "
    environment = f"XDG_STATE_HOME={folder}/demo/state "
    shell(demo + printed(said, "cut it off"))
    look = environment + printed(said, "look at it")
    waiting.until(lambda: "offline" in shell(look), "status says offline", 60, 0.5)
    assert "Subject" in shell(printed(said, "try it"))
    shell(demo + printed(said, "bring it back"))
    waiting.until(lambda: "online" in shell(look), "status says online", 120, 0.5)
    again = quickstart()
    assert printed(again, "  password") == printed(said, "  password"), "a second run goes on with the same account"


def test_a_folder_that_it_did_not_make_is_left_alone(quickstart, folder):
    quickstart()
    quickstart("stop")
    marker = folder / "demo" / "made-by-satchel-quickstart"
    marker.unlink()
    before = sorted(folder.rglob("*"))
    assert "not made here" in quickstart(code=1)
    assert sorted(folder.rglob("*")) == before
    marker.touch()


def test_a_home_that_it_did_not_make_is_left_alone(folder):
    home = folder / "home"
    home.mkdir()
    (home / "mine").write_text("mine")
    done = subprocess.run([REPOSITORY / "packaging" / "quickstart", "you@example.org"], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "SATCHEL_HOME": str(home), "SATCHEL_PROGRAM": str(BUILD / "satchel")}, stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "not made here" in done.stderr
    assert [path.name for path in home.iterdir()] == ["mine"]
