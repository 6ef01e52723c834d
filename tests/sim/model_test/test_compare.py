"""Random conversations with the model server and with a real Dovecot: the same answers, and lawful news."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PROGRAM = Path(os.environ["SATCHEL_BUILD"]).resolve() / "tests" / "sim" / "conversation"


@pytest.mark.parametrize("arguments", [["--first", "100", "--count", "60"], ["--first", "1", "--count", "40", "--news"]])
def test_the_model_answers_as_dovecot_does(arguments):
    done = subprocess.run([sys.executable, HERE / "compare.py", PROGRAM, *arguments], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
