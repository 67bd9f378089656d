"""Names in the sources: values, snippets and images that must have been registered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from twinbenefits.evidence.problems import nearest
from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.prose_gate import Document
from twinbenefits.publishing.shortcodes import Shortcode
from twinbenefits.publishing.stage_registrations import Registrations
from twinbenefits.publishing.stage_results import EVIDENCE_SET, REBUILD, Staged

__all__ = ["FOLDER", "name_problems", "staged_images"]

FOLDER = "_staged"
NOT_YET = "it is not there yet"
IMAGE = re.compile(rf"\]\(([^)\s]*{FOLDER}/[^)\s]+)")


def name_problems(
    documents: Sequence[Document], staged: Staged, registrations: Registrations, results: Path
) -> list[SourceProblem]:
    """Return every name in the sources that is not registered, or no longer.

    Parameters
    ----------
    documents
        The sources.
    staged
        What is registered.
    registrations
        What the notebooks' code announces, to say who makes what is missing.
    results
        The folder of the edition's results. When it is empty one problem stands for all that is missing.
    """
    problems = [
        problem for document in documents for problem in _in_document(document, staged, registrations)
    ]
    if staged.values or staged.displays:
        return problems
    missing = [problem for problem in problems if problem.rule == NOT_YET]
    others = [problem for problem in problems if problem.rule != NOT_YET]
    if not missing or staged.problems:  # unreadable results have said so themselves
        return others
    rule = f"there are no results of this edition yet; the sources name {len(missing)}"
    makers = ", ".join(registrations.notebooks)
    one = SourceProblem(f"results/{results.name}", None, None, None, rule, f"{makers}: {REBUILD}")
    return [one, *others]


def staged_images(document: Document) -> Iterator[tuple[str, int]]:
    """Yield the staged images that a source names itself, as paths from the root with their lines."""
    for number, line in enumerate(document.text.split("\n"), start=1):
        for match in IMAGE.finditer(line):
            yield document.included(Shortcode("include", (match[1],), number)), number


def _in_document(document: Document, staged: Staged, registrations: Registrations) -> Iterator[SourceProblem]:
    for shortcode in document.shortcodes:
        name = shortcode.arguments[0] if shortcode.arguments else ""
        wrong = None
        if shortcode.name == "var":
            wrong = _value_problem(name, staged, registrations)
        elif shortcode.name == "include":
            wrong = _display_problem(document.included(shortcode), staged, registrations)
        if wrong:
            yield SourceProblem(document.file, shortcode.line, shortcode.name, name, *wrong)
    for target, line in staged_images(document):
        wrong = _display_problem(target, staged, registrations)
        if wrong:
            yield SourceProblem(document.file, line, "image", target, *wrong)


def _value_problem(name: str, staged: Staged, registrations: Registrations) -> tuple[str, str] | None:
    """Return rule and way out of a value that is unknown, stale or not made yet."""
    if name == EVIDENCE_SET:
        return None
    if name in staged.values:
        maker = staged.makers[name]
        if registrations.still_made(maker, staged.registered_as.get(name, name)):
            return None
        return f"the value is stale: {maker} registers it no longer", f"Name another value. {REBUILD}"
    maker = registrations.values.get(name, "")
    if maker:
        return NOT_YET, f"{maker} makes it. {REBUILD}"
    meant = nearest(name, {*staged.values, *registrations.values})
    way_out = f"Did you mean {meant}?" if meant else "Register it with results.value in a notebook."
    return "no notebook registers this value", way_out


def _display_problem(path: str, staged: Staged, registrations: Registrations) -> tuple[str, str] | None:
    """Return rule and way out of a staged file that is not made; other files are not looked at."""
    folder, _, name = path.rpartition("/")
    if folder != FOLDER:
        return None
    known = {*staged.files, *(Path(file).stem for file in staged.files if not file.endswith(".md"))}
    if name in known:
        return None
    maker = registrations.maker_of_snippet(name)
    if maker:
        return NOT_YET, f"{maker} makes it. {REBUILD}"
    meant = nearest(name, known)
    way_out = f"Did you mean {meant}?" if meant else "Register it with results.table or results.figure."
    return "no notebook registers this display", way_out
