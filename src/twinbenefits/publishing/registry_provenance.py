"""Where a registered result comes from: cell, code, parameters, input tables, versions."""

from __future__ import annotations

import hashlib
import platform
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from twinbenefits.evidence.keys import open_key
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.schema import TABLES
from twinbenefits.publishing.registry_calls import parameter_names

__all__ = ["Cell", "current_cell", "input_hashes", "notebook_parameters", "versions"]

PACKAGES = (
    "twinbenefits",
    "matplotlib",
    "networkx",
    "numpy",
    "pandas",
    "pypandoc_binary",
    "scipy",
    "seaborn",
    "statsmodels",
)
LABEL = re.compile(r"^#\|\s*label:\s*(\S+)", re.MULTILINE)
PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class Cell:
    """The notebook cell that is running.

    Parameters
    ----------
    label
        The cell's label (``#| label: …``), else None.
    order
        The how-manieth execution of the kernel it is; None outside a notebook.
    code_hash
        SHA-256 of its code; None outside a notebook.
    """

    label: str | None
    order: int | None
    code_hash: str | None


def current_cell() -> Cell:
    """Return the cell that is running, or an empty one outside a notebook."""
    shell = _shell()
    if shell is None:
        return Cell(None, None, None)
    history = shell.user_ns.get("In") or [""]
    source = str(history[-1])
    label = LABEL.search(source)
    return Cell(
        label[1] if label else None, int(shell.execution_count), hashlib.sha256(source.encode()).hexdigest()
    )


def notebook_parameters(layout: Layout, notebook: str) -> dict[str, Any]:
    """Return the values that the parameters of the running notebook have now."""
    shell, path = _shell(), layout.notebooks / f"{notebook}.ipynb"
    if shell is None or not path.is_file():
        return {}
    names = sorted(parameter_names(path))
    return {name: _plain(shell.user_ns[name]) for name in names if name in shell.user_ns}


def input_hashes(layout: Layout, evidence: str, tables: Iterable[str]) -> dict[str, str]:
    """Return a digest of each table's file: SHA-256, of real evidence a keyed one that fits no guess."""
    files = {name: TABLES[name].file(layout, evidence) for name in sorted(set(tables))}
    contents = {name: path.read_bytes() for name, path in files.items() if path.is_file()}
    if evidence == "private" and contents:
        key = open_key(layout, evidence)
        return {name: key.digest(content) for name, content in contents.items()}
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results can depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _shell() -> Any:
    """Return the kernel's shell, without importing IPython where no kernel runs."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def _plain(value: Any) -> Any:
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        items = [_plain(item) for item in value]
        return sorted(items, key=str) if isinstance(value, set | frozenset) else items
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return str(value)
