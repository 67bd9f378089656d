"""The notebooks' parameters: declared once in ``notebooks/parameters.yml``, checked before a kernel starts.

papermill only warns of a parameter it does not know and injects it all the same; a misspelt name would then
leave the default in force without anybody noticing. Here an unknown name, a wrong type or a value out of
range stops the build, and all such problems are reported together.
"""

from __future__ import annotations

import ast
import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinbenefits.publishing.python_source import parsed
from twinbenefits.publishing.runs import values_in

SCHEMA_FILE = "parameters.yml"
TYPES: Mapping[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_FIELDS = {"type", "default", "minimum", "maximum", "choices", "each_in", "purpose"}
_TRUE, _FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}


class ParameterError(ValueError):
    """Parameters that no notebook can be run with.

    Parameters
    ----------
    problems : iterable of str
        One sentence per problem: where, what was found, what is expected, how to go on.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter of one notebook."""

    name: str
    type: str
    default: object
    purpose: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[object, ...] = ()
    each_in: str = ""
    """The column of a table whose values a build runs the notebook for, one after the other."""

    def wrong_with(self, value: object) -> str | None:
        """Say what is wrong with `value`, or nothing.

        >>> Parameter("least", "int", 1, "", minimum=1).wrong_with(0)
        'must be at least 1'
        >>> Parameter("least", "int", 1, "").wrong_with("two")
        'must be of type int, not str'
        """
        if not _is_of_type(value, self.type):
            return f"must be of type {self.type}, not {type(value).__name__}"
        if self.choices and value not in self.choices:
            known = list(map(str, self.choices))
            return f"must be one of {', '.join(known)}{nearest(str(value), known)}"
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not math.isfinite(value):
                return "must be a finite number"
            if self.minimum is not None and value < self.minimum:
                return f"must be at least {self.minimum}"
            if self.maximum is not None and value > self.maximum:
                return f"must be at most {self.maximum}"
        return None

    def read(self, text: str) -> object:
        """Read a value typed on the command line; what cannot be read stays text and is refused later."""
        if self.type == "bool":
            return True if text.lower() in _TRUE else False if text.lower() in _FALSE else text
        if self.type in ("int", "float"):
            try:
                return int(text) if self.type == "int" else float(text)
            except ValueError:
                return text
        return text


Schema = Mapping[str, Mapping[str, Parameter]]


def _is_of_type(value: object, name: str) -> bool:
    if name == "float":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if name == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def load_schema(notebooks: Path) -> Schema:
    """Read ``parameters.yml`` and hold it to its own rules.

    Parameters
    ----------
    notebooks : Path
        The folder with the notebooks and the schema.

    Returns
    -------
    mapping of str to mapping of str to Parameter
        Per notebook (the file's name without its ending), its parameters by name.

    Raises
    ------
    ParameterError
        If the file is missing, is not YAML, or declares something that contradicts itself.
    """
    import yaml

    from twinbenefits.evidence import quick_yaml

    try:
        read = quick_yaml.load((notebooks / SCHEMA_FILE).read_bytes())
    except FileNotFoundError:
        raise ParameterError(
            [f"notebooks/{SCHEMA_FILE} is missing; it declares the parameters. Restore it from git."]
        ) from None
    except yaml.YAMLError as error:
        raise ParameterError([f"notebooks/{SCHEMA_FILE} is not YAML: {error}"]) from None
    if not isinstance(read, dict) or not all(isinstance(entry, dict) for entry in read.values()):
        raise ParameterError([f"notebooks/{SCHEMA_FILE} must map each notebook's name to its parameters."])
    problems: list[str] = []
    study = notebooks.parent / "data" / "study"
    schema = {
        str(notebook): {
            str(name): parameter
            for name, entry in parameters.items()
            if (
                parameter := _declared(
                    f"notebooks/{SCHEMA_FILE}: {notebook}.{name}", str(name), entry, study, problems
                )
            )
        }
        for notebook, parameters in read.items()
    }
    if problems:
        raise ParameterError(problems)
    return schema


def _declared(where: str, name: str, entry: Any, study: Path, problems: list[str]) -> Parameter | None:
    if not isinstance(entry, dict) or not {"type", "default", "purpose"} <= set(entry):
        problems.append(f"{where} needs at least type, default and purpose.")
        return None
    if unknown := sorted(set(map(str, entry)) - _FIELDS):
        problems.append(
            f"{where} has the unknown entries {', '.join(unknown)}; known are {', '.join(sorted(_FIELDS))}."
        )
        return None
    if entry["type"] not in TYPES:
        problems.append(f"{where}: the type is {entry['type']!r}; known are {', '.join(TYPES)}.")
        return None
    choices, each_in = tuple(entry.get("choices") or ()), str(entry.get("each_in") or "")
    if each_in:
        try:
            choices = values_in(study, each_in)
        except (OSError, ValueError) as error:
            problems.append(f"{where}: each_in: {error}.")
            return None
    parameter = Parameter(
        name=name,
        type=entry["type"],
        default=entry["default"],
        purpose=str(entry["purpose"]),
        minimum=entry.get("minimum"),
        maximum=entry.get("maximum"),
        choices=choices,
        each_in=each_in,
    )
    if wrong := parameter.wrong_with(parameter.default):
        problems.append(f"{where}: the default {parameter.default!r} {wrong}.")
        return None
    return parameter


def check_values(schema: Schema, wanted: Mapping[str, Mapping[str, object]], present: Iterable[str]) -> None:
    """Refuse parameters that the schema does not allow, all at once and before a kernel starts.

    Parameters
    ----------
    schema : mapping
        What `load_schema` returned.
    wanted : mapping of str to mapping
        Per notebook, the values somebody asked for.
    present : iterable of str
        Names of the notebooks that exist as files.

    Raises
    ------
    ParameterError
        Naming the nearest known notebook or parameter.
    """
    files = sorted(present)
    problems = [
        f"{name}.ipynb has no entry in notebooks/{SCHEMA_FILE}; add one (evidence and audience at least)."
        for name in files
        if name not in schema
    ]
    problems += [
        f"notebooks/{SCHEMA_FILE} declares {name}, but notebooks/{name}.ipynb does not exist"
        f"{nearest(name, files)}. Restore the notebook or take its entry out."
        for name in schema
        if name not in files
    ]
    for notebook, values in wanted.items():
        if notebook not in schema:
            problems.append(f"There is no notebook {notebook!r}{nearest(notebook, schema)}.")
            continue
        problems += _wrong_values(notebook, schema[notebook], values)
    if problems:
        raise ParameterError(problems)


def _wrong_values(notebook: str, known: Mapping[str, Parameter], values: Mapping[str, object]) -> list[str]:
    problems = []
    for name, value in values.items():
        if name not in known:
            has = ", ".join(known) or "none"
            problems.append(f"{notebook} has no parameter {name!r}{nearest(name, known)}. It has {has}.")
        elif wrong := known[name].wrong_with(value):
            problems.append(f"{notebook}: {name} = {value!r} {wrong} ({known[name].purpose}).")
    return problems


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint at the most similar known name, or nothing.

    >>> nearest("audiense", ["evidence", "audience"])
    ' (did you mean audience?)'
    """
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.4)
    return f" (did you mean {found[0]}?)" if found else ""


def read_assignments(schema: Schema, assignments: Iterable[str]) -> dict[str, dict[str, object]]:
    """Read ``notebook.parameter=value`` from the command line.

    Raises
    ------
    ParameterError
        If one is not written so.
    """
    wanted: dict[str, dict[str, object]] = {}
    problems = []
    for text in assignments:
        left, equals, value = text.partition("=")
        notebook, dot, name = left.partition(".")
        if not (equals and dot and notebook and name):
            problems.append(f"{text!r} is not a parameter; write NOTEBOOK.NAME=VALUE.")
            continue
        declared = schema.get(notebook, {}).get(name)
        wanted.setdefault(notebook, {})[name] = declared.read(value) if declared else value
    if problems:
        raise ParameterError(problems)
    return wanted


def cell_parameters(source: str) -> dict[str, object]:
    """Return the names and values of a parameters cell, without running it.

    Raises
    ------
    ParameterError
        If the cell holds anything but assignments of literal values.

    Examples
    --------
    >>> cell_parameters('evidence = "demo"  # which rows\\nleast = 2  # mentions')
    {'evidence': 'demo', 'least': 2}
    """
    try:
        statements = parsed(source).body
    except SyntaxError as error:
        raise ParameterError([f"The parameters cell, line {error.lineno}: {error.msg}."]) from None
    values: dict[str, object] = {}
    problems = []
    for statement in statements:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=literal)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as literal)
            ):
                try:
                    values[name] = ast.literal_eval(literal)
                except ValueError:
                    problems.append(
                        f"The parameters cell, line {statement.lineno}: {name} must be a plain value."
                    )
            case _:
                problems.append(
                    f"The parameters cell, line {statement.lineno}: only lines such as name = 1 belong here."
                )
    if problems:
        raise ParameterError(problems)
    return values


def compare_with_cell(
    notebook: str, declared: Mapping[str, Parameter], cell: Mapping[str, object]
) -> list[str]:
    """Say where a notebook's parameters cell and the schema disagree in names, types or ranges.

    A value that merely differs from the declared default is left alone: trying one out in JupyterLab is what
    parameters are for. `defaults_that_differ` lists those.
    """
    problems = [
        f"{notebook}.ipynb sets {name!r} in its parameters cell, which notebooks/{SCHEMA_FILE} lacks"
        f"{nearest(name, declared)}."
        for name in cell
        if name not in declared
    ]
    problems += [
        f"notebooks/{SCHEMA_FILE} declares {name!r}, which {notebook}.ipynb does not set in its cell"
        f"{nearest(name, cell)}."
        for name in declared
        if name not in cell
    ]
    return problems + _wrong_values(notebook, declared, {n: v for n, v in cell.items() if n in declared})


def defaults_that_differ(
    notebook: str, declared: Mapping[str, Parameter], cell: Mapping[str, object]
) -> list[str]:
    """Say which values of a parameters cell are not the declared defaults."""
    return [
        f"{notebook}.ipynb has {name} = {cell[name]!r} in its parameters cell; "
        f"notebooks/{SCHEMA_FILE} says {parameter.default!r}. Make them equal."
        for name, parameter in declared.items()
        if name in cell and cell[name] != parameter.default
    ]
