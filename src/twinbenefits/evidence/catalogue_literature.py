"""The tables read from the deck and from the literature."""

from __future__ import annotations

from twinbenefits.evidence.table import CODE, LICENCE, Reference, Table

__all__ = ["LITERATURE"]


def _literature(
    name: str, title: str, description: str, *key: str, references: tuple[Reference, ...] = ()
) -> Table:
    path = f"literature/{name}.csv"
    return Table(name, path, title, description, "literature", LICENCE, key, references)


LITERATURE = (
    _literature(
        "characteristics",
        "Characteristics of a digital twin",
        "The deck's table of characteristics, word for word, with the code of each.",
        "row_id",
        references=(Reference("code", CODE),),
    ),
    _literature(
        "benefits",
        "Business benefits of digital twins",
        "The deck's table of benefits, word for word. The deck merges the cells of category and references "
        "over the rows of a category: they are empty here where they are empty there; `category` fills them.",
        "row_id",
        references=(Reference("code", CODE),),
    ),
    _literature(
        "benefit_codes",
        "Where each sub-benefit is read",
        "Which piece of the deck carries which sub-benefit: a reading, for the authors to check.",
        "row_id",
        "column",
        "code",
        references=(
            Reference("code", CODE),
            Reference("row_id", (("benefits", "row_id"),), when=("column", "description")),
            Reference("row_id", (("benefits", "row_id"),), when=("column", "benefits")),
            Reference("row_id", (("deck_statements", "statement_id"),), when=("column", "results")),
        ),
    ),
    _literature(
        "mentions",
        "Mentions of references",
        "Each citation in the two tables of the deck, as written, with the key of the work it may mean.",
        "mention_id",
        references=(
            Reference("key", (("references", "key"),)),
            Reference("row_id", (("characteristics", "row_id"),), when=("table", "characteristics")),
            Reference("row_id", (("benefits", "row_id"),), when=("table", "benefits")),
        ),
    ),
    _literature(
        "references",
        "Works cited by the deck",
        "The author-years the deck cites, what could be found out about each, and what the authors decide.",
        "key",
    ),
    _literature(
        "reference_candidates",
        "Works that a citation may mean",
        "For each author-year the works that fit, best guess first, with the sources seen. "
        "Except for verified references these are guesses; none reaches a reference list unconfirmed.",
        "key",
        "rank",
        references=(Reference("key", (("references", "key"),)),),
    ),
    _literature(
        "audit",
        "Audit of the deck",
        "What the deck leaves open or contradicts, one finding per row. Places: C1 to C5 are rows of the "
        "characteristics, B1.1 to B3.3 of the benefits (category.row), L is a line of the deck's text.",
        "finding_id",
    ),
    _literature(
        "deck_statements",
        "Statements of the deck outside its tables",
        "Challenges, research question, data, next steps, preliminary results, context factors, moderators "
        "and feedback questions, word for word.",
        "statement_id",
        references=(Reference("code", CODE),),
    ),
    _literature(
        "effects",
        "Published effects",
        "Effect sizes met in publications, graded; to be shown with design and caveat and never pooled.",
        "id",
        references=(
            Reference("grade", (("effect_grades", "grade"),)),
            Reference("be_code", CODE),
            Reference("vertical", (("verticals", "vertical"),), also=("cross",)),
        ),
    ),
    _literature(
        "effect_grades",
        "Grades of published effects",
        "What the grade of a published effect means.",
        "grade",
    ),
    _literature(
        "context_numbers",
        "Numbers for context",
        "Published numbers that put the verticals and benefits in proportion; none is an effect of a twin.",
        "id",
        references=(Reference("vertical", (("verticals", "vertical"),), also=("cross",)),),
    ),
)
