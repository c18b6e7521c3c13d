"""What is made of this program alone and takes long to make, kept for the next start: as Python keeps byte code.

Expressions as the engine runs them, grammars as tables, rules for secrets as an automaton. A key is all that a value is
made of, so a value of another version is never found, only made again. The files lie beside the byte code of this
module, else in the user's cache folder; they are believed as byte code is, and only where nobody else can write them.
What cannot be read, is damaged, or comes of another interpreter counts as not there.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import stat
import sys
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

_HEAD = b"rbt prepared 1\n"
_MADE_BY = (sys.version, sys.platform)
MOST = 4000  # values in a file; with more, those of this process alone are kept


class Shelf:
    """Values of one kind by what they are made of; both are what `marshal` takes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._kept: dict[Any, Any] | None = None  # as the file had them
        self._asked: dict[Any, Any] = {}  # by this process
        self._new = False
        self._lock = Lock()

    def get(self, key: Any) -> Any:
        """What was made of this before; None where nothing was."""
        with self._lock:
            value = self._asked[key] = self._asked.get(key, self._known().get(key))
            return value

    def put(self, key: Any, value: Any) -> None:
        """What was made of this now."""
        with self._lock:
            self._asked[key] = value
            self._new = True

    def keep(self) -> None:
        """Write what is new for the next start, unless Python is told to write no byte code."""
        if sys.dont_write_bytecode:
            return
        with self._lock:
            if not self._new:
                return
            self._new = False
            asked = {key: value for key, value in self._asked.items() if value is not None}
            kept = {**self._known(), **asked}
        data = _written(asked if len(kept) > MOST else kept)
        for path in self.files():
            with suppress(OSError):
                _replace(path, data)
                return

    def _known(self) -> dict[Any, Any]:
        if self._kept is None:
            self._kept = next((found for path in self.files() if (found := _read(path)) is not None), {})
        return self._kept

    def files(self) -> list[Path]:
        """Where it may lie, the best place first."""
        tag = f"{sys.implementation.cache_tag or 'python'}.{self._name}"
        beside = [Path(__spec__.cached).with_suffix(f".{self._name}")] if __spec__.cached else []
        base, home = os.environ.get("XDG_CACHE_HOME"), os.environ.get("HOME", "")
        cache = Path(base) if base else Path(home, ".cache")
        return [*beside, cache / "runbook-tui" / f"prepared.{tag}"] if cache.is_absolute() else beside


EXPRESSIONS, GRAMMARS, SECRETS = Shelf("expressions"), Shelf("grammars"), Shelf("secrets")


def keep() -> None:
    """Write what this process had to make; blocks for some hundredths of a second, once for a version."""
    for shelf in (EXPRESSIONS, GRAMMARS, SECRETS):
        shelf.keep()


def _written(values: dict[Any, Any]) -> bytes:
    body = zlib.compress(marshal.dumps((_MADE_BY, values)), 1)
    return _HEAD + hashlib.sha256(body).digest() + body


def _read(path: Path) -> dict[Any, Any] | None:
    try:
        with path.open("rb") as file:
            if not _ours(os.fstat(file.fileno())):
                return None
            data = file.read()
        digest, body = data[len(_HEAD) : len(_HEAD) + 32], data[len(_HEAD) + 32 :]
        if not data.startswith(_HEAD) or hashlib.sha256(body).digest() != digest:
            return None
        made_by, values = marshal.loads(zlib.decompress(body))  # noqa: S302  # as an import does, and first looked over
    except (OSError, ValueError, EOFError, TypeError, zlib.error):
        return None
    return values if made_by == _MADE_BY and isinstance(values, dict) else None


def _ours(status: os.stat_result) -> bool:
    """Whether only those can have written it who can write the program: its owner, root, and who runs it."""
    own = Path(__file__).stat().st_uid
    return (
        stat.S_ISREG(status.st_mode)
        and status.st_uid in (0, os.geteuid(), own)
        and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )


def _replace(path: Path, data: bytes) -> None:
    beside = path.parent.name == "__pycache__"
    path.parent.mkdir(mode=0o755 if beside else 0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    whole = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        whole.chmod(0o644 if beside else 0o600)
        whole.replace(path)
    except BaseException:
        whole.unlink(missing_ok=True)
        raise
