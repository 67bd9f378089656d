"""Files are written whole or not at all, and only when their bytes change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from twinbenefits.publishing.atomic import copy_file, remove_unlisted, write_bytes, write_text


def test_a_file_is_written_once_and_left_alone_while_its_bytes_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "a.txt"
    assert write_text(path, "é\n") is True
    os.utime(path, (1, 1))
    assert write_text(path, "é\n") is False
    assert path.stat().st_mtime == 1
    assert write_bytes(path, b"other") is True
    assert path.read_bytes() == b"other"


def test_an_interrupted_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]  # noqa: PTH208 - hidden files count here


def test_a_written_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    plain, ours = tmp_path / "plain", tmp_path / "ours"
    plain.write_text("x")
    write_text(ours, "x")
    assert ours.stat().st_mode == plain.stat().st_mode


def test_what_is_not_listed_is_deleted_with_the_folders_this_empties(tmp_path: Path) -> None:
    for name in ("a/keep.txt", "a/old.txt", "b/c/old.txt", "top.txt"):
        write_text(tmp_path / name, "x")
    gone = remove_unlisted(tmp_path, [Path("a/keep.txt"), Path("top.txt"), Path("never/was.txt")])
    assert [path.as_posix() for path in gone] == ["a/old.txt", "b/c/old.txt"]
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == [
        "a",
        "a/keep.txt",
        "top.txt",
    ]
    assert remove_unlisted(tmp_path / "missing", []) == []


def test_a_copy_takes_the_bytes_and_leaves_equal_ones(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "sub" / "b"
    source.write_bytes(b"\x00\r\n")
    assert copy_file(source, target) is True
    assert target.read_bytes() == b"\x00\r\n"
    assert copy_file(source, target) is False
