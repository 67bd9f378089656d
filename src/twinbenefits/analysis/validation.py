"""Are our numbers the published ones? Each value from the literature beside ours from the same input."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twinbenefits.analysis import agreement, consensus, saturation
from twinbenefits.analysis.case_counts import case_count_bounds
from twinbenefits.analysis.estimate import Estimate
from twinbenefits.analysis.models import cluster_model
from twinbenefits.analysis.result import Result, Scalar

__all__ = ["PublishedCheck", "published_check"]

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class PublishedCheck(Result):
    """Published values and ours; see :func:`published_check`.

    Parameters
    ----------
    not_ours
        Entries, or parts of them, that no measure here computes: id and name.
    """

    not_ours: tuple[tuple[str, str], ...] = ()


def published_check(
    entries: Iterable[Entry], inputs: tuple[str, ...] = ("published_values",)
) -> PublishedCheck:
    """Compute every published value that one of our measures covers.

    Parameters
    ----------
    entries
        Each with id, name, source, input, expected (a number, or numbers by name or in a list) and tolerance.
    inputs
        Name of the file or table behind them.

    Returns
    -------
    PublishedCheck
        table: id, name, part, published, ours, difference, tolerance, agrees, source. Scalars:
        ``values_compared``, ``values_agreeing``.

    Examples
    --------
    >>> entry = {"id": "cvr_formula", "name": "CVR", "source": "Lawshe (1975)", "tolerance": 1e-12,
    ...          "input": {"ne": [5], "N": [5]}, "expected": [1.0]}
    >>> published_check([entry]).table[["part", "published", "ours", "agrees"]].values.tolist()
    [['1', 1.0, 1.0, True]]
    """
    rows: list[dict[str, Any]] = []
    skipped = []
    for entry in entries:
        measure = _MEASURES.get(str(entry["id"]))
        if measure is None:
            skipped.append((str(entry["id"]), str(entry["name"])))
            continue
        ours = _parts(measure(entry["input"]))
        for part, published in _parts(entry["expected"]).items():
            if part not in ours:
                skipped.append((str(entry["id"]), f"{entry['name']}: {part}"))
                continue
            difference = abs(ours[part] - published)
            rows.append(
                {
                    "id": entry["id"],
                    "name": entry["name"],
                    "part": part,
                    "published": published,
                    "ours": ours[part],
                    "difference": difference,
                    "tolerance": float(entry["tolerance"]),
                    "agrees": bool(difference <= float(entry["tolerance"])),
                    "source": entry["source"],
                }
            )
    table = pd.DataFrame(rows)
    scalars = {
        "values_compared": Scalar(len(table), unit="values"),
        "values_agreeing": Scalar(int(table["agrees"].sum()) if len(table) else 0, unit="values"),
    }
    return PublishedCheck(table, inputs, scalars=scalars, not_ours=tuple(skipped))


def _parts(value: Any) -> dict[str, float]:
    """Return numbers by name: of a mapping its keys, of a list 1, 2 …, of a single number nothing."""
    if isinstance(value, list | tuple):
        value = dict(enumerate(value, start=1))
    if not isinstance(value, Mapping):
        return {"": _number(value)}
    return {
        f"{name} {within}".strip(): number
        for name, part in value.items()
        for within, number in _parts(part).items()
    }


def _number(value: Any) -> float:
    if isinstance(value, Estimate):
        return np.nan if value.estimate is None else float(value.estimate)
    return np.nan if value is None else float(value)


def _units_by_coders(given: Entry) -> Any:
    if "ratings_coder_by_unit" in given:
        return [list(unit) for unit in zip(*given["ratings_coder_by_unit"], strict=True)]
    return given["ratings_unit_by_coder"]


def _alpha(given: Entry) -> Estimate:
    return agreement.krippendorff_alpha(_units_by_coders(given), given["metric"])


def _with_error(measure: Callable[[Any], Estimate]) -> Callable[[Entry], dict[str, Any]]:
    def computed(given: Entry) -> dict[str, Any]:
        found = measure(_units_by_coders(given))
        return {"coef": found, "se": found.standard_error}

    return computed


def _weighted(given: Entry) -> dict[str, Any]:
    ratings, weights = _units_by_coders(given), given["weights"]
    return {
        "alpha": agreement.gwet_weighted_alpha(ratings, weights),
        "ac2": agreement.gwet_ac1(ratings, weights),
    }


def _two_coders(given: Entry) -> dict[str, Any]:
    ratings = agreement.ratings_from_table(given["table"])
    return {
        "kappa": agreement.cohen_kappa(ratings),
        "scott": agreement.scott_pi(ratings),
        "ac1": agreement.gwet_ac1(ratings),
        "bp": agreement.brennan_prediger(ratings),
        "pa": agreement.percent_agreement(ratings),
    }


def _kappa_errors(given: Entry) -> dict[str, Any]:
    kappa = agreement.cohen_kappa(agreement.ratings_from_table(given["table"]))
    return {"std_kappa": kappa.standard_error, "std_kappa0": kappa.components["standard_error_if_chance"]}


def _kappa_with_levels(given: Entry) -> Estimate:
    ratings = agreement.ratings_from_table(given["table"], given["levels"])
    return agreement.cohen_kappa(ratings, categories=given["levels"])


def _fleiss(given: Entry) -> Estimate:
    return agreement.fleiss_kappa(agreement.ratings_from_counts(given["counts_unit_by_category"]))


def _intraclass(given: Entry) -> dict[str, Any]:
    forms = ("ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k")
    return {form: agreement.intraclass_correlation(_units_by_coders(given), form) for form in forms}


def _concordance(ties: bool) -> Callable[[Entry], dict[str, Any]]:
    def computed(given: Entry) -> dict[str, Any]:
        raters_by_items = np.asarray(given["ratings_unit_by_coder"], dtype=float).T
        found = consensus.kendall_w(raters_by_items, ties=ties)
        return {"W": found, "chisq": found.components["chi_square"]}

    return computed


def _incidence(given: Entry) -> saturation.Incidence:
    """Make an incidence; counts of animals are the same formulas with animals in the place of sessions."""
    if "abundance" in given:
        return saturation.Incidence.from_counts(sum(given["abundance"]), given["abundance"])
    return saturation.Incidence.from_counts(given["T"], given["incidence_frequencies"])


def _richness(given: Entry) -> dict[str, Any]:
    found = _incidence(given)
    richness = saturation.chao2(found)
    return {
        "n": found.sessions,
        "T": found.sessions,
        "S_obs": found.seen,
        "coverage": saturation.coverage(found),
        "chao1": richness,
        "chao2": richness,
    }


def _rarefied(given: Entry) -> dict[str, Any]:
    curve = saturation.rarefaction(_incidence(given), given["t"])
    return dict(zip(map(str, given["t"]), curve.table["estimate"], strict=True))


def _jaccard(given: Entry) -> dict[str, Any]:
    first, second = ({i for i, count in enumerate(given[site]) if count} for site in ("site1", "site2"))
    return {
        "jaccard": agreement.set_distance(first, second)
    }  # Bray and Curtis' distance is none of our measures


def _unitizing(given: Entry) -> dict[str, Any]:
    found = agreement.unitizing_alpha(pd.DataFrame(given["segments"]), given["length"])
    return {
        "alpha": found,
        "observed": found.components["observed_disagreement"],
        "expected": found.components["expected_disagreement"],
    }


def _wilson(given: Entry) -> list[float | None]:
    found = case_count_bounds(given["x"], given["n"], level=given["level"])
    return [found.low, found.high]


def _clopper_pearson(given: Entry) -> list[list[float | None]]:
    found = [case_count_bounds(*counted, method="clopper_pearson") for counted in given["cases"]]
    return [[bounds.low, bounds.high] for bounds in found]


def _clusters(given: Entry) -> dict[str, dict[str, float]]:
    """Fit the herds: so many animals per herd and period, of which so many fell ill."""
    rows = [
        (herd, period, float(number < ill))
        for herd, period, ill, size in zip(
            *(given["data"][name] for name in ("herd", "period", "incidence", "size")), strict=True
        )
        for number in range(size)
    ]
    frame = pd.DataFrame(rows, columns=["herd", "period", "y"])
    found = cluster_model(
        frame, "y ~ period", clusters="herd", minimum_clusters_per_effect=1, covariance="robust"
    ).effects
    names = (
        found["effect"].replace({"Intercept": "(Intercept)"}).str.replace(r"\[T\.(.*)\]", r"\1", regex=True)
    )
    columns = {"est": "estimate", "se": "standard_error"}
    return {short: dict(zip(names, found[column], strict=True)) for short, column in columns.items()}


_MEASURES: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(
        (f"kripp2011_4x12_{metric}" for metric in ("nominal", "ordinal", "interval", "ratio")), _alpha
    ),
    "kripp2011_binary": _alpha,
    "irrcac_ben_gerry_missing": _alpha,
    "irrcac_raw4_pa": _with_error(agreement.percent_agreement),
    "irrcac_raw4_ac1": _with_error(agreement.gwet_ac1),
    "irrcac_raw4_fleiss": _with_error(agreement.fleiss_kappa),
    "irrcac_raw4_alpha": _with_error(agreement.gwet_weighted_alpha),
    "irrcac_raw4_conger": _with_error(agreement.conger_kappa),
    "irrcac_raw4_bp": _with_error(agreement.brennan_prediger),
    **dict.fromkeys(
        (f"irrcac_raw4_alpha_{name}" for name in ("quadratic", "linear", "radical", "ratio")), _weighted
    ),
    "table_cont3x3abstractors": _two_coders,
    "table_cohen1960": _two_coders,
    "table_feinstein_cicchetti_A": _two_coders,
    "table_wikipedia_2x2": _two_coders,
    "cohen1960_se": _kappa_errors,
    "fleiss1971": _fleiss,
    "fleiss_wikipedia": _fleiss,
    "wkappa_anxiety_unweighted": _kappa_with_levels,
    "icc_shrout_fleiss": _intraclass,
    "kendallW_anxiety_corrected": _concordance(ties=True),
    "kendallW_anxiety_uncorrected": _concordance(ties=False),
    "cvr_formula": lambda given: list(map(consensus.content_validity_ratio, given["ne"], given["N"])),
    "vandereijk_A": lambda given: [consensus.van_der_eijk_a(counts) for counts in given["vectors"]],
    "inext_spider_Girdled": _richness,
    "inext_spider_Logged": _richness,
    "inext_ant_h50m": _richness,
    "inext_ant_h1070m": _richness,
    "inext_ant_h2000m": _richness,
    "inext_ant_h50m_rarefaction": _rarefied,
    "vegan_estimateR_BCI1": lambda given: saturation.chao2(
        _incidence(given), bias_corrected=True, small_sample_factor=False
    ),
    "fugard_potts_2015": lambda given: [
        saturation.fugard_potts_n(given["p"], k, given["power"]) for k in given["k"]
    ],
    **dict.fromkeys(("wilson_81_263", "wilson_15_148", "wilson_1_29", "wilson_5_5"), _wilson),
    "clopper_5_5": _clopper_pearson,
    "cbpp_gee_independence": _clusters,
    "kish_deff": lambda given: saturation.design_effect(given["m"], given["icc"]),
    "jaccard_bray_dune": _jaccard,
    "kripp2004_unitizing_c": _unitizing,
    "kripp2004_unitizing_k": _unitizing,
    "ayre_scally_2014": lambda given: [consensus.content_validity_critical(n) for n in given["n"]],
}
