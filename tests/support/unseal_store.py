"""Unseals a whole store into a folder that RocksDB's own tools open (ldb, sst_dump).

Written from crypto/FORMAT.md and store/FORMAT.md section 1; shares no code with the program.

    unseal_store.py HOME OUT            asks for a passphrase or recovery key on standard input
    unseal_store.py STORE OUT KEYHEX    STORE is the folder with database/ and segments/
"""

import ctypes
import re
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

import satchel_format as sealed

PLACES = [  # name, class, format, whether the name is bound
    (re.compile(r"\d{6,}\.sst"), sealed.TABLE, sealed.BLOCKS, True),
    (re.compile(r"\d{6,}\.log"), sealed.WRITE_AHEAD_LOG, sealed.RECORDS, True),
    (re.compile(r"MANIFEST-\d{6,}"), sealed.MANIFEST, sealed.RECORDS, True),
    (re.compile(r"IDENTITY|0+\.dbtmp"), sealed.IDENTITY, sealed.BLOCKS, False),
    (re.compile(r"CURRENT|\d+\.dbtmp"), sealed.CURRENT, sealed.BLOCKS, False),
]
NOT_SEALED = {"LOCK"}
ANCHORS = {"anchor", "anchor.new"}


@dataclass
class Anchor:
    sequence: int
    clean: bool
    current: int
    manifests: dict
    logs: dict

    def synced(self, name):
        number = re.search(r"\d+", name)
        files = self.manifests if name.startswith("MANIFEST") else self.logs
        return files.get(int(number.group()), 0) if number else 0


def parse_anchor(plain):
    if len(plain) % 8:
        raise sealed.Corrupt("an anchor of an odd length")
    fields = list(struct.unpack(f"<{len(plain) // 8}Q", plain))

    def take():
        if not fields:
            raise sealed.Corrupt("an anchor that was cut")
        return fields.pop(0)

    def take_files():
        return {take(): take() for _ in range(take())}

    if take() != 1:
        raise sealed.Corrupt("an anchor of another version")
    anchor = Anchor(take(), bool(take()), take(), take_files(), take_files())
    if fields:
        raise sealed.Corrupt("an anchor that is too long")
    return anchor


def read_anchor(store, store_key):
    data = (store / "database" / "anchor").read_bytes()
    return parse_anchor(sealed.unseal_blocks(sealed.files_key(store_key), data, sealed.ANCHOR))


def unseal_file(path, master, anchor):
    for pattern, file_class, file_format, bound in PLACES:
        if not pattern.fullmatch(path.name):
            continue
        name = path.name if bound else ""
        if file_format == sealed.BLOCKS:
            return sealed.unseal_blocks(master, path.read_bytes(), file_class, name)
        synced = anchor.synced(path.name)
        return b"".join(sealed.unseal_records(master, path.read_bytes(), file_class, name, synced=synced)[0])
    raise sealed.Corrupt(f"{path.name}: no file of a store has this name")


def unseal_database(store, store_key, out):
    """Every file of the database, in the clear, under its own name."""
    master = sealed.files_key(store_key)
    anchor = read_anchor(store, store_key)
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted((store / "database").iterdir()):
        if path.name in NOT_SEALED | ANCHORS:
            continue
        (out / path.name).write_bytes(unseal_file(path, master, anchor))
    current = (out / "CURRENT").read_text()
    manifest = re.fullmatch(r"MANIFEST-(\d+)\n", current)
    if not manifest or int(manifest.group(1)) < anchor.current:
        raise sealed.Corrupt("CURRENT is older than the anchor")
    return anchor


def unpack_extent(packed, plain_size):
    """The bytes of an extent: as they are, or zstd where that was shorter."""
    if len(packed) == plain_size:
        return packed
    zstd = ctypes.CDLL("libzstd.so.1")
    zstd.ZSTD_decompress.restype = ctypes.c_size_t
    zstd.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    plain = ctypes.create_string_buffer(max(1, plain_size))
    if zstd.ZSTD_decompress(plain, plain_size, packed, len(packed)) != plain_size:
        raise sealed.Corrupt("an extent does not unpack")
    return plain.raw[:plain_size]


def read_extent(store, store_key, segment, offset, sealed_size, plain_size):
    name = f"{segment:06}.seg"
    data = (store / "segments" / name).read_bytes()
    associated = struct.pack("<I", plain_size)
    packed = sealed.read_extent(sealed.files_key(store_key), data, offset, sealed_size, name, associated)
    return unpack_extent(packed, plain_size)


def store_key_of(home, secret):
    text = (home / "keyslots.json").read_bytes()
    secret = secret.rstrip("\n")
    try:
        return sealed.open_slot_file(text, recovery=sealed.parse_recovery_key(secret))
    except sealed.Malformed:
        return sealed.open_slot_file(text, passphrase=secret.encode())


def main(arguments):
    if len(arguments) == 3:
        store, store_key = Path(arguments[0]), bytes.fromhex(arguments[2])
    elif len(arguments) == 2:
        store, store_key = Path(arguments[0]) / "store", store_key_of(Path(arguments[0]), sys.stdin.readline())
    else:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        anchor = unseal_database(store, store_key, Path(arguments[1]))
    except sealed.Failure as failure:
        print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
        return 1
    print(f"manifest {anchor.current}, {'closed cleanly' if anchor.clean else 'not closed cleanly'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
