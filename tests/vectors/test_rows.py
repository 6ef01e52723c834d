"""The second reader decodes every row of a store that the program wrote, and finds in it what was put in.

What that is stands in tests/support/make_account.cpp; FORMAT.md section 2 says what the rows look like.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import satchel_rows  # noqa: E402
import unseal_store  # noqa: E402

KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
NOW = 1_780_000_000
DATE = 880_127_706
INBOX, ARCHIVE, OLD, GONE, NEW = 1, 2, 3, 4, 5


def program():
    folder = os.environ.get("SATCHEL_BUILD")
    chosen = [ROOT / folder / "tests/unit/make_account"] if folder else ROOT.glob("build/*/tests/unit/make_account")
    built = sorted((path for path in chosen if path.exists()), key=lambda path: path.stat().st_mtime)
    assert built, "make_account is not built"
    return built[-1]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home") / "store"
    subprocess.run([program(), folder, KEY], check=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def raw(store, tmp_path_factory):
    out = tmp_path_factory.mktemp("plain") / "database"
    unseal_store.unseal_database(store, bytes.fromhex(KEY), out)
    return satchel_rows.scan(out)


@pytest.fixture(scope="module")
def rows(raw):
    """By kind, then by key; a key of one number is that number."""
    found = {kind: {} for kind in satchel_rows.ROWS}
    for key, value in raw:
        kind, place, read = satchel_rows.decode(key, value)
        found[kind][place[0] if len(place) == 1 else place] = read
    return found


@pytest.fixture(scope="module")
def messages(rows):
    return {place[1:]: row for place, row in rows["M"].items()}


def flags(rows, number):
    return rows["F"][(1, number)]


def read_content(store, rows, number):
    row = rows["C"][rows["D"].get(number, number)]
    content = b"".join(unseal_store.read_extent(store, bytes.fromhex(KEY), *extent) for extent in row["extents"])
    assert len(content) == row["size"]
    return content


def test_every_kind_of_the_format_is_met(rows):
    section = (ROOT / "store" / "FORMAT.md").read_text().split("## 2. ")[1]
    written = set(re.findall(r"^\| `(!?\w+)`[^|]*\|", section, re.M)) - {"b", "n", "z", "s", "h", "ref", "flags", "id"} | {"s"}
    assert written == set(satchel_rows.ROWS)
    assert [kind for kind in written if not rows[kind]] == []


def test_a_row_that_is_cut_or_longer_is_noticed(raw):
    open_ended = {b"s", b"H", b"E"}  # these reach to the end of their value, whatever it is
    for key, value in raw:
        if key[:1] in open_ended:
            continue
        for wrong in [value + b"\0"] + ([value[:-1]] if value else []):
            with pytest.raises(satchel_rows.Malformed):
                satchel_rows.decode(key, wrong)


def test_what_all_accounts_share(rows):
    assert rows["!schema"] == {(): 3}
    assert rows["A"] == {1: {
        "account": 1, "name": "one", "email": "u@example.org", "host": "mail.example.org", "user": "user", "password": "upstream password",
        "authority": "a certificate", "port": 1143, "security": 1, "clients": [("mutt", "client password"), ("phone", "another")]}}
    assert rows["s"].keys() == {b"content hash key", b"web token"}
    assert rows["s"][b"web token"] == b"sesame" and len(rows["s"][b"content hash key"]) == 32
    counters = rows["!counters"][()]
    assert counters["account"] == 1
    assert counters["content"] >= max(row["content"] for row in rows["M"].values())
    assert counters["uid_validity"] >= max(row["uid_validity"] for row in rows["B"].values())


def test_the_account(rows):
    state = rows["a"][1]
    assert (state["delimiter"], state["listed"], state["alters"]) == ("/", True, True)
    assert state["last_mailbox"] >= NEW and state["last_operation"] == max(number for _, number in rows["J"])
    assert 0 < state["list_started"] <= state["tick"]
    assert {name.decode(): (row["upstream"], row["here"]) for (_, name), row in rows["S"].items()} == {
        "INBOX": (True, False), "Past": (True, False), "New": (False, True), "Future": (False, True)}


def test_mailboxes(rows):
    found = {number: row for (_, number), row in rows["B"].items()}
    assert {number: row["name"] for number, row in found.items()} == {
        INBOX: "INBOX", ARCHIVE: "Archive", OLD: "Old", GONE: "Gone", NEW: "New"}
    inbox = found[INBOX]
    assert inbox["there"] == {"name": "INBOX", "uid_validity": 71, "uid_next": 12, "highest_modseq": 5, "mailbox_id": "F1",
                              "pulled": rows["a"][1]["list_started"], "pulled_before": 0}
    assert inbox["guard"] == {"weighing": True, "seen": rows["a"][1]["list_started"],
                              "lately": [(1_779_990_000, 30, 200), (1_779_990_600, 7, 170)]}
    assert inbox["uid_next"] == 17  # six messages, ten UIDs left out
    assert found[ARCHIVE]["there"]["name"] == "&AMQ-rchiv" and found[ARCHIVE]["special_use"] == 2
    assert found[NEW]["special_use"] == 7 and not found[NEW]["exists"]
    assert [number for number, row in found.items() if row["deleted_here"]] == [OLD]
    assert [number for number, row in found.items() if row["retired"]] == [GONE]
    assert all(row["listed"] and row["exists"] and row["selectable"] for number, row in found.items() if number <= OLD)


def test_messages(rows, messages):
    assert messages.keys() == {(INBOX, 1), (INBOX, 2), (INBOX, 3), (INBOX, 4), (INBOX, 6), (ARCHIVE, 1), (ARCHIVE, 2), (ARCHIVE, 3)}
    assert {place: row["upstream"] for place, row in messages.items() if row["upstream"]} == {
        (INBOX, 1): 10, (INBOX, 2): 11, (INBOX, 4): 13, (INBOX, 6): 15}
    first, second, third, fourth, sixth = (messages[(INBOX, uid)] for uid in (1, 2, 3, 4, 6))
    assert flags(rows, first["base"]) == ["\\Seen", "$Work", "Alpha"]
    assert flags(rows, first["effective"]) == ["\\Answered", "Alpha"]
    assert first["here"]["date"] == DATE and first["zone"] == -360 and first["same"]
    assert second["there"]["size"] == second["here"]["size"] + 2 and second["email_id"] == 0x0123456789ABCDEF
    assert flags(rows, second["local"]) == ["Kept"] and second["held"] and second["here"]["message_id"] == 1
    assert third["own"] and third["hidden_by"] == 4 and first["here"] == third["here"]
    assert fourth["here"] == {"message_id": 1, "header": 2, "date": -86_400, "size": 5000}
    assert flags(rows, sixth["effective"]) == ["\\Deleted"] and sixth["hidden_by"] == 5
    assert flags(rows, messages[(ARCHIVE, 1)]["effective"]) == ["\\Draft"] and messages[(ARCHIVE, 1)]["zone"] == 120
    assert messages[(ARCHIVE, 2)]["content"] == second["content"]
    numbers = sorted(number for _, number in rows["F"])
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] <= 1


def test_what_vanished(rows):
    gone = [row for (_, mailbox, _), row in sorted(rows["V"].items()) if mailbox == INBOX]
    assert sorted(uid for row in gone for uid in row["uids"]) == [3, 5, 6]
    assert [skipped for row in gone for skipped in row["skipped"]] == [(7, 9)]  # UIDs 7 to 16


def test_operations(rows):
    journal = [rows["J"][place] for place in sorted(rows["J"])]
    kinds = list(satchel_rows.KINDS[1:])
    kinds.insert(kinds.index("create") + 1, "subscribe")  # a mailbox that is made is subscribed too
    assert [row["kind"] for row in journal] == kinds
    assert [row["id"] for row in journal] == list(range(1, 12)) and all(row["order"] == row["id"] << 16 for row in journal)
    assert all(row["time"] == NOW for row in journal)
    store, append, copy, move, expunge, create, subscribe_new, rename, delete, subscribe, unsubscribe = journal
    assert (store["source"], store["add"], store["remove"]) == ((INBOX, 1), ["\\Answered"], ["\\Seen", "$Work"])
    assert append["target"] == (ARCHIVE, 1) and append["uid_next_then"] == 12
    assert (append["state"], append["tries"], append["uid_next_attempt"], append["uid_validity_attempt"]) == (1, 3, 12, 71)
    assert append["not_before"] == NOW + 60
    assert (copy["source"], copy["target"], copy["state"], copy["why"]) == ((INBOX, 2), (ARCHIVE, 2), 2, "The mailbox is full.")
    assert (move["source"], move["target"]) == ((INBOX, 3), (ARCHIVE, 3)) and expunge["source"] == (INBOX, 6)
    assert (create["mailbox"], create["name"], create["special_use"]) == (NEW, "New", 7)
    assert (rename["mailbox"], rename["name"], rename["old_name"]) == (ARCHIVE, "Archive", "Ärchiv")
    assert (delete["mailbox"], delete["name"]) == (OLD, "Old")
    assert (subscribe_new["name"], subscribe["name"], unsubscribe["name"]) == ("New", "Future", "INBOX")


def test_contents(store, rows, messages):
    first, second, third, fourth, sixth = (messages[(INBOX, uid)]["content"] for uid in (1, 2, 3, 4, 6))
    assert rows["N"].keys() == {(1, fourth)}
    assert rows["D"] == {third: first, sixth: first}
    assert read_content(store, rows, third).endswith(b"Message-ID: <1@example.org>\r\n\r\nbody\r\n")
    for place, row in messages.items():
        if place != (INBOX, 4):
            assert len(read_content(store, rows, row["content"])) == row["here"]["size"], place
    assert {hash_: number for hash_, number in rows["K"].items()} == {row["hash"]: number for number, row in rows["C"].items()}
    assert all(len(row["hash"]) == 32 for row in rows["C"].values())
    (kept,) = rows["R"].values()
    assert (kept["mailbox"], kept["date"], kept["zone"], kept["flags"], kept["when"]) == ("INBOX", DATE, -360, ["\\Flagged"], NOW)
    large = read_content(store, rows, kept["content"])
    assert len(large) == kept["identity"]["size"] and len(rows["C"][kept["content"]]["extents"]) == 2
    assert {number for number, _ in [(place[1], 0) for place in rows["R"]]} == {kept["content"]}


def test_summaries(store, rows, messages):
    first, second, fourth = (messages[(INBOX, uid)]["content"] for uid in (1, 2, 4))
    assert rows["E"].keys() == rows["H"].keys() == rows["P"].keys() | {fourth}
    for number, row in rows["E"].items():
        assert row["header_is_whole"] and row["header_size"] == len(rows["H"][number]) and row["header_only"] == (number == fourth)
        if number != fourth:
            content = read_content(store, rows, number)
            assert content.startswith(rows["H"][number]) and rows["P"][number]["size"] == len(content)
    assert '"first"' in rows["E"][first]["envelope"] and '"<1@example.org>"' in rows["E"][first]["envelope"]
    assert rows["E"][first]["day"] == DATE // 86_400 and rows["E"][second]["day"] is None
    assert '"only the header"' in rows["E"][fourth]["envelope"]
    parts = rows["P"][second]["parts"]
    assert [(one["kind"], one["parent"], one["type"].lower()) for one in parts] == [
        ("multipart", None, "multipart"), ("single", 0, "text"), ("message", 0, "message"), ("single", 2, "")]
    assert parts[1]["charset"].lower() == "utf-8" and '"mixed"' in rows["P"][second]["body"].lower()
    content = read_content(store, rows, second)
    begin = parts[0]["begin"] + parts[1]["begin"] + parts[1]["header"]
    assert content[begin : begin + parts[1]["body"]] == b"<b>hello</b>"
