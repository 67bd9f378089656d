"""What a brief for one industry says: benefits in order, what must change, first moves, what is not known.

Nearly every industry of a study of cases has a single company. So everything here that rests on cases is
counted from released tables: what the readers of a brief may not see has been emptied before.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.states import ABSENT, EXPECTED, NOT_ASKED, REALIZED
from twinbenefits.evidence.cells import BASIS, Basis, Cells
from twinbenefits.evidence.problems import nearest
from twinbenefits.evidence.withholding import WITHHELD

__all__ = [
    "HERE",
    "OVER_CASES",
    "PUBLISHED_ONLY",
    "benefits_in_order",
    "cases_of_vertical",
    "changes_told_of",
    "first_moves",
    "industry",
    "told_of_code",
]

HERE = "what was seen in this industry"
OVER_CASES = "the number of companies shown that saw them"
PUBLISHED_ONLY = "the published numbers from this industry"
MEASURED, OBSERVED, EXPECTED_ONLY = "measured", "observed", "expected only"
_FIRST = (MEASURED, OBSERVED, EXPECTED_ONLY)
NOT_TOLD = "withheld: nothing may be told of this industry to these readers"
_SHOWN_ONLY = "Told from what these readers may see; a withheld cell counts for nothing."


def industry(verticals: pd.DataFrame, vertical: str) -> Result:
    """Return what an industry is called.

    Parameters
    ----------
    verticals
        The table of that name.
    vertical
        The industry, as tables name it.

    Returns
    -------
    Result
        The row of the industry. Scalars: ``label`` (its name in displays), ``in_text`` (within a sentence).

    Raises
    ------
    ValueError
        If the study has no such industry; the nearest one is named.

    Examples
    --------
    >>> rows = pd.DataFrame({"vertical": ["rail"], "label": ["Railways"], "as_written": ["railways"]})
    >>> industry(rows, "rail").scalars["label"].value
    'Railways'
    """
    row = verticals[verticals["vertical"] == vertical]
    if row.empty:
        known = list(verticals["vertical"])
        meant = nearest(vertical, known)
        hint = f" Did you mean {meant}?" if meant else ""
        raise ValueError(f"verticals.csv has no industry {vertical!r}.{hint} It has {', '.join(known)}.")
    scalars = {"label": Scalar(str(row["label"].iloc[0])), "in_text": Scalar(str(row["as_written"].iloc[0]))}
    return Result(row.reset_index(drop=True), inputs=("verticals",), scalars=scalars)


def cases_of_vertical(cases: pd.DataFrame, names: Mapping[str, str], vertical: str) -> list[str]:
    """Return the names of the companies of an industry, as far as these readers may know the industry.

    Parameters
    ----------
    cases
        The table of cases, as the door has let it through: without an industry where that is not permitted.
    names
        Case to the name that these readers may read.
    vertical
        The industry.
    """
    known = cases.loc[cases["vertical"] == vertical, "case"]
    return [names[case] for case in known if case in names]


def benefits_in_order(
    shown: pd.DataFrame,
    over_cases: pd.DataFrame,
    effects: pd.DataFrame,
    *,
    cases: Sequence[str],
    vertical: str,
    inputs: Sequence[str],
    most: int = 5,
) -> Result:
    """Put the benefits that a brief names in order.

    Where something may be told of the industry, measured benefits come before observed and these before
    expected ones, and among equals the one with the larger share of the talk first. Else the order is that
    of the companies shown, and without any of these that of the published effects.

    Parameters
    ----------
    shown
        The released table of :func:`~twinbenefits.analysis.salience.salience`.
    over_cases
        The table of :func:`~twinbenefits.analysis.comparison.benefits_over_cases`, made from it.
    effects
        The table of published effects.
    cases
        The companies of the industry, by the names in `shown`.
    vertical
        The industry.
    inputs
        The tables behind all of this.
    most
        How many benefits.

    Returns
    -------
    Result
        One row per benefit in order: place, code, label, here (measured, observed, expected only, or empty),
        companies_here (in which it was seen), realized and asked (companies shown), published (effects of the
        industry). Scalars: ``benefits_listed``, ``ordered_by``, ``companies_here``, ``not_asked_here``,
        ``expected_only_here``, ``untold_here``, ``without_published`` (of those listed).

    Examples
    --------
    >>> shown = pd.DataFrame({"case": "rail", "code": ["X", "Y"], "label": ["x", "y"], "withheld": "",
    ...                       "state": [EXPECTED, REALIZED], "measured": 0, "share": [0.6, 0.4]})
    >>> over = pd.DataFrame({"code": ["X", "Y"], "label": ["x", "y"], "realized": [0, 1], "asked": 1})
    >>> effects = pd.DataFrame({"vertical": [], "be_code": []})
    >>> found = benefits_in_order(shown, over, effects, cases=["rail"], vertical="rail", inputs=["codings"])
    >>> found.table["code"].tolist(), found.scalars["ordered_by"].value
    (['Y', 'X'], 'what was seen in this industry')
    """
    own = shown[shown["case"].isin(list(cases)) & (shown[WITHHELD] == "")]
    published = effects.loc[effects["vertical"] == vertical, "be_code"].value_counts()
    table = over_cases[["code", "label", "realized", "asked"]].copy()
    said = [_said(own[own["code"] == code]) for code in table["code"]]
    table["here"] = [one[0] for one in said]
    table["companies_here"] = [one[1] for one in said]
    table["_share"] = [one[2] for one in said]
    table["published"] = [int(published.get(code, 0)) for code in table["code"]]
    ordered_by, listed = _listed(table, told_here=bool(len(own)))
    listed = listed.head(most).reset_index(drop=True)
    listed.insert(0, "place", pd.Series(range(1, len(listed) + 1), dtype="int64"))
    columns = ["place", "code", "label", "here", "companies_here", "realized", "asked", "published"]
    rests_on = Basis(int(shown.loc[shown[WITHHELD] == "", "case"].nunique()), 0, 0, 0)
    scalars = {
        "benefits_listed": Scalar(len(listed), unit="benefits", basis=rests_on),
        "ordered_by": Scalar(ordered_by, basis=rests_on),
        "without_published": Scalar(
            int((listed["published"] == 0).sum()), n=len(listed), unit="benefits", basis=rests_on
        ),
        **_counts_here(own, rests_on),
    }
    return _from_released(listed[columns], ("code",), inputs, scalars, rests_on)


def changes_told_of(
    shown: Sequence[pd.DataFrame],
    codebook: pd.DataFrame,
    benefits: Sequence[str],
    *,
    layers: Iterable[str],
    inputs: Sequence[str],
    most: int = 2,
) -> Result:
    """Return what people changed where a benefit was told of, over all companies together.

    Parameters
    ----------
    shown
        Released tables of :func:`~twinbenefits.analysis.mechanisms.mechanism_by_benefit`, the finest first:
        where nothing may be shown of a single benefit, its group stands in.
    codebook
        The codebook, with the layer of each code in the network and the code above it.
    benefits
        The benefits.
    layers
        The layers that are changes.
    inputs
        The tables behind all of this.
    most
        How many changes for one benefit: those told of in most companies, then in most segments.

    Returns
    -------
    Result
        One row per benefit: code, changes (codes, parted by semicolons), told_of (the benefit or its group).
        Scalar: ``without_change``.
    """
    wanted = set(layers)
    layer = dict(zip(codebook["id"], codebook["network_layer"], strict=True))
    parent = dict(zip(codebook["id"], codebook["parent"], strict=True))
    changes = {code for code, name in layer.items() if name in wanted}
    rows = []
    for benefit in benefits:
        found, told_of = _changes(shown, changes, (benefit, parent.get(benefit, "")), most)
        rows.append({"code": benefit, "changes": ";".join(found), "told_of": told_of})
    table = pd.DataFrame(rows, columns=["code", "changes", "told_of"]).astype("str")
    rests_on = Basis(0, 0, 0, 0)
    without = Scalar(int((table["changes"] == "").sum()), n=len(table), unit="benefits", basis=rests_on)
    return _from_released(table, ("code",), inputs, {"without_change": without}, rests_on)


def first_moves(
    road: pd.DataFrame, definitions: Mapping[str, str], inputs: Sequence[str], most: int = 3
) -> Result:
    """Return the first moves of the roadmap in words.

    Parameters
    ----------
    road
        The released table of :func:`~twinbenefits.analysis.roadmap.roadmap`.
    definitions
        Code to its definition in the codebook.
    inputs
        The tables behind it.
    most
        How many.

    Returns
    -------
    Result
        One row per move: step, code, label, definition. Scalars: ``move_1`` and so on, in words, and
        ``moves_shown``.
    """
    open_to_see = road[road[WITHHELD] == ""].sort_values("step", kind="stable").head(most)
    table = pd.DataFrame(
        {
            "step": range(1, len(open_to_see) + 1),
            "code": open_to_see["node"].to_numpy(),
            "label": open_to_see["label"].to_numpy(),
            "definition": [definitions.get(str(code), "") for code in open_to_see["node"]],
        }
    )
    rests_on = Basis(0, 0, 0, 0)
    words = [f"{row['label']}: {_lower(row['definition'])}" for row in table.to_dict("records")]
    scalars = {
        f"move_{number}": Scalar(words[number - 1], basis=rests_on)
        if number <= len(words)
        else Scalar(None, reason="withheld: too little may be told to these readers", basis=rests_on)
        for number in range(1, most + 1)
    }
    scalars["moves_shown"] = Scalar(len(words), unit="moves", basis=rests_on)
    return _from_released(table, ("step",), inputs, scalars, rests_on)


def told_of_code(
    matrix: pd.DataFrame, code: str, cases: Sequence[str], among: Iterable[str], inputs: Sequence[str]
) -> Result:
    """Return in how many of the companies shown a code was given, and whether in those of an industry.

    Parameters
    ----------
    matrix
        The released table of :func:`~twinbenefits.analysis.coding_matrix.coding_matrix`.
    code
        The code.
    cases
        The companies of the industry.
    among
        All companies, by the names in `matrix`.
    inputs
        The tables behind it.

    Returns
    -------
    Result
        case, present. Scalars: ``companies_with``, ``companies_shown``, ``here`` (yes or no).
    """
    rows = matrix[(matrix["code"] == code) & matrix["case"].isin(list(among)) & (matrix[WITHHELD] == "")]
    table = rows[["case", "present"]].reset_index(drop=True)
    rests_on = Basis(len(table), 0, 0, 0)
    own = table[table["case"].isin(list(cases))]
    here = "yes" if (own["present"] == "yes").any() else "no"
    scalars = {
        "companies_with": Scalar(
            int((table["present"] == "yes").sum()), n=len(table), unit="companies", basis=rests_on
        ),
        "companies_shown": Scalar(len(table), unit="companies", basis=rests_on),
        "here": Scalar(here, basis=rests_on) if len(own) else Scalar(None, reason=NOT_TOLD, basis=rests_on),
    }
    return _from_released(table, ("case",), inputs, scalars, rests_on)


def _said(rows: pd.DataFrame) -> tuple[str, int, float]:
    """Return the firmest state of a benefit in some cases, in how many it was seen, and its largest share."""
    measured = pd.to_numeric(rows["measured"]).fillna(0) > 0
    realized = rows["state"] == REALIZED
    states = {
        MEASURED: bool((realized & measured).any()),
        OBSERVED: bool(realized.any()),
        EXPECTED_ONLY: bool((rows["state"] == EXPECTED).any()),
    }
    state = next((name for name, holds in states.items() if holds), "")
    share = pd.to_numeric(rows["share"]).max()
    return state, int(realized.sum()), 0.0 if pd.isna(share) else float(share)


def _listed(table: pd.DataFrame, *, told_here: bool) -> tuple[str, pd.DataFrame]:
    if told_here:
        rows = table[table["here"] != ""]
        rank = rows["here"].map({name: place for place, name in enumerate(_FIRST)})
        order = rows.assign(_rank=rank).sort_values(
            ["_rank", "_share"], ascending=[True, False], kind="stable"
        )
        return HERE, order.drop(columns="_rank")
    seen = table[table["realized"] > 0]
    if len(seen):
        return OVER_CASES, seen.sort_values(["realized", "published"], ascending=False, kind="stable")
    known = table[table["published"] > 0]
    return PUBLISHED_ONLY, known.sort_values("published", ascending=False, kind="stable")


def _counts_here(own: pd.DataFrame, rests_on: Basis) -> dict[str, Scalar]:
    """Count what the industry's companies left open; nothing is counted where nothing may be told."""
    if own.empty:
        names = ("companies_here", "not_asked_here", "expected_only_here", "absent_here", "untold_here")
        return {name: Scalar(None, reason=NOT_TOLD, basis=rests_on) for name in names}
    state = own["state"].where(own["state"].notna(), "")
    counts = {
        "companies_here": own["case"].nunique(),
        "not_asked_here": (state == NOT_ASKED).sum(),
        "expected_only_here": (state == EXPECTED).sum(),
        "absent_here": (state == ABSENT).sum(),
        "untold_here": (state == "").sum(),
    }
    return {name: Scalar(int(count), n=len(own), basis=rests_on) for name, count in counts.items()}


def _changes(
    shown: Sequence[pd.DataFrame], changes: set[Any], benefits: Sequence[str], most: int
) -> tuple[list[str], str]:
    for table in shown:
        for benefit in filter(None, benefits):
            rows = table[
                (table["benefit"] == benefit)
                & table["mechanism"].isin(changes)
                & (table[WITHHELD] == "")
                & (pd.to_numeric(table["segments"]) > 0)
            ]
            if len(rows):
                order = rows.sort_values(["cases", "segments"], ascending=False, kind="stable")
                return [str(code) for code in order["mechanism"].head(most)], benefit
    return [], ""


def _lower(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}".rstrip(".")


def _from_released(
    table: pd.DataFrame,
    dimensions: tuple[str, ...],
    inputs: Sequence[str],
    scalars: Mapping[str, Scalar],
    rests_on: Basis,
) -> Result:
    """Return a result made from cells that were released already."""
    shown = tuple(name for name in table.columns if name not in dimensions)
    table = table.assign(**{name: getattr(rests_on, name) for name in BASIS})
    return Result(table, tuple(inputs), scalars, (_SHOWN_ONLY,), Cells(dimensions, shown))
