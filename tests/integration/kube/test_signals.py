"""What a real API server tells of pods becomes verdicts, with the document's own sentences."""

import json
import os
import time

import pytest

from runbook_tui.gates.verdict import Verdict
from runbook_tui.kubernetes import OwnWorkloads
from runbook_tui.records import SystemClock
from runbook_tui.run.ports import OperatorError
from runbook_tui.signals.kubernetes import KubernetesSignal, workload_of
from runbook_tui.sources import Sources
from runbook_tui.watching import Watched, Watcher
from tests.integration.kube.test_traffic import rbt
from tests.kube.bed import VIEWER, deployment, path_of
from tests.rbt import run as run_rbt

DOCUMENT = """---
rbt:
  every: 0.2s
  signals:
    pods failing: {kubernetes: deployment/api, take: failing}
    pod restarts: {kubernetes: deployment/api, take: restarts}
    available replicas: {kubernetes: deployment/api, take: available}
---
# Release

## Deploy

```bash
# Set the image
kubectl set image deployment/api api=registry/api:bad && sleep 1
```

```bash
# Look
kubectl get deployment api
```

## Success Criteria

- [ ] Available replicas >= 2

## Rollback Triggers

Immediately roll back if:

- More than 50% of pods failing
- Pod restarts > 3 in 10 minutes
"""


@pytest.fixture
async def workloads():
    one = OwnWorkloads()
    yield one
    await one.close()


async def value(workloads, town, take, name="api"):
    of = workload_of(f"deployment/{name}")
    await_fresh = 1.1  # one answer serves a second
    time.sleep(await_fresh)
    (sample,) = await KubernetesSignal(workloads, of, take).read()
    assert abs(sample.at.timestamp() - time.time()) < 5
    return sample.value


def restarted(town, count):
    """A pod whose container ended so many times, as a kubelet reports it."""
    pods = town.bed.get(path_of("Pod", town.ns))["items"]
    name = pods[0]["metadata"]["name"]
    statuses = pods[0]["status"]["containerStatuses"]
    statuses[0]["restartCount"] = count
    town.bed.patch(
        f"{path_of('Pod', town.ns, name)}/status",
        {"status": {"containerStatuses": statuses}},
        kind="application/merge-patch+json",
    )


async def test_a_good_rollout_a_bad_one_and_restarts(town, workloads) -> None:
    town.deploy(replicas=2, progressDeadlineSeconds=600)
    assert await value(workloads, town, "ready_share") == 100
    assert await value(workloads, town, "failing") == 0
    assert await value(workloads, town, "restarts_since_rollout") == 0
    restarted(town, 4)  # the pods are younger than ten minutes
    assert await value(workloads, town, "restarts") == 4
    assert await value(workloads, town, "restarts_since_rollout") == 4
    town.bed.patch(path_of("Deployment", town.ns, "api"), {
        "spec": {"template": {"spec": {"containers": [{"name": "api", "image": "registry/api:bad"}]}}}
    })  # fmt: skip
    town.until(lambda: len(town.bed.get(path_of("Pod", town.ns))["items"]) == 3, "a bad pod")
    town.until(
        lambda: any(
            one.get("state", {}).get("waiting")
            for pod in town.bed.get(path_of("Pod", town.ns))["items"]
            for one in pod["status"].get("containerStatuses") or ()
        ),
        "its trouble",
    )
    assert await value(workloads, town, "failing") == pytest.approx(100 / 3)
    assert await value(workloads, town, "restarts_since_rollout") == 0  # the newest pod never ran
    assert await value(workloads, town, "available") == 2


def watcher(signal, sentence="failing < 50"):
    from runbook_tui.gates.stated import Timing, must_hold

    _, check = must_hold(sentence, timing=Timing(every=0.1, observe=None))
    return Watcher(Watched(check=check, signal=signal), SystemClock())


async def test_nothing_there_no_right_and_no_answer_are_no_pass(town, tmp_path) -> None:
    sources = Sources()
    try:
        missing, _ = sources.signal("x", {"kubernetes": "deployment/none", "take": "failing"})
        seen = await watcher(missing).look()
        assert seen.standing.verdict is Verdict.NO_DATA
    finally:
        await sources.close()
    town.deploy("idle", replicas=0)
    viewer = town.bed.write_kubeconfig(tmp_path / "viewer", token=VIEWER, namespace=town.ns)
    os.environ["KUBECONFIG"] = str(viewer)  # town's fixture puts it back
    sources = Sources()
    try:
        forbidden, _ = sources.signal("x", {"kubernetes": "deployment/idle", "take": "failing"})
        with pytest.raises(OperatorError, match="forbidden"):
            await forbidden.read()
        assert (await watcher(forbidden).look()).standing.verdict is Verdict.ERROR
    finally:
        await sources.close()
        os.environ["KUBECONFIG"] = str(town.config)
    nothing, _ = (sources := Sources()).signal("x", {"kubernetes": "deployment/idle", "take": "failing"})
    try:
        assert (await watcher(nothing).look()).standing.verdict is Verdict.NO_DATA  # no pod is wanted: no share
        town.bed.freeze_api()
        began = time.monotonic()
        time.sleep(1.1)
        assert (await watcher(nothing).look()).standing.verdict is Verdict.ERROR
        assert time.monotonic() - began < 15
    finally:
        town.bed.thaw_api()
        await sources.close()


def test_a_gate_in_a_pipeline_asks_the_cluster(town) -> None:
    town.deploy()
    good = rbt("gate", "failing < 50", "--kubernetes", "deployment/api", "--every", "0.2s", "--json")
    assert good.returncode == 0, good.stderr
    answer = json.loads(good.stdout)
    assert (answer["verdict"], answer["checks"][0]["value"]) == ("pass", 0.0)
    assert rbt("gate", "ready >= 3", "--kubernetes", "deployment/api").returncode == 1
    gone = rbt("gate", "failing < 50", "--kubernetes", "deployment/none")
    assert (gone.returncode, "no data" in gone.stdout) == (3, True)
    wrong = rbt("gate", "mood < 50", "--kubernetes", "deployment/api")
    assert (wrong.returncode, "is not one of" in wrong.stderr) == (2, True) or wrong.returncode == 1


def test_a_run_watches_its_pods_and_the_sentence_about_them_fires(town) -> None:
    town.bed.create(deployment("api", replicas=2, progressDeadlineSeconds=600, strategy={"type": "Recreate"}), town.ns)
    town.settled()
    (town.folder / "release.md").write_text(DOCUMENT)
    gate = rbt("gate", str(town.folder / "release.md"), "--triggers", "--every", "0.2s")
    assert gate.returncode == 0, gate.stdout + gate.stderr
    assert gate.stdout.count("✔") == 3
    done = run_rbt("run", str(town.folder / "release.md"), "--headless", "--yes", "--json", env=dict(os.environ))
    run = json.loads(done.stdout)
    assert done.returncode in (1, 3), done.stdout
    states = {one["condition"]: one["state"] for one in run["gates"]}
    assert states["More than 50% of pods failing"] == "fail", run["gates"]
    assert states["Pod restarts > 3 in 10 minutes"] != "fail"
