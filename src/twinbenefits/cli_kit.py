"""The command that makes a workshop's kit."""

from __future__ import annotations

from typing import Annotated

import typer

from twinbenefits.cli_shared import EXIT_CODES, Engine, Evidence, settings_for, unless_interrupted

commands = typer.Typer()


@commands.command(epilog=EXIT_CODES)
def kit(
    workshop: Annotated[str, typer.Argument(help="Code of the workshop, for example W1.")] = "",
    evidence: Evidence = "demo",
    engine: Engine = "auto",
    force: Annotated[bool, typer.Option("--force", help="Make it anew.")] = False,
) -> None:
    """Make everything a facilitator prints and shows at a workshop, in _output/workshop/kit/."""
    from twinbenefits.workflow.kit import make_kit

    settings = settings_for("workshop", evidence, engine)
    raise typer.Exit(unless_interrupted(lambda: make_kit(settings, workshop, force=force)))


def add_kit_commands(app: typer.Typer) -> None:
    """Add this command to the program's."""
    app.add_typer(commands)
