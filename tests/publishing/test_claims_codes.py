"""Which claims a decision on a code would touch."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from twinbenefits.publishing.claims_codes import claims_by_code

CLAIM = """
- id: {id}
  wording: "It is so."
  where: [paper/index.qmd#sec-x]
  rests_on: {{codes: [{codes}], propositions: [{propositions}]}}
  against: "It may not be."
  holds_if: some_value > 0
  cases: {cases}
  confidence: null
"""


TERMS = pd.DataFrame({"proposition": ["Q1"], "condition": ["Z9"], "outcome": ["X1"]})


def project(root: Path, *claims: str) -> Path:
    (root / "paper").mkdir(parents=True)
    (root / "paper" / "claims.yml").write_text("claims:\n" + "".join(claims), "utf-8")
    return root


def test_claims_from_cases_are_found_by_code_and_through_propositions(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        CLAIM.format(id="C31", codes="X1, X2", propositions="", cases="companies"),
        CLAIM.format(id="C30", codes="", propositions="Q1", cases="companies"),
        CLAIM.format(id="C01", codes="X1", propositions="", cases="null"),
    )
    assert claims_by_code(root, TERMS) == {"X1": ("C30", "C31"), "X2": ("C31",), "Z9": ("C30",)}


def test_without_a_ledger_or_with_a_damaged_one_no_claim_is_named(tmp_path: Path) -> None:
    assert claims_by_code(tmp_path, TERMS) == {}
    assert claims_by_code(project(tmp_path / "damaged", "- id: [\n"), TERMS) == {}
