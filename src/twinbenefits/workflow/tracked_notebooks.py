"""What a notebook must be like before git may track it, and what git may never track.

A tracked notebook carries the outputs of its default parameters (demonstration evidence, public audience),
run from top to bottom, and nothing that tells of a machine. Used by the git hook on what is staged, and by
the tests and ``twinbenefits check`` on what is tracked. Standard library only: the hook also runs where
``.venv`` does not exist.
"""

from __future__ import annotations

import argparse
import ast
import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REFRESH = "make notebooks"
DEFAULTS = {"evidence": "demo", "audience": "public"}
KERNEL = "python3"
PRIVATE_FOLDERS = ("data/private/", "results/private/", "_output/private/", ".build/")
INVENTED = ("data/demo/", "tests/")
PROJECT_FILES = frozenset(
    {".qdpx", ".qde", ".qda", ".nvp", ".nvpx", ".nvcx", ".atlproj", ".atlproj22", ".mx20", ".mx22", ".mx24"}
    | {".mex22", ".mex24", ".xlsx", ".xlsm", ".xls", ".ods", ".sqlite", ".sqlite3", ".db", ".vtt", ".srt"}
    | {".eaf", ".mp3", ".m4a", ".wav", ".mp4"}
)
TEXTS = (".txt", ".md", ".docx", ".odt", ".rtf", ".qmd", ".html")
TURN = re.compile(
    r"^[ \t]*(?:[\[(]?\d{1,2}:\d{2}(?::\d{2})?[\])]?[ \t]+)?"  # a time
    r"([^\W\d_][\w.'-]*(?: [\w.'-]+){0,3})(?:[ \t]*[\[(]\d{1,2}:\d{2}(?::\d{2})?[\])])?[ \t]*:[ \t]+\S",
    re.MULTILINE,
)
"""The start of a turn: a speaker of up to four words, a colon, and what was said; perhaps with a time."""
# An output that a build has injected parameters into, or that names a place on somebody's machine or in its
# memory, cannot be the same anywhere else.
MACHINE_PLACE = re.compile(
    r"(?<![\w./:-])/(?:home|Users|root|tmp|var|private|opt|mnt|srv)/[^\s\"'<>]*"
    r"|\b[A-Za-z]:\\\\?(?:Users|Documents)[^\s\"'<>]*"
    r"|\bat 0x[0-9a-fA-F]{6,}"
)

PLACE_RULE = "the output names a place on one machine or in its memory"
PLACE_WAY_OUT = f"Have the cell show something that is the same everywhere, then run `{REFRESH}`"


@dataclass(frozen=True)
class NotebookProblem:
    """One thing that keeps a file out of git.

    Attributes
    ----------
    file : str
        Path from the project's folder.
    place : str
        The cell, counted from 1 as JupyterLab shows them, or what part of the file.
    value : str
        What was found, shortened.
    rule : str
        What is expected.
    way_out : str
        What to do.
    """

    file: str
    place: str
    value: str
    rule: str
    way_out: str

    def __str__(self) -> str:
        value = f" ({self.value})" if self.value else ""
        return f"{self.file}, {self.place}: {self.rule}{value}. {self.way_out}"


def check_notebook(file: str, text: str, root: Path | None = None) -> list[NotebookProblem]:
    """Check one notebook's text.

    Parameters
    ----------
    file : str
        The name to report.
    text : str
        The notebook as stored (JSON, format 4).
    root : Path, optional
        The project's own folder, which no output may name either.

    Returns
    -------
    list of NotebookProblem
        Every problem at once; empty when git may track the notebook.
    """
    refresh = f"Run `{REFRESH}` and stage {file} again"
    try:
        notebook = json.loads(text)
        cells: list[dict[str, Any]] = list(notebook["cells"])
        metadata: dict[str, Any] = dict(notebook["metadata"])
        code = [(n, cell) for n, cell in enumerate(cells, 1) if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as error:
        rule = "is not a notebook of format 4"
        way_out = (
            f"Restore it (`git checkout -- '{file}'`), or merge again with `git mergetool --tool=nbdime`"
        )
        return [NotebookProblem(file, "the file", type(error).__name__, rule, way_out)]
    found = [
        *_kernel_problems(metadata),
        *_parameter_problems(code),
        *_run_problems(code),
        *_output_problems(code, root),
    ]
    return [
        NotebookProblem(file, place, _shorten(value), rule, way_out or refresh)
        for place, value, rule, way_out in found
    ]


_Found = tuple[str, str, str, str]  # place, value, rule, way out (empty: refresh the notebook)


def _kernel_problems(metadata: Mapping[str, Any]) -> Iterator[_Found]:
    kernel = metadata.get("kernelspec", {}).get("name", "none")
    if kernel != KERNEL:
        yield "metadata", kernel, f"the kernel must be {KERNEL}, the project's own", ""
    if "papermill" in metadata:
        yield "metadata", "papermill", "a build's own notes (times, paths, parameters) must not be kept", ""


def _parameter_problems(code: Sequence[tuple[int, dict[str, Any]]]) -> Iterator[_Found]:
    tagged = [(n, cell) for n, cell in code if "parameters" in _tags(cell)]
    for n, cell in code:
        if "injected-parameters" in _tags(cell):
            rule = "holds parameters that a build or a private session put there"
            yield f"cell {n}", _source(cell), rule, f"Delete that cell, then run `{REFRESH}`"
    if len(tagged) != 1:
        rule = "there must be exactly one code cell tagged `parameters`"
        way_out = "Tag it in JupyterLab: property inspector (gear icon) > Cell tags"
        yield "the notebook", f"{len(tagged)} found", rule, way_out
        return
    n, cell = tagged[0]
    assigned = _assigned_constants(_source(cell))
    for name, default in DEFAULTS.items():
        if assigned.get(name) != default:
            value = f"{name} = {assigned[name]!r}" if name in assigned else f"{name} is missing"
            rule = f'a tracked notebook has {name} = "{default}"'
            way_out = (
                f'Write {name} = "{default}" and run `{REFRESH}`; private evidence: EVIDENCE=private make lab'
            )
            yield f"cell {n}", value, rule, way_out


def _run_problems(code: Sequence[tuple[int, dict[str, Any]]]) -> Iterator[_Found]:
    expected = 0
    for n, cell in code:
        if not _source(cell).strip():
            continue
        expected += 1
        count = cell.get("execution_count")
        if count != expected:  # nbval compares nothing in a cell that has not been run
            value = "not run" if count is None else f"run as number {count}"
            rule = f"cells must have been run once, from top to bottom (this one as number {expected})"
            yield f"cell {n}", value, rule, ""
            return


def _output_problems(code: Sequence[tuple[int, dict[str, Any]]], root: Path | None) -> Iterator[_Found]:
    here = f"|{re.escape(str(root))}/[^\\s\"'<>]*" if root and root != Path("/") else ""
    machine_place = re.compile(MACHINE_PLACE.pattern + here)
    for n, cell in code:
        if "papermill" in cell.get("metadata", {}):
            yield f"cell {n}", "papermill", "a build's own notes (times, status) must not be kept", ""
        for output in cell.get("outputs", []):
            if output.get("output_type") == "error":
                way_out = f"Mend the cell, then run `{REFRESH}`"
                yield f"cell {n}", str(output.get("ename")), "the committed output is an error", way_out
                continue
            if output.get("name") == "stderr":
                yield (
                    f"cell {n}",
                    "".join(output.get("text", "")),
                    "the output holds a warning or a passing note",
                    "",
                )
            for text in _texts(output):
                for place in sorted({match.group() for match in machine_place.finditer(text)}):
                    yield f"cell {n}", place, PLACE_RULE, PLACE_WAY_OUT


def _assigned_constants(source: str) -> dict[str, Any]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return {}
    found = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name):
                found[target.id] = value.value if isinstance(value, ast.Constant) else ast.unparse(value)
    return found


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def _source(cell: Mapping[str, Any]) -> str:
    return "".join(cell.get("source", ""))


def _texts(output: Mapping[str, Any]) -> Iterator[str]:
    yield "".join(output.get("text", ""))
    for kind, content in output.get("data", {}).items():
        if not kind.startswith("image/") or kind == "image/svg+xml":
            yield "".join(content) if isinstance(content, list | str) else json.dumps(content)


def _shorten(value: str, length: int = 80) -> str:
    line = " ".join(value.split())
    return line if len(line) <= length else line[: length - 3] + "..."


def check_private(files: Iterable[str]) -> list[NotebookProblem]:
    """Name every file of `files` (paths from the project's folder) that lies where private material lies."""
    return [
        NotebookProblem(
            file,
            "the file",
            "",
            f"nothing under {folder} may enter git",
            f"Take it out again (the file itself stays): git rm --cached -- '{file}'",
        )
        for file in files
        for folder in PRIVATE_FOLDERS
        if file.startswith(folder)
    ]


def check_evidence(file: str, data: bytes) -> list[NotebookProblem]:
    """Name what in a file outside the demonstration and the tests resembles real evidence.

    Parameters
    ----------
    file : str
        Its path from the project's folder.
    data : bytes
        Its content.
    """
    if file.startswith(INVENTED):
        return []
    suffix = Path(file).suffix.lower()
    if suffix in PROJECT_FILES:
        rule = "project files of coding programs, workbooks and subtitles may hold interviews"
    elif suffix == ".csv" and _has_real_rows(data):
        rule = "the table has rows of real evidence (synthetic is false)"
    elif suffix in TEXTS and (turns := _speaker_turns(_words(data, suffix))):
        rule = f"the text looks like a transcript ({turns} turns of speakers)"
    else:
        return []
    way_out = f"Keep it in data/private/, which git ignores, and take it out: git rm --cached -- '{file}'"
    return [NotebookProblem(file, "the file", "", rule, way_out)]


def _has_real_rows(data: bytes) -> bool:
    lines = data.decode("utf-8-sig", "replace").splitlines()
    dialect = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    rows = csv.DictReader(lines, delimiter=dialect)
    return any(str(row.get("synthetic", "")).strip().lower() in ("false", "no", "0") for row in rows)


def _words(data: bytes, suffix: str) -> str:
    """Return the text of a file; of a Word document one line per paragraph."""
    if suffix not in (".docx", ".odt"):
        return data.decode("utf-8-sig", "replace")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            part = archive.read("word/document.xml" if suffix == ".docx" else "content.xml")
    except (zipfile.BadZipFile, KeyError):
        return ""
    lines = re.sub(r"</(?:w|text):p>|<w:br[^>]*>", "\n", part.decode("utf-8", "replace"))
    return re.sub(r"<[^>]+>", "", lines)


def _speaker_turns(text: str) -> int:
    """Return how many turns of speakers a text has, or 0 if it is no conversation.

    A conversation is told from a list of names and values by its few speakers, who speak again and again.
    """
    turns = TURN.findall(text)
    speakers = {speaker.casefold() for speaker in turns}
    lines = sum(bool(line.strip()) for line in text.splitlines())
    talks = len(turns) >= 6 and 2 <= len(speakers) <= len(turns) / 2 and len(turns) >= lines / 4
    return len(turns) if talks else 0


def check_repository(root: Path, *, staged: bool) -> list[NotebookProblem]:
    """Check what git tracks in `root`.

    Parameters
    ----------
    root : Path
        The top of the working tree.
    staged : bool
        True: only what the commit being made adds or changes, as it is staged. False: everything git
        tracks, as it is in the working tree.
    """
    if staged:
        files = _git(root, "diff", "--cached", "--name-only", "--no-renames", "--diff-filter=ACMT", "-z")
    else:
        files = _git(root, "ls-files", "-z")
    names = sorted(filter(None, files.decode("utf-8", "surrogateescape").split("\0")))
    problems = check_private(names)
    for name in names:
        suffix = Path(name).suffix.lower()
        if suffix not in (".ipynb", ".csv", *TEXTS, *PROJECT_FILES):
            continue
        if staged:
            content = _git(root, "show", f":{name}")
        elif (root / name).is_file():
            content = (root / name).read_bytes()
        else:
            continue
        if suffix != ".ipynb":
            problems += check_evidence(name, content)
        elif not name.startswith("tests/"):  # tests keep broken ones on purpose
            problems += check_notebook(name, content.decode("utf-8", "replace"), root)
    return problems


def _git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True).stdout


def main(arguments: Sequence[str] | None = None) -> int:
    """Check from the command line; 0 fine, 1 something git may not track, 2 could not be tried."""
    parser = argparse.ArgumentParser(prog="tracked_notebooks", description=__doc__)
    parser.add_argument("--staged", action="store_true", help="check what is staged, not what is tracked")
    options = parser.parse_args(arguments)
    try:
        root = Path(_git(Path.cwd(), "rev-parse", "--show-toplevel").decode().rstrip("\n"))
        problems = check_repository(root, staged=options.staged)
    except (OSError, subprocess.CalledProcessError) as error:
        detail = getattr(error, "stderr", b"") or str(error).encode()
        print("The notebooks could not be checked:", detail.decode(errors="replace").strip(), file=sys.stderr)
        return 2
    if problems:
        print("Not committed:" if options.staged else "Git tracks what it may not:", file=sys.stderr)
        for problem in problems:
            print(f"  {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
