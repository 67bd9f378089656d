"""The ledger as a file: what a claim is made of, and a message with line and way out for everything else."""

from __future__ import annotations

from datetime import date

import pytest

from twinbenefits.publishing.claims_ledger import Ledger, read_ledger, read_ledger_file

GOOD = """\
claims:
- id: C01
  wording: >-
    We counted {boats} boats
    and {sailors} sailors.
  where: [paper/part.qmd#sec-boats]
  rests_on:
    displays: [D01, D02, D01]
    codes: []
  against: Nobody counted twice.
  holds_if: boats > sailors
  weakened_if: boats < 2 * sailors
  cases: ports
  confidence:
    adequacy: {steps: 1, reason: Few logs., author: A. Hand, date: 2026-05-01}
    coherence: {steps: 0, reason: All agree., author: A. Hand, date: 2026-05-01}
  workshop: I3
"""


def messages(ledger: Ledger) -> list[str]:
    return [str(problem) for problem in ledger.problems]


def test_a_claim_is_read_with_all_its_parts() -> None:
    (claim,) = read_ledger(GOOD).claims
    assert claim.wording == "We counted {boats} boats and {sailors} sailors."
    assert claim.sentence({"boats": "34", "sailors": "10"}) == "We counted 34 boats and 10 sailors."
    assert claim.where == ("paper/part.qmd#sec-boats",)
    assert claim.rests_on["displays"] == ("D01", "D02")
    assert claim.rests_on["references"] == ()
    assert claim.values == ("boats", "sailors", "ports")
    assert claim.cases == "ports"
    assert claim.workshop == "I3"
    assert claim.rated
    assert claim.steps == {"adequacy": 1, "coherence": 0}
    assert claim.confidence[0].date == date(2026, 5, 1)
    assert claim.has_evidence
    assert (claim.line, claim.lines["displays"], claim.lines["holds_if"]) == (2, 8, 11)


def test_a_claim_that_nobody_has_rated_has_no_steps() -> None:
    text = GOOD[: GOOD.index("  confidence:")] + "  confidence: null\n"
    (claim,) = read_ledger(text).claims
    assert not claim.rated
    assert claim.steps == {}


def test_no_file_and_an_empty_one_hold_no_claims(tmp_path) -> None:
    assert read_ledger_file(tmp_path) == Ledger((), ())
    assert read_ledger("# nothing yet\n") == Ledger((), ())
    assert read_ledger("claims:\n") == Ledger((), ())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("wording", "wordnig", ["line 3, C01: 'wordnig': the key is not known. Did you mean wording?",
                                "the claim lacks wording"]),
        ("  against: Nobody counted twice.\n", "", ["the claim lacks against"]),
        ("C01", "claim one", ["line 2, claim one id: 'claim one': an id is C and at least two digits"]),
        ("boats > sailors", "boats >> sailors", ["line 11, C01 holds_if", "is no part of the language"]),
        ("boats > sailors", "boats.x > 1", ["an attribute is no part of the language of claims"]),
        ("boats < 2 * sailors", "1 < 2", ["C01 weakened_if", "names no value, so it can never fail"]),
        ("holds_if: boats > sailors", "holds_if: ''", ["here stands a text that is not empty"]),
        ("displays: [D01, D02, D01]", "displays: D01", ["line 8, C01 displays", "here stands a list"]),
        ("displays:", "display:", ["'display': the key is not known. Did you mean displays?"]),
        ("reason: Few logs., ", "", ["line 15, C01 confidence", "the step-down in adequacy lacks reason"]),
        ("reason: Few logs.", "reason: ''", ["here stands a text that is not empty"]),
        ("author: A. Hand, date: 2026-05-01}\n    coh", "date: 2026-05-01}\n    coh", ["lacks author"]),
        ("{steps: 1,", "{steps: 4,", ["'4': steps are a whole number from 0 to 3"]),
        ("{steps: 1,", "{steps: -1,", ["'-1': steps are a whole number from 0 to 3"]),
        ("date: 2026-05-01}\n    coh", "date: 1.5.2026}\n    coh", ["must be a day written YYYY-MM-DD"]),
        ("adequacy:", "adequecy:", ["'adequecy': the key is not known. Did you mean adequacy?"]),
        ("  workshop: I3", "  workshop: [I3]", ["here stands a text that is not empty"]),
        ("  workshop: I3", "  cases: ports", ["line 17, C01: 'cases': the key stands there twice"]),
        ("claims:", "clams:", ["line 1: 'clams': the key is not known. Did you mean claims?"]),
        ("claims:\n", "", ["here stand names with values: claims"]),
        ("[D01, D02, D01]", "[D01, D02", ["the file is not sound YAML"]),
        ("- id: C01", "- 34\n- id: C01", ["line 2: here stand names with values"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line_and_a_way_out(old: str, new: str, said: list[str]) -> None:
    assert old in GOOD
    found = messages(read_ledger(GOOD.replace(old, new, 1)))
    assert found
    for words in said:
        assert any(words in message for message in found), found
    assert all(message.startswith("paper/claims.yml") for message in found)


def test_all_faults_of_all_claims_come_at_once_and_good_claims_are_kept() -> None:
    second = GOOD.removeprefix("claims:\n").replace("C01", "C02").replace("boats > sailors", "boats")
    third = GOOD.removeprefix("claims:\n")
    bad = second.replace("C02", "C03").replace("against", "agianst").replace("steps: 1", "steps: nine")
    ledger = read_ledger(GOOD + second + third + bad)
    assert [claim.id for claim in ledger.claims] == ["C01", "C02"]
    each = GOOD.count("\n") - 1  # lines of a claim
    assert [(problem.row, problem.column) for problem in ledger.problems] == [
        (2 + 2 * each, "C01 id"),
        (10 + 3 * each, "C03"),  # the misspelt key
        (2 + 3 * each, "C03"),  # the key it stands for
        (15 + 3 * each, "C03 steps"),
    ]
    assert "stands on line 2 already" in messages(ledger)[0]


def test_bytes_that_are_no_utf_8_are_refused(tmp_path) -> None:
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper/claims.yml").write_bytes(b"claims: \xff")
    (problem,) = read_ledger_file(tmp_path).problems
    assert "not UTF-8" in problem.rule
