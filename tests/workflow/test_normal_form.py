"""Notebooks as files."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from twinbenefits.workflow.normal_form import as_text, code_cells, normalised, with_fresh_markdown
from twinbenefits.workflow.outputs_of import MADE_FROM

ROOT = Path(__file__).resolve().parents[2]


def code(source: str, *outputs: dict[str, Any], tags: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    made = {"cell_type": "code", "id": "x", "metadata": {"tags": list(tags)}, "source": source}
    return {**made, "outputs": list(outputs), "execution_count": 1, **more}


def stream(text: Any, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    return {
        "cells": list(cells),
        "metadata": {"papermill": {"start_time": "now"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "m", "metadata": {}, "source": source}


def test_nothing_of_one_run_remains() -> None:
    cell = code("1", tags=("a",))
    cell["metadata"] |= {
        "papermill": {"duration": 1.2},
        "execution": {"iopub.status.busy": "now"},
        "scrolled": True,
    }
    made = normalised(notebook(cell), "/")
    assert made["metadata"] == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
    }
    assert made["cells"][0]["metadata"] == {"tags": ["a"]}


def test_pieces_of_one_stream_are_joined_and_others_left_in_order() -> None:
    result = {
        "output_type": "execute_result",
        "data": {"text/plain": "1"},
        "metadata": {},
        "execution_count": 1,
    }
    pieces = [stream("a"), stream(["b\n", "c"]), stream("!", "stderr"), stream("d"), result, stream("e")]
    outputs = normalised(notebook(code("1", *pieces)), "/")["cells"][0]["outputs"]
    assert [output.get("text", "result") for output in outputs] == ["ab\nc", "!", "d", "result", "e"]


def test_the_projects_folder_is_written_as_a_dot() -> None:
    outputs = [
        stream("in /home/me/study/data"),
        {"output_type": "error", "ename": "E", "evalue": "/home/me/study/x"},
    ]
    made = normalised(notebook(code("1", *outputs)), "/home/me/study")["cells"][0]["outputs"]
    assert made[0]["text"] == "in ./data"
    assert made[1]["evalue"] == "./x"
    assert (
        normalised(notebook(code("1", *outputs)), "/")["cells"][0]["outputs"][0]["text"]
        == "in /home/me/study/data"
    )


def test_ids_are_kept_and_missing_or_random_ones_are_made_the_same_each_time() -> None:
    cells = [
        markdown("a"),
        {**markdown("b"), "id": None},
        code("x = 1", tags=("injected-parameters",), id="3f9"),
    ]
    assert [cell["id"] for cell in normalised(notebook(*cells), "/")["cells"]] == [
        "m",
        "cell-02",
        "injected-parameters",
    ]


def test_the_given_notebook_is_left_as_it_is() -> None:
    given = notebook(
        code("1", stream("a"), stream("b")), {**markdown("a"), "attachments": {"f.png": {"image/png": "x"}}}
    )
    before = copy.deepcopy(given)
    made = normalised(given, "/home")
    assert given == before
    assert made["cells"][1]["attachments"] == {"f.png": {"image/png": "x"}}


def test_the_normal_form_is_stable_and_what_jupyter_itself_would_write() -> None:
    given = notebook(markdown("# T\n\nä"), code("a\nb", stream("x\ny\n")), code("", id="y"))
    once = normalised(given, "/home")
    text = as_text(once)
    assert as_text(normalised(json.loads(text), "/home")) == text
    read = nbformat.reads(text, as_version=4)
    nbformat.validate(read)
    assert nbformat.writes(read) + "\n" == text


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_committed_notebooks_are_in_normal_form(path: Path) -> None:
    text = path.read_text("utf-8")
    content = json.loads(text)
    made = normalised(content, str(ROOT))
    made["metadata"][MADE_FROM] = content["metadata"].get(MADE_FROM)  # what `make notebooks` adds
    assert made["metadata"][MADE_FROM], "make notebooks notes what the outputs were made from"
    assert as_text(made) == text, "make notebooks writes it in normal form"


def test_code_cells_are_those_that_somebody_wrote() -> None:
    cells = [
        markdown("a"),
        code("1"),
        code("  \n"),
        code("x = 1", tags=("injected-parameters",)),
        code(["2", "\n3"]),
    ]  # type: ignore[arg-type]
    assert [cell["source"] for cell in code_cells(notebook(*cells))] == ["1", ["2", "\n3"]]


def test_fresh_markdown_stands_around_the_outputs_of_the_run() -> None:
    executed = normalised(
        notebook(
            markdown("old"),
            code("n = 1", tags=("parameters",)),
            code("n = 2", tags=("injected-parameters",)),
            code("n", stream("2")),
        ),
        "/",
    )
    written = notebook(
        code("n = 1", tags=("parameters",)), markdown("new"), code(""), code("n"), markdown("end")
    )
    made = with_fresh_markdown(written, executed)
    assert [cell["source"] for cell in made["cells"]] == ["n = 1", "n = 2", "new", "n", "end"]
    assert made["cells"][3]["outputs"][0]["text"] == "2"
    assert executed["cells"][0]["source"] == "old"
