"""Numbers typed into running text: what counts as one and what does not.

A token of digits (with sign, decimals, percent and thousands) is a finding, whatever the script of the
digits. Not findings are

- digits with letters attached without a gap (5G, D02, CO2, m², 3rd): they belong to a name or an ordinal;
- years standing alone, in the range of the rules, also as a span of years (2024-2026);
- section numbers: after "Section", "Chapter", "Appendix" or "§", and a dotted number that opens a heading;
- addresses, and ids and names with digits that the study's data or rules know.

A name whose number stands apart (ISO 9001, Industry 4.0) reads like any other number, so it must be known to
the rules by name. Number words from two on are findings beside a counted noun; "one" and "half" are ordinary
language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

__all__ = ["OPAQUE", "Token", "Vocabulary", "find_numbers", "may_hold_numbers"]

OPAQUE = "\ufffc"
"""Stands for what is no prose: code, a citation, a link, a checked quotation."""

# digits of every script, with fractions, superscripts, subscripts and circled numbers
DIGIT = (
    r"[\d\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u215f\u2189"
    r"\u2460-\u249b\u24ea-\u24ff\u2776-\u2793]"
)
GAP = r"[ \u00a0\u2009\u202f'\u2019]"  # between thousands
DASH = r"[-\u2010-\u2014\u2212]"
NUMBER = (
    rf"(?:(?<!{DIGIT})\d{{1,3}}(?:{GAP}\d{{3}})+(?!{DIGIT})|{DIGIT}+)"
    rf"(?:[.,:/\u066b\u066c\u00b7\u2044]{DIGIT}+)*"
)
DIGITS = re.compile(
    rf"(?P<sign>(?<!\w)[-\u2212\u2013+\u00b1$\u20ac\u00a3\u00a5]\s?)?"
    rf"(?<!{DIGIT})(?P<number>{NUMBER}(?:\s?{DASH}\s?{NUMBER})*)(?P<unit>\s?[%\u2030\u2031])?"
)
SEPARATORS = re.compile(rf"\s?(?:{DASH}|/)\s?")
ADDRESS = re.compile(r"(?:https?://|www\.|doi:|10\.\d{4,9}/)\S+|[\w.+-]+@[\w-]+\.[\w.-]+", re.IGNORECASE)
SECTION_WORD = re.compile(
    r"(?:\b(?:sections?|sec\.|sect\.|chapters?|chap\.|appendix|appendices)|§{1,2})\s*"
    r"(?:\d+(?:\.\d+)*\s*(?:,|and|to|or|[-\u2013])\s*)*$",
    re.IGNORECASE,
)
SECTION_NUMBER = re.compile(rf"\d+(?:\.\d+)*(?:\s?{DASH}\s?\d+(?:\.\d+)*)*")
HEADING_NUMBER = re.compile(r"\s*\d+(?:\.\d+)*\.?\s")
LABEL_WORD = re.compile(r"\b(?:figures?|figs?\.?|tables?|tabs?\.|equations?|eqs?\.)\s*\(?$", re.IGNORECASE)

SMALL = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|"
    "hundred|thousand|million|billion|dozen"
)
WORD = f"(?:{SMALL})"
LINK = r"(?:[-\u2010\u2011]|\s+and\s+|\s+)"
NUMBER_WORDS = (
    rf"\b(?:(?:an?|one)\s+(?=hundred|thousand|million|billion|dozen))?{WORD}(?:{LINK}(?:{WORD}|one))*\b"
)
ANYTHING = re.compile(rf"{DIGIT}|\b{WORD}\b|\.quoted", re.IGNORECASE)
PART = (
    r"(?:[-\u2010\u2011\s]+(?:halves|thirds|quarters|fourths|fifths|sixths|sevenths|eighths|ninths|tenths))?"
)
OF = r"(?:\s+of(?:\s+(?:the|these|those|our|their|its|all))*)?"
FUNCTION_WORDS = (
    "a|an|and|are|as|at|because|been|before|but|by|can|for|from|had|has|have|if|in|into|is|it|nor|not|of|on|or|"
    "per|since|so|than|that|the|then|these|they|this|those|through|to|until|was|we|were|when|where|which|while|"
    "who|with"
)
MODIFIER = rf"(?:(?!(?:{FUNCTION_WORDS})\b)[^\W\d_][\w'\u2019\u2011-]*[\s\u2011-]+)"


@dataclass(frozen=True, slots=True)
class Token:
    """A number in a text.

    Parameters
    ----------
    text
        The number as written.
    start
        Its place in the text.
    kind
        ``"digits"``, ``"words"`` or ``"label"`` (the number of a figure, table or equation).
    """

    text: str
    start: int
    kind: str


@dataclass(frozen=True)
class Vocabulary:
    """What the study knows, for telling names from numbers.

    Parameters
    ----------
    counted_nouns
        Nouns beside which a number word states a result; singular and plural are both met.
    years
        First and last year that may stand alone.
    ids
        Ids of the data.
    names
        Names with a number apart from their letters, such as standards.
    sources
        Texts that a quoted number may be checked against, by name.
    """

    counted_nouns: tuple[str, ...] = ()
    years: tuple[int, int] = (1900, 2099)
    ids: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def counted(self) -> re.Pattern[str] | None:
        """Number words beside a counted noun; group 1 is the number."""
        forms = sorted({form for noun in self.counted_nouns for form in _forms(noun)}, key=len, reverse=True)
        if not forms:
            return None
        nouns = "|".join(re.escape(form) for form in forms)
        pattern = rf"({NUMBER_WORDS}{PART})(?={OF}[-\u2010\u2011\s]+{MODIFIER}{{0,2}}(?:{nouns})\b)"
        return re.compile(pattern, re.IGNORECASE)

    @cached_property
    def named(self) -> re.Pattern[str] | None:
        """The known names and ids, longest first, not as parts of other words."""
        known = sorted({*self.names, *self.ids}, key=lambda name: (-len(name), name))
        known = [name for name in known if any(character.isdigit() for character in name)]
        if not known:
            return None
        parts = (r"\s+".join(re.escape(word) for word in name.split()) for name in known)
        return re.compile(rf"(?<![\w-])(?:{'|'.join(parts)})(?![\w-]|[.,]\d)")


def may_hold_numbers(markdown: str) -> bool:
    """Return whether a Markdown text has any number or quotation, so that it is worth reading with pandoc."""
    return bool(ANYTHING.search(markdown))


def find_numbers(text: str, vocabulary: Vocabulary, *, heading: bool = False) -> list[Token]:
    """Return the numbers typed into a text, in reading order.

    Parameters
    ----------
    text
        Plain text; what is no prose is replaced by `OPAQUE`.
    vocabulary
        What the study knows.
    heading
        Whether the text is a heading, which may open with its dotted number.

    Examples
    --------
    >>> study = Vocabulary(counted_nouns=("cases",))
    >>> [token.text for token in find_numbers("In 2026, 45% of two cases use 5G.", study)]
    ['45%', 'two']
    """
    found = [*_digits(text, vocabulary, heading)]
    if vocabulary.counted:
        found += [Token(match[1], match.start(1), "words") for match in vocabulary.counted.finditer(text)]
    return sorted(found, key=lambda token: token.start)


def _digits(text: str, vocabulary: Vocabulary, heading: bool) -> Iterator[Token]:
    names = [match.span() for match in vocabulary.named.finditer(text)] if vocabulary.named else []
    names += [match.span() for match in ADDRESS.finditer(text)]
    for match in DIGITS.finditer(text):
        start, end = match.span("number")
        if _has_letters(text, start, end) or any(low <= start and end <= high for low, high in names):
            continue
        bare = not (match["sign"] or "").strip() and not match["unit"]
        if bare and (_are_years(match["number"], vocabulary.years) or _is_section(text, match, heading)):
            continue
        label = bool(LABEL_WORD.search(text, 0, match.start()))
        yield Token(match[0].strip(), match.start(), "label" if label else "digits")


def _has_letters(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return any(character.isalpha() or character == "_" for character in before + after)


def _are_years(number: str, years: tuple[int, int]) -> bool:
    parts = SEPARATORS.split(number)
    return all(re.fullmatch(r"\d{4}", part) and years[0] <= int(part) <= years[1] for part in parts)


def _is_section(text: str, match: re.Match[str], heading: bool) -> bool:
    number = match["number"]
    if SECTION_NUMBER.fullmatch(number) and SECTION_WORD.search(text, 0, match.start()):
        return True
    opening = HEADING_NUMBER.match(text) if heading else None
    return bool(opening and match.end("number") <= opening.end() and "." in opening[0])


def _forms(noun: str) -> set[str]:
    """Return a noun with its other number: cases and case, studies and study."""
    noun = noun.strip().lower()
    forms = {noun}
    if noun.endswith("ies"):
        forms.add(noun[:-3] + "y")
    elif noun.endswith("s"):
        forms.add(noun[:-1])
    elif noun.endswith("y"):
        forms.add(noun[:-1] + "ies")
    else:
        forms.add(noun + "s")
    return forms
