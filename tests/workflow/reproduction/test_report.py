"""The report names every difference in all three forms, and the published results survive a round trip."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from twinbenefits.workflow.reproduction.compare import Compared
from twinbenefits.workflow.reproduction.expected import (
    EXPECTED,
    Expected,
    ExpectedError,
    free_space,
    read_expected,
    small_picture,
    write_expected,
)
from twinbenefits.workflow.reproduction.report import write_report
from twinbenefits.workflow.reproduction.verdict import Reproduction

PNG = Path(__file__).resolve().parents[3] / "docs/images/benefits-map.png"


@pytest.fixture(scope="module")
def results() -> Expected:
    picture = small_picture(PNG.read_bytes())
    record = {"notebook": "01_boats", "private": False}
    return Expected(
        edition={"audience": "public", "evidence": "demo", "as_of": "2026-11-01"},
        versions={"pandas": "3.1.1"},
        values={"größe": {**record, "text": "5", "value": 5, "n": None, "unit": "m"}},
        tables={"D01": {**record, "sha256": "x"}},
        figures={"D02": {**record, "png_sha256": "a", "svg_sha256": "b"}},
        documents={"index.html": "c"},
        cells={"D01": "a,b\n1,2\n"},
        pictures={"D02": picture},
    )


def test_published_results_are_read_back_and_old_ones_go(tmp_path: Path, results: Expected) -> None:
    (tmp_path / "reproduction/tables").mkdir(parents=True)
    (tmp_path / "reproduction/tables/D99.csv").write_text("old", "utf-8")
    changed = write_expected(tmp_path, results)
    assert "reproduction/tables/D99.csv" in changed
    assert read_expected(tmp_path) == results
    assert write_expected(tmp_path, results) == []


def test_without_published_results_nothing_can_be_tried(tmp_path: Path, results: Expected) -> None:
    with pytest.raises(ExpectedError, match=r"lacks expected\.json.*publish-results"):
        read_expected(tmp_path)
    write_expected(tmp_path, results)
    (tmp_path / "reproduction/figures/D02.png").unlink()
    with pytest.raises(ExpectedError, match=r"lacks D02\.png"):
        read_expected(tmp_path)
    (tmp_path / EXPECTED).write_text("{", "utf-8")
    with pytest.raises(ExpectedError, match="cannot be read"):
        read_expected(tmp_path)


def test_too_little_room_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ExpectedError, match=r"GB free and about 1000000000\.0 GB are needed"):
        free_space(tmp_path, 10**18)


def test_the_report_tells_the_same_as_page_pdf_and_json(
    root: Path, tmp_path: Path, results: Expected
) -> None:
    compared = (
        Compared("value", "größe", "01_boats", "different", "printed 6 instead of 5 | a_b*", in_print=True),
        Compared("table", "D01", "01_boats", "missing", "it was not registered", in_print=True, private=True),
        Compared("figure", "D02", "01_boats", "different", "9.9 % of its pixels differ", in_print=True),
    )
    outcome = Reproduction(
        edition=results.edition,
        compared=compared,
        failures=("The run did not finish (exit code 1): Boats <sank> [here]",),
        surroundings={"cores": 2, "versions": {"pandas": "3.1.1"}},
    )
    project = tmp_path / "project"
    shutil.copytree(root / "_extensions", project / "_extensions")
    shutil.copy(root / "_quarto.yml", project)
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_report(
            outcome,
            results,
            replace(results, tables={}),
            project=project,
            into=tmp_path / folder,
            epoch=1793491200,
            title='Boats "and" more',
        )
    page = (tmp_path / "one/report.html").read_text("utf-8")
    pdf = PdfReader(tmp_path / "one/report.pdf")
    printed = " ".join(" ".join(part.extract_text() for part in pdf.pages).split())
    content = json.loads((tmp_path / "one/report.json").read_text("utf-8"))
    assert content["verdict"] == outcome.verdict == "not reproduced"
    assert content["funnel"]["declared"] == 3
    for told in (
        "not reproduced",
        "größe",
        "printed 6 instead of 5 | a_b*",
        "it was not registered",
        "pandas",
    ):
        assert told in page
        assert told in printed
    assert "Boats &lt;sank&gt; [here]" in page
    assert 'alt="D02: the published figure' in page
    assert "cannot:" in page
    for name in ("report.html", "report.pdf", "report.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
