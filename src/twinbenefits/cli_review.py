"""Commands for whoever reviews the study: where a number comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from twinbenefits.cli_shared import EXIT_CODES, AsJson, Audience, Evidence, settings_for


def provenance(
    name: Annotated[str, typer.Argument(help="Name of a value, as in mentions_total, or id of a display.")],
    audience: Audience = "public",
    evidence: Evidence = "demo",
    as_json: AsJson = False,
) -> None:
    """Tell where a published value, table or figure comes from: cell, code, parameters, tables, versions."""
    import json
    from dataclasses import asdict

    from twinbenefits.publishing.provenance import provenance as trails_of

    layout = settings_for(audience, evidence).layout
    trails = trails_of(layout.root, audience, evidence, name)
    if as_json:
        typer.echo(json.dumps([asdict(trail) for trail in trails], indent=2, ensure_ascii=False))
    else:
        typer.echo("\n\n".join(trail.as_text() for trail in trails))


def add_review_commands(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(epilog=EXIT_CODES)(provenance)
