"""MLSDM: 231 boxes, four signers, a rollout, six criteria for going back, `rollout undo` and what it does not restore."""

import contextlib
import json

import pytest

from runbook_tui.lab.systems.pods import follow
from runbook_tui.run.events import Outcome
from tests.integration.systems.conftest import kubectl
from tests.integration.systems.operator import Stopped

SPACE = "mlsdm-production"
SIGNERS = ("Development Team Lead", "DevOps/SRE Lead", "Security Team", "Product Owner")


@pytest.fixture
def site(site_of, cluster, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(cluster))
    site = site_of("mlsdm", parts={"store": "", "metrics": ""})
    with contextlib.suppress(AssertionError):
        kubectl("create", "namespace", SPACE)
    # a terminal that was killed holds its workloads for a minute more
    kubectl("delete", "deployment,configmap,lease", "--all", "-n", SPACE, "--wait=true")
    kubectl("apply", "-n", SPACE, "-f", f"{site.project}/before")
    kubectl("rollout", "status", "-n", SPACE, "deployment/mlsdm-api", "--timeout=30s")
    follow(site.lab, cluster, f"{SPACE}/mlsdm-api")
    site.values = {"<configuration>": "config/"}
    return site


def runs_now():
    one = json.loads(kubectl("get", "-n", SPACE, "deployment/mlsdm-api", "-o", "json"))
    config = json.loads(kubectl("get", "-n", SPACE, "configmap/mlsdm-config", "-o", "json"))
    return {
        "image": one["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2],
        "ready": one["status"].get("readyReplicas", 0),
        "level": config["data"]["LOG_LEVEL"],
        "oncall": one["metadata"]["annotations"].get("oncall"),
    }


CRITERIA = (
    "Error rate > 10% for 5+ minutes",
    "P95 latency > 500ms for 5+ minutes",
    "More than 50% of pods fail their health checks",
    "Memory goes over its limit and pods are killed (OOM)",
    "A critical vulnerability becomes known",
    "Data is found to be damaged",
)
NEW = {"image": "1.0.0", "ready": 3, "level": "INFO", "oncall": "alice"}
OLD = {"image": "0.9.0", "ready": 3, "level": "DEBUG", "oncall": "alice"}


async def test_to_the_end_with_four_signatures_and_a_terminal_that_dies_in_the_rollout(site) -> None:
    site.people(SIGNERS)
    await site.killed_during("The rollout was followed to its end")
    async with site.resumed() as operator:
        await operator.walk()
        await operator.finish()
        state = operator.conductor.state
        assert state.outcome is Outcome.COMPLETED
        assert len(site.begun(state, "rollout status")) == 1
        measured = {one.text: one.verdict for one in state.gates.conditions.values()}
        assert {text: measured.get(text) for text in CRITERIA} == dict.fromkeys(CRITERIA, "pass")
        site.walked(operator)
        run = state.run
    assert runs_now() == NEW
    assert site.weights() == {"v1": 0, "v2": 100}
    assert site.release("v2") == "1.0.0"
    site.verify(run)
    assert site.row.signed == "4 keys"


async def test_errors_of_the_new_release_take_it_back_by_themselves(site) -> None:
    site.people(SIGNERS, automatic_rollback={"on": True, "countdown": "1s"})
    async with site.run() as operator:
        await operator.walk("The health checks are good")
        assert runs_now() == NEW
        site.fault("error-rate", 60)
        with contextlib.suppress(Stopped):  # it may be at its end before the errors have lasted
            await operator.walk()
        await site.taken_back(operator)
        fired = [one.text for one in operator.conductor.state.gates.conditions.values() if one.verdict == "fail"]
        assert "Error rate > 10% for 5+ minutes" in fired
        site.rolled_back(operator)
        run = operator.conductor.state.run
    assert runs_now() == OLD  # the configuration too, which `rollout undo` does not restore
    site.until(lambda: site.weights() == {"v1": 100, "v2": 0}, "the traffic is back")
    check = site.rbt("lab", "check", "--requests", "50", "--only", "v1")
    assert check.returncode == 0, check.stdout
    site.sound(run)
