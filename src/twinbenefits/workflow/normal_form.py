"""Notebooks as files: their stored form, their code cells, and fresh Markdown around old outputs.

The normal form holds what a reader sees and nothing of one run: no times, no paths, no random ids, no editor
state. Two runs of the same notebook on the same platform give the same bytes.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

Notebook = dict[str, Any]
Cell = dict[str, Any]

PARAMETERS = "parameters"
INJECTED = "injected-parameters"
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}


def source_of(cell: Mapping[str, Any]) -> str:
    """Return a cell's text; the format stores it as one string or as lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def tags_of(cell: Mapping[str, Any]) -> list[str]:
    """Return a cell's tags."""
    return list(cell.get("metadata", {}).get("tags", []))


def code_cells(notebook: Mapping[str, Any]) -> list[Cell]:
    """Return the code cells that somebody wrote: neither empty nor injected by a run."""
    return [
        cell
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and source_of(cell).strip() and INJECTED not in tags_of(cell)
    ]


def parameters_source(notebook: Mapping[str, Any]) -> str | None:
    """Return the text of the cell tagged ``parameters``, or None if there is none."""
    return next((source_of(cell) for cell in code_cells(notebook) if PARAMETERS in tags_of(cell)), None)


def normalised(notebook: Mapping[str, Any], root: str) -> Notebook:
    """Return a notebook in the form in which it is stored.

    Parameters
    ----------
    notebook : mapping
        An executed notebook.
    root : str
        The project's folder, which outputs may name; it is written as ``.`` there.

    Returns
    -------
    dict
        A new notebook; the given one is left as it is.
    """
    cells = [_normalised_cell(cell, number, root) for number, cell in enumerate(notebook["cells"], 1)]
    return {
        "cells": cells,
        "metadata": {"kernelspec": dict(KERNELSPEC), "language_info": dict(LANGUAGE_INFO)},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _normalised_cell(cell: Mapping[str, Any], number: int, root: str) -> Cell:
    tags = tags_of(cell)
    made: Cell = {
        "cell_type": cell["cell_type"],
        # papermill gives the cell it injects a random id
        "id": INJECTED if INJECTED in tags else cell.get("id") or f"cell-{number:02}",
        "metadata": {"tags": tags} if tags else {},
        "source": source_of(cell),
    }
    if cell["cell_type"] == "code":
        made["execution_count"] = cell.get("execution_count")
        made["outputs"] = [_without_root(output, root) for output in _joined_streams(cell.get("outputs", []))]
    elif cell.get("attachments"):
        made["attachments"] = copy.deepcopy(cell["attachments"])
    return made


def _joined_streams(outputs: list[Any]) -> Iterator[dict[str, Any]]:
    """Join neighbouring pieces of one stream: where a kernel cuts its text is a matter of timing."""
    pending: dict[str, Any] | None = None
    for output in outputs:
        plain = json.loads(json.dumps(output))
        if plain["output_type"] == "stream":
            plain["text"] = "".join(plain["text"])
            if pending is not None and pending["name"] == plain["name"]:
                pending["text"] += plain["text"]
                continue
        if pending is not None:
            yield pending
        pending = plain if plain["output_type"] == "stream" else None
        if pending is None:
            yield plain
    if pending is not None:
        yield pending


def _without_root(output: Any, root: str) -> Any:
    if isinstance(output, str):
        return output.replace(root, ".") if root not in ("", "/") else output
    if isinstance(output, dict):
        return {key: _without_root(value, root) for key, value in output.items() if key != "transient"}
    if isinstance(output, list):
        return [_without_root(value, root) for value in output]
    return output


def as_text(notebook: Mapping[str, Any]) -> str:
    """Write a notebook as Jupyter does: one key or line of text per line, so that differences can be read."""
    stored = copy.deepcopy(dict(notebook))
    for cell in stored["cells"]:
        cell["source"] = _lines(cell["source"])
        for output in cell.get("outputs", []):
            if "text" in output:
                output["text"] = _lines(output["text"])
            for kind, content in output.get("data", {}).items():
                if isinstance(content, str) and not kind.startswith("image/png"):
                    output["data"][kind] = _lines(content)
    return json.dumps(stored, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _lines(text: str | list[str]) -> list[str]:
    return text.splitlines(keepends=True) if isinstance(text, str) else text


def with_fresh_markdown(written: Mapping[str, Any], executed: Mapping[str, Any]) -> Notebook:
    """Return the notebook as it is written now with the outputs of an earlier run.

    An edit of a Markdown cell runs nothing, yet the published page shows it. The code cells of both are
    equal, or the notebook would have been run again; a cell of parameters that the run injected is kept.

    Parameters
    ----------
    written : mapping
        The notebook as a co-author left it.
    executed : mapping
        The run of its code cells.

    Returns
    -------
    dict
        A notebook in the form of `executed`.
    """
    runs = iter(code_cells(executed))
    injected = [cell for cell in executed["cells"] if INJECTED in tags_of(cell)]
    cells: list[Cell] = []
    for number, cell in enumerate(written["cells"], 1):
        if cell["cell_type"] != "code":
            cells.append(_normalised_cell(cell, number, ""))
        elif source_of(cell).strip() and INJECTED not in tags_of(cell):
            cells.append(copy.deepcopy(next(runs)))
            if PARAMETERS in tags_of(cell):
                cells += copy.deepcopy(injected)
    return {**executed, "cells": cells}
