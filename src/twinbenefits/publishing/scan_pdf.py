"""The texts in a PDF: pages, properties, alternative texts, bookmarks, links and attached files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdf import PdfReader
    from pypdf.generic import IndirectObject

__all__ = ["pdf_pieces"]

Piece = tuple[str, str]
LINE_HYPHEN = "\ufffe"
"""What PDFium puts in the place of a hyphen and the line break behind it."""

OBJECT = re.compile(rb"\s*(\d+)\s+(\d+)\s+obj\b(.*?)(?<=[\s>\])])(endobj|stream)\b", re.DOTALL)
STRING = re.compile(rb"\(([ -'*-\[\]-~]*)\)")
"""Text in brackets, of plain characters, without brackets or backslashes of its own."""
NOT_PLAIN = re.compile(rb"[()<>%#{}\x80-\xff]")
"""Other texts, remarks, encoded names and whatever else only a parser should read."""
OPENED = re.compile(rb"/(?:Metadata|EmbeddedFile)\b")
"""Kinds of streams that are looked into."""
NAME = rb"/([^\s/<>\[\]()]+)"
KEY = re.compile(NAME + rb"(?:\s*/[^\s/<>\[\]()]+)?")
"""A key; a name that follows it is its value."""
ARRAY = re.compile(rb"\[[^\[\]<>]*\]")
REFERENCE = re.compile(rb"\b(\d+)\s+(\d+)\s+R\b")


def pdf_pieces(data: bytes, inside: Callable[[bytes], Iterable[Piece]]) -> Iterator[Piece]:
    """Yield every text in a PDF.

    Parameters
    ----------
    data
        The file.
    inside
        Yields the texts of a file that stands in it, such as its metadata.

    Raises
    ------
    ValueError
        If the file is damaged or locked.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError
    from pypdfium2 import PdfiumError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise ValueError("the PDF is locked")
        yield from _pages(data)
        yield from _objects(data, reader, inside)
    except (PyPdfError, PdfiumError) as error:
        raise ValueError(f"the PDF is damaged ({error})") from error


def _pages(data: bytes) -> Iterator[Piece]:
    """Yield the text of each page; a word parted at a line's end keeps its hyphen and its break."""
    from pypdfium2 import PdfDocument

    with PdfDocument(data) as document:
        for number in range(len(document)):
            text: str = document[number].get_textpage().get_text_range()
            yield f"page {number + 1}", text.replace(LINE_HYPHEN, "-\n")


def _objects(data: bytes, reader: PdfReader, inside: Callable[[bytes], Iterable[Piece]]) -> Iterator[Piece]:
    """Yield each text that hangs anywhere below the file's root."""
    from pypdf.generic import (
        ArrayObject,
        ByteStringObject,
        DictionaryObject,
        IndirectObject,
        StreamObject,
        TextStringObject,
    )

    seen: set[tuple[int, int]] = set()
    waiting: list[object] = [reader.trailer]
    words: list[str] = []
    while waiting:
        found = waiting.pop()
        if isinstance(found, IndirectObject):
            if (found.idnum, found.generation) in seen:
                continue
            seen.add((found.idnum, found.generation))
            if plain := _plain(data, reader, found):
                words += plain[0]
                waiting += [IndirectObject(*number, reader) for number in plain[1] if number not in seen]
                continue
            found = found.get_object()
        if isinstance(found, DictionaryObject):
            if isinstance(found, StreamObject) and found.get("/Type") in ("/Metadata", "/EmbeddedFile"):
                for place, text in inside(found.get_data()):
                    yield f"{str(found['/Type'])[1:].lower()}, {place}", text
            waiting += dict.values(found)  # as they stand, references unresolved
            words += [str(key)[1:] for key in found]
        elif isinstance(found, ArrayObject):
            waiting += list.__iter__(found)
        elif isinstance(found, TextStringObject):
            words.append(str(found))
        elif isinstance(found, ByteStringObject):
            words.append(bytes(found).decode("latin-1"))
    yield "properties, alternative texts and links", "\n".join(words)


def _plain(
    data: bytes, reader: PdfReader, wanted: IndirectObject
) -> tuple[list[str], list[tuple[int, int]]] | None:
    """Return the texts and keys of an object and what it refers to; None if reading it takes a parser.

    Nearly all objects of a document are written plainly, and a parser takes most of its time for them.
    """
    number, generation = wanted.idnum, wanted.generation
    at = reader.xref.get(generation, {}).get(number)
    written = OBJECT.match(data, at) if at and number not in reader.xref_objStm else None
    if written is None or (int(written[1]), int(written[2])) != (number, generation):
        return None
    bare = STRING.sub(b" 0 ", written[3])
    if NOT_PLAIN.search(bare.replace(b"<<", b" ").replace(b">>", b" ")):
        return None
    if written[4] != b"endobj" and OPENED.search(bare):
        return None
    texts = [*STRING.findall(written[3]), *KEY.findall(ARRAY.sub(b" 0 ", bare))]
    return [text.decode("ascii") for text in texts], [(int(a), int(b)) for a, b in REFERENCE.findall(bare)]
