"""BEM v1.3: image, staging, configuration, rolling update, canary by gates, the way back, the disaster."""

import contextlib
import json
import os
import time

import pytest

from runbook_tui.lab import control
from runbook_tui.lab.systems import kernels
from runbook_tui.lab.systems.pods import follow
from runbook_tui.run import intents as i
from runbook_tui.run.events import Outcome
from runbook_tui.run.state import StepPhase
from tests.integration.systems.conftest import kubectl
from tests.integration.systems.operator import Stopped

SIGNERS = ("Deployment lead", "Operations lead")
OLD, NEW = "v1.2.0", "v1.3.0"
NO_GPU = "no GPU here: the kernels were computed in Triton's interpreter, the gates have tests of their own"


def deployment(name: str) -> dict:
    image = f"registry.company.com/bem-v13:{OLD}"
    pod = {"containers": [{"name": "bem-v13", "image": image}], "terminationGracePeriodSeconds": 0}
    template = {"metadata": {"labels": {"app": name}}, "spec": pod}
    spec = {"replicas": 3, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


@pytest.fixture
def site(site_of, cluster, monkeypatch, tmp_path):
    monkeypatch.setenv("KUBECONFIG", str(cluster))
    site = site_of("bem-v13", parts={"store": ""})
    monkeypatch.setenv("PATH", f"{site.project}/bin:{os.environ['PATH']}")
    kubectl("delete", "deployment,configmap,lease", "--all", "--wait=true")
    for name in ("bem-v13-staging", "bem-v13-deployment"):
        (tmp_path / f"{name}.json").write_text(json.dumps(deployment(name)))
        kubectl("apply", "-f", str(tmp_path / f"{name}.json"))
    for name in ("bem-v13-staging", "bem-v13-deployment"):
        kubectl("rollout", "status", f"deployment/{name}", "--timeout=30s")
    staging = tmp_path / "staging" / "lab"
    url = control.up(staging, port=0).url
    follow(staging, cluster, "default/bem-v13-staging")
    follow(site.lab, cluster, "default/bem-v13-deployment", idle=True)
    site.values = {"<staging-url>": url.rstrip("/")}
    site.skips = {
        "Look whether the cards": NO_GPU, "Check what the optimizer": NO_GPU, "Prove the three kernels": NO_GPU,
        "The pipeline does the same": "the pipeline does it, before anybody opens this page",
    }  # fmt: skip
    yield site
    control.down(staging)


def runs_now() -> dict[str, str]:
    found = json.loads(kubectl("get", "deployment", "-o", "json"))["items"]
    return {
        one["metadata"]["name"]: one["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]
        for one in found
    }


async def test_to_the_end_and_a_terminal_that_dies_in_the_canary(site) -> None:
    site.people(SIGNERS)
    await site.killed_during("300 s went by")
    assert 0 < site.weights()["v2"] <= 100
    async with site.resumed() as operator:
        await operator.walk()
        await operator.finish()
        state = operator.conductor.state
        assert state.outcome is Outcome.COMPLETED
        assert state.gates.canary.outcome == "promoted"
        assert len(site.begun(state, "canary_controller")) == 1
        site.walked(operator)
        run = state.run
    assert runs_now() == {"bem-v13-staging": NEW, "bem-v13-deployment": NEW}
    assert site.weights() == {"v1": 0, "v2": 100}
    assert site.release("v2") == NEW
    assert json.loads(kubectl("get", "configmap", "bem-config", "-o", "json"))["data"].keys() == {"production.yml"}
    site.verify(run)


async def test_errors_at_five_percent_take_the_traffic_and_then_the_release_back(site) -> None:
    site.people(SIGNERS, automatic_rollback={"on": True, "countdown": "1s"})
    if not kernels.why_not():
        site.deeds["The kernels in it were built optimised"] = "python bem/kernels/build.py --check-numerics --tol 1e-3"
    async with site.run() as operator:
        await operator.walk("300 s went by")
        assert runs_now()["bem-v13-deployment"] == NEW
        site.fault("error-rate", 100)
        with contextlib.suppress(Stopped):
            await operator.walk()
        await site.taken_back(operator)
        canary = operator.conductor.state.gates.canary
        assert canary.outcome == "aborted"
        assert canary.weight < 100
        site.rolled_back(operator)
        run = operator.conductor.state.run
    assert runs_now() == {"bem-v13-staging": OLD, "bem-v13-deployment": OLD}
    assert site.weights() == {"v1": 100, "v2": 0}
    assert "bem-config" not in kubectl("get", "configmap", "-o", "name")
    assert site.rbt("lab", "check", "--only", "v1").returncode == 0
    site.sound(run)


async def test_the_disaster_is_gone_through_within_five_minutes(site) -> None:
    """Store and new version are lost; the five steps bring them back, with what was kept an hour ago at most."""
    site.rbt("lab", "job", "--add", "40")
    site.rbt("lab", "build", "bem-v13:v1.3.0")
    site.rbt("lab", "deploy", "v2", "--image", "bem-v13:v1.3.0")
    assert site.program("backup/backup_now.py").returncode == 0
    before = json.loads(site.rbt("lab", "job", "--json").stdout)["count"]
    (site.project / "config" / "production.yml").write_text("")
    for part in ("store", "v2"):
        control.lose(site.lab, part)
    began = time.monotonic()
    titles = (
        "See what is left",
        "Restore the newest backup",
        "Verify it",
        "Let the traffic come back",
        "Test all of it",
    )
    async with site.run() as operator:
        conductor = operator.conductor
        for title in titles:
            step = next(one for one in conductor.runbook.steps if one.title.startswith(title))
            await conductor.perform(i.RunStep(step=step.id, confirmed=True, deliberate=True))
            own = conductor.state.step(step.id)
            assert own.phase is not StepPhase.FAILED, await conductor.kept_output(own.jobs[-1])
        said = await conductor.kept_output(
            next(job for job, one in conductor.state.jobs.items() if "restore" in one.shown)
        )
    assert time.monotonic() - began < 300
    assert json.loads(said)["lost_at_most_s"] < 3600
    assert json.loads(site.rbt("lab", "job", "--json").stdout)["count"] >= before
    assert site.weights() == {"v1": 0, "v2": 100}
