"""The disk keeps what was synced and loses the rest, as a real one may."""

import os

import pytest

from support.forgetful_disk import ForgetfulDisk


@pytest.fixture
def disk(folder):
    with ForgetfulDisk(folder / "disk") as disk:
        yield disk


def sync(path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def names(disk) -> list[str]:
    return sorted(path.name for path in disk.place.iterdir())


def test_what_was_synced_stays_and_the_rest_is_gone(disk):
    kept, half, lost = (disk.place / name for name in ("kept", "half", "lost"))
    for path in (kept, half, lost):
        path.write_bytes(b"first" * 1000)
    for path in (kept, half, disk.place):
        sync(path)
    lost.unlink()
    with open(half, "ab") as file:
        file.write(b"second" * 1000)
    assert half.read_bytes() == b"first" * 1000 + b"second" * 1000 and names(disk) == ["half", "kept"]
    pages, changes = disk.cut()
    assert pages >= 2 and changes == 1
    assert kept.read_bytes() == half.read_bytes() == b"first" * 1000
    assert lost.read_bytes() == b""  # its removal was not synced, and neither was what it held


def test_a_name_is_synced_by_its_folder(disk):
    inner = disk.place / "inner"
    inner.mkdir()
    (inner / "new").write_bytes(b"bytes")
    sync(inner / "new")
    sync(disk.place)
    disk.cut()
    assert names(disk) == ["inner"] and list(inner.iterdir()) == []


def test_a_rename_happens_or_not(disk):
    old, new = disk.place / "old", disk.place / "new"
    old.write_bytes(b"1")
    new.write_bytes(b"2")
    disk.keep()
    old.rename(new)
    assert names(disk) == ["new"]
    disk.cut()
    assert old.read_bytes() == b"1" and new.read_bytes() == b"2"
    old.rename(new)
    sync(disk.place)
    disk.cut()
    assert names(disk) == ["new"] and new.read_bytes() == b"1"


def test_by_chance_any_page_may_be_there(disk):
    pages, seen = 8, set()
    for seed in range(1, 40):
        path = disk.place / str(seed)
        path.write_bytes(b"\0" * 4096 * pages)
        disk.keep()
        with open(path, "r+b") as file:
            file.write(b"\1" * 4096 * pages)
        disk.cut(seed)
        data = path.read_bytes()
        assert len(data) == 4096 * pages
        seen |= {(page, data[page * 4096]) for page in range(pages)}
    assert seen == {(page, value) for page in range(pages) for value in (0, 1)}


def test_what_a_failed_sync_left_is_never_synced(disk):
    path = disk.place / "file"
    path.write_bytes(b"a" * 4096)
    disk.keep()
    disk.fail(1, after=1)
    with open(path, "ab", buffering=0) as file:
        file.write(b"b" * 4096)
        os.fsync(file.fileno())
        file.write(b"c" * 4096)
        with pytest.raises(OSError):
            os.fsync(file.fileno())
        os.fsync(file.fileno())  # says that all is well
        file.write(b"d" * 4096)
        os.fsync(file.fileno())
    assert disk.failed() == 1 and path.read_bytes() == b"".join(letter * 4096 for letter in (b"a", b"b", b"c", b"d"))
    disk.cut()
    assert path.read_bytes() == b"".join(letter * 4096 for letter in (b"a", b"b", b"\0", b"d"))
