"""Figures an editor would accept: nothing clipped or overlapping, readable, the same bytes every time."""

from __future__ import annotations

import io
import runpy
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from twinbenefits.analysis.benefit_map import benefit_map
from twinbenefits.analysis.citations import KeyReading
from twinbenefits.analysis.literature import evidence_matrix, literature_over_time
from twinbenefits.analysis.overlap import shared_references
from twinbenefits.analysis.result import Result
from twinbenefits.display import benefits_map as maps
from twinbenefits.display import literature_figures, overlap_figures, style
from twinbenefits.evidence.release import Released, release
from twinbenefits.evidence.study import Study

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "toy_study.py")))
NAMES = ["characteristics", "benefits", "mentions", "references", "benefit_codes", "codebook"]
R1 = KeyReading("R1", "Kusic2020", "Kusic2023")
SLIP = KeyReading("F1", "Roo2001", "Roe2001")
PAGE_MM = 160.0  # width of the text on the paper's page
LEAST_POINTS = 7.0


@cache
def opened() -> Study:
    """Return the study, with every table that a result here may rest on."""
    return Study.open(Path(__file__).parents[2], tables=NAMES)


def released(result: Result) -> Released:
    return release(result, opened())


def _drawn(frames: dict[str, pd.DataFrame], reading: KeyReading) -> dict[str, Callable[[], Figure]]:
    four = tuple(frames[name] for name in NAMES[:4])
    matrix = released(evidence_matrix(*four))
    years = released(literature_over_time(*four))
    shared = released(shared_references(*four, proposed=[reading]))
    none_shared = released(shared_references(*four, minimum_claims=5))
    the_map = released(
        benefit_map(frames["benefits"], *(frames[n] for n in ("benefit_codes", "codebook", "mentions")))
    )
    return {
        "years": lambda: literature_figures.literature_over_time(years),
        "years-slide": lambda: literature_figures.literature_over_time(years, variant="slide"),
        "matrix": lambda: literature_figures.evidence_matrix(matrix),
        "rows": lambda: literature_figures.references_per_row(matrix),
        "rows-slide": lambda: literature_figures.references_per_row(matrix, variant="slide"),
        "shared": lambda: overlap_figures.shared_references(shared),
        "shared-slide": lambda: overlap_figures.shared_references(shared, variant="slide"),
        "none-shared": lambda: overlap_figures.shared_references(none_shared),
        "map": lambda: maps.benefits_map(the_map),
        "map-slide": lambda: maps.benefits_map(the_map, variant="slide"),
    }


FIGURES = [
    f"{study}/{name}"
    for study in ("deck", "toy")
    for name in (
        *("years", "years-slide", "matrix", "rows", "rows-slide"),
        *("shared", "shared-slide", "none-shared", "map", "map-slide"),
    )
]


@pytest.fixture(scope="module")
def drawing() -> dict[str, Callable[[], Figure]]:
    deck = {name: opened().table(name) for name in NAMES}
    frames = (TOY.ROWS, TOY.GAINS, TOY.MENTIONS, TOY.REFERENCES, TOY.CODES, TOY.CODEBOOK)
    toy = dict(zip(NAMES, frames, strict=True))
    return {f"deck/{n}": f for n, f in _drawn(deck, R1).items()} | {
        f"toy/{n}": f for n, f in _drawn(toy, SLIP).items()
    }


def texts(figure: Figure) -> Iterator[tuple[Text, Bbox]]:
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(110)  # as the notebook shows it; the coarser, the wider the letters
    canvas.draw()
    renderer = canvas.get_renderer()
    beyond = set(_ticks_beyond_the_axes(figure))
    for text in figure.findobj(Text):
        if text not in beyond and text.get_visible() and text.get_text().strip():
            box = text.get_window_extent(renderer)
            if box.width and box.height:
                yield text, box


def _ticks_beyond_the_axes(figure: Figure) -> Iterator[Text]:
    """Yield the labels of ticks that lie outside the view: matplotlib keeps them and draws none."""
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low <= tick.get_loc() <= high:
                yield from (tick.label1, tick.label2)


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_clipped_or_overlaps_another(name: str, drawing: dict[str, Callable[[], Figure]]) -> None:
    figure = drawing[name]()
    found = [(text.get_text(), box) for text, box in texts(figure)]
    assert len(found) > 3
    clipped = [words for words, box in found if not _inside(box, figure.bbox)]
    assert clipped == []
    # Half a pixel may be shared by two boxes without a letter touching another.
    boxes = [(words, box.padded(-0.5)) for words, box in found]
    overlapping = [(a, b) for (a, one), (b, two) in combinations(boxes, 2) if one.overlaps(two)]
    assert overlapping == []


def _inside(box: Bbox, page: Bbox) -> bool:
    return box.x0 >= page.x0 - 1 and box.y0 >= page.y0 - 1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1


@pytest.mark.parametrize("name", ["deck/map", "deck/map-slide", "toy/map"])
def test_words_stay_inside_their_box(name: str, drawing: dict[str, Callable[[], Figure]]) -> None:
    figure = drawing[name]()
    words = [(t, box) for t, box in texts(figure) if t.axes is not None]
    frames = [patch.get_window_extent() for patch in figure.findobj(FancyBboxPatch) if patch.axes is not None]
    frames = [box for box in frames if box.width < figure.bbox.width / 1.5]
    assert len(words) == len(frames) > 2
    outside = [t.get_text() for t, box in words if not any(_inside(box, frame) for frame in frames)]
    assert outside == []


@pytest.mark.parametrize("name", FIGURES)
def test_letters_are_readable_at_the_size_of_the_page(
    name: str, drawing: dict[str, Callable[[], Figure]]
) -> None:
    figure = drawing[name]()
    width = figure.get_size_inches()[0]
    scale = 1.0 if name.endswith("slide") else min(1.0, PAGE_MM / 25.4 / width)
    least = 12.0 if name.endswith("slide") else LEAST_POINTS
    assert min(text.get_fontsize() * scale for text, _ in texts(figure)) >= least
    assert {text.get_fontname() for text, _ in texts(figure)} == {"DejaVu Sans"}


def _svg(figure: Figure) -> bytes:
    target = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "test", "svg.fonttype": "path"}):
        figure.savefig(target, format="svg", metadata={"Date": None})
    return target.getvalue()


@pytest.mark.parametrize("name", ["deck/years", "deck/matrix", "deck/shared", "deck/map"])
def test_a_figure_does_not_depend_on_the_readers_settings(
    name: str, drawing: dict[str, Callable[[], Figure]]
) -> None:
    plain = _svg(drawing[name]())
    with mpl.rc_context({"font.size": 30, "axes.grid": True, "axes.facecolor": "red", "lines.linewidth": 9}):
        own_settings = drawing[name]()
        assert mpl.rcParams["font.size"] == 30
    assert _svg(own_settings) == plain
    assert b"<text" not in plain


def test_status_is_never_told_by_colour_alone() -> None:
    marks = list(style.STATUS.values())
    assert len({mark.hatch for mark in marks}) == len({mark.marker for mark in marks}) == len(marks)


def test_white_words_stand_on_dark_boxes() -> None:
    """The contrast of 4.5 that the web accessibility guidelines (WCAG 2.2, 1.4.3) ask for."""
    for colour in maps._HEADS:
        assert 1.05 / (_luminance(colour) + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_a_work_not_identified_says_so_in_the_figure(drawing: dict[str, Callable[[], Figure]]) -> None:
    said = {text.get_text() for text, _ in texts(drawing["deck/matrix"]())}
    assert {"Oj et al 2021 [not yet identified]", "He and Bai, 2021"} <= said
    assert "Oj et al 2021" not in said


def test_rows_without_a_reference_say_so_in_words(drawing: dict[str, Callable[[], Figure]]) -> None:
    said = [text.get_text() for text, _ in texts(drawing["deck/rows"]())]
    assert said.count("none of its own") == 6


def test_years_without_any_cited_work_are_refused() -> None:
    empty = released(literature_over_time(TOY.ROWS, TOY.GAINS, TOY.MENTIONS[:0], TOY.REFERENCES))
    with pytest.raises(ValueError, match="no work is cited"):
        literature_figures.literature_over_time(empty)
