"""papermill on our own kernels.

Importing this module is the one place where papermill enters a process. Where JupyterLab is installed,
jsonschema finds ``rfc3987_syntax`` beside it and builds that package's grammar at import (1.4 s of CPU, more
than all the rest together) to check a kind of address that no notebook holds. With None in its place during
the import, jsonschema takes it for "not installed"; afterwards the entry is removed again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twinbenefits.workflow.kernels import OwnKernelManager

_GRAMMAR = "rfc3987_syntax"
_blocked = _GRAMMAR not in sys.modules
if _blocked:
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]
try:
    import nbformat
    import papermill
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines
    from papermill.exceptions import PapermillExecutionError
finally:
    if _blocked:
        del sys.modules[_GRAMMAR]

Notebook = dict[str, Any]


@dataclass
class Execution:
    """One execution: how the kernel starts, whom to tell about cells, and the notebook as far as it got.

    Parameters
    ----------
    folder : str
        The kernel's working directory.
    environment : mapping of str to str
        What its environment holds besides.
    private : str
        A folder for what the kernel needs while it runs.
    on_cell_start : callable
        Called with the cell and its position before it runs.
    notebook : dict or None
        Set when the run begins, filled while it goes on; also readable after the kernel died.
    """

    folder: str
    environment: Mapping[str, str]
    private: str
    on_cell_start: Callable[..., None]
    notebook: Notebook | None = None


class _Engine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine, with our kernel manager in place of the user's kernels."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        execution: Execution = options["execution"]
        execution.notebook = nb_man.nb
        client = PapermillNotebookClient(
            nb_man,
            km=OwnKernelManager(
                kernel_name=kernel_name,
                environment=dict(execution.environment),
                folder=execution.private,
            ),
            kernel_name=kernel_name,
            resources={"metadata": {"path": execution.folder}},
            on_cell_start=execution.on_cell_start,
            timeout=None,
        )
        return client.execute(cleanup_kc=True)


papermill_engines.register("twinbenefits", _Engine)


class CellError(Exception):
    """A cell raised; `name` and `text` are its error's."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        super().__init__(f"{name}: {text}")


def execute(notebook: Notebook, parameters: Mapping[str, object], execution: Execution) -> Notebook:
    """Execute a notebook held in memory and return it with its outputs.

    Raises
    ------
    CellError
        If a cell raises; any other exception means that the kernel could not go on.
    """
    try:
        made: Notebook = papermill.execute_notebook(
            nbformat.from_dict(notebook),  # type: ignore[no-untyped-call]
            None,
            parameters=dict(parameters),
            engine_name="twinbenefits",
            kernel_name="python3",
            language="python",
            progress_bar=False,
            execution=execution,
        )
    except PapermillExecutionError as error:
        raise CellError(error.ename, error.evalue) from error
    return made
