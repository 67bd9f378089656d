"""The tables of case evidence: synthetic in `data/demo`, real in `data/private`."""

from __future__ import annotations

from twinbenefits.evidence.table import CODE, LICENCE, Reference, Table

__all__ = ["CASE", "ITEM_KINDS"]

ITEM_KINDS = ("vertical", "ratings", "benefit_states", "quotes", "counts")
"""What a company can permit as a whole; single segments and sources are permitted by their codes."""

_CASE = Reference("case", (("cases", "case"),))
_SEGMENT = (("segments", "segment"),)


def _case(
    name: str, title: str, description: str, *key: str, references: tuple[Reference, ...] = ()
) -> Table:
    return Table(name, f"{name}.csv", title, description, "case", LICENCE, key, references, may_be_empty=True)


CASE = (
    _case(
        "cases",
        "Cases",
        "The case companies, each by a stable code. The list of names is kept elsewhere.",
        "case",
        references=(Reference("vertical", (("verticals", "vertical"),)),),
    ),
    _case(
        "use_cases",
        "Use cases",
        "What each company twins and for what.",
        "use_case",
        references=(_CASE,),
    ),
    _case(
        "participants",
        "Participants",
        "Those who spoke, each by a code. The list of names is kept elsewhere.",
        "participant",
        references=(_CASE,),
    ),
    _case(
        "sessions",
        "Sessions",
        "Interviews, workshops and visits: the units that are resampled.",
        "session",
        references=(_CASE, Reference("participants", (("participants", "participant"),), separator=";")),
    ),
    _case(
        "sources",
        "Sources",
        "The texts that were coded. A text may stand beside the tables as sources/<source>.txt.",
        "source",
        references=(_CASE, Reference("session", (("sessions", "session"),))),
    ),
    _case(
        "segments",
        "Segments",
        "Passages with one idea each. Positions are half-open ranges of code points over the source's text "
        "in NFC.",
        "segment",
        references=(
            Reference("source", (("sources", "source"),)),
            Reference("speaker", (("participants", "participant"),)),
            Reference("use_case", (("use_cases", "use_case"),)),
        ),
    ),
    _case(
        "coders",
        "Coders",
        "Those who code, and the consensus they reach.",
        "coder",
        references=(Reference("employer_case", (("cases", "case"),)),),
    ),
    _case(
        "assignments",
        "Assignments",
        "Which coder read which segment, also where no code was given: without it, agreement cannot tell "
        "a segment that was not read from one without a code.",
        "segment",
        "coder",
        references=(Reference("segment", _SEGMENT), Reference("coder", (("coders", "coder"),))),
    ),
    _case(
        "codings",
        "Codings",
        "Codes given to segments.",
        "coding",
        references=(
            Reference("segment", _SEGMENT),
            Reference("coder", (("coders", "coder"),)),
            Reference("code", CODE),
            Reference("target_code", CODE),
        ),
    ),
    _case(
        "asked",
        "What was asked",
        "Whether a code was asked about in a case at all: what was not asked cannot be absent.",
        "case",
        "code",
        references=(_CASE, Reference("code", CODE), Reference("session", (("sessions", "session"),))),
    ),
    _case(
        "context_ratings",
        "Ratings of context",
        "Levels of the context per case, by each rater; disagreement is kept.",
        "rating",
        references=(
            _CASE,
            Reference("sub_dimension", (("context_scales", "id"),)),
            Reference("evidence", _SEGMENT),
        ),
    ),
    _case(
        "objectives",
        "Objectives",
        "What the companies want to reach.",
        "objective",
        references=(_CASE,),
    ),
    _case(
        "links",
        "Links",
        "Steps of the benefits dependency network, each with the segments it rests on.",
        "link",
        references=(
            _CASE,
            Reference("from_node", (*CODE, ("objectives", "objective"))),
            Reference("to_node", (*CODE, ("objectives", "objective"))),
            Reference("evidence", _SEGMENT, separator=";"),
        ),
    ),
    _case(
        "owners",
        "Owners of benefits",
        "Who answers for a benefit in a case, and by which indicator.",
        "case",
        "code",
        references=(_CASE, Reference("code", CODE), Reference("indicator", (("indicators", "id"),))),
    ),
    _case(
        "permissions",
        "Permissions",
        "What each company permits to be shown; absent means no.",
        "permission",
        references=(
            _CASE,
            Reference("item", (*_SEGMENT, ("sources", "source")), also=ITEM_KINDS),
        ),
    ),
    _case(
        "memos",
        "Memos",
        "Notes of the team.",
        "memo",
        references=(
            Reference(
                "about",
                (*CODE, ("cases", "case"), ("sessions", "session"), ("sources", "source"), *_SEGMENT),
            ),
        ),
    ),
    _case(
        "negative_cases",
        "Negative cases",
        "Cases that speak against a proposition, with the recorded reason.",
        "negative_case",
        references=(
            _CASE,
            Reference("proposition", (("propositions", "id"),)),
            Reference("evidence", _SEGMENT, separator=";"),
        ),
    ),
    _case(
        "confidence_steps",
        "Steps of confidence",
        "How far each component lowers the confidence in a finding: judged by people, each with a reason, an "
        "author and a day.",
        "finding",
        "component",
        "author",
        "date",
    ),
)
"""Tables of case evidence, in an order in which each refers to earlier ones."""
