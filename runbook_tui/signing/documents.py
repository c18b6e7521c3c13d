"""Documents and policies that a record names, read: each once, and only when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping

from runbook_tui.document.errors import Unreadable
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Runbook
from runbook_tui.run.authority import ALONE, Policy
from runbook_tui.signing.policy_file import BadPolicy, read_policy


class Documents:
    """That one is missing or was changed is told where blobs are checked, and not here."""

    def __init__(self, blobs: Mapping[str, bytes]) -> None:
        self._blobs = blobs
        self._read: dict[str, Runbook | None] = {}
        self._policies: dict[str, Policy | BadPolicy] = {}

    def policy(self, name: str) -> Policy:
        """That of one person alone where there is none. Raises BadPolicy."""
        if name not in self._policies:
            try:
                self._policies[name] = read_policy(self._blobs.get(name)) if name else ALONE
            except BadPolicy as error:
                self._policies[name] = error
        known = self._policies[name]
        if isinstance(known, BadPolicy):
            raise known
        return known

    def runbook(self, name: str) -> Runbook | None:
        """As its text alone says it: a file beside it is no part of the record. None where it cannot be read."""
        if name not in self._read:
            try:
                self._read[name] = read(self._blobs[name], "")
            except (KeyError, Unreadable):
                self._read[name] = None
        return self._read[name]
