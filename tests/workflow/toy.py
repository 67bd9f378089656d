"""A small project in a temporary folder, and stand-ins for staging, rendering and publishing.

What is tested with it is the graph: what runs, when and why. The real rooms have their own tests.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

HERE = Path(__file__).resolve()
PROJECT = HERE.parents[2]
KERNELS = "TOY_KERNELS"

PARAMETERS = """
{name}:
  evidence: {{type: str, default: demo, choices: [demo, private], purpose: which rows}}
  audience: {{type: str, default: public, choices: [public, team], purpose: for whom}}
  times: {{type: int, default: 2, minimum: 1, maximum: 9, purpose: how often}}
  greeting: {{type: str, default: hello, purpose: what it says}}
"""

FACTS = "title: Toy\nauthors: []\nresearch_question: none\nas_of: 2026-11-01\n"

# A package as small as the project; what the build takes for "the project's own modules".
MODULES = {
    "__init__.py": "",
    "analysis/__init__.py": "",
    "analysis/counting.py": "from twinbenefits.analysis import words\n",
    "analysis/words.py": "",
    "analysis/unused.py": "",
    "publishing/__init__.py": "",
    "publishing/stage.py": "",
    "publishing/manifest.py": "",
    "publishing/scan.py": "",
    "publishing/render/__init__.py": "",
    "publishing/render/page.css": "",
}

OPEN = """\
import json, os
from pathlib import Path


class Study:
    @staticmethod
    def open(tables):
        folder = Path(os.environ["TWINBENEFITS_ROOT"]) / "data" / "literature"
        return {name: (folder / f"{name}.csv").read_text("utf-8") for name in tables}


study = Study.open(tables=["%s"])


def later():
    from twinbenefits.analysis.counting import count
"""

REGISTER = """\
folder = Path(os.environ["TWINBENEFITS_RESULTS"]) / "%s"
folder.mkdir(parents=True)
rows = len(study["%s"].splitlines()) - 1
(folder / "values.json").write_text(json.dumps({"rows_%s": rows * times, "audience": audience}))
(folder / "provenance.json").write_text(json.dumps({"bytes": study["%s"]}))
print(greeting, rows)
"""


def code(source: str, *tags: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def notebook(name: str, table: str, *more: str) -> dict[str, Any]:
    parameters = (
        'evidence = "demo"  # which rows\naudience = "public"  # for whom\n'
        'times = 2  # how often\ngreeting = "hello"  # what it says'
    )
    return {
        "cells": [
            markdown(f"# {name}"),
            code(parameters, "parameters"),
            code(OPEN % table),
            code(REGISTER % (name, table, table, table)),
            *map(code, more),
        ],
        "metadata": {"kernelspec": {"name": "somebody-elses", "display_name": "x"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }


class Toy:
    """The project, and what a co-author does to it."""

    def __init__(self, root: Path, *, kernels: bool = False) -> None:
        self.root, self.kernels = root, kernels

    @classmethod
    def make(cls, root: Path, *, kernels: bool = False) -> Toy:
        toy = cls(root, kernels=kernels)
        toy.write("_quarto.yml", "project:\n  render: [index.qmd, paper/index.qmd, slides/deck.qmd]\n")
        toy.write("index.qmd", "---\ntitle: Start\nformat:\n  html: default\n---\nStart.\n")
        toy.write(
            "paper/index.qmd",
            "---\ntitle: Paper\nformat:\n  html: default\n  docx: default\n---\n"
            "{{< include more.qmd >}}\nRows: {{< var rows_plants >}}.\n\n![Alt](../_staged/D1){#fig-d1}\n",
        )
        toy.write("paper/more.qmd", "More.\n")
        toy.write(
            "slides/deck.qmd",
            "---\ntitle: Deck\nformat:\n  revealjs: default\n---\n{{< var rows_animals >}}\n",
        )
        toy.write("data/study/study.yml", FACTS)
        toy.write("data/study/rules.yml", "least: 1\n")
        toy.write("data/literature/plants.csv", "id,name\nP1,oak\nP2,elm\n")
        toy.write("data/literature/animals.csv", "id,name\nA1,fox\n")
        toy.write("requirements.lock", "nothing==1\n")
        toy.write(
            "notebooks/parameters.yml",
            PARAMETERS.format(name="01_plants") + PARAMETERS.format(name="02_animals"),
        )
        toy.write_notebook("01_plants", notebook("01_plants", "plants"))
        toy.write_notebook("02_animals", notebook("02_animals", "animals"))
        for module, text in MODULES.items():
            toy.write(f"src/twinbenefits/{module}", text)
        shutil.copy(PROJECT / "dodo.py", root / "dodo.py")
        return toy

    def add_notebook_for_each_place(self, *places: str) -> None:
        """Add a notebook that is run once for each place, and a document written once for all of them."""
        self.write("data/study/places.csv", "\n".join(["place,label", *(f"{p},{p.title()}" for p in places)]))
        self.write(
            "notebooks/parameters.yml",
            (self.root / "notebooks/parameters.yml").read_text("utf-8")
            + PARAMETERS.format(name="brief")
            + "  place: {type: str, default: hill, each_in: places.place, purpose: where}\n",
        )
        content = notebook("brief", "plants")
        content["cells"][1]["source"] += '\nplace = "hill"  # where'
        content["cells"][3]["source"] = (
            (REGISTER % ("brief", "plants", "plants", "plants"))
            .replace('"brief"', 'f"brief-{place}"')
            .replace('"rows_plants"', 'f"{place}_rows"')
        )
        self.write_notebook("brief", content)
        self.write(
            "briefs/brief.qmd",
            '---\ntitle: "In the [run]"\nruns-of: brief\nformat:\n  html: default\n---\n'
            "Rows: {{< var [run]_rows >}}.\n",
        )
        listed = "[index.qmd, paper/index.qmd, slides/deck.qmd, briefs/*.qmd]"
        self.write("_quarto.yml", f"project:\n  render: {listed}\n")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def write_notebook(self, name: str, content: dict[str, Any]) -> None:
        self.write(f"notebooks/{name}.ipynb", json.dumps(content))

    def read_notebook(self, name: str) -> dict[str, Any]:
        return json.loads((self.root / f"notebooks/{name}.ipynb").read_text("utf-8"))

    def result(self, name: str, audience: str = "public") -> dict[str, Any]:
        return json.loads((self.root / f"results/{audience}/{name}/values.json").read_text("utf-8"))

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            env=self.environment(**environment),
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment(),
        )

    @staticmethod
    def command(*arguments: str) -> list[str]:
        return [sys.executable, str(HERE), *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k not in ("AUDIENCE", "EVIDENCE", "ENGINE")}
        return {
            **kept,
            "TWINBENEFITS_ROOT": str(self.root),
            "PYTHONUNBUFFERED": "1",
            KERNELS: str(int(self.kernels)),
            **more,
        }

    def files(self) -> dict[str, str]:
        """Every file below results/ and _output/ with its digest."""
        return {
            path.relative_to(self.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in ("results", "_output")
            for path in sorted((self.root / folder).rglob("*"))
            if path.is_file()
        }


def use_stand_ins() -> None:
    """Replace staging, rendering and publishing in this process."""

    def stage(root: Path, audience: str, evidence: str, into: Path, *_kept: object) -> SimpleNamespace:
        values: dict[str, Any] = {}
        for file in sorted((root / "results" / audience).glob("*/values.json")):
            values.update(json.loads(file.read_text("utf-8")))
        from twinbenefits.evidence.layout import Layout
        from twinbenefits.publishing.atomic import write_text
        from twinbenefits.publishing.runs import source_texts, write_made

        patterns = [path.relative_to(root).as_posix() for path in root.glob("briefs/*.qmd")]
        write_made(into, source_texts(Layout(root), patterns))
        write_text(into / "_variables.yml", "".join(f"{k}: {v}\n" for k, v in sorted(values.items())))
        write_text(into / "_staged" / "D1.svg", f"<svg>{values.get('rows_plants')}</svg>")
        if edited := os.environ.get("TOY_EDIT_AFTER_STAGE"):
            (root / edited).write_text("Edited meanwhile.\n", "utf-8")
        return SimpleNamespace(unused=["audience"], synthetic={})

    def render(workspace: Path, source: str, to: str, out: Path, *, epoch: int, **_: str) -> Path:
        text = "".join(file.read_text("utf-8") for file in sorted((workspace / source).parent.glob("*.qmd")))
        if "BROKEN" in text:
            from twinbenefits.publishing.render.faults import RenderError, problem_at

            raise RenderError(
                [problem_at(source, 3, "BROKEN", "is refused", "Take it out.")], f"{source} as {to}"
            )
        out.write_text(f"{to} {epoch}\n{text}\n{(workspace / '_variables.yml').read_text('utf-8')}", "utf-8")
        return out

    def render_notebook(executed: Path, out: Path, **_: object) -> Path:
        out.write_bytes(executed.read_bytes())
        return out

    def publish(rendered: Path, output: Path, **_: object) -> None:
        from twinbenefits.publishing.atomic import copy_file, remove_unlisted, write_text

        names = sorted(path.relative_to(rendered) for path in rendered.rglob("*") if path.is_file())
        for name in names:
            copy_file(rendered / name, output / name)
        digests = {str(name): hashlib.sha256((output / name).read_bytes()).hexdigest() for name in names}
        write_text(output / "manifest.json", json.dumps(digests))
        remove_unlisted(output, [*names, Path("manifest.json")])

    import twinbenefits.publishing.render as rendering
    from twinbenefits.workflow import steps

    steps.PACKAGE = Path(os.environ["TWINBENEFITS_ROOT"]) / "src" / "twinbenefits"

    rendering.render, rendering.render_notebook = render, render_notebook  # type: ignore[assignment, attr-defined]
    for name, function in (("stage", stage), ("manifest", publish)):
        module: Any = ModuleType(f"twinbenefits.publishing.{name}")
        module.NotScannedError = ValueError
        setattr(module, function.__name__, function)
        sys.modules[module.__name__] = module


def run_cells_in_this_process() -> None:
    """Replace papermill and its kernels, which take seconds, where a test is about something else."""
    engine: Any = ModuleType("twinbenefits.workflow.papermill_engine")
    one_at_a_time = threading.Lock()

    class CellError(Exception):
        def __init__(self, name: str, text: str) -> None:
            self.name, self.text = name, text

    def execute(
        content: dict[str, Any], parameters: dict[str, Any], execution: SimpleNamespace
    ) -> dict[str, Any]:
        names: dict[str, Any] = {}
        injected = code(
            "\n".join(f"{name} = {value!r}" for name, value in parameters.items()), "injected-parameters"
        )
        position = 1 + next(n for n, cell in enumerate(content["cells"]) if cell["metadata"].get("tags"))
        content["cells"][position:position] = [injected] if parameters else []
        execution.notebook = content
        count = 0
        with one_at_a_time:
            os.environ.update(execution.environment)
            for number, cell in enumerate(content["cells"]):
                if cell["cell_type"] == "code":
                    count += 1
                    execution.on_cell_start(cell=cell, cell_index=number)
                    printed = io.StringIO()
                    with contextlib.redirect_stdout(printed):
                        exec(cell["source"], names)
                    cell["execution_count"] = count
                    said = {"output_type": "stream", "name": "stdout", "text": printed.getvalue()}
                    cell["outputs"] = [said] if printed.getvalue() else []
        return content

    engine.CellError, engine.Execution, engine.execute = CellError, SimpleNamespace, execute
    sys.modules[engine.__name__] = engine


if __name__ == "__main__":
    sys.argv[0] = "twinbenefits"
    use_stand_ins()
    if os.environ[KERNELS] == "0":
        run_cells_in_this_process()
    from twinbenefits.cli import main

    main()
