"""The real Quarto: run it on a copy of the workspace and read what it says.

Quarto ends with status 0 when a reference leads nowhere or a variable is unknown, and says so on standard
error only. Here everything it warns of is an error.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from twinbenefits.publishing.edition_mark import said_beside_the_source
from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.render.document import Document
from twinbenefits.publishing.render.faults import RenderError, problem_at
from twinbenefits.publishing.render.project import SUFFIX

COPIED = ("_quarto.yml", "_variables.yml", "_extensions", "_staged", "_kit", "references")
"""What a document may rest on besides its own folder."""

OUTPUT = "_rendered"
LONGEST = 600

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
START = re.compile(r"^\s*(?:\[?(?:WARNING|WARN|ERROR|FATAL)\]?\b|error:|Error running filter)", re.IGNORECASE)
PLACE_IN_QUARTO = re.compile(r"\s*\([^()\s]+\.lua:\d+\)")
HARMLESS = re.compile(r"PDF standard validation requested but verapdf is not installed")
"""Said on every accessible PDF where the additional checker is absent; typst has checked already."""

KNOWN = (
    (
        re.compile(r"Unable to resolve crossref @(?P<name>[\w:.-]*\w)"),
        r"@\{{?{name}(?![\w-])",
        "no element of this document carries that label",
    ),
    (
        re.compile(
            r"Unknown (?P<kind>var|meta key) (?P<name>\S+) specified in a \w+ shortcode", re.IGNORECASE
        ),
        r"\{{\{{<\s+(?:var|meta)\s+{name}\s+>",
        "there is no such value",
    ),
    (
        re.compile(r"Citeproc: citation (?P<name>\S+) not found"),
        r"@\{{?{name}(?![\w-])",
        "the bibliography has no such entry that may be cited",
    ),
    (
        re.compile(r"Could not fetch resource '?(?P<name>[^\s':]+)"),
        r"{name}",
        "there is no such file",
    ),
)
"""What Quarto says, where the source says it, and what is wrong with it."""

TABLE_LABEL = re.compile(r"\{#tbl-[\w-]+")


def find_quarto() -> Path | None:
    """Return the Quarto on the PATH."""
    found = shutil.which("quarto")
    return Path(found) if found else None


def render_quarto(document: Document, epoch: int) -> bytes:
    """Render a checked document with Quarto.

    Quarto works in a copy, because it leaves files beside its sources, and because the copy must not stage
    the results again.

    Raises
    ------
    RenderError
        When Quarto fails, warns, or is known to lose something of the document.
    """
    quarto = find_quarto()
    title = f"{document.source} to {document.to} with Quarto"
    if quarto is None:
        rule = "it was asked for with --engine quarto"
        way_out = "Install Quarto, or use --engine embedded, which needs nothing else."
        raise RenderError([problem_at("quarto", None, "not on the PATH", rule, way_out)], title)
    lost = list(_lost_tables(document))
    if lost:
        raise RenderError(lost, title)
    with tempfile.TemporaryDirectory(prefix="quarto-") as name:
        workspace = Path(name)
        copy_workspace(document, workspace)
        command = [str(quarto), "render", document.source, "--to", document.to]
        for key, value in said_beside_the_source(document.metadata).items():
            command += ["--metadata", f"{key}:{value}"]
        done = subprocess.run(
            command,
            cwd=workspace,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "TZ": "UTC", "NO_COLOR": "1"},
            capture_output=True,
            check=False,
        )
        said = "\n".join(part.decode("utf-8", "replace") for part in (done.stderr, done.stdout))
        problems = list(said_problems(said, document))
        made = (workspace / OUTPUT / document.source).with_suffix(SUFFIX[document.to])
        if not problems and (done.returncode or not made.is_file()):
            problems.append(_silent_failure(document, done.returncode, said))
        if problems:
            raise RenderError(problems, title)
        return made.read_bytes()


def copy_workspace(document: Document, target: Path) -> None:
    """Copy what a document rests on, with a project file that renders this document only."""
    folder = Path(document.source).parts[0] if "/" in document.source else document.source
    for name in (*COPIED, folder):
        source = document.workspace / name
        if source.is_dir():
            shutil.copytree(source, target / name)
        elif source.is_file():
            shutil.copyfile(source, target / name)
    settings = yaml.safe_load((target / "_quarto.yml").read_text("utf-8"))
    project = settings.setdefault("project", {})
    project.pop("pre-render", None)
    project |= {"output-dir": OUTPUT, "render": [document.source]}
    (target / "_quarto.yml").write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")


def said_problems(said: str, document: Document) -> Iterator[SourceProblem]:
    """Yield what Quarto said that must not be overheard, each with the line of the source it means."""
    for message in messages(said):
        if not HARMLESS.search(message):
            yield from _located(message, document)


def messages(said: str) -> Iterator[str]:
    """Yield each warning or error with the lines that belong to it, without colours and inner paths."""
    current: list[str] = []
    for line in COLOUR.sub("", said).splitlines():
        if START.match(line) or not line.strip() or line.startswith("Output created"):
            if current:
                yield _joined(current)
            current = [line.strip()] if START.match(line) else []
        elif current:
            current.append(line.strip())
    if current:
        yield _joined(current)


def _joined(lines: list[str]) -> str:
    return PLACE_IN_QUARTO.sub("", " ".join(lines))[:LONGEST]


def _located(message: str, document: Document) -> Iterator[SourceProblem]:
    for said, place, rule in KNOWN:
        match = said.search(message)
        if match:
            name = match["name"].replace("\\", "")
            # Sources name images without extension, which the format chooses.
            pattern = place.format(name=re.escape(re.sub(r"\.(svg|png|jpe?g)$", "", name)))
            value = f"Quarto says {match[0]!r}"
            yield from document.body.problems(pattern, value, rule, "Mend it there.")
            return
    rule = "a document renders without warnings"
    yield problem_at(document.source, None, message, rule, "Mend what Quarto names.")


def _lost_tables(document: Document) -> Iterator[SourceProblem]:
    if document.to != "pptx":
        return
    rule = "Quarto leaves labelled tables out of PowerPoint files"
    way_out = "Remove the label on slides, or use --engine embedded."
    for place in document.body.places(TABLE_LABEL.pattern):
        yield problem_at(place.file, place.line, "a labelled table", rule, way_out)


def _silent_failure(document: Document, returncode: int, said: str) -> SourceProblem:
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "nothing")
    value = f"exit status {returncode}, last words: {last[:LONGEST]}"
    return problem_at(document.source, None, value, "Quarto made no file", "Run quarto render by hand.")
