"""Notebooks that are run several times, and the documents that are written once for all of these runs.

A parameter that says ``each_in: table.column`` in ``notebooks/parameters.yml`` makes the build run its
notebook once for every value in that column of a table in ``data/study/``. What such a run registers bears
the run's name: value ``label`` of the run ``mining`` is ``mining_label``, display ``D26`` is ``D26-mining``.

A source whose front matter says ``runs-of: notebook`` is a pattern: it becomes one document for each run,
with ``[run]`` replaced by the run's name.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.atomic import write_text
from twinbenefits.publishing.problems import PublishingError, SourceProblem
from twinbenefits.publishing.shortcodes import FRONT_MATTER

__all__ = [
    "Runs",
    "SourceText",
    "is_made",
    "pattern_of",
    "qualified_display",
    "qualified_value",
    "read_runs",
    "run_folder",
    "source_texts",
    "values_in",
    "write_made",
]

PARAMETERS, EACH_IN = "parameters.yml", "each_in"
PLACE, RUN = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*"), re.compile(r"[a-z][a-z0-9_]*")
RUNS_OF = re.compile(r"^runs-of:[ \t]*(\S+)[ \t]*\r?$", re.MULTILINE)
PLACEHOLDER = "[run]"
MADE = "# made from {source} for {run}; what is changed here is lost"
MADE_LINE = re.compile(r"^# made from \S+ for \S+; what is changed here is lost\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one notebook: the parameter that tells them apart, and its values in order."""

    parameter: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceText:
    """A document's text before it is staged.

    Parameters
    ----------
    file
        Its path from the project's folder, with forward slashes.
    text
        The text.
    written_in
        The file that somebody wrote: the pattern, where it is made from one.
    run
        The run it is about; empty where it is about none.
    """

    file: str
    text: str
    written_in: str
    run: str = ""


def values_in(study: Path, place: str) -> tuple[str, ...]:
    """Return the values of a column of a table of the study, each of which names a run.

    Parameters
    ----------
    study
        The folder of the study's tables.
    place
        Table and column, as in ``verticals.vertical``.

    Raises
    ------
    ValueError
        If there is no such table or column, or a value cannot name files and registered results.
    """
    if not PLACE.fullmatch(place):
        raise ValueError(f"{place!r} is not written as table.column, as in verticals.vertical")
    table, _, column = place.partition(".")
    file = study / f"{table}.csv"
    if not file.is_file():
        raise ValueError(f"data/study/{table}.csv does not exist")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if not rows or column not in rows[0]:
        raise ValueError(f"data/study/{table}.csv has no rows with a column {column!r}")
    values = [(row[column] or "").strip() for row in rows]
    if wrong := [value for value in values if not RUN.fullmatch(value) or values.count(value) > 1]:
        raise ValueError(
            f"data/study/{table}.csv, column {column}: {wrong[0]!r} cannot name a run; write each once, "
            "in small letters, digits and _"
        )
    return tuple(values)


def read_runs(layout: Layout) -> dict[str, Runs]:
    """Return the notebooks that are run several times; what is declared wrongly is left to its own check."""
    import yaml

    from twinbenefits.evidence import quick_yaml

    try:
        text = (layout.notebooks / PARAMETERS).read_bytes()
        declared = quick_yaml.load(text)
    except (OSError, yaml.YAMLError):
        return {}
    found: dict[str, Runs] = {}
    for notebook, name, entry in _entries(declared):
        if isinstance(entry, Mapping) and EACH_IN in entry:
            try:
                found[notebook] = Runs(name, values_in(layout.study, str(entry[EACH_IN])))
            except (OSError, ValueError):
                continue
    return found


def run_folder(notebook: str, run: str) -> str:
    """Return the name of a run's folder of results, which is also the name of its step.

    >>> run_folder("brief", "mining"), run_folder("brief", "")
    ('brief-mining', 'brief')
    """
    return f"{notebook}-{run}" if run else notebook


def qualified_value(run: str, name: str) -> str:
    """Return what prose calls a value of a run.

    >>> qualified_value("mining", "label")
    'mining_label'
    """
    return f"{run}_{name}" if run else name


def qualified_display(run: str, id_: str, variant: str = "") -> str:
    """Return the name of a display: its id, the run it is about and its variant.

    >>> qualified_display("mining", "D26", "slide")
    'D26-mining-slide'
    """
    return "-".join(part for part in (id_, run, variant) if part)


def pattern_of(text: str) -> tuple[str, int] | None:
    """Return the notebook whose runs a source is written for, and the line that says so."""
    front = FRONT_MATTER.match(text)
    found = RUNS_OF.search(front[0]) if front else None
    return (found[1], front[0].count("\n", 0, found.start()) + 1) if front and found else None


def is_made(text: str) -> bool:
    """Return whether a source was made from a pattern and so is none itself."""
    front = FRONT_MATTER.match(text)
    return bool(front and MADE_LINE.search(front[0]))


def source_texts(layout: Layout, files: Iterable[str]) -> list[SourceText]:
    """Read sources; a pattern becomes one text for each run of its notebook, line by line the same.

    Parameters
    ----------
    layout
        Where the project stands.
    files
        Paths from the project's folder. Files made from a pattern earlier are left out.

    Raises
    ------
    PublishingError
        If a pattern names a notebook that is not run several times.
    """
    runs = read_runs(layout)
    found: list[SourceText] = []
    problems: list[SourceProblem] = []
    for file in files:
        text = (layout.root / file).read_text("utf-8-sig")
        pattern = pattern_of(text)
        if pattern is None:
            found += [] if is_made(text) else [SourceText(file, text, file)]
        elif pattern[0] in runs:
            found += [_written(file, text, run) for run in runs[pattern[0]].values]
        else:
            rule = "no notebook of this name is run several times"
            known = ", ".join(runs) or "none"
            way_out = f"Name one that is ({known}), or give a parameter of it `each_in: table.column`."
            problems.append(SourceProblem(file, pattern[1], "runs-of", pattern[0], rule, way_out))
    if problems:
        raise PublishingError(problems)
    return found


def write_made(into: Path, sources: Iterable[SourceText]) -> list[str]:
    """Write the documents that are made from patterns, and delete those of runs that are no more.

    Returns
    -------
    list of str
        The files whose text has changed.
    """
    made = {source.file: source.text for source in sources if source.run}
    for folder in {(into / file).parent for file in made}:
        for path in folder.glob("*.qmd"):
            if path.relative_to(into).as_posix() not in made and is_made(path.read_text("utf-8", "replace")):
                path.unlink()
    return [file for file, text in made.items() if write_text(into / file, text)]


def _written(file: str, text: str, run: str) -> SourceText:
    made = RUNS_OF.sub(lambda _: MADE.format(source=file, run=run), text, count=1)
    name = PurePosixPath(file).with_name(f"{run}.qmd").as_posix()
    return SourceText(name, made.replace(PLACEHOLDER, run), file, run)


def _entries(declared: Any) -> Iterable[tuple[str, str, Any]]:
    for notebook, parameters in declared.items() if isinstance(declared, dict) else ():
        for name, entry in parameters.items() if isinstance(parameters, dict) else ():
            yield str(notebook), str(name), entry
