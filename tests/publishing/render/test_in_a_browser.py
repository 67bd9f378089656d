"""Pages and slides in a real browser: accessible, complete, quiet."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.publishing.render import render_notebook

NOTEBOOK = Path(__file__).parents[2] / "data" / "render" / "lamps.ipynb"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed here"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, "--disable-sync"])
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[[Path], Any]]:
    """Open a file; anything it asks of the network fails the test."""
    asked: list[str] = []
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 720})

    def open_file(file: Path) -> Any:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(file.resolve().as_uri())
        page.wait_for_load_state("load")
        return page

    yield open_file
    context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []


def severe(page: Any) -> list[str]:
    """Return axe's serious and critical findings."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("source", ["index.qmd", "paper/index.qmd"])
def test_pages_have_no_severe_barrier(
    rendered: Callable[[str, str], Path], opened: Callable[[Path], Any], source: str
) -> None:
    assert severe(opened(rendered(source, "html"))) == []


def test_a_page_with_an_editions_mark_has_no_severe_barrier(
    marked: Callable[[str, str], Path], opened: Callable[[Path], Any]
) -> None:
    assert severe(opened(marked("index.qmd", "html"))) == []


def test_a_barrier_would_be_found(tmp_path: Path, opened: Callable[[Path], Any]) -> None:
    page = tmp_path / "barrier.html"
    page.write_text(
        "<!DOCTYPE html><html lang='en'><title>T</title><main><h1>T</h1>"
        "<p style='color:#ccc;background:#fff'>pale</p><div style='overflow:auto;width:50px;height:20px'>"
        "<p style='width:900px'>wide</p></div></main></html>",
        "utf-8",
    )
    assert {finding.split(":")[0] for finding in severe(opened(page))} >= {"color-contrast"}


def test_a_notebook_page_has_no_severe_barrier(tmp_path: Path, opened: Callable[[Path], Any]) -> None:
    page = opened(render_notebook(NOTEBOOK, tmp_path / "lamps.html"))
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert severe(page) == []


@pytest.mark.parametrize("edition", ["rendered", "marked"])
def test_no_slide_overflows_or_has_a_severe_barrier(
    request: pytest.FixtureRequest, opened: Callable[[Path], Any], edition: str
) -> None:
    page = opened(request.getfixturevalue(edition)("slides/workshop-1.qmd", "revealjs"))
    page.wait_for_function("Reveal.isReady()")
    total = page.evaluate("Reveal.getTotalSlides()")
    assert total == 9
    for number in range(total):
        page.wait_for_timeout(60)
        title, width, height, low = page.evaluate(MEASURE)
        assert width <= 1280, title
        assert height <= 720, title
        assert low >= 14, f"{title}: letters of {low} pixels"
        if edition == "rendered" or number < 2:
            assert severe(page) == [], title
        page.evaluate("Reveal.next()")


MEASURE = """() => {
  const slide = Reveal.getCurrentSlide();
  const texts = Array.from(slide.querySelectorAll('p, li, td, th, figcaption, caption'));
  const shown = texts.filter(part => part.offsetParent && !part.closest('.notes') && part.textContent.trim());
  const bottoms = Array.from(slide.children, part => part.offsetTop + part.offsetHeight);
  return [slide.querySelector('h1, h2').textContent, slide.scrollWidth, Math.max(...bottoms),
          Math.min(99, ...shown.map(part => parseFloat(getComputedStyle(part).fontSize)))];
}"""


def test_a_wide_table_scrolls_by_keyboard_on_a_narrow_screen(
    rendered: Callable[[str, str], Path], opened: Callable[[Path], Any]
) -> None:
    page = opened(rendered("paper/index.qmd", "html"))
    page.set_viewport_size({"width": 320, "height": 700})
    region = page.locator(".table-wrap").last
    region.focus()
    assert region.evaluate("part => part === document.activeElement")
    assert region.evaluate("part => part.scrollWidth > part.clientWidth")
    before = region.evaluate("part => part.scrollLeft")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert region.evaluate("part => part.scrollLeft") > before
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
