"""Run one notebook: its results and its executed form are put in place together, or nothing is changed."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twinbenefits.workflow.normal_form import (
    INJECTED,
    PARAMETERS,
    Notebook,
    as_text,
    normalised,
    source_of,
    tags_of,
)
from twinbenefits.workflow.swap import put_in_place

OnCell = Callable[[int, int], None]
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
LAST_WORDS = "kernel.log"
_LAST_LINES = 12
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class NotebookSpec:
    """What is to be run, with what, and where its results belong.

    Parameters
    ----------
    name : str
        The name of the run; also of its folder under `results`.
    source : Path
        The notebook; its kernel works in the folder it stands in.
    content : mapping
        What it holds, read before: a save during the run belongs to the next one.
    root : Path
        The project's folder.
    results : Path
        The folder of all notebooks' results; ``results/<name>`` is replaced when the run has succeeded.
    work : Path
        A folder on the same file system for half-made things.
    failed : Path
        A folder for notebooks that failed.
    parameters : mapping
        Values to inject; already checked.
    environment : mapping of str to str
        What the kernel's environment holds besides.
    kept : Path, optional
        A folder of what earlier runs have made; without it everything is made anew.
    """

    name: str
    source: Path
    content: Mapping[str, Any]
    root: Path
    results: Path
    work: Path
    failed: Path
    parameters: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    kept: Path | None = None


@dataclass(frozen=True)
class NotebookRun:
    """A run that succeeded.

    Parameters
    ----------
    name : str
        The run's name.
    results : Path
        Its folder of registered results.
    executed : Path
        The executed notebook in it, in normal form.
    cells : int
        How many code cells ran.
    seconds : float
        How long it took.
    """

    name: str
    results: Path
    executed: Path
    cells: int
    seconds: float


class NotebookError(Exception):
    """A notebook that failed; its earlier results are untouched.

    Parameters
    ----------
    name : str
        The run's name.
    cell : int or None
        The code cell that failed, counted from 1 without injected cells; None if none was reached.
    error : str
        What it said.
    kept : Path
        The failing notebook with its traceback.
    """

    def __init__(self, name: str, cell: int | None, error: str, kept: Path) -> None:
        self.name, self.cell, self.error, self.kept = name, cell, error, kept
        place = f"code cell {cell}" if cell else "before its first cell"
        super().__init__(f"{name}, {place}: {error}")


def run_notebook(spec: NotebookSpec, on_cell: OnCell | None = None) -> NotebookRun:
    """Run a notebook with papermill and put its results in place.

    The kernel is one of this environment, works in the notebook's folder as it does in JupyterLab, and writes
    its results into a temporary folder, which takes the place of the old one only after the last cell has
    succeeded.

    Parameters
    ----------
    spec : NotebookSpec
        What to run.
    on_cell : callable, optional
        Called with the number of the code cell about to run and how many there are.

    Returns
    -------
    NotebookRun
        Where everything stands.

    Raises
    ------
    NotebookError
        If a cell fails or the kernel dies; the failing notebook is kept in ``failed``.
    """
    started = time.monotonic()
    spec.work.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f"{spec.name}-", dir=spec.work))
    try:
        executed = _execute(spec, made / "results", on_cell)
        folder = made / "results" / spec.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{spec.name}.ipynb").write_text(as_text(executed), "utf-8", newline="\n")
        put_in_place(folder, spec.results / spec.name)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return NotebookRun(
        name=spec.name,
        results=spec.results / spec.name,
        executed=spec.results / spec.name / f"{spec.name}.ipynb",
        cells=sum(cell["cell_type"] == "code" for cell in executed["cells"]),
        seconds=time.monotonic() - started,
    )


def _execute(spec: NotebookSpec, results: Path, on_cell: OnCell | None) -> Notebook:
    from twinbenefits.workflow.warm_kernels.parent import begin_parent

    notebook = normalised(spec.content, "")
    numbers = _code_cell_numbers(notebook["cells"], injects=bool(spec.parameters))
    reached: list[int] = []

    def starting(cell_index: int, **_: object) -> None:
        if (number := numbers.get(cell_index)) is not None:
            reached.append(number)
            if on_cell is not None:
                on_cell(number, len(numbers))

    with tempfile.TemporaryDirectory(prefix="kernel-", ignore_cleanup_errors=True) as private:
        environment = _kernel_environment(spec, results, private)
        begin_parent({**os.environ, **environment})  # it imports while this process does
        from twinbenefits.workflow.kernels import ending
        from twinbenefits.workflow.papermill_engine import CellError, Execution, execute

        execution = Execution(
            folder=str(spec.source.parent),
            environment=environment,
            private=private,
            on_cell_start=starting,
        )
        try:
            made = execute(notebook, spec.parameters, execution)
        except CellError as error:
            kept = _keep_failed(spec, execution.notebook or notebook)
            message = _COLOURS.sub("", f"{error.name}: {error.text}".rstrip(": "))
            raise NotebookError(spec.name, reached[-1] if reached else None, message, kept) from error
        except Exception as error:
            if ending.is_set():
                raise KeyboardInterrupt from error
            kept = _keep_failed(spec, execution.notebook or notebook)
            message = (
                f"the kernel could not go on ({type(error).__name__}: {error}){_last_words(Path(private))}"
            )
            raise NotebookError(spec.name, reached[-1] if reached else None, message, kept) from error
    return normalised(made, str(spec.root))


def _code_cell_numbers(cells: list[Any], *, injects: bool) -> dict[int, int]:
    """Map positions in the executed notebook to numbers of the code cells that somebody wrote."""
    numbers: dict[int, int] = {}
    shift = 0
    for position, cell in enumerate(cells):
        if cell["cell_type"] == "code" and source_of(cell).strip() and INJECTED not in tags_of(cell):
            numbers[position + shift] = len(numbers) + 1
            if injects and shift == 0 and PARAMETERS in tags_of(cell):
                shift = 1
    return numbers


def _keep_failed(spec: NotebookSpec, notebook: Notebook) -> Path:
    spec.failed.mkdir(parents=True, exist_ok=True)
    kept = spec.failed / f"{spec.name}.ipynb"
    kept.write_text(as_text(normalised(notebook, str(spec.root))), "utf-8", newline="\n")
    return kept


def _last_words(private: Path) -> str:
    """Return what a kernel that died wrote last, outside of any cell."""
    try:
        lines = (private / LAST_WORDS).read_text("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return "".join(f"\n    {_COLOURS.sub('', line)}" for line in lines[-_LAST_LINES:])


def _kernel_environment(spec: NotebookSpec, results: Path, private: str) -> dict[str, str]:
    """Everything of the surroundings that could change an output is set, so that two machines agree."""
    style = importlib.util.find_spec("matplotlib")
    defaults = Path(style.origin).parent / "mpl-data" / "matplotlibrc" if style and style.origin else None
    return {
        "TWINBENEFITS_ROOT": str(spec.root),
        "TWINBENEFITS_RESULTS": str(results),
        "TWINBENEFITS_KEPT": str(spec.kept or ""),  # empty, whatever the surroundings say
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTHONWARNINGS": "",
        "PYTHONSTARTUP": "",
        **dict.fromkeys(ONE_THREAD, "1"),  # sums of several threads differ in their last digits
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "80",
        "IPYTHONDIR": str(Path(private) / "ipython"),  # the user's own start-up files stay out
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        **({"MATPLOTLIBRC": str(defaults)} if defaults else {}),
        **spec.environment,
    }
