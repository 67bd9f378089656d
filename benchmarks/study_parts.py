"""What the large study is put together from: names, draws and a codebook with more codes."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Words", "drawn_by_case", "filled_up", "joined", "named", "read"]

Words = npt.NDArray[np.object_]

GROWING = {"BE1": 17, "BE2": 15, "BE3": 16, "CL": 24, "ME": 24, "CH": 14, "CF": 10, "MO": 7, "OC": 12}
"""Below which codes further ones are added, and in which proportion."""


def read(path: Path) -> pd.DataFrame:
    """Return a table as it stands, every cell as text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def named(pattern: str, count: int) -> Words:
    """Return so many names, numbered from 1."""
    return np.array([pattern.format(number) for number in range(1, count + 1)], dtype=object)


def joined(*parts: object) -> Words:
    """Return the parts put together, row by row."""
    rows = max(len(part) for part in parts if isinstance(part, np.ndarray))
    joined = np.full(rows, "", dtype=object)
    for part in parts:
        joined = joined + (part.astype(str).astype(object) if isinstance(part, np.ndarray) else part)
    return joined


def drawn_by_case(
    rng: np.random.Generator, case: npt.NDArray[np.intp], cases: int, codes: int
) -> npt.NDArray[np.intp]:
    """Draw a code for each segment; each company has some codes that it speaks of more than of others."""
    weights = rng.gamma(0.6, size=(cases, codes))
    steps = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    drawn = np.searchsorted((steps + np.arange(cases)[:, None]).ravel(), case + rng.random(len(case)))
    return np.minimum(drawn - case * codes, codes - 1).astype(np.intp)


def filled_up(book: pd.DataFrame, codes: int) -> pd.DataFrame:
    """Return the codebook filled up with further codes beside those there are."""
    wanted, weights = max(codes - len(book), 0), np.array([*GROWING.values()], dtype=float)
    steps = np.round(np.cumsum(weights) / weights.sum() * wanted).astype(int)
    parts = [book]
    for parent, many in zip(GROWING, np.diff(steps, prepend=0), strict=True):
        beside = book[book["parent"] == parent]
        like = beside.iloc[np.arange(many) % len(beside)].copy()
        stem = f"{parent}." if parent[-1].isdigit() else parent
        number = np.arange(len(beside) + 1, len(beside) + 1 + many)
        like["id"] = [f"{stem}{n}" for n in number]
        like["label"] = [
            f"{label}, kind {_letters(n)}" for label, n in zip(like["label"], number, strict=True)
        ]
        parts.append(like)
    return pd.concat(parts, ignore_index=True)


def _letters(number: int) -> str:
    """Return a word for a number: a caption may hold none that is typed."""
    return chr(ord("a") + number // 26) + chr(ord("a") + number % 26)
