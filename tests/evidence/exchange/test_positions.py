"""Positions: every way of counting leads to the same passage of the composed text."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from twinbenefits.evidence.exchange.positions import Counting, Passage, SourceText, composed, likeliest, says

PIECES = ("a", "é", "e\u0301", "🙂", "\r\n", "\n", " ", "ä", "a\u0308\u0323", "\u1112\u1161\u11ab", "ﬁ", ".")


def counted(raw: str, place: int, counting: Counting) -> int:
    """Return what a program that counts in this way calls the place in the raw text."""
    before = raw[:place]
    if not counting.break_is_two:
        before = before.replace("\r\n", "\n")
    length = len(before.encode("utf-16-le")) // 2 if counting.utf16 else len(before)
    return length + (1 if counting.mark_counts else 0)


@st.composite
def texts_and_passages(draw: st.DrawFn) -> tuple[str, int, int]:
    pieces = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=40))
    first = draw(st.integers(0, len(pieces)))
    last = draw(st.integers(first, len(pieces)))
    return "".join(pieces), len("".join(pieces[:first])), len("".join(pieces[:last]))


@given(texts_and_passages(), st.booleans(), st.booleans(), st.booleans())
def test_each_way_of_counting_finds_the_passage(
    material: tuple[str, int, int], break_is_two: bool, utf16: bool, mark: bool
) -> None:
    raw, start, end = material
    counting = Counting(break_is_two=break_is_two, utf16=utf16, mark_counts=mark)
    text = SourceText(("\ufeff" if mark else "") + raw)
    starts, ends, inside = text.place(
        [counted(raw, start, counting)], [counted(raw, end, counting)], counting
    )
    assert inside.all()
    assert text.text[starts[0] : ends[0]] == composed(raw[start:end])


@given(st.text())
def test_composing_is_final(raw: str) -> None:
    once = composed(raw)
    assert composed(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\r" not in once


@given(st.text(min_size=1), st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=20))
def test_no_position_breaks_the_search(raw: str, spans: list[tuple[int, int]]) -> None:
    text = SourceText(raw)
    passages = [Passage(*sorted(span)) for span in spans]
    found = likeliest([(text, passages)])
    starts, ends, inside = text.place([p.start for p in passages], [p.end for p in passages], found)
    assert ((starts >= 0) & (starts <= len(text.text)) & (ends <= len(text.text))).all()
    assert len(inside) == len(passages)


def test_the_usual_counting_stays_where_little_speaks_against_it() -> None:
    text = SourceText("One two three. Four five six.")
    passages = [Passage(0, 13), Passage(15, 28), Passage(4, 9)]
    assert likeliest([(text, passages)]) == Counting()


def test_words_may_be_cut_off() -> None:
    assert says("He said  so,\nand left.", "He said so, and…")
    assert says("He said so.", "He said so.")
    assert not says("He said so.", "She said so.")
    assert not says("anything", "…")
