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

from twinbenefits.publishing.python_source import parsed
from twinbenefits.publishing.runs import SourceText, is_made, run_folder, source_texts
from twinbenefits.workflow.files import files_below
from twinbenefits.workflow.imports import imported_names
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

SOURCE_FOLDERS = ("_extensions", "paper", "slides", "briefs", "kit", "references")
SOURCE_FILES = ("_quarto.yml", "index.qmd")
SUFFIX = {"html": ".html", "typst": ".pdf", "docx": ".docx", "revealjs": ".html", "pptx": ".pptx"}
"""The ending of each format's file; importing the renderer's own would slow every build."""
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE)


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
    def imports(self) -> frozenset[str]:
        """The dotted names that its code cells import."""
        sources = (source for source in self.code if "import" in source)
        return frozenset(name for source in sources for name in imported_names(source))

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
            for node in ast.walk(_parsed(source)) if "Study" in source else ():
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
        return parsed(source)
    except SyntaxError:  # magics, or a mistake that the kernel will report with its line
        return ast.Module(body=[], type_ignores=[])


@dataclass(frozen=True)
class Run:
    """One run of a notebook; most have a single one.

    Parameters
    ----------
    notebook : Notebook
        The notebook.
    values : mapping
        The parameter that tells its runs apart, with the value in this one; empty for a single run.
    """

    notebook: Notebook
    values: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name of its step, of its folder of results and of its page."""
        return run_folder(self.notebook.name, *(self.values.values() or ("",)))


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
    written_in : str
        The file that somebody wrote: another than `source` where that is made from a pattern.
    """

    source: str
    to: str
    output: str
    written_in: str


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
    def runs(self) -> tuple[Run, ...]:
        """Every run of every notebook, in order."""
        return tuple(
            Run(notebook, values) for notebook in self.notebooks for values in self._values(notebook)
        )

    def _values(self, notebook: Notebook) -> list[dict[str, str]]:
        declared = self.schema.get(notebook.name, {}).values()
        each = next((parameter for parameter in declared if parameter.each_in), None)
        return [{each.name: str(value)} for value in each.choices] if each else [{}]

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
        problems += self._set_for_all_runs()
        if problems:
            raise ParameterError(problems)

    def _set_for_all_runs(self) -> list[str]:
        """Name the parameters that cannot be set, because a build gives them each of their values."""
        return [
            f"{notebook}.{name} cannot be set: a build runs {notebook} once for each of "
            f"{', '.join(map(str, parameter.choices))}."
            for notebook, values in self.settings.parameters.items()
            for name, parameter in self.schema.get(notebook, {}).items()
            if parameter.each_in and name in values and parameter.wrong_with(values[name]) is None
        ]

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

    def injected(self, run: Run) -> dict[str, object]:
        """Return the values that differ from what the notebook's parameters cell says anyway."""
        notebook = run.notebook
        wanted = {
            "evidence": self.settings.evidence,
            "audience": self.settings.audience,
            **self.settings.parameters.get(notebook.name, {}),
            **run.values,
        }
        return {
            name: value
            for name, value in wanted.items()
            if name in self.schema.get(notebook.name, {}) and notebook.cell_values.get(name) != value
        }

    def table_file(self, table: str) -> Path:
        """Return the file of a declared table, whether or not it exists."""
        return self._table_files.get(
            table, self.settings.layout.cases(self.settings.evidence) / f"{table}.csv"
        )

    @cached_property
    def _table_files(self) -> dict[str, Path]:
        """The files of tables, by name; literature and study go before cases."""
        layout = self.settings.layout
        folders = (layout.cases(self.settings.evidence), layout.study, layout.literature)
        return {file.stem: file for folder in folders for file in folder.glob("*.csv")}

    @cached_property
    def texts(self) -> list[SourceText]:
        """Every source that ``_quarto.yml`` lists; of a pattern, the texts that are made from it.

        Raises
        ------
        SettingsError
            If the list is missing or names a source that does not exist.
        PublishingError
            If a pattern is written for a notebook that is not run several times.
        """
        root = self.settings.root
        section = _project_file(root / "_quarto.yml").get("project")
        listed = section.get("render") if isinstance(section, dict) else None
        if not isinstance(listed, list) or not listed:
            raise SettingsError("_quarto.yml lists no documents; name them under `project: render:`.")
        return source_texts(self.settings.layout, _listed(root, listed))

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """Every source in every format that its front matter declares."""
        return tuple(
            Document(
                source.file,
                to,
                str(PurePosixPath(source.file).with_suffix(SUFFIX.get(to, f".{to}"))),
                source.written_in,
            )
            for source in self.texts
            for to in _formats(source.text)
        )

    def source_files(self) -> list[Path]:
        """Return the files that documents are made from, sorted; not those that were made from patterns."""
        root = self.settings.root
        found = [root / name for name in SOURCE_FILES if (root / name).is_file()]
        for folder in SOURCE_FOLDERS:
            found += files_below(root / folder)
        return sorted(file for file in found if not (file.suffix == ".qmd" and _is_made(file)))


def _listed(root: Path, listed: list[Any]) -> list[str]:
    """Return the sources that `_quarto.yml` lists, each once; a star stands for any name."""
    found: list[str] = []
    missing: list[str] = []
    for entry in map(str, listed):
        if entry.startswith("!"):  # keeps Quarto from rendering a pattern itself
            continue
        if "*" in entry:
            found += sorted(path.relative_to(root).as_posix() for path in root.glob(entry) if path.is_file())
        elif (root / entry).is_file():
            found.append(entry)
        else:
            missing.append(entry)
    if missing:
        raise SettingsError(
            f"_quarto.yml lists {', '.join(missing)}, which does not exist. Restore it or take it out."
        )
    return list(dict.fromkeys(found))


def _is_made(source: Path) -> bool:
    return is_made(source.read_text("utf-8", "replace"))


def _formats(text: str) -> list[str]:
    """Return the formats a source declares; without any, rendering says what is missing."""
    declared = _front_matter(text).get("format")
    return list(map(str, declared)) if isinstance(declared, dict) else [str(declared or "html")]


def _front_matter(text: str) -> dict[str, Any]:
    """Read the YAML at the top of a document; what is wrong with it, the renderer says."""
    import yaml

    match = _FRONT_MATTER.match(text)
    try:
        return _read_yaml(match.group(1) if match else "")
    except yaml.YAMLError:
        return {}


def _project_file(path: Path) -> dict[str, Any]:
    import yaml

    try:
        return _read_yaml(path.read_text("utf-8-sig", "replace"))
    except yaml.YAMLError as error:
        raise SettingsError(f"{path.name} is not sound YAML: {error}") from None


def _read_yaml(text: str) -> dict[str, Any]:
    from twinbenefits.evidence import quick_yaml

    read = quick_yaml.load(text)
    return read if isinstance(read, dict) else {}
