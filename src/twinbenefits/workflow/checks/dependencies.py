"""Whether everything that runs is pinned: exact versions, with the digests of their files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from twinbenefits.workflow.checks.finding import Finding, error, text_of

LOCKS = ("requirements-bootstrap.lock", "requirements.lock", "requirements-dev.lock")
NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
RELOCK = "Run `make lock`"


def pinned(root: Path) -> Iterator[Finding]:
    """Find requirements without an exact version or digest, and ones that no lock knows."""
    known: set[str] = set()
    for lock in LOCKS:
        if not (root / lock).is_file():
            yield error("dependencies", lock, "is missing", RELOCK)
            continue
        for number, requirement in _requirements(text_of(root, lock)):
            place = f"{lock}, line {number}"
            known.add(_canonical(requirement))
            if "==" not in requirement.partition(";")[0]:
                yield error("dependencies", place, f"{requirement.split()[0]} has no exact version", RELOCK)
            elif "--hash=sha256:" not in requirement:
                yield error("dependencies", place, f"{requirement.split()[0]} has no digest", RELOCK)
    for name in _declared(root):
        if name not in known:
            yield error("dependencies", "pyproject.toml", f"{name} stands in no lock", RELOCK)


def _requirements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each requirement of a lock as one line, with the line it begins on."""
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if not parts and (not line.strip() or line.lstrip().startswith(("#", "-"))):
            continue
        begun = begun if parts else number
        parts.append(line.rstrip("\\ ").strip())
        if not line.rstrip().endswith("\\"):
            yield begun, " ".join(parts)
            parts = []


def _declared(root: Path) -> list[str]:
    try:
        project = tomllib.loads(text_of(root, "pyproject.toml"))["project"]
    except (OSError, tomllib.TOMLDecodeError, KeyError):
        return []
    return [_canonical(requirement) for requirement in project.get("dependencies", [])]


def _canonical(requirement: str) -> str:
    match = NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", match.group() if match else requirement).lower()
