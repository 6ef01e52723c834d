#!/usr/bin/python3
"""Makes mail from a seed and writes it as Maildirs: generate_mail.py PROFILE FOLDER [--seed N] [--count N]."""

import argparse
import random
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    __package__ = "support"

from . import maildir  # noqa: E402
from .mail_parts import Writer  # noqa: E402
from .odd_mail import odd_messages  # noqa: E402

EVERY_SCRIPT = [
    "INBOX", "Archive", "Archive/2023", "Archive/2023/Q4", "Drafts", "Sent", "Entwürfe & Co", "Été à Noël", "Письма",
    "Письма/Работа", "Γράμματα", "受信トレイ", "日本語/仕事", "信件", "편지", "رسائل", "מכתבים", "🎒 bag", "📬/🚂", "with  two spaces",
    "A & B", "&", "quote\"d", "back\\slash", "Tom's (old) [box]", "plus+minus-", "file~1", "x" * 60,
]
DEMO = ["INBOX", "Archive", "Archive/Reisen", "Drafts", "Sent", "Projects/Ångström", "Письма", "日本語", "🎒 Trips"]


def demo(rng: random.Random, count: int):
    writer = Writer(rng)
    for position, name in enumerate(DEMO):
        here = count // 2 if position == 0 else count // (2 * (len(DEMO) - 1))
        odd = list(odd_messages(writer, here // 20)) if position < 2 else []
        yield name, [writer.ordinary() for _ in range(here - len(odd))] + odd


def equal(rng: random.Random, count: int):
    """A fifth of the messages is odd; they are spread over all mailboxes, twins included."""
    writer = Writer(rng)
    messages = [writer.ordinary() for _ in range(count - count // 5)] + list(odd_messages(writer, count // 5))
    rng.shuffle(messages)
    share = len(messages) // (2 * len(EVERY_SCRIPT))
    for name in EVERY_SCRIPT[1:]:
        yield name, messages[:share]
        del messages[:share]
    yield "INBOX", messages


def bench(rng: random.Random, count: int):
    writer = Writer(rng)
    yield "INBOX", (writer.bench() for _ in range(count))


def bench_small(rng: random.Random, count: int):
    writer = Writer(rng)
    yield "INBOX", (writer.small() for _ in range(count))


PROFILES = {"demo": (demo, 320), "equal": (equal, 10_000), "bench": (bench, 10_000), "bench_small": (bench_small, 100_000)}


def generate(profile: str, folder: Path, seed: int = 1, count: int | None = None) -> int:
    """Writes the profile's mailboxes under folder (a Maildir++ root); gives back the number of messages."""
    make, usual = PROFILES[profile]
    rng = random.Random(f"{profile}/{seed}")
    names, total = [], 0
    for name, messages in make(rng, usual if count is None else count):
        total += maildir.write(folder, name, messages)
        names.append(name)
    maildir.subscribe(folder, names)
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("profile", choices=PROFILES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int)
    options = parser.parse_args()
    print(generate(options.profile, options.folder, options.seed, options.count), "messages")


if __name__ == "__main__":
    main()
