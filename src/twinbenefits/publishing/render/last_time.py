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
from twinbenefits.publishing.render.edited_page import fragments_syntax, renewed_page
from twinbenefits.publishing.render.edited_text import edited_regions
from twinbenefits.publishing.render.edited_tree import Edit, edits_of, fragments_text, renewed
from twinbenefits.publishing.render.embedded import render_fragments
from twinbenefits.publishing.render.subset import subset_problems

__all__ = ["LastTime"]

CLAIMS = "_staged/claims.json"
"""Read by the filter, whatever the text says."""


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

    def __post_init__(self) -> None:
        about = (self.document.source, self.document.to, self.document.metadata, self.epoch)
        claims = self.document.workspace / CLAIMS
        told = claims.read_bytes() if claims.is_file() else b""
        listed = [*about, sorted(self.rests_on.items()), hashlib.sha256(told).hexdigest()]
        self.key = hashlib.sha256(json.dumps(listed, default=str).encode()).hexdigest()

    def read(self) -> Document | None:
        """Return the document with its syntax, of which only the edited paragraphs were read."""
        found = self.kept.get(self.key)
        if not found or len(found) != 3:
            return None
        text, syntax, self.page = found
        regions = edited_regions(text.decode(), self.document.body.text)
        if regions is None:
            return None
        if regions:
            done = run_reader(self.document, fragments_text(regions, self.document.body.text).encode())
            edits = None if done.returncode or done.warnings else edits_of(done.output, regions)
            new = renewed(syntax, edits) if edits else None
            if not edits or not new or self._problems(edits):
                return None
            self.edits, syntax = edits, new
        else:
            self.edits = []
        return replace(self.document, syntax=syntax)

    def rendered(self) -> bytes | None:
        """Return the page with the edited paragraphs in it; None for other formats."""
        if self.edits is None or not self.page:
            return None
        if not self.edits:
            return self.page
        without = {key: value for key, value in self.document.metadata.items() if key != "nocite"}
        document = replace(self.document, metadata=without)
        made = render_fragments(document, self.epoch, fragments_syntax(self.edits))
        return renewed_page(self.page, self.edits, made) if made else None

    def keep(self, syntax: bytes, content: bytes) -> None:
        """Keep what has been rendered now for the next time."""
        page = content if self.document.to == "html" else b""
        self.kept.put(self.key, self.document.body.text.encode(), syntax, page)

    def _problems(self, edits: Sequence[Edit]) -> bool:
        """Say whether an edit holds what is refused; then the whole is read, to say where."""
        return any(True for edit in edits for _ in subset_problems(self.document.body, edit.after))
