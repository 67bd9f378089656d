"""The agenda of a workshop: parts with times that add up to the length that is planned."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from twinbenefits.publishing.kit_plan import AgendaPart

__all__ = ["TimedPart", "timed_agenda"]

STEP = 5
"""Times are told in steps of so many minutes, except where the whole is no multiple of it."""


@dataclass(frozen=True, slots=True)
class TimedPart:
    """A part of the agenda with its place in time.

    Parameters
    ----------
    part
        What happens.
    begins, minutes
        When it begins, counted from the start of the workshop, and how long it lasts.
    """

    part: AgendaPart
    begins: int
    minutes: int

    @property
    def clock(self) -> str:
        """From when to when, in hours and minutes after the start."""
        return f"{_hours(self.begins)} to {_hours(self.begins + self.minutes)}"


def timed_agenda(parts: Sequence[AgendaPart], minutes: int, met: Collection[str]) -> list[TimedPart]:
    """Share the planned minutes among the parts whose condition is met.

    Every part gets its share in steps of five minutes (of one minute where a part would get none); what
    rounding leaves goes to those that lost most by it, so that the minutes add up.

    Parameters
    ----------
    parts
        The parts with the minutes they take in a workshop of usual length.
    minutes
        How long this workshop lasts.
    met
        The conditions that are met.

    Returns
    -------
    list of TimedPart
        In order; their minutes add up to `minutes`.

    Raises
    ------
    ValueError
        If there are more parts than minutes.

    Examples
    --------
    >>> parts = [AgendaPart("Welcome", 15, "greet"), AgendaPart("Vote", 30, "vote", when="voters"),
    ...          AgendaPart("Talk", 45, "talk")]
    >>> [(timed.part.title, timed.clock) for timed in timed_agenda(parts, 60, {"always"})]
    [('Welcome', '0:00 to 0:15'), ('Talk', '0:15 to 1:00')]
    >>> [timed.minutes for timed in timed_agenda(parts, 100, {"always", "voters"})]
    [15, 35, 50]
    """
    chosen = [part for part in parts if part.when in met]
    if len(chosen) > minutes:
        raise ValueError(f"{len(chosen)} parts do not fit into {minutes} minutes")
    step = STEP if minutes % STEP == 0 and minutes >= STEP * len(chosen) else 1
    total = sum(part.minutes for part in chosen)
    exact = [part.minutes * minutes / total / step for part in chosen]
    shares = [max(1, int(share)) for share in exact]
    while sum(shares) != minutes // step:
        lost = [share - given for share, given in zip(exact, shares, strict=True)]
        if sum(shares) < minutes // step:
            shares[lost.index(max(lost))] += 1
        else:
            shares[min((one, place) for place, one in enumerate(lost) if shares[place] > 1)[1]] -= 1
    timed, begins = [], 0
    for part, share in zip(chosen, shares, strict=True):
        timed.append(TimedPart(part, begins, share * step))
        begins += share * step
    return timed


def _hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"
