"""A list kept up to date through whatever breaks a watch."""

import asyncio
import os

import pytest

from runbook_tui.targets.kubernetes import mirror as m
from runbook_tui.targets.kubernetes.api import Api
from runbook_tui.targets.kubernetes.faults import Gone, NoCluster, NotAllowed, Unreachable
from runbook_tui.targets.kubernetes.resources import known
from runbook_tui.targets.kubernetes.rollout import Pod
from tests.integration.kube.test_mishaps import pod
from tests.integration.run.desk import until
from tests.kube.bed import VIEWER


@pytest.fixture
async def api(town):
    one = await Api.open(os.environ)
    yield one
    await one.close()


@pytest.fixture
async def pods(town, api):
    one = m.Mirror(api, known("Pod").path(town.ns), Pod)
    task = asyncio.ensure_future(one.run())
    await one.listed.wait()
    yield one
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def names(mirror) -> set[str]:
    return {one.metadata.name for one in mirror.items.values()}


async def test_it_hears_of_what_comes_and_goes(town, pods) -> None:
    town.bed.create(pod(town.ns, 1), town.ns)
    await until(lambda: "many-1" in names(pods))
    town.bed.api("DELETE", f"/api/v1/namespaces/{town.ns}/pods/many-1?gracePeriodSeconds=0")
    await until(lambda: "many-1" not in names(pods))
    assert pods.lists == 1


async def test_a_watch_that_the_server_ends_is_gone_on_with_without_reading_all_again(town, api, monkeypatch) -> None:
    monkeypatch.setattr("runbook_tui.targets.kubernetes.api.SERVER_ENDS", 1)
    one = m.Mirror(api, known("Pod").path(town.ns), Pod)
    task = asyncio.ensure_future(one.run())
    await one.listed.wait()
    await asyncio.sleep(2.5)
    town.bed.create(pod(town.ns, 2), town.ns)
    await until(lambda: "many-2" in names(one))
    assert one.lists == 1
    task.cancel()


async def test_a_server_that_dies_is_said_and_waited_for_and_lost_history_is_read_again(town, api, pods) -> None:
    town.bed.kill_api()
    await until(lambda: pods.trouble)
    await asyncio.to_thread(town.bed.start_api)
    town.bed.create(pod(town.ns, 4), town.ns)
    await until(lambda: "many-4" in names(pods), seconds=20)
    assert not pods.trouble
    stream = api.watch(known("Pod").path(town.ns), "1")  # the new server's memory does not go back so far
    with pytest.raises(Gone):
        await anext(stream)
    late = m.Mirror(api, known("Pod").path(town.ns), Pod)
    late._version = "1"
    task = asyncio.ensure_future(late.run())
    await until(lambda: "many-4" in names(late))
    task.cancel()


async def test_a_frozen_server_is_noticed_by_a_question(town, api, monkeypatch) -> None:
    monkeypatch.setattr(m, "LOOK_EVERY", 0.3)
    one = m.Mirror(api, known("Pod").path(town.ns), Pod)
    task = asyncio.ensure_future(one.run())
    await one.listed.wait()
    town.bed.freeze_api()
    try:
        await until(lambda: "no answer within" in one.trouble)
        with pytest.raises(Unreachable, match=r"no answer within 0.5 s"):
            await api.get("/version", deadline=0.5)
    finally:
        town.bed.thaw_api()
    await until(lambda: not one.trouble, seconds=20)
    task.cancel()


async def test_who_may_not_look_is_told_and_asks_no_more(town, monkeypatch) -> None:
    town.bed.write_kubeconfig(town.config, token=VIEWER, namespace=town.ns)
    api = await Api.open(os.environ)
    one = m.Mirror(api, known("Pod").path(town.ns), Pod)
    async with asyncio.timeout(10):
        await one.run()
    assert "viewer" in one.trouble
    with pytest.raises(NotAllowed):
        await api.get(known("Pod").path(town.ns))
    await api.close()


async def test_five_thousand_pods_are_kept_small(town, api) -> None:
    town.bed.put_into_store([(f"/registry/pods/{town.ns}/many-{n}", pod(town.ns, n)) for n in range(5000)])
    one = m.Mirror(api, known("Pod").path(town.ns), Pod)
    task = asyncio.ensure_future(one.run())
    async with asyncio.timeout(30):
        await one.listed.wait()
    assert len(one.items) == 5000
    task.cancel()


async def test_a_context_that_is_not_there_is_one_sentence(town) -> None:
    with pytest.raises(NoCluster, match="there is no context 'moon' in the kubeconfig \\(known: bed\\)"):
        await Api.open(os.environ, context="moon")
