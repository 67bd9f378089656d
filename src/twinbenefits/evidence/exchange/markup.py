"""Read XML from elsewhere without trusting it: no entities, no files or addresses followed, depth capped."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from twinbenefits.evidence.exchange.report import Log

__all__ = ["elements", "local_name"]

DEPTH_LIMIT = 100
"""Codes may lie in codes; nobody nests them deeper than this."""

EXPORT_AGAIN = "Export the project again; do not edit the file by hand."


def elements(content: bytes, log: Log, place: str = "") -> Iterator[tuple[str, Element]]:
    """Yield `start` and `end` events with their elements, as they are read.

    Raises
    ------
    EvidenceError
        If the file is no XML, is cut off, nests too deeply, or declares entities or a document type.
    """
    depth = 0
    try:
        for event, element in iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if depth > DEPTH_LIMIT:
                raise log.stop(f"elements lie in one another deeper than {DEPTH_LIMIT} levels", EXPORT_AGAIN)
            yield event, element
    except DefusedXmlException:
        raise log.stop(
            "the file declares entities or a document type; no program for qualitative analysis does so",
            "Do not use this file. Ask who sent it, and have it exported again.",
            place=place,
        ) from None
    except (ParseError, UnicodeError, ValueError, LookupError) as error:
        log.refuse(
            f"the file is not sound XML from here on ({_reason(error)})",
            EXPORT_AGAIN,
            place=place,
            row=_line(error),
        )
        log.stop_if_refused()


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    return _without_namespace(element.tag)


@cache
def _without_namespace(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _line(error: Exception) -> int | None:
    position = getattr(error, "position", None)
    return int(position[0]) if position else None


def _reason(error: Exception) -> str:
    return str(error).split(":")[0]
