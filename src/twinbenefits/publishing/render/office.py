"""Word and PowerPoint files are zips: give equal content equal bytes."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Mapping

OLDEST = 315532800
"""The first moment a zip can name: 1 January 1980."""


def read_zip(content: bytes) -> dict[str, bytes]:
    """Return the parts of a zip by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_zip(parts: Mapping[str, bytes], epoch: int) -> bytes:
    """Return a zip whose bytes depend on its parts and the epoch only.

    Parameters
    ----------
    parts
        The parts by name; `[Content_Types].xml` comes first, as Office expects, the rest in order.
    epoch
        Seconds since 1970 that every entry carries as its time.
    """
    stamp = time.gmtime(max(epoch, OLDEST))[:6]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts, key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, parts[name])
    return out.getvalue()


def normalise_zip(content: bytes, epoch: int) -> bytes:
    """Return a zip with its entries sorted and their times fixed."""
    return write_zip(read_zip(content), epoch)
