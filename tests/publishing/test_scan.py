"""The scan before publishing: words are found wherever they hide, in every kind of file."""

from __future__ import annotations

import base64
import gzip
import io
import json
import subprocess
import zipfile
import zlib
from pathlib import Path

import pytest

from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.publishing.problems import PublishingError
from twinbenefits.publishing.scan import machine_places, refuse, scan_data, scan_files
from twinbenefits.publishing.scan_history import scan_history
from twinbenefits.publishing.scan_words import Folded, Word, read_forbidden

NAME = Word("Lamppu Oy Ab", "line 2 of the list")
NONE: tuple[Word, ...] = ()


def found(data: bytes | str, *words: Word, name: str = "a file") -> list[str]:
    content = data.encode() if isinstance(data, str) else data
    return [hit.place for hit in scan_data(name, content, words or (NAME,))]


def chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return len(content).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.new("RGB", (2, 2)).save(stream, "PNG")
    data = stream.getvalue()
    return data[:33] + b"".join(chunk(*one) for one in chunks) + data[33:]


def packed(**parts: bytes | str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def pdf(text: str, **properties: str) -> bytes:
    import typst

    title = properties.get("title", "x")
    source = f'#set document(title: "{title}")\n#set page(width: 8cm)\n{text}\n'
    return typst.compile(source.encode(), format="pdf")


WORDS_IN = {
    "LAMPPU OY AB": True,
    "by lamppu\n   oy ab in May": True,
    "by Lamp-\npu Oy Ab": True,
    "by Lam\u00adppu\u200b Oy\u00a0Ab": True,
    "\uff4camppu \uff4fy ab": True,
    "Lamppu, Oy. (Ab)": True,
    "lampun oy ab": False,
    "a lamp, pure soy, Abel": False,
}


@pytest.mark.parametrize(("text", "is_in"), WORDS_IN.items())
def test_a_name_is_found_however_it_is_written(text: str, is_in: bool) -> None:
    assert NAME.is_in(Folded(text)) is is_in


@pytest.mark.parametrize(
    ("word", "text", "is_in"),
    [
        ("Kone", "the KONE lift", True),
        ("Kone", "telekones", False),
        ("Outokumpu", "Outokumpulainen", True),
        ("Ståhl", "stahlin", True),
        ("K1-P3", "as K1-\nP3 said", True),
        ("K1-P3", "K1-P31", False),
        ("3.14", "the value 3.14 %", True),
        ("3.14", "the value 23.145", False),
    ],
)
def test_short_words_stand_alone_and_longer_ones_anywhere(word: str, text: str, is_in: bool) -> None:
    assert Word(word, "").is_in(Folded(text)) is is_in


ENCODED = base64.b64encode(b"it is Lamppu Oy Ab here").decode()
PICTURE = base64.b64encode(png((b"tEXt", b"Comment\0Lamppu Oy Ab"))).decode()
RUNS = "<d><p><r><t>Lamp</t></r><r><rPr><b/></rPr><t>pu Oy Ab</t></r></p></d>"
SHEET = packed(**{"xl/s.xml": "<s><t>Lamppu Oy Ab</t></s>"})

HIDING_PLACES = {
    "html text across tags": "<!doctype html><p>Lamp<b>pu</b> Oy Ab</p>",
    "html attribute": '<!doctype html><p data-site="Lamppu Oy Ab">x</p>',
    "html encoded attribute": '<!doctype html><a href="x?q=Lamppu%20Oy%20Ab">x</a>',
    "html entities": "<!doctype html><p>L&#97;mppu Oy&nbsp;Ab</p>",
    "html comment": "<!doctype html><!-- Lamppu Oy Ab -->",
    "html style": "<!doctype html><style>p:after{content:'Lamppu Oy Ab'}</style>",
    "json in html": '<!doctype html><script type="application/json">{"a": ["Lamppu \\u004fy Ab"]}</script>',
    "base64 in html": f'<!doctype html><i data-x="{ENCODED}">',
    "picture in html": f'<!doctype html><img src="data:image/png;base64,{PICTURE}">',
    "svg text": "<svg><text><tspan>Lamp</tspan><tspan>pu</tspan> Oy Ab</text></svg>",
    "svg comment": '<svg xmlns="http://www.w3.org/2000/svg"><!-- Lamppu Oy Ab --></svg>',
    "svg attribute": '<svg xmlns="http://www.w3.org/2000/svg"><g id="Lamppu-Oy-Ab"/></svg>',
    "png tEXt": png((b"tEXt", b"Title\0Lamppu Oy Ab")),
    "png zTXt": png((b"zTXt", b"Title\0\0" + zlib.compress(b"Lamppu Oy Ab"))),
    "png iTXt": png((b"iTXt", b"Title\0\1\0en\0t\0" + zlib.compress(b"Lamppu Oy Ab"))),
    "png eXIf": png((b"eXIf", b"II*\0Lamppu Oy Ab")),
    "png tail": png() + b"Lamppu Oy Ab",
    "pdf text": pdf("by Lamppu Oy Ab"),
    "pdf hyphenated": pdf("#set par(justify: true)\n#set text(hyphenate: true)\nby Lam-\\\nppu Oy Ab"),
    "pdf property": pdf("x", title="Lamppu Oy Ab"),
    "pdf link": pdf('#link("https://example.org/Lamppu_Oy_Ab")[x]'),
    "docx runs": packed(**{"word/document.xml": RUNS}),
    "docx property": packed(**{"docProps/core.xml": "<c><creator>Lamppu Oy Ab</creator></c>"}),
    "pptx part in a part": packed(**{"ppt/embeddings/a.xlsx": SHEET}),
    "name of a part": packed(**{"word/media/Lamppu Oy Ab.png": png()}),
    "notebook lines": json.dumps({"cells": [{"source": ["by Lamppu\n", " Oy Ab"]}]}),
    "notebook picture": json.dumps(
        {"data": {"image/png": base64.encodebytes(png((b"tEXt", b"T\0Lamppu Oy Ab"))).decode()}}
    ),
    "notebook html": json.dumps({"data": {"text/html": ["<td>Lamp<i>pu</i> Oy", " Ab</td>"]}}),
    "json key": json.dumps({"Lamppu Oy Ab": 1}),
    "csv": "a,b\n1,Lamppu Oy Ab\n",
    "gzip": gzip.compress(b"Lamppu Oy Ab"),
    "utf-16": "Lamppu Oy Ab".encode("utf-16"),
    "latin-1": "K\xf6yh\xe4 Lamppu Oy Ab".encode("latin-1"),
}  # fmt: skip


@pytest.mark.parametrize("place", HIDING_PLACES)
def test_a_name_is_found_in_its_hiding_place(place: str) -> None:
    assert found(HIDING_PLACES[place])


def test_the_name_of_a_file_counts_and_clean_files_pass() -> None:
    assert found("x", name="notes/Lamppu Oy Ab.txt") == ["the file's name"]
    for data in ("<!doctype html><p>Lamps</p>", "{}", "a,b\n", png(), pdf("Lamps"), packed(a="<a/>")):
        assert found(data) == []


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7 broken",
        b"PK\x03\x04 broken",
        packed(**{"word/document.xml": "<?xml version='1.0'?><a><b></a>"}),
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b"\x1f\x8b broken",
    ],
)
def test_what_cannot_be_looked_into_is_not_published(data: bytes) -> None:
    (hit,) = scan_data("a file", data, [NAME])
    assert "what cannot be looked through is not published" in hit.what


@pytest.mark.parametrize(
    ("text", "is_place"),
    [
        ("see /home/ana/study/a.csv", True),
        ("C:\\Users\\ana\\a.csv", True),
        ('{"a": "C:\\\\Users\\\\ana"}', True),
        ("/Users/ana/x", True),
        ("https://example.org/home/ana", False),
        ("and/or/home", False),
        ("../data/private/x", False),
    ],
)
def test_places_on_a_machine_are_found(text: str, is_place: bool) -> None:
    assert bool(scan_data("a file", text.encode(), NONE)) is is_place


def test_the_projects_own_folder_is_found(tmp_path: Path) -> None:
    places = machine_places(tmp_path / "study")
    assert scan_data("a file", f"see {tmp_path}/study/x".encode(), places, places=False)
    assert not scan_data("a file", b"see study/x", places, places=False)


def test_a_refusal_names_file_place_and_line_and_the_word_to_the_team_only(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<!doctype html><p title='Lamppu Oy Ab'>x</p>", "utf-8")
    hits = scan_files({"out/a.html": tmp_path / "a.html"}, [NAME])
    with pytest.raises(PublishingError) as refused:
        refuse(hits, name_words=False)
    assert "out/a.html, attribute title of <p>: line 2 of the list" in str(refused.value)
    assert "Lamppu" not in str(refused.value)
    with pytest.raises(PublishingError, match="'Lamppu Oy Ab'"):
        refuse(hits, name_words=True)
    refuse([], name_words=False)


def test_the_list_of_forbidden_words(tmp_path: Path) -> None:
    path = tmp_path / "forbidden.txt"
    with pytest.raises(EvidenceError, match="the list is missing"):
        read_forbidden(path, "forbidden.txt")
    path.write_text("# only a remark\n\n", "utf-8")
    with pytest.raises(EvidenceError, match="the list holds no word"):
        read_forbidden(path, "forbidden.txt")
    path.write_text("\ufeff# remark\r\n\r\nLamppu Oy\r\n", "utf-8")
    assert read_forbidden(path, "forbidden.txt") == (Word("Lamppu Oy", "line 3 of forbidden.txt"),)
    path.write_text("ok name\n-\n", "utf-8")
    with pytest.raises(EvidenceError, match="at least two letters"):
        read_forbidden(path, "forbidden.txt")


def commit(root: Path, message: str, **files: str) -> None:
    for name, text in files.items():
        (root / name).write_text(text, "utf-8")
    author = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    for arguments in (["add", "-A"], [*author, "commit", "-q", "--allow-empty", "-m", message]):
        subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


def test_git_history_keeps_what_was_deleted_and_what_was_said(tmp_path: Path) -> None:
    root, kept = tmp_path / "project", tmp_path / "kept.json"
    root.mkdir()
    assert scan_history(root, [NAME], kept, "rules") == []  # no repository
    subprocess.run(["git", "init", "-q", str(root)], check=True, capture_output=True)
    assert scan_history(root, [NAME], kept, "rules") == []  # no commit yet
    commit(root, "Start", **{"a.txt": "harmless"})
    assert scan_history(root, [NAME], kept, "rules") == []
    commit(root, "Add", **{"a.txt": "by Lamppu Oy Ab"})
    commit(root, "Mend", **{"a.txt": "harmless"})
    commit(root, "Thank Lamppu Oy Ab")
    hits = scan_history(root, [NAME], kept, "rules")
    assert [hit.place for hit in hits] == ["message or author", "text"]
    assert "a.txt" in hits[1].file


def test_commits_looked_through_before_are_left_out_until_the_words_change(tmp_path: Path) -> None:
    root, kept = tmp_path / "project", tmp_path / "kept.json"
    subprocess.run(["git", "init", "-q", str(root)], check=True, capture_output=True)
    commit(root, "Start", **{"a.txt": "by Lamppu Oy Ab"})
    assert scan_history(root, [Word("Nobody Here", "")], kept, "one") == []
    assert scan_history(root, [NAME], kept, "one") == []  # the same rules, so nothing is read again
    assert scan_history(root, [NAME], kept, "two")
