"""What the compared cases add up to: benefits over the cases shown, ranks side by side, verdicts counted.

Everything here is counted from released tables, so that no sum rests on a cell that its readers may not see.
A count over five cases is no estimate of anything; the bounds beside it say how little it can pin down.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_counts import case_count_bounds
from twinbenefits.analysis.concordance import kendall_w
from twinbenefits.analysis.estimate import because
from twinbenefits.analysis.judgement import CANNOT_SAY, MIXED, NOT_SUPPORTED, SUPPORTED
from twinbenefits.analysis.pairs import pair_signs
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.states import ABSENT, EXPECTED, NOT_ASKED, REALIZED
from twinbenefits.evidence.cells import BASIS, Basis, Cells
from twinbenefits.evidence.disclosure import ALL
from twinbenefits.evidence.withholding import WITHHELD

__all__ = [
    "VERDICT_NAMES",
    "benefits_over_cases",
    "conclusions_held",
    "order_beside_outcome",
    "ranks_over_cases",
    "verdicts_counted",
    "widest_outcome",
]

VERDICT_NAMES: Mapping[str, str] = {
    SUPPORTED: "supported",
    MIXED: "mixed",
    NOT_SUPPORTED: "not_supported",
    CANNOT_SAY: "cannot_say",
}
"""Verdict to the name under which it is counted."""

_SHOWN_ONLY = "Counted over the cases that these readers may see; a withheld cell counts for nothing."
_FEW = "The cases were chosen, not sampled: bounds say how little a count of cases can pin down."


def benefits_over_cases(shown: pd.DataFrame, inputs: Sequence[str], *, level: float = 0.95) -> Result:
    """Count in how many of the cases shown each benefit has which state.

    Parameters
    ----------
    shown
        The released table of :func:`~twinbenefits.analysis.salience.salience`.
    inputs
        The tables it was made from.
    level
        Coverage of the bounds.

    Returns
    -------
    Result
        ``table``: code, label, realized, measured, expected_only, absent, not_asked, untold, kept_back (cases
        each), asked (cases in which its state is known and it was asked about or told of), low, high (Wilson
        bounds of realized among asked). Scalars: ``cases_compared``, ``cases_withheld``,
        ``benefits_compared``, the cells by state (``cells_realized`` and so on), ``benefits_realized``
        (somewhere), ``benefits_realized_everywhere`` (wherever known, in at least two cases),
        ``benefits_varying`` (realized in one case and not in another), ``most_realized``.

    Examples
    --------
    >>> shown = pd.DataFrame({"case": ["A", "B"], "code": "X", "label": "x", "withheld": "",
    ...                       "state": ["observed or measured", "expected only"], "measured": [1, 0]})
    >>> result = benefits_over_cases(shown, ["codings"])
    >>> result.scalars["benefits_varying"].value, result.scalars["cells_expected_only"].value
    (1, 1)
    """
    state = shown["state"].where(shown["state"].notna(), "")
    hidden = shown[WITHHELD] != ""
    measured = pd.to_numeric(shown["measured"]).fillna(0) > 0
    marks = pd.DataFrame(
        {
            "realized": (state == REALIZED) & ~hidden,
            "measured": (state == REALIZED) & measured & ~hidden,
            "expected_only": (state == EXPECTED) & ~hidden,
            "absent": (state == ABSENT) & ~hidden,
            "not_asked": (state == NOT_ASKED) & ~hidden,
            "untold": (state == "") & ~hidden,
            "kept_back": hidden,
        }
    ).astype(int)
    keys = [shown["code"], shown["label"]]
    table = marks.groupby(keys, sort=False).sum().reset_index()
    table["asked"] = table[["realized", "expected_only", "absent"]].sum(axis=1)
    bounds = [
        case_count_bounds(int(one), int(of), level=level)
        for one, of in zip(table["realized"], table["asked"], strict=True)
    ]
    table["low"] = [np.nan if one.low is None else one.low for one in bounds]
    table["high"] = [np.nan if one.high is None else one.high for one in bounds]
    cases = shown.loc[~hidden, "case"].nunique()
    rests_on = Basis(int(cases), 0, 0, 0)
    everywhere = (table["realized"] == table["asked"]) & (table["asked"] > 1)
    varying = (table["realized"] > 0) & (table["realized"] < table["asked"])
    most = table.sort_values(["realized", "measured"], ascending=False, kind="stable")
    scalars = {
        "cases_compared": Scalar(int(cases), unit="cases", basis=rests_on),
        "cases_withheld": Scalar(
            int(shown["case"].nunique() - cases), n=int(shown["case"].nunique()), unit="cases", basis=rests_on
        ),
        "benefits_compared": Scalar(len(table), unit="benefits", basis=rests_on),
        "cells_compared": Scalar(len(shown), unit="cells", basis=rests_on),
        **{
            f"cells_{'withheld' if name == 'kept_back' else name}": Scalar(
                int(marks[name].sum()), n=len(shown), unit="cells", basis=rests_on
            )
            for name in marks
        },
        "benefits_realized": Scalar(int((table["realized"] > 0).sum()), unit="benefits", basis=rests_on),
        "benefits_realized_everywhere": Scalar(int(everywhere.sum()), unit="benefits", basis=rests_on),
        "benefits_varying": Scalar(int(varying.sum()), unit="benefits", basis=rests_on),
        "most_realized": _word(
            str(most["label"].iloc[0]) if len(most) and most["realized"].iloc[0] else None,
            "no benefit is observed or measured in a case shown",
            rests_on,
        ),
    }
    return _pooled(table, ("code", "label"), inputs, scalars, (_SHOWN_ONLY, _FEW), rests_on)


def ranks_over_cases(shown: pd.DataFrame, labels: Mapping[str, str], inputs: Sequence[str]) -> Result:
    """Lay the ranks of the cases shown side by side.

    Parameters
    ----------
    shown
        The released table of :func:`~twinbenefits.analysis.ranks.benefit_ranks`.
    labels
        Code to its name.
    inputs
        The tables it was made from.

    Returns
    -------
    Result
        ``table``: code, label, cases (in which it has a rank), middle, best, worst, apart (worst less best).
        Scalars: ``cases_ranked``, ``benefits_first`` (how many stand first somewhere, alone or tied),
        ``rank_concordance`` (Kendall's W over benefits ranked in all these cases: 1 for one order, near 0 for
        unrelated ones), ``benefits_ranked_everywhere``, ``top_benefit`` (lowest mean rank among them),
        ``widest_benefit`` (whose ranks are furthest apart).
    """
    rank = pd.to_numeric(shown["rank"])
    wide = shown.assign(rank=rank).pivot(index="code", columns="case", values="rank")
    wide = wide.reindex(list(dict.fromkeys(shown["code"]))).dropna(axis="columns", how="all")
    cases = wide.shape[1]
    table = pd.DataFrame(
        {
            "code": wide.index,
            "label": [labels.get(str(code), str(code)) for code in wide.index],
            "cases": wide.notna().sum(axis=1).to_numpy(),
            "middle": wide.median(axis=1).to_numpy(),
            "best": wide.min(axis=1).to_numpy(),
            "worst": wide.max(axis=1).to_numpy(),
        }
    )
    table["apart"] = table["worst"] - table["best"]
    rests_on = Basis(cases, 0, 0, 0)
    whole = wide.dropna()
    concordance = kendall_w(whole.to_numpy().T)
    ranked = whole.mean(axis=1).sort_values(kind="stable")
    apart = table[table["cases"] > 1].sort_values("apart", ascending=False, kind="stable")
    firsts = [wide[case] == wide[case].min() for case in wide]
    first = pd.concat(firsts, axis=1).any(axis=1) if firsts else pd.Series(dtype=bool)
    scalars = {
        "cases_ranked": Scalar(cases, unit="cases", basis=rests_on),
        "benefits_first": Scalar(int(first.sum()), unit="benefits", basis=rests_on),
        "benefits_ranked_everywhere": Scalar(len(whole) if cases else 0, unit="benefits", basis=rests_on),
        "rank_concordance": Scalar(
            concordance.value,
            n=cases,
            unit="cases",
            method=concordance.method,
            reason=None if concordance.value is not None else because("fewer than two cases have ranks"),
            basis=rests_on,
        ),
        "top_benefit": _word(
            labels.get(str(ranked.index[0]), str(ranked.index[0])) if cases and len(ranked) else None,
            "no benefit is ranked in all cases shown",
            rests_on,
        ),
        "widest_benefit": _word(
            str(apart["label"].iloc[0]) if len(apart) else None,
            "no benefit is ranked in two cases",
            rests_on,
        ),
    }
    return _pooled(table, ("code", "label"), inputs, scalars, (_SHOWN_ONLY,), rests_on)


def order_beside_outcome(ordered: pd.DataFrame, outcome: pd.Series, names: Sequence[str]) -> pd.DataFrame:
    """Count for each condition the pairs of cases that stand in the outcome's order, against it, or tied.

    Parameters
    ----------
    ordered
        One row per case and a column per condition with its middle level, missing where unknown.
    outcome
        What orders the cases, in the same rows.
    names
        The conditions.

    Returns
    -------
    DataFrame
        condition, along, against, tied, known (cases known on both).

    Examples
    --------
    >>> frame = pd.DataFrame({"S1": [1.0, 2.0, 3.0]})
    >>> order_beside_outcome(frame, pd.Series([0.1, 0.2, 0.15]), ["S1"]).values.tolist()
    [['S1', 2, 1, 0, 3]]
    """
    rows = []
    order = outcome.to_numpy(dtype=float)
    for name in names:
        level = pd.to_numeric(ordered[name]).to_numpy(dtype=float)
        signs = pair_signs(level, order, 1)[np.triu_indices(len(order), 1)]
        known = int((~np.isnan(level) & ~np.isnan(order)).sum())
        counts = [int((signs == sign).sum()) for sign in (1, -1, 0)]
        rows.append([name, *counts, known])
    return pd.DataFrame(rows, columns=["condition", "along", "against", "tied", "known"])


def widest_outcome(shown: pd.DataFrame) -> str:
    """Return the benefit whose share is known in most of the cases shown, and among those differs most.

    Parameters
    ----------
    shown
        The released table of :func:`~twinbenefits.analysis.salience.salience`.

    Examples
    --------
    >>> widest_outcome(pd.DataFrame({"code": ["X", "X", "Y", "Y"], "share": [0.1, 0.2, 0.1, 0.4]}))
    'Y'
    """
    share = pd.to_numeric(shown["share"]).groupby(shown["code"], sort=False).agg(["count", "min", "max"])
    share["apart"] = (share["max"] - share["min"]).fillna(0.0)
    ordered = share.sort_values(["count", "apart"], ascending=False, kind="stable")
    return str(ordered.index[0]) if len(ordered) else ""


def verdicts_counted(verdicts: pd.DataFrame, left_out: pd.DataFrame, inputs: Sequence[str]) -> Result:
    """Count the verdicts, and how many hang on a single case that is shown.

    Parameters
    ----------
    verdicts, left_out
        The released tables of :func:`~twinbenefits.analysis.propositions.judge_propositions`.
    inputs
        The tables they were made from.

    Returns
    -------
    Result
        ``table``: verdict, propositions. Scalars: ``propositions_judged`` and ``verdicts_supported`` and so
        on, ``verdicts_hanging_on_one_case`` (that leaving out one of the cases shown would change), and
        ``verdicts_withheld``.
    """
    given = verdicts.loc[verdicts[WITHHELD] == "", "verdict"]
    table = pd.DataFrame({"verdict": list(VERDICT_NAMES)})
    table["propositions"] = [int((given == one).sum()) for one in table["verdict"]]
    rests_on = Basis(2, 0, 0, 0)
    told = left_out[left_out[WITHHELD] == ""]
    hanging = told.loc[told["changes"].astype(object) == True, "proposition"].nunique()  # noqa: E712
    scalars = {
        "propositions_judged": Scalar(len(given), unit="propositions", basis=rests_on),
        "verdicts_withheld": Scalar(len(verdicts) - len(given), unit="propositions", basis=rests_on),
        "verdicts_hanging_on_one_case": Scalar(int(hanging), unit="propositions", basis=rests_on),
        **{
            f"verdicts_{name}": Scalar(
                int((given == verdict).sum()), n=len(given), unit="propositions", basis=rests_on
            )
            for verdict, name in VERDICT_NAMES.items()
        },
    }
    return _pooled(table, ("verdict",), inputs, scalars, (_FEW,), rests_on)


def conclusions_held(shown: pd.DataFrame, inputs: Sequence[str]) -> Result:
    """Count conclusions about single cases: which hold under every specification, and which one choice flips.

    Parameters
    ----------
    shown
        The released table of conclusions of :func:`~twinbenefits.analysis.robustness.robustness`.
    inputs
        The tables it was made from.

    Returns
    -------
    Result
        ``table``: conclusion, listed, always (hold under every specification), flipped (some single choice
        turns them over), least, middle (share of specifications). Scalars: ``conclusions_tried``,
        ``conclusions_always``, ``conclusions_flipped``, ``conclusions_middle_share``, ``specifications``.
    """
    told = shown[(shown[WITHHELD] == "") & (shown["case"] != ALL) & shown["baseline"].notna()]
    share = pd.to_numeric(told["share"])
    frame = told.assign(share=share, always=share >= 1.0, flipped=pd.to_numeric(told["flips"]) > 0, listed=1)
    table = (
        frame.groupby("conclusion", sort=False)
        .agg(
            listed=("listed", "sum"),
            always=("always", "sum"),
            flipped=("flipped", "sum"),
            least=("share", "min"),
            middle=("share", "median"),
        )
        .reset_index()
    )
    rests_on = Basis(int(told["case"].nunique()), 0, 0, 0)
    specifications = pd.to_numeric(told["specifications"])
    middle = None if share.dropna().empty else float(share.median())
    scalars = {
        "conclusions_tried": Scalar(len(told), unit="conclusions", basis=rests_on),
        "conclusions_always": Scalar(
            int(frame["always"].sum()), n=len(told), unit="conclusions", basis=rests_on
        ),
        "conclusions_flipped": Scalar(
            int(frame["flipped"].sum()), n=len(told), unit="conclusions", basis=rests_on
        ),
        "conclusions_middle_share": Scalar(
            middle,
            n=len(told),
            unit="share of specifications",
            reason=None if middle is not None else because("no conclusion may be shown"),
            basis=rests_on,
        ),
        "specifications": Scalar(
            int(specifications.max()) if len(specifications) else 0, unit="specifications", basis=rests_on
        ),
    }
    return _pooled(table, ("conclusion",), inputs, scalars, (_SHOWN_ONLY,), rests_on)


def _word(word: str | None, why: str, rests_on: Basis) -> Scalar:
    return Scalar(word, reason=None if word is not None else because(why), basis=rests_on)


def _pooled(
    table: pd.DataFrame,
    dimensions: tuple[str, ...],
    inputs: Sequence[str],
    scalars: Mapping[str, Scalar],
    limitations: tuple[str, ...],
    rests_on: Basis,
) -> Result:
    """Return a result made from cells that were released already."""
    shown = tuple(name for name in table.columns if name not in dimensions)
    table = table.assign(**{name: getattr(rests_on, name) for name in BASIS})
    return Result(table, tuple(inputs), scalars, limitations, Cells(dimensions, shown))
