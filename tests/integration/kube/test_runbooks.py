"""Two runbooks of the collection, to the end and back, on a real control plane.

What is no part of Kubernetes is played: the programs of the source (`python …`) and `docker` say yes and do nothing;
steps that look at GPUs and kernels are skipped, with that reason.
"""

import contextlib
import os
import urllib.error
from pathlib import Path

import pytest

from runbook_tui import wiring
from runbook_tui.run import intents as i
from runbook_tui.run.events import Outcome
from runbook_tui.run.preview import Action
from runbook_tui.run.progress import unfinished
from runbook_tui.run.state import StepPhase
from tests.kube.bed import deployment

RUNBOOKS = Path(__file__).parents[3] / "runbooks"
CONFIGURATION = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: mlsdm-config}
data: {LOG_LEVEL: INFO}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: mlsdm-api, annotations: {oncall: alice}}
spec:
  replicas: 3
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector: {matchLabels: {app: mlsdm-api}}
  template:
    metadata: {labels: {app: mlsdm-api}}
    spec:
      containers:
        - name: mlsdm
          image: ghcr.io/neuron7x/mlsdm-neuro-engine:1.0.0
          envFrom: [{configMapRef: {name: mlsdm-config}}]
"""


async def to_the_end(conductor) -> None:
    """Do what each step wants, as an operator who says yes to everything would."""
    while (step := next(iter(unfinished(conductor.runbook, conductor.state)), None)) is not None:
        shown = conductor.preview(step.id)
        texts = [conductor.runbook.command_by_id[command].text for command in step.commands]
        if "cuDNN" in step.title or any("rbt gpu" in text or "rbt kernels" in text for text in texts):
            await conductor.perform(i.Skip(step=step.id, reason="wants a GPU, and has tests of its own"))
            continue
        match shown.action:
            case Action.RUN:
                await conductor.perform(i.RunStep(step=step.id, confirmed=True, deliberate=True))
                own = conductor.state.step(step.id)
                assert own.phase is not StepPhase.FAILED, (step.title, await conductor.kept_output(own.jobs[-1]))
            case Action.TICK:
                await conductor.perform(i.Tick(step=step.id))
            case Action.SIGN:
                await conductor.perform(i.SignStep(step=step.id, name="Ada Lovelace", meaning="approved"))
            case Action.CHOOSE:
                await conductor.perform(i.Choose(step=step.id, option=step.options[0]))
            case other:
                raise AssertionError(f"{step.title} wants {other}")
    await conductor.perform(i.Finish(outcome=Outcome.COMPLETED))


async def and_back(conductor) -> None:
    """Roll back; what is left to people is said to be done."""
    await conductor.perform(i.RollBack(reason="error rate > 10 % for 5 minutes"))
    while conductor.state.outcome is None:
        assert conductor.state.rollback.succeeded is None, [
            (item.title, await conductor.kept_output(conductor.state.step(item.step).jobs[-1]))
            for item in conductor.rollback_plan().failed
        ]
        await conductor.perform(i.SettleItem(item=conductor.rollback_plan().remaining[0].id))
        await conductor.perform(i.RollBack(reason="goes on"))
    assert conductor.state.outcome is Outcome.ROLLED_BACK


@pytest.fixture
def played(town, monkeypatch):
    """Programs that say yes."""
    folder = town.folder / "played"
    folder.mkdir()
    for name in ("python", "docker"):
        (folder / name).write_text("#!/bin/sh\necho played: $0 $*\n")
        (folder / name).chmod(0o755)
    wiring.put_rbt_on_path()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


async def test_mlsdm_to_the_end_and_back(town, played) -> None:
    space = "mlsdm-production"
    with contextlib.suppress(urllib.error.HTTPError):
        town.bed.api("POST", "/api/v1/namespaces", {"metadata": {"name": space}})
    town.ns = space
    (town.folder / "config").mkdir()
    manifest = town.folder / "config" / "production-ready.yaml"
    manifest.write_text(CONFIGURATION.replace("1.0.0", "0.9.0").replace("INFO", "DEBUG"))
    town.bed.kubectl("apply", "-n", space, "-f", str(manifest))
    town.settled("mlsdm-api")
    manifest.write_text(CONFIGURATION)
    async with town.run((RUNBOOKS / "mlsdm.md").read_text()) as conductor:
        await conductor.perform(i.SetVariable(name="<configuration>", value="config/"))
        await to_the_end(conductor)
        assert town.image("mlsdm-api").endswith(":1.0.0")
        assert town.get("ConfigMap", "mlsdm-config")["data"] == {"LOG_LEVEL": "INFO"}
        await and_back(conductor)
    assert town.image("mlsdm-api").endswith(":0.9.0")
    assert town.get("ConfigMap", "mlsdm-config")["data"] == {"LOG_LEVEL": "DEBUG"}
    one = town.get("Deployment", "mlsdm-api")
    assert one["status"]["readyReplicas"] == 3
    assert one["metadata"]["annotations"]["oncall"] == "alice"
    assert ":0.9.0" in one["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"]


async def test_bem_to_the_end_and_back(town, played) -> None:
    for name in ("bem-v13-staging", "bem-v13-deployment"):
        one = deployment(name, replicas=3)
        one["spec"]["template"]["spec"]["containers"] = [
            {"name": "bem-v13", "image": "registry.company.com/bem-v13:v1.2.0"}
        ]
        town.bed.create(one, town.ns)
    for name in ("bem-v13-staging", "bem-v13-deployment"):
        town.settled(name)
    (town.folder / "config").mkdir()
    (town.folder / "config" / "production.yml").write_text("replicas: 3\n")
    async with town.run((RUNBOOKS / "bem-v13.md").read_text()) as conductor:
        await conductor.perform(i.SetVariable(name="<staging-url>", value="https://staging.company.com"))
        await to_the_end(conductor)
        assert town.image("bem-v13-deployment").endswith(":v1.3.0")
        assert town.get("ConfigMap", "bem-config")["data"] == {"production.yml": "replicas: 3\n"}
        await and_back(conductor)
    for name in ("bem-v13-staging", "bem-v13-deployment"):
        assert town.image(name).endswith(":v1.2.0")
        assert town.ready(name) == 3
    assert "NotFound" in town.bed.kubectl("-n", town.ns, "get", "configmap/bem-config", check=False)
