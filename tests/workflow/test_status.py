"""What a build would do."""

from __future__ import annotations

import json
from typing import Any


def status(toy: Any, *arguments: str) -> dict[str, Any]:
    outcome = toy.run("status", "--json", *arguments)
    assert outcome.returncode == 0, outcome.stderr
    return json.loads(outcome.stdout)


def test_before_the_first_build_everything_will_run_and_nothing_is_touched(toy: Any) -> None:
    found = status(toy)
    assert found["will_run"]["run notebook 01_plants"] == ["it has not been made yet"]
    assert found["current"] == []
    assert not (toy.root / "results").exists()
    assert not list((toy.root / ".build").rglob("*.json"))


def test_after_a_build_there_is_nothing_to_do(built: Any) -> None:
    found = status(built)
    assert found["will_run"] == {}
    assert found["may_run"] == {}
    assert len(found["current"]) == 11
    assert found["unused"] == ["audience"]
    text = built.run("status").stdout.splitlines()
    assert text[0] == "nothing to do: everything is up to date"
    assert text[1:] == ["registered, but printed in no document", "  audience"]


def test_what_comes_after_a_notebook_may_run(built: Any) -> None:
    content = built.read_notebook("02_animals")
    content["cells"][3]["source"] += "\n"
    content["cells"][3]["source"] += "x = 1"
    built.write_notebook("02_animals", content)
    found = status(built)
    assert found["will_run"] == {"run notebook 02_animals": ["code cell 3 changed"]}
    assert set(found["may_run"]) == {
        "stage sources and results",
        "render index.html",
        "render paper/index.html",
        "render paper/index.docx",
        "render slides/deck.html",
        "render notebooks/02_animals.html",
        "scan before publishing",
        "publish",
    }
    assert found["may_run"]["render notebooks/02_animals.html"] == ["run notebook 02_animals"]
    assert found["current"] == ["run notebook 01_plants", "render notebooks/01_plants.html"]


def test_a_prose_edit_says_which_documents_it_touches(built: Any) -> None:
    built.write("paper/more.qmd", "Other words.\n")
    found = status(built)
    assert found["will_run"] == {
        "stage sources and results": ["paper/more.qmd changed"],
        "render paper/index.html": ["paper/more.qmd changed"],
        "render paper/index.docx": ["paper/more.qmd changed"],
    }
    assert set(found["may_run"]) == {
        "render index.html",
        "render slides/deck.html",
        "scan before publishing",
        "publish",
    }


def test_parameters_and_their_mistakes_are_seen(built: Any) -> None:
    found = status(built, "-p", "01_plants.times=3")
    assert found["will_run"] == {"run notebook 01_plants": ["parameter times is new"]}
    assert built.run("status", "-p", "01_plants.tims=3").returncode == 2


def test_status_changes_nothing(built: Any) -> None:
    built.write("data/literature/plants.csv", "id,name\n")

    def files() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in built.root.rglob("*") if path.is_file()}

    before = files()
    built.run("status")
    assert files() == before


def test_many_reasons_are_shortened_for_readers_only(built: Any) -> None:
    for number in range(12):
        built.write(f"paper/extra-{number}.qmd", "x\n")
    assert len(status(built)["will_run"]["stage sources and results"]) == 12
    text = built.run("status").stdout
    assert "and 5 more (--json lists all)" in text
