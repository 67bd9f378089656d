"""The locked wheel's pandoc, and no other."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from twinbenefits.publishing.render import RenderError, pandoc


@pytest.fixture(autouse=True)
def _look_again() -> Iterator[None]:
    pandoc.pandoc_path.cache_clear()
    yield
    pandoc.pandoc_path.cache_clear()


def test_a_pandoc_on_the_path_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoy = tmp_path / "pandoc"
    decoy.write_text("#!/bin/sh\necho wrong >&2\nexit 9\n")
    decoy.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pandoc.pandoc_path().parent.name == "files"
    assert (
        pandoc.run_pandoc({"from": "markdown", "to": "html"}, b"*x*", folder=tmp_path).output
        == b"<p><em>x</em></p>\n"
    )


def test_another_version_is_refused_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess([], 0, stdout="pandoc 2.19.2\nFeatures: +server +lua\n")
    monkeypatch.setattr(pandoc.subprocess, "run", lambda *_, **__: done)
    with pytest.raises(
        RenderError, match=r"this machine's wheel holds pandoc 2\.19\.2.*only promised for pandoc 3\.9"
    ):
        pandoc.pandoc_path()


def test_a_pandoc_that_does_not_start_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("exec format error")

    monkeypatch.setattr(pandoc.subprocess, "run", fail)
    with pytest.raises(RenderError, match="must fit this machine"):
        pandoc.pandoc_path()


def test_a_missing_wheel_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pandoc.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(RenderError, match="pypandoc_binary brings it"):
        pandoc.pandoc_path()


def test_templates_in_the_users_own_folder_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    templates = tmp_path / ".local" / "share" / "pandoc" / "templates"
    templates.mkdir(parents=True)
    (templates / "default.html5").write_text("MINE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / ".local" / "share"))
    options = {"from": "markdown", "to": "html5", "standalone": True, "metadata": {"title": "T"}}
    assert b"MINE" not in pandoc.run_pandoc(options, b"x", folder=tmp_path).output
