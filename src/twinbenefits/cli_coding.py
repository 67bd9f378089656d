"""Commands for the coders: segments that they read differently, out as a workbook and back as decisions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twinbenefits.cli_shared import EXIT_CODES, AsJson, Audience, Evidence, answer, settings_for

if TYPE_CHECKING:
    from twinbenefits.analysis.coded import Coded
    from twinbenefits.analysis.result import Result
    from twinbenefits.evidence.exchange.commands import Answer
    from twinbenefits.evidence.study import Study

TABLES = (
    "cases", "sessions", "sources", "segments", "codings", "assignments", "coders", "codebook",
)  # fmt: skip
THRESHOLDS = ("alpha_tentative", "alpha_reliable", "minimum_sessions_for_interval")

disagreements = typer.Typer(
    help="Segments that coders read differently.", no_args_is_help=True, rich_markup_mode=None
)


@disagreements.command("export", epilog=EXIT_CODES)
def export(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The workbook to write, ending in .xlsx.")],
    audience: Audience = "team",
    evidence: Evidence = "private",
    as_json: AsJson = False,
) -> None:
    """Write the segments to talk through as an Excel workbook, those that settle most first."""
    answer(lambda: _export(path, audience, evidence), as_json)


@disagreements.command("import", epilog=EXIT_CODES)
def import_(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The workbook, with decisions filled in.")],
    apply: Annotated[
        bool, typer.Option("--apply", help="Write it into data/private/; without it, only show.")
    ] = False,
    evidence: Evidence = "private",
    as_json: AsJson = False,
) -> None:
    """Show what the decisions change, and with --apply record them as the agreed result of the coders."""
    answer(lambda: _import(path, evidence, apply=apply), as_json)


def add_coding_commands(app: typer.Typer) -> None:
    """Add these commands to the program's."""
    app.add_typer(disagreements, name="disagreements")


def _export(path: Path, audience: str, evidence: str) -> Answer:
    from twinbenefits.evidence.decision_sheet import write_decision_sheet
    from twinbenefits.evidence.exchange.commands import Answer
    from twinbenefits.evidence.problems import EvidenceError, Problem
    from twinbenefits.evidence.release import release

    if path.suffix.lower() != ".xlsx":
        way_out = "Give it a name that ends in .xlsx."
        raise EvidenceError(Problem(path.name, None, None, path.suffix, "is no Excel workbook", way_out))
    study, coded = _opened(audience, evidence)
    queue = release(_queue(study, coded), study)
    write_decision_sheet(queue, path)
    withheld = int((queue.table["withheld"] != "").sum())
    shown = len(queue.table) - withheld
    settled = queue.scalars["segments_settled"].value
    lines = [f"{path.name}: {shown:,} codes in dispute to decide on."]
    lines += [f"{withheld:,} more are withheld from {audience}."] if withheld else []
    lines += [f"{settled:,} segments are settled already and left out."] if settled else []
    content = {"file": path.name, "rows": shown, "withheld": withheld, "settled": settled}
    return Answer("\n".join(lines) + "\n", content)


def _import(path: Path, evidence: str, *, apply: bool) -> Answer:
    from twinbenefits.evidence.decision_sheet import read_decision_sheet
    from twinbenefits.evidence.exchange.applying import apply_import
    from twinbenefits.evidence.exchange.commands import IN_THE_WAY, Answer
    from twinbenefits.evidence.exchange.deciding import plan_decisions
    from twinbenefits.evidence.exchange.existing import EVIDENCE
    from twinbenefits.evidence.problems import EvidenceError, Problem

    if evidence != EVIDENCE:
        rule = "the demonstration set is made by the program and takes no decisions"
        raise EvidenceError(Problem("data/demo", None, None, evidence, rule, "Leave out --evidence."))
    study, coded = _opened("team", evidence)
    decisions = read_decision_sheet(path, _queue(study, coded, with_settled=True).table)
    by_coders = (frame[~frame["coder"].isin(coded.agreed)] for frame in (coded.rows, coded.readings))
    planned = plan_decisions(study.layout, path.name, decisions, *by_coders)
    content = {
        "decisions": len(decisions.table), "left_open": decisions.left_open, "settled": planned.settled,
        "waiting": planned.waiting, "plan": planned.plan.to_dict(), "applied": [],
    }  # fmt: skip
    text = (
        f"{path.name}: {len(decisions.table):,} decisions; {decisions.left_open:,} rows left open.\n"
        f"Newly settled: {len(planned.settled):,} segments. "
        f"Waiting for a decision on another code, or for later: {len(planned.waiting):,}.\n\n"
        f"{planned.plan.to_markdown()}\n"
    )
    if not planned.plan.can_be_applied:
        return Answer(f"{text}Nothing was written.\n", content, IN_THE_WAY)
    if not planned.plan.changes_anything:
        return Answer(f"{text}Nothing to do: the tables hold all of it already.\n", content)
    if not apply:
        return Answer(f"{text}Nothing was written: add --apply to record the decisions.\n", content)
    files = apply_import(planned.plan).files
    written = "".join(f"- {name}\n" for name in files)
    return Answer(f"{text}Written:\n\n{written}", {**content, "applied": list(files)})


def _opened(audience: str, evidence: str) -> tuple[Study, Coded]:
    from twinbenefits.analysis.coded import coded_evidence
    from twinbenefits.evidence.study import Study

    root = settings_for(audience, evidence).root
    study = Study.open(root, evidence, audience, tables=[*TABLES, "proposition_terms"])
    table: dict[str, Any] = {name: study.table(name) for name in TABLES}
    return study, coded_evidence(**table)


def _queue(study: Study, coded: Coded, *, with_settled: bool = False) -> Result:
    from twinbenefits.analysis.coder_agreement import coder_agreement
    from twinbenefits.analysis.disagreement import disagreement_queue, disagreements_by_code
    from twinbenefits.publishing.claims_codes import claims_by_code

    tentative, reliable, sessions = (study.rules[name]["value"] for name in THRESHOLDS)
    rule = {"tentative": tentative, "reliable": reliable}
    agreement = coder_agreement(coded, minimum_sessions=sessions, draws=1, **rule)
    claims = claims_by_code(study.root, study.table("proposition_terms"))
    by_code = disagreements_by_code(coded, agreement.table, **rule, claims=claims)
    return disagreement_queue(coded, by_code, with_settled=with_settled)
