"""What a rendered document reads: its source, what that includes, the images and the values it uses.

A document is rendered again when one of these changes, and only then: a new sentence in the paper does not
touch the slides, and a new number touches the documents that print it. Where a line cannot be understood
here, too much is taken rather than too little.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from os.path import normpath
from pathlib import Path
from typing import Any

from twinbenefits.workflow.files import files_below
from twinbenefits.workflow.staleness import digest, file_digest

STAGED = "_staged"
VARIABLES = "_variables.yml"
_INCLUDE = re.compile(r"\{\{<\s*include\s+(\S+?)\s*>\}\}")
_VALUE = re.compile(r"\{\{<\s*var\s+([^\s>]+)\s*>\}\}")
_CLAIM = re.compile(r"\.claim\s+key=[\"']?(\w+)")
_IMAGE = re.compile(r"\]\(\s*<?([^)\s>]+)|\bsrc\s*=\s*[\"']([^\"']+)")


@dataclass(frozen=True)
class _Read:
    """What one file brings to a document: names with digests, the values it prints, what it includes."""

    found: Mapping[str, str]
    values: frozenset[str] = frozenset()
    included: tuple[Path, ...] = ()


class Reading:
    """Reads sources and staged files as a renderer would.

    Parameters
    ----------
    workspace : Path
        The folder that holds the staged files, and copies of the sources.
    sources : Path, optional
        Where to read the sources instead: the project's own folder tells what the next build will render, the
        workspace's copies tell what this one renders.
    made : mapping of str to str
        The texts of documents that are made from a pattern, and so stand in no folder of sources.
    """

    def __init__(
        self, workspace: Path, sources: Path | None = None, made: Mapping[str, str] | None = None
    ) -> None:
        self.root, self.workspace, self.made = sources or workspace, workspace, made or {}
        self._above = [f"{folder}{os.sep}" for folder in (self.workspace, self.root)]
        self._read: dict[Path, _Read] = {}
        self._beside: dict[Path, list[Path]] = {}

    def inputs(self, source: str) -> dict[str, str]:
        """Return what the document rests on, by readable name.

        Parameters
        ----------
        source : str
            The ``.qmd`` file, relative to the project's folder.
        """
        found: dict[str, str] = {}
        values: set[str] = set()
        self._follow(self.root / source, found, values, set())
        found.update({f"value {name}": self._value(name) for name in sorted(values)})
        return {**found, **self._shared}

    @cached_property
    def _shared(self) -> dict[str, str]:
        """What every document reads: the project file, the extensions and the references."""
        files = [self.root / "_quarto.yml", *files_below(self.root / "_extensions")]
        files += [*files_below(self.root / "references"), self.workspace / STAGED / "references.bib"]
        return {self._name(file): file_digest(file) for file in files}

    @cached_property
    def _variables(self) -> Mapping[str, Any]:
        import yaml

        from twinbenefits.evidence import quick_yaml

        try:
            text = (self.workspace / VARIABLES).read_bytes()
            read = quick_yaml.load(text)
        except (OSError, yaml.YAMLError):
            return {}
        return read if isinstance(read, dict) else {}

    @cached_property
    def _claims(self) -> Mapping[str, Any]:
        """What staging tells documents of the claims whose sentences they mark."""
        try:
            claims: Mapping[str, Any] = json.loads((self.workspace / STAGED / "claims.json").read_bytes())[
                "claims"
            ]
        except (OSError, ValueError, KeyError):
            return {}
        return claims

    def _value(self, name: str) -> str:
        value: Any = self._variables
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return "absent" if value is None else str(value)

    def _follow(self, path: Path, found: dict[str, str], values: set[str], seen: set[Path]) -> None:
        if path in seen:
            return
        seen.add(path)
        if path not in self._read:
            self._read[path] = self._read_file(path)
        read = self._read[path]
        found.update(read.found)
        values.update(read.values)
        for included in read.included:
            self._follow(included, found, values, seen)

    def _read_file(self, path: Path) -> _Read:
        """Read what one file brings; several documents include the same files."""
        name = self._name(path)
        try:
            made = self.made.get(name)
            text = path.read_text("utf-8", "replace") if made is None else made
        except OSError:
            return _Read({name: "absent"})
        found = {name: digest(text)}
        found |= {f"claim {key}": json.dumps(self._claims.get(key)) for key in _CLAIM.findall(text)}
        for one, other in _IMAGE.findall(text):
            found |= {self._name(image): file_digest(image) for image in self._images(path, one or other)}
        included = tuple(self._resolved(path, target) for target in _INCLUDE.findall(text))
        return _Read(found, frozenset(_VALUE.findall(text)), included)

    def _resolved(self, path: Path, target: str) -> Path:
        """Resolve a relative path as if the staged files stood beside the sources."""
        beside = self.root / path.relative_to(self.workspace) if path.is_relative_to(self.workspace) else path
        meant = self.root / target[1:] if target.startswith("/") else beside.parent / target
        there = Path(normpath(meant))
        staged = self.root / STAGED
        return self.workspace / STAGED / there.relative_to(staged) if there.is_relative_to(staged) else there

    def _images(self, path: Path, target: str) -> list[Path]:
        """Return the files an image may mean: without an ending, the format chooses between several."""
        if re.match(r"[a-z][a-z0-9+.-]*:|#", target, re.IGNORECASE):
            return []
        file = self._resolved(path, target)
        if file.suffix:
            return [file] if file.is_file() else []
        if file.parent not in self._beside:
            self._beside[file.parent] = sorted(file.parent.iterdir()) if file.parent.is_dir() else []
        beside = self._beside[file.parent]
        return [found for found in beside if found.name.startswith(f"{file.name}.") and found.is_file()]

    def _name(self, path: Path) -> str:
        """Name a file as its author knows it."""
        for above in self._above:
            if (text := str(path)).startswith(above):
                return text.removeprefix(above).replace(os.sep, "/")
        return path.name
