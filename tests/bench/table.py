"""The table of figures: each row beside what it is compared with, its ratio, its bar, and whether it is met."""

from dataclasses import dataclass


@dataclass
class Row:
    what: str
    beside: str
    ours: float
    theirs: float | None  # None: the bar is absolute
    bar: float
    unit: str = "s"  # s (less is better), MB or GB (less is better)
    at_most: bool = False  # the bar is the most that ours may be, alone or as a share of theirs

    @property
    def ratio(self) -> float | None:
        if self.theirs is None:
            return None
        return self.ours / self.theirs if self.at_most else self.theirs / self.ours

    @property
    def met(self) -> bool:
        if self.theirs is None:
            return self.ours <= self.bar
        return self.ratio <= self.bar if self.at_most else self.ratio >= self.bar

    def cells(self) -> list[str]:
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}×"
        if self.theirs is None:
            bar = f"≤ {self.bar:g} {self.unit}"
        else:
            bar = f"≤ {self.bar:g}×" if self.at_most else f"≥ {self.bar:g}×"
        return [self.what, self.beside, number(self.ours, self.unit), "" if self.theirs is None else number(self.theirs, self.unit),
                ratio, bar, "met" if self.met else "MISSED"]


def number(value: float, unit: str) -> str:
    if unit == "s" and value < 0.1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g} {unit}"


def print_table(rows: list[Row]) -> None:
    cells = [["what", "beside", "Satchel", "other", "ratio", "bar", ""]] + [row.cells() for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(7)]
    for index, line in enumerate(cells):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
        if index == 0:
            print("  ".join("-" * width for width in widths))
