"""A study of any size: what the benchmark of growth writes is sound, and large ones come to their end."""

from __future__ import annotations

import importlib.util
import json
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from twinbenefits.analysis.coded import coded_evidence
from twinbenefits.analysis.coder_agreement import coder_agreement
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.robustness import robustness
from twinbenefits.analysis.salience import salience
from twinbenefits.analysis.specifications import MOST_PAIRS, sibling_pairs, specifications
from twinbenefits.display.salience_figures import case_by_benefit
from twinbenefits.evidence.release import release
from twinbenefits.evidence.study import Study
from twinbenefits.publishing.figures import figure_problem

ROOT = Path(__file__).resolve().parents[1]
BENCH = SimpleNamespace(**runpy.run_path(str(ROOT / "benchmarks/bench_scale.py")))
JOB = SimpleNamespace(**runpy.run_path(str(ROOT / "benchmarks/scale_job.py")))
Size = type(BENCH.size_of(1))
JOINED = ("codings", "segments", "sources", "sessions", "cases", "codebook", "assignments", "coders")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("scale") / "study"
    BENCH.write_study(root, Size(codings=1200, segments=360, cases=5))
    return root


def test_the_study_has_the_wanted_size_and_passes_every_check(tiny) -> None:
    study = Study.open(tiny, audience="team", tables=[*JOB.TABLES, "codebook"])
    sizes = {name: len(study.table(name)) for name in study.tables}
    assert (sizes["segments"], sizes["cases"], sizes["sessions"], sizes["codebook"]) == (360, 5, 15, 200)
    assert sizes["codings"] == 1200
    assert study.left_outside == {}


def test_the_same_seed_writes_the_same_bytes(tiny, tmp_path) -> None:
    BENCH.write_study(tmp_path / "again", Size(codings=1200, segments=360, cases=5))
    for file in sorted((tiny / "data/demo").glob("*.csv")):
        assert file.read_bytes() == (tmp_path / "again/data/demo" / file.name).read_bytes(), file.name


def test_companies_of_one_vertical_keep_names_of_their_own(tmp_path) -> None:
    BENCH.write_study(tmp_path / "study", Size(codings=900, segments=240, cases=12))
    names = Study.open(tmp_path / "study", audience="public", tables=["cases"]).case_names
    assert len(set(names.values())) == len(names) == 12
    assert any(", Case " in name for name in names.values())


def test_figures_of_many_cases_and_codes_fit_a_page_and_say_what_they_leave_out(tmp_path) -> None:
    BENCH.write_study(tmp_path / "study", Size(codings=900, segments=240, cases=12))
    study = Study.open(tmp_path / "study", audience="public", tables=[*JOINED, "asked"])
    coded = resolve(coded_evidence(**{name: study.table(name) for name in JOINED}))
    states = release(salience(coded, study.table("asked"), minimum_sessions=8), study)
    cases, codes = list(study.case_names.values()), coded.leaves("benefit")
    figure = case_by_benefit(states, codes, cases, {})
    assert figure_problem(figure) is None
    left_out = f"the first 36 of {len(codes)} benefits and the first 8 of 12 cases"
    assert left_out in figure.get_suptitle()
    assert not case_by_benefit(states, codes[:5], cases[:5], {}).get_suptitle()


def test_agreement_and_robustness_come_out_as_planted(tiny) -> None:
    study = Study.open(tiny, audience="team", tables=[*JOINED, "asked"])
    coded = coded_evidence(**{name: study.table(name) for name in JOINED})
    agreement = coder_agreement(coded, minimum_sessions=8, tentative=0.667, reliable=0.8, draws=20)
    assert 0.5 < agreement.scalars["alpha_jaccard"].value < 0.95  # a coder in eight sees something else
    pairs = sibling_pairs(coded)
    assert len(pairs) == MOST_PAIRS
    specs = specifications(coded, thresholds=(1, 2), merges=pairs[:2])
    found = robustness(coded, study.table("asked"), specs).conclusions.table
    assert found["share"].dropna().between(0, 1).all()
    assert (found.loc[found["baseline"].notna(), "share"] > 0).all()  # what is reported holds at least there


@pytest.mark.parametrize("empty", ["codings", "segments", "sessions", "case"])
def test_a_study_with_nothing_in_it_is_joined_all_the_same(tiny, empty) -> None:
    study = Study.open(tiny, audience="team", tables=[*JOINED, "asked"])
    table = {name: study.table(name) for name in study.tables}
    if empty == "case":  # a case without codings, and all codings in one session
        first = table["segments"]["segment"].str.startswith("K1-S1-")
        kept = table["segments"].loc[first, "segment"]
        table["codings"] = table["codings"][table["codings"]["segment"].isin(kept)]
    else:
        table[empty] = table[empty].iloc[:0]
    coded = coded_evidence(**{name: table[name] for name in JOINED})
    specs = specifications(coded, thresholds=(1, 2))
    found = robustness(coded, table["asked"], specs)
    assert len(found.conclusions.table) > 0
    assert len(resolve(coded).rows) <= len(table["codings"])


def test_every_stage_names_modules_that_are_there() -> None:
    named = [name for modules in JOB.STAGES.values() for name in modules if name != "render"]
    assert [name for name in named if importlib.util.find_spec(f"twinbenefits.{name}") is None] == []
    for name in JOB.NOTEBOOKS:
        assert (ROOT / "notebooks" / f"{name}.ipynb").is_file()


def test_the_clock_counts_the_outermost_call_once() -> None:
    clock = JOB.Clock()
    inner = clock.timed(lambda: sum(range(1000)), "join")
    outer = clock.timed(inner, "agreement")
    assert outer() == 499500
    assert list(clock.stages) == ["agreement"]


def test_growth_is_measured_and_drawn(tmp_path) -> None:
    runs = [
        {
            "codings": size,
            "stages": {"robustness": {"cpu": size / 1e4, "wall": 1.0, "gibibytes": 0.5}},
            "whole": {"cpu": (size / 1e4) ** 2, "wall": 1.0, "gibibytes": 1.0},
        }
        for size in (10_000, 100_000)
    ]
    exponents = BENCH.growth(runs)
    assert exponents["whole"] == {"cpu": 2.0, "gibibytes": 0.0}
    assert exponents["robustness"]["cpu"] == 1.0
    caption = BENCH.draw(runs, exponents, tmp_path / "growth.svg")
    assert "the power 2.00 of the codings" in caption
    assert (tmp_path / "growth.svg").read_bytes().startswith(b"<?xml")


def test_the_proportions_hold_at_each_size() -> None:
    assert BENCH.size_of(1_000_000) == Size(1_000_000, 300_000, 500)
    assert BENCH.size_of(100_000) == Size(100_000, 30_000, 50)


@pytest.mark.long
def test_the_whole_job_comes_to_its_end_with_a_hundred_thousand_codings(tmp_path) -> None:
    """Everything a build does with the case evidence; time is not held to anything, memory is."""
    found = tmp_path / "found.json"
    command = [
        sys.executable,
        str(ROOT / "benchmarks/bench_scale.py"),
        "--sizes",
        "100000",
        "--json",
        str(found),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    run = json.loads(found.read_text("utf-8"))["runs"][0]
    assert run["whole"]["gibibytes"] < 2.0
    assert run["displays"] > 50
    assert run["page_bytes"] > 1_000_000
    assert set(JOB.STAGES) <= set(run["stages"])
