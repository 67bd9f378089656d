"""A document that is refused or cannot be rendered, with every place to look at and the way out."""

from __future__ import annotations

from collections.abc import Iterable

from twinbenefits.publishing.problems import PublishingError, SourceProblem


def problem_at(file: str, line: int | None, value: str, rule: str, way_out: str) -> SourceProblem:
    """Describe one thing that is wrong in a source.

    Parameters
    ----------
    file
        The file to open, relative to the workspace.
    line
        The line in that file, counted from 1; None when the whole file is meant.
    value
        What stands there.
    rule
        What was expected.
    way_out
        How to go on.
    """
    return SourceProblem(file, line, None, value, rule, way_out)


class RenderError(PublishingError):
    """A document was refused or could not be rendered; every problem is listed at once.

    Parameters
    ----------
    problems
        All problems of one document, at least one; those that say the same are listed once.
    document
        The source and the format that were asked for, for the first line of the message.
    """

    def __init__(self, problems: Iterable[SourceProblem], document: str = "the document") -> None:
        super().__init__(dict.fromkeys(problems))
        self.document = document

    def __str__(self) -> str:
        """Return a heading and one line per problem, in the order of files and lines."""
        heading, *lines = super().__str__().split("\n")
        return "\n".join([heading.replace("before publishing", f"in {self.document}"), *lines])
