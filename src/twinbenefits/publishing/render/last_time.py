"""What was rendered last time, so that after an edit of some sentences only these are rendered.

A document is kept with a digest of everything it rests on but its text. If only ordinary paragraphs of that
text differ now, pandoc reads and writes these alone; the document has the same bytes as if all of it had been
read and written. Wherever that is not certain, nothing is taken from what is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from twinbenefits.publishing.kept import Kept
from twinbenefits.publishing.render.document import Document, run_reader
from twinbenefits.publishing.render.edited_front import (
    SHOWN_ABOVE,
    front_of,
    reaches_the_text,
    renewed_front,
)
from twinbenefits.publishing.render.edited_page import FORMS, fragments_syntax, renewed_page
from twinbenefits.publishing.render.edited_text import edited_regions
from twinbenefits.publishing.render.edited_tree import Edit, edits_of, fragments_text, renewed
from twinbenefits.publishing.render.embedded import ASSETS, render_part
from twinbenefits.publishing.render.subset import subset_problems

__all__ = ["LastTime"]

CLAIMS = "_staged/claims.json"
"""Read by the filter, whatever the text says."""

PAGE = ASSETS / "page.html"
PARTS = 4
"""Text, syntax, page and front matter."""


@dataclass
class LastTime:
    """One document in one format as it was rendered last time, if it was.

    Parameters
    ----------
    kept
        Where it is looked up, and kept for the next time.
    document
        As it is now; its text is read, its syntax is not.
    epoch
        As for rendering.
    rests_on
        A digest by name of all files, code and settings that the document rests on besides its text.
    """

    kept: Kept
    document: Document
    epoch: int
    rests_on: Mapping[str, str]
    edits: list[Edit] | None = field(default=None, init=False)
    """What has been edited since then; None where that cannot be told, or the whole was edited."""
    page: bytes = field(default=b"", init=False)
    front_before: str = field(default="", init=False)

    def __post_init__(self) -> None:
        metadata = self.document.metadata
        self.front = json.dumps(front_of(metadata), default=str)
        others = {key: value for key, value in metadata.items() if key not in front_of(metadata)}
        about = (self.document.source, self.document.to, others, self.epoch)
        claims = self.document.workspace / CLAIMS
        told = claims.read_bytes() if claims.is_file() else b"{}"
        listed_claims = json.loads(told).get("claims", {})
        self.invented = {key for key, one in listed_claims.items() if one.get("invented")}
        listed = [*about, sorted(self.rests_on.items()), hashlib.sha256(told).hexdigest()]
        self.key = hashlib.sha256(json.dumps(listed, default=str).encode()).hexdigest()

    def read(self) -> Document | None:
        """Return the document with its syntax, of which only the edited paragraphs were read."""
        found = self.kept.get(self.key)
        if not found or len(found) != PARTS:
            return None
        text, syntax, self.page = found[:3]
        self.front_before = found[3].decode()
        regions = edited_regions(text.decode(), self.document.body.text)
        if regions is None:
            return None
        if regions:
            done = run_reader(self.document, fragments_text(regions, self.document.body.text).encode())
            edits = None if done.returncode or done.warnings else edits_of(done.output, regions)
            new = renewed(syntax, edits, self.invented) if edits else None
            if not edits or not new or self._problems(edits):
                return None
            self.edits, syntax = edits, new
        else:
            self.edits = []
        return replace(self.document, syntax=syntax)

    def rendered(self) -> bytes | None:
        """Return the page with all that was edited in it; None for other formats."""
        page = self._with_front() if self.edits is not None and self.page else None
        if not page or not self.edits:
            return page
        without = {key: value for key, value in self.document.metadata.items() if key != "nocite"}
        document = replace(self.document, metadata=without)
        made = render_part(document, self.epoch, fragments_syntax(self.edits), "$body$\n")
        return renewed_page(page, self.edits, made, document.to) if made else None

    def keep(self, syntax: bytes, written: bytes) -> None:
        """Keep what has been rendered now, as pandoc has written it, for the next time."""
        page = written if self.document.to in FORMS else b""
        self.kept.put(self.key, self.document.body.text.encode(), syntax, page, self.front.encode())

    def _with_front(self) -> bytes | None:
        """Return the page of last time with the front matter as it is now."""
        if self.front == self.front_before:
            return self.page
        if self.document.to != "html":
            return None
        if reaches_the_text(self.front) or reaches_the_text(self.front_before):
            return None
        others = {key: value for key, value in self.document.metadata.items() if key not in SHOWN_ABOVE}
        fronts: list[bytes] = []
        for front in (self.front_before, self.front):
            document = replace(self.document, metadata={**others, **json.loads(front)})
            made = render_part(document, self.epoch, fragments_syntax([]), PAGE.read_text("utf-8"))
            if made is None:
                return None
            fronts.append(made)
        return renewed_front(self.page, *fronts)

    def _problems(self, edits: Sequence[Edit]) -> bool:
        """Say whether an edit holds what is refused; then the whole is read, to say where."""
        return any(True for edit in edits for _ in subset_problems(self.document.body, edit.after))
