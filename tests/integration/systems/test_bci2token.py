"""BCI-2-Token: three ways to deploy it and to take it back, quality gates, an outage, somebody who broke in."""

import contextlib
import json
import os
import shutil
import signal

import pytest

from runbook_tui.lab import control
from runbook_tui.lab.systems.pods import follow
from runbook_tui.run import intents as i
from runbook_tui.run.events import Outcome
from runbook_tui.run.state import StepPhase
from tests.integration.systems.conftest import kubectl
from tests.integration.systems.operator import Stopped

SIGNERS = ("Development team", "Operations team", "Security team")


@pytest.fixture
def site(site_of, monkeypatch):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed, and the runbook asks with it")
    site = site_of("bci2token")
    port = control.gateway_port(site.lab)
    site.document.write_text(site.document.read_text().replace("localhost:8080", f"127.0.0.1:{port}"))
    monkeypatch.setenv("PATH", f"{site.project}/bin:{os.environ['PATH']}")
    site.deeds = {"Point DNS or the load balancer back": "rbt lab switch blue"}
    return site


async def test_docker_with_a_terminal_that_dies_in_the_quality_checks(site) -> None:
    site.options = {"Deployment options": "Option 1"}
    site.people(SIGNERS)
    await site.killed_during("Run all quality checks")
    async with site.resumed() as operator:
        await operator.walk()
        await operator.finish()
        state = operator.conductor.state
        assert state.outcome is Outcome.COMPLETED
        assert len(site.begun(state, r"run_quality_checks\.py$")) == 1
        exported = next(job for job, one in state.jobs.items() if "create_production_config()" in one.shown)
        assert json.loads(await operator.conductor.kept_output(exported))["CACHE_SIZE"] == "10000"
        site.walked(operator)
        run = state.run
    assert site.weights() == {"v1": 0, "v2": 100}
    assert site.release("v2") == "v1.0.0"
    assert json.loads((site.project / "reports" / "quality.json").read_text())["secrets"] == []
    site.verify(run)
    assert site.row.signed == "3 keys"


async def test_a_secret_in_a_file_stops_before_anything_is_deployed(site) -> None:
    site.options = {"Deployment options": "Option 1"}
    (site.project / "deployment" / "forgotten.yml").write_text("api_key: 'sk-live-0123456789abcdef'\n")
    site.people(SIGNERS)
    async with site.run() as operator:
        with pytest.raises(Stopped, match=r"forgotten\.yml"):
            await operator.walk()
    assert site.weights() == {"v1": 100, "v2": 0}


async def back_by_errors(site, option: str, served) -> None:
    site.options = {"Deployment options": option}
    site.people(SIGNERS, automatic_rollback={"on": True, "countdown": "1s"})
    async with site.run() as operator:
        await operator.walk("Validate it")
        site.until(lambda: site.weights() == {"v1": 0, "v2": 100}, "the new version serves")
        served(True)
        site.fault("error-rate", 50)
        with contextlib.suppress(Stopped):
            await operator.walk("The service answers to health checks")
        await site.taken_back(operator)
        site.rolled_back(operator)
        run = operator.conductor.state.run
    site.until(lambda: site.weights() == {"v1": 100, "v2": 0}, "the old version serves")
    served(False)
    assert site.rbt("lab", "check", "--requests", "50", "--only", "v1").returncode == 0
    site.sound(run)


async def test_systemd_is_taken_back_by_its_errors(site) -> None:
    def active(wanted: bool) -> None:
        assert (site.program("bin/systemctl", "is-active", "bci2token").returncode == 0) is wanted

    await back_by_errors(site, "Option 3", active)


async def test_kubernetes_is_taken_back_by_its_errors(site, cluster, monkeypatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(cluster))
    with contextlib.suppress(AssertionError):
        kubectl("create", "namespace", "bci2token")
    kubectl("delete", "deployment,lease", "--all", "-n", "bci2token", "--wait=true")
    manifest = site.project / "before.yaml"
    manifest.write_text(
        (site.project / "deployment/kubernetes/deployment.yaml").read_text().replace("VERSION", "v0.9.0")
    )
    kubectl("apply", "-n", "bci2token", "-f", str(manifest))
    kubectl("rollout", "status", "-n", "bci2token", "deployment/bci2token-app", "--timeout=30s")
    follow(site.lab, cluster, "bci2token/bci2token-app")

    def image(wanted: bool) -> None:
        one = json.loads(kubectl("get", "-n", "bci2token", "deployment/bci2token-app", "-o", "json"))
        version = one["spec"]["template"]["spec"]["containers"][0]["image"]
        assert version == ("bci2token:v1.0.0" if wanted else "bci2token:v0.9.0")

    await back_by_errors(site, "Option 2", image)


async def procedure(operator, titles: dict[str, str]) -> None:
    """Steps of an emergency, each with what a person does for it."""
    conductor = operator.conductor
    for title, deed in titles.items():
        step = next(one for one in conductor.runbook.steps if one.title.startswith(title))
        operator.deeds[title] = deed
        await operator.do_by_hand(title)
        await conductor.perform(i.Tick(step=step.id))
        assert conductor.state.step(step.id).phase is StepPhase.DONE


async def test_the_service_is_down_and_somebody_broke_in(site) -> None:
    site.people(SIGNERS)
    for words in (("build", "bci2token:v1.0.0"), ("deploy", "v2", "--image", "bci2token:v1.0.0"), ("switch", "green")):
        assert site.rbt("lab", *words).returncode == 0
    os.kill(control.status(site.lab).part("v2").pid, signal.SIGKILL)
    async with site.run() as operator:
        await procedure(
            operator,
            {
                "Ask the health endpoints": "! rbt lab check --requests 5",
                "Read the error logs": f"test -s {site.lab}/v2.log",
                "Restart what needs it": "rbt lab up && rbt lab check --requests 20 --only v2",
            },
        )
        await procedure(
            operator,
            {
                "Cut off what is affected": "rbt lab switch blue && rbt lab check --requests 20 --only v1",
                "Keep the evidence": f"rbt head > head.txt && cp {site.lab}/v2.log . && sha256sum v2.log > v2.sha256",
                "Find out how far it goes": "sha256sum -c v2.sha256",
                "Contain it": "rbt lab remove v2",
                "Follow the plan for incidents": "grep -q rbt-head-v1 head.txt",
            },
        )
        run = operator.conductor.state.run
    assert site.weights() == {"v1": 100, "v2": 0}
    told = site.rbt("verify", run, "--expect", "head.txt", "--json")
    assert json.loads(told.stdout)["anchored"], told.stdout + told.stderr
