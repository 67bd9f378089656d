"""Publishing: the output folder holds what was rendered, and the manifest says so."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from twinbenefits.publishing.manifest import publish


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
    done = publish(rendered, tmp_path / "out", audience="public", evidence="demo")
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
    publish(rendered, out, audience="public", evidence="demo")
    for path in out.rglob("*.*"):
        os.utime(path, (1, 1))
    assert publish(rendered, out, audience="public", evidence="demo").written == ()
    assert {path.stat().st_mtime for path in out.rglob("*.*")} == {1}

    (rendered / "slides/a.pptx").unlink()
    (rendered / "index.html").write_text("<p>new</p>")
    done = publish(rendered, out, audience="public", evidence="demo")
    assert done.written == ("index.html", "manifest.json")
    assert done.removed == ("slides/a.pptx",)
    assert not (out / "slides").exists()


def test_two_editions_in_two_folders_have_equal_manifests(rendered: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        publish(rendered, tmp_path / name, audience="team", evidence="demo")
    one, two = ((tmp_path / name / "manifest.json").read_bytes() for name in ("one", "two"))
    assert one == two


def test_nothing_rendered_is_an_error_and_leaves_the_last_edition(rendered: Path, tmp_path: Path) -> None:
    publish(rendered, tmp_path / "out", audience="public", evidence="demo")
    with pytest.raises(FileNotFoundError, match="render the documents first"):
        publish(tmp_path / "empty", tmp_path / "out", audience="public", evidence="demo")
    assert (tmp_path / "out/index.html").is_file()
