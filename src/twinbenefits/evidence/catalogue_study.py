"""The tables of the study's own instruments."""

from __future__ import annotations

from twinbenefits.evidence.table import CODE, LICENCE, Reference, Table

__all__ = ["STUDY"]


def _study(
    name: str,
    title: str,
    description: str,
    *key: str,
    references: tuple[Reference, ...] = (),
    column_per: str = "",
) -> Table:
    path = f"study/{name}.csv"
    return Table(name, path, title, description, "study", LICENCE, key, references, column_per)


STUDY = (
    _study(
        "codebook",
        "Codebook",
        "The codes, with a role each; rules speak of roles, never of single codes.",
        "id",
        references=(
            Reference("parent", CODE),
            Reference("requires_role", (("codebook", "role"),)),
            Reference("targets_role", (("codebook", "role"),)),
            Reference("successor", CODE),
        ),
    ),
    _study(
        "indicators",
        "Indicators",
        "What can be measured for which benefit, with the matching reporting standards and, per vertical, "
        "the unit or form that is usual there.",
        "id",
        references=(
            Reference("be_code", CODE, separator=", "),
            Reference("oc_code", CODE, separator=", "),
        ),
        column_per="verticals",
    ),
    _study(
        "context_scales",
        "Scales of context",
        "Sub-dimensions of the context factors and moderators with four worded levels each.",
        "id",
        references=(Reference("code", CODE),),
    ),
    _study(
        "propositions",
        "Propositions",
        "Draft propositions and what would count against each.",
        "id",
    ),
    _study(
        "proposition_terms",
        "Terms of the propositions",
        "Condition, direction and outcome of each term of a proposition.",
        "proposition",
        "condition",
        "outcome",
        references=(
            Reference("proposition", (("propositions", "id"),)),
            Reference("condition", (("context_scales", "id"), ("codebook", "id"))),
            Reference("outcome", CODE),
        ),
    ),
    _study(
        "displays",
        "Displays",
        "Every table and figure of the compendium: what it shows, what it needs, where it is made and goes.",
        "id",
    ),
    _study(
        "verticals",
        "Verticals",
        "The industries of the case companies, one company each, as the deck names them.",
        "vertical",
    ),
    _study(
        "release_rules",
        "Release rules",
        "The only place of the rule what each audience may see; for the authors to change.",
        "audience",
        "rows",
    ),
    _study(
        "vote_scales",
        "Scales of the voting sheet",
        "What voters are asked about an item, and the marks they can give.",
        "scale",
    ),
    _study(
        "coreq",
        "Reporting list",
        "What reports of interviews should say (COREQ: Tong, Sainsbury and Craig 2007, "
        "doi:10.1093/intqhc/mzm042), in our own short wording, with where each item is answered.",
        "item",
    ),
    _study(
        "interview_guide",
        "Interview guide",
        "What is asked in every interview, in parts with a time each.",
        "part",
        "place",
        references=(Reference("codes", CODE, separator=";"),),
    ),
)
