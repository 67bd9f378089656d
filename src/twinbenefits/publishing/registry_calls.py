"""Which results a notebook registers, read from its code without running it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinbenefits.publishing.python_source import parsed

__all__ = ["RegisteredCall", "parameter_names", "registered_calls", "registered_displays"]


@dataclass(frozen=True, slots=True)
class RegisteredCall:
    """One call of the registry in a notebook.

    Parameters
    ----------
    kind
        ``"value"``, ``"table"`` or ``"figure"``.
    name
        The name or id, also where a loop over words that are written out gives it; None when it is computed.
    variant
        The display's variant, empty for the main one.
    extra
        Whether the display stands outside the list of displays.
    cell
        The code cell, counted from 1.
    """

    kind: str
    name: str | None
    variant: str
    extra: bool
    cell: int


def registered_calls(notebook: Path) -> list[RegisteredCall]:
    """Return the registry calls of a notebook in the order in which they are written.

    Parameters
    ----------
    notebook
        An ``.ipynb`` file. Cells that are no Python are passed over.
    """
    trees = [(number, _parsed(source)) for number, source, _ in _code_cells(notebook)]
    registries = {name for _, tree in trees for name in _registries(tree)}
    found: list[RegisteredCall] = []
    for number, tree in trees:
        calls = sorted(_calls(tree, {}), key=lambda made: (made[0].lineno, made[0].col_offset))
        for call, words in calls:
            kind = _kind(call, registries)
            if kind:
                variant = _argument(call, None, "variant") or ""
                for name in _names(_given(call, 0, "name" if kind == "value" else "id"), words):
                    found.append(RegisteredCall(kind, name, variant, _is_extra(call), number))
    return found


def registered_displays(notebook: Path) -> list[str]:
    """Return the ids under which a notebook registers listed tables and figures, each once, in order.

    Displays outside the list (``extra=True``) are left out.

    Raises
    ------
    ValueError
        When an id is computed: then nobody could hold the list of displays to the notebook.
    """
    displays = [call for call in registered_calls(notebook) if call.kind != "value"]
    for call in displays:
        if call.name is None:
            raise ValueError(f"{notebook.name}, code cell {call.cell}: write the display's id out as text")
    return list(dict.fromkeys(str(call.name) for call in displays if not call.extra))


def parameter_names(notebook: Path) -> list[str]:
    """Return the names that the notebook's parameters cell assigns."""
    return [
        target.id
        for _, source, tags in _code_cells(notebook)
        if "parameters" in tags
        for node in _parsed(source).body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    ]


def _code_cells(notebook: Path) -> Iterator[tuple[int, str, list[str]]]:
    cells: list[dict[str, Any]] = json.loads(notebook.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, start=1):
        yield number, "".join(cell["source"]), cell.get("metadata", {}).get("tags", [])


def _parsed(source: str) -> ast.Module:
    lines = ("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    try:
        return parsed("\n".join(lines))
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def _registries(tree: ast.Module) -> Iterator[str]:
    """Yield the names to which ``Results.for_notebook(…)`` is assigned."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Attribute) and function.attr == "for_notebook":
                yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _kind(call: ast.Call, registries: set[str]) -> str | None:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in ("value", "table", "figure"):
        return None
    owner = function.value
    return function.attr if isinstance(owner, ast.Name) and owner.id in registries else None


def _is_extra(call: ast.Call) -> bool:
    given = next((item.value for item in call.keywords if item.arg == "extra"), None)
    return isinstance(given, ast.Constant) and given.value is True


Words = Mapping[str, Sequence[str]]
"""The words that a loop gives to a name, one after the other."""


def _calls(node: ast.AST, words: Words) -> Iterator[tuple[ast.Call, Words]]:
    """Yield every call with the words of the loops around it: ``for name in ("a", "b"):``."""
    if isinstance(node, ast.Call):
        yield node, words
    if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
        listed = node.iter.elts if isinstance(node.iter, ast.Tuple | ast.List) else []
        texts = [_text(part) for part in listed]
        words = {**words, node.target.id: [text for text in texts if text] if all(texts) else []}
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, words)


def _names(given: ast.expr | None, words: Words) -> list[str | None]:
    """Return the names that a call is written with: one, one for each word of a loop, or None if computed."""
    if isinstance(given, ast.Name) and words.get(given.id):
        return [*words[given.id]]
    if isinstance(given, ast.JoinedStr):
        used = [part.value for part in given.values if isinstance(part, ast.FormattedValue)]
        (loop,) = used if len(used) == 1 else (None,)
        if isinstance(loop, ast.Name) and words.get(loop.id):
            return ["".join(_text(part) or word for part in given.values) for word in words[loop.id]]
    return [_text(given)]


def _text(given: ast.AST | None) -> str | None:
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def _given(call: ast.Call, position: int | None, keyword: str) -> ast.expr | None:
    named = next((item.value for item in call.keywords if item.arg == keyword), None)
    at_its_place = position is not None and len(call.args) > position
    return call.args[position] if named is None and at_its_place and position is not None else named


def _argument(call: ast.Call, position: int | None, keyword: str) -> str | None:
    return _text(_given(call, position, keyword))
