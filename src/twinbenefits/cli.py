"""The command line: thin, and quick to answer because every command imports only what it needs."""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer
from typer.models import CommandInfo

from twinbenefits import __version__
from twinbenefits.cli_coding import add_coding_commands
from twinbenefits.cli_evidence import add_evidence_commands
from twinbenefits.cli_kit import add_kit_commands
from twinbenefits.cli_review import add_review_commands
from twinbenefits.cli_shared import (
    EXIT_CODES,
    FAILED,
    FINE,
    NOT_TRIED,
    AsJson,
    Audience,
    Engine,
    Evidence,
    Parameters,
    settings_for,
    unless_interrupted,
)
from twinbenefits.cli_snapshots import add_snapshot_commands
from twinbenefits.cli_votes import add_vote_commands

app = typer.Typer(
    name="twinbenefits",
    help=f"Research compendium of the study on business benefits of industrial digital twins. {EXIT_CODES}",
    epilog="Start with `twinbenefits build`; `twinbenefits COMMAND --help` tells more.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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
    executor: Annotated[
        str,
        typer.Option(
            envvar="TWINBENEFITS_EXECUTOR", help="Where notebooks are run: local, or dask (docs/cluster.md)."
        ),
    ] = "local",
    scheduler: Annotated[
        str,
        typer.Option(envvar="TWINBENEFITS_SCHEDULER", help="The cluster's, as in tls://10.0.0.5:8786."),
    ] = "",
) -> None:
    """Run the notebooks that are out of date and render what changed into _output/."""
    from dataclasses import replace

    from twinbenefits.workflow.build import build

    settings = settings_for(audience, evidence, engine, parameter)
    settings = replace(settings, executor=executor, scheduler=scheduler)
    raise typer.Exit(unless_interrupted(lambda: build(settings, force=force)))


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

    found = status_of(settings_for(audience, evidence, engine, parameter))
    typer.echo(found.as_json() if as_json else found.as_text())


@app.command(epilog=EXIT_CODES)
def stage(audience: Audience = "public", evidence: Evidence = "demo") -> None:
    """Put values, tables and figures beside the sources, so that a bare `quarto preview` works."""
    from twinbenefits.publishing.stage import stage

    settings = settings_for(audience, evidence)
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
        unless_interrupted(lambda: build_document(settings_for(audience, evidence, engine), source, to))
    )


@app.command(epilog=EXIT_CODES)
def preview(
    source: Annotated[str, typer.Argument(help="A document that is a page or slides.")] = "paper/index.qmd",
    audience: Audience = "public",
    evidence: Evidence = "demo",
    engine: Engine = "auto",
    browser: Annotated[bool, typer.Option(help="Open a browser; otherwise the address is printed.")] = True,
    port: Annotated[int, typer.Option(help="Where to serve it; 0 takes any free port.")] = 0,
) -> None:
    """Show a document in a browser and render it again whenever a source is saved. Ctrl-C stops."""
    from twinbenefits.workflow.preview import preview

    settings = settings_for(audience, evidence, engine)
    raise typer.Exit(preview(settings, source, port=port, browser=browser))


@app.command(epilog=EXIT_CODES)
def check(audience: Audience = "public", evidence: Evidence = "demo", as_json: AsJson = False) -> None:
    """Check tables, parameters, displays, tracked notebooks and the prose, and list every problem."""
    from twinbenefits.workflow.check import check

    found = check(settings_for(audience, evidence))
    typer.echo(found.as_json() if as_json else found.as_text())
    raise typer.Exit(FINE if found.is_fine else FAILED)


@app.command(epilog=EXIT_CODES)
def notebooks() -> None:
    """Run every notebook with its defaults and write the outputs back into notebooks/."""
    from twinbenefits.workflow.refresh import refresh_notebooks

    raise typer.Exit(unless_interrupted(lambda: refresh_notebooks(settings_for("public", "demo"))))


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


add_evidence_commands(app)
add_kit_commands(app)
add_coding_commands(app)
add_snapshot_commands(app)
add_vote_commands(app)
add_review_commands(app)


def _plain_errors() -> dict[type[Exception], int]:
    """Map errors that are told as plain text to the exit code they end with."""
    from twinbenefits.evidence.problems import EvidenceError
    from twinbenefits.workflow.executors.executor import ClusterError
    from twinbenefits.workflow.lab import LabError
    from twinbenefits.workflow.notebooks import NotebookError
    from twinbenefits.workflow.parameters import ParameterError
    from twinbenefits.workflow.settings import SettingsError

    return {
        ParameterError: NOT_TRIED,
        SettingsError: NOT_TRIED,
        LabError: NOT_TRIED,
        ClusterError: NOT_TRIED,
        EvidenceError: FAILED,
        NotebookError: FAILED,
        OSError: NOT_TRIED,
    }


def _build_only(asked: str) -> None:
    """Leave one command of those defined here, if that is asked for: Typer builds all before it calls one."""
    if chosen := [command for command in app.registered_commands if _name(command) == asked]:
        app.registered_commands, app.registered_groups = chosen, []


def _name(command: CommandInfo) -> str:
    return str(command.name or getattr(command.callback, "__name__", ""))


def main() -> NoReturn:
    """Run the command line; what a reader can act on is told without a traceback."""
    _build_only(next(iter(sys.argv[1:]), ""))
    try:
        app()
    except Exception as error:
        code = next((code for kind, code in _plain_errors().items() if isinstance(error, kind)), None)
        if code is None:
            raise
        print(error, file=sys.stderr)
        sys.exit(code)
    sys.exit(FINE)
