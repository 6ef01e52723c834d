#!/usr/bin/python3
"""The figures of the road: the program behind a slow line. road.py BUILD [--scale SHARE] [--runs N] [--keep FOLDER] [--only WORD].

A round trip takes 100 ms (the connection's own handshake takes none on this line: where it counts, it is added). Exit code 0
when every bar is met.
"""

import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.options import bench_parser, parsed  # noqa: E402

if __name__ == "__main__":
    PARSER = bench_parser(__doc__, runs=3)
    PARSER.add_argument("--only", default="", help="only the parts whose name has this word")
    OPTIONS = parsed(PARSER)

from bench.table import Row, print_table  # noqa: E402
from support import generate_mail, maildir, waiting  # noqa: E402
from support.clients import Mbsync  # noqa: E402
from support.dovecot import Dovecot  # noqa: E402
from support.fault_proxy import DOWN, UP, FaultProxy  # noqa: E402
from support.raw_client import RawClient  # noqa: E402
from support.round_trips import RoundTrips  # noqa: E402
from support.satchel import Satchel, elapsed  # noqa: E402

TRIP = 0.1  # seconds
RATE = 20e6 / 8  # bytes a second, each way
ZLIB = "protocol imap {\n  mail_plugins = $mail_plugins imap_zlib\n}\n"
PARTS = ("first_sync", "first_sync_20", "first_screen", "mailboxes", "new_mail", "flags", "moves")


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] load {os.getloadavg()[0]:.1f} · {text}", file=sys.stderr, flush=True)


class Road:
    """Each part adds its rows. mail: a Maildir of the benchmark's messages, to be copied where it is changed."""

    def __init__(self, folder: Path, rows: list[Row], scale: float, runs: int):
        self.folder, self.rows, self.scale, self.runs = folder, rows, scale, runs
        self.peak = 0
        self._running: list[Satchel] = []
        self.count = int(10_000 * scale)
        say("making mail")
        self.big = Dovecot(folder / "road-big", users={"user": "secret"}, fsync="optimized")
        generate_mail.generate("bench", self.big.root(), count=self.count)
        # As they go over the line: with CRLF, which the Maildir's own lines have not (Maildir++ names tell it).
        self.weight = sum(int(re.search(r",W=(\d+)", path.name)[1]) for path in (self.big.root() / "cur").iterdir())

    def run(self, only: str = "") -> None:
        try:
            with self.big:
                for part in PARTS:
                    if only in part:
                        say(part)
                        getattr(self, part)()
        finally:
            for satchel in self._running:
                satchel.kill()
        self.rows.append(Row("memory, most in all of these", "–", self.peak / 1e6, None, 200, "MB"))

    # Programs and lines

    def satchel(self, name: str) -> Satchel:
        self._running.append(Satchel(self.folder / name).init_key().start())
        return self._running[-1]

    def finish(self, satchel: Satchel) -> None:
        self.peak = max(self.peak, satchel.peak_memory())
        say(f"peak memory {satchel.peak_memory() / 1e6:.0f} MB, {cpu(satchel):.1f} s of processor")
        self._running.remove(satchel)
        satchel.stop()
        shutil.rmtree(satchel.folder)

    def server(self, name: str, profile: str, count: int, mailboxes=(), more: str = "") -> Dovecot:
        server = Dovecot(self.folder / name, fsync="optimized", more=more)
        generate_mail.generate(profile, server.root(), count=count)
        for mailbox in mailboxes:
            maildir.write(server.root(), mailbox, [])
        maildir.subscribe(server.root(), ["INBOX", *mailboxes])
        return server

    def in_step(self, name: str, port: int, ca: Path) -> Satchel:
        satchel = self.satchel(name)
        satchel.add_account(port, ca=ca)
        satchel.sync(3600)
        return satchel

    # First sync

    def sync_satchel(self, name: str, port: int, ca: Path) -> float:
        satchel = self.satchel(name)
        os.sync()

        def work():
            satchel.add_account(port, ca=ca)
            satchel.sync(3600)

        seconds = elapsed(work)
        account = satchel.account()
        assert account["in_sync"] and account["messages"] == self.count
        self.finish(satchel)
        return seconds

    def sync_mbsync(self, name: str, port: int) -> float:
        folder = self.folder / name
        client = Mbsync(folder, port=port, user="user", password="secret", ca=self.big.ca, sync="Pull", fsync="no")
        os.sync()
        seconds = elapsed(lambda: client.run(3600))
        shutil.rmtree(folder)
        return seconds

    def first_sync(self) -> None:
        ours, theirs = [], []
        with FaultProxy(self.big.tls_port, delay=TRIP / 2) as line:
            for run in range(self.runs):
                theirs.append(self.sync_mbsync(f"mbsync-{run}", line.port))
                ours.append(self.sync_satchel(f"first-{run}", line.port, self.big.ca))
                say(f"first sync: {ours[-1]:.1f} s, mbsync {theirs[-1]:.1f} s")
        self.rows.append(Row(f"first sync, {self.count} messages, 100 ms", "mbsync, FSync no", statistics.median(ours), statistics.median(theirs), 1))

    def first_sync_20(self) -> None:
        self._at_rate("20 Mbit/s", self.big, 1.05)
        packed = Dovecot(self.folder / "road-packed", fsync="optimized", more=ZLIB)
        packed.root().parent.rmdir()
        packed.root().parent.symlink_to(self.big.root().parent)
        with packed:
            self._at_rate("20 Mbit/s, COMPRESS", packed, 1)

    def _at_rate(self, what: str, server: Dovecot, most: float) -> None:
        with FaultProxy(server.tls_port, delay=TRIP / 2, rate=RATE) as line:
            seconds = self.sync_satchel("rate", line.port, server.ca)
            passed = line.passed[UP] + line.passed[DOWN]
        self.rows.append(Row(f"first sync, {what}", "the line alone", seconds, self.weight / RATE, 0.95))
        self.rows.append(Row(f"bytes on the line, {what}", "weight of the messages", passed / 1e6, self.weight / 1e6, most, "MB", True))

    # Small questions

    def first_screen(self) -> None:
        with FaultProxy(self.big.port, delay=TRIP / 2) as slow, RoundTrips(slow.port, self.big.certificate) as line:
            satchel = self.satchel("screen")
            satchel.add_account(line.port, ca=self.big.ca, check=False)
            start = time.monotonic()
            shown = satchel.show()
            client = RawClient(shown["port"]).login(shown["user"], shown["password"])
            lines = client.send(b"a SELECT INBOX")  # waits for the listing
            count = next(int(line.split()[1]) for line in lines if line.endswith(b" EXISTS\r\n"))
            client.send(b"b FETCH %d:%d (ENVELOPE BODY.PEEK[])" % (count - 49, count))
            seconds = time.monotonic() - start
            first = line.conversations[0].turns
            trips = self._until_bodies(first, min(50, count))
            client.close()
            self.finish(satchel)
        # TLS's own ends in the program that counts, before the delay: its two are added, and TCP's one.
        self.rows.append(Row("first screen, 50 messages with bodies", "–", trips + 3, None, 8, "trips"))
        self.rows.append(Row("the same, all but TCP and TLS", "–", seconds, None, 8 * TRIP))

    @staticmethod
    def _until_bodies(turns, count: int) -> int:
        bodies = trips = 0
        for way, said in turns:
            trips += way == "up"
            bodies += bytes(said).count(b"BODY[] {")
            if way == "down" and bodies >= count:
                return trips
        raise AssertionError("they came on another line")

    def mailboxes(self) -> None:
        names = [f"Work/Project {number}" for number in range(300)]
        with self.server("road-many", "bench_small", 300, names) as server:
            with FaultProxy(server.port, delay=TRIP / 2) as slow, RoundTrips(slow.port, server.certificate) as line:
                satchel = self.in_step("many", line.port, server.ca)
                quiet(line)
                line.forget()
                satchel.sync()
                trips = sum(len(one.flights) for one in line.spoken)
                size = line.size
                self.finish(satchel)
        self.rows.append(Row("300 mailboxes, nothing new", "–", trips, None, 3, "trips"))
        self.rows.append(Row("the same, bytes on the line", "–", size / 1000, None, 64, "KB"))

    def new_mail(self) -> None:
        times = []
        with self.server("road-news", "bench_small", 300) as server, FaultProxy(server.tls_port, delay=TRIP / 2) as line:
            satchel = self.in_step("news", line.port, server.ca)
            shown = satchel.show()
            ours = idle(RawClient(shown["port"]).login(shown["user"], shown["password"]))
            theirs = idle(RawClient(server.port).login("user", "secret"))
            colleague = server.client()
            for _ in range(11):
                time.sleep(1)
                colleague.append("INBOX", None, None, b"Subject: now\r\n\r\nnew\r\n")
                until_exists(theirs)  # when the server says so: it takes half a second for it
                start = time.monotonic()
                until_exists(ours)
                times.append(time.monotonic() - start)
            self.finish(satchel)
        # Three halves of a round trip, and 20 ms for two programs and the disk.
        self.rows.append(Row("new mail upstream to EXISTS here", "the server's own EXISTS", statistics.median(times), None, 1.5 * TRIP + 0.02))

    # Offline, then pushed

    def flags(self) -> None:
        count = int(100_000 * self.scale)
        with self.server("road-flags", "bench_small", count) as server, FaultProxy(server.tls_port) as line:
            satchel = self.in_step("flags", line.port, server.ca)
            line.stop()
            shown = satchel.show()
            client = RawClient(shown["port"], 300).login(shown["user"], shown["password"])
            client.send(b"a SELECT INBOX")
            for number in range(10):  # different ones, here and there, as days of work leave them
                ranges = [b"%d:%d" % (start, min(start + 49, count)) for start in range(1 + 50 * number, count + 1, 500)]
                done = client.send(b"b UID STORE %s +FLAGS.SILENT (%s)" % (b",".join(ranges), FLAGS[number % 3]))
                assert done[-1].startswith(b"b OK"), done[-1]
            pending = satchel.account()["operations_pending"]
            assert pending == count, pending
            line.delay = TRIP / 2
            line.start()
            before, worked = line.passed[UP], cpu(satchel)
            seconds = elapsed(lambda: satchel.sync(600))
            say(f"{count} flag changes pushed: {seconds:.1f} s, {cpu(satchel) - worked:.1f} s of processor")
            assert satchel.account()["in_sync"]
            self.rows.append(Row(f"{count} flag changes made offline, pushed", "–", seconds, None, 60))
            self.rows.append(Row("the same, bytes upward", "–", (line.passed[UP] - before) / 1e6, None, 5, "MB"))
            client.close()
            self.finish(satchel)

    def moves(self) -> None:
        """And a new UIDVALIDITY, on the same mail."""
        shutil.copytree(self.big.root().parent, self.folder / "road-moved" / "mail")
        server = Dovecot(self.folder / "road-moved", fsync="optimized")
        maildir.write(server.root(), "Archive", [])
        with server, FaultProxy(server.port) as slow, RoundTrips(slow.port, server.certificate) as line:
            satchel = self.in_step("moved", line.port, server.ca)
            line.stop()
            client = satchel.client()
            client.select("INBOX")
            assert client.uid("MOVE", "1:*", "Archive")[0] == "OK"
            slow.delay = TRIP / 2
            line.start()
            line.forget()
            seconds = elapsed(lambda: satchel.sync(600))
            self._no_body(f"{self.count} messages moved offline, pushed", satchel, line, seconds)
            line.stop()
            server.stop()
            for name in server.root().rglob("dovecot*"):
                if name.name != "dovecot-keywords" and name.is_file():
                    name.unlink()
            server.start()
            line.start()
            line.forget()
            seconds = elapsed(lambda: satchel.sync(600))
            self._no_body(f"a new UIDVALIDITY on {self.count} messages", satchel, line, seconds)
            self.finish(satchel)

    def _no_body(self, what: str, satchel: Satchel, line: RoundTrips, seconds: float) -> None:
        assert satchel.account()["in_sync"]
        self.rows.append(Row(what, "–", line.bodies(), None, 0, "bodies"))
        self.rows.append(Row("the same, bytes on the line", "weight of the messages", line.size / 1e6, self.weight / 1e6, 0.1, "MB", True))
        say(f"{what}: {seconds:.1f} s")


FLAGS = (b"RoadOne", b"RoadTwo RoadThree", b"RoadFour")  # that no message has


def cpu(satchel: Satchel) -> float:
    """Seconds of processor that the program took so far."""
    fields = Path(f"/proc/{satchel.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle(client: RawClient) -> RawClient:
    client.send(b"s SELECT INBOX")
    client.write(b"i IDLE\r\n")
    while not client.line().startswith(b"+"):
        pass
    return client


def until_exists(client: RawClient) -> None:
    while not client.line().endswith(b" EXISTS\r\n"):
        pass


def quiet(line: RoundTrips) -> None:
    """Returns when nothing was said for five round trips."""
    def same():
        before = line.size
        time.sleep(5 * TRIP)
        return line.size == before
    waiting.until(same, "nothing is said any more", 60)


def main() -> int:
    folder = OPTIONS.keep or Path(tempfile.mkdtemp(prefix="satchel-road-", dir="/tmp"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    rows: list[Row] = []
    try:
        Road(folder, rows, OPTIONS.scale, OPTIONS.runs).run(OPTIONS.only)
    finally:
        print(f"load: {' '.join(f'{load:.1f}' for load in os.getloadavg())} (1, 5, 15 minutes), {os.cpu_count()} cores")
        print_table(rows)
        if not OPTIONS.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if rows and all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
