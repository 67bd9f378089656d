"""The claims of the real paper on the command line, as far as results have been built."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from twinbenefits.evidence.layout import find_root

ROOT = find_root()


def said(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "twinbenefits", "claims", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    if not (ROOT / "results/public/01_literature_tables/values.json").is_file():
        pytest.skip("no results are built here; run make paper")


def test_the_claims_are_listed_for_people_and_for_machines() -> None:
    for_people, for_machines = said(), said("--json")
    assert for_people.returncode == 0, for_people.stdout + for_people.stderr
    content = json.loads(for_machines.stdout)
    assert len(content["claims"]) >= 20
    assert all(f"\n{claim['id']}  {claim['state']}" in for_people.stdout for claim in content["claims"])


def test_why_walks_down_to_the_cell_of_the_notebook() -> None:
    told = said("why", "C07")
    assert told.returncode == 0
    assert "holds if" in told.stdout
    assert "made in notebooks/01_literature_tables.ipynb, code cell" in told.stdout


def test_an_unknown_claim_is_told_with_the_nearest_and_without_a_traceback() -> None:
    told = said("why", "C99")
    assert told.returncode == 1
    assert "no such claim stands in the ledger. Did you mean" in told.stderr
    assert "Traceback" not in told.stderr
    assert Path(ROOT / "paper/claims.yml").name in told.stderr
