"""What a project consists of: its notebooks with their parameters, and its documents with their formats."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from twinbenefits.workflow.normal_form import code_cells, parameters_source, source_of
from twinbenefits.workflow.parameters import (
    ParameterError,
    Schema,
    cell_parameters,
    check_values,
    compare_with_cell,
    load_schema,
)
from twinbenefits.workflow.settings import Settings, SettingsError

SOURCE_FOLDERS = ("_extensions", "paper", "slides", "kit", "references")
SOURCE_FILES = ("_quarto.yml", "index.qmd")
SUFFIX = {"html": ".html", "typst": ".pdf", "docx": ".docx", "revealjs": ".html", "pptx": ".pptx"}
"""The ending of each format's file; importing the renderer's own would slow every build."""
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_IGNORED = (".ipynb_checkpoints", "__pycache__")


@dataclass(frozen=True)
class Notebook:
    """One notebook of the project.

    Parameters
    ----------
    name : str
        The file's name without its ending.
    path : Path
        The file.
    """

    name: str
    path: Path

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """The notebook as stored.

        Raises
        ------
        ParameterError
            If the file is no notebook of format 4.
        """
        try:
            content: Mapping[str, Any] = json.loads(self.path.read_text("utf-8"))
            if content["nbformat"] != 4 or not isinstance(content["cells"], list):
                raise ValueError("nbformat")
        except (ValueError, KeyError, TypeError):
            raise ParameterError(
                [
                    f"notebooks/{self.path.name} is not a notebook of format 4. "
                    "Restore it from git, or open and save it in JupyterLab."
                ]
            ) from None
        return content

    @cached_property
    def code(self) -> tuple[str, ...]:
        """The text of each code cell."""
        return tuple(source_of(cell) for cell in code_cells(self.content))

    @cached_property
    def cell_values(self) -> Mapping[str, object]:
        """The parameters and values of its parameters cell."""
        source = parameters_source(self.content)
        if source is None:
            raise ParameterError(
                [f"notebooks/{self.path.name} has no code cell tagged 'parameters'; tag it."]
            )
        try:
            return cell_parameters(source)
        except ParameterError as error:
            raise ParameterError(
                [f"notebooks/{self.path.name}: {problem}" for problem in error.problems]
            ) from None

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The tables its ``Study.open(..., tables=[...])`` declares, sorted."""
        names: set[str] = set()
        for source in self.code:
            for node in ast.walk(_parsed(source)):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Study.open"):
                    for keyword in node.keywords:
                        if keyword.arg == "tables":
                            names.update(
                                part.value
                                for part in ast.walk(keyword.value)
                                if isinstance(part, ast.Constant) and isinstance(part.value, str)
                            )
        return tuple(sorted(names))


def _parsed(source: str) -> ast.AST:
    try:
        return ast.parse(source)
    except SyntaxError:  # magics, or a mistake that the kernel will report with its line
        return ast.Module(body=[], type_ignores=[])


@dataclass(frozen=True)
class Document:
    """One document in one format.

    Parameters
    ----------
    source : str
        The ``.qmd`` file, relative to the project's folder.
    to : str
        The format.
    output : str
        The file it becomes, relative to the output folder.
    """

    source: str
    to: str
    output: str


@dataclass(frozen=True)
class Project:
    """The project's parts, as the files say at this moment.

    Parameters
    ----------
    settings : Settings
        What the build is about.
    """

    settings: Settings

    @cached_property
    def notebooks(self) -> tuple[Notebook, ...]:
        """The notebooks in order of their names."""
        files = sorted(self.settings.layout.notebooks.glob("*.ipynb"))
        return tuple(Notebook(path.stem, path) for path in files)

    @cached_property
    def schema(self) -> Schema:
        """The declared parameters."""
        return load_schema(self.settings.layout.notebooks)

    def check_parameters(self) -> None:
        """Hold the wanted parameters and every parameters cell to the schema, before a kernel starts.

        Raises
        ------
        ParameterError
            With everything that is wrong.
        """
        problems: list[str] = []
        try:
            check_values(
                self.schema, self.settings.parameters, [notebook.name for notebook in self.notebooks]
            )
        except ParameterError as error:
            problems += error.problems
        for notebook in self.notebooks:
            try:
                cell = notebook.cell_values
                problems += compare_with_cell(notebook.name, self.schema.get(notebook.name, {}), cell)
            except ParameterError as error:
                problems += error.problems
        if problems:
            raise ParameterError(problems)

    def check_audience(self) -> None:
        """Refuse a company that the evidence does not know; a misspelt one would be told what the public is.

        Raises
        ------
        SettingsError
            With the companies there are.
        EvidenceError
            If the table of cases cannot be read.
        """
        _, _, company = self.settings.audience.partition(":")
        if not company:
            return
        from twinbenefits.evidence.loading import load_tables

        cases = load_tables(self.settings.layout, self.settings.evidence, ["cases"])["cases"]["case"]
        if company not in set(cases):
            known = ", ".join(f"company:{case}" for case in cases)
            raise SettingsError(
                f"The {self.settings.evidence} evidence has no case {company!r}; there are {known}."
            )

    def injected(self, notebook: Notebook) -> dict[str, object]:
        """Return the values that differ from what the notebook's parameters cell says anyway."""
        wanted = {
            "evidence": self.settings.evidence,
            "audience": self.settings.audience,
            **self.settings.parameters.get(notebook.name, {}),
        }
        return {
            name: value
            for name, value in wanted.items()
            if name in self.schema.get(notebook.name, {}) and notebook.cell_values.get(name) != value
        }

    def table_file(self, table: str) -> Path:
        """Return the file of a declared table, whether or not it exists."""
        layout = self.settings.layout
        case = layout.private if self.settings.evidence == "private" else layout.demo
        places = [folder / f"{table}.csv" for folder in (layout.literature, layout.study, case)]
        return next((place for place in places if place.exists()), places[-1])

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """Every (source, format) that ``_quarto.yml`` lists and the sources' front matter declares.

        Raises
        ------
        SettingsError
            If the list is missing or names a source that does not exist.
        """
        root = self.settings.root
        section = _mapping(root / "_quarto.yml", whole=True).get("project")
        listed = section.get("render") if isinstance(section, dict) else None
        if not isinstance(listed, list) or not listed:
            raise SettingsError("_quarto.yml lists no documents; name them under `project: render:`.")
        missing = [str(source) for source in listed if not (root / str(source)).is_file()]
        if missing:
            raise SettingsError(
                f"_quarto.yml lists {', '.join(missing)}, which does not exist. Restore it or take it out."
            )
        return tuple(
            Document(source, to, str(PurePosixPath(source).with_suffix(SUFFIX.get(to, f".{to}"))))
            for source in map(str, listed)
            for to in _formats(root / source)
        )

    def source_files(self) -> list[Path]:
        """Return the files that documents are made from, sorted."""
        root = self.settings.root
        found = [root / name for name in SOURCE_FILES if (root / name).is_file()]
        for folder in SOURCE_FOLDERS:
            found += files_below(root / folder)
        return sorted(found)


def files_below(folder: Path) -> list[Path]:
    """Return the files in a folder and below, sorted, without what editors and Python leave there."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(
            part in _IGNORED or part.startswith((".~", "~$")) for part in path.relative_to(folder).parts
        )
    )


def _formats(source: Path) -> list[str]:
    """Return the formats a source declares; without any, rendering says what is missing."""
    declared = _mapping(source, whole=False).get("format")
    return list(map(str, declared)) if isinstance(declared, dict) else [str(declared or "html")]


def _mapping(path: Path, *, whole: bool) -> dict[str, Any]:
    """Read a YAML file, or the YAML at the top of a document, which the renderer checks."""
    import yaml

    text = path.read_text("utf-8-sig", "replace")
    if not whole:
        match = _FRONT_MATTER.match(text)
        text = match.group(1) if match else ""
    try:
        read = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        if whole:
            raise SettingsError(f"{path.name} is not sound YAML: {error}") from None
        return {}
    return read if isinstance(read, dict) else {}
