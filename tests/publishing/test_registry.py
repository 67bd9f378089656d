"""The results registry: what it takes, what it refuses, and the files it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.release import release
from twinbenefits.publishing import registry as registry_module
from twinbenefits.publishing.markdown_tree import read_trees
from twinbenefits.publishing.problems import PublishingError
from twinbenefits.publishing.registry import NotReleasedError, Results
from twinbenefits.publishing.registry_provenance import Cell

FRAME = pd.DataFrame({"boat": ["*Argo* [@Noah1900]", "a | b"], "crew": ["50", "2"]})


def bars() -> Figure:
    figure = Figure(figsize=(4, 3))
    figure.add_subplot().bar(["a", "b"], [1, 2])
    return figure


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def register_everything(results: Results, released: Any) -> None:
    results.value("boats_total", released, of="boats")
    results.table(
        "D01", FRAME, of=released, caption="All {boats_total} boats", note="As of 2026.", widths=[70, 30]
    )
    results.figure("D02", bars(), of=released, caption="Winds", alt='Bars, the "second" higher')


# -- what is written


def test_a_value_keeps_what_readers_see(toy: Any) -> None:
    results = toy.registry()
    numbers = {
        "boats": Scalar(34, n=40, unit="boats"),
        "change": Scalar(-0.256),
        "alpha": Scalar(None, reason="only one sailor"),
        "name": Scalar("Argo"),
    }
    released = toy.released(numbers)
    assert str(results.value("boats", released)) == "34"
    assert str(results.value("boats_written", released, of="boats", unit="boats")) == "34\u00a0boats"
    assert str(results.value("change", released, ".1%")) == "\u221225.6%"
    assert str(results.value("alpha", released, ".2f")) == "not defined (only one sailor)"
    assert str(results.value("name", released, "s")) == "Argo"
    kept = json.loads((toy.results() / "01_boats" / "values.json").read_text("utf-8"))
    assert kept["boats"] == {
        "value": 34,
        "text": "34",
        "unit": "boats",
        "n": 40,
        "format": "d",
        "mark": None,
        "reason": None,
    }
    assert kept["alpha"]["value"] is None
    assert kept["alpha"]["reason"] == "only one sailor"
    assert list(kept) == sorted(kept)


def test_numbers_of_array_libraries_are_kept_as_plain_ones(toy: Any) -> None:
    released = toy.released({"n": Scalar(pd.Series([34]).sum()), "share": Scalar(pd.Series([0.5]).mean())})
    results = toy.registry()
    assert [str(results.value("n", released)), str(results.value("share", released, ".0%"))] == ["34", "50%"]


def test_a_table_leaves_csv_markdown_and_snippets(toy: Any) -> None:
    register_everything(toy.registry(), toy.released())
    folder = toy.results() / "01_boats"
    assert (folder / "tables/D01.csv").read_text() == "boat,crew\nArgo Noah1900,50\na | b,2\n"
    assert (folder / "tables/D01.md").read_text().startswith("All 34 boats\n\n| boat | crew |\n")
    table, note = read_trees([(folder / "snippets/tbl-d01.md").read_text()])[0]
    assert table["t"] == "Table"
    assert table["c"][0] == ["tbl-d01", [], [["tbl-colwidths", "[70,30]"]]]
    assert note["c"][0][1] == ["table-note"]


def test_a_result_without_rows_says_so_and_a_frame_that_lost_its_rows_is_refused(toy: Any) -> None:
    results, released = toy.registry(), toy.released()
    with pytest.raises(PublishingError, match="the frame has 0 rows"):
        results.table("D01", FRAME.head(0), of=released, caption="Boats")
    nobody = release(Result(pd.DataFrame({"boat": []}), inputs=("mentions",)), toy.study())
    results.table("D01", FRAME.head(0), of=nobody, caption="Boats", widths=[70, 30])
    text = (toy.results() / "01_boats/tables/D01.csv").read_text("utf-8")
    assert text.splitlines() == ["boat,crew", "none yet,"]


def test_a_slide_gets_no_label_and_no_caption_of_a_table(toy: Any) -> None:
    register_everything(toy.registry(), toy.released())
    folder = toy.results() / "01_boats" / "snippets"
    table, note = read_trees([(folder / "tbl-d01-slide.md").read_text()])[0]
    assert table["c"][0][0] == ""
    assert table["c"][1] == [None, []]
    assert note["c"][0] == ["", ["content-hidden"], [["when-format", "pptx"]]]
    assert (folder / "fig-d02-slide.md").read_text() == (
        '![Winds](../_staged/D02){fig-alt="Bars, the \\"second\\" higher"}\n'
    )


@pytest.mark.parametrize("slide_first", [True, False])
def test_a_variant_for_slides_takes_the_place_of_the_display_on_slides(toy: Any, slide_first: bool) -> None:
    results, released = toy.registry(), toy.released()

    def main() -> None:
        results.figure("D02", bars(), of=released, caption="Winds", alt="Bars")

    def slide() -> None:
        results.figure("D02", bars(), of=released, caption="Winds", alt="Bars", variant="slide")

    for register in (slide, main) if slide_first else (main, slide):
        register()
    folder = toy.results() / "01_boats"
    kept = json.loads((folder / "displays.json").read_text())
    assert kept["D02-slide"]["files"] == [
        "figures/D02-slide.png",
        "figures/D02-slide.svg",
        "snippets/fig-d02-slide.md",
    ]
    assert "snippets/fig-d02-slide.md" not in kept["D02"]["files"]
    assert "(../_staged/D02-slide)" in (folder / "snippets/fig-d02-slide.md").read_text()


def test_a_figure_leaves_svg_png_and_a_labelled_snippet(toy: Any) -> None:
    register_everything(toy.registry(), toy.released())
    folder = toy.results() / "01_boats"
    figure = read_trees([(folder / "snippets/fig-d02.md").read_text()])[0][0]
    assert figure["c"][0][0] == "fig-d02"
    image = figure["c"][2][0]["c"][0]["c"]
    assert image[0][2] == [["fig-alt", 'Bars, the "second" higher']]
    assert image[2][0] == "../_staged/D02"
    assert (folder / "figures/D02.svg").read_bytes().startswith(b"<?xml")
    assert (folder / "figures/D02.png").read_bytes().startswith(b"\x89PNG")


def test_a_display_outside_the_list_has_a_word_for_an_id(toy: Any) -> None:
    toy.registry().table("audit", FRAME, of=toy.released(), caption="Findings", extra=True)
    assert (toy.results() / "01_boats/snippets/tbl-audit.md").is_file()


def test_two_runs_in_two_folders_give_the_same_bytes_and_a_repeat_writes_nothing(
    toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    for name in ("one", "two"):
        monkeypatch.setenv("TWINBENEFITS_RESULTS", str(tmp_path / name))
        register_everything(Results.for_notebook("01_boats", toy.study()), toy.released())
        runs.append(files_of(tmp_path / name))
    assert runs[0] == runs[1]
    assert len(runs[0]) == 13
    assert str(tmp_path).encode() not in b"".join(runs[0].values())

    for path in (tmp_path / "one").rglob("*.*"):
        path.touch()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "one").glob("*/*/*")}
    monkeypatch.setenv("TWINBENEFITS_RESULTS", str(tmp_path / "one"))
    register_everything(Results.for_notebook("01_boats", toy.study()), toy.released())
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_provenance_stands_apart_and_names_tables_and_versions(toy: Any) -> None:
    register_everything(toy.registry(), toy.released())
    folder = toy.results() / "01_boats"
    origin = json.loads((folder / "provenance.json").read_text())
    assert set(origin["inputs"]) == {"mentions"}
    assert len(origin["inputs"]["mentions"]) == 64
    assert set(origin["results"]) == {"value boats_total", "table D01", "figure D02"}
    assert {"python", "pandas", "matplotlib", "pypandoc_binary"} <= set(origin["versions"])
    seen = (folder / "values.json").read_text() + (folder / "displays.json").read_text()
    assert origin["inputs"]["mentions"] not in seen


def test_changed_inputs_with_unchanged_values_change_provenance_only(toy: Any) -> None:
    register_everything(toy.registry(), toy.released())
    before = files_of(toy.results())
    with (toy.root / "data/literature/mentions.csv").open("a") as table:
        table.write("M02,boats,B1,2,Noah 1900,Noah1900\n")
    register_everything(toy.registry(), toy.released())
    after = files_of(toy.results())
    assert {name for name in after if after[name] != before.get(name)} == {"01_boats/provenance.json"}


def test_the_mark_of_synthetic_data_goes_wherever_the_result_goes(toy: Any) -> None:
    results = toy.registry()
    register_everything(results, toy.released(synthetic=True))
    folder = toy.results() / "01_boats"
    values, displays = (json.loads((folder / f"{name}.json").read_text()) for name in ("values", "displays"))
    assert values["boats_total"]["mark"] == displays["D01"]["mark"] == "synthetic demonstration data"
    assert (folder / "tables/D01.csv").read_text().splitlines() == [
        "boat,crew,mark",
        "Argo Noah1900,50,synthetic demonstration data",
        "a | b,2,synthetic demonstration data",
    ]
    for name in ("tables/D01.md", "snippets/tbl-d01.md", "snippets/tbl-d01-slide.md", "snippets/fig-d02.md"):
        assert "**Synthetic demonstration data.**" in (folder / name).read_text(), name
    assert b"synthetic demonstration data" in (folder / "figures/D02.svg").read_bytes()
    assert b"synthetic demonstration data" in (folder / "figures/D02.png").read_bytes()
    assert "synthetic demonstration data" in results._repr_markdown_()


# -- what a notebook shows


def test_a_notebook_shows_values_tables_and_figures_with_their_alternative_text(toy: Any) -> None:
    results, released = toy.registry(), toy.released()
    assert results._repr_markdown_().endswith("nothing yet")
    assert (
        results.value("boats_total", released, of="boats")._repr_markdown_() == "`boats_total`: 34 (n = 34)"
    )
    table = results.table("D01", FRAME, of=released, caption="Boats")
    assert table._repr_markdown_().startswith("**D01.** Boats\n\n| boat | crew |")
    data, about = results.figure("D02", bars(), of=released, caption="Winds", alt="Bars")._repr_mimebundle_()
    assert data["text/plain"] == "D02: Winds"
    assert data["image/png"].startswith("iVBOR")
    assert about == {"image/png": {"alt": "Bars"}}
    assert "- table `tbl-d01`: Boats" in results._repr_markdown_()


def test_by_hand_results_go_to_a_temporary_folder_which_is_said_once_without_its_path(
    toy: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    results = Results.for_notebook("01_boats", toy.study())
    results.value("boats", toy.released())
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "temporary folder" in said.err
    assert "/" not in said.err
    assert not toy.results().exists()


# -- what is refused


@pytest.mark.parametrize("given", [34, FRAME, Scalar(34), Result(FRAME, inputs=("mentions",)), None])
def test_only_released_results_are_taken(toy: Any, given: object) -> None:
    results = toy.registry()
    for register in (
        lambda: results.value("boats", given),
        lambda: results.table("D01", FRAME, of=given, caption="Boats"),
        lambda: results.figure("D02", bars(), of=given, caption="Winds", alt="Bars"),
    ):
        with pytest.raises(NotReleasedError, match=r"release\(result, study\)"):
            register()
    assert issubclass(NotReleasedError, TypeError)


def value(name: str = "boats", **options: Any) -> Callable[[Results, Any], object]:
    return lambda results, released: results.value(name, released, **{"of": "boats", **options})


def table(id_: str = "D01", frame: pd.DataFrame = FRAME, **options: Any) -> Callable[[Results, Any], object]:
    given = {"caption": "Boats", **options}
    return lambda results, released: results.table(id_, frame, of=released, **given)


def figure(id_: str = "D02", drawn: Figure | None = None, **options: Any) -> Callable[[Results, Any], object]:
    given = {"caption": "Winds", "alt": "Bars that rise", **options}
    return lambda results, released: results.figure(id_, drawn or bars(), of=released, **given)


@pytest.mark.parametrize(
    ("register", "said"),
    [
        (value("Boats"), ["name of a value", "'Boats'", "small letters"]),
        (value("2boats"), ["begins with a letter"]),
        (value(of="boat"), ["no such number", "Did you mean 'boats'?"]),
        (value(fmt="Q"), ["cannot be written as 'Q'", 'fmt="d"']),
        (value(of="share"), ["float cannot be written as 'd'", "0.5"]),
        (
            value(of="name", fmt=".2f"),
            ["str cannot be written as '.2f'", 'use fmt="d"'.replace("use", "Use")],
        ),
        (table("D09"), ["table D09", "is not in data/study/displays.csv", "Did you mean D0", "extra=True"]),
        (table("audit"), ["extra=True"]),
        (table("D01", extra=True), ["a word in small letters"]),
        (table("d01", extra=True), ["a word in small letters"]),
        (table("D02"), ["says it is a figure", "variant=…"]),
        (table(variant="By Year"), ["a variant is made of small letters"]),
        (table(caption=" "), ["caption of table D01", "the caption is missing"]),
        (table(caption="All 34 boats"), ["caption of table D01", "'34'", "{mentions_total}"]),
        (table(caption="Two boats"), ["'Two'"]),
        (table(caption="All {boat_total}"), ["'{boat_total}'", "no such value", "boats_total"]),
        (table(note="Half of 90"), ["note of table D01", "'90'"]),
        (table(note="[46 boats]{.quoted from=log}"), ["does not stand verbatim"]),
        (table(widths=[1]), ["2 columns", "as many widths"]),
        (table(widths=[1, -1]), ["each above zero"]),
        (table(frame=FRAME.head(0)), ["0 rows"]),
        (table(frame=pd.DataFrame({"a": [1.5]})), ["row 1, column a", "1.5"]),
        (figure(alt=""), ["alt text of figure D02", "missing"]),
        (figure(alt="winds. "), ["the caption over again"]),
        (figure(alt="It rises to 45"), ["alt text of figure D02", "'45'"]),
        (figure(drawn=Figure()), ["the figure is empty"]),
        (figure("D02", drawn=Figure(figsize=(40, 3))), ["figure D02"]),
    ],
)
def test_a_refusal_names_place_value_rule_and_way_out(
    toy: Any, register: Callable[[Results, Any], object], said: list[str]
) -> None:
    results = toy.registry()
    released = toy.released({"boats": Scalar(34), "share": Scalar(0.5), "name": Scalar("Argo")})
    results.value("boats_total", released, of="boats")
    before = files_of(toy.results())
    with pytest.raises(PublishingError) as refused:
        register(results, released)
    message = str(refused.value)
    assert "notebooks/01_boats.ipynb" in message
    assert [word for word in said if word not in message] == []
    assert files_of(toy.results()) == before, "a refused registration leaves nothing behind"


def test_all_problems_of_a_registration_come_at_once(toy: Any) -> None:
    with pytest.raises(PublishingError) as refused:
        table("D77", pd.DataFrame({"a": [1]}), caption="All 45 of {nobody}", widths=[1, 2])(
            toy.registry(), toy.released(audience="team")
        )
    assert len(refused.value.problems) == 6
    assert "6 problems before publishing" in str(refused.value)


def test_a_result_for_another_audience_is_refused(toy: Any) -> None:
    with pytest.raises(
        PublishingError, match="released for the audience 'team', the notebook runs for 'public'"
    ):
        toy.registry().value("boats", toy.released(audience="team"))
    with pytest.raises(PublishingError, match="released for the evidence 'private'"):
        toy.registry().value("boats", toy.released(evidence="private"))


def test_a_name_is_given_once(toy: Any) -> None:
    results, released = toy.registry(), toy.released()
    register_everything(results, released)
    for register in (value("boats_total"), table("D01"), figure("D02")):
        with pytest.raises(PublishingError, match="registered it already"):
            register(results, released)
    results.table("D01", FRAME, of=released, caption="Boats", variant="short")


def test_by_hand_a_cell_may_run_again_but_may_not_register_a_name_twice(
    toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    results, released = Results.for_notebook("01_boats", toy.study()), toy.released()
    order = 3
    monkeypatch.setattr(registry_module, "current_cell", lambda: Cell(None, order, "0" * 64))
    results.value("boats", released)
    with pytest.raises(PublishingError, match="registered it already"):
        results.value("boats", released)
    order = 4
    assert str(results.value("boats", toy.released({"boats": Scalar(35)}))) == "35"


def test_a_notebook_is_named_without_folder_and_suffix(toy: Any) -> None:
    with pytest.raises(PublishingError, match="without folder and suffix"):
        toy.registry("notebooks/01_boats.ipynb")


def test_a_cell_whose_markdown_breaks_the_table_is_refused(toy: Any) -> None:
    broken = pd.DataFrame({"a": ["x\n\n: y"], "b": ["z"]})
    toy.registry().table("D01", broken, of=toy.released(), caption="Boats")  # line breaks do no harm
    with pytest.raises(PublishingError, match="unclosed"):
        table(frame=pd.DataFrame({"a": ["`x"], "b": ["y` | z"]}))(toy.registry("02_more"), toy.released())
