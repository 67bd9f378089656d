"""Publish: bring the output folder up to date and list what it holds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from twinbenefits.publishing.atomic import copy_file, remove_unlisted, write_text

__all__ = ["MANIFEST", "Published", "publish"]

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing changed, relative to the output folder."""

    written: tuple[str, ...]
    removed: tuple[str, ...]


def publish(rendered: Path, output: Path, *, audience: str, evidence: str) -> Published:
    """Copy rendered documents to the output folder and write the manifest.

    Parameters
    ----------
    rendered
        The folder that holds every document of the edition and nothing else.
    output
        The folder that readers open. Equal files stay untouched, files that are no longer made are deleted.
    audience, evidence
        Which edition it is, for the manifest.

    Returns
    -------
    Published
        The files that were written and the files that were deleted.

    Raises
    ------
    FileNotFoundError
        When nothing has been rendered: an empty edition would delete the one before.
    """
    files = sorted(path.relative_to(rendered) for path in rendered.rglob("*") if path.is_file())
    if not files:
        raise FileNotFoundError(f"there is nothing to publish in {rendered.name}: render the documents first")
    written = [path.as_posix() for path in files if copy_file(rendered / path, output / path)]
    removed = remove_unlisted(output, [*files, Path(MANIFEST)])
    entries = {path.as_posix(): _entry(rendered / path) for path in files}
    manifest = {"audience": audience, "evidence": evidence, "files": dict(sorted(entries.items()))}
    if write_text(output / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"):
        written.append(MANIFEST)
    return Published(tuple(written), tuple(path.as_posix() for path in removed))


def _entry(path: Path) -> dict[str, int | str]:
    data = path.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
