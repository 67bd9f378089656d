"""Make reference.docx and reference.pptx from pandoc's own, so that no binary is edited by hand.

Run it after a change here or of pandoc: `python tools/make_reference_docs.py`. A test compares the
committed files with what this would make.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from lxml import etree
from pptx import Presentation
from pptx.oxml.ns import qn as pptx_qn
from pptx.util import Emu

from twinbenefits.publishing.render.office import normalise_zip
from twinbenefits.publishing.render.pandoc import pandoc_path

EXTENSION = Path(__file__).resolve().parent.parent / "_extensions" / "compendium"
INK = "1C1C1C"
ACCENT = "1B4F72"
GREY = "505050"
SERIF = "Times New Roman"
SANS = "Calibri"
EPOCH = 1767225600

# name of the style: size in points, and what differs from plain text
WORD_STYLES: dict[str, dict[str, Any]] = {
    "Normal": {"size": 11},
    "Body Text": {"size": 11},
    "First Paragraph": {"size": 11},
    "Compact": {"size": 9},
    "Block Text": {"size": 10.5},
    "Title": {"size": 18, "bold": True},
    "Subtitle": {"size": 13, "bold": False},
    "Author": {"size": 11, "bold": False},
    "Date": {"size": 10, "bold": False},
    "Abstract": {"size": 10},
    "Abstract Title": {"size": 10, "bold": True},
    "Bibliography": {"size": 10},
    "Heading 1": {"size": 14, "bold": True},
    "Heading 2": {"size": 12, "bold": True},
    "Heading 3": {"size": 11, "bold": True, "italic": True},
    "Heading 4": {"size": 11, "italic": True},
    "TOC Heading": {"size": 14, "bold": True},
    "Caption": {"size": 10, "italic": False},
    "Table Caption": {"size": 10, "italic": False},
    "Image Caption": {"size": 10, "italic": False},
    "Footnote Text": {"size": 9},
    "Definition Term": {"size": 11, "bold": True},
    "Definition": {"size": 11},
}


def pandocs_own(kind: str) -> io.BytesIO:
    """Return the reference document that pandoc itself would use."""
    command = [str(pandoc_path()), "--print-default-data-file", f"reference.{kind}"]
    return io.BytesIO(subprocess.run(command, capture_output=True, check=True).stdout)


# Word ----------------------------------------------------------------------------------------


def make_docx() -> bytes:
    """Return reference.docx: A4, a serif face, ruled tables, room for the edition's mark, page numbers."""
    document = Document(pandocs_own("docx"))
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2.5)
    page.header_distance = page.footer_distance = Cm(1.25)
    for style in document.styles:
        if style.name in WORD_STYLES:
            set_font(style, **WORD_STYLES[style.name])
    set_spacing(document)
    add_own_styles(document)
    rule_tables(document)
    add_header_and_footer(document)
    document.core_properties.author = ""
    document.core_properties.title = ""
    out = io.BytesIO()
    document.save(out)
    return normalise_zip(out.getvalue(), EPOCH)


def set_font(
    style: Any, size: float, bold: bool | None = None, italic: bool | None = None, colour: str = INK
) -> None:
    style.font.name = SERIF
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), SERIF)
    for wide in style.element.rPr.findall(qn("w:spacing")):
        style.element.rPr.remove(wide)
    style.font.size = Pt(size)
    style.font.color.rgb = RGBColor.from_string(colour)
    if bold is not None:
        style.font.bold = bold
    if italic is not None:
        style.font.italic = italic


def set_spacing(document: Any) -> None:
    styles = document.styles
    for name in ("Body Text", "First Paragraph"):
        shape = styles[name].paragraph_format
        shape.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        shape.space_before, shape.space_after = Pt(0), Pt(6)
    for name, before, after in (("Heading 1", 16, 6), ("Heading 2", 12, 4), ("Heading 3", 10, 4)):
        shape = styles[name].paragraph_format
        shape.space_before, shape.space_after, shape.keep_with_next = Pt(before), Pt(after), True
    for name in ("Title", "Subtitle", "Author", "Date"):
        styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    styles["Compact"].paragraph_format.space_before = Pt(2)
    styles["Compact"].paragraph_format.space_after = Pt(2)
    table_caption = styles["Table Caption"].paragraph_format
    table_caption.space_before, table_caption.space_after = Pt(10), Pt(4)
    table_caption.keep_with_next = True
    image_caption = styles["Image Caption"].paragraph_format
    image_caption.space_before, image_caption.space_after = Pt(4), Pt(12)
    figure = styles["Captioned Figure"].paragraph_format
    figure.space_before, figure.space_after, figure.keep_with_next = Pt(10), Pt(0), True


def add_own_styles(document: Any) -> None:
    def add(name: str, size: float, **look: Any) -> Any:
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles["Normal"]
        set_font(style, size, **look)
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
        return style

    affiliation = add("Affiliation", 9.5)
    affiliation.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    note = add("Display Note", 8.5, colour=GREY)
    note.paragraph_format.space_before, note.paragraph_format.space_after = Pt(3), Pt(12)
    mark = add("Edition Mark", 9, bold=True, colour="922B21")
    mark.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    page_number = add("Page Number", 9, colour=GREY)
    page_number.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for name in ("Callout Title", "Callout"):
        box(add(name, 10.5, bold=name == "Callout Title"))
    for level in (1, 2, 3):
        entry = add(f"toc {level}", 10)
        entry.paragraph_format.left_indent = Cm(0.6 * (level - 1))
        entry.paragraph_format.space_after = Pt(2)
    panels = document.styles.add_style("Figure Table", WD_STYLE_TYPE.TABLE)
    panels.base_style = None


def box(style: Any) -> None:
    """Give a paragraph style a bar on its left and a tinted ground."""
    style.paragraph_format.left_indent = Cm(0.4)
    style.paragraph_format.space_after = Pt(6)
    style.paragraph_format.keep_with_next = style.name == "Callout Title"
    # No gap between the paragraphs of one box, nor between its title and its body.
    style.element.get_or_add_pPr().append(OxmlElement("w:contextualSpacing"))
    properties = style.element.get_or_add_pPr()
    border = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:left w:val="single" w:sz="18" w:space="8" w:color="{ACCENT}"/></w:pBdr>'
    )
    ground = parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="EEF4F8"/>')
    properties.insert_element_before(border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")
    properties.insert_element_before(ground, "w:tabs", "w:spacing", "w:ind", "w:jc")


def rule_tables(document: Any) -> None:
    """Rule every table above, below, under its header row and, thinly, between its rows."""
    style = document.styles["Table"].element
    for old in style.findall(qn("w:tblPr")) + style.findall(qn("w:tblStylePr")):
        style.remove(old)
    style.append(
        parse_xml(
            f"<w:tblPr {nsdecls('w')}><w:tblInd w:w='0' w:type='dxa'/><w:tblBorders>"
            f"<w:top w:val='single' w:sz='8' w:space='0' w:color='{INK}'/>"
            f"<w:bottom w:val='single' w:sz='8' w:space='0' w:color='{INK}'/>"
            "<w:insideH w:val='single' w:sz='4' w:space='0' w:color='C9D3DA'/></w:tblBorders>"
            "<w:tblCellMar><w:left w:w='85' w:type='dxa'/><w:right w:w='85' w:type='dxa'/></w:tblCellMar>"
            "</w:tblPr>"
        )
    )
    style.append(
        parse_xml(
            f"<w:tblStylePr {nsdecls('w')} w:type='firstRow'><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>"
            f"<w:bottom w:val='single' w:sz='6' w:space='0' w:color='{INK}'/></w:tcBorders>"
            "<w:vAlign w:val='bottom'/></w:tcPr></w:tblStylePr>"
        )
    )


def add_header_and_footer(document: Any) -> None:
    """Add an empty header paragraph for the edition's mark and a page number below."""
    section = document.sections[0]
    section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
    section.header.paragraphs[0].style = document.styles["Edition Mark"]
    number = section.footer.paragraphs[0]
    number.style = document.styles["Page Number"]
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    run = parse_xml(f"<w:r {nsdecls('w')}><w:t>1</w:t></w:r>")
    field.append(run)
    number._p.append(field)


# PowerPoint ----------------------------------------------------------------------------------

SLIDE = (12192000, 6858000)
# kind of placeholder on the master: left, top, width, height
MASTER = {
    "TITLE": (609600, 300000, 10972800, 900000),
    "BODY": (609600, 1350000, 10972800, 4800000),
    "DATE": (609600, 6400000, 2500000, 300000),
    "FOOTER": (3200000, 6400000, 7400000, 300000),
    "SLIDE_NUMBER": (10668000, 6400000, 914400, 300000),
}
TITLE_SLIDE = {0: (914400, 1500000, 10363200, 1700000), 1: (914400, 3350000, 10363200, 1900000)}
SECTION_SLIDE = {0: (914400, 2300000, 10363200, 1500000), 1: (914400, 3900000, 10363200, 1200000)}
TWO_COLUMNS = {1: (609600, 1350000, 5334000, 4800000), 2: (6248400, 1350000, 5334000, 4800000)}
BESIDE = {
    0: (609600, 300000, 10972800, 900000),
    1: (5029200, 1350000, 6553200, 4800000),
    2: (609600, 1350000, 4267200, 4800000),
}


def make_pptx() -> bytes:
    """Return reference.pptx: 16:9, titles above on the left, a footer with the number of the slide."""
    deck = Presentation(pandocs_own("pptx"))
    scale = SLIDE[0] / deck.slide_width
    deck.slide_width, deck.slide_height = Emu(SLIDE[0]), Emu(SLIDE[1])
    deck.part._element.find(pptx_qn("p:sldSz")).attrib.pop("type", None)
    for page in (deck.slide_master, *deck.slide_layouts):
        for shape in page.placeholders:
            if shape.element.xpath(".//a:xfrm"):
                sides = (shape.left, shape.top, shape.width, shape.height)
                place(shape, tuple(round(side * scale) for side in sides))
    lay_out_master(deck.slide_master)
    lay_out_slides({layout.name: layout for layout in deck.slide_layouts})
    colour_theme(deck)
    core = deck.core_properties
    core.author = core.last_modified_by = core.title = ""
    out = io.BytesIO()
    deck.save(out)
    return normalise_zip(out.getvalue(), EPOCH)


def place(shape: Any, box: tuple[int, ...]) -> None:
    shape.left, shape.top, shape.width, shape.height = (Emu(value) for value in box)


def lay_out_master(master: Any) -> None:
    for shape in master.placeholders:
        place(shape, MASTER[shape.placeholder_format.type.name])
    title = master.element.find(".//" + pptx_qn("p:titleStyle")).find(pptx_qn("a:lvl1pPr"))
    title.set("algn", "l")
    run = title.find(pptx_qn("a:defRPr"))
    run.set("sz", "2800")
    run.set("b", "1")
    for fill in run.findall(pptx_qn("a:solidFill")):
        run.remove(fill)
    run.insert(0, solid_fill(ACCENT))
    body = master.element.find(".//" + pptx_qn("p:bodyStyle"))
    for level, size in ((1, "2400"), (2, "2000"), (3, "1800"), (4, "1600")):
        body.find(pptx_qn(f"a:lvl{level}pPr")).find(pptx_qn("a:defRPr")).set("sz", size)
    for shape in master.placeholders:
        kind = shape.placeholder_format.type.name
        if kind == "TITLE":
            shape.text_frame._txBody.find(pptx_qn("a:bodyPr")).set("anchor", "b")
        if kind in {"FOOTER", "SLIDE_NUMBER", "DATE"}:
            for run in shape.element.iter(pptx_qn("a:defRPr")):
                run.set("sz", "1200")
                for fill in run.findall(pptx_qn("a:solidFill")):
                    run.remove(fill)
                run.insert(0, solid_fill("922B21" if kind == "FOOTER" else GREY))


def lay_out_slides(layouts: dict[str, Any]) -> None:
    for name, boxes in {
        "Title Slide": TITLE_SLIDE,
        "Section Header": SECTION_SLIDE,
        "Two Content": TWO_COLUMNS,
        "Content with Caption": BESIDE,
    }.items():
        for shape in layouts[name].placeholders:
            index = shape.placeholder_format.idx
            if index in boxes:
                place(shape, boxes[index])
            if name in {"Title Slide", "Section Header"}:
                for paragraph in shape.element.iter(pptx_qn("a:lvl1pPr")):
                    paragraph.set("algn", "l")
    set_sizes(layouts["Title Slide"], {0: "4000", 1: "2000"})
    set_sizes(layouts["Section Header"], {0: "3600", 1: "2000"})
    set_sizes(layouts["Content with Caption"], {0: "2800", 1: "2400", 2: "2000"})
    for shape in layouts["Title Slide"].placeholders:
        anchor = {0: "b", 1: "t"}.get(shape.placeholder_format.idx)
        if anchor:
            shape.element.find(".//" + pptx_qn("a:bodyPr")).set("anchor", anchor)


def set_sizes(layout: Any, sizes: dict[int, str]) -> None:
    """Set the size of the letters in a layout's placeholders, without capitals and dark enough to read."""
    for shape in layout.placeholders:
        size = sizes.get(shape.placeholder_format.idx)
        if size is None:
            continue
        style = shape.element.find(".//" + pptx_qn("a:lstStyle"))
        if style.find(pptx_qn("a:lvl1pPr")) is None:
            etree.SubElement(etree.SubElement(style, pptx_qn("a:lvl1pPr")), pptx_qn("a:defRPr"))
        for run in style.iter(pptx_qn("a:defRPr")):
            run.set("sz", size)
            run.attrib.pop("cap", None)
            for tint in list(run.iter(pptx_qn("a:tint"))):
                tint.getparent().remove(tint)


def solid_fill(colour: str) -> Any:
    namespace = "http://schemas.openxmlformats.org/drawingml/2006/main"
    return etree.fromstring(f'<a:solidFill xmlns:a="{namespace}"><a:srgbClr val="{colour}"/></a:solidFill>')


def colour_theme(deck: Any) -> None:
    relations = deck.slide_master.part.rels.values()
    theme = next(relation.target_part for relation in relations if relation.reltype.endswith("/theme"))
    text = theme.blob.decode()
    for name, colour in (("dk2", ACCENT), ("accent1", ACCENT), ("accent2", "2E86C1"), ("accent3", "1E8449")):
        text = re.sub(rf"(<a:{name}>)<a:\w+Clr [^>]*/>", rf'\1<a:srgbClr val="{colour}"/>', text)
    theme._blob = re.sub(r'(<a:(?:major|minor)Font>\s*<a:latin typeface=")[^"]*', rf"\1{SANS}", text).encode()


def main() -> int:
    EXTENSION.mkdir(parents=True, exist_ok=True)
    (EXTENSION / "reference.docx").write_bytes(make_docx())
    (EXTENSION / "reference.pptx").write_bytes(make_pptx())
    print("wrote reference.docx and reference.pptx")
    return 0


if __name__ == "__main__":
    sys.exit(main())
