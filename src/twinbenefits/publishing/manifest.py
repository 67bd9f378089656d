"""Publish: bring the output folder up to date and list what it holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from twinbenefits.publishing.atomic import copy_file, remove_unlisted, write_text

__all__ = ["MANIFEST", "NotScannedError", "Published", "publish"]

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing changed, relative to the output folder."""

    written: tuple[str, ...]
    removed: tuple[str, ...]


class NotScannedError(ValueError):
    """A file was to be published that nobody has looked through."""


def publish(
    rendered: Path, output: Path, *, audience: str, evidence: str, scanned: Mapping[str, str], mark: str = ""
) -> Published:
    """Copy rendered documents to the output folder and write the manifest.

    Parameters
    ----------
    rendered
        The folder that holds every document of the edition and nothing else.
    output
        The folder that readers open. Equal files stay untouched, files that are no longer made are deleted.
    audience, evidence
        Which edition it is, for the manifest.
    scanned
        Each file that the scan has passed, relative to `rendered`, and its SHA-256.
    mark
        Stands in the manifest where any of the files holds synthetic results.

    Returns
    -------
    Published
        The files that were written and the files that were deleted.

    Raises
    ------
    FileNotFoundError
        When nothing has been rendered: an empty edition would delete the one before.
    NotScannedError
        When a file is not what the scan has passed. Nothing has been published then.
    """
    files = sorted(path.relative_to(rendered) for path in rendered.rglob("*") if path.is_file())
    if not files:
        raise FileNotFoundError(f"there is nothing to publish in {rendered.name}: render the documents first")
    entries = {path.as_posix(): _entry(rendered / path) for path in files}
    unseen = [name for name, entry in entries.items() if scanned.get(name) != entry["sha256"]]
    if unseen:
        raise NotScannedError(
            f"not looked through before publishing: {', '.join(unseen)}; run the build again"
        )
    written = [path.as_posix() for path in files if copy_file(rendered / path, output / path)]
    removed = remove_unlisted(output, [*files, Path(MANIFEST)])
    marked = {"mark": mark} if mark else {}
    manifest = {"audience": audience, "evidence": evidence, **marked, "files": dict(sorted(entries.items()))}
    if write_text(output / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"):
        written.append(MANIFEST)
    return Published(tuple(written), tuple(path.as_posix() for path in removed))


def _entry(path: Path) -> dict[str, int | str]:
    data = path.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
