"""Adds up the reports of one run (JUnit files, and lines NAME CODE in `others`) into one line: N passed, N failed."""

import sys
import xml.etree.ElementTree as tree
from pathlib import Path


def outcomes(folder: Path):
    """(name, passed) of every test. A skipped one did not pass."""
    for report in sorted(folder.glob("*.xml")):
        for case in tree.parse(report).iter("testcase"):
            bad = any(case.find(kind) is not None for kind in ("failure", "error", "skipped"))
            yield f"{report.stem}: {case.get('classname', '')}.{case.get('name')}", not bad and case.get("status", "run") == "run"
    others = folder / "others"
    for line in others.read_text().splitlines() if others.exists() else []:
        name, code = line.rsplit(" ", 1)
        yield name, code == "0"


def main() -> int:
    passed, failed = 0, []
    for name, good in outcomes(Path(sys.argv[1])):
        passed += good
        if not good:
            failed.append(name)
    for name in failed:
        print("failed:", name)
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
