"""Snapshots on disk: results of one day, kept for one audience to be compared with later ones.

Snapshots of real evidence stand in the private folder, which git ignores and a withdrawal reaches; those of
the demonstration in a folder of their own. Cases are named by keyed tokens, so that a snapshot outlives the
shuffle of labels and tells nobody a code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from twinbenefits.evidence.files import write_if_changed
from twinbenefits.evidence.layout import Layout, folder_name
from twinbenefits.evidence.problems import EvidenceError, Problem, nearest, shortlist

__all__ = [
    "Snapshot",
    "place_of_snapshot",
    "read_snapshot",
    "snapshot_folder",
    "snapshot_names",
    "write_snapshot",
]

FORM = "snapshot 1"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Snapshot:
    """Results of one day.

    Parameters
    ----------
    name
        How it is called.
    audience, evidence
        For whom and from which evidence.
    as_of
        The day on which the evidence stood so.
    parts
        Part to its table; cases are named by tokens.
    """

    name: str
    audience: str
    evidence: str
    as_of: date
    parts: Mapping[str, pd.DataFrame]


def snapshot_folder(layout: Layout, audience: str, evidence: str) -> Path:
    """Return where the snapshots of an audience stand."""
    parent = layout.private if evidence == "private" else layout.data
    return parent / "snapshots" / folder_name(audience)


def snapshot_names(layout: Layout, audience: str, evidence: str) -> list[str]:
    """Return the names of an audience's snapshots, sorted."""
    return sorted(path.stem for path in snapshot_folder(layout, audience, evidence).glob("*.json"))


def write_snapshot(layout: Layout, snapshot: Snapshot, *, replace: bool = False) -> Path:
    """Write a snapshot whole or not at all.

    Parameters
    ----------
    layout
        Where the project stands.
    snapshot
        What is kept.
    replace
        Whether one of the same name may be overwritten.

    Raises
    ------
    EvidenceError
        For a name that is no file name, and for one that is taken.
    """
    path = place_of_snapshot(layout, snapshot.name, snapshot.audience, snapshot.evidence, replace=replace)
    content = {
        "form": FORM,
        "name": snapshot.name,
        "audience": snapshot.audience,
        "evidence": snapshot.evidence,
        "synthetic": snapshot.evidence == "demo",
        "as_of": snapshot.as_of.isoformat(),
        "parts": {name: _as_rows(table) for name, table in snapshot.parts.items()},
    }
    write_if_changed(path, json.dumps(content, ensure_ascii=False) + "\n")
    return path


def place_of_snapshot(
    layout: Layout, name: str, audience: str, evidence: str, *, replace: bool = False
) -> Path:
    """Return where a new snapshot will stand.

    Raises
    ------
    EvidenceError
        For a name that is no file name, and for one that is taken and not to be replaced.
    """
    path = _place(layout, name, audience, evidence)
    if path.exists() and not replace:
        rule = "a snapshot of this name is there already"
        way_out = "Take another name, or write --replace to overwrite it."
        raise EvidenceError(Problem(layout.shown(path), None, None, name, rule, way_out))
    return path


def read_snapshot(layout: Layout, name: str, audience: str, evidence: str) -> Snapshot:
    """Read a snapshot.

    Raises
    ------
    EvidenceError
        If there is none of this name (the nearest is named), if it cannot be read, or if it was made for
        another audience or from other evidence.
    """
    path = _place(layout, name, audience, evidence)
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["form"] != FORM:
            raise ValueError(f"its form is {content['form']!r}")
        tables = {part: _as_table(rows) for part, rows in content["parts"].items()}
        found = Snapshot(name, content["audience"], content["evidence"], _day(content["as_of"]), tables)
    except FileNotFoundError:
        known = snapshot_names(layout, audience, evidence)
        meant = nearest(name, known)
        hint = f"Did you mean {meant!r}? " if meant else ""
        there = (
            f"There are: {shortlist(known, 20)}."
            if known
            else "There is none yet: `twinbenefits snapshot NAME`."
        )
        rule = f"there is no such snapshot for {audience} from the {evidence} evidence"
        raise EvidenceError(Problem("snapshot", None, None, name, rule, hint + there)) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        rule = f"cannot be read as a snapshot ({error or type(error).__name__})"
        way_out = "Restore the file from your backup, or delete it and take the snapshot anew."
        raise EvidenceError(Problem(layout.shown(path), None, None, name, rule, way_out)) from None
    if (found.audience, found.evidence) != (audience, evidence):
        rule = f"was taken for {found.audience} from the {found.evidence} evidence"
        way_out = "Delete it here: what one audience may see is not for another."
        raise EvidenceError(Problem(layout.shown(path), None, None, name, rule, way_out))
    return found


def _place(layout: Layout, name: str, audience: str, evidence: str) -> Path:
    if not NAME.fullmatch(name):
        rule = "a name has letters, digits, dots, dashes and underscores, and begins with a letter or digit"
        raise EvidenceError(Problem("snapshot", None, None, name, rule, "Write it as in 2026-11-after-K4."))
    return snapshot_folder(layout, audience, evidence) / f"{name}.json"


def _as_rows(table: pd.DataFrame) -> Any:
    return json.loads(table.to_json(orient="split", index=False, double_precision=12))


def _as_table(rows: Any) -> pd.DataFrame:
    if not (isinstance(rows, dict) and {"columns", "data"} <= set(rows)):
        raise ValueError("a part has no columns or rows")
    return pd.DataFrame(rows["data"], columns=rows["columns"])


def _day(text: str) -> date:
    return date.fromisoformat(text)
