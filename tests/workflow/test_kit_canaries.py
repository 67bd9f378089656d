"""A kit from real evidence shows its audience what it may see, and nothing else; planted words tell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests import canary_study
from tests.toy_kit import PROJECT, make, rows

from twinbenefits.evidence.simulation.truth import Shape
from twinbenefits.publishing.scan_texts import pieces
from twinbenefits.workflow.settings import Settings

EVENT = "W2"


def text_of(folder: Path) -> str:
    """Return every text in every file, also what stands in properties and between the pages."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "\n".join(text for path in files for _, text in pieces(path.read_bytes()))


@pytest.mark.long
def test_no_planted_word_of_another_audience_stands_in_a_kit(tmp_path: Path) -> None:
    planted = canary_study.make(tmp_path, Shape(segments=60), share=0.5)
    for name in ("kit", "slides"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
        shutil.copytree(PROJECT / name, tmp_path / name)
    settings = Settings(
        root=tmp_path, audience="workshop", evidence="private", engine="embedded", as_of="2026-11-01"
    )
    status, said = make(settings, EVENT)
    assert status == 0, said

    folder = settings.output / "kit" / EVENT
    shown = text_of(folder)
    closed = [canary for canary in planted.canaries if not planted.may_see(canary, "workshop")]
    assert len(closed) > 100
    assert [canary for canary in closed if canary.word in shown] == []
    statements = [
        canary for canary in planted.canaries if (canary.table, canary.column) == ("items", "statement")
    ]
    assert sum(canary.word in shown for canary in statements) >= 5
    assert "synthetic" not in shown
    assert canary_study.FORBIDDEN not in shown
    codes = [row["voter"] for row in rows(settings.layout.private / "voters.csv") if row["event"] == EVENT]
    assert all(code in text_of(folder / "personal") for code in codes)

    remark = next(canary for canary in closed if canary.table == "comments")
    guide = tmp_path / "kit/handout.qmd"
    comment = next(
        row["text"] for row in rows(settings.layout.private / "comments.csv") if remark.word in row["text"]
    )
    guide.write_text(f"{guide.read_text('utf-8')}\nSomebody wrote: {comment} {codes[0]}\n", "utf-8")
    status, said = make(settings, EVENT)
    assert status == 1
    assert "handout.pdf" in said
    assert ".voter that this audience may not see" in said
    assert remark.word not in text_of(folder)
