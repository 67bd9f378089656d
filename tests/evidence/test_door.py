"""What passes the door, for each audience, on the demonstration set; and what the gate shows of cells."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinbenefits.evidence.cells import Basis, Cells, basis
from twinbenefits.evidence.consent import AudienceRule, Permissions, audience_rule, effective_levels
from twinbenefits.evidence.door import TOKENS, pass_door
from twinbenefits.evidence.keys import Key, open_key
from twinbenefits.evidence.layout import Layout, find_root
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.withholding import WITHHELD, Gate

AS_OF = datetime.date(2026, 11, 1)
OUTSIDE = ("workshop", "reviewers", "public")


@pytest.fixture(scope="module")
def layout():
    return Layout(find_root())


@pytest.fixture(scope="module")
def rules(layout):
    return pd.read_csv(layout.study / "release_rules.csv")


@pytest.fixture(scope="module")
def frames(layout):
    names = [name for name, table in TABLES.items() if table.holds_case_evidence]
    return load_tables(layout, "demo", names)


@pytest.fixture(scope="module")
def permissions(frames):
    return Permissions(frames["permissions"], AS_OF)


def passed(frames, rules, permissions, audience, key=None):
    return pass_door(frames, audience=audience, rules=rules, permissions=permissions, key=key or Key(b"test"))


def test_the_team_keeps_its_codes_and_loses_only_the_lowest_levels(frames, rules, permissions):
    inside = passed(frames, rules, permissions, "team")
    levels = effective_levels(frames["segments"], frames["sources"])
    assert len(inside.frames["segments"]) == (levels >= 1).sum()
    assert set(inside.frames["cases"]["case"]) == set(frames["cases"]["case"])
    assert inside.frames["segments"]["about_case"].all()
    assert (inside.frames["segments"]["text"] != "").any()


@pytest.mark.parametrize("audience", OUTSIDE)
def test_no_identifier_of_the_field_work_passes(frames, rules, permissions, audience):
    inside = passed(frames, rules, permissions, audience)
    known = {
        part
        for frame in frames.values()
        for column in frame.columns.intersection([*TOKENS, "case", "employer_case"])
        for cell in frame[column]
        for part in str(cell).split(";")
        if part
    }
    for name, frame in inside.frames.items():
        for column in frame.columns:
            found = {part for cell in frame[column] for part in str(cell).split(";")} & known
            assert not found, (name, column, sorted(found)[:3])


@pytest.mark.parametrize("audience", OUTSIDE)
def test_words_pass_only_from_their_level(frames, rules, permissions, audience):
    rule = audience_rule(rules, audience)
    segments = passed(frames, rules, permissions, audience).frames["segments"]
    assert segments["consent_level"].min() >= rule.count_from
    assert ((segments["text"] != "") == (segments["consent_level"] >= rule.quote_from)).all()
    assert ((segments["first_order"] != "") == (segments["consent_level"] >= rule.paraphrase_from)).all()
    assert (segments["about_case"] == (segments["consent_level"] >= rule.case_from)).all()
    assert segments["start"].isna().all()


def test_what_hangs_on_a_dropped_segment_goes_with_it(frames, rules, permissions):
    inside = passed(frames, rules, permissions, "public")
    alive = set(inside.frames["segments"]["segment"])
    for name in ("codings", "assignments"):
        assert set(inside.frames[name]["segment"]) <= alive
        assert inside.dropped[name] == len(frames[name]) - len(inside.frames[name]) > 0
    for name in ("context_ratings", "links", "negative_cases"):
        named = {part for cell in inside.frames[name]["evidence"] for part in cell.split(";") if part}
        assert named <= alive


def test_verticals_stand_only_where_the_company_permits_it(frames, rules, permissions):
    inside = passed(frames, rules, permissions, "public")
    vertical = dict(zip(frames["cases"]["case"], frames["cases"]["vertical"], strict=True))
    for label, name in inside.labels.items():
        case = inside.cases[label]
        if permissions.refusal(case, "vertical") is None:
            assert name == vertical[case]
        else:
            assert name == label
    shown = set(inside.frames["cases"]["vertical"]) - {""}
    assert shown == {vertical[c] for c in vertical if permissions.refusal(c, "vertical") is None}
    assert 0 < len(shown) < len(vertical)


def test_labels_are_shuffled_anew_for_each_audience_and_key(frames, rules, permissions):
    orders = {
        tuple(passed(frames, rules, permissions, audience, Key(secret)).cases.items())
        for audience in OUTSIDE
        for secret in (b"one", b"two", b"three")
    }
    assert len(orders) > 4


def test_a_company_sees_its_own_part_and_the_others_as_the_public_does(frames, rules, permissions):
    refused = next(c for c in frames["cases"]["case"] if permissions.refusal(c, "vertical") is not None)
    inside = passed(frames, rules, permissions, f"company:{refused}")
    mine = next(label for label, case in inside.cases.items() if case == refused)
    vertical = dict(zip(frames["cases"]["case"], frames["cases"]["vertical"], strict=True))
    assert inside.labels[mine] == vertical[refused]
    others = inside.frames["segments"].merge(inside.frames["sources"][["source", "case"]], on="source")
    about = others[others["about_case"]]
    assert about.loc[about["case"] == mine, "consent_level"].min() == 2
    assert about.loc[about["case"] != mine, "consent_level"].min() == 5


def test_permissions_lapse_and_wait():
    table = pd.DataFrame(
        {
            "case": ["A", "B", "C", "C"],
            "item": ["quotes"] * 4,
            "approved_on": pd.to_datetime(["2026-01-01", "2026-01-01", "2026-12-01", "2026-01-01"]),
            "expires_on": pd.to_datetime(["2026-10-31", None, None, None]),
            "embargo_until": pd.to_datetime([None, "2026-11-01", None, None]),
        }
    )
    today, tomorrow = Permissions(table, AS_OF), Permissions(table, AS_OF + datetime.timedelta(days=1))
    assert today.refusal("A", "quotes") == "permission expired on 2026-10-31"
    assert today.refusal("B", "quotes") == "under embargo until 2026-11-01"
    assert tomorrow.refusal("B", "quotes") is None
    assert today.refusal("C", "quotes") is None  # one in force is enough
    assert today.refusal("C", "ratings") == "not permitted by the company"


def test_an_audience_without_a_rule_sees_nothing(rules):
    with pytest.raises(KeyError, match="no row for audience"):
        audience_rule(rules, "press")


@pytest.fixture
def gate(rules, permissions, frames):
    codes = {case: case for case in frames["cases"]["case"]}
    rule = audience_rule(rules, "public")
    return Gate(rule, rule, "", permissions, codes)


def test_cells_are_withheld_with_the_reason_that_applies(gate, permissions, frames):
    cases = list(frames["cases"]["case"])
    open_case = next(c for c in cases if permissions.refusal(c, "vertical") is None)
    closed = next(c for c in cases if permissions.refusal(c, "benefit_states") is not None)
    assert gate.reason(Basis(1, 4, 3, 5, about=open_case)) == ""
    assert gate.reason(Basis(1, 4, 3, 4, about=open_case)).startswith("consent does not cover")
    assert gate.reason(Basis(1, 9, 9, 5, about=closed)) == "vertical: not permitted by the company"
    assert gate.reason(Basis(0, 0, 0, 0, about=closed)) == "vertical: not permitted by the company"
    assert gate.reason(Basis(2, 3, 3, 2)) == ""
    assert gate.reason(Basis(1, 9, 9, 5)) == "rests on one company"
    assert gate.reason(Basis(2, 2, 3, 5)) == "rests on fewer than 3 persons"
    assert gate.reason(Basis(2, 3, 2, 5)) == "rests on fewer than 3 sources"
    assert "may not be counted" in gate.reason(Basis(2, 3, 3, 1))


def test_withheld_cells_are_empty_and_the_basis_is_gone(gate):
    table = pd.DataFrame(
        {"code": ["X", "Y"], "segments": [7, 3], "quote": ["said so", "said this"],
         "cases": [3, 1], "persons": [5, 2], "sources": [4, 2], "level": [3, 5]}
    )  # fmt: skip
    cells = Cells(("code",), ("segments", "quote"), counts={"segments": "segments"}, words=("quote",))
    shown = gate.withhold(table, cells)
    assert list(shown.columns) == ["code", "segments", "quote", WITHHELD]
    assert shown.loc[0, "segments"] == 7
    assert shown.loc[0, "quote"] is None  # level 3 may be counted and paraphrased, not quoted
    assert shown.loc[1, ["segments", "quote"]].isna().all()
    assert shown.loc[1, WITHHELD] == "rests on one company"


def test_a_table_without_its_basis_is_refused(gate):
    with pytest.raises(ValueError, match="lacks columns that release needs: cases, persons, sources, level"):
        gate.withhold(pd.DataFrame({"code": ["X"], "n": [1]}), Cells(("code",), ("n",)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=20), st.integers(0, 6))
def test_a_segment_is_never_looser_than_its_source(own, of_source):
    segments = pd.DataFrame({"source": "s", "consent_level": own})
    sources = pd.DataFrame({"source": ["s"], "consent_level": [of_source]})
    levels = effective_levels(segments, sources)
    assert list(levels) == [min(level, of_source) for level in own]
    orphan = effective_levels(segments.assign(source="unknown"), sources)
    assert (orphan == 0).all()  # a segment without its source is not used at all


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_a_stricter_rule_never_shows_more(data):
    levels = st.integers(0, 6)
    minimum = st.integers(1, 5)

    def rule():
        return AudienceRule(
            *(data.draw(levels) for _ in range(4)), data.draw(minimum), data.draw(minimum), True
        )

    loose, table = (
        rule(),
        pd.DataFrame(columns=["case", "item", "approved_on", "expires_on", "embargo_until"]),
    )
    strict = AudienceRule(
        *(min(6, getattr(loose, name) + data.draw(st.integers(0, 3)))
          for name in ("count_from", "paraphrase_from", "quote_from", "case_from")),
        loose.minimum_sources + 1, max(2, loose.minimum_persons) + 1, True,
    )  # fmt: skip
    one = Basis(data.draw(st.integers(1, 5)), data.draw(minimum), data.draw(minimum), data.draw(levels))
    gates = [Gate(r, r, "", Permissions(table, AS_OF), {}) for r in (loose, strict)]
    if gates[0].reason(one):
        assert gates[1].reason(one)


def test_basis_counts_unknown_speakers_as_nobody():
    rows = pd.DataFrame(
        {"case": ["A", "A"], "speaker": ["", "p"], "source": ["s", "s"], "consent_level": [5, 3]}
    )
    assert basis(rows, []).to_dict("records") == [{"cases": 1, "persons": 1, "sources": 1, "level": 3}]


def test_the_private_key_is_made_once_and_never_shown(tmp_path):
    root = tmp_path / "study"
    with pytest.raises(EvidenceError, match="private init"):
        open_key(Layout(root), "private")
    (root / "data" / "private").mkdir(parents=True)
    first, again = open_key(Layout(root), "private"), open_key(Layout(root), "private")
    assert first.digest("x") == again.digest("x") != open_key(Layout(root), "demo").digest("x")
    assert (root / "data" / "private" / "key").stat().st_mode & 0o077 == 0
    assert (root / "data" / "private" / "key").read_text().strip() not in repr(first)
    (root / "data" / "private" / "key").write_text("not a key")
    with pytest.raises(EvidenceError, match="64 hexadecimal digits"):
        open_key(Layout(root), "private")
