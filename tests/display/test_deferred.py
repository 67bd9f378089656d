"""A figure is not built where an earlier build has kept its drawing, and nobody can tell."""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import os
import pickle
import pkgutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType, MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import format_display_data
from matplotlib.figure import Figure

from twinbenefits import display
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.display import case_panels, deferred, inputs, salience_figures, style
from twinbenefits.display.deferred import Deferred
from twinbenefits.display.inputs import input_digest
from twinbenefits.evidence.release import _SEAL, Released
from twinbenefits.publishing import kept

draw = salience_figures.case_by_benefit
ROW = {"withheld": "", "state": "observed or measured", "strength": 2.0, "share": 0.5, "measured": 1}
NAMES = {"B1": "Energy", "B2": "Safety"}


def states(change: Callable[[pd.DataFrame], pd.DataFrame] = lambda table: table, **more: Any) -> Released:
    rows = [{"code": code, "case": case, **ROW} for code in ("B1", "B2") for case in ("mine", "grid")]
    table = change(pd.DataFrame(rows).astype({"strength": object, "state": object}))
    result = Result(table, **{"inputs": ("mentions",), "scalars": {"n": Scalar(4)}, **more})
    return Released(result, "public", "demo", ("mentions",), synthetic=True, seal=_SEAL)


def call() -> Figure:
    return draw(states(), ["B1", "B2"], ["mine", "grid"], dict(NAMES))


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build in which nothing has been kept yet."""
    monkeypatch.setenv(deferred.KEPT_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def known(build: Path) -> Path:
    """A build before which the figure of `call` has been registered."""
    (build / str(call().recipe())).touch()  # type: ignore[attr-defined]
    return build


@pytest.fixture
def unbuilt(known: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What `call` returns then, and that without building anything."""
    with monkeypatch.context() as patch:
        patch.setattr(Figure, "__init__", lambda *_, **__: 1 / 0)
        figure = call()
    assert type(figure) is Deferred
    return figure


def test_outside_of_a_build_figures_are_figures() -> None:
    assert deferred.KEPT_VARIABLE == kept.KEPT_VARIABLE
    assert type(call()) is Figure


def test_a_figure_of_unchanged_inputs_is_built_when_it_is_looked_at(unbuilt: Any) -> None:
    assert [text.get_text() for text in unbuilt.axes[0].get_yticklabels()] == ["Energy  B1", "Safety  B2"]


def test_nothing_is_put_off_that_has_not_been_done_before(build: Path) -> None:
    with pytest.raises(KeyError, match="share"):
        draw(states(lambda table: table.drop(columns="share")), ["B1"], ["mine"], NAMES)
    with pytest.raises(TypeError, match="names"):
        draw(states(), ["B1"], ["mine"])  # type: ignore[call-arg]


def test_a_changed_figure_is_no_longer_what_was_kept(unbuilt: Any, known: Path) -> None:
    recipe = unbuilt.recipe()
    assert recipe
    unbuilt.axes[0].set_title("Ours")
    assert unbuilt.recipe() is None
    assert unbuilt.finished().axes[0].get_title() == "Ours"
    (known / recipe).unlink()
    built_at_once: Any = call()
    assert built_at_once.recipe() == recipe
    built_at_once.set_size_inches(3, 3)
    assert built_at_once.recipe() is None


def test_an_attribute_that_is_set_is_the_figures(unbuilt: Any) -> None:
    unbuilt.own = "mine"
    assert vars(unbuilt.finished())["own"] == "mine"
    assert unbuilt.recipe() is None
    del unbuilt.own
    assert "own" not in vars(unbuilt.finished())


@pytest.mark.parametrize("take", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))])
def test_a_copy_is_a_figure(take: Callable[[Figure], Figure], unbuilt: Any) -> None:
    taken = take(unbuilt)
    assert type(taken) is Figure
    assert len(taken.axes) == 1
    assert unbuilt.recipe() is None


def test_it_is_shown_and_asked_about_as_a_figure_is(unbuilt: Any) -> None:
    assert isinstance(unbuilt, Figure)
    assert unbuilt.recipe(), "which changes nothing"
    assert format_display_data(unbuilt) == format_display_data(unbuilt.finished())
    assert repr(unbuilt) == repr(unbuilt.finished())


def test_it_is_built_from_the_arguments_as_they_were(known: Path) -> None:
    codes, names, frame = ["B1", "B2"], dict(NAMES), pd.DataFrame({"a": [1]})
    proxy, array = MappingProxyType({"a": [1]}), np.array([1])
    mine = inputs.copied((codes, (frame, array, frame["a"]), proxy, 1))
    figure: Any = draw(states(), codes, ["mine", "grid"], names)
    codes.reverse()
    names["B1"] = "Water"
    frame.loc[0, "a"] = array[0] = proxy["a"][0] = 2
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["Energy  B1", "Safety  B2"]
    copied_codes, (copied_frame, copied_array, column), copied_proxy, _ = mine
    assert copied_codes == ["B1", "B2"]
    assert [copied_frame.loc[0, "a"], copied_array[0], column[0], copied_proxy["a"][0]] == [1, 1, 1, 1]
    assert type(draw(states(), codes, ["mine", "grid"], names).recipe()) is str  # type: ignore[attr-defined]
    assert draw(states(), codes, ["mine", "grid"], names).recipe() != figure.recipe()  # type: ignore[attr-defined]


def test_a_notebooks_warnings_are_shown_each_time(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = warnings.showwarning
    monkeypatch.setattr(Figure, "suptitle", lambda *_, **__: warnings.warn("many", stacklevel=2))
    many = [f"B{number}" for number in range(90)]
    with pytest.warns(UserWarning, match="many"):
        assert type(draw(states(), many, ["mine"], NAMES)) is Figure
    assert warnings.showwarning is before


def test_code_that_was_saved_meanwhile_is_not_what_drew(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deferred, "code_digest", lambda: "saved")
    assert type(call()) is Figure


# -- what tells inputs apart


def _set(column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table.at[0, column] = value
        return table

    return change


def _with_attrs(table: pd.DataFrame) -> pd.DataFrame:
    table.attrs["n"] = 1
    return table


TABLES: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "a value": _set("share", 0.25),
    "the last digit": _set("share", np.nextafter(0.5, 1)),
    "a number as a word": _set("strength", "2.0"),
    "a whole number": _set("strength", 2),
    "none": _set("strength", None),
    "not a number": _set("strength", float("nan")),
    "missing": _set("strength", pd.NA),
    "true": _set("strength", True),
    "of numpy": _set("strength", np.float32(2)),
    "a day": _set("strength", pd.Timestamp("2026-11-01")),
    "a word": _set("state", "not asked"),
    "order of rows": lambda table: table[::-1],
    "order of rows, numbered anew": lambda table: table[::-1].reset_index(drop=True),
    "order of columns": lambda table: table[[*table.columns[::-1]]],
    "a column's name": lambda table: table.rename(columns={"measured": "mesured"}),
    "type of a column": lambda table: table.astype({"measured": float}),
    "smaller type of a column": lambda table: table.astype({"measured": "int32"}),
    "type that knows missing values": lambda table: table.astype({"measured": "Int64"}),
    "categories": lambda table: table.astype({"case": "category"}),
    "ordered categories": lambda table: table.astype({"case": pd.CategoricalDtype(["grid", "mine"], True)}),
    "one row fewer": lambda table: table[:-1],
    "no row": lambda table: table[:0],
    "index": lambda table: table.set_index("code", drop=False),
    "index of two": lambda table: table.set_index(["code", "case"], drop=False),
    "attributes": _with_attrs,
}


ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "numbers": {"released": states(scalars={"n": Scalar(5)})},
    "a number's unit": {"released": states(scalars={"n": Scalar(4, unit="rows")})},
    "limits": {"released": states(limitations=("few",))},
    "origin": {"released": states(inputs=("mentions", "benefits"))},
    "codes": {"codes": ["B2", "B1"]},
    "codes as an array": {"codes": np.array(["B1", "B2"])},
    "codes as objects": {"codes": np.array(["B1", "B2"], dtype=object)},
    "codes as a column": {"codes": pd.Series(["B1", "B2"])},
    "codes as an index": {"codes": pd.Index(["B1", "B2"])},
    "codes as a tuple": {"codes": ("B1", "B2")},
    "a name": {"names": {**NAMES, "B2": "Calm"}},
    "order of names": {"names": dict(reversed(NAMES.items()))},
    "no name": {"names": {}},
    "variant": {"variant": "slide"},
    "the usual variant, said": {"variant": ""},
    "lists in lists": {"names": {"B1": ["a", ["b"]]}},
    "lists in lists, otherwise": {"names": {"B1": ["a", "b"]}},
}


def digest_of(**changed: Any) -> str | None:
    usual = {"released": states(), "codes": ["B1", "B2"], "cases": ["mine", "grid"], "names": dict(NAMES)}
    return input_digest(draw, **{**usual, **changed})


def test_equal_inputs_have_one_digest_and_every_change_one_of_its_own() -> None:
    assert digest_of() == digest_of()
    told = {"": digest_of(), "other function": input_digest(salience_figures.shrinkage, **_usual())}
    told |= {change: digest_of(released=states(make)) for change, make in TABLES.items()}
    told |= {change: digest_of(**made) for change, made in ARGUMENTS.items()}
    same = {one: [change for change, digest in told.items() if digest == one] for one in told.values()}
    assert None not in same
    assert {one: changes for one, changes in same.items() if len(changes) > 1} == {}


def _usual() -> dict[str, Any]:
    return {"released": states(), "codes": ["B1", "B2"], "cases": ["mine", "grid"], "names": dict(NAMES)}


def test_the_digest_is_the_same_in_every_process() -> None:
    code = "from tests.display.test_deferred import digest_of; print(digest_of())"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == digest_of()


def test_what_code_and_packages_are_is_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest_of()
    monkeypatch.setattr(inputs, "CODE", "another")
    other = digest_of()
    monkeypatch.setattr(inputs, "_surroundings", lambda: ("3.14",))
    assert len({before, other, digest_of()}) == 3


def test_the_code_is_all_that_a_display_may_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in inputs.ROOMS:
        (tmp_path / room / "deep").mkdir(parents=True)
    monkeypatch.setattr(inputs, "__file__", str(tmp_path / "display" / "inputs.py"))
    told = [inputs.code_digest()]
    for path, text in (
        ("analysis/deep/a.py", ""), ("analysis/deep/a.py", "1"), ("evidence/b.py", ""), ("display/b.py", ""),
    ):  # fmt: skip
        (tmp_path / path).write_text(text)
        told.append(inputs.code_digest())
    assert len({*told}) == len(told)


def test_a_constant_that_a_notebook_replaces_is_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told = [digest_of()]
    monkeypatch.setattr(salience_figures, "_BLUE", "#000000")
    told.append(digest_of())
    monkeypatch.setattr(case_panels, "MOST_LINES", 4)
    told.append(digest_of())
    monkeypatch.setitem(style._POINTS, "", 9.0)  # type: ignore[index]
    told.append(digest_of())
    monkeypatch.setattr(salience_figures, "_fill", salience_figures._told)
    told.append(digest_of())
    assert None not in told
    assert len({*told}) == len(told)
    monkeypatch.setattr(salience_figures, "_fill", lambda _: "#FFFFFF")
    assert digest_of() is None, "nobody knows that function's age"


class Own:
    """A kind that nobody else knows."""


NOTHING_IN_ITSELF: list[Any] = []
NOTHING_IN_ITSELF.append(NOTHING_IN_ITSELF)


@pytest.mark.parametrize(
    "unknown",
    [Own(), len, {"B1"}, iter("a"), {"B1": Own()}, pd.DataFrame({"a": [Own()]}), NOTHING_IN_ITSELF],
    ids=["object", "function", "set", "iterator", "in a mapping", "in a frame", "in itself"],
)  # fmt: skip
def test_of_unknown_things_there_is_no_digest(unknown: object, build: Path) -> None:
    assert digest_of(names=unknown) is None
    assert type(draw(states(), [], [], unknown)) is Figure  # type: ignore[arg-type]


# -- what display functions may rest on


def _modules() -> list[Any]:
    names = [module.name for module in pkgutil.iter_modules(display.__path__)]
    return [importlib.import_module(f"{display.__name__}.{name}") for name in names]


def test_every_figure_that_notebooks_draw_can_be_deferred() -> None:
    drawing = [
        function
        for module in _modules()
        for name, function in vars(module).items()
        if isinstance(function, FunctionType) and function.__module__ == module.__name__ and name[0] != "_"
        if str(inspect.signature(function).return_annotation).rpartition(".")[2].strip("'>") == "Figure"
    ]
    plain = {function.__name__ for function in drawing if not hasattr(function, "__wrapped__")}
    assert plain == {"new_figure", "nothing_to_draw"}, "which make too little to put it off"
    assert all(input_digest(function) for function in drawing)


def test_displays_read_nothing_but_their_arguments() -> None:
    """A hidden input would give a figure of the day before."""
    for module in _modules():
        if module in (deferred, inputs):
            continue
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            hidden = {"os", "pathlib", "random", "time", "datetime", "secrets", "uuid", "io", "locale"}
            assert not hidden & {name.partition(".")[0] for name in names}, module.__name__
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"random", "default_rng", "today", "now", "disclosed"}, (
                    module.__name__
                )
            if isinstance(node, ast.Global):
                raise AssertionError(f"{module.__name__} changes what it holds")
            if isinstance(node, ast.Name):
                assert node.id not in {"open", "input", "globals"}, module.__name__
