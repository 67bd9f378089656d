"""The project's folder is found from anywhere inside it, and every folder has one name."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinbenefits.evidence.layout import Layout, find_root
from twinbenefits.evidence.problems import EvidenceError


def test_the_root_is_found_from_any_folder_below(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "data/literature")
    assert find_root() == project
    assert find_root(project / "references") == project


def test_the_variable_names_the_root(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    monkeypatch.setenv("TWINBENEFITS_ROOT", str(project))
    assert find_root() == project


def test_a_variable_that_names_another_folder_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("TWINBENEFITS_ROOT", str(project / "data"))
    with pytest.raises(EvidenceError, match="TWINBENEFITS_ROOT must name a folder"):
        find_root()


def test_outside_the_project_the_way_in_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="Work inside the project's folder, or set TWINBENEFITS_ROOT"):
        find_root(tmp_path)


def test_private_results_have_a_branch_of_their_own() -> None:
    layout = Layout(Path("/project"))
    assert layout.results("public", "demo") == Path("/project/results/public")
    assert layout.results("public", "private") == Path("/project/results/private/public")
    assert layout.output("team", "demo") == Path("/project/_output/team")
    assert layout.output("team", "private") == Path("/project/_output/private/team")
    assert layout.build("team", "private") == Path("/project/.build/private/team")


def test_a_company_gets_a_folder_that_every_system_allows() -> None:
    layout = Layout(Path("/project"))
    assert layout.output("company:C1", "demo") == Path("/project/_output/company-C1")
    assert layout.build("company:C1", "demo") == Path("/project/.build/demo/company-C1")


def test_messages_show_a_path_from_the_root(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert layout.shown(layout.literature / "mentions.csv") == "data/literature/mentions.csv"
    assert layout.shown(Path("/elsewhere/notes.csv")) == "notes.csv"
