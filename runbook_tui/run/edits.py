"""The document of a run, and what lies beside it, as they lie on disk: what was edited there, and taking it over."""

from __future__ import annotations

import msgspec

from runbook_tui.document.runbook import Runbook
from runbook_tui.run.changes import DocumentDiff, compare
from runbook_tui.run.events import DocumentChanged
from runbook_tui.run.ledger import Ledger
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.written import Names, Papers, Written, edited, names_in


class Edits:
    """Of one run: how the files on disk differ from what it follows."""

    def __init__(self, ledger: Ledger, papers: Papers, written: Written) -> None:
        """`written` is what the run follows now."""
        self._ledger = ledger
        self._papers = papers
        self._newest: tuple[Names, DocumentDiff] | None = None
        self.written = written

    async def seen(self, runbook: Runbook) -> DocumentDiff | None:
        """None when nothing differs. Raises OperatorError when a file cannot be read."""
        now = await self._papers.read()
        names, before = now.names, names_in(self._ledger.state)
        what = edited(before, names)
        if not what:
            return None
        if self._newest is None or self._newest[0] != names:
            diff = compare(runbook, await self._papers.parse(now), what=what)
            self._newest = names, msgspec.structs.replace(diff, seen=names.together)
        return self._newest[1]

    async def taken_over(self, runbook: Runbook, seen: str) -> Runbook:
        """What the run follows from here on, once that is in the record.

        Raises OperatorError, also when the files are no longer those that were `seen`; empty takes them as they are.
        """
        written = await self._papers.read()
        names = written.names
        if seen and names.together != seen:
            raise OperatorError("it was edited again meanwhile and nothing was taken over: look at the new edit first")
        after = await self._papers.parse(written)
        diff = compare(runbook, after)
        event = DocumentChanged(
            document=names.document, added=diff.added, removed=diff.removed, changed=diff.changed,
            sidecar=names.sidecar, beside=names.beside,
        )  # fmt: skip
        await self._ledger.append(event, blobs=written.blobs())
        self.written, self._newest = written, None
        return after
