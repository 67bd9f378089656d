"""Agreement between coders on the study's evidence, with what each coefficient rests on."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from twinbenefits.analysis.agreement_table import AgreementTable, agreement_table
from twinbenefits.analysis.case_cells import pooled_basis, with_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.estimate import because
from twinbenefits.analysis.families import code_families
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.cells import Cells

__all__ = ["ALPHA", "CoderAgreement", "coder_agreement", "double_coded_rows", "version_agreement"]

ALPHA = "krippendorff_alpha"
RELIABLE, TENTATIVE, BELOW = "without reservation", "tentative", "no conclusion"

_SHOWN = (
    "estimate", "low", "high", "n", "coders", "sessions", "share", "reason", "interval_reason", "decision",
)  # fmt: skip


@dataclass(frozen=True)
class CoderAgreement(Result):
    """Agreement per code, family and all; see :func:`coder_agreement`.

    Parameters
    ----------
    dots
        One value per session where there are too few sessions for an interval; without rows otherwise.
    """

    dots: Result | None = field(default=None)


def coder_agreement(
    coded: Coded,
    *,
    minimum_sessions: int,
    tentative: float,
    reliable: float,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 1,
) -> CoderAgreement:
    """Return agreement per code, per family and over all codes, ready for release.

    Parameters
    ----------
    coded
        The coded evidence with its coders side by side.
    minimum_sessions
        With fewer double-coded sessions there is no interval, and `dots` holds a value per session.
    tentative, reliable
        The decision rule fixed before coding, from the study's rules.
    draws, level, seed
        Resamples of sessions, share of them inside the interval, seed.

    Returns
    -------
    CoderAgreement
        table: as :func:`~twinbenefits.analysis.agreement_table.agreement_table`, with `scope` for
        its level and `decision` by the rule for alpha; `share` stands with codes only. A row rests on the
        double-coded segments that carry the code. Scalars: those of that function, and the number of codes
        per decision (``codes_reliable``, ``codes_tentative``, ``codes_below``, ``codes_undefined``).
    """
    rows, readings = double_coded_rows(coded)
    found = _table(coded, *_single_and_double(coded), minimum_sessions, draws, level, seed)
    evidence = _evidence(coded, rows, readings)
    table = with_basis(
        _decided(found.table.rename(columns={"level": "scope"}), tentative, reliable),
        evidence,
        ["scope", "name"],
    )
    whole = pooled_basis(_once(readings))
    codes = table[(table["scope"] == "code") & (table["measure"] == ALPHA)]
    counted = {
        "codes_reliable": (codes["decision"] == RELIABLE).sum(),
        "codes_tentative": (codes["decision"] == TENTATIVE).sum(),
        "codes_below": (codes["decision"] == BELOW).sum(),
        "codes_undefined": codes["estimate"].isna().sum(),
    }
    scalars = {
        **found.scalars,
        **{name: Scalar(int(count), len(codes), "codes") for name, count in counted.items()},
        "segments_read": Scalar(int(coded.readings["segment"].nunique()), unit="segments"),
        "double_coded_share": _share(len(_once(readings)), int(coded.readings["segment"].nunique())),
        "agreement_level": Scalar(level, unit="share"),
        "agreement_draws": Scalar(draws, unit="resamples"),
    }
    return CoderAgreement(
        table,
        coded.inputs,
        scalars={name: replace(scalar, basis=whole) for name, scalar in scalars.items()},
        limitations=found.limitations,
        cells=Cells(("scope", "name", "measure"), _SHOWN),
        dots=_dots(found, coded, readings),
    )


def double_coded_rows(coded: Coded) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return codings and readings of the segments that two or more coders read.

    The agreed result of several coders is no coder of its own and is left out.

    Returns
    -------
    rows
        Codings: segment, session, coder, code and where they come from.
    readings
        segment, coder and where the segment comes from.
    """
    readings = coded.readings[~coded.readings["coder"].isin(coded.agreed)].drop_duplicates()
    several = readings.groupby("segment", sort=False)["coder"].transform("nunique") >= 2
    where = ["segment", "session", "case", "source", "speaker", "consent_level"]
    placed = readings[several].merge(coded.segments[where], on="segment", how="inner")
    rows = coded.rows[coded.rows["segment"].isin(placed["segment"]) & ~coded.rows["coder"].isin(coded.agreed)]
    return rows, placed


def _single_and_double(coded: Coded) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return all codings and readings by single coders; from them the reason for a missing number is read."""
    readings = coded.readings[~coded.readings["coder"].isin(coded.agreed)].drop_duplicates()
    placed = readings.merge(coded.segments[["segment", "session"]], on="segment", how="inner")
    return coded.rows[~coded.rows["coder"].isin(coded.agreed)], placed


def version_agreement(
    coded: Coded, versions: pd.DataFrame, *, minimum_sessions: int, draws: int = 500, seed: int = 1
) -> Result:
    """Return agreement under each version of the codebook.

    Parameters
    ----------
    coded
        The coded evidence with its coders side by side.
    versions
        segment, coder, codebook_version: which version was in force when a coder read a segment. A segment
        counts for a version when all its coders read it under that version.
    minimum_sessions
        As in :func:`coder_agreement`.

    Returns
    -------
    Result
        table: version, segments, sessions, alpha_median (over the codes with an alpha), codes_with_alpha,
        alpha_jaccard with low and high, reason, interval_reason.
    """
    rows, readings = double_coded_rows(coded)
    known = versions[["segment", "coder", "codebook_version"]].drop_duplicates(["segment", "coder"])
    dated = readings.merge(known, on=["segment", "coder"], how="left")
    dated["version"] = ["" if pd.isna(v) else str(v)[:10] for v in dated["codebook_version"].astype(object)]
    one = dated.groupby("segment")["version"].transform("nunique") == 1
    dated = dated[one & (dated["version"] != "")]
    lines = []
    for version, of_version in dated.groupby("version", sort=True):
        chosen = rows[rows["segment"].isin(of_version["segment"])]
        found = _table(coded, chosen, of_version, minimum_sessions, draws, 0.95, seed)
        lines.append({"version": version, **_summary(found, of_version)})
    columns = [
        "version", "segments", "sessions", "codes_with_alpha", "alpha_median", "alpha_jaccard", "low",
        "high", "reason", "interval_reason",
    ]  # fmt: skip
    table = with_basis(pd.DataFrame(lines, columns=columns), dated, ["version"])
    scalars = {"codebook_versions": Scalar(len(table), unit="versions", basis=pooled_basis(_once(readings)))}
    notes = (
        "Other segments were read under each version: a difference is not the effect of the wording alone.",
        *(["No double-coded segment says under which version it was read."] if table.empty else []),
    )
    inputs = tuple(dict.fromkeys((*coded.inputs, "assignments")))
    cells = Cells(("version",), tuple(columns[1:]), counts={"segments": "double-coded segments"})
    return Result(table, inputs, scalars=scalars, limitations=notes, cells=cells)


def _table(
    coded: Coded,
    rows: pd.DataFrame,
    readings: pd.DataFrame,
    minimum: int,
    draws: int,
    level: float,
    seed: int,
) -> AgreementTable:
    families = code_families(coded.codebook)
    used = {*rows["code"]}
    return agreement_table(
        rows,
        readings,
        minimum_sessions=minimum,
        families=families,
        codes=[code for code in coded.codebook["id"] if code in families or code in used],
        draws=draws,
        level=level,
        seed=seed,
        inputs=coded.inputs,
    )


def _evidence(coded: Coded, rows: pd.DataFrame, readings: pd.DataFrame) -> pd.DataFrame:
    families = code_families(coded.codebook)
    return pd.concat(
        [
            rows.assign(scope="code", name=rows["code"]),
            rows.assign(scope="family", name=[families.get(code, "") for code in rows["code"]]),
            readings.assign(scope="all", name="all codes"),
        ],
        ignore_index=True,
    )


def _decided(table: pd.DataFrame, tentative: float, reliable: float) -> pd.DataFrame:
    """Say what the rule makes of each alpha."""
    value = table["estimate"].to_numpy(dtype=float)
    ruled = np.select(
        [np.isnan(value), value >= reliable, value >= tentative], ["", RELIABLE, TENTATIVE], BELOW
    )
    alpha = table["measure"].str.contains("alpha").to_numpy(dtype=bool)
    # Beside the shares of its codes, the share of a family would tell what is withheld of a single one.
    share = table["share"].where(table["scope"] == "code")
    return table.assign(decision=np.where(alpha, ruled, ""), share=share)


def _summary(found: AgreementTable, readings: pd.DataFrame) -> dict[str, object]:
    sets = found.table[found.table["measure"] == "alpha_jaccard"].iloc[0]
    median = found.scalars["alpha_median"]
    return {
        "segments": readings["segment"].nunique(),
        "sessions": readings["session"].nunique(),
        "codes_with_alpha": found.scalars["codes_with_alpha"].value,
        "alpha_median": np.nan if median.value is None else median.value,
        "alpha_jaccard": sets["estimate"],
        **{name: sets[name] for name in ("low", "high", "reason", "interval_reason")},
    }


def _dots(found: AgreementTable, coded: Coded, readings: pd.DataFrame) -> Result:
    """Return the values per session; each is about the one company that was spoken to."""
    dots = found.per_session.rename(columns={"level": "scope"})
    case = dict(zip(readings["session"], readings["case"], strict=True))
    dots["case"] = dots["session"].map(case).astype(object)
    table = with_basis(dots, readings, ["session"])
    cells = Cells(
        ("scope", "name", "measure", "session", "case"), ("estimate", "n", "reason"), "case", "counts"
    )
    return Result(table, coded.inputs, cells=cells)


def _once(readings: pd.DataFrame) -> pd.DataFrame:
    return readings.drop_duplicates("segment")


def _share(part: int, whole: int) -> Scalar:
    if whole:
        return Scalar(part / whole, whole, "share", "segments read by two or more coders")
    return Scalar(None, 0, "share", reason=because("no segment was read"))
