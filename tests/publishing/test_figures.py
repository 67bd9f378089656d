"""Figures as files: the same bytes, nothing about the machine, and the mark of synthetic data."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from twinbenefits.publishing.figures import DPI, MARK_STRIP, figure_bytes, figure_problem


def bars(width: float = 5.0) -> Figure:
    figure = Figure(figsize=(width, 3), layout="constrained")
    axes = figure.add_subplot()
    axes.bar(["a", "b"], [1, 2], hatch="//")
    axes.set_title("Boats")
    return figure


def test_the_same_figure_gives_the_same_bytes_whatever_was_drawn_before() -> None:
    first = figure_bytes(bars(), "D02", None)
    figure_bytes(bars(4), "D09", None)
    with mpl.rc_context({"svg.fonttype": "none", "savefig.dpi": 50, "figure.dpi": 37}):
        assert figure_bytes(bars(), "D02", None) == first


def test_the_files_say_nothing_about_time_and_program() -> None:
    drawn = figure_bytes(bars(), "D02", None)
    svg = drawn["svg"].decode()
    assert "<dc:date>" not in svg
    assert "Matplotlib" not in svg
    assert "<text" not in svg, "letters are outlines, so that no font of the reader's machine matters"
    with Image.open(io.BytesIO(drawn["png"])) as image:
        assert set(image.info) == {"dpi"}
        assert image.size == (5 * DPI, 3 * DPI)


def test_the_preview_is_the_same_picture_made_smaller() -> None:
    drawn = figure_bytes(bars(), "D02", None)
    with Image.open(io.BytesIO(drawn["preview"])) as image:
        assert image.size == (550, 330)
    assert len(drawn["preview"]) < len(drawn["png"])


def test_a_figure_of_synthetic_data_says_so_in_picture_and_properties() -> None:
    plain, marked = (figure_bytes(bars(), "D02", mark) for mark in (None, "synthetic demonstration data"))
    again = figure_bytes(bars(), "D02", "synthetic demonstration data")
    assert again == marked
    assert b"<!-- synthetic demonstration data -->" in marked["svg"]
    assert b"<dc:description>synthetic demonstration data</dc:description>" in marked["svg"]
    assert plain["png"] != marked["png"]
    with Image.open(io.BytesIO(marked["png"])) as image:
        assert image.info["Description"] == "synthetic demonstration data"
        assert image.mode == "RGB"
        with Image.open(io.BytesIO(plain["png"])) as other:
            assert image.size == (other.width, other.height + round(MARK_STRIP * DPI))
            above = (0, 0, other.width, other.height - 1)
            assert image.crop(above).tobytes() == other.crop(above).tobytes(), "the strip covers nothing"


def test_the_figure_is_given_back_as_it_came_and_closed() -> None:
    figure, axes = plt.subplots(dpi=90)
    axes.plot([1, 2])
    figure_bytes(figure, "D02", "synthetic")
    assert figure.texts == []
    assert figure.dpi == 90
    assert plt.get_fignums() == []


def test_empty_and_huge_figures_are_refused() -> None:
    assert figure_problem(Figure()) == "the figure is empty"
    assert "larger than a page" in (figure_problem(bars(30)) or "")
    assert figure_problem(bars()) is None


def test_the_strip_in_a_vector_drawing_borrows_no_name_of_the_figure() -> None:
    marked = figure_bytes(bars(), "D02", "synthetic demonstration data")["svg"]
    root = ElementTree.fromstring(marked)
    assert root.get("viewBox") == f"0 0 {5 * 72:.6f} {(3 + MARK_STRIP) * 72:.6f}"
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))
    used = {
        value.split("#")[1].rstrip(")") for value in re.findall(r"(?:href=\"|url\()#[^\")]+", marked.decode())
    }
    assert used <= set(names), "everything that is used is drawn"
