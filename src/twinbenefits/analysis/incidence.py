"""Which session holds which code: the counts behind every statement on whether the data are enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.analysis.coincidence import Floats, Ints

__all__ = ["Incidence"]


@dataclass(frozen=True, slots=True)
class Incidence:
    """Codes by session. Made by :meth:`from_frame` or :meth:`from_counts`.

    Parameters
    ----------
    sessions
        Number of sessions, T; a session without any code counts.
    counts
        In how many sessions each code was found, shape (codes,); codes never found are left out.
    codes
        Names of these codes.
    matrix
        Shape (sessions, codes), True where the session holds the code; ``None`` when only counts are known.
    names
        Names of the sessions in their order; empty when only counts are known.
    inputs
        Names of the tables that the incidence was made from.

    Examples
    --------
    >>> found = Incidence.from_frame(pd.DataFrame({"a": [1, 0, 2], "b": [0, 0, 1]}, index=["I1", "I2", "I3"]))
    >>> found.sessions, found.counts.tolist(), found.found_in(1), found.total
    (3, [2, 1], 1, 3)
    """

    sessions: int
    counts: Ints
    codes: tuple[Any, ...]
    matrix: npt.NDArray[np.bool_] | None = None
    names: tuple[Any, ...] = ()
    inputs: tuple[str, ...] = ("codings",)

    @classmethod
    def from_frame(
        cls, sessions_by_codes: pd.DataFrame, *, inputs: Sequence[str] = ("codings",)
    ) -> "Incidence":
        """Make it from a table of sessions (rows, in the order they were held) and codes (columns).

        Parameters
        ----------
        sessions_by_codes
            True or a count above zero where the session holds the code; empty cells count as not found.
        inputs
            Names of the tables behind the frame.

        Raises
        ------
        ValueError
            For cells that are neither numbers nor true or false, and for negative counts.
        """
        cells = sessions_by_codes.to_numpy(dtype=object)
        filled = np.where(pd.isna(cells), 0, cells)
        try:
            numbers = filled.astype(float)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"a table of sessions by codes holds counts or true and false: {error}"
            ) from None
        if (numbers < 0).any():
            raise ValueError("a table of sessions by codes cannot hold negative counts")
        matrix = (numbers > 0).reshape(sessions_by_codes.shape)
        seen = np.atleast_1d(matrix.any(axis=0))
        codes = tuple(code for code, met in zip(sessions_by_codes.columns, seen, strict=True) if met)
        kept = matrix[:, seen]
        return cls(
            len(matrix), kept.sum(axis=0), codes, kept, tuple(sessions_by_codes.index), tuple(inputs)
        )  # fmt: skip

    @classmethod
    def from_counts(
        cls,
        T: int,  # noqa: N803 - the field's symbol
        counts: npt.ArrayLike,
        *,
        inputs: Sequence[str] = ("codings",),
    ) -> "Incidence":
        """Make it from the number of sessions and in how many of them each code was found.

        Parameters
        ----------
        T
            Number of sessions.
        counts
            One count per code; zeros are codes never found.
        inputs
            Names of the tables behind the counts.

        Raises
        ------
        ValueError
            For negative counts or a code found in more sessions than there are.
        """
        numbers = np.asarray(counts, dtype=np.intp).ravel()
        if T < 0 or (numbers < 0).any():
            raise ValueError("sessions and counts cannot be negative")
        if (numbers > T).any():
            raise ValueError(f"a code was found in {int(numbers.max())} sessions, but there are only {T}")
        seen = numbers > 0
        return cls(int(T), numbers[seen], tuple(np.flatnonzero(seen).tolist()), inputs=tuple(inputs))

    @property
    def seen(self) -> int:
        """Number of codes found, S."""
        return len(self.counts)

    @property
    def total(self) -> int:
        """Sum of incidences, U."""
        return int(self.counts.sum())

    def found_in(self, sessions: int) -> int:
        """Return the number of codes found in exactly so many sessions, Q with that index."""
        return int(np.count_nonzero(self.counts == sessions))

    def frequencies(self) -> Floats:
        """Return Q1, Q2 … up to the largest count, at least two of them."""
        return np.bincount(self.counts, minlength=3)[1:].astype(float)

    def missed(self) -> Floats:
        """Return each code's probability of not being among t sessions drawn at random, shape (T + 1, codes).

        Row t holds C(T - Y, t) / C(T, t), built up by multiplication, which stays exact for many sessions.

        Examples
        --------
        >>> Incidence.from_counts(2, [2, 1]).missed().tolist()
        [[1.0, 1.0], [0.0, 0.5], [0.0, 0.0]]
        """
        drawn = np.arange(self.sessions)[:, None]
        left = np.maximum(self.sessions - self.counts[None, :] - drawn, 0)
        steps = np.cumprod(left / np.maximum(self.sessions - drawn, 1), axis=0)
        return np.vstack([np.ones((1, self.seen)), steps])

    def expected(self) -> Floats:
        """Return the codes expected in 0, 1 … T sessions, averaged over all orders, shape (T + 1,)."""
        return np.asarray((1.0 - self.missed()).sum(axis=1), dtype=float)

    def grouped(self, groups: Mapping[Any, Any]) -> "Incidence":
        """Return the incidence of groups of codes; codes without a group are left out.

        Raises
        ------
        ValueError
            When only counts are known: two codes of a group may share sessions.
        """
        if self.matrix is None:
            raise ValueError("groups need the table of sessions by codes: make the incidence with from_frame")
        names = list(dict.fromkeys(groups[code] for code in self.codes if code in groups))
        columns = [
            self.matrix[:, [i for i, code in enumerate(self.codes) if groups.get(code) == name]].any(axis=1)
            for name in names
        ]
        matrix = np.stack(columns, axis=1) if columns else np.zeros((self.sessions, 0), dtype=bool)
        return Incidence(self.sessions, matrix.sum(axis=0), tuple(names), matrix, self.names, self.inputs)

    def without(self, position: int) -> "Incidence":
        """Return the incidence with the session at `position` left out.

        Raises
        ------
        ValueError
            When only counts are known.
        """
        if self.matrix is None:
            raise ValueError("leaving a session out needs the table of sessions by codes: use from_frame")
        matrix = np.delete(self.matrix, position, axis=0)
        seen = np.atleast_1d(matrix.any(axis=0))
        codes = tuple(code for code, met in zip(self.codes, seen, strict=True) if met)
        names = self.names[:position] + self.names[position + 1 :]
        return Incidence(len(matrix), matrix[:, seen].sum(axis=0), codes, matrix[:, seen], names, self.inputs)
