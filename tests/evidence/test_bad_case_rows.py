"""Rows of case evidence that break a rule: each is refused with its row, the rule and a way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from twinbenefits.evidence.case_rules import RULES
from twinbenefits.evidence.schema import TABLES

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Bad:
    """One cell or row put wrong: where, what is put there, and what must be said."""

    table: str
    where: Cells
    put: Cells
    column: str
    rule: str
    way_out: str
    added: bool = False


BENEFIT, OUTCOME, MEANS, OTHER = "time.days", "loaves", "buy", "dough"
DAY = "2029-01-01"

BAD = {
    "an outcome without a benefit": Bad(
        "codings", {"coding": "G00001"}, {"code": OUTCOME, "status": "", "strength": ""},
        "code", "beside a code of the role benefit in the same segment by the same coder", "Add that benefit",
    ),
    "an outcome about a benefit that is not there": Bad(
        "codings", {"code": OUTCOME}, {"target_code": "gain"},
        "target_code", "stands in the same segment by the same coder", "clear the cell",
    ),
    "an outcome about a code of another role": Bad(
        "codings", {"code": OUTCOME}, {"target_code": OTHER},
        "target_code", "of the role that is required", "which benefit of this segment",
    ),
    "a mechanism without a target": Bad(
        "codings", {"code": MEANS}, {"target_code": ""}, "target_code", "must name the code", "role benefit",
    ),
    "a mechanism that works on no benefit": Bad(
        "codings", {"code": MEANS}, {"target_code": OTHER},
        "target_code", "of the role that the code works on", "role benefit",
    ),
    "a challenge with a target": Bad(
        "codings", {"code": OTHER}, {"target_code": BENEFIT},
        "target_code", "must be empty", "Clear the cell",
    ),
    "a target that is no code": Bad(
        "codings", {"code": MEANS}, {"target_code": "timedays"},
        "target_code", "column id of codebook", "Did you mean 'time.days'?",
    ),
    "a code that is none": Bad(
        "codings", {"code": OTHER}, {"code": "dow"}, "code", "column id of codebook", "add a row",
    ),
    "a benefit without a status": Bad(
        "codings", {"code": BENEFIT}, {"status": ""},
        "status", "must be filled", "expected, observed or measured",
    ),
    "a benefit without a strength": Bad(
        "codings", {"code": BENEFIT}, {"strength": ""}, "strength", "must be filled", "1, 2 or 3",
    ),
    "a challenge with a status": Bad(
        "codings", {"code": OTHER}, {"status": "observed"},
        "status", "not of the role benefit", "Clear the cell",
    ),
    "a challenge with a strength": Bad(
        "codings", {"code": OTHER}, {"strength": "2"},
        "strength", "not of the role benefit", "Clear the cell",
    ),
    "a strength beyond the scale": Bad(
        "codings", {"code": BENEFIT}, {"strength": "4"}, "strength", "at most 3", "Correct the number",
    ),
    "a status misspelt": Bad(
        "codings", {"code": BENEFIT}, {"status": "observd"}, "status", "one of expected", "'observed'?",
    ),
    "a coding of a segment that is not there": Bad(
        "codings", {"code": OTHER}, {"segment": "B9-S9-001"}, "segment", "segment of segments", "add a row",
    ),
    "a coding by nobody known": Bad(
        "codings", {"code": OTHER}, {"coder": "demo-9"}, "coder", "coder of coders", "Did you mean",
    ),
    "a coding given twice": Bad(
        "codings", {"code": OTHER}, {"coding": "G99999"},
        "code", "gave this code to this segment already", "Delete one of the two", added=True,
    ),
    "a segment looser than its source": Bad(
        "segments", {"source": "B1-S1-T"}, {"consent_level": "6"},
        "consent_level", "not be higher than that of its source", "The source allows",
    ),
    "a consent level that there is not": Bad(
        "segments", {"source": "B1-S1-T"}, {"consent_level": "7"}, "consent_level", "at most 6", "Correct",
    ),
    "a segment without consent": Bad(
        "segments", {"source": "B1-S1-T"}, {"consent_level": ""},
        "consent_level", "must not be empty", "Fill in",
    ),
    "a segment that ends before it starts": Bad(
        "segments", {"segment": "B1-S1-002"}, {"end": "3"},
        "end", "greater than start", "Correct start or end",
    ),
    "a segment with one position": Bad(
        "segments", {"segment": "B1-S1-002"}, {"end": ""}, "end", "together or not at all", "clear both",
    ),
    "a segment of another length than its text": Bad(
        "segments", {"segment": "B1-S1-002"}, {"text": "Short."},
        "text", "as long as the range", "The text has 6 characters",
    ),
    "a speaker of another case": Bad(
        "segments", {"source": "B1-S1-T"}, {"speaker": "B2-P1"},
        "speaker", "belong to the case of the row", "It belongs to B2, the row to B1",
    ),
    "a use case of another case": Bad(
        "segments", {"source": "B1-S1-T"}, {"use_case": "B2-U1"},
        "use_case", "belong to the case", "correct either",
    ),
    "a speaker who is nobody": Bad(
        "segments", {"source": "B1-S1-T"}, {"speaker": "B1-P99"},
        "speaker", "participant of participants", "mean",
    ),
    "a session of another case": Bad(
        "sources", {"source": "B1-S1-T"}, {"session": "B2-S1"},
        "session", "belong to the case", "correct either",
    ),
    "a source of another length than its text": Bad(
        "sources", {"source": "B1-S1-T"}, {"characters": "99999"},
        "characters", "length of the text that is kept", "sources/B1-S1-T.txt has",
    ),
    "a digest that is none": Bad(
        "sources", {"source": "B1-S1-T"}, {"text_sha256": "abc"},
        "text_sha256", "64 hexadecimal digits", "Correct the cell",
    ),
    "a guest of another case": Bad(
        "sessions", {"session": "B1-S1"}, {"participants": "B1-P1;B2-P1"},
        "participants", "belong to the case", "B2",
    ),
    "a list that ends in its separator": Bad(
        "sessions", {"session": "B1-S1"}, {"participants": "B1-P1;"},
        "participants", "participant of participants", "add a row",
    ),
    "an answer from another case": Bad(
        "asked", {"case": "B1", "asked": "yes"}, {"session": "B3-S1"}, "session", "belong to the case", "B3",
    ),
    "a rating that rests on another case": Bad(
        "context_ratings", {"case": "B1"}, {"evidence": "B2-S1-001"}, "evidence", "belong to the case", "B2",
    ),
    "a rating without level and reason": Bad(
        "context_ratings", {"na_reason": ""}, {"level": ""},
        "na_reason", "a level or a reason", "one of the two",
    ),
    "a rating with level and reason": Bad(
        "context_ratings", {"na_reason": ""}, {"na_reason": "closed"},
        "na_reason", "a level or a reason", "one of the two",
    ),
    "a link that rests on another case": Bad(
        "links", {"case": "B1"}, {"evidence": "B1-S1-001;B2-S1-001"}, "evidence", "belong to the case", "B2",
    ),
    "a link to another company's objective": Bad(
        "links", {"case": "B1", "kind": "serves"}, {"to_node": "B2-O1"},
        "to_node", "belong to the case", "B2",
    ),
    "a negative case that rests on another": Bad(
        "negative_cases", {"negative_case": "N1"}, {"case": "B3", "evidence": "B1-S1-001"},
        "evidence", "belong to the case", "B1",
    ),
    "a permission for another company's source": Bad(
        "permissions", {"case": "!B1"}, {"item": "B1-S1-T"}, "item", "belong to the case", "B1",
    ),
    "a permission for nothing there is": Bad(
        "permissions", {"item": "ratings"}, {"item": "rating"},
        "item", "or be vertical, ratings, benefit_states", "'ratings'?",
    ),
    "an owner of a challenge": Bad(
        "owners", {"case": "!"}, {"code": OTHER}, "code", "of the role benefit", "somebody answers for",
    ),
    "a retired code without a successor": Bad(
        "codebook", {"id": "taste.scent"}, {"retired_on": DAY},
        "successor", "a retired code needs a successor", "takes its place",
    ),
    "a successor of a code in use": Bad(
        "codebook", {"id": "taste.scent"}, {"successor": "taste"},
        "retired_on", "since when", "clear the successor",
    ),
    "a successor of another role": Bad(
        "codebook", {"id": "taste.scent"}, {"retired_on": DAY, "successor": OTHER},
        "successor", "the same role", "role benefit",
    ),
    "a code that succeeds itself": Bad(
        "codebook", {"id": "taste.scent"}, {"retired_on": DAY, "successor": "taste.scent"},
        "successor", "comes back to itself", "a code that is in use",
    ),
    "a vote beyond its scale": Bad(
        "votes", {"scale": "trust", "value": "!"}, {"value": "5"},
        "value", "a mark of its scale", "from 1 to 4",
    ),
    "a vote on a scale the item has not": Bad(
        "votes", {"item": "I9"}, {"scale": "flavour"}, "scale", "not voted on this scale", "scale_set of I9",
    ),
    "a vote on a version that there is not": Bad(
        "votes", {"item": "I1"}, {"item_version": "7"},
        "item_version", "no such version", "add that version of I1",
    ),
    "a vote given twice": Bad(
        "votes", {"vote": "T00001"}, {"vote": "T99999"},
        "vote", "same item, version, round and scale already", "write in corrects", added=True,
    ),
    "a correction of another place": Bad(
        "votes", {"vote": "T00001"}, {"vote": "T99999", "corrects": "T00002"},
        "corrects", "another vote of the same voter", "Correct the name", added=True,
    ),
    "a vote at another workshop": Bad(
        "votes", {"vote": "T00001"}, {"event": "W2"},
        "event", "the workshop of the voter", "is a voter of W1",
    ),
    "a vote with mark and pass": Bad(
        "votes", {"value": "!", "not_my_field": "no"}, {"not_my_field": "yes"},
        "value", "has a mark or says not my field", "one of the two",
    ),
    "a comment at another workshop": Bad(
        "comments", {"event": "W1"}, {"event": "W2"},
        "event", "the workshop of the voter", "correct the voter",
    ),
    "an item on a scale that there is not": Bad(
        "items", {"item": "I9"}, {"scale_set": "trust;colour"},
        "scale_set", "scale of vote_scales", "add a row",
    ),
    "a scale upside down": Bad(
        "vote_scales", {"scale": "trust"}, {"minimum": "4"},
        "maximum", "greater than the lowest", "Correct either",
    ),
    "a link that goes round in a circle": Bad(
        "links", {"case": "B1"}, {"from_node": OTHER, "to_node": OTHER},
        "to_node", "go round in a circle", "Delete a link, or turn it round",
    ),
    "a judgement of confidence without a reason": Bad(
        "confidence_steps", {"component": "coherence"}, {"reason": ""},
        "reason", "must not be empty", "Fill in",
    ),
    "a judgement of confidence without an author": Bad(
        "confidence_steps", {"component": "coherence"}, {"author": ""},
        "author", "must not be empty", "Fill in",
    ),
    "a judgement that lowers confidence by more than there is": Bad(
        "confidence_steps", {"component": "coherence"}, {"steps": "4"}, "steps", "3", "",
    ),
    "a real row among invented ones": Bad(
        "cases", {"case": "B1"}, {"synthetic": "false"},
        "synthetic", "every row of data/demo is invented", "Real rows belong to data/private",
    ),
    "a row without its mark": Bad(
        "memos", {"memo": "M1"}, {"synthetic": ""}, "synthetic", "must not be empty", "Fill in",
    ),
    "a person named in place of a code": Bad(
        "participants", {"participant": "B1-P1"}, {"participant": "Ann Roe"},
        "participant", "without spaces", "Correct the cell",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_case_evidence_is_refused(spoiled: Any, name: str) -> None:
    bad = BAD[name]
    row = spoiled.row(bad.table, bad.where)
    if bad.added:
        row = spoiled.add(bad.table, bad.put, like=row)
    else:
        spoiled.put(bad.table, row, bad.put)
    problems = [p for p in spoiled.problems(bad.table) if p.row == row + 2 and p.column == bad.column]
    assert len(problems) == 1, [str(problem) for problem in spoiled.problems(bad.table)]
    (problem,) = problems
    assert (
        problem.file
        == f"data/{'demo/' if TABLES[bad.table].holds_case_evidence else ''}{TABLES[bad.table].path}"
    )
    assert bad.rule in problem.rule
    assert bad.way_out in problem.way_out


def test_enough_bad_rows_are_tried() -> None:
    assert len(BAD) >= 50


def test_every_table_with_rules_is_tried() -> None:
    assert {rule.table for rule in RULES} <= {bad.table for bad in BAD.values()}
