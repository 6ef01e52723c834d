"""What every test of this folder may use: folders that a mail server can enter."""

import contextlib
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))


@contextlib.contextmanager
def open_folder():
    """A new folder, open to everybody (Dovecot reads mail as another user), removed afterwards."""
    path = Path(tempfile.mkdtemp(prefix="satchel-test-", dir="/tmp"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def folder():
    with open_folder() as path:
        yield path


@pytest.fixture(scope="module")
def module_folder():
    with open_folder() as path:
        yield path
