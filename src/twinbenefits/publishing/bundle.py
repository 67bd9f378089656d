"""The package that is deposited in an archive: a deterministic zip with checksums and RO-Crate metadata.

Source: RO-Crate Metadata Specification 1.1, DOI 10.5281/zenodo.4541002.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from twinbenefits.evidence.exchange.archives import SafeArchive
from twinbenefits.evidence.exchange.report import Log
from twinbenefits.evidence.problems import EvidenceError

__all__ = ["CRATE", "SUMS", "WITHHELD", "BundleError", "bundle_bytes", "crate", "unpack_bundle"]

SUMS = "manifest-sha256.txt"
CRATE = "ro-crate-metadata.json"
WITHHELD = "WITHHELD.json"
SPDX = "https://spdx.org/licenses/"
PROFILE = "https://w3id.org/ro/crate/1.1"
ENCODINGS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
}


class BundleError(Exception):
    """A bundle that cannot be made or used; the text says why and what to do."""


def bundle_bytes(files: Mapping[str, bytes], day: date) -> bytes:
    """Return a zip with the files and the list of their checksums; equal files give equal bytes.

    Parameters
    ----------
    files
        Contents by path inside the bundle.
    day
        The date that all members carry.
    """
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted({**files, SUMS: sums.encode()}.items()):
            member = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            member.external_attr = (0o755 if name.endswith(("/run", ".sh")) else 0o644) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, data)
    return out.getvalue()


def crate(facts: Mapping[str, Any], files: Mapping[str, bytes], day: date, version: str) -> bytes:
    """Return the RO-Crate metadata of a bundle.

    Parameters
    ----------
    facts
        The study's facts: title, authors, licences, status.
    files
        Contents by path inside the bundle.
    day
        The day of the evidence.
    version
        The compendium's version.
    """
    authors = [
        {"@id": f"#author-{n}", "@type": "Person", "name": a["name"]}
        for n, a in enumerate(facts["authors"], 1)
    ]
    dataset = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"{facts['title']}: research compendium",
        "description": f"Data, program and documents of a study ({facts['status']}). "
        f"Research question: {facts['research_question']['as_written']}",
        "datePublished": day.isoformat(),
        "version": version,
        "license": {"@id": SPDX + str(facts["licences"]["data"])},
        "author": [{"@id": author["@id"]} for author in authors],
        "hasPart": [{"@id": name} for name in sorted(files)],
    }
    descriptor = {
        "@id": CRATE,
        "@type": "CreativeWork",
        "conformsTo": {"@id": PROFILE},
        "about": {"@id": "./"},
    }
    licences = [
        {"@id": SPDX + name, "@type": "CreativeWork", "name": name}
        for name in sorted(set(facts["licences"].values()))
    ]
    parts = [_part(name, data, facts) for name, data in sorted(files.items())]
    graph = [descriptor, dataset, *authors, *licences, *parts]
    content = {"@context": f"{PROFILE}/context", "@graph": graph}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _part(name: str, data: bytes, facts: Mapping[str, Any]) -> dict[str, Any]:
    encoding = ENCODINGS.get(PurePosixPath(name).suffix, "text/plain")
    code = name.endswith((".py", ".ipynb", ".lua", "Makefile"))
    kind = "data" if name.startswith("data/") else "code" if code else "text"
    return {
        "@id": name,
        "@type": ["File", "SoftwareSourceCode"] if code else "File",
        "name": PurePosixPath(name).name,
        "contentSize": str(len(data)),
        "encodingFormat": encoding,
        "sha256": hashlib.sha256(data).hexdigest(),
        "license": {"@id": SPDX + str(facts["licences"][kind])},
    }


def unpack_bundle(path: Path, into: Path) -> list[str]:
    """Unpack a bundle after holding every member to its checksum.

    Parameters
    ----------
    path
        The zip file.
    into
        An empty folder.

    Returns
    -------
    list of str
        The names of the files.

    Raises
    ------
    BundleError
        If the file is no bundle, or damaged, or its members are not what its list says. Nothing has been
        unpacked then.
    """
    files = _members(path)
    if SUMS not in files:
        raise BundleError(f"{path.name} has no {SUMS}: it is not a bundle of this compendium.")
    listed: dict[str, str] = {}
    for line in files.pop(SUMS).decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    problems = [f"  {name} is listed and not there" for name in sorted(set(listed) - set(files))]
    problems += [f"  {name} is there and not listed" for name in sorted(set(files) - set(listed))]
    problems += [
        f"  {name} has another checksum than its list says"
        for name, data in sorted(files.items())
        if name in listed and hashlib.sha256(data).hexdigest() != listed[name]
    ]
    if problems:
        raise BundleError(
            f"{path.name} is not as it was deposited:\n" + "\n".join(problems) + "\nFetch it again."
        )
    for name, data in files.items():
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        (into / name).write_bytes(data)
    return sorted(files)


def _members(path: Path) -> dict[str, bytes]:
    if not path.is_file():
        raise BundleError(f"There is no file {path.name}.")
    log = Log(path.name)
    try:
        archive = SafeArchive(path, log)
        try:
            return {name: archive.read(name) for name in archive.names if not name.endswith("/")}
        finally:
            archive.close()
    except EvidenceError as refused:
        raise BundleError("\n".join(map(str, refused.problems))) from None


def withheld_list(entries: Sequence[Mapping[str, str]]) -> bytes:
    """Return the list of files that the bundle leaves out: keyed digest and reason, never a name."""
    content = {
        "explanation": "Files that exist and are not part of this bundle. The digests are keyed "
        "(HMAC-SHA256): "
        "whoever holds the key can show later that a file is the one that was withheld; nobody can guess "
        "from "
        "them what it says.",
        "files": list(entries),
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
