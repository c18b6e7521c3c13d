"""The document on disk, beside the text that a run follows: what an edit of it changes, and how a run takes it over."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from runbook_tui.document.runbook import Runbook
from runbook_tui.run.changes import DocumentDiff, compare
from runbook_tui.run.events import DocumentChanged

ReadSource = Callable[[], Awaitable[bytes]]
Parse = Callable[[bytes], Awaitable[Runbook]]


class Edits:
    """Reads the file anew at each question; an edit is parsed once. Raises OperatorError when it cannot be read."""

    def __init__(self, read: ReadSource, parse: Parse) -> None:
        self._read = read
        self._parse = parse
        self._seen: tuple[Runbook, DocumentDiff] | None = None  # the newest edit, and of what

    async def diff(self, runbook: Runbook, document: str) -> DocumentDiff | None:
        """How the file differs from `runbook`, whose text is `document` (sha256); None when it does not."""
        data = await self._read()
        digest = hashlib.sha256(data).hexdigest()
        if digest == document:
            return None
        if self._seen is None or self._seen[0] is not runbook or self._seen[1].sha256 != digest:
            self._seen = (runbook, compare(runbook, await self._parse(data)))
        return self._seen[1]

    async def newest(self, runbook: Runbook) -> tuple[Runbook, bytes, DocumentChanged]:
        """The file as it is now, its bytes, and what is to be recorded when the run follows it from here on."""
        data = await self._read()
        edited = await self._parse(data)
        diff = compare(runbook, edited)
        changed = DocumentChanged(document=edited.sha256, added=diff.added, removed=diff.removed, changed=diff.changed)
        return edited, data, changed
