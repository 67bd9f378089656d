"""REFI-QDA files with the quirks that programs are known for are read, and each quirk is told."""

from __future__ import annotations

import runpy
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from twinbenefits.evidence.exchange import read_project
from twinbenefits.evidence.exchange.report import ImportReport

MAKE = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "making.py")))
TEXT, SENTENCE = MAKE.TEXT, MAKE.SENTENCE
START = TEXT.find(SENTENCE)
END = START + len(SENTENCE)
CODED = MAKE.selection("s1", START, END, MAKE.coding("c1", "BE1", "Ann"))


def tolerates(report: ImportReport, words: str) -> bool:
    return any(words in str(finding) for finding in report.tolerated)


def test_a_sound_project_is_read_without_a_remark(tmp_path: Path) -> None:
    project, report = read_project(MAKE.qdpx(tmp_path / "sound.qdpx", MAKE.usual()))
    assert project.segments[["source", "start", "end", "text"]].values.tolist() == [
        ["A", START, END, SENTENCE]
    ]
    assert project.codings[["coder", "code"]].values.tolist() == [["Ann", "BE1"]]
    assert project.coders["coder"].tolist() == ["Ann", "Bea"]
    assert project.texts == {"A": TEXT}
    assert report.tolerated == report.dropped == report.problems == ()
    assert report.format == "REFI-QDA project"


def test_the_content_counts_and_not_the_name(tmp_path: Path) -> None:
    path = MAKE.qdpx(tmp_path / "sound.qdpx", MAKE.usual())
    renamed = path.rename(tmp_path / "interview notes.txt")
    assert len(read_project(renamed)[0].codings) == 1


def test_the_inner_project_file_may_have_another_name_and_folder(tmp_path: Path) -> None:
    path = MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(), inner="my study/My study.qde")
    project, report = read_project(path)
    assert len(project.codings) == 1
    assert tolerates(report, "not called project.qde at the top: my study/My study.qde")


def test_guids_in_braces_are_the_same_guids(tmp_path: Path) -> None:
    braced = MAKE.usual().replace(MAKE.guid("BE1"), "{" + MAKE.guid("BE1").upper() + "}", 1)
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", braced))
    assert project.codings["code"].tolist() == ["BE1"]
    assert tolerates(report, "a GUID in braces was read without them: code BE1")


def test_identifiers_that_are_no_guids_are_kept(tmp_path: Path) -> None:
    numbered = MAKE.usual().replace(MAKE.guid("BE1"), "code_17").replace(MAKE.guid("Ann"), "1")
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", numbered))
    assert project.codings[["coder", "code"]].values.tolist() == [["Ann", "BE1"]]
    assert tolerates(report, "an identifier that is no GUID was kept as a name")


def test_a_missing_guid_hinders_nothing(tmp_path: Path) -> None:
    without = MAKE.usual().replace(f'guid="{MAKE.guid("s1")}"', "")
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", without))
    assert len(project.codings) == 1
    assert tolerates(report, "an element without a GUID got an identifier")


@pytest.mark.parametrize("path", ["A.txt", "sources/A.txt", "Sources\\A.txt", "INTERNAL://A.txt"])
def test_a_text_is_found_without_internal_before_its_path(tmp_path: Path, path: str) -> None:
    markup = MAKE.project(
        MAKE.users("Ann"),
        MAKE.codebook(MAKE.code("BE1")),
        f"<Sources>{MAKE.source('A', CODED, path=path)}</Sources>",
    )
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", markup))
    assert project.segments["text"].tolist() == [SENTENCE]
    assert tolerates(report, "without internal://") is not path.startswith("INTERNAL")


def test_a_text_outside_the_archive_is_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    markup = MAKE.usual().replace("internal://A.txt", f"absolute://{tmp_path}/secret.txt")
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", markup, {}))
    assert project.texts == {}
    assert len(project.codings) == 1
    assert "stands outside the exported file" in str(report)


@pytest.mark.parametrize("break_is_two", [True, False])
def test_line_breaks_of_two_characters_may_count_either_way(tmp_path: Path, break_is_two: bool) -> None:
    stored = TEXT.replace("\n", "\r\n")
    last = "That is all."
    counted = stored if break_is_two else TEXT
    inner = [
        MAKE.selection(
            name, counted.find(words), counted.find(words) + len(words), MAKE.coding(name + "c", "BE1")
        )
        for name, words in (("s1", SENTENCE), ("s2", last), ("s3", "It saves us hours."))
    ]
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(*inner), {"A": stored}))
    assert project.segments["text"].tolist() == [SENTENCE, last, "It saves us hours."]
    assert project.segments["start"].tolist()[0] == START, "positions count the text with plain line ends"
    assert tolerates(report, f"counts as {'two' if break_is_two else 'one'} in positions")


def test_atlas_counts_a_line_break_as_one_where_nothing_tells(tmp_path: Path) -> None:
    stored = "x\r\n\r\na b c d e f"  # the seventh character is c or b
    markup = MAKE.project(
        MAKE.codebook(MAKE.code("BE1")),
        f"<Sources>{MAKE.source('A', MAKE.selection('s1', 7, 8, MAKE.coding('c1', 'BE1')))}</Sources>",
        origin="ATLAS.ti 23",
    )
    project, _ = read_project(MAKE.qdpx(tmp_path / "p.qdpx", markup, {"A": stored}))
    assert project.segments["text"].tolist() == ["c"]
    other = markup.replace("ATLAS.ti 23", "Another")
    project, _ = read_project(MAKE.qdpx(tmp_path / "q.qdpx", other, {"A": stored}))
    assert project.segments["text"].tolist() == ["b"]


def test_a_closed_end_is_noticed_by_the_words(tmp_path: Path) -> None:
    words = ["We see the whole line at once.", "It saves us hours.", "That is all."]
    inner = [
        MAKE.selection(w, TEXT.find(w), TEXT.find(w) + len(w) - 1, MAKE.coding("c" + w, "BE1"), name=w)
        for w in words
    ]
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(*inner)))
    assert project.segments["text"].tolist() == words
    assert tolerates(report, "the end position is the last character of the passage")


def test_positions_in_utf_16_are_noticed(tmp_path: Path) -> None:
    text = "🙂🙂 " + TEXT
    start = text.find(SENTENCE) + 2
    inner = MAKE.selection("s1", start, start + len(SENTENCE), MAKE.coding("c1", "BE1"), name=SENTENCE)
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(inner), {"A": text}))
    assert project.segments["text"].tolist() == [SENTENCE]
    assert tolerates(report, "beyond the basic plane count as two")


def test_decomposed_letters_are_composed_and_positions_follow(tmp_path: Path) -> None:
    text = "Sa\u0308a\u0308sto\u0308 tuli. " + TEXT
    start = text.find(SENTENCE)
    inner = MAKE.selection("s1", start, start + len(SENTENCE), MAKE.coding("c1", "BE1"))
    project, _ = read_project(MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(inner), {"A": text}))
    assert project.texts["A"].startswith("Säästö")
    assert project.segments[["start", "text"]].values.tolist() == [[start - 3, SENTENCE]]


def test_no_users_at_all(tmp_path: Path) -> None:
    markup = MAKE.project(
        MAKE.codebook(MAKE.code("BE1")),
        f"<Sources>{MAKE.source('A', MAKE.selection('s1', START, END, MAKE.coding('c1', 'BE1')))}</Sources>",
    )
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", markup))
    assert project.codings["coder"].tolist() == ["unknown"]
    assert tolerates(report, "the file names no users")


def test_a_coding_without_a_user_takes_that_of_its_selection(tmp_path: Path) -> None:
    inner = MAKE.selection("s1", START, END, MAKE.coding("c1", "BE1"), creatingUser=MAKE.guid("Bea"))
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(inner)))
    assert project.codings["coder"].tolist() == ["Bea"]
    assert tolerates(report, "a coding without a user is by the user of its passage")


def test_a_coding_without_any_user_is_by_unknown(tmp_path: Path) -> None:
    inner = MAKE.selection("s1", START, END, MAKE.coding("c1", "BE1"))
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(inner)))
    assert project.codings["coder"].tolist() == ["unknown"]
    assert "unknown" in project.coders["coder"].tolist()
    assert tolerates(report, "is by the coder 'unknown'")


def test_cases_after_sources(tmp_path: Path) -> None:
    case = f'<Cases><Case guid="{MAKE.guid("k")}" name="K1">{MAKE.reference("SourceRef", "A")}</Case></Cases>'
    markup = MAKE.usual().replace("</Sources>", f"</Sources>{case}")
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", markup))
    assert project.cases[["case", "sources"]].values.tolist() == [["K1", "A"]]
    assert tolerates(report, "another order than the standard has: Cases")


def test_a_passage_of_no_length_is_kept(tmp_path: Path) -> None:
    inner = MAKE.selection("s1", START, START, MAKE.coding("c1", "BE1", "Ann"))
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(inner)))
    assert project.segments[["start", "end", "text"]].values.tolist() == [[START, START, ""]]
    assert len(project.codings) == 1
    assert tolerates(report, "of no length")


def test_a_passage_with_a_memo_and_no_code_is_kept(tmp_path: Path) -> None:
    inner = MAKE.selection("s1", START, END, "<Description>ask again</Description>")
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(inner)))
    assert project.segments[["text", "memo"]].values.tolist() == [[SENTENCE, "ask again"]]
    assert len(project.codings) == 0
    assert tolerates(report, "without a code was kept")


def test_one_passage_coded_by_several_users(tmp_path: Path) -> None:
    inner = MAKE.selection(
        "s1", START, END, *(MAKE.coding(f"c{n}{c}", c, n) for n in ("Ann", "Bea") for c in ("BE1", "BE2"))
    )
    project, _ = read_project(MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(inner)))
    assert len(project.segments) == 1
    assert {*map(tuple, project.codings[["coder", "code"]].values.tolist())} == {
        (coder, code) for coder in ("Ann", "Bea") for code in ("BE1", "BE2")
    }
    assert project.codings["coding"].is_unique


def test_codings_on_a_whole_source(tmp_path: Path) -> None:
    project, report = read_project(
        MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(MAKE.coding("c1", "BE1", "Ann")))
    )
    assert project.segments[["medium", "start", "end"]].values.tolist() == [["whole source", 0, len(TEXT)]]
    assert project.codings["segment"].tolist() == project.segments["segment"].tolist()
    assert tolerates(report, "codings on a whole source")


def test_the_folder_of_somebodys_computer_is_never_kept(tmp_path: Path) -> None:
    markup = MAKE.usual().replace('name="made"', 'name="made" basePath="/Users/somebody/secret"')
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", markup))
    held = "".join(project.frame(name).to_csv() for name in project.counts) + str(report) + repr(project)
    assert "somebody" not in held
    assert "somebody" not in str(report.to_dict())
    assert tolerates(report, "names a folder of the computer")


def test_a_code_that_is_not_in_the_code_book_gets_a_stand_in(tmp_path: Path) -> None:
    inner = MAKE.selection("s1", START, END, MAKE.coding("c1", "gone", "Ann"))
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(inner)))
    assert project.codings["code"].tolist() == [f"unknown-{MAKE.guid('gone')[:8]}"]
    assert project.codings["code"].isin(project.codes["code"]).all()
    assert "not in the file's code book" in str(report.problems[0])


def test_codes_of_one_name_are_told_apart_by_their_path(tmp_path: Path) -> None:
    markup = MAKE.usual().replace(
        MAKE.code("BE2"),
        MAKE.code("X", MAKE.code("Other", guid=MAKE.guid("o1"))) + MAKE.code("Y", MAKE.code("Other")),
    )
    project, _ = read_project(MAKE.qdpx(tmp_path / "p.qdpx", markup))
    assert project.codes["code"].tolist() == ["BE1", "X", "X > Other", "Y", "Y > Other"]
    assert project.codes["parent"].tolist() == ["", "", "X", "", "Y"]


def test_positions_outside_the_text_do_not_stop_the_reading(tmp_path: Path) -> None:
    inner = [
        MAKE.selection("s1", 5000, 5010, MAKE.coding("c1", "BE1", "Ann")),
        MAKE.selection("s2", len(TEXT) - 12, 10**30, MAKE.coding("c2", "BE1", "Ann")),
        MAKE.selection("s3", -4, 3, MAKE.coding("c3", "BE1", "Ann")),
        MAKE.selection("s4", "ten", 20, MAKE.coding("c4", "BE1", "Ann")),
        MAKE.selection("s5", END, START, MAKE.coding("c5", "BE1", "Ann")),
    ]
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(*inner)))
    assert len(project.codings) == 5
    assert project.segments["start"].isna().tolist() == [True, False, True, True, False]
    assert project.segments["text"].tolist()[1] == "That is all."
    assert project.segments["text"].tolist()[4] == SENTENCE
    assert "could not be resolved" in str(report.problems)
    assert "no whole number" in str(report.problems)
    assert tolerates(report, "cut at the text's end")
    assert tolerates(report, "was turned round")


def test_a_text_that_is_not_utf_8_is_read_and_told(tmp_path: Path) -> None:
    text = "Säästö. " + TEXT
    start = text.find(SENTENCE)
    inner = MAKE.selection("s1", start, start + len(SENTENCE), MAKE.coding("c1", "BE1", "Ann"))
    for encoding, said in (("cp1252", "Windows-1252"), ("utf-16", "UTF-16")):
        path = MAKE.qdpx(tmp_path / f"{encoding}.qdpx", MAKE.usual(inner), {"A": text.encode(encoding)})
        project, report = read_project(path)
        assert project.texts["A"] == text
        assert project.segments["text"].tolist() == [SENTENCE]
        assert tolerates(report, said)


def test_variables_become_columns_and_nameless_cases_speak_of_their_source(tmp_path: Path) -> None:
    variable = f'<Variables><Variable guid="{MAKE.guid("v")}" name="size" typeOfVariable="Text"/></Variables>'
    cases = (
        f'<Cases><Case guid="{MAKE.guid("k")}" name="K1">{MAKE.variable_value("v", "large")}</Case>'
        f'<Case guid="{MAKE.guid("n")}">{MAKE.variable_value("v", "long")}{MAKE.reference("SourceRef", "A")}'
        "</Case></Cases>"
    )
    markup = MAKE.usual().replace("<Sources>", f"{variable}{cases}<Sources>")
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", markup))
    assert project.cases[["case", "size"]].values.tolist() == [["K1", "large"]]
    assert project.sources["size"].tolist() == ["long"]
    assert tolerates(report, "carries the variables of one source")


def test_what_has_no_table_is_told(tmp_path: Path) -> None:
    more = (
        f'<Links><Link guid="{MAKE.guid("l")}" originGUID="{MAKE.guid("s1")}" '
        f'targetGUID="{MAKE.guid("A")}"/></Links>'
        f'<Sets><Set guid="{MAKE.guid("x")}" name="Group one"/></Sets>'
        f'<Graphs><Graph guid="{MAKE.guid("y")}" name="Net"/></Graphs>'
    )
    path = MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual().replace("</Project>", f"{more}</Project>"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("sources/film.mp4", b"x")
    _, report = read_project(path)
    told = " ".join(str(one) for one in report.dropped)
    assert all(words in told for words in ("Group one", "Net", "links between passages", "film.mp4"))


def test_a_bare_project_file_finds_its_texts_beside_it(tmp_path: Path) -> None:
    (tmp_path / "Sources").mkdir()
    (tmp_path / "Sources" / "A.txt").write_text(TEXT)
    (tmp_path / "project.qde").write_text(MAKE.usual())
    project, _ = read_project(tmp_path / "project.qde")
    assert project.segments["text"].tolist() == [SENTENCE]
    assert len(read_project(tmp_path)[0].codings) == 1, "the unpacked folder itself is read too"


def test_a_bare_project_file_without_texts_is_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "project.qde"
    path.write_text(MAKE.usual().replace("<PlainTextSelection", f'<PlainTextSelection name="{SENTENCE}"'))
    project, report = read_project(path)
    row = project.segments.iloc[0]
    assert (row["text"], row["place"]) == (SENTENCE, f"startPosition {START}, endPosition {END}")
    assert project.segments["start"].isna().all()
    assert "positions cannot be resolved" in str(report.problems)


def test_nested_and_foreign_elements_hinder_nothing(tmp_path: Path) -> None:
    pdf = (
        f'<PDFSource guid="{MAKE.guid("P")}" name="P.pdf"><PDFSelection guid="{MAKE.guid("ps")}" page="0" '
        f'firstX="1" firstY="2" secondX="3" secondY="4"><Representation guid="{MAKE.guid("pr")}">'
        f"<PlainTextContent>area words</PlainTextContent></Representation>{MAKE.coding('pc', 'BE2', 'Ann')}"
        f'</PDFSelection><Representation guid="{MAKE.guid("r")}"><PlainTextContent>{TEXT}</PlainTextContent>'
        f"{MAKE.selection('rs', START, END, MAKE.coding('rc', 'BE1', 'Ann'))}</Representation></PDFSource>"
    )
    video = (
        f'<VideoSource guid="{MAKE.guid("V")}" name="V.mp4"><Transcript guid="{MAKE.guid("t")}" name="T">'
        f'<PlainTextContent>{TEXT}</PlainTextContent><SyncPoint guid="{MAKE.guid("y1")}" position="{START}"/>'
        f'<SyncPoint guid="{MAKE.guid("y2")}" position="{END}"/>'
        f'<TranscriptSelection guid="{MAKE.guid("ts")}" '
        f'fromSyncPoint="{MAKE.guid("y1")}" toSyncPoint="{MAKE.guid("y2")}">{MAKE.coding("tc", "BE1", "Ann")}'
        f'</TranscriptSelection></Transcript><VideoSelection guid="{MAKE.guid("vs")}" begin="1" end="2" '
        f'name="scene">{MAKE.coding("vc", "BE2", "Bea")}</VideoSelection><Strange/></VideoSource>'
    )
    markup = MAKE.usual().replace("</Sources>", f"{pdf}{video}</Sources><Unheard/>")
    project, report = read_project(MAKE.qdpx(tmp_path / "p.qdpx", markup))
    rows = {row["medium"]: row for row in project.rows("segments")}
    assert rows["pdf area"]["text"] == "area words"
    assert rows["pdf area"]["place"] == "page 0, firstX 1, firstY 2, secondX 3, secondY 4"
    assert rows["video"]["place"] == "begin 1, end 2, name scene"
    assert (rows["transcript"]["start"], rows["transcript"]["text"]) == (START, SENTENCE)
    assert len(project.codings) == 5
    assert "Unheard" in str(report.dropped)
