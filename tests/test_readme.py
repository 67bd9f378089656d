"""What README.md and the other pages for people promise is held to what the project has."""

from __future__ import annotations

import fnmatch
import re
import shutil
import tomllib
from pathlib import Path

import pandas as pd
import pytest
import yaml

import twinbenefits
from twinbenefits.evidence.study import Study

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text("utf-8")
ROOMS = ROOT / "src" / "twinbenefits"
STUDY = yaml.safe_load((ROOT / "data" / "study" / "study.yml").read_text("utf-8"))
IDS = {"audit": "finding_id", "references": "key"}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def code(page: Path) -> list[str]:
    """Every code span and every line of a code block."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, re.M | re.S)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    return [*spans, *(line for block in blocks for line in block.splitlines())]


def make_commands(page: Path) -> set[str]:
    return {target for text in code(page) for target in re.findall(r"\bmake ([a-z][a-z-]*)", text)}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.M))


def ignored_by_git(path: str) -> bool:
    """Whether git ignores it or a folder above it: the build makes it, or it is private."""
    lines = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    patterns = [line.strip().strip("/") for line in lines if line.strip() and not line.startswith("#")]
    parts = path.strip("/").split("/")
    above = ["/".join(parts[: length + 1]) for length in range(len(parts))]
    return any(fnmatch.fnmatch(folder, pattern) for folder in above for pattern in patterns)


def folders(parent: Path) -> set[str]:
    """Visible folders that belong to the project; git does not keep an empty one."""
    return {
        entry.name
        for entry in parent.iterdir()
        if entry.is_dir()
        and not entry.name.startswith((".", "__pycache__"))
        and not ignored_by_git(entry.relative_to(ROOT).as_posix())
        and any(path.is_file() and path.suffix != ".pyc" for path in entry.rglob("*"))
    }


def house_plan() -> dict[str, str]:
    """Path and purpose of every line of the house plan; indented lines are below the line before."""
    block = re.search(r"## House plan\s+```\n(.*?)```", README, re.S)
    assert block, "README.md has no house plan"
    plan: dict[str, str] = {}
    parent = ""
    for line in block[1].splitlines():
        name, purpose = line.split(maxsplit=1)
        if line.startswith(" "):
            plan[parent + name] = purpose
        else:
            parent = name
            plan[name] = purpose
    return plan


@each_page
def test_every_make_command_that_is_named_exists(page: Path) -> None:
    assert make_commands(page) <= make_targets()


def test_the_readme_shows_every_make_command_but_the_one_for_maintainers() -> None:
    shown = {
        target for text in code(ROOT / "README.md") for target in re.findall(r"\bmake ([a-z][a-z-]*)", text)
    }
    assert shown == make_targets() - {"lock"}


@each_page
def test_every_variable_given_to_make_is_one_the_makefile_reads(page: Path) -> None:
    given = {name for text in code(page) for name in re.findall(r"\bmake\b[^#]*? ([A-Z]+)=", text)}
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert given <= set(re.findall(r"^([A-Z]+) \?=", makefile, re.M))


@each_page
def test_every_command_of_the_program_that_is_named_exists(page: Path) -> None:
    from typer.main import get_command

    from twinbenefits.cli import app

    named = {
        word for text in code(page) for word in re.findall(r"(?:-m |^)twinbenefits ([a-z][a-z-]*)", text)
    }
    assert named <= set(get_command(app).commands)  # type: ignore[attr-defined]


@each_page
def test_every_path_that_is_named_exists_or_is_made_by_the_build(page: Path) -> None:
    wanted = re.compile(r"[\w.-]+/[\w./-]+|[A-Z]+\.(?:md|cff)|[\w-]+\.(?:yml|toml|py|qmd)")
    if page.parent == ROOT:  # elsewhere a single folder may stand below one named before
        wanted = re.compile(wanted.pattern + r"|[\w.-]+/")
    named = {text.strip() for text in code(page) if wanted.fullmatch(text.strip())}
    links = re.findall(r"\]\(([^)#:\s]+)\)|src=\"([^\"]+)\"", page.read_text("utf-8"))
    here = {(page.parent / (link or source)).resolve() for link, source in links}
    lost = {path for path in named if not (ROOT / path).exists() and not ignored_by_git(path)}
    assert not lost
    assert not {path for path in here if not path.exists()}


def test_the_house_plan_names_every_folder_and_room_and_nothing_else() -> None:
    plan = house_plan()
    made = {path for path in plan if ignored_by_git(path)}
    assert all(plan[path].startswith("made by the build") for path in made)
    assert not {path for path in set(plan) - made if not (ROOT / path).exists()}
    top = {path.strip("/").split("/")[0] for path in set(plan) - made if path.endswith("/")}
    assert top == folders(ROOT)
    rooms = {
        path.split("/")[2] for path in plan if path.startswith("src/twinbenefits/") and path.count("/") == 3
    }
    assert rooms == folders(ROOMS)


def test_pictures_are_png_files_with_a_text_alternative() -> None:
    pictures = re.findall(r"<img ([^>]+)>", README)
    assert len(pictures) == 2
    for attributes in pictures:
        found = dict(re.findall(r'(\w+)="([^"]*)"', attributes))
        assert (ROOT / found["src"]).read_bytes().startswith(b"\x89PNG\r\n")
        assert len(found["alt"]) > 40


def test_the_readme_stays_within_two_screens() -> None:
    assert len(README.splitlines()) <= 100


def test_the_python_versions_in_the_readme_are_the_ones_required() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest, newest = re.search(r"CPython (3\.\d+) to 3\.(\d+)", README).groups()  # type: ignore[union-attr]
    assert project["requires-python"] == f">={oldest},<3.{int(newest) + 1}"


def test_values_and_quotations_used_as_examples_are_real() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    notebook = (ROOT / "notebooks" / "01_literature_tables.ipynb").read_text("utf-8")
    deck = (ROOT / "data" / "literature" / "source" / "deck.txt").read_text("utf-8")
    names = re.findall(r"{{< var (\w+) >}}", text)
    quotations = re.findall(r"\[([^\]]+)\]{\.quoted from=deck}", text)
    assert names
    assert quotations
    assert all(name in notebook for name in names)
    assert all(quotation in deck for quotation in quotations)


@pytest.mark.parametrize(
    ("table", "row", "cells"),
    [
        ("audit", "R1", {"author_decision": word, "decided_by": "an author", "decided_on": "2026-11-30"})
        for word in ("accepted", "changed", "rejected")
    ]
    + [
        ("references", "Rodrigo2023", {"author_decision": "settled", "settled_doi": "10.1000/182"}),
        ("references", "Rodrigo2023", {"author_decision": "dropped"}),
    ],
)
def test_a_decision_written_as_contributing_says_is_taken(
    tmp_path: Path, table: str, row: str, cells: dict[str, str]
) -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert all(f"`{column}`" in page for column in cells)
    assert f"`{cells['author_decision']}`" in page
    shutil.copytree(ROOT / "data" / "literature", tmp_path / "data" / "literature")
    shutil.copytree(ROOT / "data" / "study", tmp_path / "data" / "study")
    shutil.copy(ROOT / "_quarto.yml", tmp_path)
    file = tmp_path / "data" / "literature" / f"{table}.csv"
    frame = pd.read_csv(file, dtype=str, keep_default_na=False).set_index(IDS[table], drop=False)
    frame.loc[row, list(cells)] = list(cells.values())
    frame.to_csv(file, index=False, lineterminator="\n")
    opened = Study.open(tmp_path, tables=[table]).table(table)
    assert cells["author_decision"] in set(opened["author_decision"])


def test_the_citation_file_names_the_study_and_invents_nothing() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] in {"dataset", "software"}
    assert citation["version"] == twinbenefits.__version__
    assert citation["title"].startswith(STUDY["title"])
    authors = [f"{author['given-names']} {author['family-names']}" for author in citation["authors"]]
    assert authors == [author["name"] for author in STUDY["authors"]]
    assert all(set(author) == {"given-names", "family-names"} for author in citation["authors"])
    assert "doi" not in citation
    assert "identifiers" not in citation


def test_the_newest_version_in_the_changelog_is_the_version_of_the_program() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", changelog, re.M)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert released[0] == (twinbenefits.__version__, str(citation["date-released"]))


def test_the_licences_are_the_ones_the_study_states() -> None:
    texts = {"code": "LICENSE", "text": "LICENSE-text", "data": "LICENSE-data"}
    for kind, name in texts.items():
        assert f"({name})" in README
        licence = (ROOT / name).read_text("utf-8")
        stated = STUDY["licences"][kind]
        assert ("MIT License" if stated == "MIT" else stated) in licence
    assert "Attribution 4.0 International Public License" in (ROOT / "LICENSE-text").read_text("utf-8")


def test_what_the_abstract_says_of_the_tables_is_true() -> None:
    abstract = " ".join((ROOT / "paper" / "index.qmd").read_text("utf-8").split("keywords:")[0].split())
    study = Study.open(ROOT, tables=["benefits", "references", "effects"])
    rows = study.table("benefits")
    without = (rows["references_as_written"] == "").sum()
    assert "Most benefit rows have no reference of their own." in abstract
    assert without > len(rows) / 2
    assert "Part of the works is still to be identified." in abstract
    assert {"verified", "candidate"} <= set(study.table("references")["status"])
    assert "None of the published effects collected is a field measurement with a baseline" in abstract
    assert "A" not in set(study.table("effects")["grade"])


def test_the_paper_and_the_slides_name_the_authors_in_the_order_of_the_study() -> None:
    names = [author["name"] for author in STUDY["authors"]]
    for source in ("paper/index.qmd", "slides/workshop-1.qmd", "index.qmd"):
        front = (ROOT / source).read_text("utf-8").split("\n---\n")[0]
        places = [front.index(name) for name in names]
        assert places == sorted(places)
