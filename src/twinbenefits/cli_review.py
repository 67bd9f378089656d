"""Commands for reviewing and depositing: where a number comes from, whether it comes out again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from twinbenefits.cli_shared import (
    EXIT_CODES,
    FAILED,
    FINE,
    NOT_TRIED,
    AsJson,
    Audience,
    Evidence,
    settings_for,
)

Dirty = Annotated[bool, typer.Option("--allow-dirty", help="Go on with files that are not as committed.")]
Ready = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Run in this environment instead of a new set-up.")
]


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


def reproduce(
    from_bundle: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A deposited package instead of this folder.")
    ] = None,
    allow_dirty: Dirty = False,
    wheels: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Set up from these wheels, without a network.")
    ] = None,
    environment: Ready = None,
    as_json: AsJson = False,
) -> None:
    """Run the study anew in a clean folder and report on every number, table and figure.

    Ends with 0 for a full reproduction, also with minor issues, 1 for a partial one or none, 2 if it could
    not be tried.
    """
    from twinbenefits.publishing.bundle import BundleError
    from twinbenefits.workflow.reproduction.expected import ExpectedError
    from twinbenefits.workflow.reproduction.reproduce import OUTPUT
    from twinbenefits.workflow.reproduction.reproduce import reproduce as run
    from twinbenefits.workflow.reproduction.verdict import REPRODUCED

    root = settings_for("public", "demo").root
    try:
        outcome = run(
            root,
            _say,
            bundle=from_bundle,
            allow_changes=allow_dirty,
            environment=environment,
            wheels=wheels.resolve() if wheels else None,
        )
    except (BundleError, ExpectedError) as error:
        _not_tried(error)
    if as_json:
        typer.echo((root / OUTPUT / "report.json").read_text("utf-8").rstrip("\n"))
    else:
        typer.echo(outcome.as_text())
        typer.echo(f"The report: {OUTPUT}/report.html, report.pdf and report.json")
    raise typer.Exit(FINE if outcome.verdict in REPRODUCED else FAILED)


def publish_results(
    allow_dirty: Dirty = False,
    audience: Audience = "public",
    environment: Ready = None,
) -> None:
    """Run the study in a clean folder and keep its results in reproduction/, to be reviewed like code."""
    from twinbenefits.workflow.reproduction.expected import ExpectedError
    from twinbenefits.workflow.reproduction.reproduce import publish_results as run

    root = settings_for("public", "demo").root
    try:
        changed = run(root, _say, audience=audience, allow_changes=allow_dirty, environment=environment)
    except ExpectedError as error:
        _not_tried(error)
    typer.echo("\n".join(changed) if changed else "Nothing has changed.")


def bundle(
    target: Annotated[Path | None, typer.Argument(metavar="FILE", help="The zip file to write.")] = None,
    audience: Audience = "public",
    evidence: Evidence = "demo",
    demonstration: Annotated[
        bool, typer.Option("--demonstration", help="Deposit invented evidence all the same.")
    ] = False,
) -> None:
    """Write the package for an archive, with checksums, metadata and the list of what is withheld."""
    from twinbenefits.publishing.bundle import BundleError
    from twinbenefits.workflow.depositing import bundle_name, make_bundle

    settings = settings_for(audience, evidence)
    path = target or Path(bundle_name(audience, demonstration=demonstration))
    try:
        names = make_bundle(settings, path, demonstration=demonstration)
    except BundleError as error:
        _not_tried(error)
    typer.echo(f"{path.name}: {len(names)} files, {path.stat().st_size / 2**20:.1f} MiB")


def edition(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="anonymous or titled.")],
    outlet: Annotated[str, typer.Option(help="A key of data/study/outlets.yml: rtm, emr, jotmi, ispim.")],
    audience: Audience = "public",
    evidence: Evidence = "demo",
    demonstration: Annotated[
        bool, typer.Option("--demonstration", help="Go on although the case evidence is invented.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Render the manuscript for an outlet and measure it; the anonymous one names no author anywhere."""
    from twinbenefits.workflow.editions import make_edition

    report = make_edition(settings_for(audience, evidence), kind, outlet, demonstration=demonstration)
    typer.echo(report.as_json() if as_json else report.as_text())


def review_docx(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The Word file that came back.")],
    as_json: AsJson = False,
) -> None:
    """List insertions, deletions and comments of a Word file by the source section that they touch."""
    from twinbenefits.publishing.docx_review import DocxError, changes_as_json, changes_as_text, review

    try:
        changes = review(settings_for("public", "demo").root, file)
    except DocxError as error:
        _not_tried(error)
    typer.echo(changes_as_json(changes) if as_json else changes_as_text(changes))


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _not_tried(error: Exception) -> NoReturn:
    typer.echo(str(error), err=True)
    raise typer.Exit(NOT_TRIED) from None


def add_review_commands(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(epilog=EXIT_CODES)(provenance)
    app.command(epilog=EXIT_CODES)(reproduce)
    app.command("publish-results", epilog=EXIT_CODES)(publish_results)
    app.command(epilog=EXIT_CODES)(bundle)
    app.command(epilog=EXIT_CODES)(edition)
    docx = typer.Typer(help="Word files that come back from co-authors.", rich_markup_mode=None)
    docx.command("review", epilog=EXIT_CODES)(review_docx)
    app.add_typer(docx, name="docx")
