"""Whatever happens to a file on its way, it is read or refused: no reader stumbles."""

from __future__ import annotations

import io
import random
import runpy
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from twinbenefits.evidence.exchange import read_project
from twinbenefits.evidence.problems import EvidenceError, Problem

MAKE = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "making.py")))
SHEETS = {
    "S": [["Document", "Code", "Text"], ["A", "BE1", "words"]],
    "segments": [
        ["segment", "source", "start", "end", "text", "consent_level"],
        ["S1", "A", 0, 5, "words", 3],
    ],
}
MAKERS: dict[str, Callable[[Path], Path]] = {
    "REFI-QDA project": lambda path: MAKE.qdpx(path, MAKE.usual()),
    "workbook": lambda path: MAKE.workbook(path.with_suffix(".xlsx"), SHEETS),
    "QualCoder": lambda path: MAKE.database(path, MAKE.QUALCODER, MAKE.qualcoder_rows()),
    "Taguette": lambda path: MAKE.database(path, MAKE.TAGUETTE, MAKE.taguette_rows()),
}


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return content with bytes changed, lost, added or repeated."""
    spoilt = bytearray(content)
    for _ in range(chance.choice((1, 2, 20))):
        place, other = chance.randrange(len(spoilt)), chance.randrange(len(spoilt))
        match chance.randrange(4):
            case 0:
                spoilt[place] = chance.randrange(256)
            case 1 if len(spoilt) > 100:
                del spoilt[place : place + chance.choice((1, 3, 50))]
            case 2:
                spoilt[place:place] = chance.randbytes(4)
            case _:
                spoilt[place:place] = spoilt[other : other + chance.choice((3, 100))]
    return bytes(spoilt)


def damaged_within(content: bytes, chance: random.Random) -> bytes:
    """Return an archive that is sound, with parts that are not."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, damaged(part, chance) if part and chance.random() < 0.5 else part)
    return buffer.getvalue()


def refusal_of(path: Path) -> tuple[Problem, ...]:
    """Return why a file is refused; nothing if it is read."""
    try:
        read_project(path)
    except EvidenceError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("kind", [*MAKERS])
def test_a_damaged_file_is_read_or_refused(kind: str, tmp_path: Path) -> None:
    content = MAKERS[kind](tmp_path / "sound").read_bytes()
    chance = random.Random(kind)
    refused = 0
    for _ in range(150):
        within = content.startswith(b"PK") and chance.random() < 0.7
        (tmp_path / "spoilt").write_bytes((damaged_within if within else damaged)(content, chance))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            problems = refusal_of(tmp_path / "spoilt")
        assert all(problem.rule and problem.way_out for problem in problems)
        refused += bool(problems)
    assert refused, "damage that is never noticed would be no damage"
