"""Pandoc's syntax tree of Markdown texts, read the way the rendering engine reads them."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from twinbenefits.publishing.kept import Kept, code_digests

__all__ = ["Node", "attribute", "classes", "pandoc", "plain_text", "read_trees", "what_reads"]

Node = dict[str, Any]
READER = Path(__file__).with_name("read_markdown.lua")
FORMAT = "markdown-yaml_metadata_block"  # as the engine reads it: front matter is taken off before


def pandoc() -> str:
    """Return the path of the locked wheel's pandoc; one on the PATH could be of another age."""
    found = importlib.util.find_spec("pypandoc")  # importing it would cost more than reading a paper
    folder = Path(str(found.origin)).parent / "files" if found else Path()
    program = next((path for name in ("pandoc", "pandoc.exe") if (path := folder / name).is_file()), None)
    if program is None:
        raise RuntimeError(
            "the package pypandoc_binary is missing: set the environment up again (make paper)"
        )
    return str(program)


def read_trees(texts: Sequence[str], *, curled: bool = True, kept: Kept | None = None) -> list[list[Node]]:
    """Read Markdown texts (without front matter) in one run of pandoc.

    Parameters
    ----------
    texts
        The bodies; line ends may be of any kind.
    curled
        Whether straight quotation marks and hyphens become typographic ones, as they do in documents.
    kept
        Where texts that were read before are looked up, and those that are read now are kept.

    Returns
    -------
    list of list of dict
        For each text its blocks, in pandoc's JSON form.

    Raises
    ------
    RuntimeError
        When pandoc itself fails, with what it said.
    """
    plain = [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]
    form = FORMAT if curled else f"{FORMAT}-smart"
    if kept is None:
        return [json.loads(tree)["blocks"] for tree in _read(plain, form)]
    keys = {text: sha256(json.dumps([text, form, *what_reads()]).encode()).hexdigest() for text in plain}
    trees = {text: found[0] for text, key in keys.items() if (found := kept.get(key))}
    new = [text for text in keys if text not in trees]
    for text, tree in zip(new, _read(new, form), strict=True):
        trees[text] = tree.encode()
        kept.put(keys[text], trees[text])
    return [json.loads(trees[text])["blocks"] for text in plain]


@cache
def what_reads() -> tuple[object, ...]:
    """Return what decides how texts are read: pandoc and the code around it."""
    program = Path(pandoc()).stat()
    return (program.st_size, program.st_mtime_ns, *code_digests("markdown_tree.py", READER.name))


def _read(texts: Sequence[str], form: str) -> list[str]:
    """Return the tree of each text as pandoc writes it."""
    if not texts:
        return []
    given = json.dumps({"format": form, "texts": texts})
    run = subprocess.run(
        [pandoc(), "lua", str(READER)], input=given.encode(), capture_output=True, check=False
    )
    if run.returncode:
        raise RuntimeError(f"pandoc could not read the sources: {run.stderr.decode('utf-8', 'replace')}")
    return [line for line in run.stdout.decode("utf-8").split("\n") if line]


def attribute(attr: Sequence[Any], name: str) -> str | None:
    """Return the value of a key in pandoc's attribute triple, or nothing."""
    return next((str(value) for key, value in attr[2] if key == name), None)


def classes(attr: Sequence[Any]) -> list[str]:
    """Return the classes in pandoc's attribute triple."""
    return [str(name) for name in attr[1]]


def plain_text(node: Any) -> str:  # noqa: PLR0911 - one line per kind of node
    """Return what a reader reads of a node: no markup, no brackets around citations, no raw markup."""
    if isinstance(node, list):
        return "".join(plain_text(part) for part in node)
    kind, content = node["t"], node.get("c")
    if kind == "Str":
        return str(content)
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind in ("Code", "Math"):
        return str(content[1])
    if kind == "Cite":
        return re.sub(r"\[|\]|-?@", "", plain_text(content[1]))
    if kind == "Quoted":
        left, right = "\u201c\u201d" if content[0]["t"] == "DoubleQuote" else "\u2018\u2019"
        return f"{left}{plain_text(content[1])}{right}"
    if kind in ("Link", "Image", "Span"):
        return plain_text(content[1])
    if kind == "Note":
        return f" ({plain_text(content).strip()})"
    if kind in (
        "Plain",
        "Para",
        "Emph",
        "Strong",
        "Underline",
        "SmallCaps",
        "Strikeout",
        "Superscript",
        "Subscript",
    ):
        return plain_text(content)
    return ""
