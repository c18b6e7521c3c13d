"""Blue and green, weights, and the commands that need no kubectl."""

import os
import subprocess

import pytest

from runbook_tui import wiring
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.sightings import Tier
from tests.integration.kube.conftest import back, do
from tests.integration.kube.test_stories import DEPLOY, recorded
from tests.kube.bed import deployment, path_of
from tests.rbt import run as run_rbt

BLUE_GREEN = """\
# Blue and green

## Deploy

```bash
# Start green
kubectl scale deployment/green --replicas=1 && kubectl rollout status deployment/green --timeout=20s
```

```bash
# Switch
rbt traffic switch service/api color=green --from color=blue
```

```bash
# Stop blue
kubectl scale deployment/blue --replicas=0
```
"""
CANARY = """\
# Canary

## Deploy

```bash
# Five percent
rbt traffic weight httproute/api canary=5
```

```bash
# A quarter
rbt traffic weight httproute/api canary=25
```
"""


def coloured(name: str, replicas: int):
    labels = {"app": "api", "color": name}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "c", "image": "registry/x:1"}], "terminationGracePeriodSeconds": 0},
    }
    return deployment(name, replicas=replicas, selector={"matchLabels": labels}, template=template)


def rbt(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return run_rbt(*words, env={**os.environ, **env})


def weights(town) -> list[int]:
    return [one["weight"] for one in town.get("HTTPRoute", "api")["spec"]["rules"][0]["backendRefs"]]


async def test_blue_green_goes_back_with_capacity_first_and_traffic_second(town) -> None:
    town.bed.create(coloured("blue", 2), town.ns)
    town.bed.create(coloured("green", 0), town.ns)
    town.settled("blue")
    service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "api"}}
    town.bed.create(
        {**service, "spec": {"selector": {"app": "api", "color": "blue"}, "ports": [{"port": 80}]}}, town.ns
    )
    wiring.put_rbt_on_path()
    async with town.run(BLUE_GREEN) as conductor:
        for title in ("Start green", "Switch", "Stop blue"):
            await do(conductor, title)
            assert not conductor.state.open_jobs
        assert town.get("Service", "api")["spec"]["selector"]["color"] == "green"
        order = [(item.id.split(":")[1], item.parts[0].title) for item in recorded(conductor)]
        assert order == [("capacity", "deployment/blue"), ("traffic", "service/api"), ("shrink", "deployment/green")]
        await back(conductor)
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK
        assert town.get("Service", "api")["spec"]["selector"]["color"] == "blue"
        assert town.ready("blue") == 2
        assert town.get("Deployment", "green")["spec"]["replicas"] == 0


async def test_a_switch_to_nothing_or_from_elsewhere_is_refused(town) -> None:
    town.bed.create(coloured("blue", 1), town.ns)
    town.settled("blue")
    service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "api"}}
    town.bed.create(
        {**service, "spec": {"selector": {"app": "api", "color": "blue"}, "ports": [{"port": 80}]}}, town.ns
    )
    done = rbt("traffic", "switch", "service/api", "color=green")
    assert done.returncode == 1
    assert "is ready: service/api was not switched to nothing" in done.stderr
    done = rbt("traffic", "switch", "service/api", "color=blue", "--from", "color=green")
    assert "service/api selects color=blue, not color=green" in done.stderr
    assert town.get("Service", "api")["spec"]["selector"]["color"] == "blue"


async def test_weights_go_up_step_by_step_and_back_at_once(town) -> None:
    town.route({"name": "stable", "weight": 100}, {"name": "canary", "weight": 0})
    wiring.put_rbt_on_path()
    async with town.run(CANARY) as conductor:
        await do(conductor, "Five percent")
        assert weights(town) == [950, 50]
        await do(conductor, "A quarter")
        assert weights(town) == [750, 250]
        (item,) = recorded(conductor)
        assert item.id.startswith(f"recorded:{Tier.TRAFFIC.value}")
        await conductor.perform(i.AbortTraffic(reason="errors"))
        assert weights(town) == [1000, 0]
        assert conductor.state.outcome is None
        await back(conductor)
        assert weights(town) == [100, 0]
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK


async def test_an_ingress_canary_has_a_weight_too(town) -> None:
    note = "nginx.ingress.kubernetes.io/canary"
    backend = {"service": {"name": "canary", "port": {"number": 80}}}
    one = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "api", "annotations": {note: "true", f"{note}-weight": "0"}},
        "spec": {"defaultBackend": backend},
    }
    town.bed.create(one, town.ns)
    done = rbt("traffic", "weight", "ingress/api", "canary=25%")
    assert done.stdout == "ingress/api: canary 25 %, stable 75 %\n", done.stderr
    assert town.get("Ingress", "api")["metadata"]["annotations"][f"{note}-weight"] == "25"
    assert rbt("traffic", "show", "ingress/api").stdout == done.stdout


async def test_without_kubectl_a_release_and_its_way_back_run_as_written(town, monkeypatch) -> None:
    town.deploy()
    bare = town.folder / "tools"
    bare.mkdir()
    for name in ("bash", "sh", "env", "cat", "rm", "mkdir", "sleep", "ps", "kill", "setsid", "tail", "tee", "dirname", "stat",
                 "mv", "grep", "sed", "tr", "head", "wc", "ls", "chmod", "ln", "cut", "date", "id", "touch", "od", "awk",
                 "mktemp", "sync", "rmdir", "uname", "expr", "true", "false", "timeout", "readlink"):  # fmt: skip
        for folder in ("/bin", "/usr/bin"):
            if os.path.exists(f"{folder}/{name}") and not (bare / name).exists():
                (bare / name).symlink_to(f"{folder}/{name}")
    monkeypatch.setenv("PATH", str(bare))
    wiring.put_rbt_on_path()
    async with town.run(DEPLOY.format(image="1.3.0")) as conductor:
        await do(conductor, "Set the image")
        await do(conductor, "Follow")
        jobs = list(conductor.state.jobs.values())
        assert [job.exit for job in jobs] == [0, 0], [await conductor.kept_output(job.job) for job in jobs]
        assert town.image() == "registry/api:1.3.0"
        await back(conductor)
        assert town.image() == "registry/api:1.2.9"
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK


@pytest.mark.parametrize("undo", [[], ["--to-revision=1"]])
async def test_the_native_undo_keeps_annotations_and_knows_renumbered_revisions(town, undo) -> None:
    town.deploy(image="registry/api:1")
    rbt("kubectl", "set", "image", "deployment/api", "*=registry/api:2")
    town.settled()
    assert rbt("kubectl", "rollout", "undo", "deployment/api", *undo).returncode == 0
    town.settled()
    assert town.image() == "registry/api:1"
    notes = town.get("Deployment", "api")["metadata"]["annotations"]
    assert notes["oncall"] == "alice"
    again = rbt("kubectl", "rollout", "undo", "deploy/api", "--to-revision=1")
    assert again.returncode == 0, again.stderr  # revision 1 is called 3 by now
    assert "no revision 7" in rbt("kubectl", "rollout", "undo", "deploy/api", "--to-revision=7").stderr


async def test_the_other_native_verbs(town) -> None:
    town.deploy()
    assert rbt("kubectl", "scale", "deployment/api", "--replicas=3", "--current-replicas=2").returncode == 0
    assert (
        "not 2: nothing was changed"
        in rbt("kubectl", "scale", "deploy/api", "--replicas=1", "--current-replicas=2").stderr
    )
    assert rbt("kubectl", "rollout", "restart", "deployment/api").returncode == 0
    done = rbt("kubectl", "rollout", "status", "deployment/api", "--timeout=20s")
    assert done.stdout.endswith('deployment "api" successfully rolled out\n')
    assert town.get("Deployment", "api")["status"]["readyReplicas"] == 3
    assert "kubectl is not installed here" in rbt("kubectl", "drain", "node-1").stderr
    assert town.bed.get(path_of("Deployment", town.ns, "api"))["spec"]["replicas"] == 3
