"""Keyed digests, tokens and shuffles: without the key nobody can check a guess against them."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError, Problem

__all__ = ["Key", "open_key"]

KEY_FILE = "key"
BLOCK = 64
"""Bytes that SHA-256 takes in at a time."""

DEMO_MARK = "PUBLIC KEY OF THE DEMONSTRATION, PROTECTS NOTHING"


class Key:
    """A secret that turns identifiers into tokens.

    Parameters
    ----------
    secret
        The bytes of the key; never shown.

    Examples
    --------
    >>> key = Key(b"for the example only")
    >>> key.token("p", "K1-P3") == key.token("p", "K1-P3")
    True
    """

    __slots__ = ("_inner", "_known", "_outer")

    def __init__(self, secret: bytes) -> None:
        padded = (hashlib.sha256(secret).digest() if len(secret) > BLOCK else secret).ljust(BLOCK, b"\0")
        self._inner, self._outer = (
            hashlib.sha256(bytes(byte ^ mask for byte in padded)) for mask in (0x36, 0x5C)
        )
        self._known: dict[str, dict[str, str]] = {}

    def digest(self, text: str | bytes) -> str:
        """Return the HMAC-SHA256 of a text in hexadecimal digits (RFC 2104, doi:10.17487/RFC2104).

        The padded key, with which the standard begins, is hashed once: a large study has a million names.
        """
        return self._digest_after("")(text.encode("utf-8") if isinstance(text, str) else text)

    def _digest_after(self, opening: str) -> Callable[[bytes], str]:
        """Return what digests a text that is put after an opening."""
        begun, outer = self._inner.copy(), self._outer
        begun.update(opening.encode("utf-8"))

        def digest(text: bytes) -> str:
            inner, whole = begun.copy(), outer.copy()
            inner.update(text)
            whole.update(inner.digest())
            return whole.hexdigest()

        return digest

    def token(self, kind: str, name: str) -> str:
        """Return a stable stand-in for a name; empty stays empty.

        Sixty-four bits are kept: two of a million names meet with a chance of one in thirty million.
        """
        return f"{kind}-{self.digest(f'{kind}/{name}')[:16]}" if name else ""

    def tokens(self, kind: str, cells: Iterable[str]) -> list[str]:
        """Return the token of each cell; of several names, parted by semicolons, those in their own order.

        What was asked for once is kept, for the same names stand in many tables.
        """
        known, digest = self._known.setdefault(kind, {"": ""}), self._digest_after(f"{kind}/")
        found = []
        for cell in cells:
            token = known.get(cell)
            if token is None:
                if ";" in cell:
                    token = ";".join(sorted(self.token(kind, part) for part in cell.split(";") if part))
                else:
                    token = f"{kind}-{digest(cell.encode())[:16]}"
                known[cell] = token
            found.append(token)
        return found

    def labels(self, output: str, cases: Iterable[str]) -> dict[str, str]:
        """Return `Case A`, `Case B` ... in an order that is shuffled anew for each output."""
        shuffled = sorted(cases, key=lambda case: self.digest(f"order/{output}/{case}"))
        return {case: f"Case {_letters(place)}" for place, case in enumerate(shuffled)}

    def __repr__(self) -> str:
        """Return nothing of the secret."""
        return "Key(…)"


def _letters(place: int) -> str:
    """Return A to Z, then AA, AB and so on."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def open_key(layout: Layout, evidence: str) -> Key:
    """Return the key of the chosen evidence; the private one is made at first use.

    Raises
    ------
    EvidenceError
        If the private folder is not there, or the key in it is damaged.
    """
    if evidence != "private":
        return Key(DEMO_MARK.encode())
    path = layout.private / KEY_FILE
    if not layout.private.is_dir():
        rule = "the folder of the real evidence is not there"
        raise EvidenceError(
            Problem("data/private", None, None, None, rule, "Run `twinbenefits private init`.")
        )
    if not path.exists():
        _make(path)
    text = path.read_text("ascii", errors="replace").strip()
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) < 32:
        rule = "must hold at least 64 hexadecimal digits"
        way_out = "Restore it from your backup; with another key all labels and digests change."
        raise EvidenceError(Problem("data/private/key", None, None, None, rule, way_out))
    return Key(secret)


def _make(path: Path) -> None:
    """Write a new key so that a crash leaves a whole one or none, and two first uses agree."""
    passing = path.with_name(f".{KEY_FILE}.{os.getpid()}")
    passing.touch(mode=0o600)
    passing.write_text(secrets.token_hex(32) + "\n", "ascii")
    try:
        os.link(passing, path)  # fails if another process was first
    except FileExistsError:
        pass
    finally:
        passing.unlink()
