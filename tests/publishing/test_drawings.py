"""A drawing of an earlier build is taken only where drawing anew would give the same bytes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import colors, patheffects, ticker, transforms
from matplotlib.figure import Figure

from twinbenefits.publishing import figures
from twinbenefits.publishing.drawings import figure_digest
from twinbenefits.publishing.figures import figure_bytes
from twinbenefits.publishing.kept import KEPT_VARIABLE

MARK = "synthetic demonstration data"


def chart() -> Figure:
    figure = Figure(figsize=(4, 2.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.bar([0, 1], [1.0, 2.0], hatch="//", color=["tab:blue", "0.5"], label="bars")
    left.plot([0, 1], [2.0, 1.0], "o--", label="line")
    left.annotate("here", (0, 1), (0.5, 1.5), arrowprops={"arrowstyle": "->"})
    left.legend(title="what")
    left.set_title("Boats")
    right.imshow([[0.0, 0.25], [0.5, 1.0]], cmap="viridis")
    right.scatter([0, 1], [0, 1], s=[5, 9], c=[0.1, 0.9])
    right.barh(["a", "b"], [1, 2])
    return figure


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of what earlier builds have made, as in a build."""
    monkeypatch.setenv(KEPT_VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


def nobody_draws(*_: object) -> dict[str, bytes]:
    raise AssertionError("this was to be found, not drawn")


def test_a_drawing_that_is_found_is_the_one_that_would_be_drawn(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = figure_bytes(chart(), "D02", MARK)
    assert len([*kept.iterdir()]) == 1
    monkeypatch.setattr(figures, "_drawn", nobody_draws)
    assert figure_bytes(chart(), "D02", MARK) == first
    monkeypatch.undo()
    assert figure_bytes(chart(), "D02", MARK) == first, "outside of a build it is drawn"


def test_a_figure_is_drawn_the_same_from_what_its_digest_is_made_of() -> None:
    figure = chart()
    again = pickle.loads(pickle.dumps(figure))
    assert figure_bytes(again, "D02", MARK) == figure_bytes(figure, "D02", MARK)


def test_the_digest_is_the_same_in_every_process() -> None:
    code = "from tests.publishing.test_drawings import *; print(figure_digest(chart(), 'D02', MARK))"
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    assert told.stdout.strip() == figure_digest(chart(), "D02", MARK)


def nothing(_: object) -> None:
    return None


CHANGES: dict[str, Callable[[Figure], object]] = {
    "title": lambda f: f.axes[0].set_title("Boat"),
    "letters": lambda f: f.axes[0].title.set_fontsize(11.5),
    "weight": lambda f: f.axes[0].title.set_fontweight("bold"),
    "family": lambda f: f.axes[0].title.set_fontfamily("serif"),
    "style": lambda f: f.axes[0].title.set_fontstyle("italic"),
    "turned": lambda f: f.axes[0].title.set_rotation(3),
    "aligned": lambda f: f.axes[0].title.set_ha("left"),
    "text colour": lambda f: f.axes[0].title.set_color("0.3"),
    "text box": lambda f: f.axes[0].title.set_bbox({"facecolor": "0.9"}),
    "one letter of a label": lambda f: f.axes[0].set_xlabel("a"),
    "place of a note": lambda f: f.axes[0].texts[0].set_position((0.5, 1.5001)),
    "arrow": lambda f: f.axes[0].texts[0].arrow_patch.set_arrowstyle("-|>"),
    "bar": lambda f: f.axes[0].patches[0].set_height(1.0000001),
    "colour": lambda f: f.axes[0].patches[0].set_facecolor("tab:red"),
    "edge": lambda f: f.axes[0].patches[0].set_edgecolor("k"),
    "hatch": lambda f: f.axes[0].patches[0].set_hatch("\\\\"),
    "alpha": lambda f: f.axes[0].patches[0].set_alpha(0.99),
    "order": lambda f: f.axes[0].patches[0].set_zorder(0.5),
    "cut": lambda f: f.axes[0].patches[0].set_clip_on(False),
    "cut to": lambda f: f.axes[0].patches[0].set_clip_path(f.axes[0].patches[1]),
    "hidden": lambda f: f.axes[0].patches[0].set_visible(False),
    "as pixels": lambda f: f.axes[0].patches[0].set_rasterized(True),
    "snapped": lambda f: f.axes[0].patches[0].set_snap(False),
    "sketched": lambda f: f.axes[0].patches[0].set_sketch_params(1),
    "named in the file": lambda f: f.axes[0].patches[0].set_gid("first"),
    "linked": lambda f: f.axes[0].patches[0].set_url("https://example.org"),
    "outlined": lambda f: f.axes[0].lines[0].set_path_effects([patheffects.withStroke(linewidth=3)]),
    "outlined more": lambda f: f.axes[0].lines[0].set_path_effects([patheffects.withStroke(linewidth=4)]),
    "moved": lambda f: (
        f.axes[0].lines[0].set_transform(transforms.Affine2D().translate(0.1, 0) + f.axes[0].transData)
    ),
    "line": lambda f: f.axes[0].lines[0].set_ydata([2.0, 1.5]),
    "dashes": lambda f: f.axes[0].lines[0].set_linestyle(":"),
    "width": lambda f: f.axes[0].lines[0].set_linewidth(1.6),
    "marker": lambda f: f.axes[0].lines[0].set_marker("s"),
    "marker's size": lambda f: f.axes[0].lines[0].set_markersize(6.5),
    "ends": lambda f: f.axes[0].lines[0].set_dash_capstyle("round"),
    "one more": lambda f: f.axes[0].axhline(1),
    "one fewer": lambda f: f.axes[0].lines[0].remove(),
    "limits": lambda f: f.axes[0].set_xlim(-1, 2),
    "other way round": lambda f: f.axes[0].invert_yaxis(),
    "scale": lambda f: f.axes[0].set_yscale("symlog"),
    "margins": lambda f: f.axes[0].margins(0.1),
    "ticks": lambda f: f.axes[0].set_xticks([0, 0.5, 1]),
    "ticks' texts": lambda f: f.axes[0].set_xticks([0, 0.5, 1], ["a", "b", "c"]),
    "ticks' form": lambda f: f.axes[0].yaxis.set_major_formatter("{x:.0%}"),
    "ticks' other form": lambda f: f.axes[0].yaxis.set_major_formatter("{x:.1%}"),
    "ticks' places": lambda f: f.axes[0].yaxis.set_major_locator(ticker.MultipleLocator(0.5)),
    "ticks' length": lambda f: f.axes[0].tick_params(length=1),
    "grid": lambda f: f.axes[0].grid(axis="y"),
    "frame": lambda f: f.axes[0].spines["top"].set_visible(False),
    "ground": lambda f: f.axes[0].set_facecolor("0.98"),
    "shape": lambda f: f.axes[0].set_aspect("equal"),
    "legend": lambda f: f.axes[0].get_legend().set_title("which"),
    "legend's place": lambda f: f.axes[0].legend(loc="lower left"),
    "legend's frame": lambda f: f.axes[0].get_legend().set_frame_on(False),
    "data of an image": lambda f: f.axes[1].images[0].set_data(np.array([[0.0, 0.25], [0.5, 0.99]])),
    "colours of an image": lambda f: f.axes[1].images[0].set_cmap("magma"),
    "range of an image": lambda f: f.axes[1].images[0].set_norm(colors.Normalize(0, 2)),
    "smoothed": lambda f: f.axes[1].images[0].set_interpolation("bilinear"),
    "sizes of points": lambda f: f.axes[1].collections[0].set_sizes([5, 10]),
    "places of points": lambda f: f.axes[1].collections[0].set_offsets([[0, 0], [1, 0.9]]),
    "colours of points": lambda f: f.axes[1].collections[0].set_array([0.1, 0.8]),
    "size": lambda f: f.set_size_inches(4, 2.6),
    "resolution": lambda f: f.set_dpi(101),
    "paper": lambda f: f.set_facecolor("0.97"),
    "heading": lambda f: f.suptitle("All"),
    "layout": lambda f: f.get_layout_engine().set(w_pad=0.2),
    "no layout": lambda f: f.set_layout_engine("none"),
    "other axes": lambda f: f.add_axes((0.1, 0.1, 0.2, 0.2)),
    "axes elsewhere": lambda f: f.axes[0].set_position((0.1, 0.1, 0.3, 0.5)),
    "second scale": lambda f: f.axes[0].twinx(),
}


def test_every_change_of_a_figure_has_a_digest_of_its_own() -> None:
    stored = pickle.dumps(chart())  # sooner read than made

    def again() -> Figure:
        return pickle.loads(stored)  # type: ignore[no-any-return]

    told = {"": figure_digest(again(), "D02", MARK)}
    assert figure_digest(again(), "D02", MARK) == told[""]
    for change, make in CHANGES.items():
        figure = again()
        make(figure)
        told[change] = figure_digest(figure, "D02", MARK)
    told["name"] = figure_digest(again(), "D03", MARK)
    told["mark"] = figure_digest(again(), "D02", None)
    for setting, value in (("hatch.linewidth", 3), ("text.hinting", "none"), ("path.simplify", False)):
        with mpl.rc_context():
            figure = again()
            mpl.rcParams[setting] = value
            told[setting] = figure_digest(figure, "D02", MARK)
    same = {one: [change for change, digest in told.items() if digest == one] for one in told.values()}
    assert None not in same
    assert {one: changes for one, changes in same.items() if len(changes) > 1} == {}


def test_a_colour_that_gets_another_meaning_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = figure_digest(chart(), "D02", None)
    monkeypatch.setitem(colors.get_named_colors_mapping(), "black", "#111111")
    assert figure_digest(chart(), "D02", None) != before


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.axes[0].xaxis.set_major_formatter(lambda value, _: str(value)),
        lambda f: f.axes[0].xaxis.set_major_formatter(nothing),
        lambda f: f.axes[0].lines[0].set_agg_filter(nothing),
        lambda f: f.canvas.mpl_connect("draw_event", nothing),
        lambda f: f.axes[0].callbacks.connect("xlim_changed", nothing),
        lambda f: f.axes[0].add_artist(type("Own", (mpl.text.Text,), {})(0, 0, "mine")),
    ],
    ids=["written in place", "formatter", "filter", "listener", "listener of axes", "kind"],
)
def test_a_figure_with_code_of_unknown_age_is_drawn_each_time(
    change: Callable[[Figure], object], kept: Path
) -> None:
    figure = chart()
    change(figure)
    assert figure_digest(figure, "D02", None) is None


def test_what_cannot_be_told_is_drawn_and_not_kept(kept: Path) -> None:
    figure = chart()
    figure.axes[0].xaxis.set_major_formatter(lambda value, _: f"{value:g} t")
    assert figure_bytes(figure, "D02", None)["svg"].startswith(b"<?xml")
    assert not kept.exists()
