"""Whether a worker would compute the same bytes as this computer, and what to tell when it would not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twinbenefits.workflow.executors import identity as asked

Identity = Mapping[str, Any]
NAMED = 5
SAME = "Give every worker the same commit and the same locked packages (docs/cluster.md)."
_PINNED = re.compile(r"([A-Za-z0-9._-]+)==[^ ;]+(?: ; ([^\\]*))?")
_OF_A_PLATFORM = ("sys_platform", "platform_", "os_name")
"""Marks packages that the lock names for some systems only; one Python's packages are on every system."""


def deciding_packages(root: Path) -> tuple[str, ...]:
    """Return the distributions that decide bytes: this package, and all that its lock names for every system.

    Parameters
    ----------
    root : Path
        The project's folder.
    """
    try:
        lines = (root / "requirements.lock").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    pinned = [match.groups(default="") for line in lines if (match := _PINNED.match(line))]
    names = [name for name, marker in pinned if not any(word in marker for word in _OF_A_PLATFORM)]
    return (asked.PACKAGE, *dict.fromkeys(names))


def own_identity(packages: Sequence[str]) -> Identity:
    """Return the identity of this process."""
    return asked.identity(asked.PACKAGE, tuple(packages), asked.ON_WORKERS)


def question(packages: Sequence[str]) -> str:
    """Return an expression that any Python evaluates to its identity, with or without this package."""
    text = Path(asked.__file__).read_text("utf-8")
    arguments = (asked.PACKAGE, tuple(packages), asked.ON_WORKERS)
    # not as a function: pickled by name it needs the package, pickled by value it needs the same Python
    return f"(lambda names: (exec({text!r}, names), names['identity'](*{arguments!r}))[1])({{}})"


def differences(worker: str, there: Identity, here: Identity) -> list[str]:
    """Say in which respects a worker would compute other bytes; an empty list means in none.

    Parameters
    ----------
    worker : str
        Its address.
    there, here : mapping
        Its identity and that of this process.

    Examples
    --------
    >>> mine = {"python": "3.11", "source": "ab", "loaded": "", "versions": {"numpy": "2.1"}}
    >>> differences("tcp://w:1", {**mine, "python": "3.12"}, mine)
    ['Worker tcp://w:1 runs Python 3.12, this computer 3.11.']
    """
    found = []
    if there["python"] != here["python"]:
        found.append(f"Worker {worker} runs Python {there['python']}, this computer {here['python']}.")
    if not there["source"]:
        found.append(
            f"Worker {worker} does not have the package {asked.PACKAGE}: set this project up on it and start "
            "the worker from its environment (docs/cluster.md)."
        )
        return found
    if there["source"] != here["source"]:
        found.append(
            f"Worker {worker} has another source of the package {asked.PACKAGE}: its files have the digest "
            f"{there['source'][:12]}, those of this computer {here['source'][:12]}."
        )
    elif there["loaded"] not in ("", there["source"]):
        found.append(
            f"Worker {worker} was started before its copy of the package {asked.PACKAGE} changed (it has "
            f"loaded {there['loaded'][:12]}, the files are now {there['source'][:12]}): start it again."
        )
    other = [
        f"{name} {there['versions'].get(name) or '(none)'} (here {version or 'none'})"
        for name, version in here["versions"].items()
        if there["versions"].get(name, "") != version
    ]
    if other:
        more = f" and {len(other) - NAMED} more" if len(other) > NAMED else ""
        found.append(f"Worker {worker} has other packages: {', '.join(other[:NAMED])}{more}.")
    return found
