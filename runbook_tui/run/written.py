"""What a run follows, as bytes: the document, the file beside it, and the files these name. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Protocol

import msgspec

from runbook_tui.document.runbook import Runbook
from runbook_tui.run.state import RunState

BESIDE = "the file beside the document"  # in words for people


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Under which hash each part is kept."""

    document: str
    sidecar: str | None = None  # empty: there is none; None: the record does not tell
    beside: dict[str, str] = {}  # rule files, by the name they have in document or sidecar

    @property
    def together(self) -> str:
        """One name for all of it."""
        return name_of(msgspec.json.encode(self, order="sorted"))


class Written(msgspec.Struct, frozen=True, kw_only=True):
    document: bytes
    sidecar: bytes | None = None  # None: there is none
    files: dict[str, bytes] = {}  # rule files that could be read, by the name they have in document or sidecar

    @property
    def names(self) -> Names:
        sidecar = "" if self.sidecar is None else name_of(self.sidecar)
        beside = {file: name_of(data) for file, data in sorted(self.files.items())}
        return Names(document=name_of(self.document), sidecar=sidecar, beside=beside)

    def blobs(self) -> dict[str, bytes]:
        """By their hashes, as a record keeps them."""
        parts = (self.document, *(() if self.sidecar is None else (self.sidecar,)), *self.files.values())
        return {name_of(part): part for part in parts}


class Papers(Protocol):
    """The files themselves. Both raise OperatorError when they cannot be read."""

    async def read(self) -> Written:
        """As they lie there now."""
        ...

    async def parse(self, written: Written) -> Runbook: ...


def name_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def names_in(state: RunState) -> Names:
    """What a run follows now, as its record says."""
    return Names(document=state.document, sidecar=state.sidecar, beside=dict(state.beside))


def edited(before: Names, after: Names) -> tuple[str, ...]:
    """What differs, in words. Where the record does not tell what lay beside the document, only the document counts."""
    return tuple(_edited(before, after))


def _edited(before: Names, after: Names) -> Iterator[str]:
    if before.document != after.document:
        yield "the document"
    if before.sidecar is None:
        return
    if before.sidecar != after.sidecar:
        yield BESIDE
    yield from _others(before.beside, after.beside)


def _others(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    yield from (file for file in sorted({*before, *after}) if before.get(file) != after.get(file))
