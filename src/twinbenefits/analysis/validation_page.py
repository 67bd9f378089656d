"""The validation page: every published number beside ours, as `docs/validation.md`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twinbenefits.analysis.recovery import QUESTIONS
from twinbenefits.analysis.recovery_rates import kept_rates
from twinbenefits.analysis.result import pipe_table
from twinbenefits.analysis.validation import PublishedCheck, published_check

__all__ = ["FILES", "PAGE", "entries_of", "validation_page"]

FILES = ("published_values.json", "published_values_added.json")
PAGE = Path("docs") / "validation.md"
FOLDER = Path("tests") / "data"

_INTRODUCTION = """# Validation: published numbers and ours

Made by `python -m twinbenefits.analysis.validation_page`; do not edit it by hand. A test makes the page again
and fails when it differs.

Each line is a number that was published together with the data it was computed from. *Ours* is what this
project computes from the same data, and *difference* may be as large as the *tolerance*, which follows from
the digits that were printed. What each measure says, and when it misleads, stands in [the
methods](methods.md). At the end stands how often the analyses are right where the truth is known.
"""

_RECOVERY = """## Simulated studies with known truth

{studies} small studies were simulated: five cases of four sessions and about a hundred segments each,
with planted levels, shares and associations, coded and rated by simulated coders. The true verdict is
what the same rule says to what was planted, with no coder, rater or chance in between.

{table}

**Read "Supported" with care.** The rule wants no discordant pair. With some forty segments on sixteen
benefits in a case, one pair that two segments or half a level put the wrong way round makes or breaks
it: hardly more than half of the verdicts of Supported are exactly right. In half of the others the truth
has a single discordant pair, and behind nine in ten more pairs speak for the proposition than against.
In thirty studies with ten times the segments the share that is exactly right rose above four in five;
what is then still missed is the raters' doing. Taking ratings that overlap for ties would find more of
what is supported, and be wrong more often.

Made by `python -m twinbenefits.analysis.recovery_rates`; `make test-long` simulates the studies again
and compares the counts, `make test` looks at five of them.
"""


def entries_of(root: Path) -> list[dict[str, Any]]:
    """Return the published values in the project's files."""
    return [entry for name in FILES for entry in json.loads((root / FOLDER / name).read_text("utf-8"))]


def validation_page(entries: Iterable[dict[str, Any]], rates: Mapping[str, Any] | None = None) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    entries
        Published values, as :func:`~twinbenefits.analysis.validation.published_check` takes them.
    rates
        From :func:`~twinbenefits.analysis.recovery_rates.kept_rates`.

    Returns
    -------
    str
        An account of how many agree, one table per topic, the numbers that no measure here computes, and how
        often the analyses are right on simulated studies.
    """
    listed = list(entries)
    check = published_check(listed)
    topic = {str(entry["id"]): str(entry.get("topic", "other")) for entry in listed}
    compared, agreeing = (check.scalars[name].value for name in ("values_compared", "values_agreeing"))
    parts = [_INTRODUCTION, f"**{agreeing} of {compared} published numbers agree within their tolerance.**\n"]
    if compared:
        table = check.table.assign(topic=[topic[str(name)] for name in check.table["id"]])
        for name, rows in table.groupby("topic", sort=True):
            parts.append(f"## {str(name).replace('_', ' ').capitalize()}\n\n{_lines(rows)}\n")
    parts.append(_elsewhere(check, listed))
    parts.append(_on_known_truth(rates) if rates else "")
    return "\n".join(part for part in parts if part)


def _lines(rows: pd.DataFrame) -> str:
    shown = pd.DataFrame(
        {
            "What": [
                f"{name}, {part}" if part else str(name)
                for name, part in zip(rows["name"], rows["part"], strict=True)
            ],
            "Published": [_number(value) for value in rows["published"]],
            "Ours": [_number(value) for value in rows["ours"]],
            "Difference": [_small(value) for value in rows["difference"]],
            "Tolerance": [_small(value) for value in rows["tolerance"]],
            "Agrees": ["yes" if agrees else "**no**" for agrees in rows["agrees"]],
            "Source": list(rows["source"]),
        }
    )
    return pipe_table(shown)


def _elsewhere(check: PublishedCheck, entries: Sequence[dict[str, Any]]) -> str:
    """Name the published numbers that no measure of this page covers."""
    if not check.not_ours:
        return ""
    source = {str(entry["id"]): str(entry["source"]) for entry in entries}
    rows = [(name, source.get(id_, "")) for id_, name in check.not_ours]
    table = pipe_table(pd.DataFrame(rows, columns=["What", "Source"]))
    words = (
        "These numbers stand in the same files. They belong to methods that this project does not use, or "
        "that it takes from a library; `tests/analysis/test_agreement_published.py` and "
        "`tests/analysis/test_models.py` hold"
        " the latter to them, and the first says why the former are not computed."
    )
    return f"## Not computed by a measure of this page\n\n{words}\n\n{table}\n"


def _on_known_truth(rates: Mapping[str, Any]) -> str:
    rows = [
        {
            "What": QUESTIONS[name][:1].upper() + QUESTIONS[name][1:],
            "Right": counts["right"],
            "Of": counts["asked"],
            "Rate": f"{100 * counts['right'] / counts['asked']:.0f} %"
            if counts["asked"]
            else "never came up",
        }
        for name, counts in rates["questions"].items()
    ]
    return _RECOVERY.format(studies=rates["studies"], table=pipe_table(pd.DataFrame(rows)))


def _number(value: float) -> str:
    """Return a number with as many digits as tell it apart, and no noise of the last bits."""
    if np.isnan(value):
        return "undefined"
    return f"{float(f'{value:.7g}'):.10g}"


def _small(value: float) -> str:
    """Return a difference by its order of magnitude; below a billionth it is rounding."""
    return "0" if abs(value) < 1e-9 else f"{value:.1g}"


def main(root: Path | None = None) -> int:
    """Write the page; return 1 when a published number is missed."""
    from twinbenefits.evidence.layout import find_root

    place = find_root() if root is None else root
    entries = entries_of(place)
    text = validation_page(entries, kept_rates(place))
    page = place / PAGE
    unfinished = page.with_name(f".{page.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    unfinished.replace(page)
    check = published_check(entries)
    missed = check.table.loc[~check.table["agrees"], "name"].tolist()
    sys.stderr.write(f"{PAGE.as_posix()}: written\n" + "".join(f"missed: {name}\n" for name in missed))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
