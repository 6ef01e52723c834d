"""A second reader of Satchel's sealed formats, written from crypto/FORMAT.md alone.

It shares no code with the program: PyNaCl, hashlib and json. It only reads. Every function is over
bytes; a failure is one of Corrupt, Locked and Malformed.
"""

import hashlib
import json
import re
import struct
from dataclasses import dataclass

import nacl.bindings as sodium
import nacl.exceptions

BLOCKS, RECORDS, SEGMENT = 1, 2, 3
TABLE, WRITE_AHEAD_LOG, MANIFEST, CURRENT, IDENTITY, ANCHOR, SEGMENT_CLASS, OPTIONS, BACKUP = range(1, 10)
CLOSED, OPEN_END, TORN = "closed", "open_end", "torn"

HEADER_SIZE = 64
TAG_SIZE = 16
BLOCK = 16384
LONGEST_RECORD = 65536
LONGEST_EXTENT = 1 << 24
END_FIELD = 0x80000000
UNITS = {BLOCKS: BLOCK, RECORDS: LONGEST_RECORD, SEGMENT: 0}


class Failure(Exception):
    pass


class Corrupt(Failure):
    """Altered, cut, or not what its place says."""


class Locked(Failure):
    """No key slot opens with this secret."""


class Malformed(Failure):
    """No text of this kind."""


# --- keys (section 1)


def blake2b(key, message):
    return hashlib.blake2b(message, key=key, digest_size=32).digest()


def derive(key, label, context=b""):
    label = label.encode("ascii")
    return blake2b(key, b"satchel-derive-1" + bytes([len(label)]) + label + context)


def files_key(store_key):
    return derive(store_key, "files")


def secrets_key(store_key):
    return derive(store_key, "secrets")


def keyed_hash(key, data):
    return blake2b(derive(key, "hash"), data)


def _open(key, position, flag, sealed, associated=b""):
    """The plain bytes, or None."""
    nonce = struct.pack("<QI", position, flag)
    if len(sealed) < TAG_SIZE:
        return None
    try:
        return sodium.crypto_aead_chacha20poly1305_ietf_decrypt(sealed, associated, nonce, key)
    except nacl.exceptions.CryptoError:
        return None


# --- sealed files: the header (section 2)


@dataclass
class Header:
    file_format: int
    file_class: int
    epoch: int
    salt: bytes


def parse_header(data):
    if len(data) < HEADER_SIZE:
        raise Corrupt("cut inside the header")
    magic, version, file_format, cipher, file_class, zero, unit, epoch, zeros, salt = struct.unpack(
        "<8sHBBHHIIQ32s", data[:HEADER_SIZE]
    )
    if magic != b"SATCHEL\x1a":
        raise Corrupt("not a sealed file")
    if version != 1 or cipher != 1 or zero != 0 or zeros != 0 or epoch == 0:
        raise Corrupt("a header that is not allowed")
    if UNITS.get(file_format) != unit:
        raise Corrupt("a format that is not known")
    return Header(file_format, file_class, epoch, salt)


def file_key(master, data, file_format, file_class, name="", epoch=1):
    """Of a file that starts with `data`; `name` is empty where it is not bound."""
    header = parse_header(data)
    if (header.file_format, header.file_class, header.epoch) != (file_format, file_class, epoch):
        raise Corrupt("a sealed file of another kind")
    context = data[:HEADER_SIZE] + struct.pack("<H", file_class) + name.encode()
    return derive(master, "sealed file", context)


# --- blocks (section 3)


def unseal_blocks(master, data, file_class, name="", epoch=1):
    key = file_key(master, data, BLOCKS, file_class, name, epoch)
    sealed = data[HEADER_SIZE:]
    count = max(1, -(-len(sealed) // (BLOCK + TAG_SIZE)))
    plain = []
    for index in range(count):
        start = index * (BLOCK + TAG_SIZE)
        last = 1 if index == count - 1 else 0
        block = _open(key, index, last, sealed[start : start + BLOCK + TAG_SIZE])
        if block is None or (last and index > 0 and not block):
            raise Corrupt(f"block {index}")
        plain.append(block)
    return b"".join(plain)


# --- records (section 4)


def unseal_records(master, data, file_class, name="", epoch=1, synced=0):
    """(records, how the file ends); `synced` records are known to be there."""
    records, ending, opened = [], None, 0

    def end(how):
        if opened < synced:
            raise Corrupt(f"record {opened} of {synced} that were synced")
        return how

    def bad(position):
        if len(data) - 16 >= position and not any(data[-16:]):
            return end(TORN)
        raise Corrupt(f"record {opened}")

    if len(data) < HEADER_SIZE or not (any(data[:HEADER_SIZE]) or any(data[-16:])):
        return [], end(TORN)
    key = file_key(master, data, RECORDS, file_class, name, epoch)
    head_key = derive(key, "record head")[:16]
    position = HEADER_SIZE
    while ending is None:
        left = len(data) - position
        if left == 0:
            ending = end(OPEN_END)
            break
        if left < 12:
            ending = end(TORN)
            break
        field, mac = struct.unpack("<I8s", data[position : position + 12])
        if sodium.crypto_shorthash_siphash24(struct.pack("<QI", opened, field), head_key) != mac:
            ending = bad(position)
            break
        is_end = field == END_FIELD
        if not is_end and not 1 <= field <= LONGEST_RECORD:
            raise Corrupt(f"record {opened}: a length that none has")
        size = 0 if is_end else field
        if left < 12 + size + TAG_SIZE:
            ending = end(TORN)
            break
        body = data[position + 12 : position + 12 + size + TAG_SIZE]
        plain = _open(key, opened, 1 if is_end else 0, body)
        if plain is None:
            ending = bad(position)
            break
        opened += 1
        position += 12 + size + TAG_SIZE
        if not is_end:
            records.append(plain)
        elif position != len(data):
            raise Corrupt("bytes behind the end")
        else:
            ending = end(CLOSED)
    return records, ending


# --- segments (section 5)


def read_extent(master, data, offset, sealed_size, name, associated=b"", epoch=1):
    """One extent of the segment file whose bytes are `data`."""
    key = file_key(master, data, SEGMENT, SEGMENT_CLASS, name, epoch)
    if offset < HEADER_SIZE or sealed_size < TAG_SIZE or offset + sealed_size > len(data):
        raise Corrupt("an extent outside of its file")
    plain = _open(key, offset, 0, data[offset : offset + sealed_size], associated)
    if plain is None or len(plain) > LONGEST_EXTENT:
        raise Corrupt(f"the extent at {offset}")
    return plain


# --- small sealed values (section 6)


def open_value(key, sealed, associated=b""):
    if len(sealed) < 40:
        raise Corrupt("a sealed value")
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[24:], associated, sealed[:24], key)
    except nacl.exceptions.CryptoError:
        raise Corrupt("a sealed value") from None


# --- the slot file (section 7)

TAG_LINE = re.compile(rb'  "tag": "([0-9a-f]{64})"\n\}\n')
TAG_LINE_SIZE = 78
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
KNOWN_KINDS = {
    "passphrase": {"id", "kind", "label", "ops", "memory", "salt", "sealed"},
    "file": {"id", "kind", "label", "path", "sealed"},
    "recovery": {"id", "kind", "label", "sealed"},
}


def _require(true, what):
    if not true:
        raise Corrupt(f"keyslots.json: {what}")


def _hex(value, size):
    _require(isinstance(value, str) and re.fullmatch("[0-9a-f]{%d}" % (2 * size), value), "hex digits")
    return bytes.fromhex(value)


def _number(value, least, most):
    _require(isinstance(value, int) and not isinstance(value, bool) and least <= value <= most, "a number")
    return value


def _text(value, longest):
    _require(isinstance(value, str) and len(value.encode()) <= longest, "a text")
    return value


def _check_slot(slot):
    _require(isinstance(slot, dict), "a slot")
    _hex(slot.get("id"), 8)
    _require(isinstance(slot.get("kind"), str), "a kind")
    members = KNOWN_KINDS.get(slot["kind"])
    if members is None:
        return
    _require(set(slot) == members, "the members of a slot")
    _text(slot["label"], 200)
    _hex(slot["sealed"], 72)
    if slot["kind"] == "file":
        _text(slot["path"], 4096)
    if slot["kind"] == "passphrase":
        _number(slot["ops"], 1, 10)
        _require(_number(slot["memory"], 8 << 20, 64 << 20) % 1024 == 0, "memory")
        _hex(slot["salt"], 16)


def parse_slot_file(text):
    """The JSON of the file, its bounds checked; not yet believed."""
    _require(len(text) <= 65536, "too big")
    _require(TAG_LINE.fullmatch(text[-TAG_LINE_SIZE:]), "no tag at its end")
    try:
        root = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Corrupt("keyslots.json: no JSON") from None
    _require(isinstance(root, dict), "no object")
    _require(set(root) == {"format", "version", "store_id", "epoch", "slots", "tag"}, "its members")
    _require(root["format"] == "satchel-key-slots", "format")
    _number(root["version"], 1, 1)
    _hex(root["store_id"], 16)
    _number(root["epoch"], 1, 0xFFFFFFFF)
    _require(isinstance(root["slots"], list) and 1 <= len(root["slots"]) <= 32, "slots")
    for slot in root["slots"]:
        _check_slot(slot)
    ids = [slot["id"] for slot in root["slots"]]
    _require(len(set(ids)) == len(ids), "two slots with one id")
    return root


def argon2id(passphrase, salt, ops, memory):
    return sodium.crypto_pwhash_alg(32, passphrase, salt, ops, memory, sodium.crypto_pwhash_ALG_ARGON2ID13)


def open_slot_file(text, passphrase=None, recovery=None, key_file=None):
    """The store key. `passphrase` is bytes; `recovery` and `key_file` are 32 bytes."""
    root = parse_slot_file(text)
    store_id = bytes.fromhex(root["store_id"])
    for slot in root["slots"]:
        if slot["kind"] == "passphrase" and passphrase is not None:
            slot_key = argon2id(passphrase, bytes.fromhex(slot["salt"]), slot["ops"], slot["memory"])
        elif slot["kind"] == "file" and key_file is not None:
            slot_key = derive(key_file, "file slot", store_id)
        elif slot["kind"] == "recovery" and recovery is not None:
            slot_key = derive(recovery, "recovery slot", store_id)
        else:
            continue
        bound = b"satchel-slot-1" + store_id + struct.pack("<I", root["epoch"])
        bound += bytes.fromhex(slot["id"]) + slot["kind"].encode()
        try:
            store_key = open_value(slot_key, bytes.fromhex(slot["sealed"]), bound)
        except Corrupt:
            continue
        tag = blake2b(derive(store_key, "slot file", store_id), text[:-TAG_LINE_SIZE])
        _require(tag.hex() == root["tag"], "altered by another hand")
        return store_key
    raise Locked("no slot opens")


def parse_key_file(text):
    match = re.fullmatch(rb"satchel-key-file-1\n([0-9a-f]{64})\n?", text)
    if not match:
        raise Malformed("no key file")
    return bytes.fromhex(match.group(1).decode())


def _recovery_checksum(key):
    return hashlib.blake2b(b"satchel-recovery" + key, digest_size=32).digest()[:3]


def parse_recovery_key(text):
    letters = re.sub("[ \t\r\n-]", "", text)
    if not re.fullmatch("[0-9A-Za-z]{56}", letters):
        raise Malformed("56 letters")
    letters = letters.upper().replace("I", "1").replace("L", "1").replace("O", "0")
    number = 0
    for letter in letters:
        if letter not in ALPHABET:
            raise Malformed("a letter that is none")
        number = number * 32 + ALPHABET.index(letter)
    raw = number.to_bytes(35, "big")
    if _recovery_checksum(raw[:32]) != raw[32:]:
        raise Malformed("checksum")
    return raw[:32]


def print_recovery_key(key):
    number = int.from_bytes(key + _recovery_checksum(key), "big")
    letters = "".join(ALPHABET[number >> shift & 31] for shift in range(275, -1, -5))
    return "-".join(letters[i : i + 7] for i in range(0, 56, 7))
