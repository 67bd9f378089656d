"""Which of the project's own modules a piece of code rests on, directly and through others."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import chain
from pathlib import Path

from twinbenefits.publishing.python_source import parsed

PACKAGE = "__init__"


def imported_names(source: str, package: str = "") -> set[str]:
    """Return the absolute dotted names that `source` imports, at module level or inside functions.

    ``from a import b`` gives both ``a`` and ``a.b``, because b may be a module.

    Parameters
    ----------
    source : str
        Python code; code that does not parse imports nothing.
    package : str
        The package that relative imports start from.

    Examples
    --------
    >>> sorted(imported_names("def f():\\n    from shelf.books import title"))
    ['shelf.books', 'shelf.books.title']
    """
    try:
        tree = parsed(source)
    except SyntaxError:
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parts, *([node.module] if node.module else [])])
            names.add(base)
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return names


@dataclass
class ModuleGraph:
    """The imports among the modules of one package, as their files are when they are first asked for.

    Parameters
    ----------
    folder : Path
        The package's folder; its name is the package's.
    cache : Path, optional
        A file that keeps what was read, by the content of each module, so that a repeated build parses
        nothing.
    """

    folder: Path
    cache: Path | None = None
    _read: dict[str, list[str]] = field(default_factory=dict, init=False)
    _digests: dict[str, str] = field(default_factory=dict, init=False)
    _direct: dict[str, list[str]] = field(default_factory=dict, init=False)
    _parts: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False)
    _resolved: dict[str, frozenset[str]] = field(default_factory=dict, init=False)
    _closures: dict[frozenset[str], dict[str, str]] = field(default_factory=dict, init=False)
    _grown: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Read the cache; one that cannot be read is an empty one."""
        if self.cache is not None:
            try:
                self._read = json.loads(self.cache.read_text("utf-8"))
            except (OSError, ValueError):
                self._read = {}

    def closure(self, names: Iterable[str]) -> dict[str, str]:
        """Return the modules that `names` rest on, each with the SHA-256 of its file.

        Parameters
        ----------
        names : iterable of str
            Dotted names; those outside the package are left out.
        """
        wanted = frozenset(names)
        if wanted not in self._closures:
            self._closures[wanted] = self._closure(wanted)
        return dict(self._closures[wanted])

    def _closure(self, names: Iterable[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        waiting = set(names)
        while waiting:
            for module in self._modules_of(waiting.pop()):
                if module not in found:
                    found[module] = self._digest(module)
                    waiting.update(self._rests_on(module))
        return dict(sorted(found.items()))

    def _rests_on(self, module: str) -> frozenset[str]:
        """Return the modules that a module imports itself, with the packages above them."""
        if module not in self._resolved:
            modules = (self._modules_of(name) for name in self._direct[module])
            self._resolved[module] = frozenset(chain.from_iterable(modules))
        return self._resolved[module]

    def save(self) -> None:
        """Write the cache if something new was read."""
        if self.cache is not None and self._grown:
            from twinbenefits.publishing.atomic import write_text

            write_text(self.cache, json.dumps(self._read, indent=0, sort_keys=True))

    def _modules_of(self, name: str) -> tuple[str, ...]:
        """Return the module of that name and the packages above it, as far as they are files."""
        if name not in self._parts:
            parts = name.split(".")
            lengths = range(1, len(parts) + 1) if parts[0] == self.folder.name else ()
            modules = (".".join(parts[:length]) for length in lengths)
            self._parts[name] = tuple(module for module in modules if module in self._files)
        return self._parts[name]

    @cached_property
    def _files(self) -> dict[str, Path]:
        """The file of each module, by its dotted name; a package takes the place of a module."""
        found: dict[str, Path] = {}
        for folder, below, files in os.walk(self.folder):
            below[:] = [name for name in below if name != "__pycache__"]
            package = ".".join((self.folder.name, *Path(folder).relative_to(self.folder).parts))
            for stem in (name.removesuffix(".py") for name in files if name.endswith(".py")):
                found[package if stem == PACKAGE else f"{package}.{stem}"] = Path(folder, f"{stem}.py")
        return found

    def _digest(self, module: str) -> str:
        if module not in self._digests:
            file = self._files[module]
            content = file.read_bytes()
            digest = sha256(content).hexdigest()
            package = module if file.stem == PACKAGE else module.rpartition(".")[0]
            key = f"{package} {digest}"
            if key not in self._read:
                names = imported_names(content.decode("utf-8", "replace"), package)
                self._read[key] = sorted(name for name in names if name.split(".")[0] == self.folder.name)
                self._grown = True
            self._direct[module] = self._read[key]
            self._digests[module] = digest
        return self._digests[module]
