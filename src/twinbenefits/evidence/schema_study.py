"""Columns of the study's own instruments: codebook, scales, propositions, indicators, displays."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from twinbenefits.evidence.columns import ANSWERS, DECISIONS, ORIGINS, Rows, day, number, text

ROLES = ("characteristic", "benefit", "challenge", "mechanism", "context", "moderator", "outcome")
LAYERS = ("enabler", "enabling_change", "business_change", "benefit")
AUDIENCE_KINDS = ("team", "company", "workshop", "reviewers", "public")


class Codebook(Rows):
    """One code."""

    id: Series[str] = text(
        "The code.",
        pattern=r"[A-Za-z][A-Za-z0-9_.-]*",
        looks_like="a letter, then letters, digits, . _ or -, as in AB1.2",
    )
    parent: Series[str] = text("The code above it; empty for a root.", required=False)
    role: Series[str] = text("What the code does in the study; rules speak of it.", allowed=ROLES)
    requires_role: Series[str] = text(
        "A segment with this code must also have a code of that role.", required=False, allowed=ROLES
    )
    targets_role: Series[str] = text(
        "A coding with this code must name a code of that role as its target.", required=False, allowed=ROLES
    )
    network_layer: Series[str] = text(
        "Layer in the benefits dependency network (proposed).", required=False, allowed=LAYERS
    )
    label: Series[str] = text("Short name.")
    definition: Series[str] = text("What it means.")
    include: Series[str] = text("What is coded with it.")
    exclude: Series[str] = text("What is not, and where that goes.")
    example_: Series[str] = text(
        "An example from the deck, as written.", required=False, verbatim=True, alias="example"
    )
    source: Series[str] = text("Where the code comes from.", allowed=ORIGINS)
    since: Series[pd.Timestamp] = day(
        "Version of the codebook that brought the code; empty where it was there from the start.",
        required=False,
    )
    retired_on: Series[pd.Timestamp] = day(
        "First version of the codebook without the code; older codings keep it.", required=False
    )
    successor: Series[str] = text("The code that takes the place of a retired one.", required=False)


class Indicators(Rows):
    """One indicator; besides these columns it has one per vertical."""

    id: Series[str] = text(
        "Name of the indicator.", pattern=r"IN\d{2,}", looks_like="IN and two digits, as in IN01"
    )
    indicator: Series[str] = text("What is measured.")
    unit: Series[str] = text("Unit.")
    definition_note: Series[str] = text("What to fix before measuring.", required=False)
    be_code: Series[str] = text("Codes of the benefits it can show.", separator=", ")
    oc_code: Series[str] = text("Codes of the outcomes it measures.", separator=", ")
    esrs_set1: Series[str] = text(
        "Disclosure in the first set of European sustainability reporting standards; - where there is none.",
        separator=", ",
    )
    gri: Series[str] = text(
        "Standard of the Global Reporting Initiative; - where there is none.", separator=", "
    )
    sdg: Series[str] = text(
        "Goal or target of the United Nations' sustainable development goals.", separator=", "
    )
    standard_version: Series[str] = text(
        "Edition of each standard that the row refers to, as standards are replaced; empty where none is "
        "named.",
        required=False,
        separator="; ",
    )


class ContextScales(Rows):
    """One sub-dimension of the context with its four levels."""

    id: Series[str] = text(
        "Name of the scale.", pattern=r"CS\d{2,}", looks_like="CS and two digits, as in CS01"
    )
    code: Series[str] = text("Context factor or moderator it belongs to.")
    sub_dimension: Series[str] = text("What is rated.")
    level_1: Series[str] = text("Wording of the lowest level.")
    level_2: Series[str] = text("Wording of the second level.")
    level_3: Series[str] = text("Wording of the third level.")
    level_4: Series[str] = text("Wording of the highest level.")
    basis: Series[str] = text("Where the levels come from.")
    evidence_expected: Series[str] = text("What a rating should rest on.")


class Propositions(Rows):
    """One draft proposition."""

    id: Series[str] = text(
        "Name of the proposition.", pattern=r"P\d{2,}", looks_like="P and two digits, as in P01"
    )
    kind: Series[str] = text(
        "How it is tested: pairs of cases (directional), cases without the condition (necessary), the team's "
        "reading (pattern), within each case (gap), or by dates (precedes).",
        allowed=("directional", "necessary", "pattern", "gap", "precedes"),
    )
    statement: Series[str] = text("The proposition.")
    why: Series[str] = text("Why it should hold.")
    would_count_against: Series[str] = text("What would speak against it.")
    origin: Series[str] = text("Where it comes from.", separator="; ")
    author_decision: Series[str] = text(
        "The authors' answer; empty until they decide.", required=False, allowed=DECISIONS
    )


class PropositionTerms(Rows):
    """One term of a proposition."""

    proposition: Series[str] = text("The proposition.")
    condition: Series[str] = text("Scale or code of the condition.")
    direction: Series[str] = text(
        "+ more of the condition, more of the outcome; - the less; otherwise the kind of the proposition.",
        allowed=("+", "-", "necessary", "pattern", "gap", "precedes"),
    )
    outcome: Series[str] = text("Code of the outcome.")


class Displays(Rows):
    """One table or figure of the compendium."""

    id: Series[str] = text(
        "Name of the display.", pattern=r"D\d{2,}", looks_like="D and two digits, as in D01"
    )
    kind: Series[str] = text("Table or figure.", allowed=("table", "figure"))
    display: Series[str] = text("Its title.")
    what_it_shows: Series[str] = text("What a reader learns from it.")
    data_needed: Series[str] = text("What it is made from.")
    how_drawn: Series[str] = text("How it is drawn.")
    notebook: Series[str] = text(
        "Number of the notebook that makes it.",
        pattern=r"\d{2}(?:, \d{2})*",
        looks_like="two digits, several parted by a comma and a space",
        separator=", ",
    )
    where: Series[str] = text("Where it goes: paper, appendix, slides, brief.")


class Verticals(Rows):
    """One industry of the study."""

    vertical: Series[str] = text(
        "Name in tables and columns.", pattern=r"[a-z][a-z0-9_]*", looks_like="small letters, digits and _"
    )
    label: Series[str] = text("Name in displays.")
    deck_line: Series[pd.Int64Dtype] = number("Line of the deck's text where it is named.", minimum=1)
    as_written: Series[str] = text("Its name, as written.", verbatim=True)


class ReleaseRules(Rows):
    """What one audience may see of the rows of its own company or of all."""

    audience: Series[str] = text("For whom.", allowed=AUDIENCE_KINDS)
    rows: Series[str] = text(
        "Which rows the rule is about: all, or those of the audience's own company.", allowed=("all", "own")
    )
    count_from: Series[pd.Int64Dtype] = number(
        "Least consent level for a row to be counted.", minimum=1, maximum=6
    )
    paraphrase_from: Series[pd.Int64Dtype] = number(
        "Least consent level for a term to be shown in other words.", minimum=1, maximum=6
    )
    quote_from: Series[pd.Int64Dtype] = number(
        "Least consent level for the text to be shown.", minimum=1, maximum=6
    )
    case_from: Series[pd.Int64Dtype] = number(
        "Least consent level for a row to enter a statement about its own case.", minimum=1, maximum=6
    )
    minimum_sources: Series[pd.Int64Dtype] = number(
        "On how many sources a statement over several cases must rest.", minimum=1
    )
    minimum_persons: Series[pd.Int64Dtype] = number("On how many persons it must rest.", minimum=1)
    permission: Series[str] = text(
        "Whether a statement about a case also needs the company's permission in force.", allowed=ANSWERS
    )
    reason: Series[str] = text("Why the rule is so.")


class VoteScales(Rows):
    """One scale of the voting sheet."""

    scale: Series[str] = text(
        "Name of the scale.", pattern=r"[a-z][a-z0-9_]*", looks_like="small letters, digits and _"
    )
    minimum: Series[pd.Int64Dtype] = number("Lowest mark.", minimum=0)
    maximum: Series[pd.Int64Dtype] = number("Highest mark.", minimum=1)
    question: Series[str] = text("What the sheet asks.")
    lowest_means: Series[str] = text("What the lowest mark means.")
    highest_means: Series[str] = text("What the highest mark means.")


class Coreq(Rows):
    """One item of the reporting list."""

    item: Series[pd.Int64Dtype] = number("Number of the item in the list.", minimum=1, maximum=32)
    domain: Series[str] = text("Part of the list.")
    topic: Series[str] = text("What the item is about.")
    asks: Series[str] = text("What it asks, in our own words.")
    answered_by: Series[str] = text(
        "Who can answer: the data, the data in part, or the authors.", allowed=("data", "in part", "authors")
    )
    answered_in: Series[str] = text("Where the answer stands.")
    answer: Series[str] = text(
        "The answer from the data; a name in braces stands for a number computed anew.", required=False
    )
    author_answer: Series[str] = text("The authors' answer; empty until they give it.", required=False)


class InterviewGuide(Rows):
    """One question of the interview guide; computed questions join the part whose codes they are about."""

    part: Series[str] = text("Letter of the part.", pattern=r"[A-Z]", looks_like="one capital letter")
    place: Series[pd.Int64Dtype] = number("Place of the question in its part.", minimum=1)
    title: Series[str] = text("Title of the part.")
    minutes: Series[pd.Int64Dtype] = number(
        "Minutes for the part, in its first row.", unit="minutes", minimum=1, maximum=60, required=False
    )
    question: Series[str] = text("What is asked.")
    codes: Series[str] = text(
        "Codes the question is about, each with all below it.", required=False, separator=";"
    )
    origin: Series[str] = text("Where the question comes from.")


MODELS: Mapping[str, type[pa.DataFrameModel]] = {
    "codebook": Codebook,
    "indicators": Indicators,
    "context_scales": ContextScales,
    "propositions": Propositions,
    "proposition_terms": PropositionTerms,
    "displays": Displays,
    "verticals": Verticals,
    "release_rules": ReleaseRules,
    "vote_scales": VoteScales,
    "coreq": Coreq,
    "interview_guide": InterviewGuide,
}
