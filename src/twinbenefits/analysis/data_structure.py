"""From informants' terms to themes to dimensions: a data structure that rests on first-order terms only."""

import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis, with_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.families import code_families
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.cells import Cells

__all__ = ["data_structure"]

_SHOWN = ("terms", "terms_heard", "terms_shown", "segments", "code_label", "dimension_label")


def data_structure(coded: Coded, role: str, *, terms_per_theme: int = 2) -> Result:
    """Return the data structure of one role: first-order terms, second-order themes, aggregate dimensions.

    A theme is a code that an informant's own term led to; its dimension is the family of the code. A code
    without such a term is no part of the structure, and is counted among those left out.

    Parameters
    ----------
    coded
        The coded evidence, resolved to one reading per segment; segments carry `first_order` and `text` as
        far as the audience may read them.
    role
        Role of the codes, for example ``"benefit"``.
    terms_per_theme
        How many terms stand for a theme: of segments that may be quoted, from as many cases and sessions as
        possible.

    Returns
    -------
    Result
        table: dimension, code, their labels, terms (parted by line breaks), terms_heard (segments with a
        term), terms_shown, segments (that may be quoted). A row rests on the segments that may be quoted.
        Scalars: ``themes``, ``dimensions``, ``terms_heard``, ``terms_shown``, ``themes_without_term``.
    """
    heard = _heard(coded, role)
    families = code_families(coded.codebook)
    lines, shown = [], []
    for code in coded.codes(role):
        mine = heard[heard["code"] == code]
        if mine.empty:
            continue
        quotable = mine[mine["quotable"]]
        chosen = _spread(quotable, terms_per_theme)
        family = families.get(code, code)
        lines.append(
            {
                "dimension": family,
                "code": code,
                "terms": "\n".join(chosen["first_order"]),
                "terms_heard": len(mine),
                "terms_shown": len(chosen),
                "segments": len(quotable),
                "code_label": coded.label(code),
                "dimension_label": coded.label(family),
            }
        )
        shown.append(quotable)
    table = pd.DataFrame(lines, columns=["dimension", "code", *_SHOWN])
    quoted = pd.concat(shown, ignore_index=True) if shown else heard.iloc[:0]
    table = with_basis(table, quoted, ["code"])
    given = set(coded.rows.loc[coded.rows["role"] == role, "code"])
    without = sorted(given - set(heard["code"]))
    whole = pooled_basis(heard)
    scalars = {
        "themes": Scalar(len(table), unit="themes", basis=whole),
        "dimensions": Scalar(int(table["dimension"].nunique()), unit="dimensions", basis=whole),
        "terms_heard": Scalar(len(heard), unit="terms", basis=whole),
        "terms_shown": Scalar(int(table["terms_shown"].sum()), unit="terms", basis=whole),
        "themes_without_term": Scalar(len(without), len(given), "codes", basis=whole),
    }
    return Result(
        table, coded.inputs, scalars=scalars, limitations=_notes(heard, without, role),
        cells=Cells(("dimension", "code"), _SHOWN, words=("terms",)),
    )  # fmt: skip


def _heard(coded: Coded, role: str) -> pd.DataFrame:
    """Return one row per segment and code of the role for which an informant's term is kept."""
    segments = coded.segments
    empty = pd.Series("", index=segments.index)
    words = {
        name: dict(zip(segments["segment"], segments[name].fillna("").astype(str), strict=True))
        if name in segments
        else dict(zip(segments["segment"], empty, strict=True))
        for name in ("first_order", "text")
    }
    rows = coded.rows[coded.rows["role"] == role].drop_duplicates(["segment", "code"]).copy()
    rows["first_order"] = [words["first_order"].get(segment, "").strip() for segment in rows["segment"]]
    # A term is the informant's wording, so it is shown where the segment itself may be read.
    rows["quotable"] = [bool(words["text"].get(segment, "")) for segment in rows["segment"]]
    return rows[rows["first_order"] != ""].sort_values("segment", ignore_index=True)


def _spread(rows: pd.DataFrame, wanted: int) -> pd.DataFrame:
    """Choose terms from as many cases, then sessions, as possible; the order of identifiers decides ties."""
    different = rows.drop_duplicates("first_order")
    turn_of_case = different.groupby("case").cumcount()
    turn_of_session = different.groupby("session").cumcount()
    order = different.assign(_case=turn_of_case, _session=turn_of_session)
    return order.sort_values(["_case", "_session", "segment"]).head(max(wanted, 0))


def _notes(heard: pd.DataFrame, without: list[str], role: str) -> tuple[str, ...]:
    said = ["The terms are examples; a theme rests on more of them than are shown."]
    if heard.empty:
        said = [f"There is no data structure: no segment coded as {role} keeps a term of an informant."]
    if without:
        said.append(
            f"{len(without)} codes rest on no term of an informant and are left out of the structure."
        )
    return tuple(said)
