"""The short ways of release lead where the long ones lead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from twinbenefits.evidence.cells import BASIS, basis
from twinbenefits.evidence.withholding import _emptied

COLUMNS: dict[str, pd.Series[Any]] = {
    "words": pd.Series(["a", "b", ""]),
    "words and nothing": pd.Series(["a", None, np.nan], dtype="str"),
    "no word": pd.Series([None, None, None], dtype="str"),
    "whole": pd.Series([1, 2, 3]),
    "short": pd.Series([1, 2, 3], dtype="int32"),
    "whole or missing": pd.Series([1, None, 3], dtype="Int64"),
    "decimals": pd.Series([0.5, np.nan, 1.0]),
    "nothing": pd.Series([np.nan, np.nan, np.nan]),
    "yes or no": pd.Series([True, False, True]),
    "yes, no or missing": pd.Series([True, None, False], dtype="boolean"),
    "objects": pd.Series([1, "a", None], dtype=object),
    "days": pd.Series(pd.to_datetime(["2026-01-01", None, "2026-01-02"])),
}


@pytest.mark.parametrize("rows", [3, 0])
@pytest.mark.parametrize("hidden", [[False] * 3, [False, True, False], [True] * 3])
@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_is_emptied_as_if_each_were_looked_at(kind: str, hidden: list[bool], rows: int) -> None:
    column, gone = COLUMNS[kind][:rows], pd.Series(hidden[:rows], dtype=bool)
    long_way = column.astype(object).mask(gone, None).infer_objects()
    pd.testing.assert_series_equal(_emptied(column, gone), long_way)


@pytest.mark.parametrize("by", [[], ["code"], ["code", "case"], ["source", "case", "code"]])
@pytest.mark.parametrize("seed", range(4))
def test_what_cells_rest_on_is_counted_as_by_groups(by: list[str], seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            name: chance.choice(words, 40)
            for name, words in {
                "code": ["X", "Y", "Z"],
                "case": ["K1", "K2"],
                "speaker": ["", "p", "q", "r"],
                "source": ["s", "t", "u"],
            }.items()
        }
    ).assign(consent_level=chance.integers(0, 6, 40))
    found = basis(rows, by)
    for cell in found.to_dict("records"):
        mine = rows[(rows[by] == pd.Series({name: cell[name] for name in by}, dtype=object)).all(axis=1)]
        persons = set(mine["speaker"]) - {""}
        told = (mine["case"].nunique(), len(persons), mine["source"].nunique(), mine["consent_level"].min())
        assert tuple(cell[name] for name in BASIS) == told
    assert len(found) == (len(rows.drop_duplicates(by)) if by else 1)
