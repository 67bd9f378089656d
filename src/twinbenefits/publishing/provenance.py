"""The audit trail of one published value, table or figure: from where it is printed back to rows and code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import nearest
from twinbenefits.publishing.claims_known import Edition
from twinbenefits.publishing.claims_ledger import read_ledger_file
from twinbenefits.publishing.claims_sources import cell_in_words, result_sources
from twinbenefits.publishing.problems import PublishingError, SourceProblem
from twinbenefits.publishing.stage_results import REBUILD, read_results

__all__ = ["Provenance", "provenance"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where one registered result comes from and where it is printed.

    Parameters
    ----------
    part
        The result as the registry calls it: ``value x``, ``table D02`` or ``figure D03``.
    printed
        Its text, or its caption.
    mark
        The mark of synthetic data, or empty.
    audience, evidence, as_of
        The edition it belongs to, and the day on which its evidence was looked at.
    notebook, cell, code_sha256
        What made it.
    inputs
        Each table with the digest of its file; of private evidence a keyed digest.
    parameters
        The values of the notebook's parameters.
    versions
        Python and the packages it was made with.
    files
        Its files, from the project's folder.
    places
        The sources and lines that print it.
    claims
        The claims that rest on it.
    """

    part: str
    printed: str
    mark: str
    audience: str
    evidence: str
    as_of: str
    notebook: str
    cell: str
    code_sha256: str
    inputs: Mapping[str, str]
    parameters: Mapping[str, Any]
    versions: Mapping[str, str]
    files: tuple[str, ...]
    places: str
    claims: tuple[str, ...]

    def as_json(self) -> str:
        """Return the trail for a machine."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)

    def as_text(self) -> str:
        """Return the trail for a reader, from the page down to the rows."""
        mark = f" ({self.mark})" if self.mark else ""
        lines = [
            f"{self.part}: {self.printed}{mark}",
            f"  printed in   {self.places or 'no document'}",
            f"  carries      {', '.join(self.claims) or 'no claim'}",
            f"  edition      {self.audience}, {self.evidence} evidence as of {self.as_of}",
            f"  made by      {self.notebook}, {self.cell}",
            f"  code         sha256 {self.code_sha256}",
            f"  parameters   {', '.join(f'{k} = {v!r}' for k, v in self.parameters.items())}",
            f"  versions     {', '.join(f'{k} {v}' for k, v in self.versions.items())}",
            f"  files        {', '.join(self.files)}",
            "  tables",
            *(f"    {table:<22} {digest}" for table, digest in self.inputs.items()),
        ]
        return "\n".join(lines)


def provenance(root: Path, audience: str, evidence: str, name: str) -> list[Provenance]:
    """Return the audit trail of everything that is registered under a name.

    Parameters
    ----------
    root
        The project's top folder.
    audience, evidence
        Which edition's results.
    name
        Name of a value, or id of a display; a display may be registered in several variants, ``D03`` and
        ``D03-slide``.

    Returns
    -------
    list of Provenance
        One per result, at least one.

    Raises
    ------
    PublishingError
        If the edition has no such result; the nearest name is told.
    """
    layout = Layout(Path(root))
    edition = Edition(layout, audience, evidence, read_results(layout, audience, evidence))
    parts = [part for part in edition.origins if _is_meant(part.partition(" ")[2], name)]
    if not parts:
        names = {part.partition(" ")[2] for part in edition.origins}
        meant = nearest(name, names)
        way_out = f"Did you mean {meant}?" if meant else REBUILD
        rule = "this edition has no such value or display" if names else "this edition has no results yet"
        shown = layout.shown(layout.results(audience, evidence))
        raise PublishingError([SourceProblem(shown, None, None, name, rule, way_out)])
    carried = _claims_by_part(edition)
    return [_trail(edition, part, carried) for part in sorted(parts)]


def _is_meant(result: str, name: str) -> bool:
    return result == name or result.startswith(f"{name}-")


def _trail(edition: Edition, part: str, carried: Mapping[str, tuple[str, ...]]) -> Provenance:
    kind, _, name = part.partition(" ")
    origin, staged = edition.origins[part], edition.staged
    folder = edition.layout.results(edition.audience, edition.evidence) / origin.notebook
    noted = json.loads((folder / "provenance.json").read_text("utf-8"))
    record = staged.values[name] if kind == "value" else staged.displays[name]
    files = ["values.json"] if kind == "value" else record["files"]
    where = {
        row.name: row.places for row in result_sources(edition) if (row.kind == kind) != (kind == "value")
    }
    return Provenance(
        part=part,
        printed=str(record["text"] if kind == "value" else record["caption"]),
        mark=record["mark"] or "",
        audience=edition.audience,
        evidence=edition.evidence,
        as_of=str(noted["as_of"]),
        notebook=f"notebooks/{origin.notebook}.ipynb",
        cell=cell_in_words(edition.layout.root, origin),
        code_sha256=str(origin.cell.get("code_hash") or "not known"),
        inputs={table: str(noted["inputs"].get(table)) for table in origin.inputs},
        parameters=noted["parameters"],
        versions=noted["versions"],
        files=tuple(edition.layout.shown(folder / file) for file in files),
        places=where.get(name, ""),
        claims=carried.get(part, ()),
    )


def _claims_by_part(edition: Edition) -> dict[str, tuple[str, ...]]:
    """Return the claims that rest on each result."""
    found: dict[str, tuple[str, ...]] = {}
    for part, claim in _named(edition):
        found[part] = (*found.get(part, ()), claim)
    return found


def _named(edition: Edition) -> Iterator[tuple[str, str]]:
    for claim in read_ledger_file(edition.layout.root).claims:
        for part in dict.fromkeys(edition.parts(claim)):
            yield part, claim.id
