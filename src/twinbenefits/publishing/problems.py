"""What keeps a result or a document from being published, with the place to look at and the way out."""

from __future__ import annotations

from dataclasses import dataclass

from twinbenefits.evidence.problems import EvidenceError, Problem

__all__ = ["PublishingError", "SourceProblem"]


@dataclass(frozen=True, slots=True)
class SourceProblem(Problem):
    """One thing that is wrong in a document or a notebook.

    The same fields as a problem in a table; `row` is the line of the file, counted from 1, and `column`
    says in words which part is meant, for example ``"caption of D02"``.
    """

    @property
    def place(self) -> str:
        """The file, line and part in reading order."""
        line = None if self.row is None else f"line {self.row}"
        return ", ".join(part for part in (self.file, line, self.column) if part)

    def __str__(self) -> str:
        """Return the problem as one line: place, value, rule, way out."""
        value = "" if self.value is None else f" {self.value!r}:"
        return f"{self.place}:{value} {self.rule}. {self.way_out}"


class PublishingError(EvidenceError):
    """Results or sources that are refused, with every problem found.

    Parameters
    ----------
    problems
        All problems of one call, at least one.
    """

    def __str__(self) -> str:
        """Return a heading and one line per problem, in the order of files and lines."""
        lines = [str(problem) for problem in sorted(self.problems, key=_order)]
        heading = f"{len(lines)} problem{'' if len(lines) == 1 else 's'} before publishing:"
        return "\n".join([heading, *(f"  - {line}" for line in lines)])


def _order(problem: Problem) -> tuple[str, int, str]:
    return (problem.file, problem.row or 0, problem.column or "")
