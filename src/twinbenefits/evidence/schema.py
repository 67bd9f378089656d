"""The catalogue of tables: which there are, where they stand and what holds between them.

The columns of each table are pandera models in the `schema_*` modules: the data dictionary. They are
imported only when a table is validated or described, because importing pandera takes a third of a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from twinbenefits.evidence.layout import Layout

if TYPE_CHECKING:
    import pandera.pandas as pa

Group = Literal["literature", "study", "case", "workshop"]

CASE_GROUPS: frozenset[str] = frozenset({"case", "workshop"})
"""Groups whose rows come from companies: real in `data/private`, synthetic in `data/demo`."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A column whose words must stand in a column of another table.

    Parameters
    ----------
    column
        The referring column.
    targets
        Pairs of table and column; a word must stand in one of them.
    separator
        What parts the items of a cell that lists several.
    also
        Words that may stand here without a target.
    when
        A pair of column and word: the reference is asked only of rows that have this word there.
    """

    column: str
    targets: tuple[tuple[str, str], ...]
    separator: str = ""
    also: tuple[str, ...] = ()
    when: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the evidence.

    Parameters
    ----------
    name
        What the table is called everywhere.
    path
        Its file: under `data/` for the literature and the study, under the folder of the chosen
        evidence for case and workshop tables.
    title, description
        For the data dictionary.
    group
        Which rows it holds: from the literature, the study's instruments, cases, workshops.
    licence
        SPDX name of the licence of its rows.
    key
        The columns that together name a row.
    references
        What must stand in other tables.
    column_per
        Name of a table; for each of its keys this table has one more text column (for instance one
        column per vertical), so that the columns are the study's and not the program's.
    may_be_empty
        Whether a header without rows is fine.
    """

    name: str
    path: str
    title: str
    description: str
    group: Group
    licence: str
    key: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    column_per: str = ""
    may_be_empty: bool = False

    @property
    def model(self) -> type[pa.DataFrameModel]:
        """The pandera model of the table's columns."""
        return models()[self.name]

    @property
    def holds_case_evidence(self) -> bool:
        """Whether the rows come from companies or their people."""
        return self.group in CASE_GROUPS

    @property
    def neighbours(self) -> tuple[str, ...]:
        """The other tables that are needed to check this one."""
        names = [target for reference in self.references for target, _ in reference.targets]
        return tuple(dict.fromkeys(name for name in [*names, self.column_per] if name and name != self.name))

    def file(self, layout: Layout, evidence: str) -> Path:
        """Return where the table's file stands."""
        if not self.holds_case_evidence:
            return layout.data / self.path
        return (layout.private if evidence == "private" else layout.demo) / self.path


def models() -> Mapping[str, type[pa.DataFrameModel]]:
    """Return the pandera model of every table by the table's name."""
    from twinbenefits.evidence import schema_literature, schema_study

    return MappingProxyType({**schema_literature.MODELS, **schema_study.MODELS})


CODE = (("codebook", "id"),)
DATA_LICENCE = "CC-BY-4.0"


def _literature(
    name: str, title: str, description: str, *key: str, references: tuple[Reference, ...] = ()
) -> Table:
    path = f"literature/{name}.csv"
    return Table(name, path, title, description, "literature", DATA_LICENCE, key, references)


def _study(
    name: str,
    title: str,
    description: str,
    *key: str,
    references: tuple[Reference, ...] = (),
    column_per: str = "",
) -> Table:
    path = f"study/{name}.csv"
    return Table(name, path, title, description, "study", DATA_LICENCE, key, references, column_per)


_ALL = (
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
    _study(
        "codebook",
        "Codebook",
        "The codes, with a role each; rules speak of roles, never of single codes.",
        "id",
        references=(
            Reference("parent", CODE),
            Reference("requires_role", (("codebook", "role"),)),
            Reference("targets_role", (("codebook", "role"),)),
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
)

TABLES: Mapping[str, Table] = MappingProxyType({table.name: table for table in _ALL})
"""Every table of the compendium by name."""
