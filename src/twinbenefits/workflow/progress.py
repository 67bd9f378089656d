"""What a build says while it works: a live display in a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Report:
    """Plain lines: one when a step is done, and one when a notebook begins, because notebooks take long.

    Parameters
    ----------
    out : TextIO, optional
        Where the lines go; by default standard output.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out if out is not None else sys.stdout
        self._since: dict[str, float] = {}
        self._cells: dict[str, int] = {}

    def begin(self, step: str, title: str) -> None:
        """Say that a step begins."""
        self._since[step] = time.monotonic()
        if step.startswith("notebook:"):
            self.say(f"{title} ...")

    def cell(self, step: str, number: int, total: int) -> None:
        """Say that a code cell of a notebook begins; plain lines only count how many there were."""
        self._cells[step] = max(number, total)

    def done(self, step: str, title: str) -> None:
        """Say that a step has succeeded."""
        cells = f"{self._cells[step]} code cells, " if step in self._cells else ""
        self.say(f"{title}: {cells}{self._elapsed(step)}")

    def failed(self, step: str, title: str) -> None:
        """Say that a step has failed; the reasons follow at the end."""
        self.say(f"{title}: failed after {self._elapsed(step)}")

    def close(self) -> None:
        """Leave the terminal as it was."""

    def say(self, line: str) -> None:
        """Print a line."""
        print(line, file=self.out, flush=True)

    def _elapsed(self, step: str) -> str:
        return f"{time.monotonic() - self._since.get(step, time.monotonic()):.1f} s"


class LiveReport(Report):
    """Lines as above and, below them, what is running now: the cell of each notebook and the time so far."""

    def __init__(self) -> None:
        super().__init__()
        self._display: Progress | None = None
        self._rows: dict[str, TaskID] = {}

    def begin(self, step: str, title: str) -> None:
        """Show the step among those running; the display starts with the first."""
        self._since[step] = time.monotonic()
        if self._display is None:
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.fields[cell]}"))
            self._display = Progress(*columns, TimeElapsedColumn(), transient=True)
            self._display.start()
        self._rows[step] = self._display.add_task(title, total=None, cell="")

    def cell(self, step: str, number: int, total: int) -> None:
        """Show which cell runs."""
        super().cell(step, number, total)
        if self._display is not None and step in self._rows:
            self._display.update(self._rows[step], cell=f"cell {number} of {total}")

    def done(self, step: str, title: str) -> None:
        """Take the step out of the display."""
        self._take_out(step)
        super().done(step, title)

    def failed(self, step: str, title: str) -> None:
        """Take the step out of the display."""
        self._take_out(step)
        super().failed(step, title)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._display is not None:
            self._display.stop()
            self._display = None

    def say(self, line: str) -> None:
        """Print a line above the display."""
        if self._display is not None:
            self._display.console.print(line, highlight=False, markup=False)
        else:
            super().say(line)

    def _take_out(self, step: str) -> None:
        if self._display is not None and step in self._rows:
            self._display.remove_task(self._rows.pop(step))


def choose_report() -> Report:
    """Return the live display where it can be shown."""
    dumb = os.environ.get("TERM") == "dumb"
    return LiveReport() if sys.stdout.isatty() and not dumb else Report()
