"""Every example in a docstring of the analyses gives what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from twinbenefits import analysis

MODULES = sorted(module.name for module in pkgutil.iter_modules(analysis.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    module = importlib.import_module(f"twinbenefits.analysis.{name}")
    failed, _ = doctest.testmod(module)
    assert failed == 0


def test_most_modules_show_an_example() -> None:
    finder, counted = doctest.DocTestFinder(exclude_empty=True), 0
    for name in MODULES:
        module = importlib.import_module(f"twinbenefits.analysis.{name}")
        counted += any(test.examples for test in finder.find(module))
    assert counted > len(MODULES) / 2
