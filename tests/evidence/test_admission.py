"""What is let through beforehand is what `admit` lets through, and for nobody and nothing else."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from twinbenefits.evidence import admission, data_digest
from twinbenefits.evidence.admission import admit, take_over
from twinbenefits.evidence.layout import Layout

DECLARED = (
    ("codings", "segments", "sessions", "participants", "codebook"),
    ("votes", "voters", "items", "links", "owners"),
    ("effects",),
)
DAY = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    admission._taken_over.clear()


@pytest.fixture
def layout(root: Path, tmp_path: Path) -> Layout:
    for name in ("literature", "study", "demo"):
        shutil.copytree(root / "data" / name, tmp_path / "data" / name)
    return Layout(tmp_path)


@pytest.fixture
def asked(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what is let through, and whether it had to be loaded for that."""
    loads: list[object] = []
    load = admission.load_tables
    monkeypatch.setattr(admission, "load_tables", lambda *asked: loads.append(asked) or load(*asked))

    def asked(names: Any, audience: str = "public", day: date = DAY) -> tuple[Any, bool]:
        loads.clear()
        found = admit(layout, "demo", audience, day, names)
        return found, bool(loads)

    return asked


def beforehand(layout: Layout, audience: str = "public") -> None:
    found, _ = admission.beforehand(layout, "demo", audience, DAY, DECLARED)
    take_over(pickle.loads(pickle.dumps(found)))  # as it comes from another process


@pytest.mark.parametrize("audience", ["public", "team", "company:K1"])
def test_beforehand_or_not_the_same_is_let_through(layout: Layout, asked: Any, audience: str) -> None:
    plain = [asked(names, audience) for names in DECLARED]
    beforehand(layout, audience)
    found = [asked(names, audience) for names in DECLARED]
    assert [loaded for _, loaded in found] == [False, False, True], "tables open to all are simply loaded"
    for ((one, gate), _), ((other, other_gate), _) in zip(plain, found, strict=True):
        assert one.keys() == other.keys()
        for name, frame in one.items():
            pd.testing.assert_frame_equal(frame, other[name])
        if gate is not None:
            assert gate.passed.dropped == other_gate.passed.dropped
            assert gate.passed.labels == other_gate.passed.labels
            assert gate.passed.cases == other_gate.passed.cases


def test_no_other_audience_day_or_choice_of_tables_finds_it(layout: Layout, asked: Any) -> None:
    beforehand(layout)
    assert asked(DECLARED[0])[1] is False
    assert asked(DECLARED[0], "team")[1]
    assert asked(DECLARED[0], "workshop")[1]
    assert asked(DECLARED[0], day=date(2027, 1, 1))[1]
    assert asked(DECLARED[0][:-1])[1]


@pytest.mark.parametrize("file", ["demo/permissions.csv", "demo/codings.csv", "study/release_rules.csv"])
def test_a_changed_byte_has_it_loaded_again(layout: Layout, asked: Any, file: str) -> None:
    beforehand(layout)
    assert asked(DECLARED[0])[1] is False
    path = layout.data / file
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    assert asked(DECLARED[0])[1]


def test_much_data_is_not_held_many_times(
    layout: Layout, asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_digest, "LARGEST", 1000)
    beforehand(layout)
    assert asked(DECLARED[0])[1]
