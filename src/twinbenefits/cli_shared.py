"""What the commands share: their options, exit codes, and how they end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinbenefits.evidence.exchange.commands import Answer
    from twinbenefits.workflow.settings import Settings

FINE, FAILED, NOT_TRIED = 0, 1, 2
EXIT_CODES = "Exit codes: 0 fine, 1 the check or a step failed, 2 it could not be tried."

Audience = Annotated[
    str, typer.Option(envvar="AUDIENCE", help="public, team, workshop, reviewers or company:<case>.")
]
Evidence = Annotated[str, typer.Option(envvar="EVIDENCE", help="demo (committed) or private (data/private).")]
Engine = Annotated[str, typer.Option(envvar="ENGINE", help="auto, embedded or quarto.")]
Parameters = Annotated[
    list[str],
    typer.Option("--parameter", "-p", metavar="NOTEBOOK.NAME=VALUE", help="A value other than the default."),
]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def answer(work: Callable[[], Answer], as_json: bool) -> NoReturn:
    """Print what a command of exchange answers, refusals too, and end with its status."""
    from twinbenefits.evidence.exchange.commands import refusal
    from twinbenefits.evidence.problems import EvidenceError

    try:
        answer = work()
    except EvidenceError as error:
        if not as_json:
            raise
        answer = refusal(error)
    typer.echo(answer.as_json() if as_json else answer.text.rstrip("\n"))
    raise typer.Exit(answer.status)


def unless_interrupted(work: Callable[[], int]) -> int:
    """Return the work's exit code, or the usual one (128 and the signal's number) when it was stopped."""
    from twinbenefits.workflow.interrupts import Interrupted

    try:
        return work()
    except Interrupted as interrupted:
        typer.echo("\nStopped. Nothing half-made was left behind; run the same command to go on.", err=True)
        return 128 + interrupted.number


def settings_for(
    audience: str, evidence: str, engine: str = "auto", parameters: list[str] | None = None
) -> Settings:
    """Return the settings of a build, with the parameters given on the command line."""
    from twinbenefits.workflow.settings import Settings

    settings = Settings.from_environment(audience=audience, evidence=evidence, engine=engine)
    if not parameters:
        return settings
    from dataclasses import replace

    from twinbenefits.workflow.parameters import load_schema, read_assignments

    schema = load_schema(settings.layout.notebooks)
    return replace(settings, parameters=read_assignments(schema, parameters))
