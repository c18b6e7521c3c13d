"""A look at other machines that is ended before it is over says so, and is no verdict."""

from __future__ import annotations

import asyncio

import pytest

from runbook_tui.records import parse
from runbook_tui.run.looking import look
from runbook_tui.run.ports import TargetError
from runbook_tui.run.state import RunState

TEXT = b"---\ntargets:\n  web: {hosts: [h001, h002]}\n---\n# Release\n\n```bash\n# Write it\ntouch released\n```\n"


class Closing:
    """Links that are closed while they are asked, as when the run is left."""

    async def probe(self, host, *, sudo):
        raise asyncio.CancelledError


async def test_a_look_that_was_ended_is_no_verdict():
    state = RunState(run="r", target="web", hosts={"web": ("h001", "h002")})
    with pytest.raises(TargetError, match="was ended before it was over"):
        await look(Closing(), parse(TEXT, "release.md"), state)
