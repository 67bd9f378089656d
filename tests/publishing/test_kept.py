"""What earlier builds have made is found whole or not at all, and does not grow without end."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.publishing import markdown_tree, pipe_tables
from twinbenefits.publishing.kept import KEPT_VARIABLE, Kept
from twinbenefits.publishing.markdown_tree import read_trees
from twinbenefits.publishing.pipe_tables import pipe_table, plain_rows


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:40] + b"?" + b[41:], lambda b: b""])
def test_what_is_damaged_is_made_again_and_put_right(
    damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    kept, parts = Kept(tmp_path / "kept"), [b"<svg/>" * 9, b"p", b""]
    kept.put("digest", *parts)
    assert kept.get("digest") == parts
    path = tmp_path / "kept" / "digest"
    path.write_bytes(damage(path.read_bytes()))
    assert kept.get("digest") is None
    kept.put("digest", *parts)
    assert kept.get("digest") == parts


def test_a_folder_that_cannot_be_made_keeps_nothing_and_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = Kept(tmp_path / "file" / "kept")
    kept.put("digest", b"")
    assert kept.get("digest") is None
    kept.tidy()


def test_what_was_unused_for_longest_goes_first(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    kept = Kept(folder)
    for number, name in enumerate("abcd"):
        kept.put(name, b"x" * 100)
        os.utime(folder / name, (number, number))
    (folder / ".e.half.tmp").touch()
    assert kept.get("a") is not None
    kept.tidy(most=3)
    assert sorted(path.name for path in folder.iterdir()) == ["a", "c", "d"]
    kept.tidy(largest=2 * (folder / "a").stat().st_size)
    assert sorted(path.name for path in folder.iterdir()) == ["a", "d"]


def test_a_table_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEPT_VARIABLE, str(tmp_path / "kept"))
    frame = pd.DataFrame({"a": ["*Tao* [@Tao2024]", "b"], "n": ["1", "2"]})
    read = plain_rows(frame, pipe_table(frame))
    asked: list[object] = []
    monkeypatch.setattr(pipe_tables, "read_trees", lambda texts, **_: asked.append(texts) or 1 / 0)
    assert plain_rows(frame, pipe_table(frame)) == read
    for other in (frame.rename(columns={"n": "m"}), frame.replace("1", "3"), frame[::-1]):
        with pytest.raises(ZeroDivisionError):
            plain_rows(other, pipe_table(other))
    with pytest.raises(ZeroDivisionError):
        plain_rows(frame, pipe_table(frame, widths=[1, 2]))
    assert len(asked) == 4


def test_of_many_texts_only_the_new_ones_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["# One\r\n\na -- b", "", "two [@Tao2024]", "two [@Tao2024]"]
    kept, plain = Kept(tmp_path / "kept"), read_trees(texts)
    assert read_trees(texts, kept=kept) == plain
    asked: list[str] = []
    read = markdown_tree._read
    monkeypatch.setattr(markdown_tree, "_read", lambda new, form: asked.extend(new) or read(new, form))
    assert read_trees([*texts, "three"], kept=kept) == [*plain, *read_trees(["three"])]
    assert read_trees(["a -- b"], kept=kept) != read_trees(["a -- b"], curled=False, kept=kept)
    assert asked == ["three", "three", "a -- b", "a -- b"]
