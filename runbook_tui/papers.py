"""What a run follows, read from where it lies: the document, the file beside it, and the rule files these name."""

from __future__ import annotations

import asyncio
from pathlib import Path

from runbook_tui.alerting import files_said, rule_file
from runbook_tui.document.runbook import Runbook
from runbook_tui.records import parse_written, parsed_sidecar, read_bytes, sidecar_bytes
from runbook_tui.run.written import Names, Written
from runbook_tui.sources import settings


class PapersOnDisk:
    """Implements `run.written.Papers` for the document at `source`. Both of its methods read in a thread."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self._named: tuple[Names, tuple[str, ...]] | None = None  # the rule files that this text names

    async def read(self) -> Written:
        return await asyncio.to_thread(self._read)

    async def parse(self, written: Written) -> Runbook:
        return await asyncio.to_thread(parse_written, written, self._source)

    def _read(self) -> Written:
        two = Written(document=read_bytes(self._source), sidecar=sidecar_bytes(self._source))
        names = two.names
        if self._named is None or self._named[0] != names:
            self._named = names, rule_files(parse_written(two, self._source), two, self._source)
        return with_files(two, self._named[1], self._source.parent)


def read_written(path: Path) -> tuple[Written, Runbook]:
    """All that a run of the document at `path` follows; blocks. Raises BadInput."""
    two = Written(document=read_bytes(path), sidecar=sidecar_bytes(path))
    runbook = parse_written(two, path)
    return with_files(two, rule_files(runbook, two, path), path.parent), runbook


def rule_files(runbook: Runbook, written: Written, path: Path) -> tuple[str, ...]:
    """As document or sidecar name them."""
    return files_said(settings(runbook.front_matter, parsed_sidecar(written.sidecar, path)))


def with_files(two: Written, named: tuple[str, ...], folder: Path) -> Written:
    """With those of the files that can be read; of the others the watch over the conditions says what is wrong."""
    if not named:
        return two
    found = ((file, rule_file(folder / file)) for file in named)
    files = {file: data for file, data in found if isinstance(data, bytes)}
    return Written(document=two.document, sidecar=two.sidecar, files=files)
