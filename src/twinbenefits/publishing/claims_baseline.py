"""What the claims were before: the committed baseline, and what has changed since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.atomic import write_text
from twinbenefits.publishing.problems import SourceProblem

if TYPE_CHECKING:
    from twinbenefits.publishing.claims import ClaimState

__all__ = [
    "BASELINE",
    "Baseline",
    "Change",
    "baseline_changes",
    "baseline_path",
    "read_baseline",
    "write_baseline",
]

BASELINE = "paper/claims_baseline.json"
PARTS = ("state", "sentence", "confidence")


@dataclass(frozen=True, slots=True)
class Baseline:
    """The claims as they were.

    Parameters
    ----------
    claims
        Id to state, sentence, confidence (step-downs by component) and mark of synthetic data.
    """

    claims: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def steps(self, claim: str) -> Mapping[str, int]:
        """Return the step-downs of a claim by component; empty for one that was not rated."""
        found: Mapping[str, int] = self.claims.get(claim, {}).get("confidence") or {}
        return found


@dataclass(frozen=True, slots=True)
class Change:
    """What is different in one claim since the baseline; an empty text stands for "was not there"."""

    claim: str
    part: str
    before: str
    after: str

    def __str__(self) -> str:
        """Return the change in words."""
        if not self.before:
            return f"{self.claim} is new"
        return f"{self.claim}: {self.part} was «{self.before}»" + (
            f", is «{self.after}»" if self.after else ""
        )


def baseline_path(layout: Layout, evidence: str) -> Path:
    """Return where the baseline stands; with private evidence it stays with the private tables."""
    return layout.private / Path(BASELINE).name if evidence == "private" else layout.root / BASELINE


def read_baseline(layout: Layout, evidence: str) -> tuple[Baseline, list[SourceProblem]]:
    """Return the baseline and what is wrong with its file; without a file nothing was before."""
    path = baseline_path(layout, evidence)
    try:
        content = json.loads(path.read_text("utf-8"))
        claims = {str(id_): dict(record) for id_, record in content["claims"].items()}
    except FileNotFoundError:
        return Baseline(), []
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        rule = f"the baseline of the claims cannot be read ({type(error).__name__})"
        way_out = "Restore it with git, or write it anew: `twinbenefits claims --write-baseline`."
        return Baseline(), [SourceProblem(layout.shown(path), None, None, None, rule, way_out)]
    return Baseline(claims), []


def write_baseline(layout: Layout, evidence: str, states: Iterable[ClaimState]) -> bool:
    """Write the claims as they are now, in the ledger's order; return whether the file changed."""
    claims = {state.claim.id: _record(state) for state in states}
    text = json.dumps({"claims": claims}, indent=2, ensure_ascii=False) + "\n"
    return write_text(baseline_path(layout, evidence), text)


def baseline_changes(states: Iterable[ClaimState], baseline: Baseline) -> Iterator[Change]:
    """Yield what is different since the baseline, claim by claim, and the claims that are gone."""
    left = dict(baseline.claims)
    for state in states:
        now, before = _record(state), left.pop(state.claim.id, None)
        if before is None:
            yield Change(state.claim.id, "claim", "", str(now["sentence"]))
            continue
        for part in PARTS:
            if now[part] != before.get(part):
                yield Change(state.claim.id, part, _in_words(before.get(part)), _in_words(now[part]))
    for id_, record in left.items():
        yield Change(id_, "gone: its sentence", _in_words(record.get("sentence")), "")


def _record(state: ClaimState) -> dict[str, Any]:
    return {
        "state": state.state,
        "sentence": state.sentence,
        "confidence": dict(sorted(state.steps.items())) or None,
        "synthetic": state.synthetic,
    }


def _in_words(part: Any) -> str:
    if isinstance(part, dict):
        return ", ".join(f"{component} {steps}" for component, steps in sorted(part.items()))
    return str(part) if part else "not rated"
