"""What a build would do, without doing it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from doit.loader import load_tasks

from twinbenefits.workflow.build import load_graph
from twinbenefits.workflow.settings import Settings
from twinbenefits.workflow.staleness import Record
from twinbenefits.workflow.steps import Steps


@dataclass(frozen=True)
class Status:
    """The state of every step.

    Parameters
    ----------
    will_run : mapping of str to tuple of str
        Steps that are out of date, by title, each with its reasons.
    may_run : mapping of str to tuple of str
        Steps that run if one of the steps named makes something else than before.
    current : tuple of str
        Steps with nothing to do.
    unused : tuple of str
        Registered values and displays that no document prints.
    """

    will_run: Mapping[str, tuple[str, ...]]
    may_run: Mapping[str, tuple[str, ...]]
    current: tuple[str, ...]
    unused: tuple[str, ...]

    def as_json(self) -> str:
        """Return everything for a machine."""
        content = {
            "will_run": self.will_run,
            "may_run": self.may_run,
            "current": self.current,
            "unused": self.unused,
        }
        return json.dumps(content, indent=2, ensure_ascii=False)

    def as_text(self) -> str:
        """Return everything for a reader."""
        lines: list[str] = []
        if not self.will_run:
            lines.append("nothing to do: everything is up to date")
        else:
            lines.append("will run")
            for title, reasons in self.will_run.items():
                lines += [f"  {title}", *(f"    {reason}" for reason in _shortened(reasons))]
        if self.may_run:
            lines += ["may run, if what they rest on turns out otherwise", *(f"  {t}" for t in self.may_run)]
        if self.will_run and self.current:
            lines.append(f"up to date: {', '.join(self.current)}")
        if self.unused:
            lines.append("registered, but printed in no document")
            lines += [f"  {name}" for name in _shortened(self.unused)]
        return "\n".join(lines)


def _shortened(lines: tuple[str, ...], most: int = 8) -> list[str]:
    if len(lines) <= most:
        return list(lines)
    return [*lines[: most - 1], f"and {len(lines) - most + 1} more (--json lists all)"]


def status_of(settings: Settings) -> Status:
    """Compare every step with what it rested on when it last succeeded.

    Parameters
    ----------
    settings : Settings
        For whom, on which evidence, with which engine and parameters.

    Returns
    -------
    Status
        Nothing has been changed to find it out.

    Raises
    ------
    ParameterError, SettingsError
        If a build could not be tried.
    """
    steps = Steps(settings, planning=True)
    steps.project.check_parameters()
    steps.project.check_audience()
    upstream = _upstream(steps)
    will_run: dict[str, tuple[str, ...]] = {}
    may_run: dict[str, tuple[str, ...]] = {}
    current: list[str] = []
    for step in steps.all:
        because = tuple(before.title for before in steps.all if before.name in upstream[step.name])
        moving = tuple(title for title in because if title in will_run)
        if reasons := step.reasons():
            will_run[step.title] = tuple(reasons)
        elif moving:
            may_run[step.title] = moving
        else:
            current.append(step.title)
    record = Record.read(steps.stage.record)
    return Status(will_run, may_run, tuple(current), tuple(record.notes.get("unused", ())) if record else ())


def _upstream(steps: Steps) -> dict[str, set[str]]:
    """Return, for each task of the graph, all tasks that it directly or indirectly comes after."""
    direct = {task.name: list(task.task_dep) for task in load_tasks(load_graph(steps), ())}
    found: dict[str, set[str]] = {}
    for name, before_it in direct.items():
        waiting, seen = list(before_it), set[str]()
        while waiting:
            before = waiting.pop()
            if before not in seen:
                seen.add(before)
                waiting += direct.get(before, [])
        found[name] = seen
    return found
