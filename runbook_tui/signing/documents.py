"""The texts that a record names, read: each once, as the document alone says it."""

from __future__ import annotations

from collections.abc import Mapping

from runbook_tui.document.errors import Unreadable
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Runbook


class Documents:
    """Without the file that may stand beside a document: that is no part of the record."""

    def __init__(self, blobs: Mapping[str, bytes]) -> None:
        self._blobs = blobs
        self._read: dict[str, Runbook | None] = {}

    def of(self, name: str) -> Runbook | None:
        """None for one that is missing or no text; that is told where blobs are checked."""
        if name not in self._read:
            try:
                self._read[name] = read(self._blobs[name], "")
            except (KeyError, Unreadable):
                self._read[name] = None
        return self._read[name]
