"""The command line: thin, and quick to answer because every command imports only what it needs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from twinbenefits import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinbenefits.evidence.exchange.commands import Answer
    from twinbenefits.workflow.settings import Settings

FINE, FAILED, NOT_TRIED = 0, 1, 2
EXIT_CODES = "Exit codes: 0 fine, 1 the check or a step failed, 2 it could not be tried."

app = typer.Typer(
    name="twinbenefits",
    help=f"Research compendium of the study on business benefits of industrial digital twins. {EXIT_CODES}",
    epilog="Start with `twinbenefits build`; `twinbenefits COMMAND --help` tells more.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

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


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"twinbenefits {__version__}")
        raise typer.Exit


@app.callback()
def _global(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    pass


@app.command(epilog=EXIT_CODES)
def build(
    audience: Audience = "public",
    evidence: Evidence = "demo",
    engine: Engine = "auto",
    parameter: Parameters = [],  # noqa: B006  Typer wants a plain default
    force: Annotated[bool, typer.Option("--force", help="Make everything anew.")] = False,
) -> None:
    """Run the notebooks that are out of date and render what changed into _output/."""
    from twinbenefits.workflow.build import build

    raise typer.Exit(
        _unless_interrupted(lambda: build(_settings(audience, evidence, engine, parameter), force=force))
    )


@app.command(epilog=EXIT_CODES)
def status(
    audience: Audience = "public",
    evidence: Evidence = "demo",
    engine: Engine = "auto",
    parameter: Parameters = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Say what a build will run and may run, and why. Changes nothing."""
    from twinbenefits.workflow.status import status_of

    found = status_of(_settings(audience, evidence, engine, parameter))
    typer.echo(found.as_json() if as_json else found.as_text())


@app.command(epilog=EXIT_CODES)
def stage(audience: Audience = "public", evidence: Evidence = "demo") -> None:
    """Put values, tables and figures beside the sources, so that a bare `quarto preview` works."""
    from twinbenefits.publishing.stage import stage

    settings = _settings(audience, evidence)
    stage(settings.root, settings.audience, settings.evidence, settings.root)
    typer.echo("staged _variables.yml and _staged/")


@app.command(epilog=EXIT_CODES)
def render(
    source: Annotated[str, typer.Argument(help="A document, for example paper/index.qmd.")],
    to: Annotated[str, typer.Option("--to", help="html, typst (a PDF), docx, revealjs or pptx.")] = "html",
    audience: Audience = "public",
    evidence: Evidence = "demo",
    engine: Engine = "auto",
) -> None:
    """Bring what one document rests on up to date and render it, without publishing."""
    from twinbenefits.workflow.build import build_document

    raise typer.Exit(
        _unless_interrupted(lambda: build_document(_settings(audience, evidence, engine), source, to))
    )


@app.command(epilog=EXIT_CODES)
def check(audience: Audience = "public", evidence: Evidence = "demo", as_json: AsJson = False) -> None:
    """Check tables, parameters, displays, tracked notebooks and the prose, and list every problem."""
    from twinbenefits.workflow.check import check

    found = check(_settings(audience, evidence))
    typer.echo(found.as_json() if as_json else found.as_text())
    raise typer.Exit(FINE if found.is_fine else FAILED)


@app.command(epilog=EXIT_CODES)
def notebooks() -> None:
    """Run every notebook with its defaults and write the outputs back into notebooks/."""
    from twinbenefits.workflow.refresh import refresh_notebooks

    raise typer.Exit(_unless_interrupted(lambda: refresh_notebooks(_settings("public", "demo"))))


@app.command(epilog=EXIT_CODES)
def lab(
    evidence: Evidence = "demo",
    browser: Annotated[bool, typer.Option(help="Open a browser; otherwise the address is printed.")] = True,
    port: Annotated[int | None, typer.Option(help="The first port to try.")] = None,
) -> None:
    """Edit the notebooks in JupyterLab, on the project's own kernel.

    TWINBENEFITS_LAB_TOKEN sets the password in its address; by default it is drawn at random.
    """
    import os

    from twinbenefits.workflow.lab import FIRST_PORT, open_lab

    # not an option: every user of a machine may read command lines
    token = os.environ.get("TWINBENEFITS_LAB_TOKEN") or None
    open_lab(evidence=evidence, browser=browser, port=port or FIRST_PORT, token=token)


references = typer.Typer(help="What the citations mean.", no_args_is_help=True, rich_markup_mode=None)
release = typer.Typer(help="What may be shown to whom.", no_args_is_help=True, rich_markup_mode=None)
export = typer.Typer(help="Files for other programs.", no_args_is_help=True, rich_markup_mode=None)
claims = typer.Typer(help="What the documents claim, and whether it holds.", rich_markup_mode=None)
private = typer.Typer(help="Real evidence.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(references, name="references")
app.add_typer(release, name="release")
app.add_typer(export, name="export")
app.add_typer(private, name="private")
app.add_typer(claims, name="claims")


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

    layout = _settings(audience, evidence).layout
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

    root = _settings(audience, evidence).root
    ground = why(root, audience, evidence, claim, permitted_segments(root, audience, evidence))
    typer.echo(ground.as_json() if as_json else ground.as_text())


@private.command("init", epilog=EXIT_CODES)
def private_init() -> None:
    """Begin with real evidence: make data/private/ with empty tables, a workbook to fill in and a guide."""
    from twinbenefits.evidence.private import private_init

    layout = _settings("team", "demo").layout
    for path in private_init(layout):
        typer.echo(layout.shown(path))
    typer.echo(f"Read {layout.shown(layout.private / 'GUIDE.md')} first.")


@app.command("import", epilog=EXIT_CODES)
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

    layout = _settings("team", "demo").layout
    _answer(lambda: import_file(layout, file, dry_run=dry_run, mapping=mapping, sheet=sheet), as_json)


@export.command("coding-sheet", epilog=EXIT_CODES)
def export_coding_sheet(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The workbook to write, ending in .xlsx.")],
    evidence: Evidence = "private",
    as_json: AsJson = False,
) -> None:
    """Write an Excel workbook to code in, with lists to choose from; `import` brings it back."""
    from twinbenefits.evidence.exchange.commands import export_coding_sheet

    layout = _settings("team", evidence).layout
    _answer(lambda: export_coding_sheet(layout, path, evidence), as_json)


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

    layout = _settings("team", evidence).layout
    _answer(lambda: export_project(layout, path, evidence), as_json)


@export.command("references", epilog=EXIT_CODES)
def export_references(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file ending in .bib, .ris or .json.")],
    as_json: AsJson = False,
) -> None:
    """Write the bibliography for a reference manager."""
    from twinbenefits.evidence.exchange.commands import export_references

    layout = _settings("team", "demo").layout
    _answer(lambda: export_references(layout, path), as_json)


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

    layout = _settings("team", "demo").layout
    _answer(lambda: settle(layout, key, doi, bibliography), as_json)


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

    steps = Steps(_settings(audience, evidence))
    steps.project.check_audience()
    typer.echo(explain(steps.settings, what, date.fromisoformat(steps.as_of)))


@app.command(epilog=EXIT_CODES)
def simulate(
    seed: Annotated[
        int | None, typer.Option(help="Equal seeds give equal sets; by default that of the committed set.")
    ] = None,
) -> None:
    """Write the synthetic demonstration set into data/demo/ anew."""
    from twinbenefits.evidence.simulation.demonstration import DEFAULT_SEED, write_demo

    layout = _settings("team", "demo").layout
    changed = write_demo(layout, DEFAULT_SEED if seed is None else seed)
    typer.echo("\n".join(layout.shown(path) for path in changed) or "nothing to do: the set is the same")


@app.command(epilog=EXIT_CODES)
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
    settings = _settings("team", "demo", engine)
    raise typer.Exit(
        _unless_interrupted(lambda: withdraw(settings.root, kind, name, evidence=evidence, engine=engine))
    )


def _answer(work: Callable[[], Answer], as_json: bool) -> NoReturn:
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


def _unless_interrupted(work: Callable[[], int]) -> int:
    """Return the work's exit code, or the usual one (128 and the signal's number) when it was stopped."""
    from twinbenefits.workflow.interrupts import Interrupted

    try:
        return work()
    except Interrupted as interrupted:
        typer.echo("\nStopped. Nothing half-made was left behind; run the same command to go on.", err=True)
        return 128 + interrupted.number


def _settings(
    audience: str, evidence: str, engine: str = "auto", parameters: list[str] | None = None
) -> Settings:
    from twinbenefits.workflow.settings import Settings

    settings = Settings.from_environment(audience=audience, evidence=evidence, engine=engine)
    if not parameters:
        return settings
    from dataclasses import replace

    from twinbenefits.workflow.parameters import load_schema, read_assignments

    schema = load_schema(settings.layout.notebooks)
    return replace(settings, parameters=read_assignments(schema, parameters))


def _plain_errors() -> dict[type[Exception], int]:
    """Map errors that are told as plain text to the exit code they end with."""
    from twinbenefits.evidence.problems import EvidenceError
    from twinbenefits.workflow.lab import LabError
    from twinbenefits.workflow.notebooks import NotebookError
    from twinbenefits.workflow.parameters import ParameterError
    from twinbenefits.workflow.settings import SettingsError

    return {
        ParameterError: NOT_TRIED,
        SettingsError: NOT_TRIED,
        LabError: NOT_TRIED,
        EvidenceError: FAILED,
        NotebookError: FAILED,
        OSError: NOT_TRIED,
    }


def main() -> NoReturn:
    """Run the command line; what a reader can act on is told without a traceback."""
    try:
        app()
    except Exception as error:
        code = next((code for kind, code in _plain_errors().items() if isinstance(error, kind)), None)
        if code is None:
            raise
        print(error, file=sys.stderr)
        sys.exit(code)
    sys.exit(FINE)
