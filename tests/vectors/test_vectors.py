"""The vectors of crypto/FORMAT.md, read by the second reader."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import satchel_format as satchel  # noqa: E402

FOLDER = Path(__file__).resolve().parent / "crypto"
FAILURES = {"corrupt": satchel.Corrupt, "locked": satchel.Locked, "malformed": satchel.Malformed}


def vectors(name):
    whole, all_of_them = {}, []
    for vector in json.loads((FOLDER / name).read_text(encoding="utf-8")):
        if "as_before" in vector:
            vector = {**whole, **vector}
        else:
            whole = vector
        all_of_them.append(pytest.param(vector, id=vector["about"].replace(" ", "-")))
    return all_of_them


def damaged(data, vector):
    data = bytearray(data)
    for edit in vector["damage"]:
        if "flip" in edit:
            data[edit["flip"] // 8] ^= 1 << edit["flip"] % 8
        elif "cut" in edit:
            del data[edit["cut"] :]
        elif "append" in edit:
            data += bytes.fromhex(edit["append"])
        elif "put" in edit:
            put = bytes.fromhex(edit["put"])
            data[edit["at"] : edit["at"] + len(put)] = put
        elif "copy" in edit:
            size, start, at = edit["copy"], edit["from"], edit["at"]
            data[at : at + size] = data[start : start + size]
        else:
            before = edit["replace"].encode()
            assert before in data
            data = bytearray(bytes(data).replace(before, edit["with"].encode(), 1))
    return bytes(data)


def check(vector, read, outcome):
    """`read()` gives `outcome`, or raises what the vector names."""
    if "fails" in vector:
        with pytest.raises(FAILURES[vector["fails"]]) as caught:
            read()
        assert caught.type is FAILURES[vector["fails"]]
    else:
        assert read() == outcome()


def hexed(vector, name):
    return bytes.fromhex(vector[name])


def sealed_file(vector):
    return hexed(vector, "master"), damaged(hexed(vector, "file"), vector)


@pytest.mark.parametrize("vector", vectors("keys.json"))
def test_keys(vector):
    if "derived" in vector:
        assert satchel.derive(hexed(vector, "key"), vector["label"], hexed(vector, "context")) == hexed(vector, "derived")
    else:
        assert satchel.keyed_hash(hexed(vector, "key"), hexed(vector, "bytes")) == hexed(vector, "hash")


@pytest.mark.parametrize("vector", vectors("blocks.json"))
def test_blocks(vector):
    master, data = sealed_file(vector)
    check(
        vector,
        lambda: satchel.unseal_blocks(master, data, vector["class"], vector["name"], vector["epoch"]),
        lambda: hexed(vector, "plain"),
    )


@pytest.mark.parametrize("vector", vectors("records.json"))
def test_records(vector):
    master, data = sealed_file(vector)
    check(
        vector,
        lambda: satchel.unseal_records(
            master, data, vector["class"], vector["name"], vector["epoch"], vector["synced"]
        ),
        lambda: ([bytes.fromhex(record) for record in vector["records"]], vector["ending"]),
    )


@pytest.mark.parametrize("vector", vectors("extents.json"))
def test_extents(vector):
    master, data = sealed_file(vector)

    def read():
        if vector["class"] != satchel.SEGMENT_CLASS:
            satchel.file_key(master, data, satchel.SEGMENT, vector["class"], vector["name"], vector["epoch"])
        return satchel.read_extent(
            master,
            data,
            vector["offset"],
            vector["sealed_size"],
            vector["name"],
            hexed(vector, "associated"),
            vector["epoch"],
        )

    check(vector, read, lambda: hexed(vector, "plain"))


@pytest.mark.parametrize("vector", vectors("values.json"))
def test_values(vector):
    sealed = damaged(hexed(vector, "sealed"), vector)
    check(
        vector,
        lambda: satchel.open_value(hexed(vector, "key"), sealed, hexed(vector, "associated")),
        lambda: hexed(vector, "plain"),
    )


@pytest.mark.parametrize("vector", vectors("slots.json"))
def test_slots(vector):
    text = damaged(vector["text"].encode(), vector)
    argument = {"passphrase": "passphrase", "file": "key_file", "recovery": "recovery"}[vector["secret_kind"]]
    check(
        vector,
        lambda: satchel.open_slot_file(text, **{argument: hexed(vector, "secret")}),
        lambda: hexed(vector, "store_key"),
    )


@pytest.mark.parametrize("vector", vectors("recovery.json"))
def test_recovery_keys(vector):
    text = damaged(vector["text"].encode(), vector).decode()
    check(vector, lambda: satchel.parse_recovery_key(text), lambda: hexed(vector, "key"))
    if "fails" not in vector:
        assert satchel.print_recovery_key(hexed(vector, "key")) == vector["printed"]
