"""Python source read as a syntax tree, by one thread at a time.

Two threads that parse at once can make CPython 3.11 lose count of its own depth, which it then reports as an
error of the source.
"""

from __future__ import annotations

import ast
import threading

__all__ = ["parsed", "parsed_expression"]

_ONE_AT_A_TIME = threading.Lock()


def parsed(source: str) -> ast.Module:
    """Return the syntax tree of some source.

    Raises
    ------
    SyntaxError
        If it is no Python.
    """
    with _ONE_AT_A_TIME:
        return ast.parse(source)


def parsed_expression(source: str) -> ast.Expression:
    """Return the syntax tree of one expression.

    Raises
    ------
    SyntaxError
        If it is none.
    """
    with _ONE_AT_A_TIME:
        return ast.parse(source, mode="eval")
