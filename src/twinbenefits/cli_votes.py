"""Commands about votes: the form to fill in, and the way of votes into the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twinbenefits.cli_shared import EXIT_CODES, AsJson, Evidence, answer, settings_for

votes = typer.Typer(help="Votes of the workshops.", no_args_is_help=True, rich_markup_mode=None)

Workshop = Annotated[str, typer.Option("--workshop", help="The workshop's code, such as W1.")]
Round = Annotated[int, typer.Option("--round", help="The round of voting, from 1.")]


@votes.command("import", epilog=EXIT_CODES)
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The filled-in form, .xlsx or .csv.")],
    workshop: Workshop,
    round_number: Round,
    apply: Annotated[
        bool, typer.Option("--apply", help="Write it; otherwise only tell what would change.")
    ] = False,
    corrections: Annotated[
        bool,
        typer.Option("--corrections", help="Let differing marks correct those in the table, which are kept."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring votes into data/private/: a form, or one row per voter or vote; a dry run without --apply."""
    from twinbenefits.evidence.votes.commands import import_votes

    layout = settings_for("team", "demo").layout
    answer(
        lambda: import_votes(
            layout, file, workshop=workshop, round_number=round_number, apply=apply, corrections=corrections
        ),
        as_json,
    )


@votes.command("form", epilog=EXIT_CODES)
def form(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The form to write, ending in .xlsx or .csv.")],
    workshop: Workshop,
    round_number: Round,
    evidence: Evidence = "private",
    as_json: AsJson = False,
) -> None:
    """Write the voting form of a workshop, with drop-downs and the codes of its voters."""
    from twinbenefits.evidence.votes.commands import form_of

    layout = settings_for("team", evidence).layout
    answer(lambda: form_of(layout, evidence, workshop, round_number, path), as_json)


def add_vote_commands(app: typer.Typer) -> None:
    """Add these commands to the program's."""
    app.add_typer(votes, name="votes")
