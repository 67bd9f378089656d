"""The published results: what a reproduction is held to.

``reproduction/expected.json`` names every value, table and figure of one edition; the tables lie beside it as
CSV and the figures as small pictures, so that a change can be reviewed like code.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.schema import TABLES
from twinbenefits.publishing.atomic import remove_unlisted, write_bytes, write_text

FOLDER = "reproduction"
EXPECTED = f"{FOLDER}/expected.json"
MACHINE = f"{FOLDER}/machine.json"
WIDTH = 800
"""Pixels to which figures are scaled before they are compared by eye or by pixel."""


class ExpectedError(Exception):
    """The reproduction cannot be tried; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The results of one edition, published ones or reproduced ones.

    Parameters
    ----------
    edition
        Audience, evidence and the day on which it was looked at.
    versions
        Python and the packages that results can depend on.
    values
        Per value: notebook, text as printed, value, number of cases behind it, whether it needs private rows.
    tables
        Per table: notebook, digest, whether it needs private rows.
    figures
        Per figure: notebook, digests of bitmap and drawing, whether it needs private rows.
    documents
        Per published file its digest.
    cells, pictures
        The CSV text of each table and the bytes of each figure's small picture.
    """

    edition: Mapping[str, str]
    versions: Mapping[str, str]
    values: Mapping[str, Mapping[str, Any]]
    tables: Mapping[str, Mapping[str, Any]]
    figures: Mapping[str, Mapping[str, Any]]
    documents: Mapping[str, str]
    cells: Mapping[str, str]
    pictures: Mapping[str, bytes]

    @property
    def notebooks(self) -> tuple[str, ...]:
        """The notebooks that make them."""
        records = (*self.values.values(), *self.tables.values(), *self.figures.values())
        return tuple(sorted({str(record["notebook"]) for record in records}))


def results_of(root: Path, audience: str, evidence: str) -> Expected:
    """Read what a build has made of one edition.

    Parameters
    ----------
    root
        The project's folder.
    audience, evidence
        Which edition.
    """
    layout = Layout(root)
    values: dict[str, Any] = {}
    tables: dict[str, Any] = {}
    figures: dict[str, Any] = {}
    cells: dict[str, str] = {}
    pictures: dict[str, bytes] = {}
    as_of, versions = "", dict[str, str]()
    for folder in sorted(path.parent for path in layout.results(audience, evidence).glob("*/displays.json")):
        noted = _read(folder / "provenance.json")
        as_of, versions = str(noted.get("as_of", as_of)), {**versions, **noted.get("versions", {})}
        for name, record in _read(folder / "values.json").items():
            kept = {key: record[key] for key in ("text", "value", "n", "unit")}
            values[name] = {
                "notebook": folder.name,
                **kept,
                "private": _private(noted, f"value {name}", evidence),
            }
        for name, record in _read(folder / "displays.json").items():
            origin = {
                "notebook": folder.name,
                "private": _private(noted, f"{record['kind']} {name}", evidence),
            }
            if record["kind"] == "table":
                content = (folder / "tables" / f"{name}.csv").read_bytes()
                tables[name] = {**origin, "sha256": _sha256(content)}
                cells[name] = content.decode("utf-8")
            else:
                png, svg = ((folder / "figures" / f"{name}.{kind}").read_bytes() for kind in ("png", "svg"))
                figures[name] = {**origin, "png_sha256": _sha256(png), "svg_sha256": _sha256(svg)}
                pictures[name] = small_picture(png)
    edition = {"audience": audience, "evidence": evidence, "as_of": as_of}
    return Expected(
        edition, versions, values, tables, figures, _documents(layout, audience, evidence), cells, pictures
    )


def small_picture(png: bytes) -> bytes:
    """Return a figure scaled to `WIDTH`, without transparency: equal figures give equal bytes."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as opened:
        image = Image.new("RGB", opened.size, "white")
        image.paste(opened.convert("RGB"))
    if image.width > WIDTH:
        height = round(image.height * WIDTH / image.width)
        image = image.resize((WIDTH, height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def write_expected(root: Path, results: Expected) -> list[str]:
    """Write the published results; equal files stay untouched.

    Returns
    -------
    list of str
        The files that were written or deleted, from the project's folder.
    """
    folder = root / FOLDER
    content = {
        "edition": results.edition,
        "versions": results.versions,
        "values": results.values,
        "tables": results.tables,
        "figures": results.figures,
        "documents": results.documents,
    }
    files: dict[str, bytes] = {f"tables/{name}.csv": text.encode() for name, text in results.cells.items()}
    files |= {f"figures/{name}.png": picture for name, picture in results.pictures.items()}
    changed = [name for name, data in sorted(files.items()) if write_bytes(folder / name, data)]
    for part in ("tables", "figures"):
        keep = [Path(name).relative_to(part) for name in files if name.startswith(part)]
        changed += [f"{part}/{path}" for path in remove_unlisted(folder / part, keep)]
    # last: whoever is stopped before still has the list that fits the files as far as they are old
    if write_text(
        folder / "expected.json", json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    ):
        changed.append("expected.json")
    return [f"{FOLDER}/{name}" for name in changed]


def read_expected(root: Path) -> Expected:
    """Read the published results of a project or of an unpacked bundle.

    Raises
    ------
    ExpectedError
        If there are none, or they are damaged.
    """
    folder = root / FOLDER
    try:
        content = json.loads((root / EXPECTED).read_text("utf-8"))
        cells = {name: (folder / "tables" / f"{name}.csv").read_text("utf-8") for name in content["tables"]}
        pictures = {name: (folder / "figures" / f"{name}.png").read_bytes() for name in content["figures"]}
        parts = [
            content[part] for part in ("edition", "versions", "values", "tables", "figures", "documents")
        ]
    except FileNotFoundError as error:
        missing = Path(str(error.filename)).name
        raise ExpectedError(
            f"{FOLDER}/ lacks {missing}, so there is nothing to compare with. Restore it from git, or write "
            "it anew with `twinbenefits publish-results`."
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise ExpectedError(
            f"{EXPECTED} cannot be read ({type(error).__name__}). Restore it from git."
        ) from None
    edition, versions, values, tables, figures, documents = parts
    return Expected(edition, versions, values, tables, figures, documents, cells, pictures)


def free_space(folder: Path, needed: int) -> None:
    """Refuse to begin where there is not enough room.

    Parameters
    ----------
    folder
        Where files will be written.
    needed
        Bytes.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ExpectedError(
            f"There are {free / 1e9:.1f} GB free and about {needed / 1e9:.1f} GB are needed. Make room, or "
            "name another folder in the environment variable TMPDIR."
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content


def _private(noted: Mapping[str, Any], part: str, evidence: str) -> bool:
    inputs = noted.get("results", {}).get(part, {}).get("inputs", [])
    return evidence == "private" and any(
        TABLES[table].holds_case_evidence for table in inputs if table in TABLES
    )


def _documents(layout: Layout, audience: str, evidence: str) -> dict[str, str]:
    files = _read(layout.output(audience, evidence) / "manifest.json").get("files", {})
    return dict(_digests(files))


def _digests(files: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, entry in files.items():
        yield name, str(entry["sha256"])


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
