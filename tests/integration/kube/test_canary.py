"""A canary walked on a real API server: the weights of an HTTPRoute and of an ingress-nginx canary, and who else sets them."""

import asyncio
import contextlib
import time

import pytest

from runbook_tui import wiring
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from tests.integration.gates.conftest import Exporter
from tests.integration.run.desk import step
from tests.kube.bed import path_of

pytestmark = pytest.mark.timeout(90)
NOTE = "nginx.ingress.kubernetes.io/canary"
DOCUMENT = """---
rbt:
  text: {url}
  signals:
    canary errors: {{query: canary_errors, unit: '%'}}
  canary:
    {splitter}
    stages: 20% 1s, 50% 1s, 100% 1s
    every: 0.3s
    checks: [Canary errors < 5%]
---
# Release

- [ ] Walk the canary <!-- rbt: gate=canary -->

## Rollback

### Rollback Procedure

- [ ] Tell everybody
"""


@pytest.fixture
def metrics():
    """Errors of the new version, as its exporter tells them."""
    one = Exporter()
    one.text = "canary_errors 0.0\n"
    yield one
    one.stop()


class Route:
    splitter = "{httproute: api, canary: new, stable: old}"
    kind = "HTTPRoute"

    def __init__(self, town):
        self.town = town
        town.route({"name": "old"}, {"name": "new", "weight": 0})  # the first has 1, unsaid

    def share(self):
        backends = self.town.get("HTTPRoute", "api")["spec"]["rules"][0]["backendRefs"]
        weights = {one["name"]: one["weight"] for one in backends}
        return round(100 * weights["new"] / sum(weights.values()))

    def set(self, percent):
        self.town.bed.patch(
            path_of("HTTPRoute", self.town.ns, "api"),
            [{"op": "replace", "path": f"/spec/rules/0/backendRefs/{at}/weight", "value": value}
             for at, value in ((0, 100 - percent), (1, percent))],
            kind="application/json-patch+json",
        )  # fmt: skip


class Nginx:
    splitter = "{ingress: api}"
    kind = "Ingress"

    def __init__(self, town):
        self.town = town
        backend = {"service": {"name": "new", "port": {"number": 80}}}
        town.bed.create(
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "metadata": {"name": "api", "annotations": {NOTE: "true", f"{NOTE}-weight": "0"}},
                "spec": {"defaultBackend": backend},
            },
            town.ns,
        )

    def share(self):
        return int(self.town.get("Ingress", "api")["metadata"]["annotations"][f"{NOTE}-weight"])

    def set(self, percent):
        self.town.bed.patch(
            path_of("Ingress", self.town.ns, "api"),
            {"metadata": {"annotations": {f"{NOTE}-weight": str(percent)}}},
            kind="application/merge-patch+json",
        )


@pytest.fixture(params=[Route, Nginx], ids=["httproute", "ingress"])
def splitter(request, town):
    wiring.put_rbt_on_path()
    return request.param(town)


@contextlib.asynccontextmanager
async def canary(town, splitter, metrics):
    """A run whose canary is under way."""
    inner = ", ".join(splitter.splitter.strip("{}").split(", "))
    text = DOCUMENT.format(url=metrics.url, splitter="\n    ".join(inner.split(", ")))
    async with town.run(text) as conductor:
        await until(lambda: conductor.canary is not None, "the plan of the canary")
        await conductor.perform(i.Tick(step=step(conductor, "Walk").id))
        yield conductor


async def until(predicate, what, seconds=40.0):
    end = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < end, f"{what} did not come"
        await asyncio.sleep(0.05)


def now(conductor):
    return conductor.state.gates.canary


async def test_a_healthy_version_gets_its_weights_one_after_the_other(town, splitter, metrics) -> None:
    seen = []
    async with canary(town, splitter, metrics) as conductor:
        async with asyncio.timeout(60):
            while now(conductor).outcome is None:
                share = await asyncio.to_thread(splitter.share)
                if not seen or seen[-1] != share:
                    seen.append(share)
                await asyncio.sleep(0.05)
        assert now(conductor).outcome == "promoted"
    assert [share for share in seen if share] == [20, 50, 100] or seen[-3:] == [20, 50, 100]
    assert splitter.share() == 100


async def test_a_failing_version_loses_its_traffic_at_once(town, splitter, metrics) -> None:
    async with canary(town, splitter, metrics) as conductor:
        await until(lambda: now(conductor).weight == 50 and splitter.share() == 50, "the second stage")
        metrics.text = "canary_errors 12.0\n"
        await until(lambda: now(conductor).outcome is not None, "the end")
        assert now(conductor).outcome == "aborted"
        assert "12" in now(conductor).reason
    assert splitter.share() == 0


async def test_weights_that_somebody_else_sets_hold_it_until_they_are_right_again(town, splitter, metrics) -> None:
    async with canary(town, splitter, metrics) as conductor:
        await until(lambda: now(conductor).last == "pass", "a check")
        stage, weight = now(conductor).stage, now(conductor).weight
        splitter.set(90)
        await until(lambda: now(conductor).last == "error", "a check that tells it")
        assert f"90 % of the traffic go to the new version, {now(conductor).weight} % were set" in now(conductor).detail
        stage, weight = now(conductor).stage, now(conductor).weight
        await asyncio.sleep(2.5)  # far beyond the deadline of the stage
        assert (now(conductor).stage, now(conductor).outcome, splitter.share()) == (stage, None, 90)
        splitter.set(weight)
        await until(lambda: now(conductor).outcome is not None, "the end")
        assert now(conductor).outcome == "promoted"


async def test_an_abort_takes_back_also_what_somebody_else_gave(town, metrics) -> None:
    wiring.put_rbt_on_path()
    splitter = Nginx(town)
    async with canary(town, splitter, metrics) as conductor:
        await until(lambda: now(conductor).weight == 20 and splitter.share() == 20, "the first stage")
        splitter.set(70)
        await conductor.perform(i.GateSaid(events=(e.CanarySteered(to="abort", reason="it looks wrong"),)))
        await until(lambda: now(conductor).outcome is not None, "the end")
        assert now(conductor).outcome == "aborted"
    assert splitter.share() == 0


async def test_an_object_that_is_gone_is_no_pass(town, metrics) -> None:
    wiring.put_rbt_on_path()
    splitter = Route(town)
    async with canary(town, splitter, metrics) as conductor:
        await until(lambda: now(conductor).last == "pass", "a check")
        town.bed.api("DELETE", path_of("HTTPRoute", town.ns, "api"))
        await until(lambda: now(conductor).last == "error", "a check that tells it")
        assert "how the traffic is divided is not known" in now(conductor).detail
        await asyncio.sleep(2.0)
        assert now(conductor).outcome is None
