"""A bundle has the same bytes each time, and one that is not as deposited is refused."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from twinbenefits.evidence.facts import read_facts
from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.bundle import (
    CRATE,
    SUMS,
    BundleError,
    bundle_bytes,
    crate,
    unpack_bundle,
    withheld_list,
)

FILES = {"README.md": b"Read me.\n", "data/a.csv": "code,größe\n".encode(), "notebooks/01.ipynb": b"{}"}
DAY = date(2026, 11, 1)


def rewritten(path: Path, change: dict[str, bytes | None]) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, data in change.items():
        if data is None:
            del members[name]
        else:
            members[name] = data
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "a bundle.zip"
    path.write_bytes(bundle_bytes(FILES, DAY))
    return path


def test_equal_files_give_equal_bytes_in_any_order() -> None:
    assert bundle_bytes(FILES, DAY) == bundle_bytes(dict(reversed(FILES.items())), DAY)
    with zipfile.ZipFile(BytesIO(bundle_bytes(FILES, DAY))) as archive:
        assert {member.date_time for member in archive.infolist()} == {(2026, 11, 1, 0, 0, 0)}


def test_what_is_packed_comes_out_again(bundle: Path, tmp_path: Path) -> None:
    into = tmp_path / "out"
    assert unpack_bundle(bundle, into) == sorted(FILES)
    assert {name: (into / name).read_bytes() for name in FILES} == FILES


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"data/a.csv": b"changed"}, "data/a.csv has another checksum"),
        ({"data/a.csv": None}, "data/a.csv is listed and not there"),
        ({"data/b.csv": b"new"}, "data/b.csv is there and not listed"),
        ({SUMS: None}, f"has no {SUMS}"),
        ({"../outside.txt": b"x"}, "outside"),
    ],
)
def test_a_bundle_that_is_not_as_deposited_is_refused(
    bundle: Path, tmp_path: Path, change: dict[str, bytes | None], told: str
) -> None:
    into = tmp_path / "out"
    with pytest.raises(BundleError, match=told):
        unpack_bundle(rewritten(bundle, change), into)
    assert not into.exists()


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 cut off"])
def test_what_is_no_zip_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.zip"
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"broken\.zip"):
        unpack_bundle(path, tmp_path / "out")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"There is no file nowhere\.zip"):
        unpack_bundle(tmp_path / "nowhere.zip", tmp_path / "out")


def test_the_metadata_come_from_the_facts_and_name_every_file(root: Path) -> None:
    facts = read_facts(Layout(root))
    graph = json.loads(crate(facts, FILES, DAY, "0.1.0"))["@graph"]
    by_id = {entry["@id"]: entry for entry in graph}
    assert by_id[CRATE]["about"] == {"@id": "./"}
    assert by_id["./"]["name"].startswith(facts["title"])
    assert [by_id[author["@id"]]["name"] for author in by_id["./"]["author"]] == [
        author["name"] for author in facts["authors"]
    ]
    assert [part["@id"] for part in by_id["./"]["hasPart"]] == sorted(FILES)
    assert by_id["data/a.csv"]["license"]["@id"].endswith(facts["licences"]["data"])
    assert by_id["notebooks/01.ipynb"]["license"]["@id"].endswith(facts["licences"]["code"])
    assert all(part["@id"] in by_id for part in by_id["./"]["hasPart"])


def test_what_is_withheld_is_listed_without_its_name() -> None:
    content = json.loads(withheld_list([{"hmac_sha256": "ab", "kind": "csv", "reason": "confidential"}]))
    assert content["files"] == [{"hmac_sha256": "ab", "kind": "csv", "reason": "confidential"}]
    assert "keyed" in content["explanation"]
