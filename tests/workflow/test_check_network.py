"""The check of the benefits network, on a copy of the demonstration set that is spoiled on purpose."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from twinbenefits.workflow.checks.benefits_network import gaps
from twinbenefits.workflow.settings import Settings


@pytest.fixture
def project(copy_project: Callable[[Path], Path], tmp_path: Path) -> Path:
    return copy_project(tmp_path / "project")


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def write(file: Path, content: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(content[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(content)


def test_a_link_without_evidence_is_told_with_its_row(project: Path) -> None:
    file = project / "data/demo/links.csv"
    links = rows(file)
    assert not any("names no segment" in str(found) for found in gaps(Settings(project)))
    links[3]["evidence"] = ""
    write(file, links)
    (found,) = [found for found in gaps(Settings(project)) if "names no segment" in found.message]
    assert found.severity == "note"
    assert found.place == "data/demo/links.csv, row 5"
    assert f"the link {links[3]['link']} from {links[3]['from_node']}" in found.message


def test_a_benefit_that_no_mechanism_reaches_is_told_with_the_row_that_has_it(project: Path) -> None:
    before = {found.message for found in gaps(Settings(project))}
    codings, links = project / "data/demo/codings.csv", project / "data/demo/links.csv"
    aimed = [row["target_code"] for row in rows(codings) if row["code"].startswith("ME")]
    benefit = max(sorted({*aimed}), key=aimed.count)
    assert not any(f"the benefit {benefit} " in message for message in before)
    other = next(code for code in sorted({*aimed}) if code != benefit)
    changed = [
        {**row, "target_code": other}
        if row["code"].startswith("ME") and row["target_code"] == benefit
        else row
        for row in rows(codings)
    ]
    write(codings, changed)
    write(links, [row for row in rows(links) if benefit not in (row["from_node"], row["to_node"])])
    (found,) = [found for found in gaps(Settings(project)) if f"the benefit {benefit} " in found.message]
    file, _, line = found.place.partition(", row ")
    named = rows(project / file)[int(line) - 2]
    assert named["code"] == benefit


def test_tables_that_cannot_be_read_are_left_to_the_check_of_tables(project: Path) -> None:
    (project / "data/demo/links.csv").write_text("no,links\n", "utf-8")
    assert list(gaps(Settings(project))) == []
