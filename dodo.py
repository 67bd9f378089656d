"""The graph of the compendium, and the only place where it stands.

    notebooks ──┬─► stage ──┬─► documents ─────┬─► scan ──► publish
                │           └─► evidence page ─┤
                └─► pages ─────────────────────┘

Some notebooks are run several times, once for each value of a parameter; every run is a step of its own.

``twinbenefits build`` drives it with a progress display; ``doit list`` and ``doit run`` work here too and
read ``AUDIENCE``, ``EVIDENCE`` and ``ENGINE`` from the environment. Whether a step is out of date is decided
by what it rests on (``twinbenefits status`` says it in words), never by the times of files.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twinbenefits.workflow.settings import Settings
from twinbenefits.workflow.staleness import Step
from twinbenefits.workflow.steps import Steps

# `twinbenefits build` hands its own steps in; a bare `doit` finds them here.
STEPS: Steps = globals().get("STEPS") or Steps(Settings.from_environment(Path(__file__).resolve().parent))
if "twinbenefits.workflow.build" not in sys.modules:  # a bare doit; the build makes the folder under its lock
    STEPS.settings.state.mkdir(parents=True, exist_ok=True)

DOIT_CONFIG = {
    "backend": "sqlite3",  # a kill cannot leave half of it
    "dep_file": str(STEPS.settings.state / "doit.db"),
    "default_tasks": ["publish"],
}


def task(step: Step, *after: str) -> dict[str, Any]:
    """Describe a step to doit: by its own judgement of being current, after other tasks."""
    _, colon, name = step.name.partition(":")
    return {
        **({"name": name} if colon else {}),
        "actions": [(STEPS.attempt, [step])],
        "uptodate": [step.is_current],
        "task_dep": list(after),
        "title": lambda _: step.title,
        "meta": {"step": step},
        "io": {"capture": False},
    }


def task_notebook() -> Iterator[dict[str, Any]]:
    """run each notebook and keep its registered results"""
    for step in STEPS.notebooks:
        yield task(step)


def task_stage() -> dict[str, Any]:
    """pass sources and released results through the prose gate into one workspace"""
    return task(STEPS.stage, "notebook")


def task_render() -> Iterator[dict[str, Any]]:
    """render each document in each format"""
    for step in STEPS.documents:
        yield task(step, "stage")


def task_page() -> Iterator[dict[str, Any]]:
    """render each executed notebook as a page"""
    for step in STEPS.pages:
        yield task(step, step.name.replace("page:", "notebook:"))


def task_evidence() -> Iterator[dict[str, Any]]:
    """write the page that leads from each sentence to what carries it"""
    for step in STEPS.evidence_page:
        yield {**task(step, "stage"), "name": "page"}


def task_scan() -> dict[str, Any]:
    """look through results and documents for what this audience may not see"""
    return task(STEPS.scan, "render", "page", "evidence")


def task_publish() -> dict[str, Any]:
    """copy what was scanned into the output folder, with a list of its files"""
    return task(STEPS.publish, "scan")
