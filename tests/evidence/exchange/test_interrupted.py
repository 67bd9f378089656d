"""Whatever interrupts a change of several files, all of them or none are changed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from twinbenefits.evidence.exchange.applying import repair_interrupted_import
from twinbenefits.evidence.exchange.storing import replace_together, undo_interrupted, write_bytes
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError

KILLED = """
import os, signal, sys
from pathlib import Path
from twinbenefits.evidence.exchange import storing
folder, when = Path(sys.argv[1]), int(sys.argv[2])
done = 0
replace = Path.replace
def counted(self, target):
    global done
    if Path(target).name.startswith(("old", "new")):
        if done == when:
            os.kill(os.getpid(), signal.SIGKILL)
        done += 1
    return replace(self, target)
Path.replace = counted
storing.replace_together(
    folder / ".import",
    {folder / name: text.encode() for name, text in
     {"old1.csv": "after 1", "old2.csv": "after 2", "deep/new.csv": "after 3"}.items()},
)
"""


def state(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    private = tmp_path / "data" / "private"
    private.mkdir(parents=True)
    (private / "old1.csv").write_bytes(b"before 1")
    (private / "old2.csv").write_bytes(b"before 2")
    return private


@pytest.mark.parametrize("when", [0, 1, 2])
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
def test_a_kill_between_renames_is_undone_at_the_next_start(folder: Path, when: int) -> None:
    before = state(folder)
    run = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(when)], check=False)
    assert run.returncode == -signal.SIGKILL
    assert (folder / ".import" / "journal.json").is_file()
    assert repair_interrupted_import(Layout(folder.parent.parent)) is True
    assert state(folder) == before
    assert repair_interrupted_import(Layout(folder.parent.parent)) is False


def test_a_run_that_is_not_killed_changes_everything(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(folder), "99"], check=True)
    assert state(folder) == {"old1.csv": b"after 1", "old2.csv": b"after 2", "deep/new.csv": b"after 3"}


@pytest.mark.parametrize("when", [0, 1])
def test_an_error_between_renames_is_undone_at_once(
    folder: Path, when: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(folder)
    done = 0
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        nonlocal done
        if self.suffix == ".new":
            if done == when:
                raise OSError(28, "No space left on device")
            done += 1
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        replace_together(folder / ".import", {folder / f"old{n}.csv": b"after" for n in (1, 2)})
    monkeypatch.undo()
    assert state(folder) == before


def test_a_kill_before_the_journal_leaves_only_rubbish_behind(folder: Path) -> None:
    before = state(folder)
    (folder / ".import").mkdir()
    (folder / ".import" / "0.new").write_bytes(b"half")
    (folder / ".import" / "journal.json").write_bytes(b'{"files": [{"pa')
    assert undo_interrupted(folder / ".import") is True
    assert state(folder) == before


def test_two_at_once_are_refused(folder: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom twinbenefits.evidence.exchange import storing\n"
        "folder = Path(sys.argv[1]); folder.mkdir()\n"
        "with storing._Lock(folder):\n    print('held', flush=True); time.sleep(60)\n"
    )
    other = subprocess.Popen([sys.executable, "-c", script, str(folder / ".import")], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(EvidenceError, match="another import is under way"):
            replace_together(folder / ".import", {folder / "old1.csv": b"after"})
    finally:
        other.kill()
        other.wait()
        other.stdout.close() if other.stdout else None
    assert replace_together(folder / ".import", {folder / "old1.csv": b"after"}) == [folder / "old1.csv"]


def test_files_that_have_the_content_already_are_left_alone(folder: Path) -> None:
    earlier = (folder / "old1.csv").stat().st_mtime_ns
    assert replace_together(folder / ".import", {folder / "old1.csv": b"before 1"}) == []
    assert (folder / "old1.csv").stat().st_mtime_ns == earlier
    assert write_bytes(folder / "old1.csv", b"before 1") is False
    assert not (folder / ".import").exists()
