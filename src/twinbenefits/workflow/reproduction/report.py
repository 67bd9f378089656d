"""The report of a reproduction as web page, PDF and JSON: verdict, funnel, differences, what was run on."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from twinbenefits.publishing.render import render
from twinbenefits.workflow.reproduction.compare import OUTCOMES, Compared, difference_picture
from twinbenefits.workflow.reproduction.expected import Expected
from twinbenefits.workflow.reproduction.verdict import Reproduction

KINDS = ("value", "table", "figure")
LONGEST = 60
"""So many differences of one kind are listed; report.json has all."""
FRONT = """---
title: "Reproduction report"
subtitle: "{title}"
format:
  html: default
  typst: default
---

"""
EXPLAINED = {
    "full": "Every published number, table and figure came out again.",
    "full with minor issues": "Everything that a reader sees came out again; what differs is listed below.",
    "partial": "Part of the published results came out again; the others are listed below.",
    "not reproduced": "Half of the published results or more differ or are missing.",
}


def write_report(
    reproduction: Reproduction,
    published: Expected,
    found: Expected,
    *,
    project: Path,
    into: Path,
    epoch: int,
    title: str,
) -> None:
    """Write report.html, report.pdf and report.json into a folder.

    Parameters
    ----------
    reproduction
        What happened.
    published, found
        The results, for the pictures of figures that differ.
    project
        The folder with `_quarto.yml` and `_extensions/`.
    into
        An empty folder.
    epoch
        Seconds since 1970 that stand for "now" in the documents.
    title
        What was reproduced.
    """
    content = {
        "verdict": reproduction.verdict,
        "reasons": reproduction.reasons,
        "funnel": reproduction.funnel,
        **asdict(reproduction),
    }
    (into / "report.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        for name in ("_quarto.yml", "_extensions", "_variables.yml"):
            if (project / name).exists():
                (workspace / name).symlink_to((project / name).resolve())
        (workspace / "_staged").mkdir()
        (workspace / "_staged" / "references.bib").write_text("", "utf-8")
        pictures = _pictures(reproduction.compared, published, found, workspace)
        text = FRONT.format(title=title.replace('"', "'")) + "\n".join(_body(reproduction, pictures))
        (workspace / "report.qmd").write_text(text, "utf-8")
        for to, name in (("html", "report.html"), ("typst", "report.pdf")):
            render(workspace, "report.qmd", to, into / name, engine="embedded", epoch=epoch)


def _pictures(
    compared: Iterable[Compared], published: Expected, found: Expected, workspace: Path
) -> dict[str, str]:
    pictures = {}
    for one in compared:
        if (
            one.kind == "figure"
            and one.name in found.pictures
            and one.outcome in ("different", "within tolerance")
        ):
            pictures[one.name] = f"{one.name}-difference.png"
            data = difference_picture(published.pictures[one.name], found.pictures[one.name])
            (workspace / pictures[one.name]).write_bytes(data)
    return pictures


def _body(reproduction: Reproduction, pictures: dict[str, str]) -> Iterator[str]:
    verdict, edition = reproduction.verdict, reproduction.edition
    yield f"**Verdict: {verdict}.** {EXPLAINED[verdict]}\n"
    yield (
        f"Edition: audience {edition['audience']}, {edition['evidence']} evidence as of {edition['as_of']}. "
        "Case material of the demonstration evidence is invented; the literature tables are real.\n"
    )
    yield "# How far it came\n"
    yield from _table(
        ("Step", "Results"), [(step, str(count)) for step, count in reproduction.funnel.items()]
    )
    yield "# What came out how\n"
    counts = [(kind, *(str(count) for count in reproduction.count(kind).values())) for kind in KINDS]
    yield from _table(("Kind", *OUTCOMES), counts)
    yield from _reasons(reproduction)
    yield from _differing(reproduction, pictures)
    yield from _without_private(reproduction)
    yield "# What it was run on\n"
    surroundings = dict(reproduction.surroundings or {})
    versions = surroundings.pop("versions", {})
    yield from _table(
        ("What", "Measured"),
        [(name.replace("_", " "), str(value)) for name, value in surroundings.items()]
        + [(f"version of {name}", str(value)) for name, value in versions.items()],
    )


def _reasons(reproduction: Reproduction) -> Iterator[str]:
    if reproduction.reasons:
        yield "# Why the verdict is not better\n"
        yield from _list(reproduction.reasons)


def _differing(reproduction: Reproduction, pictures: dict[str, str]) -> Iterator[str]:
    yield "# Every result that is not identical\n"
    not_identical = [one for one in reproduction.compared if one.outcome != "identical"]
    if not not_identical:
        yield "There is none.\n"
    for kind in KINDS:
        ones = [one for one in not_identical if one.kind == kind]
        if ones:
            yield f"## {kind.capitalize()}s\n"
            rows = [(one.name, one.notebook, one.outcome, one.detail) for one in ones[:LONGEST]]
            yield from _table(("Name", "Notebook", "Outcome", "What differs"), rows, (18, 22, 18, 42))
            if len(ones) > LONGEST:
                yield f"And {len(ones) - LONGEST} more; report.json lists all.\n"
    for name, picture in pictures.items():
        alt = f"{name}: the published figure, the reproduced one, and where their pixels differ, side by side"
        yield f'![{name}: published, reproduced, and their difference]({picture}){{fig-alt="{alt}"}}\n'


def _without_private(reproduction: Reproduction) -> Iterator[str]:
    yield "# Without the private rows\n"
    private = [one for one in reproduction.compared if one.private]
    if not private:
        yield "Every result can be recomputed from the files that are public.\n"
        return
    yield (
        f"{len(private)} of {len(reproduction.compared)} results rest on rows that are not public; the "
        "others can be recomputed by anybody. Those that cannot:\n"
    )
    yield from _list(sorted(f"{one.kind} {one.name}" for one in private))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int] = ()) -> Iterator[str]:
    yield "| " + " | ".join(_escaped(cell) for cell in head) + " |"
    yield "|" + "|".join("-" * (width or 3) for width in (widths or [0] * len(head))) + "|"
    yield from ("| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in rows)
    yield ""


def _list(items: Sequence[str]) -> Iterator[str]:
    yield from (f"- {_escaped(item)}" for item in items[:LONGEST])
    if len(items) > LONGEST:
        yield f"- and {len(items) - LONGEST} more; report.json lists all"
    yield ""


def _escaped(text: str) -> str:
    """Return text that Markdown takes for words and nothing else."""
    joined = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#|~^$@!'\"" else letter for letter in joined)
