"""All texts in a file of any kind: what readers see, and what stands where nobody looks."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote

from twinbenefits.publishing.scan_parts import Parts
from twinbenefits.publishing.scan_xml import xml_pieces

__all__ = ["SOURCE", "Piece", "UnreadableError", "Within", "pieces"]

Piece = tuple[str, str]
"""A place in a file and the text there."""

SOURCE = "the page's source"
DEPTH = 6
LARGEST = 200_000_000
SHORT, LONG = 24, 200
BASE64 = re.compile(rf"[A-Za-z0-9+/_-]{{{SHORT},}}={{0,2}}")
PAYLOAD = re.compile(rf"[A-Za-z0-9+/]{{{LONG},}}={{0,2}}")
PRINTABLE = bytes(range(32, 127))
MEDIA = re.compile(r"(?:image|application|audio|video)/(?!svg|json|javascript|xml)[\w.+-]+")
BLOCKS = re.compile(
    r"address|article|aside|blockquote|body|br|button|caption|d[dlt]|div|fieldset|fig(caption|ure)|footer|form"
    r"|h[1-6]|head(er)?|hr|html|li|main|meta|nav|[ou]l|option|p(re)?|section|summary|table|t(body|[dhr]|foot)"
    r"|thead|title|script|style|template|text"
)
"""Elements that part words; others, such as <em>, may stand within one."""


class UnreadableError(ValueError):
    """A file or a part of it that cannot be looked into, and therefore must not be published."""


@dataclass(frozen=True, slots=True)
class Within:
    """Where a file stands.

    Parameters
    ----------
    depth
        How many files it stands in.
    parts
        What was looked through before and held nothing; it is not opened again.
    """

    depth: int = 0
    parts: Parts | None = None

    @property
    def file(self) -> Within:
        """Where a file stands that is found in this one."""
        return Within(self.depth + 1, self.parts)


def pieces(data: bytes, within: Within = Within()) -> Iterator[Piece]:
    """Yield every text in a file.

    What the file is, is seen from its first bytes. Archives, pictures and payloads inside are opened too.

    Parameters
    ----------
    data
        The whole file.
    within
        Where it stands.

    Raises
    ------
    UnreadableError
        If the file or a part of it cannot be looked into.
    """
    if within.depth > DEPTH:
        raise UnreadableError(f"files stand in one another more than {DEPTH} times")
    if within.parts is not None and within.parts.hold(data, within.depth):
        return
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    try:
        if data[:5] == b"%PDF-":
            from twinbenefits.publishing.scan_pdf import pdf_pieces

            yield from pdf_pieces(data, lambda inner: pieces(inner, within.file))
        elif data[:4] == b"PK\x03\x04":
            yield from _archive(data, within)
        elif data[:2] == b"\x1f\x8b":
            yield from pieces(_unzipped(data), within.file)
        elif data[:8] == b"\x89PNG\r\n\x1a\n" or data[:3] in (b"\xff\xd8\xff", b"GIF"):
            yield from _picture(data)
        elif start.startswith((b"<!doctype html", b"<html")):
            yield from _page(_text(data), within)
        elif start.startswith(b"<"):
            yield from _marked_up(data, within, strict=start.startswith(b"<?xml"))
        elif start.startswith((b"{", b"[")):
            yield from _json(_text(data), within)
        else:
            yield from _plain(_text(data), within)
    except UnreadableError:
        raise
    except (OSError, ValueError, KeyError, RecursionError, zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise UnreadableError(f"it cannot be read ({type(error).__name__})") from error


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1") + "\n" + data.decode("utf-16-le", "replace")


def _plain(text: str, within: Within) -> Iterator[Piece]:
    """Yield a text as it stands, without long payloads, and what the payloads hold."""
    yield "text", _without_payloads(text)
    if "%" in text:
        yield "text with encoded characters", unquote(_without_payloads(text))
    yield from _payloads(text, "text", within)


def _without_payloads(text: str) -> str:
    return PAYLOAD.sub(" ", text) if len(text) >= LONG else text


def _payloads(text: str, place: str, within: Within) -> Iterator[Piece]:
    """Yield the texts in whatever can be read as base64."""
    for found in BASE64.finditer(text) if len(text) >= SHORT else ():
        inner = _decoded(found[0])
        if inner is not None:
            for where, words in pieces(inner, within.file):
                yield f"{place}, encoded data, {where}", words


def _decoded(text: str) -> bytes | None:
    """Return the bytes of base64 that are a file of a known kind or a readable text."""
    letters = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        data = base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    if data[:4] in (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"GIF8") or data[:2] in (b"\x1f\x8b", b"\xff\xd8"):
        return data
    try:
        length = len(data.decode("utf-8"))
        others = data.translate(None, PRINTABLE).decode("utf-8")
    except UnicodeDecodeError:
        return None
    printable = length - len(others) + sum(map(str.isprintable, others))
    return data if printable >= 0.9 * length else None


def _unzipped(data: bytes) -> bytes:
    with gzip.open(io.BytesIO(data)) as packed:
        content = packed.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise UnreadableError("unpacked it would be larger than 200 MB")
    return content


def _archive(data: bytes, within: Within) -> Iterator[Piece]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > LARGEST:
            raise UnreadableError("unpacked it would be larger than 200 MB")
        yield "comment", _text(archive.comment)
        for member in archive.infolist():
            yield "names of parts", member.filename
            for place, text in pieces(archive.read(member), within.file):
                yield f"{member.filename}, {place}", text


def _picture(data: bytes) -> Iterator[Piece]:
    """Yield what a PNG says beside its pixels, or what Pillow finds described in another picture."""
    if data[:4] == b"\x89PNG":
        yield from _chunks(data)
        return
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        for name, value in image.info.items():
            said = _text(value) if isinstance(value, bytes) else str(value)
            yield f"description of the picture ({name})", said


def _chunks(data: bytes) -> Iterator[Piece]:
    """Yield the chunks of a PNG that hold no pixels, and what stands behind its end (RFC 2083)."""
    place = 8
    while place + 12 <= len(data):
        size, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        content = data[place + 8 : place + 8 + size]
        place += 12 + size
        if kind in (b"zTXt", b"iTXt") and b"\0" in content:
            name, _, rest = content.partition(b"\0")
            flags, packed = (1, rest[1:]) if kind == b"zTXt" else (rest[0], rest[2:].split(b"\0", 2)[-1])
            content = name + b"\n" + rest + b"\n" + (_unpacked(packed) if flags else packed)
        if kind not in (b"IDAT", b"IHDR", b"PLTE"):
            yield f"description of the picture ({kind.decode('latin-1')})", _text(content)
        if kind == b"IEND":
            break
    yield "behind the picture's end", _text(data[place:])


def _unpacked(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    content = unpacking.decompress(packed, LARGEST)
    if unpacking.unconsumed_tail:
        raise UnreadableError("unpacked it would be larger than 200 MB")
    return content


class _Page(HTMLParser):
    """Collects text, attributes, comments and scripts of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.hidden: list[Piece] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if BLOCKS.fullmatch(tag):
            self.words.append("\n")
        self._within = tag if tag in ("script", "style") else ""
        self.hidden += [(f"attribute {name} of <{tag}>", value) for name, value in attrs if value]

    def handle_endtag(self, tag: str) -> None:
        self._within = ""
        if BLOCKS.fullmatch(tag):
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if self._within:
            self.hidden.append((f"<{self._within}>", data))
        else:
            self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.hidden.append(("a comment", data))

    def handle_decl(self, decl: str) -> None:
        self.hidden.append(("a declaration", decl))

    def unknown_decl(self, data: str) -> None:
        self.hidden.append(("a declaration", data))

    def handle_pi(self, data: str) -> None:
        self.hidden.append(("an instruction", data))


def _page(text: str, within: Within) -> Iterator[Piece]:
    page = _Page()
    page.feed(text)
    page.close()
    yield "text", "".join(page.words)
    for place, value in page.hidden:
        yield place, _without_payloads(value)
        if "%" in value and place.startswith("attribute"):
            yield place, unquote(_without_payloads(value))
        if value.lstrip()[:1] in ("{", "["):
            for where, words in _json(value, within):
                yield f"{place}, {where}", words
        else:
            yield from _payloads(value, place, within)
    yield SOURCE, _without_payloads(text)


def _marked_up(data: bytes, within: Within, *, strict: bool) -> Iterator[Piece]:
    """Yield the texts of XML without a heading, or of a piece of a page."""
    try:
        yield from xml_pieces(data)
    except ValueError:
        if strict:
            raise
        yield from _page(_text(data), within)
    else:
        yield from _plain(_text(data), within)


def _json(text: str, within: Within) -> Iterator[Piece]:
    try:
        content = json.loads(text)
    except ValueError:
        yield from _plain(text, within)
        return
    yield from _values(content, within)


def _values(content: object, within: Within) -> Iterator[Piece]:
    """Yield the names and values of JSON, each with the names that lead to it."""
    waiting = [("", content)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str):
            yield from _string(value, place, within)
        elif isinstance(value, dict):
            for key, inner in value.items():
                yield place or "names", str(key)
                packed = isinstance(inner, str | list) and MEDIA.fullmatch(str(key))  # base64 in lines
                content = "".join("".join(map(str, inner)).split()) if packed else inner
                waiting.append((f"{place}/{key}" if place else str(key), content))
        elif isinstance(value, list):
            if value and all(isinstance(line, str) for line in value):
                waiting.append((place, "".join(value)))  # a notebook keeps a text in lines
            waiting += [(f"{place}/{number}", inner) for number, inner in enumerate(value, start=1)]
        elif value is not None:
            yield place, str(value)


def _string(value: str, place: str, within: Within) -> Iterator[Piece]:
    yield place, _without_payloads(value)
    if value.lstrip()[:1] == "<" and len(value) > 2:
        for where, words in _page(value, within.file):
            yield f"{place}, {where}", words
    else:
        yield from _payloads(value, place, within)
