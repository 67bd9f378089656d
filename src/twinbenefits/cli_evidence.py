"""Commands about evidence: in and out, what may be shown, withdrawal, the claims it carries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twinbenefits.cli_shared import (
    EXIT_CODES,
    FAILED,
    FINE,
    AsJson,
    Audience,
    Engine,
    Evidence,
    answer,
    settings_for,
    unless_interrupted,
)

commands = typer.Typer()

references = typer.Typer(help="What the citations mean.", no_args_is_help=True, rich_markup_mode=None)
release = typer.Typer(help="What may be shown to whom.", no_args_is_help=True, rich_markup_mode=None)
export = typer.Typer(help="Files for other programs.", no_args_is_help=True, rich_markup_mode=None)
claims = typer.Typer(help="What the documents claim, and whether it holds.", rich_markup_mode=None)
private = typer.Typer(help="Real evidence.", no_args_is_help=True, rich_markup_mode=None)
commands.add_typer(references, name="references")
commands.add_typer(release, name="release")
commands.add_typer(export, name="export")
commands.add_typer(private, name="private")
commands.add_typer(claims, name="claims")


@claims.callback(invoke_without_command=True, epilog=EXIT_CODES)
def list_claims(
    context: typer.Context,
    audience: Audience = "public",
    evidence: Evidence = "demo",
    as_json: AsJson = False,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Keep today's states as those to compare with.")
    ] = False,
) -> None:
    """List the claims of an edition with their states; those that stop it end with exit code 1."""
    if context.invoked_subcommand:
        return
    from twinbenefits.publishing.claims_listing import claims_as_json, claims_as_text, read_claims

    layout = settings_for(audience, evidence).layout
    report = read_claims(layout.root, audience, evidence)
    typer.echo(claims_as_json(report) if as_json else claims_as_text(report))
    if report.problems:
        raise typer.Exit(FAILED)
    if write_baseline:
        from twinbenefits.publishing.claims_baseline import write_baseline as keep

        keep(layout, evidence, report.states)
    raise typer.Exit(FAILED if report.refusals else FINE)


@claims.command("why", epilog=EXIT_CODES)
def why(
    claim: Annotated[str, typer.Argument(help="The claim's id, such as C07.")],
    audience: Audience = "public",
    evidence: Evidence = "demo",
    as_json: AsJson = False,
) -> None:
    """Walk down from a claim to the values, displays, codes, references and segments that carry it."""
    from twinbenefits.publishing.claims_listing import permitted_segments, why

    root = settings_for(audience, evidence).root
    ground = why(root, audience, evidence, claim, permitted_segments(root, audience, evidence))
    typer.echo(ground.as_json() if as_json else ground.as_text())


@private.command("init", epilog=EXIT_CODES)
def private_init() -> None:
    """Begin with real evidence: make data/private/ with empty tables, a workbook to fill in and a guide."""
    from twinbenefits.evidence.private import private_init

    layout = settings_for("team", "demo").layout
    for path in private_init(layout):
        typer.echo(layout.shown(path))
    typer.echo(f"Read {layout.shown(layout.private / 'GUIDE.md')} first.")


@commands.command("import", epilog=EXIT_CODES)
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A project, workbook, table or bibliography.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; write nothing.")
    ] = False,
    mapping: Annotated[Path | None, typer.Option(help="A mapping sheet other than the one kept.")] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Write all of it as a coding sheet (.xlsx) instead, to be completed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring a coded project into data/private/: NVivo, ATLAS.ti, MAXQDA, QualCoder, Taguette, Excel, csv."""
    from twinbenefits.evidence.exchange.commands import import_file

    layout = settings_for("team", "demo").layout
    answer(lambda: import_file(layout, file, dry_run=dry_run, mapping=mapping, sheet=sheet), as_json)


@export.command("coding-sheet", epilog=EXIT_CODES)
def export_coding_sheet(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The workbook to write, ending in .xlsx.")],
    evidence: Evidence = "private",
    as_json: AsJson = False,
) -> None:
    """Write an Excel workbook to code in, with lists to choose from; `import` brings it back."""
    from twinbenefits.evidence.exchange.commands import export_coding_sheet

    layout = settings_for("team", evidence).layout
    answer(lambda: export_coding_sheet(layout, path, evidence), as_json)


@export.command("project", epilog=EXIT_CODES)
def export_project(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A file ending in .qdpx, or .qdc (codes only).")
    ],
    evidence: Evidence = "private",
    as_json: AsJson = False,
) -> None:
    """Write the coded material as a REFI-QDA project, which NVivo, ATLAS.ti and MAXQDA open."""
    from twinbenefits.evidence.exchange.commands import export_project

    layout = settings_for("team", evidence).layout
    answer(lambda: export_project(layout, path, evidence), as_json)


@export.command("references", epilog=EXIT_CODES)
def export_references(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file ending in .bib, .ris or .json.")],
    as_json: AsJson = False,
) -> None:
    """Write the bibliography for a reference manager."""
    from twinbenefits.evidence.exchange.commands import export_references

    layout = settings_for("team", "demo").layout
    answer(lambda: export_references(layout, path), as_json)


@references.command("settle", epilog=EXIT_CODES)
def settle(
    key: Annotated[str, typer.Argument(help="The key in data/literature/references.csv.")],
    doi: Annotated[str, typer.Option(help="The DOI of the work that is meant.")],
    bibliography: Annotated[
        Path | None, typer.Option("--from", help="A BibTeX, RIS or CSL-JSON file that has the work.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Record an author's decision which work a citation means, so that the paper may cite it."""
    from twinbenefits.evidence.exchange.commands import settle

    layout = settings_for("team", "demo").layout
    answer(lambda: settle(layout, key, doi, bibliography), as_json)


@release.command("explain", epilog=EXIT_CODES)
def explain(
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="A segment, source, table, or D24[code=…, case=…].")
    ],
    audience: Audience = "public",
    evidence: Evidence = "demo",
) -> None:
    """Say why something is shown or withheld: level, source, rule, permission, thresholds."""
    from datetime import date

    from twinbenefits.workflow.explaining import explain
    from twinbenefits.workflow.steps import Steps

    steps = Steps(settings_for(audience, evidence))
    steps.project.check_audience()
    typer.echo(explain(steps.settings, what, date.fromisoformat(steps.as_of)))


@commands.command(epilog=EXIT_CODES)
def simulate(
    seed: Annotated[
        int | None, typer.Option(help="Equal seeds give equal sets; by default that of the committed set.")
    ] = None,
) -> None:
    """Write the synthetic demonstration set into data/demo/ anew."""
    from twinbenefits.evidence.simulation.demonstration import DEFAULT_SEED, write_demo

    layout = settings_for("team", "demo").layout
    changed = write_demo(layout, DEFAULT_SEED if seed is None else seed)
    typer.echo("\n".join(layout.shown(path) for path in changed) or "nothing to do: the set is the same")


@commands.command(epilog=EXIT_CODES)
def withdraw(
    source: Annotated[str | None, typer.Option(help="A source, as in --source S07.")] = None,
    participant: Annotated[str | None, typer.Option(help="A participant, by the code.")] = None,
    company: Annotated[str | None, typer.Option(help="A case; all its company's permissions go.")] = None,
    evidence: Evidence = "private",
    engine: Engine = "auto",
) -> None:
    """Withdraw consent: delete all that rests on it, for every audience, then build anew.

    What was deleted stays deleted if the build fails. Git history, copies handed out and backups are out of
    reach; the account at the end says so.
    """
    from twinbenefits.workflow.settings import SettingsError
    from twinbenefits.workflow.withdrawal import withdraw

    given = {"source": source, "participant": participant, "company": company}
    named = [(kind, name) for kind, name in given.items() if name]
    if len(named) != 1:
        raise SettingsError("Name one of --source, --participant and --company.")
    (kind, name) = named[0]
    settings = settings_for("team", "demo", engine)
    raise typer.Exit(
        unless_interrupted(lambda: withdraw(settings.root, kind, name, evidence=evidence, engine=engine))
    )


def add_evidence_commands(app: typer.Typer) -> None:
    """Add these commands to the program's."""
    app.add_typer(commands)
