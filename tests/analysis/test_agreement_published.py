"""Every published number: computed by our measure, held with a library, or named as not used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial import distance
from statsmodels.genmod.cov_struct import Independence
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_estimating_equations import GEE
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.proportion import proportion_confint

from twinbenefits.analysis.validation import published_check

DATA = Path(__file__).resolve().parent.parent / "data"
ENTRIES = [
    entry
    for name in ("published_values.json", "published_values_added.json")
    for entry in json.loads((DATA / name).read_text(encoding="utf-8"))
]
BY_ID = {entry["id"]: entry for entry in ENTRIES}

# Numbers of other methods. None of our functions computes them.
NOT_A_MEASURE_OF_THIS_STUDY = {
    "ca_smoke": "correspondence analysis: five cases do not carry a map of them",
    "ca_smoke_rowcoords": "correspondence analysis: five cases do not carry a map of them",
    "diversity_dune1": "diversity of codes within a session is not reported; presence is",
    "qca_LC_conservative": "qualitative comparative analysis: with five cases an illustration, not computed",
    "qca_LC_parsimonious": "qualitative comparative analysis: with five cases an illustration, not computed",
    "qca_LC_intermediate": "qualitative comparative analysis: with five cases an illustration, not computed",
    "qca_LF_conservative": "qualitative comparative analysis: with five cases an illustration, not computed",
    "qca_LF_truthtable": "qualitative comparative analysis: with five cases an illustration, not computed",
    "qca_calibrate": "qualitative comparative analysis: with five cases an illustration, not computed",
}


def published(expected: Any) -> np.ndarray:
    """Numbers in the order of the file, of groups of numbers one group after the other."""
    if isinstance(expected, dict):
        return np.concatenate([published(part).ravel() for part in expected.values()])
    return np.array(expected, dtype=float)


def wilson(given: Any) -> Any:
    return proportion_confint(given["x"], given["n"], alpha=1 - given["level"], method="wilson")


def fisher(given: Any) -> list[float]:
    table = given["table"]
    return [
        stats.fisher_exact(table, alternative="greater").pvalue,
        stats.fisher_exact(table).pvalue,
        stats.contingency.odds_ratio(np.array(table), kind="conditional").statistic,
    ]


def chi_square(given: Any) -> list[float]:
    found = stats.chi2_contingency(given["table"], correction=False)
    return [found.statistic, found.pvalue]


def sleep_model(data: Any, slope: bool) -> Any:
    frame = pd.DataFrame(data)
    exog = np.column_stack([np.ones(len(frame)), frame["Days"]]) if slope else np.ones((len(frame), 1))
    return MixedLM(
        frame["Reaction"].to_numpy(),
        exog,
        groups=frame["Subject"].to_numpy(),
        exog_re=exog if slope else None,
    ).fit(reml=True)


def sleep_slopes(given: Any) -> list[float]:
    fit = sleep_model(given["data"], slope=True)
    return [*fit.fe_params, *fit.bse_fe, fit.scale**0.5, -2 * fit.llf]


def sleep_icc(given: Any) -> list[float]:
    fit = sleep_model(BY_ID["sleepstudy_lmm"]["input"]["data"], slope=False)
    between = float(np.asarray(fit.cov_re)[0, 0])
    return [between / (between + fit.scale)]


def herds(given: Any) -> list[float]:
    data = pd.DataFrame(given["data"])
    animals = data.loc[data.index.repeat(data["size"])]
    ill = animals.groupby(level=0).cumcount() < animals["incidence"]
    exog = pd.get_dummies(animals["period"], drop_first=True).astype(float)
    exog.insert(0, "(Intercept)", 1.0)
    fit = GEE(
        ill.astype(float), exog, groups=animals["herd"], family=Binomial(), cov_struct=Independence()
    ).fit()
    return [*fit.params, *fit.bse]


# Methods that the study takes from SciPy or statsmodels: held here, so that it may rely on them.
FROM_LIBRARIES: dict[str, Callable[[Any], Any]] = {
    "smoke_chisq": chi_square,
    "fisher_tea": fisher,
    "wilson_81_263": wilson,
    "wilson_15_148": wilson,
    "wilson_1_29": wilson,
    "wilson_5_5": wilson,
    "clopper_5_5": lambda given: [proportion_confint(x, n, method="beta") for x, n in given["cases"]],
    "somersd_scipy": lambda given: stats.somersd(given["table"]).statistic,
    "jaccard_bray_dune": lambda given: [
        distance.jaccard(np.array(given["site1"]) > 0, np.array(given["site2"]) > 0),
        distance.braycurtis(given["site1"], given["site2"]),
    ],
    "sleepstudy_lmm": sleep_slopes,
    "sleepstudy_icc": sleep_icc,
    "cbpp_gee_independence": herds,
}

CHECK = published_check(ENTRIES)
ROWS = CHECK.table.to_dict("records")


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['id']} {row['part']}".strip() for row in ROWS])
def test_our_number_is_the_published_one(row: dict[str, Any]) -> None:
    assert row["difference"] <= row["tolerance"], f"{row['ours']} is not {row['published']} ({row['source']})"


@pytest.mark.parametrize("name", sorted(FROM_LIBRARIES))
def test_the_library_gives_the_published_number(name: str) -> None:
    entry = BY_ID[name]
    ours = np.array(FROM_LIBRARIES[name](entry["input"]), dtype=float)
    np.testing.assert_allclose(ours, published(entry["expected"]), rtol=0, atol=entry["tolerance"])


def test_every_entry_is_computed_held_or_explained() -> None:
    held = set(FROM_LIBRARIES)
    ours = {row["id"] for row in ROWS}
    assert ours | held | set(NOT_A_MEASURE_OF_THIS_STUDY) == set(BY_ID)
    assert not (ours | held) & set(NOT_A_MEASURE_OF_THIS_STUDY)
    assert all(NOT_A_MEASURE_OF_THIS_STUDY.values())


def test_the_file_of_published_values_is_whole() -> None:
    originals = json.loads((DATA / "published_values.json").read_text(encoding="utf-8"))
    assert len(originals) == 59
    for entry in ENTRIES:
        assert {"id", "topic", "name", "source", "input", "expected", "tolerance", "verified_by"} <= set(
            entry
        )


def test_a_wrong_number_would_be_noticed() -> None:
    entry = dict(BY_ID["fleiss1971"], expected=0.44)
    table = published_check([entry]).table
    assert table["agrees"].tolist() == [False]
