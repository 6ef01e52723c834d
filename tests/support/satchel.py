"""The program under test: a home of its own, its verbs, its process. SATCHEL_BUILD names the build folder."""

import base64
import http.client
import imaplib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

from . import waiting

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / os.environ.get("SATCHEL_BUILD", "build/release")
PASSPHRASE = "passphrase-canary-vorulami"
SLOW = 4 if "sanitize" in str(BUILD) else 1  # the sanitizer's build gets more time


class Failed(AssertionError):
    """A verb ended with another code than 0."""


class Satchel:
    """One home. Ports are any free ones; what they are stands in status()."""

    def __init__(self, folder: Path, home: Path | None = None):
        self.folder = Path(folder)
        self.home = home or self.folder / "home"
        self.state = self.folder / "state"
        self.recovery = self.folder / "recovery.txt"
        self._passphrase = self.folder / "passphrase.txt"
        self._log = self.folder / "run.log"
        self.process = None
        self.program = BUILD / "satchel"
        self.before = list  # gives what stands before each command: a tracer's
        self.folder.mkdir(parents=True, exist_ok=True)
        self.temporary = self.folder / "tmp"
        self.user_home = self.folder / "user"  # nothing is to be written there
        for place in (self.state, self.temporary, self.user_home):
            place.mkdir(exist_ok=True)
        self._passphrase.write_text(PASSPHRASE)
        self._passphrase.chmod(0o600)
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.user_home), "LANG": "C.UTF-8", "XDG_STATE_HOME": str(self.state),
            "TMPDIR": str(self.temporary),
            "SATCHEL_PASSPHRASE_FILE": str(self._passphrase), "SATCHEL_IMAP_PORT": "0", "SATCHEL_IMAP_TLS_PORT": "0",
            "SATCHEL_WEB_PORT": "0", "UBSAN_OPTIONS": "print_stacktrace=1", "ASAN_OPTIONS": "detect_stack_use_after_return=0"}

    # The verbs

    def run_verb(self, *arguments, text: str | None = None, seconds: float = 60, **environment) -> subprocess.CompletedProcess:
        """Any exit code."""
        command = [*self.before(), self.program, *map(str, arguments), "--home", self.home]
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=seconds * SLOW,
                              stdin=subprocess.DEVNULL if text is None else None, env=self.environment | environment)

    def verb(self, *arguments, text: str | None = None, seconds: float = 60) -> str:
        done = self.run_verb(*arguments, text=text, seconds=seconds)
        if done.returncode != 0:
            raise Failed(f"satchel {' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stdout}{done.stderr}{self.log()[-3000:]}")
        return done.stdout

    def init_key(self, slot: str = "passphrase") -> "Satchel":
        """slot "file" opens faster: its key lies in a file beside the home."""
        extra = ["--file", self.folder / "key-file"] if slot == "file" else []
        self.verb("key", "init", "--slot", slot, *extra, "--recovery-to", self.recovery)
        return self

    def add_account(self, port: int, *, name: str = "one", email: str = "u@example.org", host: str = "127.0.0.1", user: str = "user",
                    password: str = "secret", security: str = "tls", ca: Path | None = None, check: bool = True) -> None:
        extra = ([] if ca is None else ["--ca", ca]) + ([] if check else ["--no-check"])
        self.verb("account", "add", "--email", email, "--host", host, "--port", port, "--security", security, "--user", user,
                  "--password-stdin", "--name", name, *extra, text=password + "\n")

    def ask(self, verb: str, *, seconds: float = 120, **arguments):
        """What the verb does at the proxy that runs, without a process for each: many at once, and quickly."""
        door = json.loads(self._running_file())
        line = http.client.HTTPConnection("127.0.0.1", door["port"], timeout=seconds * SLOW)
        line.request("POST", "/v1/perform", json.dumps({"verb": verb, "arguments": arguments}),
                     {"Authorization": f"Bearer {door['token']}", "Content-Type": "application/json"})
        answer = json.loads(line.getresponse().read())
        line.close()
        if "error" in answer:
            raise Failed(f"{verb} {arguments}: {answer['error']}")
        return answer["answer"]

    def status(self) -> dict:
        return json.loads(self.verb("status", "--json"))

    def account(self, name: str = "u@example.org") -> dict:
        """The account's part of the status."""
        return next(account for account in self.status()["accounts"] if name in (account["email"], account["id"]))

    def show(self, name: str = "one") -> dict:
        return json.loads(self.verb("account", "show", name, "--json"))

    def sync(self, seconds: float = 120) -> None:
        try:
            self.verb("sync", seconds=seconds)
        except Failed as failed:
            waits = [json.dumps(one) for one in json.loads(self.verb("journal", "list", "--json"))[:40]]
            raise Failed(f"{failed}\n{self.verb('status', '--json')}\n" + "\n".join(waits)) from None

    def deep_doctor(self) -> None:
        """Every seal and every invariant of the store. Raises where something of these is to be mended."""
        done = self.run_verb("doctor", "--deep", "--json")
        checks = [check for check in json.loads(done.stdout or "[]") if check["check"] == "store"]
        if not checks or not all(check["good"] for check in checks):
            raise Failed(f"doctor --deep: {checks}\n{done.stderr}")

    def in_state(self, state: str, seconds: float = 30) -> dict:
        """Waits until the account is in that state; gives back its part of the status."""
        def there():
            account = self.account()
            return account if account["state"] == state else None
        try:
            return waiting.until(there, f"state {state}", seconds * SLOW, 0.1)
        except waiting.Late as late:
            raise waiting.Late(f"{late}; it is {self.account()}\n{self.log()[-2000:]}") from None

    # The process

    def start(self, **environment) -> "Satchel":
        """Returns when it answers."""
        self.spawn(**environment)
        waiting.until(self.answers, "satchel run answers", 20 * SLOW, 0.02)
        return self

    def spawn(self, **environment) -> subprocess.Popen:
        self._stale = self._running_file()  # a killed one leaves its file
        with open(self._log, "ab") as log:
            command = [*self.before(), self.program, "run", "--home", self.home]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment | environment)
        return self.process

    def answers(self) -> bool:
        """Whether the process that was spawned can be talked to. Raises when it ended."""
        if self.process.poll() is not None:
            raise Failed(f"satchel run ended with {self.process.returncode}:\n{self.log()[-3000:]}")
        # Only then is it asked: a verb that finds no proxy opens the home itself.
        return self._running_file() != self._stale and self.run_verb("status", "--json").returncode == 0

    def _running_file(self) -> bytes:
        path = self.home / "running.json"
        return path.read_bytes() if path.exists() else b""

    def stop(self) -> None:
        """Asks it to end; it has to do so cleanly."""
        if self.process is None:
            return
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(20 * SLOW)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            raise Failed(f"satchel run does not end on SIGTERM\n{self.log()[-2000:]}") from None
        if code != 0 or "Sanitizer" in self.log():
            raise Failed(f"satchel run ended with {code}\n{self.log()[-4000:]}")

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self.process.kill()
        self.process.wait(10)
        self.process = None

    def __enter__(self) -> "Satchel":
        return self

    def __exit__(self, kind, *_nothing) -> None:
        if kind is None:
            self.stop()
        elif self.process is not None:
            self.kill()

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def peak_memory(self) -> int:
        """Bytes, since the process began."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise Failed("no VmHWM")

    # What a mail client sees

    def client(self, name: str = "one", timeout: float = 60, shown: dict | None = None) -> imaplib.IMAP4:
        """shown saves asking for what show() says."""
        shown = shown or self.show(name)
        client = imaplib.IMAP4("127.0.0.1", shown["port"], timeout=timeout * SLOW)
        client.login(shown["user"], shown["password"])
        return client

    # At rest

    def files(self) -> list[Path]:
        """Everything that it wrote, under the home and outside."""
        places = [self.home, self.state, self.temporary, self.user_home, self.recovery]
        return sorted(path for place in places for path in [place, *place.rglob("*")] if path.is_file())

    def find_canaries(self, canaries: list[str]) -> list[str]:
        """Which of them stand in which file, in its name, or in the log; in clear, in base64 or in hexadecimal."""
        found = []
        forms = {canary: encodings(canary) for canary in canaries}
        for path in [*self.files(), self._log]:
            data = (path.read_bytes() if path.exists() else b"") + str(path.relative_to(self.folder)).encode()
            small = data.lower()
            found += [f"{canary} in {path}" for canary, (exact, folded) in forms.items()
                      if any(form in data for form in exact) or any(form in small for form in folded)]
        return found


def one_sentence(done: subprocess.CompletedProcess) -> str:
    """What a verb that failed said: in a line, or three at most."""
    assert done.returncode == 1, (done.returncode, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert 1 <= len(lines) <= 3, done.stderr
    return done.stderr


def encodings(canary: str) -> tuple[list[bytes], list[bytes]]:
    """Forms that are looked for as they are, and those in any case."""
    raw = canary.encode()
    base64s = [base64.b64encode(b"x" * shift + raw)[4 if shift else 0:-4] for shift in range(3)]
    return base64s, [raw.lower(), raw.hex().encode(), canary.lower().encode("utf-16-le"), canary.lower().encode("utf-16-be")]


def elapsed(action) -> float:
    """Seconds that the action took."""
    start = time.monotonic()
    action()
    return time.monotonic() - start
