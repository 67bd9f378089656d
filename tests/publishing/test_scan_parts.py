"""What stands in many files is looked through once; nothing that may not be shown is missed for it."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinbenefits.publishing.scan import Hit, scan_data, scan_files
from twinbenefits.publishing.scan_parts import Parts
from twinbenefits.publishing.scan_passages import NAME, ClosedEvidence, _runs
from twinbenefits.publishing.scan_pdf import pdf_pieces
from twinbenefits.publishing.scan_words import Word

from .test_scan import packed, pdf

SAID = "our night shift mends the pump by hand again and again"
CLOSED = ClosedEvidence([("segments.text", SAID), ("segments.segment", "K1-S2-034")], [])
PATH = '<path d="M 1.5 2.5 L 30.25 4.125 z"/>' * 200
EVERYWHERE = {"a passage of segments.text that this audience may not see"}


def figure(text: str = "") -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg">{PATH}<text>{text}</text></svg>'


def page(picture: str, text: str = "") -> str:
    inline = base64.b64encode(picture.encode()).decode()
    return f'<!doctype html><p>{text}</p><img src="data:image/svg+xml;base64,{inline}">'


def told(data: str | bytes, parts: Parts | None = None) -> set[str]:
    content = data.encode() if isinstance(data, str) else data
    return {
        hit.what for hit in scan_data("a file", content, [Word("Lamppu Oy", "a word")], CLOSED, parts=parts)
    }


def every_format(text: str) -> Iterator[tuple[str, bytes]]:
    runs = "".join(f"<r><t>{word} </t></r>" for word in text.split())
    yield "html", f"<!doctype html><p>{text.replace(' ', '</i> <i>')}</p>".encode()
    yield "html comment", f"<!doctype html><!-- {text} -->".encode()
    yield "figure in html", page(figure(text)).encode()
    yield "docx", packed(**{"word/document.xml": f"<d><p>{runs}</p></d>"})
    yield "figure in docx", packed(**{"word/media/a.svg": figure(text)})
    yield "notes in pptx", packed(**{"ppt/notesSlides/a.xml": f"<n><t>{text}</t></n>"})
    yield "pdf", pdf(text)
    yield "pdf property", pdf("x", title=text)
    yield "svg", figure(text).encode()
    yield "json", json.dumps({"a": [1, {"b": [2, text]}]}).encode()
    yield "csv", f'a,b\n1,"{text}"\n'.encode()


WRITTEN = {
    "as it stands": SAID,
    "upper case": SAID.upper(),
    "accents": SAID.replace("night", "níght").replace("hand", "ha\u00adnd"),
    "over lines": SAID.replace(" ", "\n"),
    "nine words of it": " ".join(SAID.split()[1:10]),
    "beside other letters": f"\u201c{SAID}\u201d \u2026 ტუმბო",
}


@pytest.mark.parametrize("writing", WRITTEN)
def test_a_passage_is_found_in_every_format(writing: str) -> None:
    for kind, data in every_format(WRITTEN[writing]):
        assert told(data) >= EVERYWHERE, kind
    for kind, data in every_format(" ".join(WRITTEN[writing].split()[:8])):
        assert not told(data), kind


def test_passages_in_other_letters_and_identifiers_of_digits_are_found() -> None:
    georgian = "ჩვენი ღამის ცვლა ტუმბოს ხელით აკეთებს ისევ და ისევ ასე"
    closed = ClosedEvidence(
        [("segments.text", georgian), ("use_cases.started", "2020-05"), ("a.b", "ღა1-2")], []
    )
    for text, count in [
        (f"say: {georgian}!", 1),
        ("in 2020-05.", 1),
        ("12020-05 2020-051", 0),
        ("an ღა1-2", 1),
    ]:
        assert len(closed.found_in(text)) == count, text


WORDS = st.sampled_from(
    ["pump", "Pump", "pumps", "night", "yö", "ტუმბო", "1.5", "K1-S2", "2020-05", "a", "ß"]
)
SIGNS = st.sampled_from([" ", " ", " ", ", ", ",", "-\n", "_", " \u2013 ", '",', "\n", "\u00ad", "."])


def sentences(least: int) -> st.SearchStrategy[str]:
    words = st.lists(st.tuples(WORDS, SIGNS), min_size=least, max_size=30)
    return words.map(lambda parts: "".join(word + sign for word, sign in parts))


@settings(max_examples=150)
@given(sentences(9), sentences(0), sentences(0))
def test_quick_looks_find_what_reading_all_of_a_text_finds(said: str, before: str, after: str) -> None:
    cells = [("a.b", said), *(("c.d", word) for word in ("K1-S2", "2020-05", "1.5-"))]
    closed, text = ClosedEvidence(cells, []), before + said[3:] + after
    runs, names = set(_runs(text)) & set(_runs(said)), {"K1-S2", "2020-05"} & set(NAME.findall(text))
    assert len(closed.found_in(text)) == bool(runs) + bool(names)


def test_a_part_is_opened_once_and_each_place_is_named_where_it_holds_something(tmp_path: Path) -> None:
    parts = Parts()
    for name, picture in {"a.html": figure(SAID), "b.html": figure(SAID), "c.html": figure()}.items():
        (tmp_path / name).write_text(page(picture), "utf-8")
    (tmp_path / "c.svg").write_text(figure(), "utf-8")
    hits = scan_files({path.name: path for path in tmp_path.iterdir()}, [], CLOSED, parts=parts)
    assert [hit.file for hit in hits if hit.place.endswith("encoded data, text")] == ["a.html", "b.html"]
    known = parts.known
    assert parts.hold(figure().encode(), 1)
    assert not parts.hold(figure(SAID).encode(), 1)
    assert len(known) == 2  # the clean page and its figure


def test_what_is_new_beside_a_known_part_is_found() -> None:
    parts = Parts()
    assert told(page(figure()), parts) == set()
    assert told(page(figure(), SAID), parts) == EVERYWHERE
    assert told(page(figure(SAID)), parts) == EVERYWHERE
    assert told(page(figure(), "by Lamppu Oy"), parts) == {"a word"}
    assert told(page(figure()), parts) == set()


def test_files_in_files_are_refused_however_often_a_part_was_seen() -> None:
    parts, data = Parts(), packed(a=figure(), b="x" * 3000)
    assert told(data, parts) == set()
    for _ in range(5):
        data = packed(a=data, b="x" * 3000)
        assert told(data, parts) == set()
    assert any("more than 6 times" in what for what in told(packed(a=data), parts))
    assert isinstance(scan_data("a file", packed(a=data), [], parts=parts)[0], Hit)


UNUSUAL = {
    "backslash": (b"/Title (Lamp\\160u Oy)", "Lamppu Oy"),
    "brackets": (b"/Title (Lamppu (Oy))", "Lamppu (Oy)"),
    "hexadecimal": (b"/Title <4C616D707075204F79>", "Lamppu Oy"),
    "utf-16": (b"/Title (\xfe\xff\x00L\x00a\x00m\x00p)", "Lamp"),
    "remark": (b"/Title % (no\n (Lamppu Oy)", "Lamppu Oy"),
    "key": (b"/Lamppu#20Oy true", "Lamppu Oy"),
    "plain key": (b"/Lamppu true", "Lamppu"),
    "key behind a name": (b"/Kind /Other /Lamppu 1", "Lamppu"),
    "key behind a text": (b"/Title (x)/Lamppu/Other", "Lamppu"),
    "list": (b"/Kind [/A /B [(Lamppu Oy) 3]]", "Lamppu Oy"),
    "end in a text": (b"/Title (x endobj )/Next (Lamppu Oy)", "Lamppu Oy"),
    "far away": (b"/Next 4 0 R", "Lamppu Oy far away"),
}


@pytest.mark.parametrize("kind", UNUSUAL)
def test_texts_in_a_pdf_are_read_however_they_are_written(kind: str) -> None:
    written, text = UNUSUAL[kind]
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Own 3 0 R>>",
        b"<</Type/Pages/Kids[5 0 R]/Count 1>>",
        b"<<" + written + b">>",
        b"<</Title(Lamppu Oy far away)>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
    ]
    data, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n\r\n" % place for place in places)
    start = len(data)
    data += b"xref\n0 6\n0000000000 65535 f\r\n" + table
    data += b"trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start
    found = dict(pdf_pieces(data, lambda _: ()))
    assert text in found["properties, alternative texts and links"].split("\n")
