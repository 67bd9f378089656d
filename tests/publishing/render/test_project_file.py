"""The project's own `_quarto.yml`, which a bare `quarto render` reads as well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from twinbenefits.publishing.render.project import SUFFIX, declared_formats

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "_quarto.yml").read_text("utf-8"))
    return loaded


def test_it_stages_first_writes_where_the_build_writes_and_runs_no_code(settings: dict[str, Any]) -> None:
    assert settings["project"]["pre-render"] == "python -m twinbenefits stage"
    assert settings["project"]["output-dir"] == "_output/public"
    assert settings["execute"] == {"enabled": False}


def test_every_document_is_listed_and_declares_formats_that_have_options(settings: dict[str, Any]) -> None:
    listed = settings["project"]["render"]
    parts = {path for path in ROOT.glob("slides/*.qmd") if not path.read_text("utf-8").startswith("---\n")}
    decks = set(ROOT.glob("slides/*.qmd")) - parts
    assert decks, "what has no front matter of its own is a part of a deck"
    assert {path for name in listed if name.startswith("slides/") for path in ROOT.glob(name)} == decks
    found = {path for name in listed if not name.startswith("!") for path in ROOT.glob(name)}
    assert all(any(ROOT.glob(name.removeprefix("!"))) for name in listed)
    for name in sorted(path.relative_to(ROOT).as_posix() for path in found):
        front = (ROOT / name).read_text("utf-8").split("---\n")[1]
        formats = declared_formats(yaml.safe_load(front))
        assert formats
        assert set(formats) <= set(settings["format"]) == set(SUFFIX)


def test_every_file_it_names_is_there(settings: dict[str, Any]) -> None:
    named = [
        *settings["format"]["typst"]["template-partials"],
        settings["format"]["html"]["css"],
        settings["format"]["docx"]["reference-doc"],
        settings["format"]["pptx"]["reference-doc"],
        *(f"_extensions/{name}/_extension.yml" for name in settings["filters"]),
    ]
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_office_files_get_bitmaps_and_all_others_drawings(settings: dict[str, Any]) -> None:
    chosen = {name: options["default-image-extension"] for name, options in settings["format"].items()}
    assert chosen == {"html": "svg", "typst": "svg", "docx": "png", "revealjs": "svg", "pptx": "png"}
