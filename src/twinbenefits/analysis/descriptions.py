"""Models of the case evidence and of votes, as results that can be released."""

import pandas as pd

from twinbenefits.analysis.case_cells import cells_of, pooled_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.context import context_levels
from twinbenefits.analysis.estimate import because
from twinbenefits.analysis.models import Description, level_model, ordered_model
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.cells import BASIS, Basis

__all__ = ["code_by_context", "votes_by_group"]

_LIMITATIONS = (
    "A description of what was coded: the cases were chosen, so nothing is inferred about other companies.",
    "Standard errors count sessions, not segments.",
)


def code_by_context(
    coded: Coded,
    ratings: pd.DataFrame,
    *,
    code: str,
    scale: str,
    minimum_sessions_per_effect: int,
) -> Result:
    """Describe how a code's odds on a segment go with the level of a scale, sessions as clusters.

    Parameters
    ----------
    coded, ratings
        The evidence. Only rows that may enter a statement about their case, since levels belong to cases.
    code
        The code, with all below it, among the segments on its role.
    scale
        The scale of the context.
    minimum_sessions_per_effect
        With fewer sessions the answer is "too few sessions".

    Returns
    -------
    Result
        ``table``: effect, estimate (log-odds), standard_error, sessions, segments, reason and the basis.
    """
    about = resolve(coded).about_cases()
    codes = about.rows["code"]
    every = about.rows[codes.isin(about.codes(about.role(code)))].drop_duplicates("segment")
    carrying = about.rows["segment"][codes.isin(about.members(code))]
    levels = context_levels(ratings[ratings["sub_dimension"] == scale])
    level = every["case"].map(dict(zip(levels["case"], levels["rating"], strict=True))).astype(float)
    frame = every.assign(level=level, carries=every["segment"].isin(carrying).astype(float))[level.notna()]
    found = _unless_constant(frame, minimum_sessions_per_effect)
    table = _rows(found, ("Intercept", "level")).assign(sessions=found.clusters, segments=found.observations)
    return _result(table, found, pooled_basis(frame), (*coded.inputs, "context_ratings"))


def _unless_constant(frame: pd.DataFrame, minimum: int) -> Description:
    method = "generalized estimating equations, bias-reduced covariance"
    if frame["level"].nunique() < 2:
        nothing = pd.DataFrame(columns=["effect", "estimate", "standard_error"])
        sessions = int(frame["session"].nunique())
        return Description(nothing, sessions, len(frame), method, "the level is the same in all rated cases")
    return level_model(frame, "carries", "level", clusters="session", minimum_clusters_per_effect=minimum)


def votes_by_group(
    votes: pd.DataFrame,
    voters: pd.DataFrame,
    *,
    item: str,
    scale: str,
    by: str = "role_group",
    minimum_voters_per_effect: int,
) -> Result:
    """Describe how marks on one item differ between groups of voters.

    Parameters
    ----------
    votes
        vote, voter, round, item, scale, value, corrects: each voter's last mark counts, corrections in place.
    voters
        voter, vertical, consent_level and the column `by`.
    item, scale
        The item and the scale.
    by
        Column of `voters` with the groups.
    minimum_voters_per_effect
        With fewer voters per group compared nothing is fitted.

    Returns
    -------
    Result
        ``table``: effect, estimate (log-odds of a higher mark), standard_error, voters, reason and the basis.
    """
    mine = votes[(votes["item"] == item) & (votes["scale"] == scale)]
    corrected = set(mine.get("corrects", pd.Series(dtype=object)).dropna()) - {""}
    mine = mine[~mine["vote"].isin(corrected)]
    order = [name for name in ("item_version", "event", "round") if name in mine]
    last = mine.sort_values(order, kind="stable").drop_duplicates("voter", keep="last")
    frame = last.assign(value=pd.to_numeric(last["value"], errors="coerce").astype(float)).merge(
        voters.drop_duplicates("voter"), on="voter", how="inner", suffixes=("", "_of_voter")
    )
    frame = frame[frame["value"].notna() & frame[by].notna() & (frame[by] != "")]
    found = ordered_model(frame, "value", by, minimum_voters_per_effect=minimum_voters_per_effect)
    level = pd.to_numeric(frame["consent_level"]).min() if len(frame) else 0
    groups = frame["vertical"].replace("", pd.NA).nunique() if "vertical" in frame else 0
    rests_on = Basis(int(groups), len(frame), len(frame), int(level))
    table = _rows(found, ()).assign(voters=found.clusters)
    return _result(table, found, rests_on, ("votes", "voters"))


def _rows(found: Description, effects: tuple[str, ...]) -> pd.DataFrame:
    """Return the effects, or without a fit the effects asked about with the reason."""
    if not found.reason:
        return found.effects.assign(reason="")
    named = list(effects) or ["all effects"]
    return pd.DataFrame({"effect": named, "estimate": None, "standard_error": None, "reason": found.reason})


def _result(table: pd.DataFrame, found: Description, rests_on: Basis, inputs: tuple[str, ...]) -> Result:
    table = table.astype({"estimate": float, "standard_error": float})
    table = table.assign(**{name: getattr(rests_on, name) for name in BASIS})
    fitted = Scalar(
        None if found.reason else found.method,
        n=found.clusters,
        unit="clusters",
        method=found.method,
        reason=because(found.reason) if found.reason else None,
        basis=rests_on,
    )
    return Result(
        table,
        inputs,
        scalars={"model": fitted},
        limitations=_LIMITATIONS,
        cells=cells_of(table, ("effect",)),
    )
