"""Editions for outlets are refused before anything is rendered when something is not right."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from twinbenefits.publishing.bundle import BundleError
from twinbenefits.publishing.outlets import OUTLETS
from twinbenefits.workflow.depositing import bundle_name, make_bundle
from twinbenefits.workflow.editions import make_edition
from twinbenefits.workflow.settings import Settings, SettingsError


@pytest.fixture
def settings(root: Path, tmp_path: Path) -> Settings:
    (tmp_path / "data/study").mkdir(parents=True)
    shutil.copy(root / OUTLETS, tmp_path / OUTLETS)
    return Settings(tmp_path)


@pytest.mark.parametrize(
    ("kind", "outlet", "demonstration", "told"),
    [
        ("anonymous", "rtn", True, "Did you mean rtm"),
        ("blind", "rtm", True, "there are anonymous, titled"),
        ("anonymous", "rtm", False, "invented, so it must not be sent"),
        ("titled", "rtm", True, "has not been built yet"),
    ],
)
def test_what_cannot_be_an_edition_is_told(
    settings: Settings, kind: str, outlet: str, demonstration: bool, told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        make_edition(settings, kind, outlet, demonstration=demonstration)
    assert not (settings.root / "_output").exists()


def test_invented_evidence_is_not_deposited_unasked(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "a.zip"
    with pytest.raises(BundleError, match="invented, so it must not be deposited"):
        make_bundle(settings, target, demonstration=False)
    with pytest.raises(BundleError, match="publish-results"):
        make_bundle(settings, target, demonstration=True)
    for name in ("expected.json", "README.md"):
        (settings.root / "reproduction").mkdir(exist_ok=True)
        (settings.root / "reproduction" / name).write_text("{}", "utf-8")
    with pytest.raises(BundleError, match="holds no documents"):
        make_bundle(settings, target, demonstration=True)
    assert not target.exists()
    assert bundle_name("company:K1", demonstration=True).endswith("-company-K1-demonstration.zip")
