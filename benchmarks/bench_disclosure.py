"""Protecting a 200 by 60 table with a tenth of its cells withheld, against one pass of its audit alone."""

from __future__ import annotations

import argparse
import time

import numpy as np
from headlines import headline

from twinbenefits.evidence.disclosure import ALL, Cell, audit, protect


def two_way_table(rows: int, columns: int, withheld: float, seed: int = 1) -> list[Cell]:
    """Return a table of counts with all its margins, a share of the inner cells withheld."""
    random = np.random.default_rng(seed)
    counts, hidden = random.poisson(4, (rows, columns)), random.random((rows, columns)) < withheld

    def cell(row: str, column: str, value: float, hide: bool = False) -> Cell:
        return Cell("table", "segments", "all", {"code": row, "case": column}, float(value), hide)

    inner = [
        cell(f"r{i}", f"c{j}", counts[i, j], bool(hidden[i, j])) for i in range(rows) for j in range(columns)
    ]
    by_row = [cell(f"r{i}", ALL, counts[i].sum()) for i in range(rows)]
    by_column = [cell(ALL, f"c{j}", counts[:, j].sum()) for j in range(columns)]
    return [*inner, *by_row, *by_column, cell(ALL, ALL, counts.sum())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a table of 20 by 6")
    rows, columns = (20, 6) if parser.parse_args().small else (200, 60)
    cells = two_way_table(rows, columns, 0.1)
    started = time.process_time()
    leaks = audit(cells)
    audited = time.process_time() - started
    started = time.process_time()
    after, left = protect(cells)
    protected = time.process_time() - started
    more = sum(cell.complementary for cell in after)
    about = f"a table of {rows} by {columns}, a tenth withheld"
    headline(f"audit of {about}", f"{audited:.2f} s CPU", beside=f"leaks found: {len(leaks)}")
    headline(
        f"protection of {about}",
        f"{protected:.2f} s CPU",
        beside=f"{protected / audited:.2f} x its audit; margins withheld: {more}, leaks left: {len(left)}",
        promise="at most 2 s",
    )


if __name__ == "__main__":
    main()
