"""A run that is left while its company is still being entered."""

from __future__ import annotations

from runbook_tui import company
from runbook_tui.desk import LocalDesk


async def test_who_leaves_while_entering_is_seen_by_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("RBT_STATE", str(tmp_path))
    desk = LocalDesk()
    enter = company.LocalCompany.enter

    async def entering(self):
        await desk.part()
        await enter(self)

    monkeypatch.setattr(company.LocalCompany, "enter", entering)
    await desk.meet("brave-otter", driving=True)
    monkeypatch.setattr(company.LocalCompany, "enter", enter)
    other = LocalDesk()
    met = await other.meet("brave-otter", driving=False)
    try:
        assert met.others() == ()
    finally:
        await other.part()
