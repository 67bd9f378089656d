"""A figure whose drawing an earlier build has kept is built only if somebody looks at it.

Of the figures of a build nearly all are made from the same released results as those of the build before.
Within a build, a display function therefore first tells what its figure would be made from. If a figure that
was made from the same has been registered before, as it was returned, the function is not called: a stand-in
is returned, which the registry asks for no more than this. Whoever asks the stand-in for anything else gets
the figure, built from the arguments as they were at the call; so does everybody outside a build, at once.
"""

from __future__ import annotations

import functools
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, cast

from twinbenefits.display.inputs import CODE, code_digest, copied, input_digest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["KEPT_VARIABLE", "Deferred", "deferred"]

KEPT_VARIABLE = "TWINBENEFITS_KEPT"
"""Names the folder of what earlier builds have made; only the build sets it."""

P = ParamSpec("P")


def deferred(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """Let a display function build its figure only where no earlier build has kept the drawing.

    Parameters
    ----------
    function
        A function whose figure depends on its arguments alone.

    Returns
    -------
    callable
        The function. Within a build what it returns is a `Deferred`, which behaves as the figure does.
    """

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> Figure:
        folder = os.environ.get(KEPT_VARIABLE)
        recipe = input_digest(function, *args, **kwargs) if folder else None
        if not folder or not recipe:
            return function(*args, **kwargs)
        if Path(folder, recipe).is_file():
            build = functools.partial(function, *copied(args), **copied(kwargs))
            return cast("Figure", Deferred(recipe, build))
        with _warnings_counted() as heard:
            figure = function(*args, **kwargs)
        if heard or code_digest() != CODE:  # a warning is to be seen next time, too
            return figure
        return cast("Figure", Deferred(recipe, figure=figure))

    return called


class Deferred:
    """Stands for a figure; any look at the figure builds it, and from then on it is a figure as any other.

    Parameters
    ----------
    recipe
        What the figure is made from, as `input_digest` tells it.
    build
        Builds it.
    figure
        The figure, if it is built already.
    """

    __slots__ = ("__build", "__figure", "__recipe")

    def __init__(
        self, recipe: str, build: Callable[[], Figure] | None = None, *, figure: Figure | None = None
    ) -> None:
        for name, value in (("recipe", recipe), ("build", build), ("figure", figure)):
            object.__setattr__(self, f"_Deferred__{name}", value)

    def recipe(self) -> str | None:
        """Return what the figure is made from; None once somebody had it in hand and may have changed it."""
        recipe: str | None = self.__recipe
        return recipe

    def finished(self) -> Figure:
        """Return the figure, for drawing it."""
        if self.__figure is None:
            object.__setattr__(self, "_Deferred__figure", self.__build())
        figure: Figure = self.__figure
        return figure

    def _in_hand(self) -> Figure:
        object.__setattr__(self, "_Deferred__recipe", None)
        return self.finished()

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # what `isinstance` and displays in notebooks go by
        from matplotlib.figure import Figure

        return Figure

    def __getattr__(self, name: str) -> Any:
        return getattr(self._in_hand(), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._in_hand(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._in_hand(), name)

    def __repr__(self) -> str:
        return repr(self._in_hand())

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._in_hand().__reduce_ex__(protocol)


@contextmanager
def _warnings_counted() -> Iterator[list[str]]:
    """Count the warnings that are shown meanwhile, and show them."""
    heard: list[str] = []
    shown = warnings.showwarning

    def show(message: Warning | str, *about: Any, **more: Any) -> None:
        heard.append(str(message))
        shown(message, *about, **more)

    warnings.showwarning = show
    try:
        yield heard
    finally:
        warnings.showwarning = shown
