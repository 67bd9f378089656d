"""A study of another subject, with other codes and keys: no analysis may know this study's names."""

from __future__ import annotations

import pandas as pd

ROWS = pd.DataFrame(
    {
        "row_id": ["P1", "P2", "P3"],
        "deck_line": [10, 11, 12],
        "category_as_written": ["Shared", "Open", "Cheap"],
        "description_as_written": ["It is shared.", "It is open.", "It costs little."],
        "references_as_written": ["Roe 2001; Doe 2002", "Roe 2001; Poe 2003", ""],
        "code": ["PX1", "PX2", "PX3"],
    }
)
GAINS = pd.DataFrame(
    {
        "row_id": ["G1.1", "G1.2", "G2.1"],
        "deck_line": [20, 21, 22],
        "category": ["Time", "Time", "Money"],
        "category_as_written": ["Time", "", "Money"],
        "description_as_written": ["Saves hours.", "Saves days.", "Saves money."],
        "benefits_as_written": ["Hours.", "Days.", "Money."],
        "references_as_written": ["Roe 2001", "", ""],
        "code": ["GA", "GA", "GB"],
    }
)
MENTIONS = pd.DataFrame(
    {
        "mention_id": ["M01", "M02", "M03", "M04", "M05"],
        "table": ["characteristics"] * 4 + ["benefits"],
        "row_id": ["P1", "P1", "P2", "P2", "G1.1"],
        "position": [1, 2, 1, 2, 1],
        "as_written": ["Roe 2001", "Doe 2002", "Roe 2001", "Poe 2003", "Roe 2001a"],
        "key": ["Roe2001", "Doe2002", "Roe2001", "Poe2003", "Roo2001"],
    }
)
REFERENCES = pd.DataFrame(
    {
        "key": ["Roe2001", "Doe2002", "Poe2003", "Roo2001"],
        "cited_as": ["Roe 2001", "Doe 2002", "Poe 2003", "Roe 2001a"],
        "year": [2001, 2002, 2003, 2001],
        "status": ["verified", "candidate", "unresolved", "unresolved"],
        "why": ["found", "two fit", "none fits", "none fits"],
        "author_decision": ["", "the second", "", ""],
        "settled_doi": ["", "10.1000/2", "", ""],
    }
)
CANDIDATES = pd.DataFrame(
    {
        "key": ["Roe2001", "Doe2002", "Doe2002"],
        "rank": [1, 1, 2],
        "authors": ["Roe, A.", "Doe, B.; Moe, C.", "Doe, B.; Moe, C.; Noe, D."],
        "title": ["On sharing", "On doing", "On doing more"],
        "container": ["Letters", "Letters", "Notes"],
        "year": [2001, 2002, 2002],
        "doi": ["10.1000/1", "10.1000/3", "10.1000/2"],
        "confidence": ["high", "low", "medium"],
    }
)
CODES = pd.DataFrame(
    {
        "row_id": ["G1.1", "G1.2", "G2.1", "S9"],
        "column": ["description", "benefits", "benefits", "results"],
        "code": ["GA1", "GA2", "GA3", "GB1"],
        "as_written": ["Saves hours.", "Days.", "Money.", "And it is fun."],
        "note": [""] * 4,
    }
)
CODEBOOK = pd.DataFrame(
    {
        "id": ["GA", "GB", "GA1", "GA2", "GA3", "GB1"],
        "parent": ["", "", "GA", "GA", "GA", "GB"],
        "label": ["Time", "Money", "Hours saved", "Days saved", "Weeks saved", "Fun"],
    }
)
GRADES = pd.DataFrame({"grade": ["strong", "weak"], "meaning": ["Measured.", "Told."]})
EFFECTS = pd.DataFrame(
    {
        "id": ["X1", "X2", "X3"],
        "vertical": ["tea", "tea", "coffee"],
        "use_case": ["brewing", "same as X1", "roasting"],
        "indicator": ["time", "heat", "shelf life"],
        "direction": ["decrease", "decrease", "level"],
        "value": ["up to 4", "one third", "24"],
        "unit": ["%", "fraction", "months"],
        "design": ["told", "told", "measured"],
        "twin_level": ["none"] * 3,
        "n_sites": ["1"] * 3,
        "grade": ["weak", "weak", "strong"],
        "source": ["Roe, Tea Monthly", "same as X1", "Doe, Coffee Weekly"],
        "year": ["2001", "2001", "2002"],
        "seen_as": ["abstract", "abstract in an index", "full text"],
        "caveat": ["one kettle", "as X1", "none"],
    }
)
