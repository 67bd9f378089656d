"""Publishing: the output folder holds what was rendered, and the manifest says so."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from twinbenefits.publishing.manifest import NotScannedError, Published, publish


def published(rendered: Path, output: Path, **edition: str) -> Published:
    """Publish files that the scan has passed as they are."""
    files = [path for path in rendered.rglob("*") if path.is_file()]
    scanned = {
        path.relative_to(rendered).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    return publish(rendered, output, scanned=scanned, **edition)


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    for name, text in {
        "index.html": "<p>start</p>",
        "paper/index.pdf": "%PDF",
        "slides/a.pptx": "PK",
    }.items():
        path = tmp_path / "rendered" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "rendered"


def test_the_manifest_lists_every_file_with_digest_and_size(rendered: Path, tmp_path: Path) -> None:
    done = published(rendered, tmp_path / "out", audience="public", evidence="demo")
    assert done.written == ("index.html", "paper/index.pdf", "slides/a.pptx", "manifest.json")
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert {key: manifest[key] for key in ("audience", "evidence")} == {
        "audience": "public",
        "evidence": "demo",
    }
    assert list(manifest["files"]) == ["index.html", "paper/index.pdf", "slides/a.pptx"]
    for name, entry in manifest["files"].items():
        data = (tmp_path / "out" / name).read_bytes()
        assert entry == {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def test_a_second_time_nothing_is_written_and_what_is_no_longer_made_goes(
    rendered: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    published(rendered, out, audience="public", evidence="demo")
    for path in out.rglob("*.*"):
        os.utime(path, (1, 1))
    assert published(rendered, out, audience="public", evidence="demo").written == ()
    assert {path.stat().st_mtime for path in out.rglob("*.*")} == {1}

    (rendered / "slides/a.pptx").unlink()
    (rendered / "index.html").write_text("<p>new</p>")
    done = published(rendered, out, audience="public", evidence="demo")
    assert done.written == ("index.html", "manifest.json")
    assert done.removed == ("slides/a.pptx",)
    assert not (out / "slides").exists()


def test_two_editions_in_two_folders_have_equal_manifests(rendered: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        published(rendered, tmp_path / name, audience="team", evidence="demo")
    one, two = ((tmp_path / name / "manifest.json").read_bytes() for name in ("one", "two"))
    assert one == two


def test_nothing_rendered_is_an_error_and_leaves_the_last_edition(rendered: Path, tmp_path: Path) -> None:
    published(rendered, tmp_path / "out", audience="public", evidence="demo")
    with pytest.raises(FileNotFoundError, match="render the documents first"):
        published(tmp_path / "empty", tmp_path / "out", audience="public", evidence="demo")
    assert (tmp_path / "out/index.html").is_file()


def test_what_nobody_has_looked_through_is_not_published(rendered: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    published(rendered, out, audience="public", evidence="demo")
    before = {path: path.read_bytes() for path in out.rglob("*.*")}
    (rendered / "index.html").write_text("<p>after the scan</p>")
    scanned = {"index.html": "0" * 64, "paper/index.pdf": hashlib.sha256(b"%PDF").hexdigest()}
    with pytest.raises(NotScannedError, match=r"index\.html, slides/a\.pptx"):
        publish(rendered, out, audience="public", evidence="demo", scanned=scanned)
    assert {path: path.read_bytes() for path in out.rglob("*.*")} == before


def test_the_manifest_carries_the_mark_of_synthetic_results(rendered: Path, tmp_path: Path) -> None:
    published(rendered, tmp_path / "out", audience="public", evidence="demo", mark="invented")
    assert json.loads((tmp_path / "out/manifest.json").read_text())["mark"] == "invented"
