"""What was looked through before is not read again, unless something else is looked for."""

import base64
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.publishing import scan as scanner
from twinbenefits.publishing import scan_texts
from twinbenefits.publishing.scan_passages import ClosedEvidence
from twinbenefits.workflow.scanning import passed, scan
from twinbenefits.workflow.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-11-01"
OUTPUTS = [Path("a.html"), Path("b.html")]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "_quarto.yml").touch()
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("private"))
    settings = Settings(tmp_path)
    settings.rendered.mkdir(parents=True)
    for output in OUTPUTS:
        (settings.rendered / output).write_text("<!doctype html><p>nothing to hide</p>", "utf-8")
    return settings


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[[Settings], list[str]]:
    """Scan, and return the files that were looked through for it."""
    names: list[str] = []
    whole = scanner.scan_data

    def noted(name: str, *rest: object, **options: object) -> object:
        names.append(Path(name).name)
        return whole(name, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(scanner, "scan_data", noted)

    def run(settings: Settings) -> list[str]:
        names.clear()
        scan(settings, OUTPUTS, DAY, {})
        return list(names)

    return run


def change(settings: Settings, table: str, column: str, value: str) -> None:
    path = settings.layout.demo / f"{table}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[0, column] = value
    frame.to_csv(path, index=False, lineterminator="\n")


def test_only_what_is_new_is_looked_through(
    settings: Settings, read: Callable[[Settings], list[str]]
) -> None:
    assert read(settings) == ["a.html", "b.html"]
    assert read(settings) == []
    (settings.rendered / "b.html").write_text("<!doctype html><p>still nothing</p>", "utf-8")
    assert read(settings) == ["b.html"]
    assert {path.split("/")[-1] for path in passed(settings)} == {"a.html", "b.html"}


def test_a_part_that_was_passed_is_opened_again_when_something_else_is_looked_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[bytes] = []
    whole = scan_texts.xml_pieces
    monkeypatch.setattr(scan_texts, "xml_pieces", lambda data: [*whole(data), opened.append(data)][:-1])
    figure = f"<svg><text>by Lamppu</text><path d='{'M 1 2 ' * 500}'/></svg>".encode()

    def show(said: str) -> int:
        inline = f"<img src='data:image/svg+xml;base64,{base64.b64encode(figure).decode()}'>"
        (settings.rendered / "a.html").write_text(f"<!doctype html><p>{said}</p>{inline}", "utf-8")
        opened.clear()
        scan(settings, OUTPUTS, DAY, {}, ClosedEvidence([], []))
        return len(opened)

    assert (show("one"), show("two")) == (1, 0)
    settings.layout.private.mkdir(exist_ok=True)
    forbidden = settings.layout.private / "forbidden.txt"
    forbidden.write_text("Nobody Here\n", "utf-8")
    assert (show("two"), show("three")) == (1, 0)
    forbidden.write_text("Lamppu\n", "utf-8")
    for said in ("three", "four"):
        with pytest.raises(EvidenceError, match="encoded data"):
            show(said)
        assert passed(settings) == {}


def test_a_changed_rating_closes_nothing_and_a_changed_consent_does(
    settings: Settings, read: Callable[[Settings], list[str]]
) -> None:
    read(settings)
    strength = pd.read_csv(settings.layout.demo / "codings.csv", dtype=str)["strength"]
    change(settings, "codings", "strength", "1" if strength[0] != "1" else "2")
    assert read(settings) == []
    levels = pd.read_csv(settings.layout.demo / "segments.csv", dtype=str)["consent_level"]
    change(settings, "segments", "consent_level", "1" if levels[0] == "5" else "5")
    assert read(settings) == ["a.html", "b.html"]


def test_another_forbidden_word_is_looked_for_everywhere(
    settings: Settings, read: Callable[[Settings], list[str]]
) -> None:
    read(settings)
    settings.layout.private.mkdir(exist_ok=True)
    (settings.layout.private / "forbidden.txt").write_text("Lamppu Oy\n", "utf-8")
    assert read(settings) == ["a.html", "b.html"]
    (settings.layout.private / "forbidden.txt").write_text("nothing to hide\n", "utf-8")
    with pytest.raises(EvidenceError, match="line 1"):
        read(settings)
    assert passed(settings) == {}
