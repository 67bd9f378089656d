"""Agreement and disagreement on the study's evidence: counted by hand, and named reasons for thin input."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from twinbenefits.analysis.coder_agreement import coder_agreement, version_agreement
from twinbenefits.analysis.confusion import MERGE, NO_CODE, REDEFINE, codes_to_revise, confusions
from twinbenefits.analysis.disagreement import disagreement_queue, disagreements_by_code
from twinbenefits.analysis.result import Result
from twinbenefits.evidence.cells import BASIS

SMALL = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "small_study.py")))
coding, double_coded, joined = SMALL.coding, SMALL.double_coded, SMALL.joined
reading, tables = SMALL.reading, SMALL.tables
RULE = {"tentative": 0.667, "reliable": 0.8}


def agreed(study: dict[str, pd.DataFrame], **changes: object) -> Result:
    options = {"minimum_sessions": 8, **RULE, **changes}
    return coder_agreement(joined(study), **options)  # type: ignore[arg-type]


def of(result: Result, name: str, measure: str = "krippendorff_alpha") -> pd.Series:
    table = result.table
    return table[(table["name"] == name) & (table["measure"] == measure)].iloc[0]


def test_alpha_of_a_code_is_the_one_counted_by_hand() -> None:
    # 32 segments; both gave it on 8, one of two on 8: D_o = 16/64, yes = 24 of 64 ratings
    row = of(agreed(double_coded()), "B1.1")
    assert row["estimate"] == pytest.approx(1 - (16 * 63) / (2 * 24 * 40))
    assert row["share"] == pytest.approx(24 / 64)


def test_each_row_rests_on_the_double_coded_segments_that_carry_the_code() -> None:
    row = of(agreed(double_coded()), "B1.2")
    assert [row[name] for name in BASIS] == [4, 8, 8, 5]


def test_the_rule_decides_and_no_adjective_does() -> None:
    result = agreed(double_coded())
    alphas = result.table[result.table["measure"] == "krippendorff_alpha"].set_index("name")
    assert alphas.loc["M1", "decision"] == "without reservation"
    assert alphas.loc["B1.2", "decision"] == "no conclusion"
    assert not result.table["decision"].str.contains("substantial|good|fair").any()


def test_families_show_no_share_that_would_tell_what_is_withheld_of_a_code() -> None:
    table = agreed(double_coded()).table
    assert table.loc[table["scope"] == "family", "share"].isna().all()
    assert table.loc[table["scope"] == "code", "share"].notna().any()


def test_few_sessions_give_dots_and_the_reason() -> None:
    result = agreed(double_coded(sessions=5))
    row = of(result, "B1.1")
    assert pd.isna(row["low"])
    assert "fewer than 8" in row["interval_reason"]
    assert result.dots is not None  # type: ignore[attr-defined]
    dots = result.dots  # type: ignore[attr-defined]
    assert set(dots.table["session"]) == {f"S{n:02}" for n in range(5)}
    assert dots.cells.case == "case"


def test_the_agreed_result_is_no_coder() -> None:
    study = double_coded()
    study["coders"] = pd.concat(
        [study["coders"], pd.DataFrame({"coder": ["both"], "role": ["consensus"], "employer_case": [""]})]
    )
    extra = coding([("S00-0", "both", "B1.2")])
    study["codings"] = pd.concat([study["codings"], extra], ignore_index=True)
    assert of(agreed(study), "B1.2")["estimate"] == of(agreed(double_coded()), "B1.2")["estimate"]


def _nothing(study: dict[str, pd.DataFrame]) -> str:
    return "no segment was coded by two coders"


def _one_coder(study: dict[str, pd.DataFrame]) -> str:
    study["codings"] = coding([("S00-0", "a", "B1.1")])
    study["assignments"] = reading(list(study["segments"]["segment"]), "a")
    return "only one coder"


def _nothing_in_common(study: dict[str, pd.DataFrame]) -> str:
    study["codings"] = coding([("S00-0", "a", "B1.1"), ("S01-0", "b", "B1.1")])
    study["assignments"] = pd.concat([reading(["S00-0"], "a"), reading(["S01-0"], "b")])
    return "no segment was coded by two coders"


def _always_given(study: dict[str, pd.DataFrame]) -> str:
    study["codings"] = coding([("S00-0", "a", "B1.1"), ("S00-0", "b", "B1.1")])
    study["assignments"] = reading(["S00-0"], "ab")
    return "nothing varies"


@pytest.mark.parametrize("thin", [_nothing, _one_coder, _nothing_in_common, _always_given])
def test_thin_input_gets_a_named_reason_and_never_a_number(thin: object) -> None:
    study = tables()
    why = thin(study)  # type: ignore[operator]
    found = agreed(study)
    row = of(found, "B1.1")
    assert pd.isna(row["estimate"])
    assert why in row["reason"]
    coded = joined(study)
    by_code = disagreements_by_code(coded, found.table, **RULE)
    assert by_code.scalars["segments_differing"].value == 0
    assert disagreement_queue(coded, by_code).table.empty
    assert confusions(coded).table.empty
    assert version_agreement(coded, study["assignments"], minimum_sessions=8).table.shape[0] in (0, 1)


def test_a_study_without_a_session_gets_reasons_too() -> None:
    study = tables(sessions=0, cases=0)
    row = of(agreed(study), "B1.1")
    assert row["reason"].startswith("undefined, because")


def test_a_codebook_without_parents_names_the_reason_for_families() -> None:
    study = double_coded()
    study["codebook"] = study["codebook"].assign(parent="")
    table = agreed(study).table
    assert "no family" in table.loc[table["scope"] == "family", "reason"].iloc[0]


def test_codes_nearest_below_a_threshold_come_first_and_settled_ones_last() -> None:
    study = double_coded()
    found = agreed(study)
    table = disagreements_by_code(joined(study), found.table, **RULE).table.set_index("code")
    assert table.loc["B1.1", "differing"] == 8
    assert table.loc["B1.1", "alike"] == 8
    assert table.loc["B1.1", "rank"] < table.loc["B1.2", "rank"] < table.loc["M1", "rank"]
    assert table.loc["B1.1", "distance"] == pytest.approx(0.667 - of(found, "B1.1")["estimate"])


def test_the_queue_holds_both_readings_and_the_codebook_lines() -> None:
    study = double_coded()
    coded = joined(study)
    by_code = disagreements_by_code(coded, agreed(study).table, **RULE)
    queue = disagreement_queue(coded, by_code).table
    first = queue.iloc[0]
    assert (first["first_coder"], first["first_codes"]) == ("a", "B1.1")
    assert (first["second_coder"], first["second_codes"]) == ("b", "B1.2")
    assert (first["include"], first["exclude"], first["text"]) == ("this", "that", "they said so")
    assert list(queue["position"]) == list(range(1, len(queue) + 1))


def test_the_queue_says_where_presence_hangs_on_the_segment() -> None:
    study = double_coded(cases=4)
    study["codings"] = coding([("S00-0", "a", "B1.1"), ("S01-0", "a", "B1.2"), ("S01-1", "a", "B1.2")])
    study["assignments"] = reading(list(study["segments"]["segment"]), "ab")
    coded = joined(study)
    queue = disagreement_queue(coded, disagreements_by_code(coded, agreed(study).table, **RULE)).table
    assert queue.set_index("segment").loc["S00-0", "would_change"] != ""
    assert queue.set_index("segment").loc["S01-0", "would_change"] == ""


def test_confusions_tell_a_code_taken_for_another_from_one_left_out() -> None:
    table = confusions(joined(double_coded())).table.set_index(["code", "other"])
    assert table.loc[("M1", NO_CODE), "segments"] == 1
    # the second segment of each session: one gave B1.1 and the other B1.2
    assert table.loc[("B1.1", "B1.2"), "segments"] == 8


def test_codes_that_agree_better_as_one_are_advised_to_merge() -> None:
    study = double_coded()
    found = codes_to_revise(joined(study), agreed(study).table, tentative=0.667).table.set_index("code")
    assert found.loc["B1.1", "advice"] == MERGE
    assert found.loc["B1.1", "other"] == "B1.2"
    assert found.loc["B1.1", "alpha_merged"] == pytest.approx(1.0)


def test_a_weak_code_that_no_pair_explains_is_advised_to_be_defined_anew() -> None:
    study = tables()
    segments = list(study["segments"]["segment"])
    study["codings"] = coding([(segment, "a", "M1") for segment in segments[:8]])
    study["assignments"] = reading(segments, "ab")
    found = codes_to_revise(joined(study), agreed(study).table, tentative=0.667).table
    assert found[["code", "advice"]].to_numpy().tolist() == [["M1", REDEFINE]]


def test_versions_of_the_codebook_are_compared_on_their_own_segments() -> None:
    study = double_coded()
    segments = list(study["segments"]["segment"])
    study["assignments"] = pd.concat(
        [reading(segments[:16], "ab"), reading(segments[16:], "ab", "2025-06-01")], ignore_index=True
    )
    table = version_agreement(joined(study), study["assignments"], minimum_sessions=8).table
    assert table[["version", "segments", "sessions"]].to_numpy().tolist() == [
        ["2025-01-01", 16, 4],
        ["2025-06-01", 16, 4],
    ]
    assert table["interval_reason"].str.contains("fewer than 8").all()
