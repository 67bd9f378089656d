"""The promise: what may not be shown is never in a file.

Recognisable words and numbers are planted all over a private study; it is built for each audience in every
format, by a notebook that prints all it can get at. No file of an audience may hold what it may not see, and
what it may see must be found, or nothing would be proved.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.scan_texts import pieces

FORMATS = (".html", ".pdf", ".docx", ".pptx", ".ipynb", ".svg", ".json", ".csv")


@pytest.fixture(scope="module")
def canary_study() -> ModuleType:
    spec = importlib.util.spec_from_file_location("canary_study", Path(__file__).with_name("canary_study.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["canary_study"] = module
    spec.loader.exec_module(module)
    return module


def build(root: Path, audience: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "twinbenefits", "build", "--evidence", "private", "--audience", audience],
        env={
            **os.environ,
            "TWINBENEFITS_ROOT": str(root),
            "TWINBENEFITS_AS_OF": "2026-11-01",
            "ENGINE": "embedded",
            **environment,
        },
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def texts_of(root: Path, audience: str) -> dict[str, str]:
    """Everything that can be read in any file made for an audience, letters and digits only."""
    layout = Layout(root)
    found = {}
    for folder in (layout.output(audience, "private"), layout.results(audience, "private")):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            data = path.read_bytes()
            words = [text for _, text in pieces(data)] + [data.decode("latin-1")]
            found[path.relative_to(root).as_posix()] = "".join(filter(str.isalnum, "\n".join(words))).lower()
    return found


def hold(planted: Any, root: Path, audience: str) -> set[str]:
    """Assert the promise for an audience; return which of the planted words it was shown."""
    outcome = build(root, audience)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    texts = texts_of(root, audience)
    assert {Path(name).suffix for name in texts} >= set(FORMATS)
    leaked, shown = [], set()
    for canary in planted.canaries:
        where = [name for name, text in texts.items() if canary.word in text]
        if not planted.may_see(canary, audience) and where:
            leaked.append((canary, where[:3]))
        elif where:
            shown.add(canary.word)
    assert not leaked, f"{len(leaked)} planted words reached {audience}: {leaked[:8]}"
    missing = [c for c in planted.canaries if planted.may_see(c, audience) and c.word not in shown]
    assert not missing, f"{len(missing)} planted words did not reach {audience}: {missing[:8]}"
    return shown


def test_what_may_not_be_shown_is_in_no_file_and_what_may_be_is_found(
    canary_study: ModuleType, tmp_path: Path
) -> None:
    from twinbenefits.evidence.simulation.truth import Shape

    planted = canary_study.make(tmp_path / "project", Shape(segments=150), share=0.2)
    shown = hold(planted, tmp_path / "project", "public")
    assert 20 < len(shown) < len(planted.canaries) / 2


@pytest.mark.long
def test_five_hundred_planted_words_for_every_audience_and_every_format(
    canary_study: ModuleType, tmp_path: Path
) -> None:
    from twinbenefits.evidence.simulation.truth import Shape

    root = tmp_path / "project"
    planted = canary_study.make(root, Shape(segments=400), share=0.4)
    assert len(planted.canaries) >= 500
    cases = list(planted.tables["cases"]["case"])
    seen = {}
    for audience in ("public", "workshop", "reviewers", "team", *(f"company:{case}" for case in cases)):
        seen[audience] = hold(planted, root, audience)
    assert seen["public"] == seen["workshop"] == seen["reviewers"]
    assert seen["public"] < seen["team"] | {c.word for c in planted.canaries if c.table == "a rating"}
    for case in cases:
        assert seen[f"company:{case}"] != seen["public"]
