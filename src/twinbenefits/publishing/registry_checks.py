"""What a registration must be to be taken: names, ids, captions, alternative texts, release."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import nearest, shortlist
from twinbenefits.evidence.release import Released
from twinbenefits.publishing.case_tests import rests_on_cases, signs_in_result, signs_of_a_test
from twinbenefits.publishing.problems import PublishingError, SourceProblem
from twinbenefits.publishing.prose_gate import numbers_in_caption, numbers_in_plain_text
from twinbenefits.publishing.prose_gate_tokens import OPAQUE, Vocabulary
from twinbenefits.publishing.prose_gate_vocabulary import read_vocabulary
from twinbenefits.publishing.registry_values import NAME

__all__ = ["Checks", "NotReleasedError", "fill", "folder_problem", "require_released"]

NOTEBOOK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
PLACEHOLDER = re.compile(r"(?<!\{)\{([A-Za-z_][A-Za-z0-9_]*)\}(?!\})")
EXTRA_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
NUMBERED_ID = re.compile(r"[A-Za-z]\d+")
VARIANT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class NotReleasedError(TypeError):
    """Something was handed to the registry that no release has let through."""


def require_released(given: object) -> None:
    """Refuse anything that has not gone through release."""
    if not isinstance(given, Released):
        raise NotReleasedError(
            f"the registry takes released results only, not {type(given).__name__}: "
            "call release(result, study) from twinbenefits.evidence.release and hand over what it returns"
        )


def folder_problem(notebook: str, run: str) -> None:
    """Refuse a notebook or a run whose name cannot be the name of a folder."""
    if not NOTEBOOK.fullmatch(notebook):
        rule, way_out = "this is no notebook's name", "Write the file name without folder and suffix."
        raise PublishingError(SourceProblem("notebooks", None, None, notebook, rule, way_out))
    if run and not NAME.fullmatch(run):
        rule = "a run's name is made of small letters, digits and underscores and begins with a letter"
        way_out = "Hand over the parameter that tells the runs apart."
        raise PublishingError(SourceProblem(f"notebooks/{notebook}.ipynb", None, None, run, rule, way_out))


class Checks:
    """The checks of one notebook's registrations; each returns problems, none raises them.

    Parameters
    ----------
    layout
        Where the project stands.
    notebook
        The notebook's name without its suffix.
    """

    def __init__(self, layout: Layout, notebook: str) -> None:
        self.layout = layout
        self.file = f"notebooks/{notebook}.ipynb"

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What the study knows, for the prose gate."""
        return read_vocabulary(self.layout.root)

    @cached_property
    def displays(self) -> dict[str, str]:
        """The kind of each display of `data/study/displays.csv`."""
        path = self.layout.study / "displays.csv"
        with path.open(encoding="utf-8-sig", newline="") as file:
            return {row["id"]: row["kind"] for row in csv.DictReader(file)}

    def problem(self, part: str, value: object, rule: str, way_out: str) -> SourceProblem:
        """Return a problem of this notebook."""
        return SourceProblem(self.file, None, part, None if value is None else str(value), rule, way_out)

    def name(self, name: str) -> list[SourceProblem]:
        """Check the name of a value."""
        if NAME.fullmatch(name):
            return []
        rule = "a value's name is made of small letters, digits and underscores and begins with a letter"
        return [self.problem("name of a value", name, rule, "Write it as in mentions_total.")]

    def scalar(self, name: str, key: str, released: Released) -> list[SourceProblem]:
        """Check that a released result has the number that is asked for."""
        if key in released.scalars:
            return []
        meant = nearest(key, released.scalars)
        hint = f"Did you mean {meant!r}? " if meant else ""
        way_out = f"{hint}It has: {shortlist(released.scalars) or 'none'}; name one with of=…"
        return [self.problem(f"value {name}", key, "the released result has no such number", way_out)]

    def display_id(self, id_: str, kind: str, variant: str, extra: bool) -> list[SourceProblem]:
        """Check that a display is known, is of this kind, and that its variant can be a file name."""
        part = f"{kind} {id_}"
        found = []
        if variant and not VARIANT.fullmatch(variant):
            rule = "a variant is made of small letters, digits and hyphens"
            found.append(self.problem(part, variant, rule, "Write it as in by-year."))
        if extra and (not EXTRA_ID.fullmatch(id_) or NUMBERED_ID.fullmatch(id_)):
            rule = "a display outside the list is named by a word in small letters"
            found.append(self.problem(part, id_, rule, "Write it as in audit, or leave extra=True out."))
        elif not extra and id_ not in self.displays:
            meant = nearest(id_, self.displays)
            hint = f"Did you mean {meant}? " if meant else ""
            way_out = (
                f"{hint}Add it to data/study/displays.csv; a display that is not to be numbered there is "
                "named by a word such as audit and registered with extra=True."
            )
            found.append(self.problem(part, id_, "is not in data/study/displays.csv", way_out))
        elif not extra and not variant and self.displays[id_] != kind:
            rule = f"data/study/displays.csv says it is a {self.displays[id_]}"
            way_out = "Correct the list, or give this form of it a name with variant=…"
            found.append(self.problem(part, id_, rule, way_out))
        return found

    def texts(self, part: str, texts: Mapping[str, str], values: Mapping[str, Any]) -> list[SourceProblem]:
        """Check captions, notes and alternative texts: one paragraph, known values, no typed number."""
        found = []
        for what, text in texts.items():
            if what != "note" and not text.strip():
                found.append(self._empty(part, what))
            for name in PLACEHOLDER.findall(text):
                if name not in values:
                    meant = nearest(name, values)
                    hint = f"Did you mean {{{meant}}}? " if meant else ""
                    known = shortlist(values) or "none"
                    way_out = f"{hint}Register the value before the display; registered: {known}."
                    found.append(
                        self.problem(
                            f"{what} of {part}", f"{{{name}}}", "no such value is registered", way_out
                        )
                    )
        blanked = {what: PLACEHOLDER.sub(OPAQUE, text) for what, text in texts.items()}
        for what, text in blanked.items():
            refused = (
                numbers_in_plain_text(text, self.vocabulary)
                if what == "alt text"
                else numbers_in_caption([text], self.vocabulary)
            )
            for value, rule, _ in refused:
                way_out = "Register it and write its name in braces, as in {mentions_total}."
                found.append(self.problem(f"{what} of {part}", value, rule, way_out))
        return found

    def alt(self, part: str, alt: str, caption: str) -> list[SourceProblem]:
        """Check that the alternative text is not the caption over again."""
        if alt and " ".join(alt.split()).casefold().rstrip(".") == " ".join(
            caption.split()
        ).casefold().rstrip("."):
            rule = "the alternative text is the caption over again"
            way_out = "Say what a reader who sees the figure would notice; the caption says what it is."
            return [self.problem(f"alt text of {part}", alt, rule, way_out)]
        return []

    def audience(self, part: str, released: Released, audience: str, evidence: str) -> list[SourceProblem]:
        """Check that the result was released for those whom this notebook runs for."""
        found = []
        for what, have, want in (
            ("audience", released.audience, audience),
            ("evidence", released.evidence, evidence),
        ):
            if have != want:
                rule = f"this was released for the {what} {have!r}, the notebook runs for {want!r}"
                way_out = "Release the result with the study that the registry was made for."
                found.append(self.problem(part, None, rule, way_out))
        return found

    def widths(self, part: str, widths: Sequence[float] | None, columns: int) -> list[SourceProblem]:
        """Check that there is one positive width per column."""
        if widths is None or (len(widths) == columns and all(width > 0 for width in widths)):
            return []
        rule = f"the table has {columns} columns, so it needs as many widths, each above zero"
        return [
            self.problem(part, list(widths), rule, "Give one relative width per column, or leave widths out.")
        ]

    def no_test(self, part: str, released: Released, texts: Mapping[str, str]) -> list[SourceProblem]:
        """Check that what rests on cases shows no test: they were chosen and not sampled."""
        if not rests_on_cases(released):
            return []
        found = [*signs_in_result(released)]
        found += [(what, sign) for what, text in texts.items() for sign in signs_of_a_test(text)]
        way_out = "Show the pattern with its counter-cases instead; docs/methods.md tells why."
        rule = "cases were chosen, not sampled, so nothing over them is tested"
        return [self.problem(f"{place} of {part}", sign, rule, way_out) for place, sign in found]

    def _empty(self, part: str, what: str) -> SourceProblem:
        way_out = {
            "caption": "Say in one sentence what is shown.",
            "alt text": "Say what a reader who sees the figure would notice: form, pattern, exceptions.",
        }[what]
        return self.problem(f"{what} of {part}", None, f"the {what} is missing", way_out)


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Return a template as one line, with the names in braces replaced by the values' texts.

    Examples
    --------
    >>> fill("All {mentions_total}\\n mentions", {"mentions_total": 34})
    'All 34 mentions'
    """
    return PLACEHOLDER.sub(lambda match: str(values[match[1]]), " ".join(text.split()))
