"""Columns of the tables read from the deck and from the literature."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from twinbenefits.evidence.columns import DECISIONS, ORIGINS, Rows, day, number, text, yes_no

DECK_LINE = "Line of the deck's text (data/literature/source) where the row stands."
PROPOSED_CODE = "Code of the codebook that the row stands for."


class Characteristics(Rows):
    """One characteristic of a digital twin."""

    row_id: Series[str] = text("Name of the row.", pattern=r"C\d+", looks_like="C and a number, as in C1")
    deck_line: Series[pd.Int64Dtype] = number(DECK_LINE, minimum=1)
    category_as_written: Series[str] = text("The category, as written.", verbatim=True)
    description_as_written: Series[str] = text("The description, as written.", verbatim=True)
    references_as_written: Series[str] = text("The cell of references, as written.", verbatim=True)
    code: Series[str] = text(PROPOSED_CODE)


class Benefits(Rows):
    """One row of the table of benefits."""

    row_id: Series[str] = text(
        "Name of the row: category.row.", pattern=r"B\d+\.\d+", looks_like="B, category, dot, row, as in B1.1"
    )
    deck_line: Series[pd.Int64Dtype] = number(DECK_LINE, minimum=1)
    category: Series[str] = text(
        "The category the row belongs to, filled down over the merged cell.", verbatim=True
    )
    category_as_written: Series[str] = text(
        "The category as written; empty where the deck's merged cell continues.",
        required=False,
        verbatim=True,
    )
    description_as_written: Series[str] = text("The description, as written.", verbatim=True)
    benefits_as_written: Series[str] = text("The benefit, as written.", verbatim=True)
    references_as_written: Series[str] = text(
        "The cell of references, as written; empty where the row has none of its own.",
        required=False,
        verbatim=True,
    )
    code: Series[str] = text("Code of the group of benefits that the category stands for.")


class BenefitCodes(Rows):
    """One piece of the deck read as a sub-benefit."""

    row_id: Series[str] = text("Row of the benefits table, or statement of the deck's results.")
    column: Series[str] = text(
        "Where in that row the piece stands; `results` is a preliminary result instead of a table cell.",
        allowed=("description", "benefits", "results"),
    )
    code: Series[str] = text("Code of the sub-benefit.")
    as_written: Series[str] = text("The piece, as written.", verbatim=True)
    note: Series[str] = text("What is doubtful about the reading.", required=False)


class Mentions(Rows):
    """One citation in a table of the deck."""

    mention_id: Series[str] = text(
        "Name of the mention.", pattern=r"M\d{2,}", looks_like="M and two digits, as in M01"
    )
    table: Series[str] = text("Table it stands in.", allowed=("characteristics", "benefits"))
    row_id: Series[str] = text("Row it stands in.")
    position: Series[pd.Int64Dtype] = number("Its place in the cell of references, from 1.", minimum=1)
    as_written: Series[str] = text("The citation, as written.", verbatim=True)
    key: Series[str] = text("Key of the author-year in the table of references.")


class References(Rows):
    """One author-year that the deck cites."""

    key: Series[str] = text(
        "Citation key.",
        pattern=r"[A-Za-z]+\d{4}",
        looks_like="a name and a year without a space, as in Fu2022",
    )
    cited_as: Series[str] = text(
        "The forms in which the deck cites it, as written.", verbatim=True, separator="; "
    )
    year: Series[pd.Int64Dtype] = number("Year as cited.", unit="year", minimum=1900, maximum=2099)
    status: Series[str] = text(
        "verified: metadata seen in a source, and name, year and topic fit (which does not prove that the "
        "authors meant that work); candidate: a best guess; unresolved: no work could be proposed.",
        allowed=("verified", "candidate", "unresolved"),
    )
    why: Series[str] = text("Why it has this status.")
    author_decision: Series[str] = text(
        "The authors' word: settled, they name the work by its DOI; dropped, they no longer cite it.",
        required=False,
        allowed=("settled", "dropped"),
    )
    settled_doi: Series[str] = text(
        "DOI of the work the authors mean.",
        required=False,
        pattern=r"10\.\d{4,9}/\S+",
        looks_like="a DOI without https://doi.org/, as in 10.1017/dce.2020.16",
    )

    @pa.dataframe_check(
        name="settled_doi",
        error="must hold the DOI when author_decision is settled",
        description="Add the DOI, or empty author_decision until it is known.",
    )
    @classmethod
    def settled_needs_doi(cls, frame: pd.DataFrame) -> pd.Series[bool]:
        """A settled reference names its work."""
        return ~((frame["author_decision"] == "settled") & (frame["settled_doi"] == ""))

    @pa.dataframe_check(
        name="author_decision",
        error="must be settled when settled_doi is filled",
        description="Write settled, or empty settled_doi.",
    )
    @classmethod
    def doi_needs_settled(cls, frame: pd.DataFrame) -> pd.Series[bool]:
        """A DOI without a decision says nothing."""
        return ~((frame["author_decision"] != "settled") & (frame["settled_doi"] != ""))


class ReferenceCandidates(Rows):
    """One work that a citation may mean."""

    key: Series[str] = text("Key of the reference it may be.")
    rank: Series[pd.Int64Dtype] = number("1 is the best guess.", minimum=1)
    type: Series[str] = text("Kind of publication.", allowed=("article", "book", "inproceedings", "misc"))
    authors: Series[str] = text("Authors in order, family name first.", separator="; ")
    title: Series[str] = text("Title.")
    container: Series[str] = text("Journal, proceedings, archive or publisher.", required=False)
    year: Series[pd.Int64Dtype] = number("Year of publication.", unit="year", minimum=1900, maximum=2099)
    volume: Series[str] = text("Volume.", required=False)
    issue: Series[str] = text("Issue.", required=False)
    pages: Series[str] = text("Pages or article number.", required=False)
    doi: Series[str] = text("DOI, where it was seen in a source.", required=False)
    doi_unconfirmed: Series[str] = text("DOI that was not seen in a source; never printed.", required=False)
    eprint: Series[str] = text("Number in a preprint archive.", required=False)
    url: Series[str] = text("Address, where there is no DOI.", required=False)
    confidence: Series[str] = text("How likely the authors meant it.", allowed=("high", "medium", "low"))
    confirmed: Series[pd.BooleanDtype] = yes_no("Whether the work was seen in any source at all.")
    unconfirmed_fields: Series[str] = text(
        "Fields that no source confirmed; `all` when the work is only remembered.",
        required=False,
        separator="; ",
    )
    sources: Series[str] = text("Where the metadata were seen.", required=False, separator="; ")
    note: Series[str] = text("What else to know before using it.", required=False)


class Audit(Rows):
    """One finding of the audit of the deck."""

    finding_id: Series[str] = text(
        "Name of the finding.", pattern=r"[A-Z]\d+", looks_like="a capital letter and a number, as in R1"
    )
    group: Series[str] = text(
        "What it is about: citing, coding of the benefits, or data, method and results.",
        allowed=("citing", "coding", "data_method_results"),
    )
    place: Series[str] = text("Where in the deck.")
    finding: Series[str] = text("What was found; Markdown.")
    author_decision: Series[str] = text(
        "The authors' answer; empty until they decide.", required=False, allowed=DECISIONS
    )
    decided_by: Series[str] = text("Who decided.", required=False)
    decided_on: Series[pa.DateTime] = day("When it was decided.", required=False)

    @pa.dataframe_check(
        name="author_decision",
        error="needs decided_by and decided_on beside it, and they need it",
        description="Fill all three cells, or leave all three empty.",
    )
    @classmethod
    def decision_is_whole(cls, frame: pd.DataFrame) -> pd.Series[bool]:
        """A decision has an author and a date."""
        decided = frame["author_decision"] != ""
        return ((frame["decided_by"] != "") == decided) & (frame["decided_on"].notna() == decided)


class DeckStatements(Rows):
    """One statement of the deck outside its tables."""

    statement_id: Series[str] = text(
        "Name of the statement.",
        pattern=r"[A-Z]+\d+",
        looks_like="capital letters and a number, as in RESULT1",
    )
    kind: Series[str] = text(
        "What kind of statement it is.",
        allowed=(
            "introduction",
            "challenge",
            "effort_area",
            "consequence",
            "research_question",
            "data",
            "data_collection",
            "next_step",
            "preliminary_result",
            "benefit_category",
            "context_factor",
            "moderator",
            "feedback_statement",
            "feedback_question",
        ),
    )
    deck_line: Series[pd.Int64Dtype] = number(DECK_LINE, minimum=1)
    as_written: Series[str] = text("The statement, as written.", verbatim=True)
    code: Series[str] = text("Code of the codebook that takes it up.", required=False)
    note: Series[str] = text("How it is to be read.", required=False)


class Effects(Rows):
    """One published effect size."""

    id: Series[str] = text(
        "Name of the effect.", pattern=r"EF\d{2,}", looks_like="EF and two digits, as in EF01"
    )
    vertical: Series[str] = text("Industry; `cross` where it is not one of the verticals.")
    use_case: Series[str] = text("What the twin was used for.")
    indicator: Series[str] = text("What was measured or estimated.")
    direction: Series[str] = text(
        "Which way it moved; `level` is a value, not a change.", allowed=("increase", "decrease", "level")
    )
    value: Series[str] = text("The value as published, with its hedges (up to, approx., on average).")
    unit: Series[str] = text("Unit of the value.")
    design: Series[str] = text("How the value came about.")
    twin_level: Series[str] = text("How much of a twin it is.")
    n_sites: Series[str] = text("Number or kind of sites.")
    grade: Series[str] = text("Grade of the evidence.")
    be_code: Series[str] = text("Code of the benefit, mechanism or outcome it speaks of.")
    source: Series[str] = text("Publication.")
    year: Series[str] = text("Year as far as known; n.d. without a date.")
    locator: Series[str] = text("Where to find it.")
    seen_as: Series[str] = text("What of the publication was read.")
    caveat: Series[str] = text("What speaks against leaning on it.")


class EffectGrades(Rows):
    """One grade of evidence."""

    grade: Series[str] = text(
        "The grade; A is the strongest.", pattern=r"[A-Z]", looks_like="one capital letter"
    )
    meaning: Series[str] = text("What it takes to get it.")
    origin: Series[str] = text("Whose scale it is.", allowed=ORIGINS)


class ContextNumbers(Rows):
    """One published number for context."""

    id: Series[str] = text(
        "Name of the number.", pattern=r"CN\d{2,}", looks_like="CN and two digits, as in CN01"
    )
    vertical: Series[str] = text("Industry; `cross` where it is not one of the verticals.")
    quantity: Series[str] = text("What is counted or measured.")
    value: Series[str] = text("The value as published.")
    source: Series[str] = text("Publication.")
    seen_as: Series[str] = text("What of the publication was read.")


MODELS: Mapping[str, type[pa.DataFrameModel]] = {
    "characteristics": Characteristics,
    "benefits": Benefits,
    "benefit_codes": BenefitCodes,
    "mentions": Mentions,
    "references": References,
    "reference_candidates": ReferenceCandidates,
    "audit": Audit,
    "deck_statements": DeckStatements,
    "effects": Effects,
    "effect_grades": EffectGrades,
    "context_numbers": ContextNumbers,
}
