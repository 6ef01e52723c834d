"""The options that the benchmarks have in common. SATCHEL_BUILD says afterwards which build is measured."""

import argparse
import os
from pathlib import Path


def bench_parser(description: str, runs: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("build", nargs="?", default="build/release")
    parser.add_argument("--scale", type=float, default=float(os.environ.get("SATCHEL_BENCH_SCALE", "1")))
    parser.add_argument("--runs", type=int, default=runs)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it")
    return parser


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    options = parser.parse_args()
    os.environ["SATCHEL_BUILD"] = options.build
    return options
