"""What the dependency network still lacks: links that name no passage, and benefits that nothing leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from twinbenefits.evidence.problems import EvidenceError, shortlist
from twinbenefits.evidence.schema import TABLES
from twinbenefits.workflow.checks.finding import Finding, note
from twinbenefits.workflow.settings import Settings

CHECK = "benefits network"
NEEDED = ("codebook", "sources", "segments", "codings", "links", "owners")
BENEFIT = "benefit"
"""The layer of the codebook that everything before it leads to."""


def gaps(settings: Settings) -> Iterator[Finding]:
    """List links without evidence, and benefits that no mechanism reaches in any case that has them."""
    from twinbenefits.evidence.loading import load_tables

    try:
        frames = load_tables(settings.layout, settings.evidence, NEEDED)
    except EvidenceError:
        return  # reported with the tables
    yield from _links_without_evidence(frames["links"], _shown(settings, "links"))
    yield from _unreached_benefits(frames, {name: _shown(settings, name) for name in ("codings", "owners")})


def _shown(settings: Settings, name: str) -> str:
    return str(settings.layout.shown(TABLES[name].file(settings.layout, settings.evidence)))


def _links_without_evidence(links: pd.DataFrame, file: str) -> Iterator[Finding]:
    columns = ("link", "from_node", "to_node", "case", "evidence")
    rows = zip(*(links[name].astype(str) for name in columns), strict=True)
    for line, (link, start, end, case, evidence) in enumerate(rows, start=2):
        if not evidence.strip(";, "):
            message = f"the link {link} from {start} to {end} in case {case} names no segment"
            way_out = "Write in evidence the segments that show it, or delete the link"
            yield note(CHECK, f"{file}, row {line}", message, way_out)


def _unreached_benefits(frames: Mapping[str, pd.DataFrame], files: Mapping[str, str]) -> Iterator[Finding]:
    """Yield each benefit to which, in every case that has it, no way leads from a layer before it."""
    layers = frames["codebook"].set_index("id")["network_layer"]
    before = {str(code) for code, layer in layers.items() if layer and layer != BENEFIT}
    benefits = {str(code) for code, layer in layers.items() if layer == BENEFIT}
    codings = _with_cases(frames)
    steps = _steps(codings, frames["links"], before, benefits)
    held: dict[str, dict[str, str]] = {}  # benefit → case → the first row that has it
    for name, rows in (("owners", frames["owners"]), ("codings", codings)):
        for line, case, code in zip(rows.index, rows["case"], rows["code"], strict=True):
            if code in benefits:
                held.setdefault(code, {}).setdefault(case, f"{files[name]}, row {line + 2}")
    for code in sorted(held):
        reached = [case for case in held[code] if _comes_from(code, steps.get(case, {}), before)]
        if not reached:
            cases = sorted(held[code])
            message = f"no mechanism reaches the benefit {code} in any case that has it ({shortlist(cases)})"
            way_out = "Code what people did for it with the benefit as target, or ask about it next"
            yield note(CHECK, held[code][cases[0]], message, way_out)


def _with_cases(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return codings with their case, by the place of their row."""
    source = dict(zip(frames["segments"]["segment"], frames["segments"]["source"], strict=True))
    case = dict(zip(frames["sources"]["source"], frames["sources"]["case"], strict=True))
    codings = frames["codings"]
    return codings.assign(case=codings["segment"].map(source).map(case).fillna("").astype(str))


def _steps(
    codings: pd.DataFrame, links: pd.DataFrame, before: set[str], benefits: set[str]
) -> dict[str, dict[str, set[str]]]:
    """Return per case where each end is reached from."""
    aimed = codings[codings["code"].isin(before) & codings["target_code"].isin(benefits)]
    pairs = [
        *zip(aimed["case"], aimed["code"], aimed["target_code"], strict=True),
        *zip(links["case"], links["from_node"], links["to_node"], strict=True),
    ]
    found: dict[str, dict[str, set[str]]] = {}
    for case, start, end in pairs:
        found.setdefault(str(case), {}).setdefault(str(end), set()).add(str(start))
    return found


def _comes_from(end: str, reached_from: Mapping[str, set[str]], wanted: set[str]) -> bool:
    seen, waiting = {end}, [end]
    while waiting:
        for start in reached_from.get(waiting.pop(), ()):
            if start in wanted:
                return True
            if start not in seen:
                seen.add(start)
                waiting.append(start)
    return False
