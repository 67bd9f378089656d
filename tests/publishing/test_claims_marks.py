"""Sentences that a source marks as claims: found, left out, given a note."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinbenefits.publishing.claims_marks import claim_marks, mark_problems, staged_claims

TEXT = """\
# Boats {.results}

Before. [We saw {{< var boats >}} boats [near \\] [port]{.quoted from=log}](map.png).]{.claim key=C01} After.

```
[code]{.claim key=C09}
```

[Two
lines.]{.claim .new key="C02"} And `[no]{.claim key=C08}` [link](x) [x]{.other key=C07} [y]{.claim}.

An [open bracket

and its [end]{.claim key='C03'}.
"""


def test_marks_are_found_where_they_are_prose() -> None:
    found = claim_marks(TEXT)
    assert [(mark.key, mark.line) for mark in found] == [("C01", 3), ("C02", 10), ("", 10), ("C03", 14)]
    assert TEXT[found[0].start : found[0].end].startswith("[We saw {{< var")
    assert TEXT[found[0].start : found[0].end].endswith("]{.claim key=C01}")


def test_a_mark_without_a_claim_is_told_with_its_line() -> None:
    found = [str(problem) for problem in mark_problems("paper/x.qmd", TEXT, ["C01", "C02", "C30"])]
    assert found == [
        "paper/x.qmd, line 10, claim: '': the mark names no claim. Write it as [sentence]{.claim key=C07}.",
        "paper/x.qmd, line 14, claim: 'C03': no such claim stands in the ledger. Did you mean C30?",
    ]


def test_staging_tells_documents_no_more_than_they_need() -> None:
    assert json.loads(staged_claims({}, [], "e.html")) == {"page": "e.html", "claims": {}}
    told = json.loads(staged_claims({"C02": "C02: holds", "C01": "C01: broken"}, []))
    assert told == {"claims": {"C01": {"note": "C01: broken"}, "C02": {"note": "C02: holds"}}}
    assert list(told["claims"]) == ["C01", "C02"]


@pytest.mark.parametrize(
    "text", ["", "[", "]{.claim", "[a]{.claim key=C01", "\\[a]{.claim key=C01}", "{.claim}"]
)
def test_halves_of_marks_are_no_marks(text: str) -> None:
    assert claim_marks(text) == []


@given(st.text(alphabet="[]{}.claimkey=C01 `\\\n<>", max_size=60))
def test_any_text_is_read_and_marks_begin_and_end_with_their_brackets(text: str) -> None:
    for mark in claim_marks(text):
        assert text[mark.start] == "["
        assert text[mark.end - 1] == "}"
