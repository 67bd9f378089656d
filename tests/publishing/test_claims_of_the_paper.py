"""The ledger of this project: its claims hold on the built results, and say what the sources say."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.claims import ClaimsReport
from twinbenefits.publishing.claims_baseline import BASELINE, baseline_changes, read_baseline
from twinbenefits.publishing.claims_known import Edition
from twinbenefits.publishing.claims_ledger import EVIDENCE_KINDS, Claim, read_ledger_file
from twinbenefits.publishing.claims_listing import permitted_segments, read_claims, why
from twinbenefits.publishing.claims_marks import claim_marks
from twinbenefits.publishing.claims_sources import as_csv, as_markdown, result_sources
from twinbenefits.publishing.stage_results import EVIDENCE_SET, read_results

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = read_ledger_file(ROOT).claims


@cache
def announced() -> frozenset[str]:
    """The names that stand in the notebooks' code, as a value registered by name or in a list of names."""
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    cells = [cell for path in notebooks for cell in json.loads(path.read_text("utf-8"))["cells"]]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return frozenset(re.findall(r"""["'](\w+)["']""", code)) | {EVIDENCE_SET}


@pytest.fixture(scope="module")
def built() -> ClaimsReport:
    layout = Layout(ROOT)
    if not layout.results("public", "demo").is_dir():
        pytest.skip("no results have been built in this copy of the project: run `make paper`")
    there = set(read_results(layout, "public", "demo").values)
    newer = {name for claim in CLAIMS for name in claim.values} - there
    if newer:
        pytest.skip(f"the results are older than the claims, which name {len(newer)} more: run `make paper`")
    return read_claims(ROOT, "public", "demo")


def test_the_ledger_is_sound_and_long_enough_to_be_worth_reading() -> None:
    ledger = read_ledger_file(ROOT)
    assert ledger.problems == ()
    assert len(ledger.claims) >= 20
    ids = [claim.id for claim in ledger.claims]
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_every_claim_names_evidence_and_only_values_that_notebooks_announce(claim: Claim) -> None:
    assert claim.has_evidence
    assert set(claim.values) <= announced()
    assert not re.search(r"\d", re.sub(r"\{\w+\}|[A-E]\b", "", claim.wording)), (
        "a number is typed into the wording"
    )


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_sections_named_print_every_value_of_the_wording(claim: Claim) -> None:
    files = {place.partition("#")[0] for place in claim.where}
    texts = "".join((ROOT / file).read_text("utf-8") for file in files)
    missing = [name for name in claim.worded_values if f"{{{{< var {name} >}}}}" not in texts]
    assert missing == []


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_every_place_named_marks_the_sentence(claim: Claim) -> None:
    unmarked = []
    for place in claim.where:
        file, _, section = place.partition("#")
        part = (ROOT / file).read_text("utf-8")
        if section:
            level, part = re.split(rf"^(#+) .*#{section}\b.*$", part, maxsplit=1, flags=re.MULTILINE)[1:]
            part = re.split(rf"^#{{1,{len(level)}}} ", part, maxsplit=1, flags=re.MULTILINE)[0]
        unmarked += [] if any(mark.key == claim.id for mark in claim_marks(part)) else [place]
    assert unmarked == [], f"mark it there as [sentence]{{.claim key={claim.id}}}"


def test_the_literature_claims_hold_on_the_real_tables(built: ClaimsReport) -> None:
    assert built.problems == built.refusals == ()
    broken = {
        state.claim.id: state.reason for state in built.states if state.state not in ("holds", "weakened")
    }
    assert broken == {}
    of_literature = [state for state in built.states if not state.about_cases]
    assert len(of_literature) >= 20
    assert not any(state.synthetic for state in of_literature)
    assert all(state.synthetic for state in built.states if state.about_cases)


def test_nothing_has_changed_since_the_baseline(built: ClaimsReport) -> None:
    baseline, problems = read_baseline(Layout(ROOT), "demo")
    assert problems == []
    changes = [str(change) for change in baseline_changes(built.states, baseline)]
    assert changes == [], f"if this is meant, write {BASELINE} anew: `twinbenefits claims --write-baseline`"


def test_why_reaches_a_cell_of_a_notebook_for_claims_of_every_kind(built: ClaimsReport) -> None:
    for state in built.states[::4]:
        text = why(ROOT, "public", "demo", state.claim.id).as_text()
        assert re.search(
            r"made in notebooks/\w+\.ipynb, (code cell \d+|a cell that has changed since), from", text
        )
        for kind in EVIDENCE_KINDS:
            for name in state.claim.rests_on[kind]:
                assert name in text


def test_every_printed_number_table_and_figure_has_its_source(built: ClaimsReport) -> None:
    layout = Layout(ROOT)
    edition = Edition(layout, "public", "demo", read_results(layout, "public", "demo"))
    sources = result_sources(edition)
    texts = "".join((ROOT / path).read_text("utf-8") for path in edition.sources)
    named = set(re.findall(r"\{\{< var (\w+) >\}\}", texts))
    assert named - {EVIDENCE_SET} <= {row.name for row in sources if row.kind == "in-text number"}
    assert {row.kind for row in sources} == {"in-text number", "table", "figure"}
    for row in sources:
        assert row.notebook
        assert row.tables
        assert row.places
        for file in row.output.split(", "):
            assert (layout.results("public", "demo") / file).is_file()
    assert as_markdown(sources).count("\n") == len(sources) + 2
    assert as_csv(sources).splitlines()[0].startswith("kind,name,printed,places,notebook,cell,output,tables")


def test_segments_behind_a_code_are_told_as_far_as_their_words_may_be_read() -> None:
    if not (ROOT / "data/demo/codings.csv").is_file():
        pytest.skip("there is no demonstration set in this copy of the project")
    codes = [
        row.split(",")[3] for row in (ROOT / "data/demo/codings.csv").read_text("utf-8").splitlines()[1:2]
    ]
    team = dict(permitted_segments(ROOT, "team", "demo")(codes))
    public = dict(permitted_segments(ROOT, "public", "demo")(codes))
    assert 0 < len(public) < len(team)
    assert not set(public) & set(team), "the public must not meet the team's names of segments"


def test_the_committed_baseline_knows_the_claims_of_the_ledger_and_no_other() -> None:
    content = json.loads((ROOT / BASELINE).read_text("utf-8"))
    assert {*content["claims"]} == {claim.id for claim in CLAIMS}
