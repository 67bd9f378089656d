"""What is refused before anybody is asked, who counts as a stranger, and what travels."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from twinbenefits.evidence.layout import Layout
from twinbenefits.workflow.executors import identity
from twinbenefits.workflow.executors.cluster import Cluster
from twinbenefits.workflow.executors.executor import ClusterError, problems_with
from twinbenefits.workflow.executors.parcels import Parcel, files_behind, packed, unpack
from twinbenefits.workflow.executors.remote import Refused, Value, carry_out
from twinbenefits.workflow.executors.strangers import (
    deciding_packages,
    differences,
    own_identity,
    question,
)
from twinbenefits.workflow.settings import Settings, SettingsError

MINE = {"python": "3.11", "source": "a" * 64, "loaded": "", "versions": {"numpy": "2.1", "pandas": "3.0"}}
WORKER = "tcp://127.0.0.1:1"


@pytest.mark.parametrize(
    "scheduler", ["", "127.0.0.1:8786", "http://h:1", "tcp://h", "tcp://:1", "tcp://h:x"]
)
def test_an_address_that_is_none_is_refused(scheduler: str) -> None:
    (problem,) = problems_with("dask", scheduler, "demo")
    assert repr(scheduler) in problem
    assert "tls://10.0.0.5:8786" in problem


def test_private_evidence_goes_only_over_tls(tmp_path: Path) -> None:
    (tmp_path / "data/private").mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"leaves this computer only over tls://.*interviews"):
        Settings(tmp_path, evidence="private", executor="dask", scheduler="tcp://h:1")
    assert Settings(tmp_path, evidence="private", executor="dask", scheduler="tls://h:1").scheduler
    assert Settings(tmp_path, executor="dask", scheduler="tcp://h:1").evidence == "demo"
    with pytest.raises(ClusterError, match="only over tls://"):
        Cluster("tcp://127.0.0.1:1", evidence="private", root=tmp_path)


def test_half_a_choice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"'slurm'; known are local, dask"):
        Settings(tmp_path, executor="slurm")
    with pytest.raises(SettingsError, match="add --executor dask"):
        Settings(tmp_path, scheduler="tcp://h:1")


def test_without_distributed_the_way_to_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ClusterError, match=r"not installed: `make \.venv/\.ready-dev`"),
        Cluster("tcp://127.0.0.1:1", evidence="demo", root=tmp_path),
    ):
        pass


# Strangers


def test_the_same_is_no_stranger() -> None:
    assert differences(WORKER, MINE, MINE) == []
    assert differences(WORKER, {**MINE, "loaded": MINE["source"]}, MINE) == []


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ({"python": "3.12"}, ["3.12", "3.11"]),
        ({"source": "b" * 64}, ["b" * 12, "a" * 12]),
        ({"source": ""}, ["does not have the package twinbenefits"]),
        ({"loaded": "c" * 64}, ["started before", "c" * 12, "a" * 12, "start it again"]),
        ({"versions": {"numpy": "2.1", "pandas": "2.9"}}, ["pandas 2.9 (here 3.0)"]),
        ({"versions": {"numpy": "2.1"}}, ["pandas (none) (here 3.0)"]),
    ],
)
def test_a_stranger_is_told_from_us_by_both_versions(there: dict[str, object], told: list[str]) -> None:
    (problem,) = differences(WORKER, {**MINE, **there}, MINE)
    assert WORKER in problem
    for part in told:
        assert part in problem


def test_many_other_packages_are_not_all_listed() -> None:
    here = {**MINE, "versions": {f"p{n}": "1" for n in range(9)}}
    (problem,) = differences(WORKER, {**here, "versions": {}}, here)
    assert problem.endswith("p4 (none) (here 1) and 4 more.")


def test_a_python_without_the_package_answers_the_question() -> None:
    """Isolated, without site-packages: nothing but the standard library is there."""
    asked = f"print({question(['numpy'])})"
    answer = subprocess.run([sys.executable, "-ISc", asked], capture_output=True, text=True, check=True)
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert answer.stdout.strip() == str(
        {"python": minor, "source": "", "loaded": "", "versions": {"numpy": ""}}
    )


def test_the_digest_is_of_all_files_but_what_python_leaves(tmp_path: Path, monkeypatch) -> None:
    package = tmp_path / "bakery"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "style.css").write_text("a")
    monkeypatch.syspath_prepend(tmp_path)
    before = identity.source_digest("bakery")
    (package / "__pycache__").mkdir()
    (package / "__pycache__/x.pyc").write_text("x")
    assert identity.source_digest("bakery") == before
    (package / "style.css").write_text("b")
    assert identity.source_digest("bakery") != before
    assert identity.source_digest("no_such_bakery") == ""


def test_the_packages_that_decide_are_those_locked_for_every_system(root: Path) -> None:
    packages = deciding_packages(root)
    versions = own_identity(packages)["versions"]
    for name in ("twinbenefits", "numpy", "pandas", "matplotlib", "scipy", "papermill"):
        assert versions[name], name
    assert len(packages) == len(set(packages))
    assert not {"appnope", "colorama"} & set(packages)  # locked for other systems only


def no_work() -> None:
    raise AssertionError("it was done")


def test_a_process_that_took_the_place_of_another_is_asked_with_each_piece() -> None:
    """A worker that is started anew at the same address may hold another commit."""
    here = own_identity(["numpy"])
    other = {**here, "versions": {"numpy": "0.1"}}
    refused = carry_out(WORKER, other, no_work, ())
    assert isinstance(refused, Refused)
    assert f"numpy {here['versions']['numpy']} (here 0.1)" in refused.problems[0]
    assert carry_out(WORKER, here, divmod, (7, 2)) == Value((3, 1))


# Parcels


def test_of_private_evidence_only_tables_and_key_travel(tmp_path: Path) -> None:
    kept = ["_quarto.yml", "paper/claims.yml", "data/study/rules.yml", "data/literature/source/deck.txt"]
    private = ["data/private/codings.csv", "data/private/key"]
    stays = [
        "data/private/forbidden.txt",
        "data/private/names.csv",
        "data/private/sources/K1.txt",
        "paper/a.qmd",
    ]
    for name in [*kept, *private, *stays, "data/demo/codings.csv"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("0" * 64)
    layout = Layout(tmp_path)

    def travelling(evidence: str) -> set[str]:
        content = packed(files_behind(layout, evidence), tmp_path)
        return set(zipfile.ZipFile(io.BytesIO(content)).namelist())

    assert travelling("demo") == {*kept, "data/demo/codings.csv"}
    assert travelling("private") == {*kept, *private, "data/demo/codings.csv"}


def test_what_was_packed_is_unpacked_to_the_byte(tmp_path: Path) -> None:
    (tmp_path / "here/tables").mkdir(parents=True)
    (tmp_path / "here/tables/a.csv").write_bytes(b"a,\r\n\xff")
    unpack(packed([tmp_path / "here/tables/a.csv"], tmp_path / "here"), tmp_path / "there")
    assert (tmp_path / "there/tables/a.csv").read_bytes() == b"a,\r\n\xff"


def test_a_parcel_shows_nothing_of_its_content() -> None:
    """A worker that cannot run a task writes the arguments' text into its log."""
    parcel = Parcel("n", "notebooks/n.ipynb", "said in confidence", b"said in confidence", {}, {})
    assert "confidence" not in repr(parcel)
