"""What has changed since the last build, by the names of values and displays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from twinbenefits.workflow.files import files_below
from twinbenefits.workflow.settings import Settings
from twinbenefits.workflow.staleness import file_digest

__all__ = ["Edition", "edition_of", "told"]

SHOWN = ("tables", "figures")
MOST = 8
LONGEST = 60


@dataclass(frozen=True)
class Edition:
    """What an edition says.

    Parameters
    ----------
    values
        The text of each registered value.
    displays
        For each display a digest of its tables and figures.
    files
        For each published file its digest.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    displays: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is no such edition yet."""
        return not (self.values or self.displays or self.files)


def edition_of(settings: Settings) -> Edition:
    """Read what the results and the published files of an edition say now.

    Parameters
    ----------
    settings
        Which edition.
    """
    values: dict[str, str] = {}
    displays: dict[str, str] = {}
    for folder in sorted(path for path in settings.results.glob("*") if path.is_dir()):
        for name, record in _read(folder / "values.json").items():
            values[name] = str(record["text"] if isinstance(record, dict) and "text" in record else record)
        for name, record in _read(folder / "displays.json").items():
            files = record.get("files", []) if isinstance(record, dict) else []
            drawn = [folder / file for file in files if file.split("/")[0] in SHOWN]
            displays[name] = ";".join(file_digest(path) for path in drawn)
    published = {path.relative_to(settings.output).as_posix(): path for path in files_below(settings.output)}
    return Edition(values, displays, {name: file_digest(path) for name, path in published.items()})


def _read(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def told(before: Edition, after: Edition, *, most: int = MOST, files: bool = False) -> list[str]:
    """Tell the differences between two editions.

    Parameters
    ----------
    before, after
        The editions.
    most
        How many lines; what is left over is counted.
    files
        Whether published files are told as well.

    Returns
    -------
    list of str
        One line each for values, displays and, where asked for, files; empty if nothing changed.

    Examples
    --------
    >>> told(Edition({"n": "45", "old": "1"}, {"D1": "a"}), Edition({"n": "46"}, {"D1": "b", "D2": "c"}))
    ['value n: 45 → 46', 'value old: 1 → gone', 'display D1: changed', 'display D2: new']
    """
    lines = [
        f"value {name}: {_short(before.values.get(name, 'new'))} → {_short(after.values.get(name, 'gone'))}"
        for name in sorted({*before.values, *after.values})
        if before.values.get(name) != after.values.get(name)
    ]
    lines += _changed("display", before.displays, after.displays)
    if files:
        lines += _changed("file", before.files, after.files)
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"and {len(lines) - most + 1} more"]


def _changed(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    return [
        f"{what} {name}: {'new' if name not in before else 'gone' if name not in after else 'changed'}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
