"""Whether the data are what they were when something was made from them."""

from __future__ import annotations

from hashlib import sha256

from twinbenefits.evidence.layout import Layout

__all__ = ["LARGEST", "digest_of_data"]

LARGEST = 10_000_000
"""Bytes of data above which nothing is made beforehand: it would stand in memory many times."""


def digest_of_data(layout: Layout, evidence: str) -> str:
    """Return a digest of every file that loading or the door may read; empty if they are too large."""
    case = layout.cases(evidence)
    folders = (layout.literature, layout.study, case)
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    if sum(path.stat().st_size for path in files) > LARGEST:
        return ""
    digests = (sha256(f"{path}\n".encode() + path.read_bytes()).digest() for path in files)
    return sha256(b"".join(digests)).hexdigest()
