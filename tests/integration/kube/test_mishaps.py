"""What can go wrong with a cluster in the middle of it all."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from runbook_tui import records
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.ports import NeedsOverride
from tests.integration.kube.conftest import back, do
from tests.integration.kube.test_stories import DEPLOY, recorded
from tests.integration.run.desk import until
from tests.kube.bed import VIEWER, path_of


async def test_an_api_server_that_dies_in_the_middle_of_a_way_back_is_waited_for(town) -> None:
    town.deploy()
    async with town.run(DEPLOY.format(image="bad")) as conductor:
        await do(conductor, "Set the image")
        town.bed.kill_api()
        task = asyncio.create_task(back(conductor))
        await until(lambda: conductor.current_job is not None)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(town.bed.start_api)
        async with asyncio.timeout(60):
            await task
        assert town.image() == "registry/api:1.2.9"
        town.until(lambda: town.ready() == 2, "api is ready")
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK


async def test_a_frozen_api_server_freezes_nobody(town) -> None:
    town.deploy()
    async with town.run(DEPLOY.format(image="bad")) as conductor:
        await do(conductor, "Set the image")
        town.bed.freeze_api()
        thaw = threading.Timer(6.0, town.bed.thaw_api)
        thaw.start()
        try:
            slowest = 0.0
            task = asyncio.create_task(back(conductor))
            while not task.done():
                begun = time.monotonic()
                await asyncio.sleep(0.02)
                slowest = max(slowest, time.monotonic() - begun)
            await task
        finally:
            thaw.join()
            town.bed.thaw_api()
        assert slowest < 3.0, f"the loop of the screen stood still for {slowest:.2f} s"
        assert town.image() == "registry/api:1.2.9"
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK


async def test_with_five_thousand_pods_around_it_works_the_same(town) -> None:
    town.bed.put_into_store([(f"/registry/pods/{town.ns}/many-{n}", pod(town.ns, n)) for n in range(5000)])
    town.deploy()
    async with town.run(DEPLOY.format(image="bad")) as conductor:
        await do(conductor, "Set the image")
        async with asyncio.timeout(30):
            await back(conductor)
        assert town.image() == "registry/api:1.2.9"
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK


def pod(namespace: str, number: int, app: str = "many") -> dict:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{app}-{number}",
            "namespace": namespace,
            "uid": f"{abs(hash((namespace, app))) % 10**8:08d}-0000-0000-0000-{number:012d}",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"app": app},
        },
        "spec": {"containers": [{"name": "c", "image": "registry/x:1"}], "nodeName": "n"},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    }


READS = {"apiGroups": ["", "apps"], "resources": ["*"], "verbs": ["get", "list", "watch"]}


def only_reading(town) -> None:
    town.bed.create(
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": [READS]},
        town.ns,
    )
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}
    subject = {"kind": "User", "name": "viewer", "apiGroup": "rbac.authorization.k8s.io"}
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "b"}}
    town.bed.create({**binding, "roleRef": role, "subjects": [subject]}, town.ns)
    town.bed.write_kubeconfig(town.config, token=VIEWER, namespace=town.ns)


async def test_who_may_not_take_it_back_is_told_before_the_first_change(town) -> None:
    town.deploy()
    only_reading(town)
    async with town.run(DEPLOY.format(image="1.3.0")) as conductor:
        with pytest.raises(NeedsOverride, match="may not patch deployments in"):
            await do(conductor, "Set the image")
        assert not conductor.state.jobs
        step = conductor.runbook.steps[0].id
        await conductor.perform(i.Override(step=step, reason="a colleague takes it back if need be", seconds=60))
        await do(conductor, "Set the image")
        assert next(iter(conductor.state.jobs.values())).exit == 1  # the cluster itself refuses
        assert town.image() == "registry/api:1.2.9"
        assert conductor.rollback_plan().changed == ()


async def test_two_operators_do_not_roll_one_workload(town, tmp_path_factory, monkeypatch) -> None:
    town.deploy()
    async with town.run(DEPLOY.format(image="1.3.0")) as ana:
        await do(ana, "Set the image")
        monkeypatch.setenv("RBT_STATE", str(tmp_path_factory.mktemp("ben")))
        async with town.run(DEPLOY.format(image="1.4.0")) as ben:
            with pytest.raises(NeedsOverride, match=f"deployment/api is being changed by .*{ana.state.run}"):
                await do(ben, "Set the image")
            assert town.image() == "registry/api:1.3.0"
            await ana.close()
            await do(ben, "Set the image")
            assert town.image() == "registry/api:1.4.0"


async def test_where_the_cluster_keeps_nothing_to_go_back_to_nothing_is_armed(town) -> None:
    town.deploy(revisionHistoryLimit=0)
    async with town.run(DEPLOY.format(image="1.3.0")) as conductor:
        with pytest.raises(NeedsOverride, match="revisionHistoryLimit 0"):
            await do(conductor, "Set the image")
        assert town.image() == "registry/api:1.2.9"
        await conductor.perform(i.Override(step=conductor.runbook.steps[0].id, reason="a test deployment"))
        await do(conductor, "Set the image")
        assert recorded(conductor) == []
        assert conductor.rollback_plan().obstacles == (
            "deployment/api: revisionHistoryLimit is 0: the cluster keeps nothing to go back to",
        )


async def test_without_a_cluster_commands_run_and_the_reason_stands_in_one_line(town) -> None:
    town.config.unlink()
    text = "# R\n\n## D\n\n```bash\n# Set\nkubectl scale deployment x --replicas=2 || true\n```\n"
    async with town.run(text) as conductor:
        await do(conductor, "Set")
        assert next(iter(conductor.state.jobs.values())).succeeded
        (why,) = conductor.rollback_plan().obstacles
        assert why.startswith("nothing was recorded: there is no kubeconfig (")
        assert "\n" not in why


async def test_a_way_back_killed_in_the_middle_is_finished_by_the_next(town) -> None:
    for name in ("api", "web"):
        town.deploy(name, minReadySeconds=1, progressDeadlineSeconds=30)
    text = DEPLOY.format(image="2") + "\n<!-- -->\n"
    text = text.replace(
        "kubectl set image", "kubectl set image deployment/web web=registry/web:2 && kubectl set image", 1
    )
    async with town.run(text) as conductor:
        await do(conductor, "Set the image")
        name = conductor.state.run
    words = [sys.executable, "-m", "runbook_tui", "rollback", name, "--headless", "--yes", "--reason", "a test"]
    process = subprocess.Popen(words, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    town.until(lambda: town.image() != "registry/api:2", "the way back has begun")
    process.send_signal(signal.SIGKILL)
    process.wait()
    async with records.open_journal(read_only=True) as journal:
        state, _ = await records.load(journal, name)
        assert state.outcome is None
        assert state.rollback is not None
    done = subprocess.run(words, env=os.environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 4, done.stdout + done.stderr
    assert town.image() == "registry/api:1.2.9"
    assert town.image("web") == "registry/api:1.2.9"
    assert town.ready() == 2


async def test_a_lease_ends_with_the_run(town) -> None:
    town.deploy()
    async with town.run(DEPLOY.format(image="1.3.0")) as conductor:
        await do(conductor, "Set the image")
        held = town.bed.get(path_of("Lease", town.ns, "rbt-deployment-api"))["spec"]["holderIdentity"]
        assert held.endswith(f"run {conductor.state.run}")
        await back(conductor)
    assert not [
        one for one in town.bed.get(path_of("Lease", town.ns))["items"] if one["metadata"]["name"].startswith("rbt-")
    ]
