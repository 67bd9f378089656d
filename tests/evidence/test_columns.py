"""The models of the tables become the schemas that pandera itself would make of them."""

from __future__ import annotations

import pandera.pandas as pa
import pytest

from twinbenefits.evidence.columns import MARK
from twinbenefits.evidence.table import models


@pytest.mark.parametrize("name", sorted(models()))
def test_a_schema_is_pandera_s_own_with_the_mark_last(name: str) -> None:
    model = models()[name]
    made = model.to_schema()
    own = pa.DataFrameModel.build_schema_.__func__(model)  # type: ignore[attr-defined]
    assert [*made.columns] == sorted(own.columns, key=lambda column: column == MARK)
    for column, described in made.columns.items():
        assert str(vars(described)) == str(vars(own.columns[column]))
    assert made.checks == own.checks
    assert made.index is None
    assert own.index is None
