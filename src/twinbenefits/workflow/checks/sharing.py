"""Whether the compendium can be deposited: README, DCAS rules, folders, licences.

Sources: Data and Code Availability Standard 1.0, DOI 10.5281/zenodo.7436134; the TIER Protocol 4.0
for keeping input data, scripts and output apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinbenefits.publishing.replicators_sections import README, SECTIONS
from twinbenefits.workflow.checks.finding import (
    Finding,
    Severity,
    error,
    for_authors,
    kept_files,
    note,
    text_of,
)

HEADING = re.compile(r"^#{1,3} +(.+?) *(?:\{[^}]*\})?$", re.MULTILINE)
LICENCES = {"LICENSE": "code", "LICENSE-text": "text and figures", "LICENSE-data": "data"}
FOLDERS = {
    "data": "input data",
    "notebooks": "the scripts of the analysis",
    "src": "the program behind them",
    "paper": "the text",
    "tests": "the tests",
}
MADE = ("results", "_output")


def readme(root: Path) -> Iterator[Finding]:
    """Hold the README for replicators to the sections of the Social Science Data Editors, in their order."""
    if not (root / README).is_file():
        yield note(
            "README for replicators",
            README,
            "has not been written yet",
            "Write it with `twinbenefits publish-results`",
        )
        return
    headings = [heading.strip() for heading in HEADING.findall(text_of(root, README))]
    missing = [section for section in SECTIONS if section not in headings]
    for section in missing:
        yield error(
            "README for replicators",
            README,
            f'lacks the section "{section}"',
            "Write it anew with `twinbenefits publish-results`",
        )
    there = [heading for heading in headings if heading in SECTIONS]
    if not missing and there != list(SECTIONS):
        yield error(
            "README for replicators",
            README,
            "has its sections in another order than replicators expect",
            f"Order them: {', '.join(SECTIONS)}",
        )


def folders(root: Path) -> Iterator[Finding]:
    """Hold input, scripts and output apart: what is made is never kept, what is kept is never made."""
    for folder, purpose in FOLDERS.items():
        if not (root / folder).is_dir():
            yield error("folders", f"{folder}/", f"is missing; it holds {purpose}", "Restore it from git")
    for file in kept_files(root):
        if file.startswith(tuple(f"{folder}/" for folder in MADE)):
            yield error(
                "folders", file, "is made by a build and kept all the same", "Take it out: git rm --cached"
            )


def licences(root: Path) -> Iterator[Finding]:
    """Hold every kind of content, every table and every file of others to a licence."""
    from twinbenefits.evidence.schema import TABLES

    for file, what in LICENCES.items():
        if not (root / file).is_file() or not text_of(root, file).strip():
            yield error("licences", file, f"there is no licence for {what}", "Restore it from git")
    for table in TABLES.values():
        if not table.licence:
            yield error(
                "licences", f"data/{table.path}", "the table has no licence", "Name it in the catalogue"
            )
    kept = set(kept_files(root))
    for file in sorted(kept):
        if re.search(r"\.min\.(?:js|css)$", file) and not _licence_beside(file, kept):
            yield error(
                "licences", file, "others wrote this file and no licence lies beside it", "Add their licence"
            )


def _licence_beside(file: str, kept: set[str]) -> bool:
    folder = file.rpartition("/")[0]
    return any(
        other.rpartition("/")[0] == folder and "licen" in other.rpartition("/")[2].lower() for other in kept
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the Data and Code Availability Standard.

    Parameters
    ----------
    number, name
        As in the standard.
    is_met
        Whether the compendium meets it.
    severity
        What it means when it does not.
    message, next_step
        For the finding.
    """

    number: int
    name: str
    is_met: Callable[[Path], bool]
    severity: Severity
    message: str
    next_step: str


def dcas(root: Path) -> Iterator[Finding]:
    """Go through the sixteen rules of the Data and Code Availability Standard."""
    makers = {"error": error, "authors": for_authors, "note": note}
    for rule in RULES:
        if not rule.is_met(root):
            place = f"DCAS rule {rule.number} ({rule.name})"
            yield makers[rule.severity]("availability standard", place, rule.message, rule.next_step)


def _has(*names: str) -> Callable[[Path], bool]:
    return lambda root: all((root / name).exists() for name in names)


def _says(name: str, *words: str) -> Callable[[Path], bool]:
    def says(root: Path) -> bool:
        text = text_of(root, name).lower() if (root / name).is_file() else ""
        return all(word in text for word in words)

    return says


def _all_described(root: Path) -> bool:
    """Return whether each table of data/ stands in the package's description with its columns."""
    try:
        described: Mapping[str, Any] = json.loads(text_of(root, "data/datapackage.json"))
    except (OSError, ValueError):
        return False
    fields = {
        f"data/{resource['path']}": resource.get("schema", {}).get("fields", [])
        for resource in described.get("resources", [])
    }
    tables = [name for name in kept_files(root) if re.fullmatch(r"data/[a-z]+/[a-z_]+\.csv", name)]
    return all(fields.get(name) for name in tables)


def _open_formats(root: Path) -> bool:
    closed = (".xls", ".xlsx", ".sav", ".dta", ".rda", ".rds", ".mat", ".pkl", ".parquet")
    return not any(name.startswith("data/") and name.endswith(closed) for name in kept_files(root))


def _cites_its_data(root: Path) -> bool:
    from twinbenefits.workflow.checks.open_decisions import rows

    published = rows(root / "data/literature/effects.csv") + rows(
        root / "data/literature/context_numbers.csv"
    )
    return bool(published) and all(row.get("source") for row in published)


def _fact(key: str) -> Callable[[Path], bool]:
    def is_told(root: Path) -> bool:
        import yaml

        try:
            facts = yaml.safe_load(text_of(root, "data/study/study.yml"))
        except (OSError, yaml.YAMLError):
            return False
        told = facts.get(key) if isinstance(facts, dict) else None
        return bool(told) and told != "open"

    return is_told


FACTS = "data/study/study.yml"
RULES = (
    Rule(
        1,
        "data availability statement",
        _says("paper/availability.qmd", "interviews", "not public"),
        "error",
        "paper/availability.qmd does not say which data are not public",
        "Say what is available, what is not, and why",
    ),
    Rule(
        2,
        "raw data",
        _has("data/literature/source/deck.txt", "data/literature"),
        "error",
        "the source of the literature tables is missing",
        "Restore data/literature/source/ from git",
    ),
    Rule(
        3,
        "analysis data",
        _has("dodo.py", "data/demo"),
        "error",
        "what the analysis runs on is missing",
        "Restore data/demo/ and dodo.py from git",
    ),
    Rule(
        4,
        "data format",
        _open_formats,
        "error",
        "data/ holds files in a format of one program",
        "Keep tables as CSV",
    ),
    Rule(
        5,
        "metadata",
        _all_described,
        "error",
        "a table is missing in data/datapackage.json",
        "Write it anew: python -m twinbenefits.evidence.dictionary",
    ),
    Rule(
        6,
        "citation",
        _cites_its_data,
        "error",
        "a published number has no source",
        "Fill the column source in data/literature/effects.csv and context_numbers.csv",
    ),
    Rule(
        7,
        "data transformation",
        _has("src/twinbenefits/evidence", "src/twinbenefits/analysis"),
        "error",
        "the program that prepares the data is missing",
        "Restore src/ from git",
    ),
    Rule(
        8,
        "analysis",
        lambda root: any((root / "notebooks").glob("*.ipynb")),
        "error",
        "there are no notebooks",
        "Restore notebooks/ from git",
    ),
    Rule(
        9,
        "code format",
        lambda root: not any(name.endswith((".pyc", ".so", ".exe")) for name in kept_files(root)),
        "error",
        "compiled files are kept instead of their source",
        "Take them out: git rm --cached",
    ),
    Rule(
        10,
        "instruments",
        lambda root: (root / "data/study/codebook.csv").is_file() and any((root / "kit").glob("*.qmd")),
        "error",
        "codebook or workshop material is missing",
        "Restore data/study/codebook.csv and kit/ from git",
    ),
    Rule(
        11,
        "ethics",
        _fact("ethics"),
        "authors",
        "nothing says whether an ethics board was asked, and what it said",
        f"Write it as `ethics:` in {FACTS}",
    ),
    Rule(
        12,
        "pre-registration",
        _fact("preregistration"),
        "authors",
        "nothing says whether the study was registered beforehand",
        f"Write it as `preregistration:` in {FACTS}, also when it was not",
    ),
    Rule(
        13,
        "documentation",
        _has("README.md"),
        "error",
        "there is no README",
        "Restore README.md from git",
    ),
    Rule(
        14,
        "location",
        _says("CITATION.cff", "doi"),
        "authors",
        "no archive holds the compendium yet",
        "Deposit a bundle, then write its DOI into CITATION.cff",
    ),
    Rule(
        15,
        "licence",
        _has(*LICENCES),
        "error",
        "a licence is missing",
        "Restore LICENSE, LICENSE-text and LICENSE-data from git",
    ),
    Rule(
        16,
        "omissions",
        _says("LICENSE-data", "does not cover", "real evidence"),
        "error",
        "nothing says what is left out",
        "Say in LICENSE-data and the README what is left out, and why",
    ),
)
