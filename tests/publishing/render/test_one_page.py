"""A document that promises one page is one page of A4, in PDF and as a printed page of the browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from pypdf import PdfReader

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.render import render
from twinbenefits.publishing.render.faults import RenderError
from twinbenefits.publishing.runs import source_texts, write_made

ROOT = Path(__file__).resolve().parents[3]
A4 = (595, 842)
# As long as anything that stands in a brief of the demonstration, in all five rows at once.
ROW = (
    "**Environmental monitoring and emission tracking**",
    "expected only; 3 of 4 companies",
    "Low (one case only)",
    "Ecosystem orchestration; Benefit ownership and measurement",
    "Energy intensity [kWh or GJ per unit of output; here: GJ per t product, steam per t]; state the output "
    "denominator and the boundary (asset, site, system). Starting value missing in 2 of 4 companies",
)
PUBLISHED = (
    "thermal-energy efficiency: increase, approx. 27 %",
    "longitudinal before-after evaluation (as the abstract says); digital twin (operator-ready)",
    "Abstract only; baseline and attribution not checked, journal and DOI not seen: find the original",
    "EF05",
)
MOVE = (
    "Benefit ownership and measurement: a named owner, a baseline and a measure exist for each "
    "intended benefit"
)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]], widths: str, label: str) -> str:
    lines = [head, tuple(":--" for _ in head), *rows]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return (
        f"{text}\n\n: Mining: benefits in the order of the number of companies shown that saw them; what "
        f'must change {{#tbl-{label}-mining tbl-colwidths="[{widths}]"}}\n'
    )


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a brief whose cells are all as long as the longest ones."""
    folder = tmp_path_factory.mktemp("workspace")
    shutil.copy(ROOT / "_quarto.yml", folder)
    shutil.copytree(ROOT / "_extensions", folder / "_extensions")
    write_made(folder, source_texts(Layout(ROOT), ["briefs/brief.qmd"]))
    staged = folder / "_staged"
    staged.mkdir()
    (staged / "references.bib").write_text("", "utf-8")
    (staged / "claims.json").write_text(json.dumps({"claims": {}}), "utf-8")
    benefits = [(str(number), *ROW) for number in range(1, 6)]
    head = ("No.", "Benefit", "Seen here", "Confidence at most", "What must change at work", "Measure")
    (staged / "tbl-d26-mining.md").write_text(table(head, benefits, "5,19,14,12,20,34", "d26"), "utf-8")
    known = ("Grade", "Published number", "How it came about", "Caveat", "Id")
    rows = [("B", *PUBLISHED)] * 5
    (staged / "tbl-brief-published-mining.md").write_text(
        table(known, rows, "7,30,27,29,7", "brief-published"), "utf-8"
    )
    text = (folder / "briefs/mining.qmd").read_text("utf-8")
    names = {part.split()[0] for part in text.split("{{< var ")[1:]}
    values = {name: MOVE if "_move_" in name else "not released" for name in names}
    (folder / "_variables.yml").write_text(yaml.safe_dump(values), "utf-8")
    return folder


def make(workspace: Path, to: str, out: Path) -> Path:
    return render(
        workspace, "briefs/mining.qmd", to, out, engine="embedded", epoch=0, edition_mark="invented data"
    )


def test_a_brief_of_the_longest_cells_is_one_page_of_a4(workspace: Path, tmp_path: Path) -> None:
    pages = PdfReader(make(workspace, "typst", tmp_path / "brief.pdf")).pages
    assert len(pages) == 1
    assert tuple(round(float(side)) for side in pages[0].mediabox[2:]) == A4
    text = pages[0].extract_text()
    assert "do not act on it" in " ".join(text.split())
    for section in ("First moves", "Ask a vendor", "Known dis-benefits", "Published numbers", "not know"):
        assert section in text


def test_a_longer_text_is_refused_with_the_number_of_pages(workspace: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(workspace, other)
    source = other / "briefs/mining.qmd"
    source.write_text(source.read_text("utf-8") + "\nOn and on.\n" * 60, "utf-8")
    with pytest.raises(RenderError, match=r"briefs/mining.qmd: '2 pages': the document promises one page"):
        make(other, "typst", tmp_path / "brief.pdf")
    assert not (tmp_path / "brief.pdf").exists()


@pytest.mark.browser
def test_the_page_prints_on_one_sheet(workspace: Path, tmp_path: Path, browser_program: str) -> None:
    page, printed = make(workspace, "html", tmp_path / "brief.html"), tmp_path / "printed.pdf"
    command = [
        browser_program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}",
        "--no-pdf-header-footer", f"--print-to-pdf={printed}", page.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    pages = PdfReader(printed).pages
    assert len(pages) == 1
    assert all(abs(float(side) - length) < 2 for side, length in zip(pages[0].mediabox[2:], A4, strict=True))
