"""Which cells of a result an audience may see, and why the others are withheld."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.evidence.cells import BASIS, Basis, Cells, Items, items_of
from twinbenefits.evidence.consent import AudienceRule, Permissions
from twinbenefits.evidence.disclosure import ALL

__all__ = ["WITHHELD", "Gate"]

PLAIN = ("bool", "int64", "float64")

WITHHELD = "withheld"
"""Column that says why a cell is withheld; empty where it is shown."""


class Gate:
    """The rule of one audience, applied to cells.

    Parameters
    ----------
    rule, own_rule
        For the rows of other companies and of the audience's own.
    own
        The audience's own case as it stands in the tables, empty for none.
    permissions
        What the companies permit.
    codes
        Case as it stands in the tables, to the stable code that permissions name.
    """

    def __init__(
        self,
        rule: AudienceRule,
        own_rule: AudienceRule,
        own: str,
        permissions: Permissions,
        codes: Mapping[str, str],
    ) -> None:
        self._rule, self._own_rule, self._own = rule, own_rule, own
        self._permissions, self._codes = permissions, codes

    def reason(self, basis: Basis) -> str:
        """Return why a number with this basis is withheld, or an empty text.

        A number that rests on nothing (0 persons) is judged by whether it is about one company.
        """
        if basis.about:
            return self._about_a_company(basis)
        rule = self._rule
        if basis.level < rule.count_from and basis.sources:
            return f"a row behind it may not be counted for this audience (consent level {basis.level})"
        if rule.minimum_persons > 1 and basis.sources:
            if basis.cases < 2:
                return "rests on one company"
            if basis.sources < rule.minimum_sources:
                return f"rests on fewer than {rule.minimum_sources} sources"
            if basis.persons < rule.minimum_persons:
                return f"rests on fewer than {rule.minimum_persons} persons"
        return ""

    def _about_a_company(self, basis: Basis) -> str:
        mine = bool(self._own) and basis.about == self._own
        rule = self._own_rule if mine else self._rule
        if basis.level < rule.case_from and basis.sources:
            return f"consent does not cover a statement about one company (level {basis.level})"
        refused = self.refusal(basis.about, basis.item)
        if refused:
            return refused
        few = rule.minimum_persons > 1 and basis.sources and basis.persons < rule.minimum_persons
        return f"rests on fewer than {rule.minimum_persons} persons" if few and not rule.permission else ""

    def refusal(self, case: str, item: Items = "benefit_states") -> str:
        """Return why nothing may be said about a company, or an empty text.

        Parameters
        ----------
        case
            The company as it stands in the tables.
        item
            The permission that is needed beside that of the vertical, or several.
        """
        mine = bool(self._own) and case == self._own
        if not (self._own_rule if mine else self._rule).permission:
            return ""
        for each in ("vertical", *items_of(item)):
            refused = self._permissions.refusal(self._codes.get(case, ""), each)
            if refused:
                return f"{each.replace('_', ' ')}: {refused}"
        return ""

    def words_reason(self, basis: Basis) -> str:
        """Return why words with this basis may not be shown."""
        mine = bool(self._own) and basis.about == self._own
        rule = self._own_rule if mine else self._rule
        if basis.level < rule.quote_from:
            return f"consent does not cover a quote (level {basis.level})"
        return self._about_a_company(basis) if basis.about else ""

    def withhold(self, table: pd.DataFrame, cells: Cells) -> pd.DataFrame:
        """Return the table with withheld cells emptied, a column that says why, and no basis.

        Raises
        ------
        ValueError
            If the table lacks a column that its description names, or the basis of its cells.
        """
        missing = [name for name in (*cells.dimensions, *cells.shown, *BASIS) if name not in table]
        if missing:
            raise ValueError(f"the table lacks columns that release needs: {', '.join(missing)}")
        bases, which = self._bases(table, cells)
        reasons = np.array([self.reason(basis) for basis in bases], dtype=object)
        shown = table.drop(columns=[name for name in BASIS if name not in cells.shown])
        shown[WITHHELD] = pd.Series(reasons[which], index=table.index, dtype="str")
        hidden = shown[WITHHELD] != ""
        for column in cells.shown:
            shown[column] = _emptied(shown[column], hidden)
        unquoted = np.array([bool(self.words_reason(basis)) for basis in bases], dtype=bool)
        for column in cells.words:
            silent = pd.Series(unquoted[which], index=table.index, dtype=bool)
            shown[column] = shown[column].astype(object).mask(silent, None)
        return self._unmixed(shown, hidden, cells)

    @staticmethod
    def _unmixed(shown: pd.DataFrame, hidden: pd.Series[bool], cells: Cells) -> pd.DataFrame:
        """Empty what mixes companies beside a cell that is withheld: with the others it gives that away."""
        if cells.mixed and hidden.any():
            others = [name for name in cells.dimensions if name != cells.case]
            groups = [tuple(row) for row in shown[others].itertuples(index=False)]
            closed = {group for group, hides in zip(groups, hidden, strict=True) if hides}
            beside = pd.Series([group in closed for group in groups], index=shown.index, dtype=bool)
            for column in cells.mixed:
                shown[column] = _emptied(shown[column], beside)
        return shown

    def mixed_in(self, table: pd.DataFrame, cells: Cells) -> dict[str, str]:
        """Return each company that may not be shown but is mixed into what the others' cells say, and why."""
        if not cells.mixed or table[list(cells.mixed)].isna().all(axis=None):
            return {}
        about = [str(case) for case in table[cells.case].unique() if case != ALL]
        told = {case: self.refusal(case, cells.item) for case in about}
        return {case: why for case, why in told.items() if why}

    @staticmethod
    def _bases(table: pd.DataFrame, cells: Cells) -> tuple[list[Basis], npt.NDArray[np.intp]]:
        """Return the different bases, and on which of them each row rests."""
        columns = [*BASIS, *([cells.case] if cells.case else [])]
        which = np.zeros(len(table), dtype=np.intp)
        for column in columns:
            place, known = pd.factorize(table[column], use_na_sentinel=False)
            which = pd.factorize(which * max(len(known), 1) + place)[0].astype(np.intp)
        first = table[columns].take(np.unique(which, return_index=True)[1])
        named = [[int(str(cell)) for cell in first[name].tolist()] for name in BASIS]
        about = [str(case) for case in first[cells.case].tolist()] if cells.case else [ALL] * len(first)
        bases = [
            Basis(cases, persons, sources, level, "" if case == ALL else case, cells.item)
            for cases, persons, sources, level, case in zip(*named, about, strict=True)
        ]
        return bases, which


def _emptied(column: pd.Series[Any], hidden: pd.Series[bool]) -> pd.Series[Any]:
    """Return a column without its hidden cells, of the kind of what is left."""
    if len(column) and not hidden.any():
        kind = str(column.dtype)
        if kind in PLAIN or (kind == "str" and column.notna().any()):
            return column  # the long way would lead to the same
    return column.astype(object).mask(hidden, None).infer_objects()
