"""Decisions on disagreements: out as a workbook, shown, recorded once, and never half."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from twinbenefits.cli_coding import add_coding_commands
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError

GOOD = {"reason": "said so; see memo", "decided_by": "demo-1, demo-2", "decided_on": "2026-11-02"}
ABOUT_CASE = ("cases", "use_cases", "participants", "sessions", "sources")
Run = Callable[..., "tuple[int, str]"]


@pytest.fixture
def one_case(layout: Layout, as_real: Mapping[str, pd.DataFrame], monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A project with the coding of one company as if it were real, without an agreed result."""
    tables = {name: frame[frame["case"] == "K1"] for name, frame in as_real.items() if name in ABOUT_CASE}
    segments = as_real["segments"]
    tables["segments"] = segments[segments["segment"].str.startswith("K1-S3")]
    kept = set(tables["segments"]["segment"])
    for name in ("codings", "assignments"):
        frame = as_real[name]
        tables[name] = frame[frame["segment"].isin(kept) & (frame["coder"] != "demo-consensus")]
    coders = as_real["coders"]
    for name in ("permissions", "links"):
        tables[name] = as_real[name].iloc[:0]
    tables["coders"] = coders[coders["role"] == "coder"].assign(employer_case="")
    layout.private.mkdir(parents=True)
    for name, frame in tables.items():
        frame.assign(synthetic="false").to_csv(layout.private / f"{name}.csv", index=False)
    monkeypatch.setenv("TWINBENEFITS_ROOT", str(layout.root))
    monkeypatch.setenv("EVIDENCE", "private")
    return layout


@pytest.fixture
def run() -> Run:
    app = typer.Typer()
    add_coding_commands(app)

    def command(*arguments: str | Path) -> tuple[int, str]:
        outcome = CliRunner().invoke(app, ["disagreements", *map(str, arguments)])
        if isinstance(outcome.exception, EvidenceError):
            raise outcome.exception
        return outcome.exit_code, outcome.output

    return command


def rows(layout: Layout, name: str, coder: str = "") -> list[dict[str, str]]:
    with (layout.private / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if not coder or row["coder"] == coder]


def files(layout: Layout) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in layout.private.rglob("*") if path.is_file()}


def decide(path: Path, decision: Callable[[int], str], **cells: str) -> tuple[Path, list[dict[str, str]]]:
    """Fill in a decision for each row for which there is one; return the sheet and these rows."""
    book = openpyxl.load_workbook(path)
    sheet = book["Decisions"]
    names = [cell.value for cell in sheet[1]]
    done = []
    for number in range(2, sheet.max_row + 1):
        said = decision(number - 2)
        if said:
            for name, value in ({"decision": said} | GOOD | cells).items():
                sheet.cell(number, names.index(name) + 1).value = value
            done.append({name: sheet.cell(number, names.index(name) + 1).value for name in names})
    filled = path.with_name(f"back-{len(done)}.xlsx")
    book.save(filled)
    return filled, done


def test_decisions_are_shown_first_and_then_recorded_once(one_case: Layout, run: Run, tmp_path: Path) -> None:
    status, said = run("export", tmp_path / "queue.xlsx")
    assert status == 0
    assert "codes in dispute to decide on" in said
    sheet, done = decide(tmp_path / "queue.xlsx", lambda place: ("give", "do not give")[place % 2])
    before = files(one_case)
    status, said = run("import", sheet)
    assert (status, files(one_case)) == (0, before), said
    assert "add --apply" in said
    status, said = run("import", sheet, "--apply")
    assert status == 0, said
    segments = {row["segment"] for row in done}
    assert {row["segment"] for row in rows(one_case, "assignments", "agreed")} == segments
    agreed = {(row["segment"], row["code"]) for row in rows(one_case, "codings", "agreed")}
    for row in done:
        assert ((row["segment"], row["code"]) in agreed) == (row["decision"] == "give")
    assert len(rows(one_case, "memos")) == len(done)
    assert {row["role"] for row in rows(one_case, "coders", "agreed")} == {"consensus"}
    after = files(one_case)
    assert "Nothing to do" in run("import", sheet, "--apply")[1]
    assert files(one_case) == after
    assert "0 codes in dispute" in run("export", tmp_path / "again.xlsx")[1]
    _refused_when_decided_otherwise(one_case, run, tmp_path)


def _refused_when_decided_otherwise(layout: Layout, run: Run, folder: Path) -> None:
    other, _ = decide(folder / "queue.xlsx", lambda place: ("do not give", "give", "give")[place % 3])
    before = files(layout)
    status, said = run("import", other, "--apply")
    assert status == 1
    assert "was settled before with" in said
    assert "Nothing was written" in said
    assert files(layout) == before


def test_what_is_decided_in_part_waits_and_what_is_to_be_defined_anew_leaves_a_memo(
    one_case: Layout, run: Run, tmp_path: Path
) -> None:
    run("export", tmp_path / "queue.xlsx")
    sheet, done = decide(tmp_path / "queue.xlsx", lambda place: "define anew" if place == 0 else "")
    status, said = run("import", sheet, "--apply")
    assert status == 0
    assert "Newly settled: 0 segments" in said
    assert "later: 1" in said
    (memo,) = rows(one_case, "memos")
    assert (memo["about"], memo["author"]) == (done[0]["code"], "demo-1")
    assert "define anew, because: said so; see memo. Decided with demo-2." in memo["text"]
    assert not rows(one_case, "codings", "agreed")


def test_names_of_persons_and_wrong_rows_are_refused_and_nothing_is_written(
    one_case: Layout, run: Run, tmp_path: Path
) -> None:
    run("export", tmp_path / "queue.xlsx")
    before = files(one_case)
    sheet, _ = decide(tmp_path / "queue.xlsx", lambda place: "give", decided_by="Anna, demo-1")
    status, said = run("import", sheet, "--apply")
    assert status == 1
    assert "'Anna'; is no coder" in said
    bad, _ = decide(tmp_path / "queue.xlsx", lambda place: "perhaps" if place < 2 else "", segment="S99")
    with pytest.raises(EvidenceError, match="is no disagreement of the queue"):
        run("import", bad, "--apply")
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(EvidenceError):
        run("import", tmp_path / "broken.xlsx", "--apply")
    with pytest.raises(EvidenceError, match="takes no decisions"):
        run("import", sheet, "--evidence", "demo")
    with pytest.raises(EvidenceError, match=r"ends in \.xlsx"):
        run("export", tmp_path / "queue.ods")
    assert files(one_case) == before
