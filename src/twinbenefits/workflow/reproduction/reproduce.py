"""Reproduce the study: clean folder, set-up, run, comparison, report."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinbenefits.publishing.atomic import write_text
from twinbenefits.workflow.reproduction.compare import additional, compare
from twinbenefits.workflow.reproduction.expected import (
    MACHINE,
    Expected,
    ExpectedError,
    free_space,
    read_expected,
    results_of,
    write_expected,
)
from twinbenefits.workflow.reproduction.running import (
    NEEDED,
    Run,
    changed_files,
    copy_of,
    interpreter_in,
    run_in,
    tracked_files,
)
from twinbenefits.workflow.reproduction.verdict import Reproduction

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTPUT = "_output/reproduction"
Say = Callable[[str], None]


def reproduce(
    root: Path,
    say: Say,
    *,
    bundle: Path | None = None,
    allow_changes: bool = False,
    environment: Path | None = None,
    wheels: Path | None = None,
) -> Reproduction:
    """Run the study anew and hold it to its published results; the report replaces the one before.

    Parameters
    ----------
    root
        The project's folder; the report goes into its ``_output/reproduction/``.
    say
        Tells people what is going on.
    bundle
        A deposited package to reproduce instead of the folder's own files.
    allow_changes
        Go on although files are not as committed; the report says so.
    environment
        An environment to run with, or its interpreter; None makes an environment from the locks.
    wheels
        A folder of wheels to set up from, without any network.

    Raises
    ------
    ExpectedError
        When it cannot be tried. Nothing has been written then.
    """
    changed = [] if bundle else changed_files(root)
    if changed and not allow_changes:
        shown = "\n".join(f"  {name}" for name in changed[:20])
        more = f"\n  and {len(changed) - 20} more" if len(changed) > 20 else ""
        raise ExpectedError(
            f"These files are not as committed, so nobody else has them:\n{shown}{more}\n"
            "Commit them, or go on all the same with --allow-dirty; the report says so."
        )
    python = interpreter_in(environment) if environment else None
    free_space(Path(tempfile.gettempdir()), NEEDED)
    with _clean_folder() as folder:
        if bundle:
            from twinbenefits.publishing.bundle import unpack_bundle

            unpack_bundle(bundle, folder)
        else:
            copy_of(root, tracked_files(root), folder)
        published = read_expected(folder)
        edition = published.edition
        run = run_in(
            folder,
            audience=edition["audience"],
            evidence=edition["evidence"],
            python=python,
            wheels=wheels,
            say=say,
        )
        say("Comparing ...")
        found = results_of(folder, edition["audience"], edition["evidence"])
        outcome = _judged(published, found, run, changed)
        _report(root, outcome, published, found, folder)
    return outcome


def publish_results(
    root: Path,
    say: Say,
    *,
    audience: str = "public",
    evidence: str = "demo",
    allow_changes: bool = False,
    environment: Path | None = None,
) -> list[str]:
    """Run the study in a clean folder and keep its results as the published ones.

    Returns
    -------
    list of str
        The files that changed, from the project's folder.

    Raises
    ------
    ExpectedError
        When files are not as committed, or the run fails: unfinished results are never published.
    """
    changed = [name for name in changed_files(root) if not name.startswith("reproduction/")]
    if changed and not allow_changes:
        raise ExpectedError(
            "Results are published from committed files only; these are not as committed:\n"
            + "\n".join(f"  {name}" for name in changed[:20])
            + "\nCommit them first, or name --allow-dirty for a trial."
        )
    if evidence == "private":
        raise ExpectedError(
            "A clean folder holds no private rows, so results of private evidence cannot be published from "
            "one. Publish the demonstration's, and deposit the private ones with `twinbenefits bundle`."
        )
    python = interpreter_in(environment) if environment else None
    free_space(Path(tempfile.gettempdir()), NEEDED)
    with _clean_folder() as folder:
        copy_of(root, tracked_files(root), folder)
        run = run_in(folder, audience=audience, evidence=evidence, python=python, wheels=None, say=say)
        if run.status:
            raise ExpectedError(f"The run failed, so nothing was published:\n{run.said}")
        written = write_expected(root, results_of(folder, audience, evidence))
        measured = {name: value for name, value in run.surroundings.items() if name != "versions"}
        if write_text(root / MACHINE, json.dumps(measured, indent=1) + "\n"):
            written.append(MACHINE)
        from twinbenefits.publishing.replicators_readme import write_replicators_readme

        if write_replicators_readme(root, results_in=folder, audience=audience, evidence=evidence):
            written.append("reproduction/README.md")
    return written


def _judged(published: Expected, found: Expected, run: Run, changed: list[str]) -> Reproduction:
    failures = [f"The run did not finish (exit code {run.status}): {run.said}"] if run.status else []
    missing = sorted(set(published.notebooks) - set(found.notebooks))
    failures += [f"notebook {name} left no results" for name in missing]
    now: Mapping[str, str] = run.surroundings.get("versions") or found.versions
    return Reproduction(
        edition=published.edition,
        compared=tuple(compare(published, found)),
        additional=tuple(additional(published, found)),
        failures=tuple(failures),
        other_versions=tuple(_other_versions(published.versions, now)),
        stale_outputs=tuple(_stale_outputs(run.folder, published)),
        other_documents=tuple(
            name
            for name, digest in sorted(published.documents.items())
            if found.documents.get(name) != digest
        ),
        changed_files=tuple(changed),
        surroundings=run.surroundings,
    )


def _other_versions(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*then, *now}):
        if then.get(name) != now.get(name):
            yield f"{name}: {then.get(name, 'none')} when published, {now.get(name, 'none')} now"


def _stale_outputs(folder: Path, published: Expected) -> Iterator[str]:
    """Hold the committed outputs of each notebook to those of this run, where parameters are the same."""
    from twinbenefits.evidence.layout import Layout
    from twinbenefits.workflow.normal_form import INJECTED, tags_of

    results = Layout(folder).results(published.edition["audience"], published.edition["evidence"])
    for executed in sorted(results.glob("*/*.ipynb")):
        committed = folder / "notebooks" / executed.name
        try:
            new, old = (json.loads(path.read_text("utf-8"))["cells"] for path in (executed, committed))
        except (OSError, ValueError, KeyError):
            continue
        if any(INJECTED in tags_of(cell) for cell in new):
            continue
        cells = zip(_code(old), _code(new), strict=False)
        stale = [number for number, (before, after) in enumerate(cells, 1) if _shown(before) != _shown(after)]
        if stale:
            yield f"notebooks/{executed.name} (code cell {', '.join(map(str, stale[:5]))})"


def _code(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [cell for cell in cells if cell["cell_type"] == "code" and "".join(cell["source"]).strip()]


def _shown(cell: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the texts among a cell's outputs; pictures are compared as registered."""
    found = []
    for output in cell.get("outputs", []):
        parts = {"text": output.get("text", ""), **output.get("data", {})}
        found += [
            (kind, "".join(content) if isinstance(content, list | str) else json.dumps(content))
            for kind, content in sorted(parts.items())
            if not kind.startswith("image/")
        ]
    return found


def _report(root: Path, outcome: Reproduction, published: Expected, found: Expected, folder: Path) -> None:
    """Write the report beside the old one and put it in its place when it is complete."""
    from twinbenefits.evidence.facts import read_facts
    from twinbenefits.evidence.layout import Layout
    from twinbenefits.workflow.reproduction.report import write_report

    facts = read_facts(Layout(folder))
    day = datetime.fromisoformat(f"{published.edition['as_of'] or facts['as_of']}").replace(tzinfo=UTC)
    target = root / OUTPUT
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".reproduction-") as fresh:
        write_report(
            outcome,
            published,
            found,
            project=folder,
            into=Path(fresh),
            epoch=int(day.timestamp()),
            title=str(facts["title"]),
        )
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(fresh, target)


@contextmanager
def _clean_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="reproduction-", ignore_cleanup_errors=True) as folder:
        yield Path(folder).resolve()
