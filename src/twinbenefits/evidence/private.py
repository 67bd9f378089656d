"""Begin with real evidence: an empty private folder, a workbook to fill in, a guide and a key."""

from __future__ import annotations

from pathlib import Path

from twinbenefits.evidence.keys import open_key
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.private_workbook import WORKBOOK, workbook_bytes
from twinbenefits.evidence.problems import EvidenceError, Problem
from twinbenefits.evidence.schema import TABLES

__all__ = ["private_init"]

FORBIDDEN = """\
# Words that must never stand in anything that leaves the team: one per line.
# Write the names of companies, brands, sites, products, projects and persons, also the short forms in use.
# Upper and lower case, accents and hyphens make no difference. Lines that begin with # are remarks.
# A build with real evidence stops while this list holds no word.
"""

GUIDE = """\
# Real evidence: how to begin

This folder never enters git. Nothing in it is sent anywhere.

1. **Forbidden words.** Write the names of companies, persons, sites and products into `forbidden.txt`. Every
   document is searched for them before it is published; without a word in the list nothing is built.
2. **What no coding program knows.** Fill in `evidence.xlsx`: cases, persons (codes, never names), sessions,
   who codes, what was asked, what each company permits. Then `twinbenefits import data/private/evidence.xlsx
   --dry-run` shows what would change, and the same without `--dry-run` brings it in.
3. **A coded interview.** Export it from NVivo, ATLAS.ti or MAXQDA as a REFI-QDA project (`.qdpx`); projects
   of QualCoder and Taguette, Excel and csv are read as they are. First `twinbenefits import FILE --dry-run`.
4. **What the export does not know** (status, strength, what a mechanism works on):
   `twinbenefits export coding-sheet` writes an Excel sheet with drop-downs; fill it in and import it.
5. **Look at it.** `make paper EVIDENCE=private AUDIENCE=team`; the documents are in `_output/private/team/`.
   For others choose `AUDIENCE=workshop`, `reviewers`, `public`, or `company:K1` for one company.

Consent, per source and per passage (a passage may be stricter than its source, never looser):

| level | what it allows |
|---|---|
| 0 | withdrawn or pending: used for nothing |
| 1 | counted inside the team |
| 2 | part of statements over several sources |
| 3 | paraphrase without the industry |
| 4 | quote without the industry |
| 5 | quote or rating with the industry, if the company permits that item |
| 6 | named |

Permissions, one row each: `vertical`, `ratings`, `benefit_states`, `quotes` or `counts` for a company as a
whole, or the code of one source or segment. What has no row is not permitted. `expires_on` is the last day on
which it holds; `embargo_until` the day after which it begins to hold.

- Someone withdraws: `twinbenefits withdraw --source CODE` deletes what rests on it and says what it cannot
  reach.
- `key` keeps labels and digests stable and unguessable. Keep a copy in a safe place, and never mail it.
- Keep a copy of this folder where only the team can read it: git does not.
- Texts of sources stand in `sources/`, one file each, named by the source's code.
"""


def private_init(layout: Layout) -> list[Path]:
    """Make the private folder: empty tables, a workbook, a guide, the list of forbidden words, a key.

    Parameters
    ----------
    layout
        The study whose evidence it will hold.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    EvidenceError
        If one of the files is there already; then nothing is written.
    """
    contents = _contents(layout)
    there = [path for path in contents if path.exists()]
    if there:
        rule = "stands there already and is not overwritten"
        way_out = "Go on with what is there; or move the folder away first, if you mean to begin anew."
        raise EvidenceError([Problem(layout.shown(path), None, None, None, rule, way_out) for path in there])
    layout.private.mkdir(mode=0o700, parents=True, exist_ok=True)
    (layout.private / "sources").mkdir(exist_ok=True)
    written: list[Path] = []
    try:
        for path, content in contents.items():
            with path.open("xb") as file:
                written.append(path)
                file.write(content)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    open_key(layout, "private")
    return written


def _contents(layout: Layout) -> dict[Path, bytes]:
    """Return every file with its content."""
    contents = {
        table.file(layout, "private"): (",".join(table.model.to_schema().columns) + "\n").encode()
        for table in TABLES.values()
        if table.holds_case_evidence
    }
    contents[layout.private / "GUIDE.md"] = GUIDE.encode()
    contents[layout.private / "forbidden.txt"] = FORBIDDEN.encode()
    contents[layout.private / WORKBOOK] = workbook_bytes(layout)
    return contents
