"""Deployments forward and back, against a real API server and real controllers."""

import pytest

from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.rollback import Origin
from runbook_tui.run.state import StepPhase
from tests.integration.kube.conftest import back, do
from tests.integration.run.desk import step
from tests.kube.bed import deployment

DEPLOY = """\
# Release

## Deploy

```bash
# Set the image
kubectl set image deployment/api api=registry/api:{image}
```

```bash
# Follow
kubectl rollout status deployment/api --timeout=20s
```

## Rollback procedure

```bash
# Undo
kubectl rollout undo deployment/api
```

```bash
# Verify it is back
kubectl rollout status deployment/api --timeout=20s
```
"""


def recorded(conductor):
    return [item for item in conductor.rollback_plan().items if item.origin is Origin.RECORDED]


async def test_a_good_rollout_is_recorded_and_can_be_taken_back(town) -> None:
    town.deploy()
    async with town.run(DEPLOY.format(image="1.3.0")) as conductor:
        assert conductor.rollback_plan().changed == ()
        await do(conductor, "Set the image")
        (sighting,) = conductor.state.sightings.values()
        assert sighting.complete
        assert [change.what for change in sighting.changes] == ["api:1.2.9, 2 replicas → api:1.3.0, 2 replicas"]
        await do(conductor, "Follow")
        assert conductor.state.step(step(conductor, "Follow").id).phase is StepPhase.DONE
        assert town.image() == "registry/api:1.3.0"
        (item,) = recorded(conductor)
        assert item.restores == "api:1.2.9, 2 replicas"
        await back(conductor)
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK
        assert town.image() == "registry/api:1.2.9"
        assert town.get("Deployment", "api")["metadata"]["annotations"]["oncall"] == "alice"
        output = await conductor.kept_output(
            next(job.job for job in conductor.state.jobs.values() if job.command == item.id)
        )
        assert b"revision 3 is the recorded one, then numbered 1" in output


async def test_a_bad_image_is_taken_back_and_verified_and_never_comes_again(town) -> None:
    town.deploy()
    async with town.run(DEPLOY.format(image="bad")) as conductor:
        await do(conductor, "Set the image")
        await do(conductor, "Follow")
        assert conductor.state.step(step(conductor, "Follow").id).phase is StepPhase.FAILED
        await back(conductor)
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK
        assert town.image() == "registry/api:1.2.9"
        assert town.ready() == 2
        jobs = [job.shown for job in conductor.state.jobs.values() if job.purpose is e.Purpose.ROLLBACK]
        assert jobs == ["restore deployment/api", "kubectl rollout status deployment/api --timeout=20s"]


async def test_configuration_changed_with_the_image_is_put_back_with_it(town) -> None:
    town.bed.create(
        {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "conf"}, "data": {"a": "1"}}, town.ns
    )
    spec = {
        "containers": [{"name": "api", "image": "registry/api:1.2.9", "envFrom": [{"configMapRef": {"name": "conf"}}]}]
    }
    labels = {"app": "api"}
    town.deploy(template={"metadata": {"labels": labels}, "spec": spec})
    text = DEPLOY.format(image="1.3.0").replace(
        "kubectl set image",
        "kubectl create configmap conf --from-literal=a=2 --dry-run=client -o yaml | kubectl apply -f -\nkubectl set image",
    )
    async with town.run(text) as conductor:
        await do(conductor, "Set the image")
        assert town.get("ConfigMap", "conf")["data"] == {"a": "2"}
        assert [item.parts[0].title for item in recorded(conductor)] == ["configmap/conf", "deployment/api"]
        await back(conductor)
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK
        assert town.get("ConfigMap", "conf")["data"] == {"a": "1"}
        assert town.image() == "registry/api:1.2.9"


async def test_somebody_elses_deployment_in_between_is_shown_and_not_overwritten(town) -> None:
    town.deploy()
    async with town.run(DEPLOY.format(image="1.3.0")) as conductor:
        await do(conductor, "Set the image")
        town.bed.kubectl("-n", town.ns, "set", "image", "deployment/api", "api=registry/api:hotfix")
        await back(conductor)
        assert conductor.state.rollback.succeeded is False
        assert town.image() == "registry/api:hotfix"
        (item,) = recorded(conductor)
        assert item.failed
        job = [job for job in conductor.state.jobs.values() if job.command == item.id][-1]
        assert "somebody else changed the pod template after this run (kubectl" in job.detail
        await conductor.perform(i.Override(step=item.id, reason="the hotfix is known and shall go"))
        await back(conductor)
        assert town.image() == "registry/api:1.2.9"
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK


async def test_a_revision_renumbered_by_an_earlier_undo_is_found_by_its_identity(town) -> None:
    town.deploy(image="registry/api:1")
    for image in ("2", "3"):
        town.bed.kubectl("-n", town.ns, "set", "image", "deployment/api", f"api=registry/api:{image}")
        town.settled()
    town.bed.kubectl("-n", town.ns, "rollout", "undo", "deployment/api", "--to-revision=2")
    town.settled()  # revision 2 is called 4 now
    async with town.run(DEPLOY.format(image="5")) as conductor:
        await do(conductor, "Set the image")
        town.bed.kubectl("-n", town.ns, "rollout", "undo", "deployment/api", "--to-revision=3")  # theirs
        await conductor.perform(i.Override(step=recorded(conductor)[0].id, reason="agreed on the phone"))
        await back(conductor)
        assert town.image() == "registry/api:2"
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK


async def test_two_ways_back_in_a_row_never_bring_the_bad_version(town) -> None:
    town.deploy()
    async with town.run(DEPLOY.format(image="bad")) as conductor:
        await do(conductor, "Set the image")
        await back(conductor)
        assert town.image() == "registry/api:1.2.9"
    async with town.run(DEPLOY.format(image="bad-2")) as conductor:
        await do(conductor, "Set the image")
        await back(conductor)
        assert town.image() == "registry/api:1.2.9"
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK


async def test_what_was_made_is_removed_what_was_scaled_is_scaled_back_what_was_deleted_is_there_again(town) -> None:
    town.deploy("api")
    town.deploy("web", replicas=3)
    (town.folder / "new.yml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fresh}\ndata: {a: b}\n---\n"
        "apiVersion: v1\nkind: Service\nmetadata: {name: svc}\nspec: {selector: {app: api}, ports: [{port: 80}]}\n"
    )
    text = """\
# Release

## Deploy

```bash
# Apply
kubectl apply -f new.yml
```

```bash
# Scale
N=1
kubectl scale deployment web --replicas=$N
```

```bash
# Delete
kubectl delete deployment api
```
"""
    async with town.run(text) as conductor:
        for title in ("Apply", "Scale", "Delete"):
            await do(conductor, title)
        titles = [part.title for item in recorded(conductor) for part in item.parts]
        assert titles == ["deployment/api", "deployment/web", "service/svc", "configmap/fresh"]
        await back(conductor)
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK
        assert town.get("Deployment", "web")["spec"]["replicas"] == 3
        town.until(lambda: town.ready("api") == 2, "api is there again")
        assert "NotFound" in town.bed.kubectl("-n", town.ns, "get", "svc/svc", "cm/fresh", check=False)


async def test_a_secret_is_never_written_down_and_is_named_as_not_put_back(town) -> None:
    town.bed.create(
        {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "db"}, "stringData": {"password": "hunter2"}},
        town.ns,
    )
    text = '# R\n\n## D\n\n```bash\n# Change\nkubectl patch secret db -p \'{"stringData":{"password":"other"}}\'\n```\n'
    async with town.run(text) as conductor:
        await do(conductor, "Change")
        (sighting,) = conductor.state.sightings.values()
        assert [change.title for change in sighting.changes] == ["secret/db"]
        plan = conductor.rollback_plan()
        assert plan.items == ()
        assert plan.obstacles == ("secret/db: its values are never recorded: put it back from where secrets are kept",)
        state = b"".join(file.read_bytes() for file in (town.folder / "state").glob("runs.db*"))
    for secret in (b"hunter2", b"aHVudGVyMg", b"b3RoZXI="):
        assert secret not in state


async def test_nothing_changed_is_seen_and_nothing_is_taken_back(town) -> None:
    town.deploy(image="registry/api:1.3.0")
    async with town.run(DEPLOY.format(image="1.3.0")) as conductor:
        await do(conductor, "Set the image")
        assert conductor.rollback_plan().changed == ()


async def test_a_stuck_pod_of_a_stateful_set_is_healed(town) -> None:
    one = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": {
            "replicas": 2,
            "serviceName": "db",
            "selector": {"matchLabels": {"app": "db"}},
            "template": {
                "metadata": {"labels": {"app": "db"}},
                "spec": {"containers": [{"name": "db", "image": "registry/db:1"}], "terminationGracePeriodSeconds": 0},
            },
        },
    }
    town.bed.create(one, town.ns)
    town.until(lambda: town.get("StatefulSet", "db")["status"].get("readyReplicas") == 2, "db is ready")
    text = DEPLOY.replace("deployment/api api=registry/api:{image}", "sts/db db=registry/db:bad").replace(
        "deployment/api", "sts/db"
    )
    async with town.run(text) as conductor:
        await do(conductor, "Set the image")

        def stuck() -> bool:
            pod = town.bed.get(f"/api/v1/namespaces/{town.ns}/pods/db-1")
            return pod["spec"]["containers"][0]["image"] == "registry/db:bad"

        town.until(stuck, "the bad pod")
        await back(conductor)
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK
        assert not stuck()
        assert town.get("StatefulSet", "db")["status"]["readyReplicas"] == 2


async def test_many_deployments_are_put_back_together(town) -> None:
    names = [f"app-{number}" for number in range(8)]
    for name in names:
        town.bed.create(deployment_of(name), town.ns)
    for name in names:
        town.settled(name)
    text = (
        "# R\n\n## D\n\n```bash\n# Set\nfor d in $(kubectl get deploy -o name); do\n"
        "  kubectl set image $d '*=registry/x:2'\ndone\n```\n"
    )
    async with town.run(text) as conductor:
        await do(conductor, "Set")
        (item,) = recorded(conductor)
        assert len(item.parts) == 8
        await back(conductor)
        assert conductor.state.outcome is e.Outcome.ROLLED_BACK
        assert {town.image(name) for name in names} == {"registry/x:1"}


def deployment_of(name):
    return deployment(name, image="registry/x:1", replicas=1)


async def test_of_several_the_others_go_on_and_the_one_that_failed_stays_listed(town) -> None:
    for name in ("api", "web", "jobs"):
        town.deploy(name)
    text = "# R\n\n## D\n\n```bash\n# Set\nkubectl set image deploy/api deploy/web deploy/jobs '*=registry/x:2'\n```\n"
    async with town.run(text) as conductor:
        await do(conductor, "Set")
        town.bed.kubectl("-n", town.ns, "set", "image", "deploy/web", "web=registry/web:theirs")
        await back(conductor)
        assert conductor.state.rollback.succeeded is False
        assert {town.image(name) for name in ("api", "jobs")} == {"registry/api:1.2.9"}
        assert town.image("web") == "registry/web:theirs"
        (item,) = recorded(conductor)
        assert item.failed
        job = conductor.state.last_job(item.step, item.id, e.Purpose.ROLLBACK)
        assert job.detail.startswith("deployment/web: somebody else changed")
        assert {change.title for change in conductor.state.sightings[job.job].changes} == {
            "deployment/api",
            "deployment/jobs",
        }


async def test_a_dry_run_tells_what_would_change_and_changes_nothing(town) -> None:
    town.deploy()
    async with town.run(DEPLOY.format(image="1.3.0")) as conductor:
        told = await conductor.rehearse(step(conductor, "Set the image").id)
        assert told[0] == "deployment/api: api:1.2.9, 2 replicas → api:1.3.0, 2 replicas"
        assert "    spec.template" in told
        assert town.image() == "registry/api:1.2.9"
        assert not conductor.state.jobs
    async with town.run(
        DEPLOY.format(image="1.3.0").replace("set image deployment/api", "set image deployment/nobody")
    ) as conductor:
        with pytest.raises(OperatorError, match=r"it would be refused: .*nobody"):
            await conductor.rehearse(step(conductor, "Set the image").id)
