"""Permissions of single passages and sources, cells that need several, and numbers that mix companies."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import pandas as pd
import pytest

from twinbenefits.analysis.coded import coded_evidence
from twinbenefits.analysis.pooling import partial_pooling
from twinbenefits.evidence.cells import Basis, Cells
from twinbenefits.evidence.consent import AudienceRule, Permissions
from twinbenefits.evidence.door import pass_door
from twinbenefits.evidence.keys import Key
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.release import release
from twinbenefits.evidence.study import Study
from twinbenefits.evidence.withholding import WITHHELD, Gate

AS_OF = datetime.date(2026, 11, 1)
PUBLIC = AudienceRule(2, 3, 4, 5, 3, 3, permission=True)
OWN = AudienceRule(2, 3, 5, 2, 1, 3, permission=False)
CODED = ["codings", "segments", "sources", "sessions", "cases", "codebook", "assignments", "coders"]

NAMES = ["cases", "sources", "segments", "sessions", "participants", "codings", "assignments", "permissions"]


def permitted(*rows: tuple[str, str], **days: str) -> pd.DataFrame:
    """Return permissions of these cases and items; other days than the usual by name."""
    table = pd.DataFrame(rows, columns=["case", "item"])
    given = {"approved_on": "2026-01-01", "expires_on": None, "embargo_until": None, **days}
    return table.assign(**{name: pd.to_datetime(day) for name, day in given.items()})


@pytest.fixture(scope="module")
def frames(root):
    tables = load_tables(Layout(root), "demo", NAMES)
    some = tables["segments"].groupby("source").head(4)
    left = {
        name: frame[frame["segment"].isin(some["segment"])]
        for name, frame in tables.items()
        if name in ("codings", "assignments")
    }
    return {**tables, **left, "segments": some}


@pytest.fixture(scope="module")
def rules(root):
    return pd.read_csv(root / "data/study/release_rules.csv")


def words_that_pass(frames, rules, audience: str, more: pd.DataFrame) -> set[str]:
    """Return every word of every table that comes through the door."""
    table = pd.concat([frames["permissions"], more], ignore_index=True)
    passed = pass_door(
        frames, audience=audience, rules=rules, permissions=Permissions(table, AS_OF), key=Key(b"one")
    )
    return {
        word
        for frame in passed.frames.values()
        for column in frame.select_dtypes(["object", "str"])
        for cell in frame[column].dropna().unique()
        for word in str(cell).split()
    }


@pytest.mark.parametrize(
    "days", [{"expires_on": "2026-10-31"}, {"embargo_until": "2027-03-01"}, {"approved_on": "2026-12-01"}]
)
@pytest.mark.parametrize("kind", ["segment", "source"])
def test_what_has_a_lapsed_or_waiting_permission_of_its_own_stays_outside(frames, rules, kind, days) -> None:
    """Canaries stand in one passage of a company that permits everything, and in its only coding."""
    segments, sources = frames["segments"], frames["sources"]
    case_of = dict(zip(sources["source"], sources["case"], strict=True))
    level_of = dict(zip(sources["source"], sources["consent_level"], strict=True))
    level = segments["source"].map(level_of)
    free = (segments["source"].map(case_of) == "K1") & (level >= 5) & (segments["consent_level"] >= 5)
    row = segments.index[free][0]
    planted = segments.copy()
    planted.loc[row, ["text", "first_order"]] = ["zqtext said here", "zqterm"]
    study = {**frames, "segments": planted}
    name = segments.at[row, kind if kind == "source" else "segment"]
    nothing, closing = permitted(), permitted(("K1", name), **days)
    canaries = {"zqtext", "zqterm"}
    for audience in ("public", "reviewers", "company:K2"):
        assert canaries <= words_that_pass(study, rules, audience, nothing)
        assert not canaries & words_that_pass(study, rules, audience, closing)
        running = permitted(("K1", name))
        assert canaries <= words_that_pass(study, rules, audience, pd.concat([closing, running]))
    for audience in ("team", "company:K1"):  # they need no permission
        assert canaries <= words_that_pass(study, rules, audience, closing)
    strange = permitted(("K2", name), **days)  # another company's row closes nothing of this one
    assert canaries <= words_that_pass(study, rules, "public", strange)


def test_nothing_is_counted_of_what_is_closed(frames, rules) -> None:
    closed = permitted(
        *frames["sources"][["case", "source"]].itertuples(index=False, name=None),
        embargo_until="2027-03-01",
    )
    passed = pass_door(
        frames, audience="public", rules=rules, permissions=Permissions(closed, AS_OF), key=Key(b"one")
    )
    for name in ("segments", "sources", "codings", "assignments", "sessions"):
        assert passed.frames[name].empty
        assert passed.dropped[name] == len(frames[name])


def gate(*permissions: tuple[str, str], own: str = "") -> Gate:
    return Gate(PUBLIC, OWN, own, Permissions(permitted(*permissions), AS_OF), {"L1": "K1", "L2": "K2"})


BOTH = ("ratings", "benefit_states")


def test_a_cell_that_rests_on_two_kinds_needs_both_permissions() -> None:
    one = gate(("K1", "vertical"), ("K1", "ratings"))
    both = gate(("K1", "vertical"), ("K1", "ratings"), ("K1", "benefit_states"))
    about = Basis(1, 4, 4, 5, about="L1", item=BOTH)
    assert one.reason(about) == "benefit states: not permitted by the company"
    assert both.reason(about) == ""
    assert gate(own="L1").reason(about) == ""
    table = pd.DataFrame(
        {"case": ["L1"], "mark": ["contrary"], "cases": 1, "persons": 4, "sources": 4, "level": 5}
    )
    for item, shown in (("ratings", "contrary"), (BOTH, None)):
        assert one.withhold(table, Cells(("case",), ("mark",), case="case", item=item))["mark"][0] == shown


MIXED = Cells(("case", "code"), ("share", "pooled"), case="case", mixed=("pooled",))
ROWS = pd.DataFrame(
    {"case": ["L1", "L2", "L1", "L2"], "code": ["X", "X", "Y", "Y"], "share": [0.2, 0.8, 0.1, 0.3],
     "pooled": [0.4, 0.6, 0.15, 0.25], "cases": 1, "persons": [4, 1, 4, 4], "sources": 4, "level": 5}
)  # fmt: skip


def test_what_mixes_companies_is_emptied_beside_a_withheld_cell() -> None:
    own = gate(("K1", "vertical"), ("K1", "benefit_states"), own="L2")
    shown = own.withhold(ROWS, MIXED)
    assert shown[WITHHELD].tolist() == ["", "rests on fewer than 3 persons", "", ""]
    assert shown["share"].tolist()[0] == 0.2
    assert shown["pooled"].isna().tolist() == [True, True, False, False]
    assert own.mixed_in(ROWS, MIXED) == {}


def test_a_company_that_may_not_be_shown_must_be_left_out_of_the_mix() -> None:
    outside = gate(("K1", "vertical"), ("K1", "benefit_states"))
    assert outside.mixed_in(ROWS, MIXED) == {"L2": "vertical: not permitted by the company"}
    assert outside.mixed_in(ROWS.assign(pooled=None), MIXED) == {}


def test_a_mix_needs_a_company() -> None:
    with pytest.raises(ValueError, match="need the column that names the company"):
        Cells(("code",), ("pooled",), mixed=("pooled",))
    with pytest.raises(ValueError, match="must be among the shown columns"):
        Cells(("case",), ("share",), case="case", mixed=("pooled",))
    with pytest.raises(ValueError, match="name the permission"):
        Cells(("case",), ("share",), case="case", item=())


@pytest.fixture(scope="module", params=["public", "team", "company:K1"])
def opened(request, root):
    study = Study.open(root, audience=request.param, tables=[*CODED, "asked"])
    coded = coded_evidence(**{name: study.table(name) for name in CODED})
    return SimpleNamespace(study=study, coded=coded, asked=study.table("asked"), audience=request.param)


def test_pooling_over_cases_that_may_not_be_shown_is_refused_and_says_what_to_do(opened) -> None:
    everything = partial_pooling(opened.coded, opened.asked, minimum_sessions_per_effect=2)
    permitting = opened.study.cases_that_permit("benefit_states")
    if opened.audience == "team":
        assert set(permitting) == set(opened.coded.cases)
        assert release(everything, opened.study).table["pooled"].notna().any()
        return
    with pytest.raises(EvidenceError, match=r"Study\.cases_that_permit") as raised:
        release(everything, opened.study)
    assert {str(p.value) for p in raised.value.problems} == set(opened.coded.cases) - set(permitting)
    some = partial_pooling(opened.coded, opened.asked, minimum_sessions_per_effect=2, among=permitting)
    table = release(some, opened.study).table
    assert len(permitting) == 4
    assert table["pooled"].notna().any()
    assert table.loc[table[WITHHELD] != "", ["pooled", "mean", "share"]].isna().all(axis=None)


def test_without_case_evidence_no_case_permits_anything(root) -> None:
    assert Study.open(root, tables=["effects"]).cases_that_permit() == ()
