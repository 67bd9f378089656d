"""A digest of all that a display is made from, equal in every process where that is equal.

Equal are values of the same kind with the same content in the same order: a changed number, name, type of a
column or order of rows gives another digest, and so does a line of code. What is not of a known kind has no
digest, for nobody can say whether it is the same as before.
"""

from __future__ import annotations

import dataclasses
import hashlib
import platform
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import FunctionType, MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from twinbenefits.evidence.release import Released

__all__ = ["CODE", "code_digest", "copied", "input_digest"]

ROOMS = ("analysis", "display", "evidence")
"""The rooms whose code a display may call."""

PACKAGES = ("matplotlib", "networkx", "numpy", "pandas", "scipy")

PLAIN = frozenset(
    {
        bool,
        bytes,
        date,
        datetime,
        float,
        int,
        str,
        type(None),
        pd.Timedelta,
        pd.Timestamp,
        type(pd.NA),
        type(pd.NaT),
    }
)
"""Kinds that Python writes out in full, each in its own way."""

KNOWN = sys.stdlib_module_names | {"twinbenefits", *PACKAGES}
"""Where functions come from whose code is told by the files or by a version."""


def code_digest() -> str:
    """Return a digest of the code that a display may call, as it stands in the files."""
    package = Path(__file__).parent.parent
    told = hashlib.sha256()
    for path in sorted(path for room in ROOMS for path in (package / room).rglob("*.py")):
        content = path.read_bytes()
        told.update(f"{path.relative_to(package).as_posix()} {len(content)} ".encode() + content)
    return told.hexdigest()


CODE = code_digest()
"""Read with the code itself: a file that is saved while a notebook runs is not what has been imported."""


def input_digest(function: Callable[..., object], /, *args: object, **kwargs: object) -> str | None:
    """Return a digest of everything that decides what a display function makes of its arguments.

    Parameters
    ----------
    function
        The display function. It may read its arguments, constants of the display modules, and nothing else.
    args, kwargs
        Its arguments: released results, frames, arrays, plain values, and lists and mappings of these.

    Returns
    -------
    str or None
        None where an argument, or what a constant has been replaced by, is of another kind.

    Examples
    --------
    >>> from twinbenefits.display.mention import mention_text
    >>> input_digest(mention_text, [1, 2]) == input_digest(mention_text, [1, 2.0])
    False
    >>> input_digest(mention_text, object()) is None
    True
    """
    about = (function.__module__, function.__qualname__, CODE, *_surroundings())
    try:
        return _digest((about, _constants(function.__module__), _told(args), _told(kwargs)))
    except (_UnknownKindError, RecursionError):
        return None


def copied(value: Any) -> Any:
    """Return an argument with a digest as it is now, whatever becomes of its lists, mappings and frames."""
    if type(value) in (list, tuple):
        return type(value)(copied(one) for one in value)
    if type(value) in (dict, MappingProxyType):
        return type(value)({name: copied(one) for name, one in value.items()})
    if isinstance(value, pd.DataFrame | pd.Series | pd.Index | np.ndarray):
        return value.copy()
    return value  # what was released cannot be changed


class _UnknownKindError(TypeError):
    """Something of which nobody can say what it is made from."""


@cache
def _surroundings() -> tuple[str, ...]:
    return (platform.python_version(), *(_version(package) for package in PACKAGES))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _digest(plain: object) -> str:
    return hashlib.sha256(repr(plain).encode()).hexdigest()


def _told(value: Any) -> object:
    """Return a value as what Python writes out in full."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind in (list, tuple):
        return (kind.__name__, _told_items(value))
    if kind in (dict, MappingProxyType):
        return ("mapping", _told_items([*value.keys()]), _told_items([*value.values()]))
    if dataclasses.is_dataclass(kind) and kind.__module__.startswith("twinbenefits."):
        return _told_fields(value)
    return _told_data(value, kind)


def _told_data(value: Any, kind: type) -> object:
    """Tell what numpy and pandas hold, and patterns."""
    if kind is pd.DataFrame:
        columns = [_told_array(column.array) for _, column in value.items()]
        return ("frame", _told(value.columns), _told(value.index), columns, _told(value.attrs))
    if kind is pd.Series:
        return ("series", _told(value.name), _told(value.index), _told_array(value.array))
    if isinstance(value, pd.Index):
        return (kind.__name__, _told_items([*value.names]), str(value.dtype), _told_items(value.tolist()))
    if kind is np.ndarray:
        return _told_array(value)
    if isinstance(value, np.generic) and type(value.item()) in PLAIN:
        return (str(value.dtype), value.item())
    if kind is re.Pattern:
        return ("pattern", value.pattern, value.flags)
    raise _UnknownKindError(f"{kind.__qualname__} has no digest")


def _told_items(values: Sequence[Any]) -> object:
    return list(values) if PLAIN.issuperset(map(type, values)) else [_told(value) for value in values]


def _told_fields(value: Any) -> object:
    """Tell a result by its fields, without the counts for the audit, of which displays know nothing."""
    names = [field.name for field in dataclasses.fields(value)]
    if type(value) is Released:
        names.remove("disclosed")
    return (type(value).__qualname__, [(name, _told(getattr(value, name))) for name in names])


def _told_array(values: Any) -> object:
    """Tell an array by its type, its shape and a digest of what stands in it."""
    if isinstance(values, pd.arrays.NumpyExtensionArray):
        values = values.to_numpy()
    if isinstance(values, pd.Categorical):
        return ("categorical", values.ordered, _told(values.categories), _told_array(values.codes))
    if isinstance(values, np.ndarray) and not values.dtype.hasobject:
        return (values.dtype.str, values.shape, hashlib.sha256(values.tobytes()).hexdigest())
    return (str(values.dtype), values.shape, _digest(_told_items(values.ravel().tolist())))


def _constants(module: str) -> object:
    """Tell what a display module and those it draws with hold, for a notebook can give it another value."""
    told: dict[str, list[object]] = {}
    ahead = [module]
    while ahead:
        name = ahead.pop()
        if name in told or name not in sys.modules:
            continue
        told[name] = []
        for key, value in vars(sys.modules[name]).items():
            if isinstance(value, type | FunctionType):
                told[name].append((key, value.__module__, value.__qualname__))
                if value.__module__.partition(".")[0] not in KNOWN:
                    raise _UnknownKindError(f"{key} of {name} is of {value.__module__}")
                ahead += [value.__module__] if value.__module__.startswith(f"{__package__}.") else []
            elif key.isidentifier() and not key.startswith("__"):  # what names in code can mean
                told[name].append((key, _told_constant(value)))
    return sorted(told.items())


def _told_constant(value: Any) -> object:
    try:
        return _told(value)
    except _UnknownKindError:  # a module, a type hint, an object of another package: what the code made it
        return type(value).__qualname__
