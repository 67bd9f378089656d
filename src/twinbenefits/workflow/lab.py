"""JupyterLab on the project's own kernel, apart from whatever Jupyter the user has besides.

Everything JupyterLab keeps for itself (settings, layout, kernel description, signatures) goes to one
git-ignored folder under ``.build/``, made anew at every start where it is ours and left alone where it is
the user's. Nothing is read from or written to the user's own Jupyter and IPython folders.
"""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import json
import os
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from twinbenefits.evidence.layout import find_root
from twinbenefits.publishing.atomic import write_text

START_PAGE = "START.md"
FIRST_PORT = 8888
PRIVATE_PREFACE = """\
> **This session works on the private evidence.** You see copies of the notebooks under `work/`; git never
> sees them. An edit that everybody should have is made in `notebooks/`, in an ordinary `make lab`.

"""


class LabError(RuntimeError):
    """JupyterLab could not be started; the message says why and how to go on."""


@dataclass(frozen=True)
class LabSession:
    """How JupyterLab is started.

    Attributes
    ----------
    command : tuple of str
        The program and its arguments.
    environment : mapping
        The whole environment of the process.
    folder : Path
        The folder JupyterLab shows.
    start : str
        The page it opens, relative to `folder`.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    start: str


def open_lab(
    root: Path | None = None,
    *,
    evidence: str = "demo",
    browser: bool = True,
    port: int = FIRST_PORT,
    token: str | None = None,
) -> NoReturn:
    """Replace this process by JupyterLab with the start page open.

    Parameters
    ----------
    root : Path, optional
        The project; by default the one the working directory is in.
    evidence : {"demo", "private"}
        ``private`` opens copies of the notebooks under ``data/private/work/`` that work on the private
        evidence, so that nothing private can enter a notebook that git tracks.
    browser : bool
        Whether to open a browser; otherwise the address is printed.
    port : int
        The first port to try; the next free one is taken when it is busy.
    token : str, optional
        The password of this session in the address; by default JupyterLab draws one at random.

    Raises
    ------
    LabError
        If JupyterLab is not installed, or the private evidence is asked for and not there.
    """
    session = prepare_session(root, evidence=evidence, browser=browser, port=port, token=token)
    print(f"JupyterLab opens {session.start}. To stop it: File > Shut Down, or Ctrl-C here.", flush=True)
    os.chdir(session.folder)
    os.execve(session.command[0], session.command, dict(session.environment))


def prepare_session(
    root: Path | None = None,
    *,
    evidence: str = "demo",
    browser: bool = True,
    port: int = FIRST_PORT,
    token: str | None = None,
) -> LabSession:
    """Write the session's own settings and say how JupyterLab is to be started with them.

    Parameters and errors are those of :func:`open_lab`.
    """
    root = (root or find_root()).resolve()
    _require_jupyterlab(root)
    if evidence not in ("demo", "private"):
        raise LabError(f"EVIDENCE is {evidence!r}; it may be demo or private, as in: EVIDENCE=demo make lab")
    if evidence == "private":
        folder, start = copy_for_private_work(root), f"work/{START_PAGE}"
        private = root / ".build" / "private" / "lab"
    else:
        folder, start = root, f"notebooks/{START_PAGE}"
        private = root / ".build" / "lab"
    environment = _environment(private, root, evidence, token)
    _write_json(private / "config" / "jupyter_lab_config.json", server_settings(folder, start, port))
    _write_json(private / "config" / "labconfig" / "default_setting_overrides.json", INTERFACE_DEFAULTS)
    _write_json(private / "share" / "jupyter" / "kernels" / "python3" / "kernel.json", kernel_spec(root))
    command = [sys.executable, "-m", "jupyterlab"]
    if not browser:
        command.append("--no-browser")
    return LabSession(tuple(command), environment, folder, start)


# What a fresh JupyterLab shows; whatever the user changes in the settings editor still wins.
INTERFACE_DEFAULTS: dict[str, dict[str, Any]] = {
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/extensionmanager-extension:plugin": {"enabled": False},
    # There is one kernel, so there is nothing to choose.
    "@jupyterlab/notebook-extension:tracker": {"autoStartDefaultKernel": True},
}


def server_settings(folder: Path, start: str, port: int = FIRST_PORT) -> dict[str, Any]:
    """JupyterLab's server settings: one kernel, no news, no extension manager, nothing from the network."""
    return {
        "ServerApp": {
            "root_dir": str(folder),
            "port": port,
            "port_retries": 50,
            # In a container there is often only root; the server still listens on this machine alone.
            "allow_root": hasattr(os, "geteuid") and os.geteuid() == 0,
        },
        "Application": {"log_level": "WARN"},
        "LabApp": {
            "default_url": f"/lab/tree/{start}",
            "extension_manager": "readonly",
            "news_url": None,
            "check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
        },
        "KernelSpecManager": {"allowed_kernelspecs": ["python3"]},
    }


def kernel_spec(root: Path) -> dict[str, Any]:
    """Describe the kernel: this Python, under the name and title every committed notebook carries."""
    return {
        "argv": [
            sys.executable,
            "-Xfrozen_modules=off",
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
        ],
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "metadata": {"debugger": True},
        "env": {"PYTHONHASHSEED": "0", "TWINBENEFITS_ROOT": str(root)},
    }


def copy_for_private_work(root: Path) -> Path:
    """Copy the notebooks to ``data/private/work/``, set to the private evidence and without outputs.

    A copy that is already there is the user's work and stays; when its notebook has changed since, that is
    said.

    Returns
    -------
    Path
        ``data/private``, the folder a private session shows.
    """
    private = root / "data" / "private"
    if not private.is_dir():
        raise LabError(
            "EVIDENCE=private, but data/private/ does not exist: a clone holds no private evidence.\n"
            "Put the private tables into data/private/, or run `make lab` for the demonstration evidence."
        )
    work = private / "work"
    for source in sorted((root / "notebooks").glob("*.ipynb")):
        _copy_notebook(source, work / source.name)
    page = (root / "notebooks" / START_PAGE).read_text("utf-8")
    # JupyterLab shows data/private only: links out of it would lead nowhere.
    within_reach = re.sub(r"\[([^\]]+)\]\(\.\./[^)]*\)", r"\1", page)
    write_text(work / START_PAGE, PRIVATE_PREFACE + within_reach)
    return private


def private_copy(notebook: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """Return `notebook` without outputs and with the private evidence chosen after its parameters.

    The parameters cell itself stays as it is: the choice is made the way a build makes it, in a cell
    tagged ``injected-parameters``, which a tracked notebook may not have.
    """
    made = copy.deepcopy(dict(notebook))
    cells = []
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            cell.update(execution_count=None, outputs=[])
        cells.append(cell)
        if "parameters" in cell["metadata"].get("tags", []):
            cells.append(
                {
                    "cell_type": "code",
                    "id": "private-evidence",
                    "metadata": {"tags": ["injected-parameters"]},
                    "execution_count": None,
                    "outputs": [],
                    "source": "# This copy works on the private evidence; its notebook never does.\n"
                    'evidence = "private"',
                }
            )
    made["cells"] = cells
    made["metadata"]["twinbenefits"] = {"copied_from": origin}
    return made


def _copy_notebook(source: Path, target: Path) -> None:
    origin = hashlib.sha256(source.read_bytes()).hexdigest()
    if not target.exists():
        _write_json(target, private_copy(json.loads(source.read_text("utf-8")), origin))
        return
    try:
        known = json.loads(target.read_text("utf-8"))["metadata"]["twinbenefits"]["copied_from"]
    except (ValueError, KeyError, TypeError):
        known = ""
    if known != origin:
        print(
            f"data/private/work/{target.name} was copied from another version of notebooks/{source.name}. "
            "It is opened as it is; delete it to have a fresh copy at the next start."
        )


def _environment(private: Path, root: Path, evidence: str, token: str | None) -> dict[str, str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "TWINBENEFITS_"))  # only a build may name a folder for results
    }
    folders = {
        "JUPYTER_CONFIG_DIR": private / "config",
        "JUPYTER_DATA_DIR": private / "data",
        "JUPYTER_RUNTIME_DIR": private / "runtime",
        "JUPYTER_PATH": private / "share" / "jupyter",
        "JUPYTERLAB_SETTINGS_DIR": private / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": private / "workspaces",
        "IPYTHONDIR": private / "ipython",
    }
    if evidence == "private":  # a notebook registers its results in a temporary folder: keep that here too
        folders["TMPDIR"] = root / "data" / "private" / "work" / ".tmp"
    for name, folder in folders.items():
        folder.mkdir(parents=True, exist_ok=True)
        environment[name] = str(folder)
    environment["TWINBENEFITS_ROOT"] = str(root)
    environment["PYTHONNOUSERSITE"] = "1"
    # A terminal inside JupyterLab then rebuilds with the project's own Python and the same evidence.
    environment["EVIDENCE"] = evidence
    programs = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join([programs, environment.get("PATH", os.defpath)])
    if token is not None:
        environment["JUPYTER_TOKEN"] = token  # not on the command line, where every user could read it
    return environment


def _require_jupyterlab(root: Path) -> None:
    if importlib.util.find_spec("jupyterlab") is None:
        install = f"{shlex.quote(sys.executable)} -m pip install -e {shlex.quote(f'{root}[lab]')}"
        raise LabError(
            "JupyterLab is not installed in this environment.\n"
            f"`make lab` sets it up from the lock; in an environment of your own: {install}"
        )


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
