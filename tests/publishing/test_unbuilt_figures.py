"""A figure with the inputs of an earlier build is registered without being built, with the same bytes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from tests.display.test_deferred import call

from twinbenefits.publishing import figures
from twinbenefits.publishing.kept import KEPT_VARIABLE
from twinbenefits.publishing.problems import PublishingError

Edit = Callable[[Figure], object]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of what earlier builds have made, as in a build."""
    monkeypatch.setenv(KEPT_VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


@contextmanager
def nobody(*does: str) -> Iterator[None]:
    """See that no figure is built, or none is drawn."""

    def refuse(*_: object, **__: object) -> Any:
        raise AssertionError("this was to be found, not made")

    with pytest.MonkeyPatch.context() as patch:
        if "builds" in does:
            patch.setattr(Figure, "add_subplot", refuse)
        if "draws" in does:
            patch.setattr(figures, "_drawn", refuse)
        yield


def files(toy: Any, *edits: Edit, name: str = "D02", synthetic: bool = False) -> dict[str, bytes]:
    """Register the figure in a new registry and return what was written."""
    released = toy.released(synthetic=synthetic)
    figure = call()
    for edit in edits:
        edit(figure)
    shown = toy.registry().figure(
        name, figure, of=released, caption="Winds", alt="Cells", extra=name != "D02"
    )
    folder = toy.results() / "01_boats"
    written = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    shutil.rmtree(folder)
    return {**written, "preview": shown._repr_mimebundle_()[0]["image/png"]}


def test_it_is_neither_built_nor_drawn_and_its_files_are_the_same(
    toy: Any, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = files(toy)
    with nobody("builds", "draws"):
        assert files(toy) == first
    monkeypatch.delenv(KEPT_VARIABLE)
    assert files(toy) == first
    with nobody("builds"), pytest.raises(AssertionError, match="to be found"):
        call()


def test_an_edit_is_seen_whether_or_not_the_figure_was_kept(
    toy: Any, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edit(figure: Figure) -> None:
        figure.axes[0].set_title("Ours")

    edited_first = files(toy, edit)
    plain = files(toy)
    assert plain["D02.svg"] != edited_first["D02.svg"], "an edit is not taken for the call's own figure"
    with nobody("draws"):
        assert files(toy, edit) == edited_first
    with nobody("builds", "draws"):
        assert files(toy) == plain
    monkeypatch.delenv(KEPT_VARIABLE)
    assert (files(toy, edit), files(toy)) == (edited_first, plain)


def test_another_name_mark_or_setting_is_drawn_and_kept_besides(
    toy: Any, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways: list[dict[str, Any]] = [{}, {"name": "winds"}, {"synthetic": True}]
    with nobody("draws"), pytest.raises(AssertionError):
        files(toy)
    made = [files(toy, **way) for way in ways]
    with mpl.rc_context({"path.simplify": False, "svg.fonttype": "none"}):
        with nobody("draws"), pytest.raises(AssertionError):
            files(toy)
        other = files(toy)
    with nobody("builds", "draws"):
        assert [files(toy, **way) for way in ways] == made
        with mpl.rc_context({"path.simplify": False, "svg.fonttype": "none"}):
            assert files(toy) == other
    monkeypatch.delenv(KEPT_VARIABLE)
    assert [files(toy, **way) for way in ways] == made


def test_of_one_figure_only_the_latest_drawings_are_found(
    toy: Any, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "MOST_ENTRIES", 2)
    for name in ("one", "two", "three"):
        files(toy, name=name)
    with nobody("builds", "draws"):
        files(toy, name="two")
        files(toy, name="three")
        with pytest.raises(AssertionError):
            files(toy, name="one")


@pytest.mark.parametrize("part", ["call", "drawing"])
@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"?" * 40), lambda path: path.unlink()])
def test_what_is_damaged_or_gone_is_made_again(
    part: str, damage: Callable[[Path], object], toy: Any, kept: Path
) -> None:
    first = files(toy)
    by_size = sorted(kept.iterdir(), key=lambda path: path.stat().st_size)
    assert len(by_size) == 2
    damage(by_size[0 if part == "call" else 1])
    assert files(toy) == first
    with nobody("builds", "draws"):
        assert files(toy) == first


def test_nothing_is_found_in_another_audiences_folder(
    toy: Any, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = files(toy)
    monkeypatch.setenv(KEPT_VARIABLE, str(tmp_path / "team"))
    with nobody("builds"), pytest.raises(AssertionError):
        call()
    assert files(toy) == first


def test_what_cannot_be_printed_is_refused_each_time(
    toy: Any, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "WIDEST", 1.0)
    for _ in range(2):
        with pytest.raises(PublishingError, match="larger than a page"):
            files(toy)
    assert not kept.exists()
