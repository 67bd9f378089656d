"""The committed demonstration set: made by the program, complete, readable, and nobody's."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.evidence.consent import Permissions
from twinbenefits.evidence.facts import read_facts
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.simulation.demonstration import DEFAULT_SEED, demonstration_files, write_demo
from twinbenefits.evidence.simulation.truth import Shape

CASE = [name for name, table in TABLES.items() if table.holds_case_evidence]
Frames = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def layout(root: Path) -> Layout:
    return Layout(root)


@pytest.fixture(scope="module")
def tables(layout: Layout) -> Frames:
    return load_tables(layout, "demo", [*CASE, "codebook", "proposition_terms"])


@pytest.fixture(scope="module")
def truth(layout: Layout) -> dict[str, object]:
    found: dict[str, object] = json.loads((layout.demo / "truth.json").read_text("utf-8"))
    return found


def test_the_committed_set_has_not_drifted(layout: Layout) -> None:
    made = {name: text.encode() for name, text in demonstration_files(layout, DEFAULT_SEED).items()}
    committed = {
        path.relative_to(layout.demo).as_posix(): path.read_bytes()
        for path in layout.demo.rglob("*")
        if path.is_file()
    }
    assert sorted(made) == sorted(committed)
    changed = [name for name in made if made[name] != committed[name]]
    assert changed == [], f"run twinbenefits simulate --seed {DEFAULT_SEED}"


def test_every_case_table_is_there_and_has_rows(tables: Frames) -> None:
    assert all(len(tables[name]) for name in CASE)


def test_the_set_has_the_promised_size(tables: Frames) -> None:
    assert len(tables["cases"]) == 5
    assert 14 <= len(tables["sessions"]) <= 18
    assert 880 <= len(tables["segments"]) <= 920
    assert 2 <= (tables["coders"]["role"] == "coder").sum() <= 3
    assert len(tables["events"]) == 3
    sizes = tables["voters"].groupby("event").size()
    assert sizes["W2"] < 10  # too few for percentages: every vote is shown as a dot
    assert sizes.drop("W2").ge(10).all()


def test_a_quarter_is_coded_twice_over_enough_sessions(tables: Frames) -> None:
    persons = tables["coders"].query("role == 'coder'")["coder"]
    read = tables["assignments"][tables["assignments"]["coder"].isin(persons)]
    readers = read.groupby("segment").size()
    twice = readers[readers == 2].index
    assert len(readers) == len(tables["segments"])
    assert len(twice) / len(readers) == pytest.approx(0.25, abs=0.005)
    source = tables["segments"].set_index("segment")["source"]
    session = tables["sources"].set_index("source")["session"]
    assert source[twice].map(session).nunique() >= 8


def test_some_double_codings_were_talked_through(tables: Frames) -> None:
    agreed = tables["assignments"].query("coder == 'demo-consensus'")["segment"]
    others = tables["assignments"].query("coder != 'demo-consensus'").groupby("segment").size()
    assert len(agreed) > 20
    assert (others[agreed] == 2).all()


def test_permissions_are_full_partial_absent_expired_and_under_embargo(
    layout: Layout, tables: Frames
) -> None:
    permissions = Permissions(tables["permissions"], read_facts(layout)["as_of"])
    items = ("vertical", "ratings", "benefit_states")
    granted = {
        case: sum(permissions.refusal(case, item) is None for item in items)
        for case in tables["cases"]["case"]
    }
    assert sorted(granted.values()) == [0, 2, 3, 3, 3]
    reasons = Counter(
        str(permissions.refusal(case, "quotes")).split(" 20")[0]
        for case, count in granted.items()
        if count == 3
    )
    assert reasons == {"None": 1, "permission expired on": 1, "under embargo until": 1}


def test_consent_reaches_from_withdrawn_to_quotable(tables: Frames) -> None:
    levels = tables["sources"]["consent_level"]
    assert {0, 1} <= {*levels}
    assert levels.max() == 5
    of_source = tables["segments"]["source"].map(tables["sources"].set_index("source")["consent_level"])
    stricter = tables["segments"]["consent_level"] < of_source
    assert 10 < stricter.sum() < 100


def test_what_was_not_asked_is_said(tables: Frames, truth: dict[str, dict[str, list[str]]]) -> None:
    asked = tables["asked"]
    for case, codes in truth["not_asked"].items():
        assert {*asked[(asked["case"] == case) & (asked["asked"] == "no")]["code"]} == {*codes}
    assert (asked["asked"] == "partly").any()
    assert (asked.query("asked == 'no'")["session"] == "").all()


def test_planted_directions_agree_and_disagree_with_the_propositions(
    tables: Frames, truth: dict[str, list[list[str]]]
) -> None:
    terms = tables["proposition_terms"]
    said = dict(zip(zip(terms["condition"], terms["outcome"], strict=True), terms["direction"], strict=True))
    sign = {1: "+", -1: "-"}
    met = [
        sign[int(direction)] == said[scale, benefit]
        for scale, benefit, direction in truth["associations"]
        if said.get((scale, benefit)) in ("+", "-")
    ]
    assert sum(met) >= 2
    assert len(met) - sum(met) >= 2
    assert len(truth["associations"]) > len(met)


def test_the_negative_cases_are_the_planted_ones(tables: Frames, truth: dict[str, list[list[str]]]) -> None:
    written = tables["negative_cases"][["proposition", "case"]].to_records(index=False).tolist()
    assert written == [(proposition, case) for proposition, _, _, case in truth["exceptions"]]
    assert (tables["negative_cases"]["evidence"] != "").all()


def test_votes_hold_consensus_split_rewording_and_corrections(tables: Frames) -> None:
    votes = tables["votes"].query("round == 2 and scale == 'agree'").dropna(subset="value")
    last = votes[votes["event"] == "W3"].groupby("item")["value"]
    assert (last.get_group("I1") >= 4).mean() >= 0.7
    split = last.get_group("I2")
    assert 0.25 < (split >= 4).mean() < 0.75
    assert ((split == 3).mean()) < 0.2
    assert "I4" not in last.groups
    assert tables["decisions"]["action"].tolist() == ["reword", "drop", "keep", "defer", "keep"]
    assert (tables["votes"]["corrects"] != "").sum() >= 3


@pytest.mark.parametrize("part", ["name", "family name"])
def test_no_author_of_the_study_stands_in_the_set(layout: Layout, part: str) -> None:
    authors = [author["name"] for author in read_facts(layout)["authors"]]
    names = authors if part == "name" else [name.split()[-1] for name in authors]
    for path in sorted(layout.demo.rglob("*")):
        if path.is_file():
            text = path.read_text("utf-8")
            assert not [name for name in names if re.search(rf"\b{name}\b", text, re.IGNORECASE)], path.name


def test_those_who_judge_are_invented(tables: Frames) -> None:
    columns = [
        (name, column)
        for name in CASE
        for column in ("coder", "rater", "author")
        if column in tables[name].columns
    ]
    assert len(columns) == 8
    for name, column in columns:
        assert tables[name][column].str.startswith("demo-").all(), (name, column)


def test_every_row_carries_its_mark(tables: Frames) -> None:
    for name in CASE:
        assert tables[name]["synthetic"].all()


def test_the_folder_says_that_everything_is_invented(layout: Layout) -> None:
    text = (layout.demo / "README.md").read_text("utf-8")
    assert "all of it is invented" in text.splitlines()[0]
    assert f"twinbenefits simulate --seed {DEFAULT_SEED}" in text


def _sentences(tables: Frames) -> list[str]:
    return [part for text in tables["segments"]["text"] for part in re.split(r"(?<=[.?!]) ", text)]


def test_the_text_reads_as_sentences(tables: Frames) -> None:
    for text in tables["segments"]["text"]:
        assert not re.search(r"[{}]|  |\.\.|,,| [.,;:?]|lorem|ipsum", text, re.IGNORECASE), text
        assert not re.search(r"\b(\w+) \1\b", text.replace("that that", "")), text
    for sentence in _sentences(tables):
        assert sentence[0].isupper(), sentence
        assert sentence[-1] in ".?", sentence
        assert 3 <= len(sentence.split()) <= 60, sentence


def test_hardly_anything_is_said_twice(tables: Frames) -> None:
    assert tables["segments"]["text"].duplicated().mean() < 0.01
    said = Counter(_sentences(tables))
    assert max(said.values()) <= 10
    assert len(said) / sum(said.values()) > 0.8


def test_terms_are_the_informants_own_words(tables: Frames) -> None:
    for text, term in zip(tables["segments"]["text"], tables["segments"]["first_order"], strict=True):
        assert term.casefold() in text.casefold()
        assert 1 <= len(term.split()) <= 7


def test_a_status_shows_in_the_words(tables: Frames) -> None:
    """A benefit that is only expected is not told as one that was seen, and the other way round."""
    text = tables["segments"].set_index("segment")["text"]
    told = tables["codings"].query("status != ''").drop_duplicates("segment").set_index("segment")["status"]
    hopes = text[told.index].str.contains(r"\b(?:should|expect|want to|is to|are to|will be|would)\b")
    shares = hopes.groupby(told).mean()
    assert shares["expected"] > 0.5  # coders err now and then, and so do words
    assert shares[["observed", "measured"]].max() < 0.25


@pytest.fixture(scope="module")
def digest_of_a_small_set(root: Path) -> str:
    return _digest(root, 5)


def _digest(root: Path, seed: int) -> str:
    files = demonstration_files(Layout(root), seed, Shape(segments=120))
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_equal_seeds_give_equal_bytes_in_another_process(
    root: Path, digest_of_a_small_set: str, hash_seed: str
) -> None:
    code = (
        "import hashlib, json, sys; from pathlib import Path\n"
        "from twinbenefits.evidence.layout import Layout\n"
        "from twinbenefits.evidence.simulation.demonstration import demonstration_files\n"
        "from twinbenefits.evidence.simulation.truth import Shape\n"
        "files = demonstration_files(Layout(Path(sys.argv[1])), 5, Shape(segments=120))\n"
        "print(hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(root)],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo", "LC_ALL": "C"},
    )
    assert run.stdout.strip() == digest_of_a_small_set


def test_another_seed_gives_another_set(root: Path, digest_of_a_small_set: str) -> None:
    assert _digest(root, 6) != digest_of_a_small_set


def test_writing_again_changes_nothing_and_leaves_nothing_of_an_earlier_set(toy: Layout) -> None:
    shape = Shape(segments=60, sessions=(2, 1), voters=(5,), letter="Z")
    changed = write_demo(toy, 1, shape)
    assert not list((toy.demo / "sources").glob("B*"))
    assert sorted(path.name for path in (toy.demo / "sources").iterdir()) == [
        "Z1-S1-T.txt",
        "Z1-S2-T.txt",
        "Z2-S1-T.txt",
    ]
    assert changed
    assert write_demo(toy, 1, shape) == []
