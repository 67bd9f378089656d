"""Hold reproduced results to published ones: identical, within tolerance, different, missing."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from twinbenefits.workflow.reproduction.expected import Expected

Outcome = Literal["identical", "within tolerance", "different", "missing"]
OUTCOMES: tuple[Outcome, ...] = ("identical", "within tolerance", "different", "missing")
RELATIVE = 1e-9
"""Platforms round sums differently in the last digits; anything beyond is a difference."""
NOTICED = 32
"""A pixel differs when one of its channels does by more than this, of 255."""
PIXELS, BLOCK, IN_BLOCK = 0.001, 16, 0.1
"""A figure is within tolerance up to this share of differing pixels in all, and, so that a moved dot is seen,
up to the last share in any square of so many pixels: letters may be smoothed differently."""
LISTED = 5


@dataclass(frozen=True, slots=True)
class Compared:
    """One result held to its published form.

    Parameters
    ----------
    kind
        Value, table or figure.
    name
        Its name or id.
    notebook
        What makes it.
    outcome
        How it came out.
    detail
        What differs and where, in words.
    in_print
        Whether a reader of the documents would see the difference.
    private
        Whether it can only be recomputed with rows that are not public.
    """

    kind: str
    name: str
    notebook: str
    outcome: Outcome
    detail: str = ""
    in_print: bool = False
    private: bool = False


def compare(published: Expected, found: Expected) -> list[Compared]:
    """Compare all results of two runs of the same edition, in the order of kinds and names.

    Parameters
    ----------
    published, found
        What is expected, and what was reproduced.
    """
    return [*_values(published, found), *_tables(published, found), *_figures(published, found)]


def additional(published: Expected, found: Expected) -> list[str]:
    """Return the results that are reproduced but were never published."""
    return [
        f"{kind} {name}"
        for kind, old, new in (
            ("value", published.values, found.values),
            ("table", published.tables, found.tables),
            ("figure", published.figures, found.figures),
        )
        for name in sorted(set(new) - set(old))
    ]


def _values(published: Expected, found: Expected) -> Iterator[Compared]:
    for name, wanted in sorted(published.values.items()):
        base = ("value", name, str(wanted["notebook"]))
        got, private = found.values.get(name), bool(wanted["private"])
        if got is None:
            yield Compared(*base, "missing", "it was not registered", in_print=True, private=private)
            continue
        outcome, detail = _numbers(wanted["value"], got["value"])
        printed = wanted["text"] != got["text"]
        if printed:
            outcome, detail = "different", f"printed {got['text']} instead of {wanted['text']}"
        elif outcome == "different":
            detail += f"; printed alike as {wanted['text']}"
        elif wanted["n"] != got["n"] or wanted["unit"] != got["unit"]:
            outcome = "different"
            detail = f"rests on {got['n']} {got['unit']} instead of {wanted['n']} {wanted['unit']}"
        yield Compared(*base, outcome, detail, in_print=printed, private=private)


def _numbers(wanted: Any, got: Any) -> tuple[Outcome, str]:
    if wanted == got and type(wanted) is type(got):
        return "identical", ""
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (wanted, got))
    if numeric and math.isclose(wanted, got, rel_tol=RELATIVE, abs_tol=RELATIVE):
        return "within tolerance", f"differs by {abs(wanted - got):.1e}"
    if numeric:
        return "different", f"{got!r} instead of {wanted!r} (differs by {abs(wanted - got):.1e})"
    return "different", f"{got!r} instead of {wanted!r}"


def _tables(published: Expected, found: Expected) -> Iterator[Compared]:
    for name, wanted in sorted(published.tables.items()):
        base, private = ("table", name, str(wanted["notebook"])), bool(wanted["private"])
        if name not in found.tables:
            yield Compared(*base, "missing", "it was not registered", in_print=True, private=private)
        elif published.cells[name] == found.cells[name]:
            yield Compared(*base, "identical", private=private)
        else:
            differences = cell_differences(published.cells[name], found.cells[name])
            outcome: Outcome = "different" if differences else "within tolerance"
            detail = _listed(differences) or "numbers differ in their last digits only"
            yield Compared(*base, outcome, detail, in_print=bool(differences), private=private)


def cell_differences(published: str, found: str) -> list[str]:
    """Return what differs between two tables in CSV, cell by cell, numbers within tolerance left out.

    Rows are matched by their first cell where it names them, so that one dropped row is told as one.
    """
    old, new = (list(csv.reader(io.StringIO(text))) for text in (published, found))
    if not old or not new:
        return ["one of the two tables is empty"]
    if old[0] != new[0]:
        return [f"columns {', '.join(new[0])} instead of {', '.join(old[0])}"]
    names = [row[0] if row else "" for row in old[1:]], [row[0] if row else "" for row in new[1:]]
    if all(len(set(part)) == len(part) for part in names):
        return list(
            _by_name(
                old[0], dict(zip(names[0], old[1:], strict=True)), dict(zip(names[1], new[1:], strict=True))
            )
        )
    return list(_by_position(old, new))


def _by_name(
    head: Sequence[str], old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    for name in old:
        if name not in new:
            yield f"row {name} is missing"
        else:
            yield from _cells(head, name, old[name], new[name])
    yield from (f"row {name} is new" for name in new if name not in old)


def _by_position(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> Iterator[str]:
    if len(old) != len(new):
        yield f"{len(new) - 1} rows instead of {len(old) - 1}"
    for number, (before, after) in enumerate(zip(old[1:], new[1:], strict=False), 2):
        yield from _cells(old[0], str(number), before, after)


def _cells(head: Sequence[str], row: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for column, before, after in zip_longest(head, old, new, fillvalue=""):
        if before != after and not _close(before, after):
            yield f"row {row}, {column}: {after or 'empty'} instead of {before or 'empty'}"


def _close(before: str, after: str) -> bool:
    try:
        return math.isclose(float(before), float(after), rel_tol=RELATIVE, abs_tol=RELATIVE)
    except ValueError:
        return False


def _figures(published: Expected, found: Expected) -> Iterator[Compared]:
    for name, wanted in sorted(published.figures.items()):
        base, private = ("figure", name, str(wanted["notebook"])), bool(wanted["private"])
        got = found.figures.get(name)
        if got is None:
            yield Compared(*base, "missing", "it was not registered", in_print=True, private=private)
        elif all(got[key] == wanted[key] for key in ("png_sha256", "svg_sha256")):
            yield Compared(*base, "identical", private=private)
        else:
            difference = pixel_difference(published.pictures[name], found.pictures[name])
            if difference is None:
                yield Compared(*base, "different", "it has another size", in_print=True, private=private)
                continue
            differs = difference.share > PIXELS or difference.densest > IN_BLOCK
            detail = f"other bytes, and {100 * difference.share:.2f} % of its pixels differ"
            outcome: Outcome = "different" if differs else "within tolerance"
            yield Compared(*base, outcome, detail, in_print=differs, private=private)


@dataclass(frozen=True, slots=True)
class PixelDifference:
    """How much two pictures of one size differ: in all, and in the square where they differ most."""

    share: float
    densest: float


def pixel_difference(published: bytes, found: bytes) -> PixelDifference | None:
    """Return how many pixels differ noticeably, or None where the sizes differ."""
    import numpy as np
    from PIL import Image

    pixels = []
    for data in (published, found):
        with Image.open(io.BytesIO(data)) as image:
            pixels.append(np.asarray(image.convert("RGB"), dtype=np.int16))
    if pixels[0].shape != pixels[1].shape:
        return None
    differs = np.abs(pixels[0] - pixels[1]).max(axis=2) > NOTICED
    rows, columns = (-(-size // BLOCK) for size in differs.shape)
    padded = np.zeros((rows * BLOCK, columns * BLOCK))
    padded[: differs.shape[0], : differs.shape[1]] = differs
    blocks = padded.reshape(rows, BLOCK, columns, BLOCK).mean(axis=(1, 3))
    return PixelDifference(float(differs.mean()), float(blocks.max()))


def difference_picture(published: bytes, found: bytes) -> bytes:
    """Return published and reproduced figure and their difference side by side, as one PNG."""
    from PIL import Image, ImageChops, ImageOps

    images: list[Image.Image] = []
    for data in (published, found):
        with Image.open(io.BytesIO(data)) as opened:
            images.append(opened.convert("RGB"))
    width, height = (max(image.size[axis] for image in images) for axis in (0, 1))
    padded = [ImageOps.pad(image, (width, height), color="white", centering=(0, 0)) for image in images]
    noticed = (
        ImageChops.difference(*padded).convert("L").point([0 if n <= NOTICED else 255 for n in range(256)])
    )
    sheet = Image.new("RGB", (3 * width + 40, height), "white")
    for place, image in enumerate([*padded, ImageOps.invert(noticed).convert("RGB")]):
        sheet.paste(image, (place * (width + 20), 0))
    out = io.BytesIO()
    sheet.save(out, "PNG", optimize=True)
    return out.getvalue()


def _listed(differences: Sequence[str]) -> str:
    shown = "; ".join(differences[:LISTED])
    return shown if len(differences) <= LISTED else f"{shown}; and {len(differences) - LISTED} more"
