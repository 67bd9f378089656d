"""A figure's digest: everything that decides the bytes of its drawing.

Most figures of a build are those of the build before, and drawing takes half of a notebook's time. A drawing
is kept under a digest of its figure as pickle would store it: what a figure can be drawn from again is all in
there. Beside it stand the settings in force, colours and fonts, the versions of all that draws, and the code
around it. A figure that holds anything whose code is not covered by these, such as a function of a notebook,
has no digest and is drawn each time.
"""

from __future__ import annotations

import hashlib
import itertools
import locale
import pickle
import platform
import time
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any

from twinbenefits.publishing.kept import code_digests

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["figure_digest"]

DRAWING = ("matplotlib", "numpy", "pillow", "kiwisolver", "contourpy", "cycler", "pyparsing")
"""Packages that have a part in drawing; figures are made of objects of the first two."""

KNOWN = frozenset(
    {"matplotlib", "mpl_toolkits", "numpy", "cycler", "builtins", "collections", "functools", "itertools"}
)
"""Where the code of all that a figure holds may come from: what these are is told by their versions."""

OF_WINDOWS = frozenset({"backend", "backend_fallback", "interactive"})
"""Settings that files are not drawn by."""

AROUND = ("drawings.py", "figures.py")


def figure_digest(figure: Figure | str, name: str, mark: str | None) -> str | None:
    """Return a digest of everything that decides how a figure is drawn; None if that cannot be told.

    Parameters
    ----------
    figure
        The figure, not laid out yet, or a digest of what it is made from.
    name, mark
        As in `figure_bytes`.
    """
    from matplotlib import rcParams
    from matplotlib.colors import get_named_colors_mapping

    settings = {name: value for name, value in rcParams.copy().items() if name not in OF_WINDOWS}
    colours = dict(get_named_colors_mapping())  # resolved at drawing, and seaborn can give others
    place = (locale.setlocale(locale.LC_ALL), time.tzname)
    seen = _Seen()
    try:
        about = (name, mark, settings, colours, place, *_surroundings())
        _Telling(seen).dump((about, figure))
    except Exception:  # pickle raises what the objects raise; whatever it is, the figure can be drawn
        return None
    return seen.digest.hexdigest()


class _Seen:
    """Takes what pickle writes and keeps its digest."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.digest.update(data)


class _UnknownKindError(pickle.PicklingError):
    """The figure holds something whose code may be another one tomorrow."""


class _Telling(pickle.Pickler):
    """Writes a figure down so that equal figures of different processes are written down equally."""

    def __init__(self, file: _Seen) -> None:
        from matplotlib.cbook import CallbackRegistry
        from matplotlib.transforms import TransformNode

        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._own_way: dict[type, Callable[[Any], Any]] = {
            TransformNode: _told_transform,
            CallbackRegistry: _told_listeners,
            itertools.count: lambda counted: (str, (repr(counted),)),  # not for pickle any more
            **dict.fromkeys((type, FunctionType, BuiltinFunctionType), _known),
        }
        self._usual: set[type] = set()
        """Kinds that are known and written down as pickle does it; a figure holds thousands of few kinds."""

    def reducer_override(self, obj: Any) -> Any:
        """Refuse what has unknown code, and write some kinds down in another way than pickle does."""
        kind = type(obj)
        if kind in self._usual:
            return NotImplemented
        for known, way in self._own_way.items():
            if issubclass(kind, known):
                return way(obj)
        _known(kind)
        self._usual.add(kind)
        return NotImplemented


def _known(named: Any) -> Any:
    """Refuse a kind or a function that is not from where all code is told by its version."""
    home = (named.__module__ or "builtins").partition(".")[0]
    if home not in KNOWN:
        raise _UnknownKindError(f"{named!r} is of {home}")
    return NotImplemented


def _told_transform(node: Any) -> Any:
    """Leave out the parents, which are known by addresses; each of them names the node as its child."""
    _known(type(node))
    return type(node), (), {key: value for key, value in vars(node).items() if key != "_parents"}


def _told_listeners(registry: Any) -> Any:
    """Tell what is called during drawing, which pickle itself leaves out."""
    heard = {signal: [kept() for kept in calls.values()] for signal, calls in registry.callbacks.items()}
    return type(registry), (), heard


@cache
def _surroundings() -> tuple[object, ...]:
    """Return what decides how figures are drawn and stays the same while a process runs."""
    from matplotlib import ft2font
    from matplotlib.font_manager import fontManager
    from PIL import features

    fonts = [(path, *_state(Path(path))) for path in sorted({entry.fname for entry in fontManager.ttflist})]
    libraries = [version(package) for package in DRAWING]
    programs = (ft2font.__freetype_version__, features.version("zlib"), platform.python_version())
    return (fonts, code_digests(*AROUND), libraries, programs, platform.machine(), platform.system())


def _state(path: Path) -> tuple[int, int]:
    try:
        about = path.stat()
    except OSError:
        return (0, 0)
    return (about.st_size, about.st_mtime_ns)
