"""What the queue of disagreements says of claims, and of segments on which the coders have agreed since."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coder_agreement import coder_agreement
from twinbenefits.analysis.disagreement import disagreement_queue, disagreements_by_code
from twinbenefits.analysis.result import Result

SMALL = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "small_study.py")))
RULE = {"tentative": 0.667, "reliable": 0.8}


def agreed(coded: Coded) -> pd.DataFrame:
    return coder_agreement(coded, minimum_sessions=8, draws=20, **RULE).table


def by_code(coded: Coded, **more: object) -> Result:
    return disagreements_by_code(coded, agreed(coded), **RULE, **more)


def test_the_queue_names_the_claims_on_a_code_and_on_those_above_it() -> None:
    coded = SMALL.joined(SMALL.double_coded())
    ranked = by_code(coded, claims={"B1": ("C12",), "B1.2": ("C30", "C07"), "other": ("C99",)})
    named = ranked.table.set_index("code")["claims"]
    assert (named["B1.1"], named["B1.2"], named["M1"]) == ("C12", "C07; C12; C30", "")
    queue = disagreement_queue(coded, ranked)
    assert set(queue.table.loc[queue.table["code"] == "B1.1", "claims"]) == {"C12"}
    assert queue.scalars["queue_touching_claims"].value == (queue.table["claims"] != "").sum() > 0


def test_of_codes_alike_near_to_the_rule_the_one_with_claims_comes_first() -> None:
    coded = SMALL.joined(SMALL.double_coded())
    alike = agreed(coded).assign(estimate=0.5)
    for code in ("B1.1", "B1.2"):
        ranked = disagreements_by_code(coded, alike, **RULE, claims={code: ("C01",)})
        assert ranked.table["code"].iloc[0] == code


def test_a_settled_segment_leaves_the_queue_and_agreement_stays_that_of_the_coders() -> None:
    study = SMALL.double_coded()
    coded = SMALL.joined(study)
    queue = disagreement_queue(coded, by_code(coded)).table
    first = queue["segment"].iloc[0]
    study["coders"] = pd.DataFrame({"coder": ["a", "b", "both"], "role": ["coder", "coder", "consensus"]})
    study["assignments"] = pd.concat([study["assignments"], SMALL.reading([first], ["both"])])
    study["codings"] = pd.concat([study["codings"], SMALL.coding([(first, "both", "B1.1")])])
    after = SMALL.joined(study)
    assert agreed(after)["estimate"].equals(agreed(coded)["estimate"])
    left = disagreement_queue(after, by_code(after))
    assert list(left.table["segment"]) == [name for name in queue["segment"] if name != first]
    assert left.scalars["segments_settled"].value == 1
    whole = disagreement_queue(after, by_code(after), with_settled=True)
    assert sorted(whole.table["segment"]) == sorted(queue["segment"])
