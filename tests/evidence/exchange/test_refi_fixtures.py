"""The worked examples of the REFI-QDA standard, which are other people's files, are read to the full."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinbenefits.evidence.exchange import read_project
from twinbenefits.evidence.exchange.refi_writing import write_codebook


@pytest.fixture(scope="module")
def examples(root: Path) -> Path:
    folder = root.parent / "shared" / "fixtures" / "refi-qda"
    if not folder.is_dir():
        pytest.skip("the examples of the standard are not beside this project")
    return folder


def test_the_example_codebook(examples: Path, tmp_path: Path) -> None:
    project, report = read_project(examples / "codebook_example.qdc")
    assert len(project.codes) == 6
    assert project.codes["codable"].tolist() == ["no", "yes", "yes", "no", "yes", "yes"]
    assert "a GUID in braces" in str(report.tolerated[0])
    write_codebook(project, tmp_path / "again.qdc")
    again, _ = read_project(tmp_path / "again.qdc")
    assert again.codes.equals(project.codes)


def test_the_example_project(examples: Path) -> None:
    project, report = read_project(examples / "project_example.qde")
    assert report.origin.startswith("ATLAS.ti 8.4")
    assert (len(project.codes), len(project.codings), len(project.coders)) == (14, 16, 3)
    assert (project.segments["medium"] == "text").sum() == 8
    assert {*project.sources["kind"]} == {"text", "pdf", "picture", "audio", "video"}
    assert len(project.memos) == 2
    sets = next(one for one in report.dropped if "sets" in one.what)
    assert sets.count == 16


def test_the_example_project_has_no_texts_and_the_reader_says_so_and_goes_on(examples: Path) -> None:
    project, report = read_project(examples / "project_example.qde")
    assert project.segments["start"].isna().all()
    assert any("positions cannot be resolved" in problem.rule for problem in report.problems)
    words = project.segments.loc[project.segments["medium"] == "text", "text"]
    assert "I did try the gluten free bread, but it was always so soggy," in words.tolist()


def test_the_example_project_leaks_no_home_folder(examples: Path) -> None:
    project, report = read_project(examples / "project_example.qde")
    held = "".join(project.frame(name).to_csv() for name in project.counts)
    assert "sebpe" not in held + str(report) + str(report.to_dict())


def test_a_passage_that_stands_twice_is_said_to(examples: Path) -> None:
    _, report = read_project(examples / "project_example.qde")
    twice = next(one for one in report.tolerated if "stands twice" in one.what)
    assert twice.count == 2
