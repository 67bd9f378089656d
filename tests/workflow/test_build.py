"""What a build runs, and what it leaves alone."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest


def ran(outcome: Any) -> set[str]:
    """The steps that a build said it had done."""
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    lines = [line.partition(": ")[0] for line in outcome.stdout.splitlines()]
    return {line for line in lines if line.startswith(("run ", "render ", "stage ", "publish"))} - {
        line for line in lines if line.endswith("...")
    }


NOTEBOOK_1, NOTEBOOK_2 = "run notebook 01_plants", "run notebook 02_animals"
PAPER = {"render paper/index.html", "render paper/index.docx"}


def test_the_first_build_makes_everything(built_once: Any) -> None:
    assert built_once.result("01_plants") == {"rows_plants": 4, "audience": "public"}
    published = sorted(name for name in built_once.files() if name.startswith("_output/"))
    assert published == [
        f"_output/public/{name}"
        for name in (
            "index.html",
            "manifest.json",
            "notebooks/01_plants.html",
            "notebooks/02_animals.html",
            "paper/index.docx",
            "paper/index.html",
            "slides/deck.html",
        )
    ]


def test_a_build_leaves_nothing_at_the_top_of_the_project(built_once: Any) -> None:
    top = {path.name for path in built_once.root.iterdir()}
    sources = {
        "_quarto.yml",
        "index.qmd",
        "paper",
        "slides",
        "data",
        "notebooks",
        "src",
        "dodo.py",
        "requirements.lock",
    }
    assert top - sources == {"results", "_output", ".build"}
    assert not any((built_once.root / ".build/demo/public/running").glob("*"))


def test_a_second_build_has_nothing_to_do_also_in_another_folder(built: Any) -> None:
    before = built.files()
    outcome = built.run("build")
    assert outcome.returncode == 0
    assert outcome.stdout.startswith("nothing to do: _output/public/ is up to date")
    assert built.files() == before


def test_two_projects_build_the_same_bytes(toy: Any, built_once: Any) -> None:
    toy.kernels = True
    assert toy.run("build", TZ="Asia/Tokyo", LC_ALL="C", COLUMNS="40").returncode == 0
    assert toy.files() == built_once.files()


def test_a_save_in_jupyterlab_runs_nothing(built: Any) -> None:
    content = built.read_notebook("01_plants")
    content["metadata"] = {"kernelspec": {"name": "python3"}, "language_info": {"version": "3.99"}, "toc": {}}
    content["nbformat_minor"] = 5
    for number, cell in enumerate(content["cells"]):
        cell["id"] = f"random-{number}"
        cell["metadata"]["execution"] = {"iopub.status.busy": "2026-11-02T10:00:00"}
        cell["metadata"]["collapsed"] = True
        if cell["cell_type"] == "code":
            cell["execution_count"] = 17
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["other\n"]}]
            cell["source"] = cell["source"].splitlines(keepends=True)
    built.write_notebook("01_plants", content)
    assert built.run("build").stdout.startswith("nothing to do")


def test_an_edit_of_markdown_runs_no_notebook_but_shows_on_its_page(built: Any) -> None:
    content = built.read_notebook("01_plants")
    content["cells"][0]["source"] = "# A better title"
    content["cells"].insert(2, {"cell_type": "markdown", "metadata": {}, "source": "A new paragraph."})
    built.write_notebook("01_plants", content)
    assert ran(built.run("build")) == {"render notebooks/01_plants.html", "publish"}
    page = json.loads((built.root / "_output/public/notebooks/01_plants.html").read_text("utf-8"))
    assert [cell["cell_type"] for cell in page["cells"]] == ["markdown", "code", "markdown", "code", "code"]
    assert page["cells"][0]["source"] == ["# A better title"]
    assert page["cells"][4]["outputs"][0]["text"] == ["hello 2\n"]


def test_an_edit_of_a_code_cell_runs_exactly_that_notebook(built: Any) -> None:
    content = built.read_notebook("02_animals")
    content["cells"][3]["source"] += "\nprint('more')"
    built.write_notebook("02_animals", content)
    # its values are the same as before, so that no document but its own page is rendered again
    assert ran(built.run("build")) == {NOTEBOOK_2, "render notebooks/02_animals.html", "publish"}


def test_a_row_of_literature_runs_what_declares_its_table_and_renders_what_prints_it(built: Any) -> None:
    built.write("data/literature/animals.csv", "id,name\nA1,fox\nA2,hare\n")
    assert ran(built.run("build")) == {
        NOTEBOOK_2,
        "stage sources and results",
        "render slides/deck.html",
        "render notebooks/02_animals.html",
        "publish",
    }
    assert built.result("02_animals")["rows_animals"] == 4


def test_changed_inputs_with_unchanged_values_render_no_document(built: Any) -> None:
    built.write("data/literature/animals.csv", "id,name\nA1,wolf\n")
    steps = ran(built.run("build"))
    assert NOTEBOOK_2 in steps
    assert not any(step.startswith(("render paper", "render slides", "render index")) for step in steps)


def test_an_edit_of_an_included_file_renders_only_that_document(built: Any) -> None:
    built.write("paper/more.qmd", "Another sentence.\n")
    assert ran(built.run("build")) == {"stage sources and results", *PAPER, "publish"}
    assert "Another sentence." in (built.root / ".build/demo/public/project/paper/more.qmd").read_text(
        "utf-8"
    )


def test_touching_files_runs_nothing(built: Any) -> None:
    for path in built.root.rglob("*"):
        if path.is_file() and ".build" not in path.parts:
            os.utime(path)
    assert built.run("build").stdout.startswith("nothing to do")


def test_a_module_behind_another_runs_the_notebooks_that_rest_on_it(built: Any) -> None:
    built.write("src/twinbenefits/analysis/unused.py", "changed = True\n")
    assert built.run("build").stdout.startswith("nothing to do")
    built.write("src/twinbenefits/analysis/words.py", "changed = True\n")
    assert {NOTEBOOK_1, NOTEBOOK_2} <= ran(built.run("build"))


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("results/public/01_plants/values.json", NOTEBOOK_1),
        ("results/public/01_plants/01_plants.ipynb", NOTEBOOK_1),
        (".build/demo/public/project/paper/more.qmd", "stage sources and results"),
        (".build/demo/public/rendered/index.html", "render index.html"),
        ("_output/public/slides/deck.html", "publish"),
    ],
)
@pytest.mark.parametrize("how", ["edited", "deleted"])
def test_files_changed_behind_the_builds_back_are_made_again(
    built: Any, name: str, step: str, how: str
) -> None:
    before = built.files()
    file = built.root / name
    file.write_text("{}", "utf-8") if how == "edited" else file.unlink()
    reported = built.run("status").stdout
    what = "changed" if how == "edited" else "is missing"
    assert f"{name} {what} behind the build's back" in reported
    assert step in ran(built.run("build"))
    assert built.files() == before


def test_a_file_put_among_the_results_is_noticed_and_removed(built: Any) -> None:
    built.write("results/public/01_plants/mine.csv", "a\n")
    assert "mine.csv was added behind the build's back" in built.run("status").stdout
    assert NOTEBOOK_1 in ran(built.run("build"))
    assert not (built.root / "results/public/01_plants/mine.csv").exists()


def test_a_notebook_that_is_gone_takes_its_results_and_page_along(built: Any, toys: Any) -> None:
    (built.root / "notebooks/02_animals.ipynb").unlink()
    built.write("notebooks/parameters.yml", toys.PARAMETERS.format(name="01_plants"))
    assert built.run("build").returncode == 0
    assert not (built.root / "results/public/02_animals").exists()
    assert not (built.root / "_output/public/notebooks/02_animals.html").exists()
    assert "02_animals" not in (built.root / "_output/public/manifest.json").read_text("utf-8")


def test_parameters_other_than_the_defaults_reach_the_results(built: Any) -> None:
    built.kernels = True
    outcome = built.run("build", "-p", "01_plants.times=5", "-p", "01_plants.greeting=it's {so}")
    assert NOTEBOOK_1 in ran(outcome)
    assert NOTEBOOK_2 not in ran(outcome)
    assert built.result("01_plants")["rows_plants"] == 10
    # without them the build goes back
    assert NOTEBOOK_1 in ran(built.run("build"))
    assert built.result("01_plants")["rows_plants"] == 4


def test_audiences_have_results_outputs_and_state_of_their_own(built: Any) -> None:
    before = built.files()
    assert built.run("build", AUDIENCE="team").returncode == 0
    assert built.result("01_plants", "team")["audience"] == "team"
    assert {name: digest for name, digest in built.files().items() if "/public/" in name} == before
    assert built.run("build").stdout.startswith("nothing to do")


def test_force_makes_everything_anew_with_equal_bytes(built: Any) -> None:
    built.kernels = True
    before = built.files()
    assert {NOTEBOOK_1, NOTEBOOK_2, *PAPER, "publish"} <= ran(built.run("build", "--force"))
    assert built.files() == before


def test_one_document_is_rendered_without_publishing(built: Any) -> None:
    before = built.files()
    built.write("paper/more.qmd", "Another sentence.\n")
    outcome = built.run("render", "paper/index.qmd", "--to", "docx")
    assert ran(outcome) == {"stage sources and results", "render paper/index.docx"}
    assert ".build/demo/public/rendered/paper/index.docx (not published)" in outcome.stdout
    assert built.files() == before


def test_a_document_that_does_not_exist_is_refused_with_those_that_do(built: Any) -> None:
    outcome = built.run("render", "paper/index.qmd", "--to", "pptx")
    assert outcome.returncode == 2
    assert "paper/index.qmd --to docx" in outcome.stderr


def test_a_broken_source_stops_publishing_and_is_told_once(built: Any) -> None:
    before = built.files()
    built.write("paper/index.qmd", (built.root / "paper/index.qmd").read_text("utf-8") + "\nBROKEN\n")
    outcome = built.run("build")
    assert outcome.returncode == 1
    assert outcome.stdout.count("paper/index.qmd, line 3: 'BROKEN': is refused. Take it out.") == 1
    assert "Nothing was published; _output/public/ is as it was." in outcome.stdout
    assert "Traceback" not in outcome.stdout + outcome.stderr
    assert built.files() == before


def test_graph_can_be_driven_by_doit_itself(built: Any) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-m", "doit", "list", "--all"]
    outcome = subprocess.run(
        command, cwd=built.root, capture_output=True, text=True, env=built.environment(), check=True
    )
    names = [line.split()[0] for line in outcome.stdout.splitlines()]
    assert {"notebook:01_plants", "stage", "render:paper/index.qmd:docx", "page:01_plants", "publish"} <= set(
        names
    )


def test_outputs_of_a_first_build_do_not_depend_on_a_users_own_jupyter(
    toy: Any, built_once: Any, tmp_path: Path
) -> None:
    toy.kernels = True
    home = tmp_path / "home"
    startup = home / ".ipython/profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("print('my start-up file')\n", "utf-8")
    kernel = home / ".local/share/jupyter/kernels/python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": ["false"], "display_name": "x", "language": "python"})
    )
    assert toy.run("build", HOME=str(home), MPLBACKEND="Agg", PYTHONHASHSEED="7").returncode == 0
    assert toy.files() == built_once.files()


def test_a_folder_with_spaces_braces_and_other_letters(toys: Any, tmp_path: Path, built_once: Any) -> None:
    folder = tmp_path / "für {alle} & 'mich'"
    folder.mkdir()
    toy = toys.Toy.make(folder, kernels=True)
    outcome = toy.run("build")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert toy.files() == built_once.files()
    shutil.rmtree(folder)


def test_an_edit_during_the_build_is_rendered_by_the_next_one(built: Any) -> None:
    """The sources are copied once; what is rendered are the copies, and what is recorded are they as well."""
    built.write("paper/more.qmd", "First edit.\n")
    content = built.read_notebook("01_plants")
    content["cells"][3]["source"] += "\nprint('x')"
    built.write_notebook("01_plants", content)
    outcome = built.run("build", TOY_EDIT_AFTER_STAGE="paper/more.qmd")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    paper = built.root / "_output/public/paper/index.html"
    assert "First edit." in paper.read_text("utf-8")
    assert (built.root / "paper/more.qmd").read_text("utf-8") == "Edited meanwhile.\n"
    assert ran(built.run("build")) == {"stage sources and results", *PAPER, "publish"}
    assert "Edited meanwhile." in paper.read_text("utf-8")
