"""Agreement per code, family and all: intervals that resample sessions, and reasons in the table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinbenefits.analysis.agreement import (
    agreement_table,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
    set_valued_alpha,
)
from twinbenefits.analysis.code_agreement import binary_measures, binary_sums
from twinbenefits.analysis.double_coding import double_coded
from twinbenefits.analysis.session_bootstrap import resampled_sums, session_draws

CODES = ["BE1", "BE2", "ME1", "ME2"]
FAMILIES = {"BE1": "BE", "BE2": "BE", "ME1": "ME", "ME2": "ME"}


def simulated(
    seed: int = 1,
    sessions: int = 12,
    segments: int = 20,
    coders: str = "XY",
    seen: float = 1.0,
    hit: float = 0.8,
):
    """Codings of coders who find a true code with probability `hit` and invent one rarely."""
    rng = np.random.default_rng(seed)
    codings, coded = [], []
    for session in range(sessions):
        for segment in range(segments):
            truth = rng.random(len(CODES)) < 0.3
            for coder in coders:
                if rng.random() > seen:
                    continue
                coded.append((f"I{session:02}", segment, coder))
                given_codes = (truth & (rng.random(len(CODES)) < hit)) | (rng.random(len(CODES)) < 0.03)
                codings += [(f"I{session:02}", segment, coder, CODES[i]) for i in np.flatnonzero(given_codes)]
    return (
        pd.DataFrame(codings, columns=["session", "segment", "coder", "code"]),
        pd.DataFrame(coded, columns=["session", "segment", "coder"]),
    )


def as_ratings(codings: pd.DataFrame, coded: pd.DataFrame, code: str) -> pd.DataFrame:
    """One code as ratings: 1 given, 0 not given, missing where the coder did not work; double-coded only."""
    worked = coded.assign(rating=0.0).pivot_table(
        index=["session", "segment"], columns="coder", values="rating"
    )
    for row in codings[codings["code"] == code].itertuples():
        worked.loc[(row.session, row.segment), row.coder] = 1.0
    return worked[worked.notna().sum(axis=1) >= 2]


def value(table: pd.DataFrame, name: str, measure: str, column: str = "estimate"):
    return table.loc[(table["name"] == name) & (table["measure"] == measure), column].item()


@pytest.mark.parametrize(
    ("options", "kappa", "measure"),
    [
        ({}, "cohen_kappa", cohen_kappa),
        ({"coders": "XYZ"}, "fleiss_kappa", fleiss_kappa),
        ({"coders": "XYZ", "seen": 0.7}, "fleiss_kappa", fleiss_kappa),
    ],
)
def test_every_row_is_what_the_measure_itself_says(options, kappa, measure) -> None:
    codings, coded = simulated(**options)
    table = agreement_table(codings, coded, minimum_sessions=8, draws=10).table
    for code in CODES:
        ratings = as_ratings(codings, coded, code)
        assert value(table, code, "krippendorff_alpha") == pytest.approx(krippendorff_alpha(ratings).estimate)
        assert value(table, code, kappa) == pytest.approx(measure(ratings).estimate)
        assert value(table, code, "gwet_ac1") == pytest.approx(gwet_ac1(ratings).estimate)
        assert value(table, code, "percent_agreement") == pytest.approx(percent_agreement(ratings).estimate)
        assert value(table, code, kappa, "n") == len(ratings)
        assert value(table, code, kappa, "share") == pytest.approx(np.nanmean(ratings.to_numpy()))


def test_all_codes_together_are_compared_as_sets() -> None:
    codings, coded = simulated(coders="XYZ", seen=0.8)
    given_codes = codings.groupby(["session", "segment", "coder"])["code"].agg(frozenset)
    cells = coded.set_index(["session", "segment", "coder"]).index
    sets = pd.Series(
        [given_codes.get(cell, frozenset()) for cell in cells], index=cells, dtype=object
    ).unstack()
    table = agreement_table(codings, coded, minimum_sessions=8, draws=10).table
    for distance in ("jaccard", "masi"):
        ours = value(table, "all codes", f"alpha_{distance}")
        assert ours == pytest.approx(set_valued_alpha(sets, distance).estimate, abs=1e-12)


def test_a_family_is_given_when_one_of_its_codes_is() -> None:
    codings, coded = simulated()
    table = agreement_table(codings, coded, minimum_sessions=8, draws=10, families=FAMILIES).table
    renamed = codings.assign(code=codings["code"].map(FAMILIES)).drop_duplicates()
    for family in ("BE", "ME"):
        ratings = as_ratings(renamed, coded, family)
        assert value(table, family, "krippendorff_alpha") == pytest.approx(
            krippendorff_alpha(ratings).estimate
        )
    assert table["level"].drop_duplicates().tolist() == ["code", "family", "all"]
    assert table.loc[table["level"] == "code", "name"].drop_duplicates().tolist() == CODES


def test_the_resampled_value_is_that_of_the_resampled_sessions() -> None:
    """One matrix product must give what copying whole sessions and starting again would give."""
    codings, coded = simulated(sessions=6, coders="XYZ", seen=0.8)
    double = double_coded(codings, coded)
    weights = session_draws(6, draws=20, seed=3)
    drawn = resampled_sums(binary_sums(double), weights)
    alpha = binary_measures(double)["krippendorff_alpha"](drawn)
    for draw in range(20):
        copies = [
            ratings.loc[[session]]
            for ratings in [as_ratings(codings, coded, "BE1")]
            for session, times in zip(double.sessions, weights[draw], strict=True)
            for _ in range(int(times))
        ]
        assert alpha[draw, 0] == pytest.approx(krippendorff_alpha(pd.concat(copies)).estimate, abs=1e-12)


def test_intervals_hold_the_estimate_and_the_same_seed_gives_the_same() -> None:
    codings, coded = simulated()
    first = agreement_table(codings, coded, minimum_sessions=8, families=FAMILIES, seed=5)
    again = agreement_table(
        codings.sample(frac=1, random_state=1), coded[::-1], minimum_sessions=8, families=FAMILIES, seed=5
    )
    other = agreement_table(codings, coded, minimum_sessions=8, families=FAMILIES, seed=6)
    pd.testing.assert_frame_equal(first.table, again.table)
    assert not first.table["low"].equals(other.table["low"])
    known = first.table.dropna(subset="low")
    assert len(known) == len(first.table)
    assert ((known["low"] < known["estimate"]) & (known["estimate"] < known["high"])).all()
    assert first.per_session.empty


def test_segments_of_a_session_move_together() -> None:
    """Where sessions differ in how well coders agree, resampling segments would promise too much."""
    rows, coded = [], []
    for session in range(16):
        for segment in range(30):
            truth = segment % 3 == 0
            agree = session % 2 == 0
            for coder in "XY":
                coded.append((session, segment, coder))
                if truth if (agree or coder == "X") else segment % 3 == 1:
                    rows.append((session, segment, coder, "BE1"))
    codings = pd.DataFrame(rows, columns=["session", "segment", "coder", "code"])
    seen = pd.DataFrame(coded, columns=["session", "segment", "coder"])
    by_sessions = agreement_table(codings, seen, minimum_sessions=8).table.iloc[0]
    alone = [frame.assign(session=frame["session"] * 1000 + frame["segment"]) for frame in (codings, seen)]
    by_segments = agreement_table(*alone, minimum_sessions=8).table.iloc[0]
    assert by_sessions["estimate"] == by_segments["estimate"]
    width = by_sessions["high"] - by_sessions["low"]
    assert width > 2 * (by_segments["high"] - by_segments["low"])


def test_too_few_sessions_give_dots_and_the_reason() -> None:
    codings, coded = simulated(sessions=5)
    found = agreement_table(codings, coded, minimum_sessions=8, families=FAMILIES)
    assert found.table[["low", "high"]].isna().all(axis=None)
    assert found.table["estimate"].notna().all()
    reason = "no interval from 5 sessions, fewer than 8: one value per session instead"
    assert (found.table["interval_reason"] == reason).all()
    dots = found.per_session
    assert set(dots["level"]) == {"code", "family", "all"}
    one = dots[(dots["name"] == "BE1") & (dots["measure"] == "krippendorff_alpha")].set_index("session")
    for session in coded["session"].unique():
        part = as_ratings(codings[codings["session"] == session], coded[coded["session"] == session], "BE1")
        assert one.loc[session, "n"] == len(part)
        expected = krippendorff_alpha(part).estimate
        if expected is None:
            assert "nothing varies in this session" in one.loc[session, "reason"]
        else:
            assert one.loc[session, "estimate"] == pytest.approx(expected)


def test_codes_with_nothing_to_measure_say_why() -> None:
    codings, coded = simulated(sessions=8)
    always = coded.assign(code="CH1")
    alone = pd.DataFrame([("I99", 1, "X", "CL1")], columns=codings.columns)
    found = agreement_table(
        pd.concat([codings, always, alone]),
        pd.concat([coded, alone[["session", "segment", "coder"]]]),
        minimum_sessions=8,
        codes=[*CODES, "CH1", "CL1", "OC1"],
        draws=50,
    )
    reasons = found.table[found.table["measure"] == "gwet_ac1"].set_index("name")["reason"]
    assert reasons["BE1"] == ""
    assert reasons["CH1"] == "undefined, because every coder gave the code to every segment: nothing varies"
    assert reasons["CL1"] == "undefined, because the code was given to no double-coded segment"
    assert reasons["OC1"] == "undefined, because the code was never used"
    undefined = found.table[found.table["name"].isin(["CH1", "CL1", "OC1"])]
    assert undefined[["estimate", "low", "high"]].isna().all(axis=None)
    assert "1 sessions hold no double-coded segment and say nothing about agreement." in found.limitations


def test_a_code_used_once_has_an_estimate_but_no_interval() -> None:
    codings, coded = simulated(sessions=10)
    once = pd.DataFrame([("I03", 2, "X", "OC1")], columns=codings.columns)
    row = agreement_table(pd.concat([codings, once]), coded, minimum_sessions=8).table
    row = row[(row["name"] == "OC1") & (row["measure"] == "krippendorff_alpha")].iloc[0]
    assert row["estimate"] == pytest.approx(0.0, abs=1e-9)
    assert np.isnan(row["low"])
    assert row["interval_reason"].startswith("no interval: the measure was defined in only ")


@pytest.mark.parametrize("families", [None, {}, {"ZZ": "none of these"}, {"BE1": None}])
def test_a_codebook_without_families_is_one_row_with_the_reason(families) -> None:
    codings, coded = simulated(sessions=8)
    table = agreement_table(codings, coded, minimum_sessions=8, draws=10, families=families).table
    family = table[table["level"] == "family"]
    assert family["reason"].tolist() == [
        "undefined, because the codebook names no family for any of these codes"
    ]


EMPTY_CODINGS = pd.DataFrame({"session": [], "segment": [], "coder": [], "code": []})
EMPTY_CODED = EMPTY_CODINGS.drop(columns="code")


@pytest.mark.parametrize(
    ("codings", "coded", "reason"),
    [
        (EMPTY_CODINGS, EMPTY_CODED, "no segment was coded by two coders"),
        (*simulated(coders="X"), "there is only one coder"),
        (
            simulated()[0][lambda frame: frame["coder"] == "X"],
            pd.concat(
                [
                    simulated()[1][lambda frame: frame["coder"] == "X"],
                    simulated()[1][:3].assign(session="I77", coder="Y"),
                ]
            ),
            "no segment was coded by two coders",
        ),
    ],
)
def test_without_a_double_coded_segment_every_row_says_so(codings, coded, reason) -> None:
    found = agreement_table(codings, coded, minimum_sessions=8, families=FAMILIES, codes=CODES)
    assert len(found.table) >= len(CODES) + 2
    assert found.table["estimate"].isna().all()
    assert set(found.table["reason"]) == {f"undefined, because {reason}"}
    assert found.scalars["alpha_median"].value is None
    assert found.scalars["double_coded_segments"].value == 0


def test_coders_who_gave_no_code_at_all_agree_on_nothing() -> None:
    _, coded = simulated(sessions=8)
    table = agreement_table(EMPTY_CODINGS, coded, minimum_sessions=8, codes=["BE1"]).table
    assert table["estimate"].isna().all()
    assert "the code was never used" in table.iloc[0]["reason"]
    assert "the same codes" in table.iloc[-1]["reason"]


def test_rows_that_say_nothing_are_counted_and_named() -> None:
    codings, coded = simulated(sessions=8)
    broken = pd.concat([codings, codings[:2].assign(code=None), codings[:1]])  # two without a code, one twice
    unlisted = coded.drop(coded[(coded["coder"] == "X") & (coded["segment"] == 0)].index)
    found = agreement_table(broken, unlisted, minimum_sessions=8, draws=10)
    assert "2 rows without a session, segment, coder or code were left out." in found.limitations
    assert any(
        "codes came from a coder not listed for the segment" in sentence for sentence in found.limitations
    )
    whole = agreement_table(codings, coded, minimum_sessions=8, draws=10)
    kept = agreement_table(broken, coded, minimum_sessions=8, draws=10)
    pd.testing.assert_frame_equal(whole.table, kept.table)


def test_a_missing_column_is_named() -> None:
    codings, coded = simulated(sessions=1)
    with pytest.raises(ValueError, match="codings lacks the column code"):
        agreement_table(codings.drop(columns="code"), coded, minimum_sessions=8)
    with pytest.raises(ValueError, match="coded lacks the column coder"):
        agreement_table(codings, coded.drop(columns="coder"), minimum_sessions=8)


def test_the_scalars_tell_how_much_was_double_coded() -> None:
    codings, coded = simulated(sessions=9, segments=10)
    found = agreement_table(codings, coded, minimum_sessions=8, inputs=("codings", "segments"))
    assert found.inputs == ("codings", "segments")
    assert found.scalars["double_coded_segments"].value == 90
    assert found.scalars["double_coded_sessions"].value == 9
    alphas = found.table[found.table["measure"] == "krippendorff_alpha"]["estimate"]
    assert found.scalars["alpha_median"].value == pytest.approx(alphas[:4].median())
    assert found.scalars["alpha_jaccard"].value == pytest.approx(
        value(found.table, "all codes", "alpha_jaccard")
    )


@given(st.permutations(["BE1", "BE2", "ME1", "ME2"]), st.booleans())
def test_the_names_of_codes_and_coders_do_not_matter(names, swap) -> None:
    codings, coded = simulated(sessions=3, segments=5)
    rename = dict(zip(CODES, names, strict=True))
    coder = {"X": "Y", "Y": "X"} if swap else {"X": "X", "Y": "Y"}
    before = agreement_table(codings, coded, minimum_sessions=8, codes=CODES).table
    after = agreement_table(
        codings.assign(code=codings["code"].map(rename), coder=codings["coder"].map(coder)),
        coded.assign(coder=coded["coder"].map(coder)),
        minimum_sessions=8,
        codes=[rename[code] for code in CODES],
    ).table
    np.testing.assert_allclose(
        before["estimate"].to_numpy(float), after["estimate"].to_numpy(float), atol=1e-12
    )


def test_very_many_different_sets_are_sampled_for_the_chance_term() -> None:
    rng = np.random.default_rng(8)
    coded = pd.DataFrame(
        [(u % 20, u, c) for u in range(2400) for c in "XY"], columns=["session", "segment", "coder"]
    )
    given_codes = rng.random((len(coded), 30)) < 0.2
    rows, codes = np.nonzero(given_codes)
    codings = coded.iloc[rows].assign(code=codes)
    table = agreement_table(codings, coded, minimum_sessions=8, draws=20).table
    sets = [
        [set(np.flatnonzero(given_codes[2 * u])), set(np.flatnonzero(given_codes[2 * u + 1]))]
        for u in range(600)
    ]
    assert value(table, "all codes", "alpha_jaccard") == pytest.approx(0.0, abs=0.01)
    assert set_valued_alpha(sets).estimate == pytest.approx(0.0, abs=0.02)
