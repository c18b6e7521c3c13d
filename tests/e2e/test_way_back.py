"""The way back on the screen: what is recorded, what is not put back, and the verbs."""

from collections.abc import Sequence

import pytest

from runbook_tui import wiring
from runbook_tui.run.live import Branch, LiveChange, Phase, Rollout
from runbook_tui.run.ports import NeedsOverride
from runbook_tui.run.sightings import Changed, ChangedObject, Seen, SeenObject, Tier
from runbook_tui.tui.rollout import tree

TEXT = "# R\n\n## D\n\n```bash\n# Change it\necho kubectl scale deployment/api >> told\n```\n\n- [ ] Look\n"


class Eyes(wiring.Kubernetes):
    """A watcher that sees what a test wants it to see; the cluster itself is looked at in the integration tests."""

    refuses = False

    async def warm(self, *, after: float = 0) -> None:
        return

    async def before(self, intent, order, *, overridden: bool) -> Seen | None:
        if self.refuses and not overridden:
            raise NeedsOverride("deployment/api is being changed by ben@bastion")
        one = SeenObject(
            key="Deployment/prod/api", title="deployment/api", state="api:1, 2 replicas", digest="a", tier=Tier.CAPACITY
        )
        secret = SeenObject(
            key="Secret/prod/db",
            title="secret/db",
            state="1 entry",
            digest="s",
            obstacle="its values are never recorded",
        )
        return Seen(system="bed (https://bed)", namespace="prod", objects=(one, secret), content=b"{}", complete=True)

    async def after(self, sighting, content) -> Changed:
        if sighting.rollback:
            return Changed(changes=())
        changes = [
            ChangedObject(
                key="Deployment/prod/api",
                title="deployment/api",
                what="2 → 3 replicas",
                restores="2 replicas",
                digest="b",
                tier=Tier.CAPACITY,
            ),
            ChangedObject(key="Secret/prod/db", title="secret/db", what="changed", restores="", digest="t"),
        ]
        return Changed(changes=tuple(changes), content=b"{}")

    def live(self, job: str) -> Sequence[LiveChange]:
        return (change(),)


def change() -> LiveChange:
    branches = (
        Branch(depth=0, title="revision 2  api-2", word="0 of 1 ready", good=False, new=True),
        Branch(depth=1, title="api-2-x", word="ImagePullBackOff", good=False, new=True),
    )
    stands = Rollout(phase=Phase.MOVING, says="1 of 3 pods are new", wanted=3, updated=1, ready=2, available=2)
    return LiveChange(title="deployment/api", rollout=stands, branches=branches, warnings=("BackOff: no image",))


@pytest.fixture
def eyes(monkeypatch):
    monkeypatch.setattr(wiring, "Kubernetes", Eyes)
    monkeypatch.setattr(Eyes, "refuses", False)
    return Eyes


async def test_what_is_recorded_is_shown_with_what_it_goes_back_to(document, opened, eyes):
    async with opened(document(TEXT), size=(120, 40)) as ana:
        await ana.go_to("Change it")
        await ana.press("enter")
        await ana.reads("recorded just before")
        await ana.answer("y")
        await ana.until(lambda: ana.phase("Change it") == "done")
        await ana.go_to("Change it")
        await ana.reads("deployment/api  2 → 3 replicas", "rolling out", "updated 1 · ready 2", "ImagePullBackOff")
        await ana.press("R")
        await ana.reads(
            "put back: deployment/api  (api:1, 2 replicas)",
            "recorded",
            "NOT put back",
            "secret/db: its values",
            "bed (https://bed)",
        )
        await ana.answer("H")
        await ana.reads("Hold: everything stays as it is")
        await ana.write("migrating")
        await ana.press("enter")
        await ana.reads("HELD", "migrating")
        assert ana.state.held is not None
        await ana.answer("H")
        await ana.until(lambda: ana.state.held is None)


async def test_a_step_that_should_not_run_wants_a_reason_and_keeps_it(document, opened, eyes, monkeypatch):
    monkeypatch.setattr(eyes, "refuses", True)
    async with opened(document(TEXT)) as ana:
        await ana.go_to("Change it")
        await ana.press("enter")
        await ana.answer("y")
        await ana.reads("This should not run now", "ben@bastion")
        assert not ana.state.jobs
        await ana.write("agreed")
        await ana.press("enter")
        await ana.until(lambda: ana.phase("Change it") == "done")
        assert next(iter(ana.state.overrides.values())).reason == "agreed"


def test_a_tree_tells_all_by_words_alone():
    text = tree((change(),)).plain
    assert "rolling out  deployment/api  updated 1 · ready 2 · available 2 of 3" in text
    assert "revision 2  api-2  0 of 1 ready  new" in text
    assert "! BackOff: no image" in text
