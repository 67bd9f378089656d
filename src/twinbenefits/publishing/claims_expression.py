"""The language in which a claim says when it holds: arithmetic, comparisons, and, or, not, names of values.

Nothing else is understood: no calls, attributes, indices, literals other than numbers and plain words. What
is not on the list is refused before anything is computed, and size, depth and powers are limited, so that no
expression can reach the machine or keep it busy.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from twinbenefits.publishing.python_source import parsed_expression

__all__ = ["Decision", "Expression", "ExpressionError", "Value", "decide", "parse_expression"]

Value = int | float | str | None

LONGEST, DEEPEST, LARGEST_EXPONENT, LARGEST_BASE = 500, 20, 16, 1e6
NAME = re.compile(r"[a-z][a-z0-9_]*")
PLAIN = re.compile(r"[ -~]*")

_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = MappingProxyType(
    {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
     ast.Pow: operator.pow}
)  # fmt: skip
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = MappingProxyType(
    {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
     ast.Eq: operator.eq, ast.NotEq: operator.ne}
)  # fmt: skip
_ALLOWED = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp,
    ast.Compare, ast.Name, ast.Load, ast.Constant, *_ARITHMETIC, *_COMPARISONS,
)  # fmt: skip
_IN_WORDS: Mapping[type[ast.AST], str] = MappingProxyType(
    {ast.Call: "a call", ast.Attribute: "an attribute", ast.Subscript: "an index", ast.Lambda: "a function",
     ast.IfExp: "a condition", ast.NamedExpr: "an assignment", ast.JoinedStr: "a formatted text",
     ast.Await: "await", ast.Starred: "a star", ast.Is: "is", ast.IsNot: "is not", ast.In: "in",
     ast.NotIn: "not in", ast.FloorDiv: "//", ast.Mod: "%", ast.MatMult: "@"}
)  # fmt: skip


class ExpressionError(ValueError):
    """An expression that is refused; says what is wrong and how it may be written instead.

    Parameters
    ----------
    rule
        What is wrong.
    way_out
        What to write instead.
    """

    def __init__(self, rule: str, way_out: str) -> None:
        self.rule, self.way_out = rule, way_out
        super().__init__(f"{rule}. {way_out}")


class _UndecidedError(Exception):
    """The values do not allow an answer."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression; made by :func:`parse_expression`.

    Parameters
    ----------
    text
        As written, in one line.
    names
        The values it names, in order of appearance.
    tree
        Its syntax tree, which holds nothing that is not on the list.
    """

    text: str
    names: tuple[str, ...]
    tree: ast.expr


@dataclass(frozen=True, slots=True)
class Decision:
    """What an expression says of some values.

    Parameters
    ----------
    answer
        Whether it is true; None when the values do not allow an answer.
    reason
        Why there is no answer.
    """

    answer: bool | None
    reason: str = ""


def parse_expression(text: str) -> Expression:
    """Check an expression without computing anything.

    Parameters
    ----------
    text
        The expression; it may run over several lines.

    Raises
    ------
    ExpressionError
        For what the language does not have, for an expression that is too large, and for one that cannot
        fail because it names no value or compares something with itself.

    Examples
    --------
    >>> parse_expression("works_total > 20 and share < 0.5").names
    ('works_total', 'share')
    >>> parse_expression("__import__('os')")
    Traceback (most recent call last):
        ...
    twinbenefits.publishing.claims_expression.ExpressionError: a call is no part of the language of claims. \
Write comparisons of registered values, such as works_total > 20 and share < 0.5.
    """
    line = " ".join(text.split())
    if not line:
        raise ExpressionError("the expression is empty", _EXAMPLE)
    if len(line) > LONGEST:
        rule = f"the expression has {len(line)} characters, and at most {LONGEST} are read"
        raise ExpressionError(rule, "Register a value that says what is meant, and name it.")
    odd = sorted({character for character in line if not PLAIN.fullmatch(character) or character in "#\\`;"})
    if odd:
        named = ", ".join(f"U+{ord(character):04X}" for character in odd)
        rule = f"a character that the language does not have stands in it ({named})"
        raise ExpressionError(rule, "Write plain letters, digits and signs only; ≤ is written <=.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what Python merely doubts is refused here
            tree = parsed_expression(line)
    except (SyntaxError, ValueError, MemoryError, RecursionError, Warning) as error:
        said = str(getattr(error, "msg", "") or "it is nested too deeply").rstrip(".")
        raise ExpressionError(f"this is no expression ({said})", _EXAMPLE) from None
    _refuse_what_is_not_allowed(tree)
    names = tuple(dict.fromkeys(node.id for node in _walk(tree) if isinstance(node, ast.Name)))
    if not names:
        raise ExpressionError("the expression names no value, so it can never fail", _EXAMPLE)
    return Expression(line, names, tree.body)


_EXAMPLE = "Write comparisons of registered values, such as works_total > 20 and share < 0.5."


def decide(expression: Expression, values: Mapping[str, Value]) -> Decision:
    """Return whether an expression is true of some values.

    Parameters
    ----------
    expression
        A checked expression.
    values
        Every value it names; None for one that is withheld or undefined. One such value leaves the whole
        expression without an answer, also where the rest would settle it: a claim that could be told from
        what is shown would tell what is not.

    Raises
    ------
    ExpressionError
        When it compares a number with a word, joins numbers with ``and``, or does not end in true or false.

    Examples
    --------
    >>> expression = parse_expression("a / b > 0.5")
    >>> decide(expression, {"a": 3, "b": 4})
    Decision(answer=True, reason='')
    >>> decide(expression, {"a": 3, "b": 0}).reason
    'it divides by zero'
    >>> decide(expression, {"a": None, "b": 4}).reason
    'a has no value'
    """
    missing = [name for name in expression.names if values[name] is None]
    if missing:
        has = "has" if len(missing) == 1 else "have"
        return Decision(None, f"{', '.join(missing)} {has} no value")
    try:
        return Decision(_truth(expression.tree, values))
    except _UndecidedError as undecided:
        return Decision(None, str(undecided))


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes in order of appearance, without recursion."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack += reversed([*ast.iter_child_nodes(node)])


def _refuse_what_is_not_allowed(tree: ast.AST) -> None:
    depth = {id(tree): 0}
    for node in _walk(tree):
        for child in ast.iter_child_nodes(node):
            depth[id(child)] = depth[id(node)] + 1
        if depth[id(node)] > DEEPEST:
            raise ExpressionError("the expression is nested too deeply", "Split the claim in two.")
        if not isinstance(node, _ALLOWED):
            what = _IN_WORDS.get(type(node), type(node).__name__)
            raise ExpressionError(f"{what} is no part of the language of claims", _EXAMPLE)
        if isinstance(node, ast.Name) and not NAME.fullmatch(node.id):
            rule = f"{node.id!r} cannot be the name of a value"
            raise ExpressionError(rule, "Names have small letters, digits and underscores.")
        if isinstance(node, ast.Constant):
            _refuse_constant(node.value)
        if isinstance(node, ast.Compare):
            sides = [ast.dump(side) for side in (node.left, *node.comparators)]
            if len({*sides}) < len(sides):
                rule = "the expression compares something with itself"
                raise ExpressionError(rule, "Compare two different values, or a value with a number.")


def _refuse_constant(value: object) -> None:
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        if not _is_boundless(value):
            return
        raise ExpressionError("a number in it is too large", _EXAMPLE)
    raise ExpressionError(f"{value!r} is no part of the language of claims", _EXAMPLE)


def _truth(node: ast.expr, values: Mapping[str, Value]) -> bool:
    """Return a part that must be true or false; all of it is computed, so that no fault stays hidden."""
    if isinstance(node, ast.BoolOp):
        answers = [_truth(part, values) for part in node.values]
        return all(answers) if isinstance(node.op, ast.And) else any(answers)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _truth(node.operand, values)
    if isinstance(node, ast.Compare):
        sides = [_quantity(side, values) for side in (node.left, *node.comparators)]
        pairs = zip(node.ops, pairwise(sides), strict=True)
        return {_compared(op, *pair) for op, pair in pairs} == {True}
    raise ExpressionError(f"{ast.unparse(node)} is neither true nor false", "Compare it with something.")


def _compared(op: ast.cmpop, left: int | float | str, right: int | float | str) -> bool:
    words = isinstance(left, str), isinstance(right, str)
    if any(words) and not (all(words) and isinstance(op, ast.Eq | ast.NotEq)):
        rule = f"{left!r} and {right!r} cannot be compared in this way"
        raise ExpressionError(rule, "Words are compared with words, by == and != only.")
    return bool(_COMPARISONS[type(op)](left, right))


def _quantity(node: ast.expr, values: Mapping[str, Value]) -> int | float | str:
    """Return a part that must be a number or a word."""
    if isinstance(node, ast.Constant):
        constant: int | float | str = node.value  # type: ignore[assignment]  # checked when it was parsed
        return constant
    if isinstance(node, ast.Name):
        value = values[node.id]
        if value is None or isinstance(value, bool):
            raise ExpressionError(f"{node.id} is neither a number nor a word", "Name another value.")
        return value
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        number = _number(node.operand, values)
        return -number if isinstance(node.op, ast.USub) else number
    if isinstance(node, ast.BinOp):
        return _computed(node.op, _number(node.left, values), _number(node.right, values))
    raise ExpressionError(f"{ast.unparse(node)} is neither a number nor a word", "Join comparisons by and.")


def _number(node: ast.expr, values: Mapping[str, Value]) -> int | float:
    quantity = _quantity(node, values)
    if isinstance(quantity, str):
        raise ExpressionError(f"{quantity!r} is a word, and words cannot be computed with", _EXAMPLE)
    return quantity


def _computed(op: ast.operator, left: int | float, right: int | float) -> int | float:
    if isinstance(op, ast.Pow) and (abs(right) > LARGEST_EXPONENT or abs(left) > LARGEST_BASE):
        rule = "a power in it is too large"
        raise ExpressionError(rule, f"Exponents go to {LARGEST_EXPONENT}, bases to {LARGEST_BASE:g}.")
    try:
        result = _ARITHMETIC[type(op)](left, right)
    except ZeroDivisionError:
        raise _UndecidedError("it divides by zero") from None
    except OverflowError:
        raise _UndecidedError("a number in it grows too large") from None
    if isinstance(result, complex) or _is_boundless(result):
        raise _UndecidedError("a number in it is not defined")
    number: int | float = result
    return number


def _is_boundless(value: float | str) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
