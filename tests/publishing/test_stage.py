"""Staging: registered results beside the sources, or every reason why not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from matplotlib.figure import Figure

from twinbenefits.analysis.result import Scalar
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.publishing.problems import PublishingError
from twinbenefits.publishing.stage import StageReport, stage

PAPER = """---
title: "Boats"
---

# Method

We had 45 boats. {{< include part.qmd >}}

# Findings {.results}

All {{< var boats_total >}} boats [@Noah1900; @Ahab1920] (@tbl-d01).

{{< include ../_staged/tbl-d01.md >}}
"""
SLIDES = '## Winds\n\n![Winds](../_staged/D02){fig-alt="Bars"}\n'
CODE = (
    "kept = Results.for_notebook('01_boats', study)",
    "kept.value('boats_total', r)\nkept.value('odd', r)\nkept.value('unused', r)",
    "kept.table('D01', frame, of=r)\nkept.figure('D02', fig, of=r)",
)


def register(
    toy: Any, *, synthetic: bool = False, audience: str = "public", cell: str = "[@Noah1900]"
) -> None:
    numbers = {"boats": Scalar(34), "odd": Scalar("a*b_c", unit=""), "unused": Scalar(1)}
    released = toy.released(numbers, synthetic=synthetic, audience=audience)
    results = toy.registry(audience=audience)
    results.value("boats_total", released, of="boats")
    results.value("odd", released, "s")
    results.value("unused", released)
    results.table("D01", pd.DataFrame({"boat": [cell]}), of=released, caption="All {boats_total} boats")
    figure = Figure(figsize=(4, 3))
    figure.add_subplot().bar(["a"], [1])
    results.figure("D02", figure, of=released, caption="Winds", alt="Bars")


@pytest.fixture
def built(toy: Any) -> Any:
    """The toy project with sources, a notebook and its results."""
    toy.write({"paper/index.qmd": PAPER, "paper/part.qmd": "Some.", "slides/deck.qmd": SLIDES})
    toy.notebook("01_boats", *CODE)
    register(toy)
    return toy


def run(toy: Any, into: str = "work", audience: str = "public") -> StageReport:
    return stage(toy.root, audience, "demo", toy.root / into)


def problems(toy: Any) -> list[str]:
    with pytest.raises(PublishingError) as refused:
        run(toy)
    assert not (toy.root / "work").exists(), "nothing is written when anything is wrong"
    return str(refused.value).splitlines()[1:]


# -- what is staged


def test_values_snippets_figures_and_bibliography_are_staged(built: Any) -> None:
    report = run(built)
    work = built.root / "work"
    assert yaml.safe_load((work / "_variables.yml").read_text()) == {
        "boats_total": "34",
        "evidence_set": "the demonstration set",
        "odd": "a\\*b\\_c",
        "unused": "1",
    }
    assert sorted(path.name for path in (work / "_staged").iterdir()) == [
        "D02.png",
        "D02.svg",
        "claims.json",
        "fig-d02-slide.md",
        "fig-d02.md",
        "references.bib",
        "tbl-d01-slide.md",
        "tbl-d01.md",
    ]
    bibliography = (work / "_staged/references.bib").read_text()
    assert "Noah1900" in bibliography
    assert "Ahab1920" in bibliography, "the authors settled it"
    assert "Jonah1910" not in bibliography, "a candidate is no reference"
    assert len(report.written) == 9
    assert report.unused_values == ("odd", "unused")
    assert report.unused_displays == ()
    assert report.synthetic == {}


def test_a_second_time_nothing_is_written(built: Any) -> None:
    run(built)
    for path in (built.root / "work").rglob("*.*"):
        os.utime(path, (1, 1))
    assert run(built).written == ()
    assert {path.stat().st_mtime for path in (built.root / "work").rglob("*.*")} == {1}


def test_what_is_no_longer_made_is_deleted(built: Any) -> None:
    run(built)
    (built.root / "work/_staged/tbl-d99.md").write_text("old")
    assert run(built).removed == ("_staged/tbl-d99.md",)


def test_staging_into_the_project_itself_works_twice(built: Any) -> None:
    assert len(run(built, into=".").written) == 9
    assert run(built, into=".").written == ()


def test_what_rests_on_synthetic_data_is_reported_by_source(built: Any) -> None:
    shutil.rmtree(built.results())
    register(built, synthetic=True)
    assert run(built).synthetic == {"paper/index.qmd": ("boats_total", "D01"), "slides/deck.qmd": ("D02",)}


def test_without_any_result_named_there_is_nothing_to_refuse(toy: Any) -> None:
    toy.write({"index.qmd": "Welcome."})
    run(toy)
    assert yaml.safe_load((toy.root / "work/_variables.yml").read_text()) == {}


def test_a_value_in_an_alternative_text_or_in_a_caption_is_used(built: Any) -> None:
    built.write(
        {"slides/deck.qmd": '![All {{< var odd >}}](../_staged/D02.svg){fig-alt="As {{< var unused >}}"}'}
    )
    assert run(built).unused == ()


def test_staging_loads_no_library_that_it_does_not_need(built: Any) -> None:
    code = (
        "import sys, pathlib; from twinbenefits.publishing.stage import stage; "
        "root = pathlib.Path(sys.argv[1]); "
        "stage(root, 'public', 'demo', root / 'work'); "
        "print([name for name in ('pandas', 'matplotlib', 'IPython', 'pypandoc') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(built.root)], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


# -- what is refused


def test_an_unknown_value_is_refused_with_the_nearest_known_name(built: Any) -> None:
    built.write({"slides/deck.qmd": "Slide\n\n{{< var boats_totl >}} and {{< var quite_other >}}"})
    first, second = problems(built)
    assert "slides/deck.qmd, line 3, var: 'boats_totl': no notebook registers this value" in first
    assert "Did you mean boats_total?" in first
    assert "Register it with results.value" in second


def test_names_in_code_and_escaped_ones_are_not_looked_up(built: Any) -> None:
    built.write({"paper/part.qmd": "```\n{{< var nobody >}}\n```\n\n{{{< var nobody >}}}\n"})
    run(built)


def test_a_value_that_the_notebook_registers_no_longer_is_stale(built: Any) -> None:
    built.notebook("01_boats", *(cell.replace("'boats_total'", "'boats_new'") for cell in CODE))
    (problem,) = problems(built)
    assert "'boats_total': the value is stale: notebooks/01_boats.ipynb registers it no longer" in problem


def test_a_notebook_that_computes_its_names_is_believed(built: Any) -> None:
    built.notebook("01_boats", CODE[0], "kept.value(f'boats_{x}', r)")
    run(built)


def test_what_is_not_made_yet_names_the_notebook_that_makes_it(built: Any) -> None:
    built.notebook(
        "02_sailors", "s = Results.for_notebook('02', y)", "s.value('crew', r)\ns.table('D03', f, of=r)"
    )
    built.write({"paper/part.qmd": "{{< var crew >}}\n\n{{< include ../_staged/tbl-d03.md >}}"})
    found = problems(built)
    assert [line.split(": it is")[1] for line in found] == [
        " not there yet. notebooks/02_sailors.ipynb makes it. Run the build (make paper)."
    ] * 2


def test_an_edition_without_results_is_one_problem(built: Any) -> None:
    shutil.rmtree(built.root / "results")
    (problem,) = problems(built)
    assert "results/public: there are no results of this edition yet; the sources name 3" in problem
    assert "notebooks/01_boats.ipynb: Run the build" in problem


def test_an_unknown_display_is_refused_at_its_line(built: Any) -> None:
    built.write(
        {"paper/part.qmd": '{{< include ../_staged/tbl-d1.md >}}\n\n![a](../_staged/D22.svg){fig-alt="b"}'}
    )
    first, second = problems(built)
    assert "paper/part.qmd, line 1, include: '../_staged/tbl-d1.md'" in first
    assert "Did you mean tbl-d01.md?" in first
    assert "paper/part.qmd, line 3, image: '_staged/D22.svg'" in second


def test_typed_numbers_name_the_value_that_reads_so(built: Any) -> None:
    built.write({"slides/deck.qmd": "## All 34\n\nTwo boats"})
    first, second = problems(built)
    assert "line 1, heading: '34'" in first
    assert "(boats_total reads so)" in first
    assert "line 3, text: 'Two'" in second


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "See @Jonah1910.",
            ["paper/part.qmd, line 1", "is candidate", 'Write "Jonah 1910" [not yet identified]'],
        ),
        ("A\n\nb [-@Noah1901, p. 3].", ["line 3", "'@Noah1901'", "no such key", "Did you mean @Noah1900?"]),
        ("`x`\n\n^[Note [@Jonah1910].]", ["line 3", "'@Jonah1910'", "settled_doi"]),
    ],
)
def test_works_that_may_not_be_cited_are_refused(built: Any, source: str, said: list[str]) -> None:
    built.write({"paper/part.qmd": source})
    (problem,) = problems(built)
    assert [word for word in said if word not in problem] == []


def test_each_citation_of_a_key_has_its_own_line_and_code_is_no_citation(built: Any) -> None:
    built.write({"paper/part.qmd": "One [@Jonah1910].\n\n`@Noah1901`\n\nTwo [@Jonah1910]."})
    assert [line.split(",")[1] for line in problems(built)] == [" line 1", " line 5"]


def test_a_citation_in_a_registered_table_is_refused_too(built: Any) -> None:
    shutil.rmtree(built.results())
    register(built, cell="[@Jonah1910]")
    found = problems(built)
    assert len(found) == 2
    assert "results/public/01_boats/snippets/tbl-d01.md, line 3, citation: '@Jonah1910'" in found[1]


def test_two_notebooks_may_not_share_a_name(built: Any) -> None:
    results = built.registry("02_more")
    results.value("boats_total", built.released(), of="boats")
    results.table("D01", pd.DataFrame({"a": ["b"]}), of=built.released(), caption="Boats")
    value, display = problems(built)
    shared = "is registered by notebooks/01_boats.ipynb as well. Give one of the two another name."
    assert value == f"  - notebooks/02_more.ipynb: 'boats_total': the value {shared}"
    assert display == f"  - notebooks/02_more.ipynb: 'D01': the display {shared}"


def test_results_of_another_edition_are_refused(built: Any) -> None:
    register(built, audience="team")
    shutil.rmtree(built.results("public"))
    shutil.move(built.results("team"), built.results("public"))
    assert (
        "results/public/01_boats: these results were made for team from demo evidence" in problems(built)[0]
    )


@pytest.mark.parametrize("damage", ["values.json", "edition.json"])
def test_damaged_results_are_refused(built: Any, damage: str) -> None:
    (built.results() / "01_boats" / damage).write_text('{"boats')
    assert "these results cannot be read (JSONDecodeError). Delete the folder." in "\n".join(problems(built))


def test_a_registered_file_that_is_gone_is_refused(built: Any) -> None:
    (built.results() / "01_boats/figures/D02.svg").unlink()
    assert problems(built) == [
        "  - results/public/01_boats/figures/D02.svg: a registered file is gone. Run the build (make paper)."
    ]


def test_all_problems_come_at_once_in_the_order_of_files_and_lines(built: Any) -> None:
    built.write(
        {
            "paper/part.qmd": "{{< var nobody >}} [@Jonah1910]",
            "slides/deck.qmd": "## 12\n\n{{< include ../_staged/fig-d77.md >}}\n\n[9]{.quoted from=log}",
        }
    )
    found = problems(built)
    assert [line[4:].split(":")[0] for line in found] == [
        "paper/part.qmd, line 1, citation",
        "paper/part.qmd, line 1, var",
        "slides/deck.qmd, line 1, heading",
        "slides/deck.qmd, line 3, include",
        "slides/deck.qmd, line 5, quotation",
    ]


def test_a_table_of_references_in_a_spreadsheets_form_is_read_by_the_evidence_room(built: Any) -> None:
    table = built.root / "data/literature/references.csv"
    table.write_text(table.read_text().replace(",", "|"))
    with pytest.raises(EvidenceError):
        run(built)


def test_the_projects_own_sources_agree_with_what_its_notebooks_announce(root: Path, tmp_path: Path) -> None:
    """Without any results, nothing but their absence is wrong with the paper and the slides."""
    with pytest.raises(PublishingError) as refused:
        stage(root, "nobody", "demo", tmp_path)
    (problem,) = refused.value.problems
    assert problem.file == "results/nobody"
    assert "make paper" in problem.way_out


def test_the_records_are_plain_json(built: Any) -> None:
    values = json.loads((built.results() / "01_boats/values.json").read_text())
    assert {name: record["text"] for name, record in values.items()} == {
        "boats_total": "34",
        "odd": "a*b_c",
        "unused": "1",
    }
