"""Folders that change places."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinbenefits.workflow import swap


def folder(path: Path, content: str) -> Path:
    path.mkdir(parents=True)
    (path / "a").write_text(content, "utf-8")
    return path


@pytest.mark.parametrize("at_once", [True, False])
def test_the_new_takes_the_place_of_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    if not at_once:
        monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    target = folder(tmp_path / "results/x", "old")
    swap.put_in_place(folder(tmp_path / "made/x", "new"), target)
    assert (target / "a").read_text("utf-8") == "new"
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert left == ["made", "results", "results/x", "results/x/a"]


def test_a_first_one_is_simply_put_there(tmp_path: Path) -> None:
    swap.put_in_place(folder(tmp_path / "made", "new"), tmp_path / "deep/results/x")
    assert (tmp_path / "deep/results/x/a").read_text("utf-8") == "new"


def test_a_kill_between_two_renames_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    target = folder(tmp_path / "results/x", "old")
    made = folder(tmp_path / "made", "new")
    rename = Path.rename

    def killed(self: Path, to: Path) -> Path:
        if self == made:
            raise KeyboardInterrupt
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        swap.put_in_place(made, target)
    assert not target.exists()
    monkeypatch.setattr(Path, "rename", rename)
    swap.recover(tmp_path / "results")
    assert (target / "a").read_text("utf-8") == "old"


def test_a_kill_after_both_renames_is_finished(tmp_path: Path) -> None:
    folder(tmp_path / "x", "new")
    folder(tmp_path / "x.replaced", "old")
    swap.recover(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x/a").read_text("utf-8") == "new"
