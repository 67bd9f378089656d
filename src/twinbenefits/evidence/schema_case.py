"""Columns of the case evidence: companies, sessions, segments, codings, ratings, permissions."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from twinbenefits.evidence.columns import ANSWERS, Rows, day, number, text, yes_no

NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
NAME_LOOKS = "letters, digits, - _ or . without spaces, as in K1-S2"
MONTH = r"\d{4}-(0[1-9]|1[0-2])"

SESSION_KINDS = ("group_interview", "interview", "workshop", "site_visit")
SOURCE_KINDS = ("transcript", "notes", "document", "slides")
ORGANIZATIONS = ("case_company", "supplier", "customer", "public", "other")
STATUSES = ("expected", "observed", "measured")
ASKED = ("yes", "no", "partly")
RATER_KINDS = ("coder", "company")
LINK_KINDS = ("enables", "changes", "delivers", "serves")

CONSENT = (
    "0 withdrawn or pending; 1 counted inside the team; 2 aggregated; 3 paraphrase without vertical; "
    "4 quote without vertical; 5 quote or rating with vertical, with the company's permission; 6 named."
)


def name(description: str, *, required: bool = True) -> Series[str]:
    """Return a column of identifiers."""
    field: Series[str] = text(description, required=required, pattern=NAME, looks_like=NAME_LOOKS)
    return field


class Evidence(Rows):
    """What every row of case evidence says about itself."""

    synthetic: Series[pd.BooleanDtype] = yes_no("Whether the row is invented for the demonstration.")


class Cases(Evidence):
    """One case company, by a stable code."""

    case: Series[str] = name("Stable code of the case; never the company's name.")
    vertical: Series[str] = text("Industry of the case.")
    size_band: Series[str] = text("Size in bands, never a number.", required=False)
    twin_level: Series[str] = text("Highest level of twin in use, in the team's words.", required=False)
    selection_reason: Series[str] = text("Why the case was chosen.", required=False)
    note: Series[str] = text("Remark for the team.", required=False)


class UseCases(Evidence):
    """One use of a digital twin in a case."""

    use_case: Series[str] = name("Code of the use case.")
    case: Series[str] = name("Case it belongs to.")
    title: Series[str] = text("What is twinned and for what, without naming anybody.")
    started: Series[str] = text(
        "Month in which it began.", required=False, pattern=MONTH, looks_like="year and month, as in 2024-05"
    )
    twin_level: Series[str] = text("Level of the twin in this use.", required=False)


class Sessions(Evidence):
    """One interview, workshop or visit: the unit that is resampled."""

    session: Series[str] = name("Code of the session.")
    case: Series[str] = name("Case it was held in.")
    kind: Series[str] = text("Kind of session.", allowed=SESSION_KINDS)
    date: Series[pd.Timestamp] = day("Day of the session.")
    minutes: Series[pd.Int64Dtype] = number("Length.", unit="minutes", minimum=1, maximum=1440)
    participants: Series[str] = text("Codes of those who took part.", separator=";")
    language: Series[str] = text(
        "Language spoken, as a two-letter code.", pattern="[a-z]{2}", looks_like="en or fi"
    )
    note: Series[str] = text("Remark for the team.", required=False)


class Participants(Evidence):
    """One person, by a code."""

    participant: Series[str] = name("Code of the person; the list of names is kept elsewhere.")
    case: Series[str] = name("Case the person belongs to.")
    role_group: Series[str] = text("Kind of work, wide enough not to point at one person.")
    organization_kind: Series[str] = text("Where the person works.", allowed=ORGANIZATIONS)


class Sources(Evidence):
    """One text that was coded."""

    source: Series[str] = name("Code of the source.")
    case: Series[str] = name("Case it is about.")
    session: Series[str] = name("Session it comes from; empty for a document.", required=False)
    kind: Series[str] = text("Kind of text.", allowed=SOURCE_KINDS)
    title: Series[str] = text("Title without names.", required=False)
    characters: Series[pd.Int64Dtype] = number(
        "Length in code points of NFC text.", minimum=0, required=False
    )
    text_sha256: Series[str] = text(
        "Keyed digest of the text.",
        required=False,
        pattern="[0-9a-f]{64}",
        looks_like="64 hexadecimal digits",
    )
    consent_level: Series[pd.Int64Dtype] = number(
        f"What the source may be used for. {CONSENT}", minimum=0, maximum=6
    )


class Segments(Evidence):
    """One passage that carries one idea."""

    segment: Series[str] = name("Code of the segment.")
    source: Series[str] = name("Source it stands in.")
    start: Series[pd.Int64Dtype] = number("First code point of the passage.", minimum=0, required=False)
    end: Series[pd.Int64Dtype] = number("Code point after the last.", minimum=0, required=False)
    text_: Series[str] = text("The passage, letter by letter.", required=False, lines=True, alias="text")
    first_order: Series[str] = text("The informant's own term.", required=False)
    speaker: Series[str] = name("Who speaks, by code.", required=False)
    use_case: Series[str] = name("Use case that is spoken about.", required=False)
    consent_level: Series[pd.Int64Dtype] = number(
        f"As of the source; may be stricter, never looser. {CONSENT}", minimum=0, maximum=6
    )


class Coders(Evidence):
    """One person who codes."""

    coder: Series[str] = name("Code of the coder.")
    role: Series[str] = text("A person, or the agreed result.", allowed=("coder", "consensus"))
    employer_case: Series[str] = name("Case whose company employs the coder; empty for none.", required=False)
    note: Series[str] = text("Remark for the team.", required=False)


class Assignments(Evidence):
    """That a coder read a segment, whether or not a code was given."""

    segment: Series[str] = name("The segment.")
    coder: Series[str] = name("The coder.")
    codebook_version: Series[pd.Timestamp] = day("Version of the codebook in use.")
    created: Series[pd.Timestamp] = day("Day of the reading.")


class Codings(Evidence):
    """One code given to one segment by one coder."""

    coding: Series[str] = name("Code of the coding.")
    segment: Series[str] = name("The segment.")
    coder: Series[str] = name("The coder.")
    code: Series[str] = text("The code given.")
    target_code: Series[str] = text(
        "The code that this one works on, where its role asks for one.", required=False
    )
    status: Series[str] = text(
        "Whether the benefit is expected, observed or measured.", required=False, allowed=STATUSES
    )
    strength: Series[pd.Int64Dtype] = number(
        "How strongly it is put: 1 mentioned, 2 described, 3 stressed.", minimum=1, maximum=3, required=False
    )
    codebook_version: Series[pd.Timestamp] = day("Version of the codebook in use.")
    created: Series[pd.Timestamp] = day("Day of the coding.")


class Asked(Evidence):
    """Whether a code was asked about in a case: blank is not zero."""

    case: Series[str] = name("The case.")
    code: Series[str] = text("The code.")
    asked: Series[str] = text("Whether it was asked about.", allowed=ASKED)
    session: Series[str] = name("Where it was asked first.", required=False)


class ContextRatings(Evidence):
    """One rating of one sub-dimension of the context by one rater."""

    rating: Series[str] = name("Code of the rating.")
    case: Series[str] = name("The case.")
    sub_dimension: Series[str] = text("What is rated.")
    rater: Series[str] = name("Who rates, by code.")
    rater_kind: Series[str] = text("A coder, or the company itself.", allowed=RATER_KINDS)
    level: Series[pd.Int64Dtype] = number("Level by the worded scale.", minimum=1, maximum=4, required=False)
    na_reason: Series[str] = text("Why there is no level.", required=False)
    evidence: Series[str] = name("Segment that it rests on.", required=False)
    confidence: Series[pd.Int64Dtype] = number("Confidence of the rater.", minimum=1, maximum=3)
    rated_on: Series[pd.Timestamp] = day("Day of the rating.")

    @pa.dataframe_check(
        name="na_reason",
        error="a rating has a level or a reason why not",
        description="Fill in one of the two.",
    )
    @classmethod
    def level_or_reason(cls, frame: pd.DataFrame) -> pd.Series[bool]:
        """Hold each rating to exactly one of level and reason."""
        return frame["level"].isna() == (frame["na_reason"] != "")


class Links(Evidence):
    """One step of the benefits dependency network."""

    link: Series[str] = name("Code of the link.")
    case: Series[str] = name("Case it was read in.")
    from_node: Series[str] = text("Code or objective it starts at.")
    to_node: Series[str] = text("Code or objective it leads to.")
    kind: Series[str] = text("What the step does.", allowed=LINK_KINDS)
    evidence: Series[str] = text("Segments that it rests on.", required=False, separator=";")


class Objectives(Evidence):
    """What a company wants to reach."""

    objective: Series[str] = name("Code of the objective.")
    case: Series[str] = name("The case.")
    statement: Series[str] = text("The objective without names.")
    origin: Series[str] = text("Who says so.", allowed=("informant", "document"))


class Owners(Evidence):
    """Who answers for a benefit in a case."""

    case: Series[str] = name("The case.")
    code: Series[str] = text("The benefit.")
    owner_role: Series[str] = text("Role of the owner, not a name.")
    indicator: Series[str] = text("How it is measured.", required=False)
    baseline_known: Series[str] = text("Whether there is a starting value.", allowed=ANSWERS)


class Permissions(Evidence):
    """One thing that a company permits; absent means no."""

    permission: Series[str] = name("Code of the permission.")
    case: Series[str] = name("Whose permission.")
    item: Series[str] = text(
        "What kind of item, or the code of one segment or source: that stays closed while its row is not in "
        "force, whatever else is permitted."
    )
    what: Series[str] = text("In words.", required=False)
    approved_by: Series[str] = text("Role of the person who approved.")
    approved_on: Series[pd.Timestamp] = day("Day of the approval.")
    expires_on: Series[pd.Timestamp] = day("Last day on which it holds; empty for no end.", required=False)
    embargo_until: Series[pd.Timestamp] = day("It holds after this day; empty for at once.", required=False)


class Memos(Evidence):
    """A note of the team."""

    memo: Series[str] = name("Code of the memo.")
    author: Series[str] = name("Who wrote it, by code.")
    created: Series[pd.Timestamp] = day("Day of the note.")
    about: Series[str] = text("What it is about: a code, case, segment.", required=False)
    text_: Series[str] = text("The note.", lines=True, alias="text")
    consent_level: Series[pd.Int64Dtype] = number(f"What it may be used for. {CONSENT}", minimum=0, maximum=6)


class NegativeCases(Evidence):
    """A case that speaks against a proposition, with the reason recorded."""

    negative_case: Series[str] = name("Code of the entry.")
    proposition: Series[str] = text("The proposition.")
    case: Series[str] = name("The case.")
    reason: Series[str] = text("Why it does not fit.")
    evidence: Series[str] = text("Segments that it rests on.", required=False, separator=";")
    author: Series[str] = name("Who recorded it, by code.")
    recorded_on: Series[pd.Timestamp] = day("Day of the entry.")


MODELS: Mapping[str, type[pa.DataFrameModel]] = {
    "cases": Cases,
    "use_cases": UseCases,
    "sessions": Sessions,
    "participants": Participants,
    "sources": Sources,
    "segments": Segments,
    "coders": Coders,
    "assignments": Assignments,
    "codings": Codings,
    "asked": Asked,
    "context_ratings": ContextRatings,
    "links": Links,
    "objectives": Objectives,
    "owners": Owners,
    "permissions": Permissions,
    "memos": Memos,
    "negative_cases": NegativeCases,
}
