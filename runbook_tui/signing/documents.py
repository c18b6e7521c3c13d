"""Documents and policies that a record names, read: each once, and only when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping

from runbook_tui.document.errors import Unreadable
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Runbook
from runbook_tui.document.sidecar import BadSidecar, parsed
from runbook_tui.run.authority import ALONE, Policy
from runbook_tui.run.state import RunState
from runbook_tui.signing.policy_file import BadPolicy, read_policy


class Documents:
    """That one is missing or was changed is told where blobs are checked, and not here."""

    def __init__(self, blobs: Mapping[str, bytes]) -> None:
        self._blobs = blobs
        self._read: dict[tuple[str, str, str], Runbook | None] = {}
        self.unread: list[str] = []  # why what the run followed cannot be read
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

    def runbook(self, state: RunState) -> Runbook | None:
        """What the run follows at that state; None where it cannot be read, which `unread` tells.

        In a record that does not keep what lies beside the document, as the text alone says it.
        """
        key = (state.document, state.sidecar or "", state.source)
        if key not in self._read:
            try:
                beside = parsed(self._blobs[state.sidecar]) if state.sidecar else None
                self._read[key] = read(self._blobs[state.document], state.source, beside)
            except KeyError:
                self._read[key] = None
            except (Unreadable, BadSidecar) as error:
                self._read[key] = None
                self.unread.append(str(error) if isinstance(error, Unreadable) else f"the file beside it {error}")
        return self._read[key]
