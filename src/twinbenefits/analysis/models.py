"""Models as description: sessions as clusters, too few sessions said so, and no word of a test.

Cases were chosen and segments of a session are alike, so a model here describes how the coded talk hangs
together; its standard errors count sessions. Only estimates and standard errors are handed on.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit, xlog1py, xlogy

from twinbenefits.analysis.estimate import Estimate, because, undefined

__all__ = [
    "Description",
    "cluster_model",
    "level_model",
    "mixed_model",
    "ordered_model",
    "variance_share",
]

Floats = npt.NDArray[np.float64]
Covariance = Literal["bias_reduced", "robust"]
_ROUNDS, _SETTLED, _LEAST = 100, 1e-12, float(np.finfo(float).eps)
_WIDEST = 15.0  # a log-odds beyond this comes from a group in which all or none carry the code


@dataclass(frozen=True, slots=True)
class Description:
    """What a model says of the data, or why it was not fitted.

    Parameters
    ----------
    effects
        Effect, estimate, standard_error; empty where nothing was fitted.
    clusters, observations
        What it rests on; clusters are what the standard errors count.
    method
        The model and its covariance.
    reason
        Why nothing was fitted.
    components
        Further numbers by name: deviance, residual spread.
    """

    effects: pd.DataFrame
    clusters: int
    observations: int
    method: str
    reason: str = ""
    components: dict[str, float] = field(default_factory=dict)


def cluster_model(
    frame: pd.DataFrame,
    formula: str,
    *,
    clusters: str,
    minimum_clusters_per_effect: int,
    covariance: Covariance = "bias_reduced",
) -> Description:
    """Describe a yes-or-no outcome by generalized estimating equations with independent working correlation.

    Parameters
    ----------
    frame
        One row per segment.
    formula
        Outcome (0 or 1) and effects, as in ``"y ~ x"``.
    clusters
        Column that names the session of each row.
    minimum_clusters_per_effect
        With fewer sessions per effect beside the intercept nothing is fitted.
    covariance
        ``"bias_reduced"`` (Mancl and DeRouen) for few clusters; ``"robust"`` is the usual sandwich.

    Returns
    -------
    Description
        Log-odds with standard errors.

    References
    ----------
    Liang, K.-Y., & Zeger, S. L. (1986). https://doi.org/10.1093/biomet/73.1.13
    Mancl, L. A., & DeRouen, T. A. (2001). https://doi.org/10.1111/j.0006-341X.2001.00126.x

    Examples
    --------
    >>> few = pd.DataFrame({"y": [0, 1], "x": [0, 1], "s": ["a", "b"]})
    >>> cluster_model(few, "y ~ x", clusters="s", minimum_clusters_per_effect=8).reason
    'too few sessions: 2, and 1 effect needs 8'
    """
    method = f"generalized estimating equations, {covariance.replace('_', '-')} covariance"

    def fitted() -> Any:
        from statsmodels.genmod.families import Binomial
        from statsmodels.genmod.generalized_estimating_equations import GEE

        model = GEE.from_formula(formula, groups=clusters, data=frame, family=Binomial())
        return model.fit(cov_type=covariance)

    def described(result: Any) -> Description:
        table = _table(result.params, result.bse)
        return Description(table, _count(frame, clusters), len(frame), method, _unsettled(table))

    return _described(frame, formula, clusters, minimum_clusters_per_effect, method, fitted, described)


def level_model(
    frame: pd.DataFrame, outcome: str, level: str, *, clusters: str, minimum_clusters_per_effect: int
) -> Description:
    """Describe an outcome by something that is the same for a whole cluster, as :func:`cluster_model` does.

    The rows of a cluster are then alike but for the outcome, so that the cluster enters with two counts, and
    the bias-reduced covariance has a closed form: the residuals of a cluster add up to one number, divided by
    one less its leverage. Nothing of the size of a cluster squared is made.

    Parameters
    ----------
    frame
        One row per segment.
    outcome
        Column with 0 or 1.
    level
        Column with a number that is the same in all rows of a cluster.
    clusters, minimum_clusters_per_effect
        As for :func:`cluster_model`.

    References
    ----------
    Mancl, L. A., & DeRouen, T. A. (2001). https://doi.org/10.1111/j.0006-341X.2001.00126.x
    """
    method = "generalized estimating equations, bias-reduced covariance"
    grouped = frame.groupby(clusters, sort=False)
    carrying = grouped[outcome].sum().to_numpy(dtype=float)
    many: Floats = np.array(grouped.size(), dtype=np.float64)
    design = np.column_stack([np.ones(len(many)), grouped[level].first().to_numpy(dtype=float)])

    def fitted() -> tuple[Floats, Floats]:
        return _logistic(carrying, many, design)

    def described(found: tuple[Floats, Floats]) -> Description:
        estimates, chance = found
        spread = chance * (1 - chance)
        bread = np.linalg.inv((design * (many * spread)[:, None]).T @ design)
        leverage = many * spread * np.einsum("ij,jk,ik->i", design, bread, design)
        scores = design * ((carrying - many * chance) / (1 - leverage))[:, None]
        covariance = bread @ (scores.T @ scores) @ bread
        names = pd.Index(["Intercept", level])
        table = _table(pd.Series(estimates, names), pd.Series(np.sqrt(np.diag(covariance)), names))
        return Description(table, len(many), len(frame), method, _unsettled(table))

    formula = f"{outcome} ~ {level}"
    return _described(
        frame, formula, clusters, minimum_clusters_per_effect, method, fitted, described, effects=1
    )


def _logistic(carrying: Floats, many: Floats, design: Floats) -> tuple[Floats, Floats]:
    """Return the log-odds that fit counts out of so many best, and the chance of each row.

    Iteratively reweighted least squares (https://doi.org/10.2307/2344614), as statsmodels fits them; there,
    the import alone would take a hundred times as long as all fits of a comparison.
    """
    chance, estimates, fit = (carrying + 0.5) / (many + 1), np.zeros(design.shape[1]), -np.inf
    for _ in range(_ROUNDS):
        before, fit_before = estimates, fit
        weight = many * chance * (1 - chance)
        working = logit(chance) + (carrying - many * chance) / weight
        estimates = np.linalg.solve(design.T @ (weight[:, None] * design), design.T @ (weight * working))
        chance = np.clip(expit(design @ estimates), _LEAST, 1 - _LEAST)
        fit = float(np.sum(xlogy(carrying, chance) + xlog1py(many - carrying, -chance)))
        # estimates of groups in which all or none carry the code grow and grow; the fit then does not
        if np.abs(estimates - before).max() <= _SETTLED or abs(fit - fit_before) <= _SETTLED:
            break
    return estimates, chance


def _unsettled(table: pd.DataFrame) -> str:
    """Return why estimates cannot be told, or nothing."""
    numbers = table[["estimate", "standard_error"]]
    if not np.isfinite(numbers.to_numpy()).all():
        return "the model does not settle on an answer"
    return (
        "in some group all segments carry the code, or none"
        if (numbers.abs() > _WIDEST).any(axis=None)
        else ""
    )


def mixed_model(
    frame: pd.DataFrame,
    formula: str,
    *,
    clusters: str,
    minimum_clusters_per_effect: int,
    slopes: str = "1",
) -> Description:
    """Describe a number by a mixed model with the clusters as random, fitted by restricted likelihood.

    Parameters
    ----------
    frame
        One row per observation.
    formula
        Outcome and fixed effects, as in ``"y ~ x"``.
    clusters
        Column that names the cluster of each row.
    minimum_clusters_per_effect
        With fewer clusters per effect beside the intercept nothing is fitted.
    slopes
        What varies between clusters: ``"1"`` the level only, ``"x"`` also the effect of x.

    Returns
    -------
    Description
        Fixed effects with standard errors; components ``residual_deviation``, ``deviance`` (restricted) and
        ``cluster_variance``.

    References
    ----------
    Laird, N. M., & Ware, J. H. (1982). https://doi.org/10.2307/2529876
    """
    method = "mixed model, restricted maximum likelihood"

    def fitted() -> Any:
        from statsmodels.regression.mixed_linear_model import MixedLM

        model = MixedLM.from_formula(formula, frame, groups=frame[clusters], re_formula=f"~{slopes}")
        return model.fit(reml=True)

    def described(result: Any) -> Description:
        components = {
            "residual_deviation": float(np.sqrt(result.scale)),
            "deviance": float(-2 * result.llf),
            "cluster_variance": float(result.cov_re.iloc[0, 0]),
        }
        table = _table(result.fe_params, result.bse_fe)
        reason = "" if result.converged else "the model does not settle on an answer"
        return Description(table, _count(frame, clusters), len(frame), method, reason, components)

    return _described(frame, formula, clusters, minimum_clusters_per_effect, method, fitted, described)


def ordered_model(
    frame: pd.DataFrame, outcome: str, by: str, *, minimum_voters_per_effect: int
) -> Description:
    """Describe marks on an ordered scale by a proportional-odds model, one mark per voter.

    Parameters
    ----------
    frame
        One row per voter.
    outcome
        Column with the mark.
    by
        Column with the groups compared; the first in order is what the others are compared with.
    minimum_voters_per_effect
        With fewer voters per group compared nothing is fitted.

    Returns
    -------
    Description
        Log-odds of a higher mark with standard errors; clusters are voters.

    References
    ----------
    McCullagh, P. (1980). https://doi.org/10.1111/j.2517-6161.1980.tb01109.x
    """
    method = "proportional odds"
    known = frame[[outcome, by]].dropna()
    groups = sorted(known[by].unique(), key=str)
    effects = max(len(groups) - 1, 1)
    marks = sorted(known[outcome].unique())
    nothing = pd.DataFrame(columns=["effect", "estimate", "standard_error"])
    why = ""
    if len(known) < effects * minimum_voters_per_effect:
        why = _too_few(len(known), effects, minimum_voters_per_effect, "voters")
    elif len(groups) < 2 or len(marks) < 2:
        why = "all voters belong to one group, or all gave one mark"
    if why:
        return Description(nothing, len(known), len(known), method, why)
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    design = pd.DataFrame({f"{by}: {name}": (known[by] == name).astype(float) for name in groups[1:]})
    ordered = pd.Series(pd.Categorical(known[outcome], categories=marks, ordered=True), index=design.index)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = OrderedModel(ordered, design, distr="logit").fit(method="bfgs", disp=False)
        except (np.linalg.LinAlgError, ValueError) as error:
            return Description(
                nothing, len(known), len(known), method, f"the model cannot be fitted: {error}"
            )
    table = _table(result.params[design.columns], result.bse[design.columns])
    settled = np.isfinite(table[["estimate", "standard_error"]].to_numpy()).all()
    within = (table[["estimate", "standard_error"]].abs() <= _WIDEST).all(axis=None)
    why = "" if settled and within else "in some group all voters gave the highest mark, or all the lowest"
    return Description(table if not why else nothing, len(known), len(known), method, why)


def variance_share(frame: pd.DataFrame, outcome: str, clusters: str) -> Estimate:
    """Return the intraclass correlation from variance components: the share of variance between clusters.

    Parameters
    ----------
    frame
        One row per observation.
    outcome, clusters
        Columns with the number and with its cluster.
    """
    method = "intraclass correlation, variance components"
    plain = frame[[outcome, clusters]].dropna().rename(columns={outcome: "y", clusters: "cluster"})
    if plain["cluster"].nunique() < 2 or plain["y"].nunique() < 2:
        return undefined("nothing varies, or there is one cluster", n=len(plain), method=method)
    found = mixed_model(plain, "y ~ 1", clusters="cluster", minimum_clusters_per_effect=1)
    if found.reason:
        return undefined(found.reason, n=len(plain), method=method)
    between = found.components["cluster_variance"]
    spread = between + found.components["residual_deviation"] ** 2
    return Estimate(between / spread, found.clusters, "clusters", method)


def _described(
    frame: pd.DataFrame,
    formula: str,
    clusters: str,
    minimum: int,
    method: str,
    fitted: Callable[[], Any],
    described: Callable[[Any], Description],
    *,
    effects: int = 0,
) -> Description:
    """Fit where there are enough clusters, and turn what goes wrong into a reason."""
    nothing = pd.DataFrame(columns=["effect", "estimate", "standard_error"])
    held, rows = _count(frame, clusters), len(frame)
    outcome = formula.split("~", maxsplit=1)[0].strip()
    if rows == 0 or frame[outcome].nunique() < 2:
        return Description(nothing, held, rows, method, "the outcome does not vary")
    effects = effects or _effects(frame, formula)
    if held < effects * minimum:
        return Description(nothing, held, rows, method, _too_few(held, effects, minimum, "sessions"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they warn of becomes a reason
        try:
            found = described(fitted())
        except (np.linalg.LinAlgError, ValueError, ZeroDivisionError) as error:
            return Description(nothing, held, rows, method, because(f"the model cannot be fitted: {error}"))
    return found if not found.reason else Description(nothing, held, rows, method, found.reason)


def _effects(frame: pd.DataFrame, formula: str) -> int:
    """Return the number of effects beside the intercept, at least one."""
    from statsmodels.regression.linear_model import OLS

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = OLS.from_formula(formula, frame).exog_names
    return max(len([name for name in names if name != "Intercept"]), 1)


def _too_few(held: int, effects: int, minimum: int, what: str) -> str:
    need = f"{effects} effect{'s need' if effects > 1 else ' needs'} {effects * minimum}"
    return f"too few {what}: {held}, and {need}"


def _count(frame: pd.DataFrame, clusters: str) -> int:
    return int(frame[clusters].nunique())


def _table(estimates: pd.Series, errors: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "effect": [str(name) for name in estimates.index],
            "estimate": estimates.to_numpy(dtype=float),
            "standard_error": errors.to_numpy(dtype=float),
        }
    )
