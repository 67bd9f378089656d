"""Edits an author may make, drawn at random: most of words, some of all that a text may hold besides."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

WORDS = (
    *(
        "lamp",
        "dusk",
        "quay",
        "*lit*",
        "**kept**",
        "it's",
        '"so"',
        "`code`",
        "2026",
        "5G",
        "&",
        "©",
        "...",
        "--",
    ),
    '[far]{.evidence grade="weak"}',
)
SENTENCES = (
    "A sentence was added.",
    'It holds *emphasis*, "quotes" -- and a [link](https://example.org/x?a=1&b=2).',
    "It ends with @sec-findings",
    "It cites [@Quill2019].",
    "It says [12]{.quoted from=deck} and [Elements]{.quoted from=deck}.",
    "A [heading][Elements] or [A long table] is meant.",
    "It has a note.^[Here it is.]",
    "There is $x < 1$ and 5 < 6 > 4.",
    "<!-- a comment -->",
    "<https://example.org>",
    r"An \* escaped one, \emph{and} TeX.",
)
PARAGRAPHS = (
    *SENTENCES,
    "- an item\n- another",
    "- an item\n\n- a loose one",
    "1. first\n2. second",
    "(@good) An example.",
    ": A caption.",
    "Table: A caption.",
    "# A new heading",
    "## Elements",
    "> Quoted.",
    "```\ncode\n\n    more\n```",
    "```",
    "    indented",
    "::: {.results}\nA block.\n:::",
    ":::",
    "::: {.callout-tip}",
    "Term\n:   Its definition.",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "<!-- begins",
    "ends -->",
    "-----",
    "First line\n=====",
    "[link]: https://example.org/defined",
    "See [link] and [link]{.quoted from=deck}.",
    "[^n]: A note that nobody calls.",
    "| a line\n| block",
    "First of two lines\nand the *second\none*.",
    "\\newpage",
    "{{< var rows_total >}} rows are counted.",
    "{{< pagebreak >}}",
)


def edit(source: Path, draw: random.Random) -> str:
    """Change a source in one way and return what was done; front matter and includes are left alone."""
    text = source.read_text("utf-8")
    front = re.match(r"---\n.*?\n---\n", text, re.DOTALL)
    start = front.end() if front else 0
    pieces = text[start:].split("\n\n")
    done = draw.choices(OPERATIONS, [weight for _, weight in WEIGHTS])[0](pieces, draw)
    source.write_text(text[:start] + "\n\n".join(pieces), "utf-8")
    return f"{source.name}: {done}"


def _some(pieces: list[str], draw: random.Random) -> int:
    ordinary = [at for at, piece in enumerate(pieces) if re.match(r"[A-Z*\"]", piece)]
    return draw.choice(ordinary or range(len(pieces)))


def _word(pieces: list[str], draw: random.Random) -> str:
    at = _some(pieces, draw)
    words = pieces[at].split(" ")
    where, what = draw.randrange(len(words)), draw.choice(WORDS)
    words[where : where + draw.randrange(2)] = [what]
    pieces[at] = " ".join(words)
    return f"word {what!r} in piece {at}"


def _sentence(pieces: list[str], draw: random.Random) -> str:
    at, what = _some(pieces, draw), draw.choice(SENTENCES)
    pieces[at] = f"{pieces[at]} {what}" if draw.random() < 0.7 else f"{what} {pieces[at]}"
    return f"sentence {what!r} in piece {at}"


def _paragraph(pieces: list[str], draw: random.Random) -> str:
    at, what = draw.randrange(1, len(pieces) + 1), draw.choice(PARAGRAPHS)
    pieces.insert(at, what)
    return f"paragraph {what!r} as piece {at}"


def _removed(pieces: list[str], draw: random.Random) -> str:
    at = draw.randrange(1, len(pieces)) if len(pieces) > 1 else 0
    return f"without {pieces.pop(at)!r}" if "include" not in pieces[at] else "nothing"


def _swapped(pieces: list[str], draw: random.Random) -> str:
    one, other = _some(pieces, draw), _some(pieces, draw)
    pieces[one], pieces[other] = pieces[other], pieces[one]
    return f"pieces {one} and {other} swapped"


def _doubled(pieces: list[str], draw: random.Random) -> str:
    at = _some(pieces, draw)
    pieces.insert(draw.randrange(at, len(pieces)) + 1, pieces[at])
    return f"piece {at} doubled"


def _anything(pieces: list[str], draw: random.Random) -> str:
    at = draw.randrange(len(pieces))
    character = draw.choice(list("ab #:*_[]()`\"'<>$-\n@^~|{}\\"))
    where = draw.randrange(len(pieces[at]) + 1)
    pieces[at] = pieces[at][:where] + character + pieces[at][where + draw.randrange(2) :]
    return f"character {character!r} in piece {at}"


WEIGHTS: tuple[tuple[Callable[[list[str], random.Random], str], int], ...] = (
    (_word, 9), (_sentence, 7), (_paragraph, 6), (_removed, 2), (_swapped, 2), (_doubled, 1), (_anything, 3),
)  # fmt: skip
OPERATIONS = [operation for operation, _ in WEIGHTS]
