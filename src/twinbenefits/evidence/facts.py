"""The study's facts and rules: two YAML files, read strictly and never changed by a program."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError, Problem
from twinbenefits.evidence.quick_yaml import QuickLoader

NEEDED_FACTS = ("title", "authors", "as_of", "research_question")


def read_facts(layout: Layout) -> Mapping[str, Any]:
    """Return the facts of `data/study/study.yml`, read-only.

    Raises
    ------
    EvidenceError
        If the file is missing, is not YAML, repeats a name, or lacks one of the facts every study needs.
    """
    path = layout.study / "study.yml"
    shown = layout.shown(path)
    facts = _read(path, shown)
    problems = [
        Problem(shown, None, name, None, "the fact is missing", f"Add a line that starts with {name}:")
        for name in NEEDED_FACTS
        if name not in facts
    ]
    if "as_of" in facts and not isinstance(facts["as_of"], date):
        rule = "must be a day written YYYY-MM-DD without quotation marks"
        value = str(facts["as_of"])
        problems.append(Problem(shown, None, "as_of", value, rule, "Write it as in 2026-11-01."))
    if problems:
        raise EvidenceError(problems)
    return _frozen(facts)


def read_rules(layout: Layout) -> Mapping[str, Mapping[str, Any]]:
    """Return the rules of `data/study/rules.yml`, read-only: name to value and reason.

    Raises
    ------
    EvidenceError
        If the file is missing, is not YAML, repeats a name, or a rule lacks its value or its reason.
    """
    path = layout.study / "rules.yml"
    shown = layout.shown(path)
    rules = _read(path, shown)
    way_out = "Write the rule as a name with two indented lines, value: and reason:."
    problems = [
        Problem(shown, None, name, str(rule), "a rule needs a value and a reason, and nothing else", way_out)
        for name, rule in rules.items()
        if not isinstance(rule, dict) or set(rule) != {"value", "reason"} or not str(rule["reason"]).strip()
    ]
    if problems:
        raise EvidenceError(problems)
    return _frozen(rules)


class _StrictLoader(yaml.SafeLoader):
    """A YAML loader that refuses a name given twice, of which plain YAML keeps the last unsaid."""


class _QuickLoader(QuickLoader):  # type: ignore[misc]
    """The same, read by libyaml; its words on what is wrong are of another library."""


def _unique_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen = set()
    for key, _ in node.value:
        name = loader.construct_object(key, deep=True)
        if name in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{name} stands there twice", key.start_mark)
        seen.add(name)
    return loader.construct_mapping(node, deep=True)


for _loader in (_StrictLoader, _QuickLoader):
    _loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def _read(path: Path, shown: str) -> dict[str, Any]:
    try:
        facts = _loaded(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        problem = Problem(shown, None, None, None, "the file is missing", "Restore it with git.")
        raise EvidenceError(problem) from None
    except UnicodeDecodeError:
        problem = Problem(shown, None, None, None, "the bytes are not UTF-8", "Save the file again as UTF-8.")
        raise EvidenceError(problem) from None
    except yaml.YAMLError as error:
        raise EvidenceError(_yaml_problem(error, shown)) from None
    if isinstance(facts, dict):
        return facts
    rule = "the file must hold names with values"
    raise EvidenceError(Problem(shown, None, None, None, rule, "Restore it with git."))


def _loaded(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_QuickLoader)
    except yaml.YAMLError:
        return yaml.load(text, Loader=_StrictLoader)  # for its message


def _yaml_problem(error: yaml.YAMLError, shown: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    row = None if mark is None else mark.line + 1
    said = getattr(error, "problem", None) or "it cannot be read"
    way_out = "Check the indentation, the colons and the quotation marks of this line and the one above."
    return Problem(shown, row, None, None, f"the file is not sound YAML: {said}", way_out)


def _frozen(values: dict[str, Any]) -> Mapping[str, Any]:
    """Return a mapping that cannot be changed, at any depth."""
    return MappingProxyType({name: _frozen_value(value) for name, value in values.items()})


def _frozen_value(value: Any) -> Any:
    if isinstance(value, dict):
        return _frozen(value)
    return tuple(_frozen_value(inner) for inner in value) if isinstance(value, list) else value
