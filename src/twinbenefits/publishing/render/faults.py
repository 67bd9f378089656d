"""What is wrong in a source document, with the place to look at and the way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in a source.

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

    file: str
    line: int | None
    value: str
    rule: str
    way_out: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {self.value}: {self.rule}. {self.way_out}"


class RenderError(Exception):
    """A document was refused or could not be rendered; every fault is listed at once.

    Parameters
    ----------
    faults
        At least one fault.
    document
        The source and the format that were asked for, for the first line of the message.
    """

    def __init__(self, faults: Iterable[Fault], document: str = "") -> None:
        self.faults: Sequence[Fault] = tuple(
            sorted(set(faults), key=lambda fault: (fault.file, fault.line or 0, fault.value))
        )
        self.document = document
        super().__init__(str(self))

    def __str__(self) -> str:
        count = len(self.faults)
        head = f"{self.document or 'the document'}: {count} problem{'' if count == 1 else 's'}"
        return "\n".join([head, *(f"  {fault}" for fault in self.faults)])
