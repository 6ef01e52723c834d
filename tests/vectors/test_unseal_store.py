"""The second reader opens a store that the program wrote, and RocksDB's own tools read the result."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import satchel_format as sealed  # noqa: E402
import unseal_store  # noqa: E402

KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
ROWS = 40


def make_store_program():
    if os.environ.get("SATCHEL_MAKE_STORE"):
        return Path(os.environ["SATCHEL_MAKE_STORE"])
    built = sorted(ROOT.glob("build/*/tests/unit/make_store"), key=lambda path: path.stat().st_mtime)
    assert built, "make_store is not built"
    return built[-1]


def run(*command):
    return subprocess.run(command, check=True, timeout=60, capture_output=True, text=True, errors="replace").stdout


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home") / "store"
    for count in (10, 25, ROWS):  # each opening makes a table of the last one's log
        run(make_store_program(), folder, KEY, "write", str(count))
    return folder


@pytest.fixture(scope="module")
def plain(store, tmp_path_factory):
    out = tmp_path_factory.mktemp("plain") / "database"
    unseal_store.unseal_database(store, bytes.fromhex(KEY), out)
    return out


def test_every_kind_of_file_is_there(store):
    names = {re.sub(r"\d{6,}", "N", path.name) for path in store.rglob("*") if path.is_file()}
    assert names == {"N.sst", "N.log", "MANIFEST-N", "CURRENT", "IDENTITY", "LOCK", "anchor", "N.seg"}


def test_ldb_lists_the_rows(plain, tmp_path):
    rows = re.findall(r"^row(\d{8}) : (.*)$", run("ldb", f"--db={plain}", "scan", "--from=row", "--to=rox"), re.M)
    assert [int(number) for number, _ in rows] == list(range(ROWS))


def test_ldb_reads_manifest_and_log(plain):
    manifest = next(plain.glob("MANIFEST-*"))
    assert "next_file_number" in run("ldb", "manifest_dump", f"--path={manifest}")
    log = max(plain.glob("*.log"))
    assert "PUT" in run("ldb", "dump_wal", f"--walfile={log}", "--header")


def test_sst_dump_reads_each_table(plain):
    tables = list(plain.glob("*.sst"))
    assert tables
    for table in tables:
        assert "row000" in run("sst_dump", f"--file={table}", "--command=scan", "--verify_checksum")


def test_contents_are_where_the_rows_say(store, plain):
    listing = run("ldb", f"--db={plain}", "scan", "--from=row", "--to=rox")
    rows = re.findall(r"^row(\d{8}) : (\d+) (\d+) (\d+) (\d+)$", listing, re.M)
    assert len(rows) == ROWS
    for number, *extent in rows:
        content = unseal_store.read_extent(store, bytes.fromhex(KEY), *map(int, extent))
        assert len(content) == int(extent[-1]), number
        assert content[8:16] == bytes(8)  # every second word is zero


def test_the_anchor_is_exact_after_a_clean_close(store):
    anchor = unseal_store.read_anchor(store, bytes.fromhex(KEY))
    assert anchor.clean
    master = sealed.files_key(bytes.fromhex(KEY))
    for kind, files, pattern in (
        (sealed.MANIFEST, anchor.manifests, "MANIFEST-{:06}"),
        (sealed.WRITE_AHEAD_LOG, anchor.logs, "{:06}.log"),
    ):
        assert files
        for number, records in files.items():
            name = pattern.format(number)
            read, ending = sealed.unseal_records(master, (store / "database" / name).read_bytes(), kind, name)
            assert ending == sealed.CLOSED
            assert len(read) + 1 == records, name


def test_another_key_opens_nothing(store, tmp_path):
    with pytest.raises(sealed.Corrupt):
        unseal_store.unseal_database(store, bytes(32), tmp_path / "out")
