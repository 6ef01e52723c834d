#!/usr/bin/python3
"""The figures, side by side in one run, on the same mail from a seed: bench.py BUILD [--scale SHARE] [--runs N] [--keep FOLDER].

Exit code 0 when every bar is met.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.options import bench_parser, parsed  # noqa: E402

OPTIONS = parsed(bench_parser(__doc__, runs=5))

from bench.reader import Reader  # noqa: E402
from bench.road import Road  # noqa: E402
from bench.table import Row, print_table  # noqa: E402
from support import compare, generate_mail, waiting  # noqa: E402
from support.clients import Mbsync  # noqa: E402
from support.dovecot import Dovecot  # noqa: E402
from support.satchel import Satchel, elapsed  # noqa: E402

USERS = {"bench": "secret", "small": "secret"}
BIG, MANY = "bench", "small"  # 10,000 messages of 240 MB; 100,000 small ones


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


class Bench:
    def __init__(self, folder: Path):
        self.folder = folder
        self.rows: list[Row] = []
        self.peak = 0
        say("making mail")
        self.plain = Dovecot(folder / "plain", users=USERS, fsync="optimized")
        self.big_count = generate_mail.generate("bench", self.plain.root(BIG), count=int(10_000 * OPTIONS.scale))
        self.many_count = generate_mail.generate("bench_small", self.plain.root(MANY), count=int(100_000 * OPTIONS.scale))
        self.crypt = Dovecot(folder / "crypt", users=USERS, fsync="optimized", mail_crypt="yes")
        self.satchel = None

    def run(self) -> None:
        with self.plain, self.crypt:
            self.warm()
            self.first_syncs()
            self.fill_crypt()
            self.reads()
            self.stores()
            self.starts()
            self.sizes()
            self.satchel.stop()
        Road(self.folder, self.rows, OPTIONS.scale, 3).run()

    def warm(self) -> None:
        """Dovecot's caches are filled before anything is measured."""
        say("warming Dovecot")
        for user in USERS:
            reader = Reader(self.plain.port, user, "secret")
            reader.do(b"SELECT INBOX")
            for items in (b"(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)", b"BODY.PEEK[]"):
                reader.do(b"FETCH 1:* " + items)
            reader.close()

    # First sync

    def first_syncs(self) -> None:
        for user, count, runs in ((BIG, self.big_count, 3), (MANY, self.many_count, 1)):
            ours, theirs = [], []
            for run in range(runs):
                say(f"first sync of {count} messages, run {run + 1} of {runs}")
                theirs.append(self.sync_mbsync(user, run))
                ours.append(self.sync_satchel(user, run))
            self.rows.append(Row(f"first sync, {count} messages", "mbsync, FSync yes", statistics.median(ours), statistics.median(theirs), 1))
        say("the home of the other figures: both accounts")
        self.satchel = self.new_satchel("both")
        for user in USERS:
            self.satchel.add_account(self.plain.tls_port, ca=self.plain.ca, user=user, name=user, email=f"{user}@example.org")
        self.satchel.sync(1200)
        self.logins = {user: self.satchel.show(user) for user in USERS}

    def sync_mbsync(self, user: str, run: int) -> float:
        folder = self.folder / f"mbsync-{user}-{run}"
        client = Mbsync(folder, port=self.plain.tls_port, user=user, password="secret", ca=self.plain.ca, sync="Pull", fsync="yes")
        settle()
        seconds = elapsed(lambda: client.run(3600))
        if user == BIG and run == 0:
            assert sum(map(len, client.contents().values())) == self.big_count
        shutil.rmtree(folder)
        return seconds

    def new_satchel(self, name: str) -> Satchel:
        return Satchel(self.folder / f"satchel-{name}").init_key().start()

    def sync_satchel(self, user: str, run: int) -> float:
        satchel = self.new_satchel(f"{user}-{run}")
        settle()

        def work():
            satchel.add_account(self.plain.tls_port, ca=self.plain.ca, user=user, name=user)
            satchel.sync(3600)

        seconds = elapsed(work)
        assert satchel.account()["in_sync"]
        if user == BIG and run == 0:
            here, there = satchel.client(user), self.plain.client(user)
            assert compare.differences(compare.read_all(here), compare.read_all(there)) == []
        self.peak = max(self.peak, satchel.peak_memory())
        satchel.stop()
        shutil.rmtree(satchel.folder)
        return seconds

    # Reading

    def fill_crypt(self) -> None:
        say("filling Dovecot with mail_crypt")
        source = sorted((self.plain.root(BIG) / "cur").iterdir())
        reader = Reader(self.crypt.port, BIG, "secret")
        reader.append("INBOX", (path.read_bytes().replace(b"\n", b"\r\n") for path in source))
        reader.close()

    def open(self, where: str, user: str) -> Reader:
        if where == "satchel":
            shown = self.logins[user]
            return Reader(shown["port"], shown["user"], shown["password"])
        return Reader({"plain": self.plain, "crypt": self.crypt}[where].port, user, "secret")

    def medians(self, user: str, command: bytes, places: list[str], runs: int = 0) -> dict[str, float]:
        """Alternating runs on connections that have INBOX open."""
        times: dict[str, list[float]] = {place: [] for place in places}
        readers = {place: self.open(place, user) for place in places}
        for reader in readers.values():
            reader.do(b"SELECT INBOX")
        for _ in range(runs or OPTIONS.runs):
            for place in places:
                times[place].append(readers[place].do(command))
        for reader in readers.values():
            reader.close()
        return {place: statistics.median(values) for place, values in times.items()}

    def reads(self) -> None:
        say("FETCH of all bodies")
        bodies = self.medians(BIG, b"FETCH 1:* BODY.PEEK[]", ["satchel", "plain", "crypt"], 3)
        self.rows.append(Row("FETCH 1:* BODY.PEEK[]", "Dovecot, mail_crypt", bodies["satchel"], bodies["crypt"], 40))
        self.rows.append(Row("FETCH 1:* BODY.PEEK[]", "Dovecot plain", bodies["satchel"], bodies["plain"], 0.5))
        for user, count in ((BIG, self.big_count), (MANY, self.many_count)):
            for item in (b"FLAGS", b"ENVELOPE", b"BODYSTRUCTURE"):
                say(f"FETCH {item.decode()} of {count}")
                times = self.medians(user, b"FETCH 1:* " + item, ["satchel", "plain"])
                self.rows.append(Row(f"FETCH {item.decode()} of {count}", "Dovecot plain, warm", times["satchel"], times["plain"], 1))
        say("SELECT")
        times: dict[str, list[float]] = {"satchel": [], "plain": []}
        for _ in range(2 * OPTIONS.runs):
            for place, values in times.items():
                reader = self.open(place, MANY)
                values.append(reader.do(b"SELECT INBOX"))
                reader.close()
        self.rows.append(Row(f"SELECT of {self.many_count}", "Dovecot plain, warm", statistics.median(times["satchel"]),
                             statistics.median(times["plain"]), 4))

    def stores(self) -> None:
        say("STORE of one flag")
        readers = {place: self.open(place, BIG) for place in ("satchel", "plain")}
        times: dict[str, list[float]] = {place: [] for place in readers}
        for reader in readers.values():
            reader.do(b"SELECT INBOX")
        for number in range(1, 201):
            for place, reader in readers.items():
                # Each on messages of its own: what Satchel pushes must not make work for Dovecot's session here.
                message = number if place == "plain" else number + 300
                times[place].append(reader.do(b"STORE %d +FLAGS.SILENT (Benchmark)" % message))
        for reader in readers.values():
            reader.close()
        self.rows.append(Row("STORE of one flag, durable", "Dovecot plain", statistics.median(times["satchel"]),
                             statistics.median(times["plain"]), 1))
        self.satchel.sync(600)

    # The process

    def starts(self) -> None:
        say("starts")
        times = []
        shown = self.logins[MANY]
        for _ in range(OPTIONS.runs):
            self.peak = max(self.peak, self.satchel.peak_memory())
            self.satchel.stop()
            port = waiting.free_port()
            start = time.perf_counter()
            self.satchel.spawn(SATCHEL_IMAP_PORT=str(port))
            while time.perf_counter() - start < 60:
                try:
                    reader = Reader(port, shown["user"], shown["password"])
                    break
                except OSError:
                    time.sleep(0.002)
            reader.do(b"SELECT INBOX")
            times.append(time.perf_counter() - start)
            reader.close()
            waiting.until(self.satchel.answers, "it answers")
        self.rows.append(Row(f"start to first SELECT, {self.many_count} messages", "–", statistics.median(times), None, 0.5))

    def sizes(self) -> None:
        self.peak = max(self.peak, self.satchel.peak_memory())
        self.rows.append(Row("peak memory through all of it", "–", self.peak / 1e6, None, 150, "MB"))
        homes = [self.satchel.home]
        waiting.until(lambda: at_rest(homes), "nothing is being rewritten", seconds=120)
        maildirs = [self.plain.root(user) / "cur" for user in USERS]
        self.rows.append(Row("disk, blocks in use", "Maildir of the same", allocated(homes) / 1e6, allocated(maildirs) / 1e6, 0.75, "MB", True))
        self.rows.append(Row("disk, bytes of the files", "Maildir of the same", apparent(homes) / 1e6, apparent(maildirs) / 1e6, 0.75, "MB", True))


def settle() -> None:
    """What earlier steps left to be written is written before the clock starts."""
    os.sync()


def at_rest(folders: list[Path]) -> bool:
    """What a compaction writes replaces what it read: while one is under way both are there."""
    before = apparent(folders)
    time.sleep(2)
    return apparent(folders) == before


def files(folders: list[Path]):
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.stat()


def allocated(folders: list[Path]) -> int:
    return sum(stat.st_blocks * 512 for stat in files(folders))


def apparent(folders: list[Path]) -> int:
    return sum(stat.st_size for stat in files(folders))


def main() -> int:
    folder = OPTIONS.keep or Path(tempfile.mkdtemp(prefix="satchel-bench-", dir="/tmp"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    bench = Bench(folder)
    try:
        bench.run()
    finally:
        if bench.satchel is not None and bench.satchel.process is not None:
            bench.satchel.kill()
        print_table(bench.rows)
        if not OPTIONS.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if all(row.met for row in bench.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
