"""Only results whose inputs were declared and may be seen are released."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from twinbenefits.evidence import release as release_module
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.release import Released, release
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.study import Study


@dataclasses.dataclass(frozen=True)
class Counts:
    """A result as analyses hand it over."""

    table: pd.DataFrame
    inputs: tuple[str, ...]
    scalars: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    limitations: tuple[str, ...] = ()


@pytest.fixture
def study(root: Path) -> Study:
    return Study.open(root, audience="reviewers", tables=["mentions", "references"])


def counts(*inputs: str) -> Counts:
    return Counts(pd.DataFrame({"n": [34]}), inputs, {"mentions_total": 34}, ("Examples, not a sample.",))


def test_a_result_from_declared_tables_is_released(study: Study) -> None:
    result = counts("mentions", "references", "mentions")
    released = release(result, study)
    assert released.result is result
    assert (released.audience, released.evidence) == ("reviewers", "demo")
    assert released.inputs == ("mentions", "references")
    assert released.synthetic is False
    assert released.table["n"].tolist() == [34]
    assert released.scalars["mentions_total"] == 34
    assert released.limitations == ("Examples, not a sample.",)


@pytest.mark.parametrize("audience", ["team", "company:C1", "workshop", "reviewers", "public"])
def test_every_audience_may_see_the_literature(root: Path, audience: str) -> None:
    standing = [name for name, table in TABLES.items() if not table.holds_case_evidence]
    study = Study.open(root, audience=audience, tables=standing)
    assert release(counts(*standing), study).audience == audience


def test_an_undeclared_input_is_refused_by_name(study: Study) -> None:
    with pytest.raises(EvidenceError) as raised:
        release(counts("effects", "reference", "mentions"), study)
    assert [problem.value for problem in raised.value.problems] == ["effects", "reference"]
    assert "Counts.inputs: has 'effects'; is not among the tables" in str(raised.value)
    assert "Did you mean 'references'?" in str(raised.value)


def test_case_evidence_that_does_not_say_what_it_rests_on_is_refused(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = dataclasses.replace(TABLES["mentions"], group="case")
    monkeypatch.setattr(release_module, "TABLES", {**TABLES, "mentions": case})
    with pytest.raises(EvidenceError, match="does not say what its rows are") as raised:
        release(counts("mentions"), study)
    assert "Give the Scalar a basis" in str(raised.value)


def test_a_result_without_inputs_is_refused(study: Study) -> None:
    with pytest.raises(EvidenceError, match="names no table it was computed from"):
        release(counts(), study)


@pytest.mark.parametrize("thing", [pd.DataFrame({"n": [1]}), 34, "text", None])
def test_what_is_no_result_is_refused(study: Study, thing: object) -> None:
    with pytest.raises(TypeError, match="takes the result of an analysis"):
        release(thing, study)  # type: ignore[arg-type]


def test_a_released_result_is_not_released_again(study: Study) -> None:
    with pytest.raises(TypeError, match="released already"):
        release(release(counts("mentions"), study), study)  # type: ignore[arg-type]


def test_a_released_result_cannot_be_changed(study: Study) -> None:
    released = release(counts("mentions"), study)
    with pytest.raises(dataclasses.FrozenInstanceError):
        released.audience = "public"  # type: ignore[misc]
    frame = released.table
    frame.loc[0, "n"] = 0
    assert released.table["n"].tolist() == [34]


def test_nothing_but_release_makes_a_released_result(study: Study) -> None:
    released = release(counts("mentions"), study)
    with pytest.raises(TypeError, match="made by release"):
        Released(counts("mentions"), "public", "demo", ("mentions",), synthetic=False)
    with pytest.raises(TypeError, match="cannot be made or changed by hand"):
        dataclasses.replace(released, audience="public")


def test_a_released_result_prints_no_row(study: Study) -> None:
    assert repr(release(counts("mentions"), study)) == (
        "Released(Counts, audience='reviewers', inputs=['mentions'])"
    )
