"""Write the demonstration set: tables, transcripts and the truth that was planted, all invented."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import yaml

from twinbenefits.evidence.facts import read_facts
from twinbenefits.evidence.files import write_if_changed
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.simulation.generator import Simulated, simulate
from twinbenefits.evidence.simulation.truth import Instruments, Shape

__all__ = ["DEFAULT_SEED", "demonstration_files", "instruments", "write_demo"]

DEFAULT_SEED = 11
"""The seed of the committed set."""

INSTRUMENTS = (
    "codebook", "context_scales", "proposition_terms", "propositions", "indicators", "vote_scales",
)  # fmt: skip


def instruments(layout: Layout) -> Instruments:
    """Return what the generator draws from: the study's own tables and `data/study/demo_phrases.yml`."""
    frames = load_tables(layout, "demo", INSTRUMENTS)
    phrases = yaml.safe_load((layout.study / "demo_phrases.yml").read_text("utf-8"))
    return Instruments(**frames, phrases=phrases)


def demonstration_files(
    layout: Layout, seed: int | str = DEFAULT_SEED, shape: Shape | None = None
) -> dict[str, str]:
    """Return the content of every file of the demonstration set by its place in `data/demo`.

    Parameters
    ----------
    layout
        The study whose codes, scales and phrases are used.
    seed
        Equal seeds give equal files, byte for byte.
    shape
        How large the set is; left out, that of the committed set.
    """
    made = simulate(instruments(layout), read_facts(layout)["as_of"], seed, shape)
    files = {TABLES[name].path: _csv(frame) for name, frame in made.tables.items()}
    files |= {f"sources/{source}.txt": text for source, text in made.texts.items()}
    truth = {"seed": seed, **made.truth.to_dict()}
    files["truth.json"] = json.dumps(truth, indent=1, ensure_ascii=False) + "\n"
    files["README.md"] = _readme(made, seed)
    return files


def write_demo(layout: Layout, seed: int | str = DEFAULT_SEED, shape: Shape | None = None) -> list[Path]:
    """Write the demonstration set into `data/demo` and return the files that changed.

    Files of an earlier set that this one does not have are deleted.

    Parameters
    ----------
    layout, seed, shape
        As in `demonstration_files`.
    """
    files = demonstration_files(layout, seed, shape)
    changed = [
        layout.demo / name for name, text in files.items() if write_if_changed(layout.demo / name, text)
    ]
    for path in sorted(layout.demo.rglob("*")):
        if path.is_file() and path.relative_to(layout.demo).as_posix() not in files:
            path.unlink()
            changed.append(path)
    return changed


def _csv(frame: pd.DataFrame) -> str:
    marks = {True: "true", False: "false"}
    flags = {str(name): frame[name].map(marks) for name in frame.select_dtypes("boolean")}
    text: str = frame.assign(**flags).to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    return text


def _readme(made: Simulated, seed: int | str) -> str:
    rows = "\n".join(f"| `{TABLES[name].path}` | {len(frame)} |" for name, frame in made.tables.items())
    return f"""# The demonstration set: all of it is invented

No company, no person, no interview and no workshop stands behind a row or a sentence in this folder. The
program made it from the seed {seed} and from the phrases in `data/study/demo_phrases.yml`, so that the
compendium can be tried without real evidence. Every row says `synthetic` = `true`; it is never mixed with
real rows, and whatever is computed from it carries a mark.

What was planted stands in `truth.json`: how often each code was put into each case, which context goes with
which benefit, which cases are the exception, how reliable each coder is in each session, and which codes they
take for one another. Analyses are held to it. The direction of each planted pair is a coin toss, so that some
agree with a proposition and some contradict it; the seed of the committed set is one with both. **Nothing can
be learned from this set about digital twins, the industries it names, or the propositions.**

- `sources/` holds the invented transcripts; segments name their place in them by code points.
- The people who code, rate, decide and vote are named `demo-…` or by a code.

`twinbenefits simulate --seed {seed}` writes these files again, byte for byte; another seed writes another
set.

| table | rows |
|---|---|
{rows}
"""
