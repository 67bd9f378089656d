"""Drawings of earlier builds, found again by everything that decides their bytes.

Most figures of a build are those of the build before, and drawing takes half of a notebook's time. A drawing
is kept under a digest of its figure as pickle would store it: what a figure can be drawn from again is all in
there. Beside it stand the settings in force, colours and fonts, the versions of all that draws, and the code
around it. A figure that holds anything whose code is not covered by these, such as a function of a notebook,
has no digest and is drawn each time.

A drawing shows what its figure shows: the folder belongs to one audience and one kind of evidence, lies among
the build's own things and is deleted with them.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import locale
import os
import pickle
import platform
import time
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any

from twinbenefits.publishing.atomic import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DRAWN_VARIABLE", "Drawings", "figure_digest"]

DRAWN_VARIABLE = "TWINBENEFITS_DRAWN"
"""Names the folder of drawings; only the build sets it."""

DRAWING = ("matplotlib", "numpy", "pillow", "kiwisolver", "contourpy", "cycler", "pyparsing")
"""Packages that have a part in drawing; figures are made of objects of the first two."""

KNOWN = frozenset(
    {"matplotlib", "mpl_toolkits", "numpy", "cycler", "builtins", "collections", "functools", "itertools"}
)
"""Where the code of all that a figure holds may come from: what these are is told by their versions."""

OF_WINDOWS = frozenset({"backend", "backend_fallback", "interactive"})
"""Settings that files are not drawn by."""

AROUND = ("drawings.py", "figures.py")
MOST, LARGEST = 400, 150_000_000  # drawings, and bytes of all of them: some eight builds of different data
SEALED = 32
PARTS = ("svg", "png", "preview")


class Drawings:
    """A folder of drawings.

    Parameters
    ----------
    folder
        Where they stand.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of_this_build(cls) -> Drawings | None:
        """Return the drawings of the build that runs this notebook; None for everybody else."""
        named = os.environ.get(DRAWN_VARIABLE)
        return cls(Path(named)) if named else None

    def get(self, digest: str) -> dict[str, bytes] | None:
        """Return a drawing, or None if it is not here or damaged."""
        path = self.folder / digest
        try:
            content = path.read_bytes()
            os.utime(path)  # the oldest unused go first
        except OSError:
            return None
        seal, rest = content[:SEALED], memoryview(content)[SEALED:]
        if hashlib.sha256(rest).digest() != seal:
            return None
        drawing = {}
        for part in PARTS:
            length = int.from_bytes(rest[:8], "big")
            drawing[part] = bytes(rest[8 : 8 + length])
            rest = rest[8 + length :]
        return drawing

    def put(self, digest: str, drawing: Mapping[str, bytes]) -> None:
        """Keep a drawing; where that cannot be done, the next build draws it again."""
        parts = [drawing[part] for part in PARTS]
        content = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        with contextlib.suppress(OSError):
            write_bytes(self.folder / digest, hashlib.sha256(content).digest() + content)

    def tidy(self, most: int = MOST, largest: int = LARGEST) -> None:
        """Delete the drawings that were not used for longest, down to so many and so many bytes."""
        with contextlib.suppress(OSError):  # whoever deletes the folder meanwhile may do so
            for half_written in self.folder.glob(".*"):
                half_written.unlink(missing_ok=True)
            kept = [(path.stat(), path) for path in self.folder.iterdir()]
            kept.sort(key=lambda one: one[0].st_mtime_ns, reverse=True)
            sizes = itertools.accumulate(about.st_size for about, _ in kept)
            for number, (size, (_, path)) in enumerate(zip(sizes, kept, strict=True), start=1):
                if number > most or size > largest:
                    path.unlink(missing_ok=True)


def figure_digest(figure: Figure, name: str, mark: str | None) -> str | None:
    """Return a digest of everything that decides how a figure is drawn; None if that cannot be told.

    Parameters
    ----------
    figure
        The figure, not laid out yet.
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
        _Telling(seen, protocol=pickle.HIGHEST_PROTOCOL).dump((about, figure))
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

    def reducer_override(self, obj: Any) -> Any:
        """Refuse what has unknown code; leave out where objects lie in memory; tell what listens."""
        from matplotlib.cbook import CallbackRegistry
        from matplotlib.transforms import TransformNode

        named = obj if isinstance(obj, type | FunctionType | BuiltinFunctionType) else type(obj)
        home = (named.__module__ or "builtins").partition(".")[0]
        if home not in KNOWN:
            raise _UnknownKindError(f"{named!r} is of {home}")
        if isinstance(obj, TransformNode):  # its parents are known by addresses; each names it as its child
            held = {key: value for key, value in vars(obj).items() if key != "_parents"}
            return TransformNode, (type(obj),), held
        if isinstance(obj, CallbackRegistry):  # pickle itself leaves out what is called during drawing
            heard = {signal: [kept() for kept in calls.values()] for signal, calls in obj.callbacks.items()}
            return CallbackRegistry, (), heard
        if isinstance(obj, itertools.count):  # not for pickle any more
            return str, (repr(obj),)
        return NotImplemented


@cache
def _surroundings() -> tuple[object, ...]:
    """Return what decides how figures are drawn and stays the same while a process runs."""
    from matplotlib import ft2font
    from matplotlib.font_manager import fontManager
    from PIL import features

    fonts = [(path, *_state(Path(path))) for path in sorted({entry.fname for entry in fontManager.ttflist})]
    code = [hashlib.sha256(Path(__file__).with_name(name).read_bytes()).hexdigest() for name in AROUND]
    libraries = [version(package) for package in DRAWING]
    programs = (ft2font.__freetype_version__, features.version("zlib"), platform.python_version())
    return (fonts, code, libraries, programs, platform.machine(), platform.system())


def _state(path: Path) -> tuple[int, int]:
    try:
        about = path.stat()
    except OSError:
        return (0, 0)
    return (about.st_size, about.st_mtime_ns)
