"""Make the pictures of README.md from what `make paper` has built.

Run it after a build whose paper or figure looks different from the committed pictures:
``make paper && .venv/bin/python tools/readme_images.py``. A picture is rewritten only if its bytes change.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import typst

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.atomic import write_bytes

ROOT = Path(__file__).resolve().parent.parent
LAYOUT = Layout(ROOT)
IMAGES = ROOT / "docs" / "images"
PAPER = LAYOUT.output("public", "demo") / "paper" / "index.pdf"
FIGURE = LAYOUT.results("public", "demo") / "01_literature_tables" / "figures" / "benefits-map.svg"
WIDTH_MM, PIXELS_PER_INCH = 180, 110  # sharp at half the width of README.md, and small enough to commit


def picture(source: Path) -> bytes:
    """Show `source` (the first page of a PDF, or an svg) in a thin frame, as a PNG."""
    with tempfile.TemporaryDirectory() as folder:
        name = f"shown{source.suffix}"
        Path(folder, name).write_bytes(source.read_bytes())
        page = Path(folder, "picture.typ")
        page.write_text(
            "#set page(width: auto, height: auto, margin: 1pt)\n"
            f'#box(stroke: 0.6pt + luma(190), image("{name}", width: {WIDTH_MM}mm))\n',
            "utf-8",
        )
        data: bytes = typst.compile(
            os.fspath(page), root=folder, format="png", ppi=PIXELS_PER_INCH, ignore_system_fonts=True
        )
        return data


def main() -> int:
    wanted = {IMAGES / "paper-first-page.png": PAPER, IMAGES / "benefits-map.png": FIGURE}
    missing = [path for path in wanted.values() if not path.is_file()]
    if missing:
        for path in missing:
            print(f"{LAYOUT.shown(path)} is not there; run `make paper` first.", file=sys.stderr)
        return 2
    for target, source in wanted.items():
        changed = write_bytes(target, picture(source))
        print(f"{LAYOUT.shown(target)}: {'written' if changed else 'unchanged'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
