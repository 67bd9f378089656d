"""Which edits are of ordinary paragraphs only, judged by the text alone."""

import pytest

from twinbenefits.publishing.render.edited_text import edited_regions, referred_to

TEXT = """# First

One paragraph.

Another
of two lines.

- an item
- another

A third.

| a | b |
|---|---|
| 1 | 2 |

: A caption.

::: {.results}
In a block.
:::

Last.
"""


def edited(old: str, new: str, text: str = TEXT) -> list[tuple[str, str]] | None:
    assert text.count(old) == 1
    regions = edited_regions(text, text.replace(old, new))
    return None if regions is None else [(region.before, region.after) for region in regions]


def test_a_changed_paragraph_is_a_region_by_itself() -> None:
    assert edited("One paragraph", "One, changed") == [("One paragraph.", "One, changed.")]
    assert edited("In a block", "In a small block") == [("In a block.", "In a small block.")]


def test_what_is_added_or_removed_has_a_neighbour_beside_it() -> None:
    assert edited("A third.", "A third.\n\nA fourth.") == [("A third.", "A third.\n\nA fourth.")]
    assert edited("Last.\n", "Before.\n\nLast.\n") == [("Last.", "Before.\n\nLast.")]
    assert edited("One paragraph.\n\n", "") == [
        ("One paragraph.\n\nAnother\nof two lines.", "Another\nof two lines.")
    ]


def test_a_list_between_paragraphs_goes_with_them() -> None:
    old, new = (
        "Another\nof two lines.\n\n- an item\n- another\n\nA third.",
        "- an item\n- another one\n\nA third.",
    )
    assert edited("- another\n", "- another one\n") == [(old, f"Another\nof two lines.\n\n{new}")]


def test_a_list_or_a_quotation_goes_alone_where_nothing_can_join_it() -> None:
    head, tail = (
        "Words.\n\n# Head\n\n- an item\n\n::: {.results}\n\n> Quoted.",
        "1. first\n\n# Tail\n\n- last\n",
    )
    text = f"{head}\n\n:::\n\n{tail}"
    for old in ("- an item", "> Quoted.", "1. first", "- last"):
        assert edited(old, f"{old} and more", text) == [(old, f"{old} and more")]
    assert edited("1. first\n", "1. first\n\n- last but one\n", text) is None
    joined = "- an item\n\n1. first\n\n- last\n"
    assert edited("first", "second", joined) is None
    assert edited("an item", "two items", joined) is None


def test_several_edits_are_several_regions_and_near_ones_are_one() -> None:
    both = TEXT.replace("One", "1st: one").replace("Last", "At last")
    assert [region.after for region in edited_regions(TEXT, both) or ()] == [
        "1st: one paragraph.",
        "At last.",
    ]
    assert edited("Another\nof two lines.", "New.\n\nAnother\nof two lines.\n\nNewer.") is not None


def test_equal_texts_have_no_regions_and_empty_lines_count() -> None:
    assert edited_regions(TEXT, TEXT) == []
    assert edited("A third.\n", "A third.\n\n\n") is None
    assert edited("One paragraph.\n", "One paragraph.\n\n\n") == [("Another\nof two lines.",) * 2]
    assert edited("One paragraph.\n", "One paragraph.\n\n\u00a0\n") is None
    assert edited("One paragraph.\n", "One paragraph.  \nMore.\n") is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# First", "# Second"),
        ("One paragraph.", "# One"),
        ("One paragraph.", "> # One paragraph."),
        ("One paragraph.", "> One paragraph.\n>\n> ```"),
        ("One paragraph.", "    One paragraph."),
        ("One paragraph.", "One paragraph.\n\n    Below it."),
        ("One paragraph.", "```\nOne paragraph.\n```"),
        ("One paragraph.", "One paragraph.\n\n```"),
        ("One paragraph.", "One <!-- paragraph."),
        ("One paragraph.", "One --> paragraph."),
        ("One paragraph.", "One <b>paragraph</b>."),
        ("One paragraph.", r"One \textbf{paragraph}."),
        ("One paragraph.", "One $x$ paragraph."),
        ("One paragraph.", "One[^note] paragraph."),
        ("One paragraph.", "[one]: https://example.org"),
        ("One paragraph.", "(@one) paragraph."),
        ("One paragraph.", "One \ue000 paragraph."),
        ("A third.", "A third.\n\nTable: A caption."),
        ("A third.", "A third.\n\n: A caption."),
        ("| 1 | 2 |", "| 1 | 3 |"),
        ("| 1 | 2 |\n", "| 1 | 2 |\n\nBetween the table and its caption.\n"),
        (": A caption.", ": Another caption."),
        ("of two lines.", "of two lines.\n:   A definition."),
        ("of two lines.", "of two lines.\n====="),
        ("::: {.results}", "::: {.landscape}"),
        ("In a block.\n:::", "In a block.\n\n:::\n\n:::"),
        ("Last.", ":::"),
    ],
)  # fmt: skip
def test_whatever_else_is_edited_the_whole_is_read(old: str, new: str) -> None:
    assert edited(old, new) is None


def test_a_paragraph_that_stands_twice_cannot_be_told_apart() -> None:
    assert edited("once", "changed", "Word.\n\nIt is here once more.\n\nWord.\n") is not None
    twice = "Word.\n\nMiddle.\n\nWord.\n"
    assert edited_regions(twice, twice.replace("Word.\n\nM", "Other.\n\nM")) is None


def test_code_is_never_a_paragraph() -> None:
    text = "Before.\n\n```\nIn code.\n\nIn code, too.\n```\n\nBehind.\n"
    assert edited("In code.", "Edited.", text) is None
    assert edited("In code.\n\n", "In code.\n\n\n", text) is None
    assert edited("Behind.", "Edited.", text) == [("Behind.", "Edited.")]


def test_brackets_may_refer_to_headings_and_definitions() -> None:
    text = "# One\n\nTwo\n===\n\n> ## Three\n\nWords.\n\n- [four]: https://example.org\n\n[^five]: A note.\n"
    assert referred_to(text) == ["# One", "Two\n===", "> ## Three", "- [four]: https://example.org"]
