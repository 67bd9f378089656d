"""Pieces of work for tests; workers find this module beside the project's."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any


def slowly(function: Callable[..., Any], *arguments: Any, seconds: float) -> Any:
    time.sleep(seconds)
    return function(*arguments)


def process(_piece: int, *, seconds: float = 0.0) -> int:
    time.sleep(seconds)
    return os.getpid()


def one_over(number: int) -> float:
    return 1 / number


class UntoldError(Exception):
    """An error that cannot be unpickled."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def raises_untold(_piece: int) -> None:
    raise UntoldError(1, 2)
