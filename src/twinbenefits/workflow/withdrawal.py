"""Somebody takes their consent back: first everything that rests on it goes, then the study is built anew.

What was deleted stays deleted if the new build fails: an old document is worse than none.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from twinbenefits.evidence.layout import Layout, folder_name
from twinbenefits.evidence.problems import nearest, shortlist
from twinbenefits.evidence.snapshot_files import snapshot_folder
from twinbenefits.publishing.claims_touched import claims_on, what_became_of
from twinbenefits.workflow.build_lock import only_build
from twinbenefits.workflow.changes import Edition, edition_of, told
from twinbenefits.workflow.settings import Settings, SettingsError

__all__ = ["Withdrawal", "plan_withdrawal", "withdraw"]

FINE, FAILED = 0, 1
KINDS = {"source": "sources", "participant": "participants", "company": "cases"}
KEYS = {"source": "source", "participant": "participant", "company": "case"}
STAGED_BY_HAND = ("_staged", "_variables.yml")
OUT_OF_REACH = (
    "Out of reach, and for you to see to:",
    "  copies that were handed out: documents, slides, bundles, printouts, mails, exported coding sheets",
    "  backups and synchronised folders of this project, and clones on other machines",
    "  the list that tells which person a code stands for, and the recording itself",
)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal changes in the tables.

    Parameters
    ----------
    kind, name
        `source`, `participant` or `company`, and its code.
    tables
        The tables as they will be.
    told
        What changes, one line per table.
    """

    kind: str
    name: str
    tables: dict[str, pd.DataFrame]
    told: tuple[str, ...]


def plan_withdrawal(layout: Layout, kind: str, name: str) -> Withdrawal:
    """Work out what a withdrawal changes; nothing is written.

    A source and its passages get level 0. Of a participant, all sources of sessions that nobody else took
    part in, all passages that the participant speaks, and in the other sessions those without a speaker,
    since nobody can say that they are somebody else's. Of a company, all permissions go: absent means no.

    Parameters
    ----------
    layout
        Where the project stands.
    kind
        `source`, `participant` or `company`.
    name
        Its code.

    Raises
    ------
    SettingsError
        If there is no such code; the nearest one is named.
    EvidenceError
        If the tables cannot be read.
    """
    from twinbenefits.evidence.exchange.existing import read_existing

    tables = dict(read_existing(layout).tables)
    known = [str(code) for code in tables[KINDS[kind]][KEYS[kind]]]
    if name not in known:
        meant = nearest(name, known)
        hint = f"Did you mean {meant!r}?" if meant else f"There are: {shortlist(known, 20) or 'none'}."
        raise SettingsError(f"data/private/{KINDS[kind]}.csv has no {kind} {name!r}. {hint}")
    if kind == "company":
        permissions = tables["permissions"]
        kept = permissions[permissions["case"] != name]
        gone_with_it = f"permissions: {len(permissions) - len(kept)} of {name} removed"
        return Withdrawal(kind, name, {"permissions": kept}, (gone_with_it,))
    sources, segments = tables["sources"].copy(), tables["segments"].copy()
    gone = _sources_of(name, tables) if kind == "participant" else {name}
    passages = segments["source"].isin(gone)
    if kind == "participant":
        shared = sources.loc[sources["session"].isin(_sessions_of(name, tables)), "source"]
        unsigned = segments["source"].isin(shared) & (segments["speaker"].astype("str") == "")
        passages |= (segments["speaker"] == name) | unsigned
    closed = {*gone, *segments.loc[passages, "segment"], name}
    sources.loc[sources["source"].isin(gone), "consent_level"] = "0"
    segments.loc[passages, "consent_level"] = "0"
    memos = tables["memos"].copy()
    memos.loc[memos["about"].isin(closed), "consent_level"] = "0"
    lines = (
        f"sources: {len(gone)} set to level 0",
        f"segments: {int(passages.sum())} set to level 0",
        f"memos: {int(memos['about'].isin(closed).sum())} set to level 0",
    )
    return Withdrawal(kind, name, {"sources": sources, "segments": segments, "memos": memos}, lines)


def _sessions_of(participant: str, tables: dict[str, pd.DataFrame]) -> set[str]:
    sessions = tables["sessions"]
    there = [participant in str(cell).split(";") for cell in sessions["participants"]]
    return set(sessions.loc[there, "session"])


def _sources_of(participant: str, tables: dict[str, pd.DataFrame]) -> set[str]:
    """Return the sources of sessions that nobody else took part in."""
    sessions, sources = tables["sessions"], tables["sources"]
    alone = set(sessions.loc[sessions["participants"] == participant, "session"])
    return set(sources.loc[sources["session"].isin(alone), "source"])


def withdraw(
    root: Path,
    kind: str,
    name: str,
    *,
    evidence: str = "private",
    engine: str = "auto",
    say: Say = print,
    rebuild: Callable[[Settings], int] | None = None,
) -> int:
    """Withdraw a source, a participant or a company's permissions.

    Parameters
    ----------
    root
        The project's folder.
    kind, name
        As in `plan_withdrawal`.
    evidence
        Only `private`: nobody has consented to the demonstration.
    engine
        With which the documents are made anew.
    say
        Told each line of the account.
    rebuild
        Builds one edition and returns its exit code; by default the build itself.

    Returns
    -------
    int
        0 when everything was built anew, 1 when a build failed; what was deleted stays deleted.

    Raises
    ------
    SettingsError
        If there is nothing to withdraw. Nothing has been touched then.
    """
    if evidence != "private":
        raise SettingsError(
            "The demonstration set is invented: nobody's consent stands behind it, so there is nothing to "
            "withdraw. Withdraw from the real evidence (--evidence private), or change the generator's seed."
        )
    settings = Settings(root, "team", "private", engine)
    layout = settings.layout
    planned = plan_withdrawal(layout, kind, name)
    editions = [Settings(root, audience, "private", engine) for audience in _audiences(layout)]
    before = {edition.audience: edition_of(edition) for edition in editions}
    claims = {edition.audience: _claims(edition, planned, say) for edition in editions}
    with ExitStack() as locks:
        for edition in editions:
            locks.enter_context(
                only_build(
                    edition.state, lambda holder: say(f"Waiting for the build of process {holder} ...")
                )
            )
        for line in _delete(layout):
            say(line)
        _write(layout, planned)
    for line in planned.told:
        say(line)
    failed = _rebuilt(editions, before, say, rebuild or _build)
    for edition in editions:
        for line in what_became_of(claims[edition.audience], _claims(edition, planned, say)):
            say(f"Edition for {edition.audience}: {line}")
    for line in (*_in_git(layout), *OUT_OF_REACH, *_still_there(layout, planned)):
        say(line)
    return FAILED if failed else FINE


def _claims(edition: Settings, planned: Withdrawal, say: Say) -> dict[str, str]:
    """Return the claims that rest on what is withdrawn; it goes even where they cannot be told."""
    try:
        return claims_on(edition.root, edition.audience, edition.evidence, list(planned.tables))
    except Exception as error:
        say(f"Edition for {edition.audience}: its claims cannot be told ({error})")
        return {}


def _audiences(layout: Layout) -> list[str]:
    """Return every audience for which anything of the private evidence was made."""
    parents = [layout.results("x", "private").parent, layout.output("x", "private").parent]
    parents.append(layout.build("x", "private").parent)
    names = {path.name for parent in parents if parent.is_dir() for path in parent.iterdir() if path.is_dir()}
    return sorted(_audience(name) for name in names)


def _audience(folder: str) -> str:
    company = folder.removeprefix(folder_name("company:"))
    return f"company:{company}" if company != folder else folder


def _delete(layout: Layout) -> Iterator[str]:
    """Delete all that was made from the private evidence, for every audience."""
    for parent in (layout.output("x", "private").parent, layout.results("x", "private").parent):
        if parent.exists():
            shutil.rmtree(parent)
            yield f"deleted {layout.shown(parent)}/"
    for state in sorted(layout.build("x", "private").parent.glob("*")):
        for path in state.iterdir() if state.is_dir() else ():
            if path.name != "lock":  # held by this process
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        yield f"deleted {layout.shown(state)}/: workspace, rendered documents, failed notebooks, records"
    snapshots = snapshot_folder(layout, "x", "private").parent
    if snapshots.exists():
        shutil.rmtree(snapshots)
        yield f"deleted {layout.shown(snapshots)}/: results that were kept for comparison"
    for name in STAGED_BY_HAND:
        path = layout.root / name
        if path.exists():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            yield f"deleted {name}, which may have been staged from private results"
    emptied = [path for path in sorted((layout.private / "work").rglob("*.ipynb")) if _empty_outputs(path)]
    if emptied:
        yield f"outputs taken out of {len(emptied)} notebooks under data/private/work/"


def _empty_outputs(path: Path) -> bool:
    """Take the outputs out of a notebook; one that cannot be read, and an editor's copy, are deleted."""
    from twinbenefits.publishing.atomic import write_text

    try:
        content = json.loads(path.read_text("utf-8"))
        cells = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        cells = None
    if cells is None or ".ipynb_checkpoints" in path.parts:
        path.unlink()
        return True
    for cell in cells:
        cell["outputs"], cell["execution_count"] = [], None
    return write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _write(layout: Layout, planned: Withdrawal) -> None:
    """Write the tables, all or none."""
    from twinbenefits.evidence.exchange.existing import bytes_of_table
    from twinbenefits.evidence.exchange.planning import CHANGES_FOLDER
    from twinbenefits.evidence.exchange.storing import replace_together
    from twinbenefits.evidence.schema import TABLES

    contents = {
        TABLES[name].file(layout, "private"): bytes_of_table(name, frame)
        for name, frame in planned.tables.items()
        if TABLES[name].file(layout, "private").exists()
    }
    replace_together(layout.private / CHANGES_FOLDER, contents)


def _build(settings: Settings) -> int:
    from twinbenefits.workflow.build import build

    return build(settings)


def _rebuilt(
    editions: Sequence[Settings], before: dict[str, Edition], say: Say, rebuild: Callable[[Settings], int]
) -> bool:
    """Build every edition anew and tell what became of it; return whether one failed."""
    failed = False
    for edition in editions:
        try:
            code = rebuild(edition)
        except Exception as error:  # whatever it is: the other editions are still to be built
            say(str(error))
            code = FAILED
        failed |= code != FINE
        outcome = "built anew" if code == FINE else "NOT built anew; what was deleted stays deleted"
        say(f"Edition for {edition.audience}: {outcome}")
        for line in told(before[edition.audience], edition_of(edition), most=10**6, files=True):
            say(f"  {line}")
    return failed


def _in_git(layout: Layout) -> Iterator[str]:
    """Say whether private material was ever committed."""
    command = ["git", "-C", str(layout.root), "log", "--all", "--format=%h", "--"]
    places = ["data/private", "results/private", "_output/private"]
    try:
        found = subprocess.run([*command, *places], check=True, capture_output=True, text=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        yield "Git does not answer in this folder; whether private material was committed is not known."
        return
    if found:
        yield (
            f"Git history holds private material in {len(found)} commits ({', '.join(found[:5])}); "
            "it stays there until the history is rewritten and every clone is replaced."
        )
    else:
        yield "Git history holds no file from the private folders; text typed into other files is not known."


def _still_there(layout: Layout, planned: Withdrawal) -> Iterator[str]:
    """Name what is kept on purpose: level 0 closes rows, it does not erase them."""
    if planned.kind == "company":
        return
    sources = planned.tables["sources"]
    closed = sources.loc[sources["consent_level"].astype("str") == "0", "source"]
    texts = [layout.private / "sources" / f"{source}.txt" for source in closed]
    there = [layout.shown(path) for path in texts if path.exists()]
    yield "  the rows in data/private/ themselves: level 0 closes them; erase them if that was asked for"
    if there:
        yield f"  transcripts of level 0: {', '.join(there)}"
