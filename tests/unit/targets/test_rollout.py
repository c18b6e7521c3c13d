"""How far a rollout is, by the rules of kubectl."""

import msgspec
import pytest

from runbook_tui.run.live import Phase
from runbook_tui.targets.kubernetes.rollout import Pod, ReplicaSet, Workload, old_pods, rollout, tree


def workload(generation=2, spec=None, **status):
    thing = {
        "metadata": {"name": "api", "uid": "d", "generation": generation},
        "spec": {"replicas": 3, **(spec or {})},
        "status": status,
    }
    return msgspec.convert(thing, Workload)


def pod(name, owner="rs", ready=True, revision="new"):
    state = {"running": {}} if ready else {"waiting": {"reason": "ImagePullBackOff"}}
    thing = {
        "metadata": {
            "name": name,
            "uid": name,
            "labels": {"controller-revision-hash": revision},
            "ownerReferences": [{"uid": owner, "controller": True}],
        },
        "status": {
            "phase": "Running" if ready else "Pending",
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [{"state": state}],
        },
    }
    return msgspec.convert(thing, Pod)


WELL = {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3}
LATE = [{"type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": "timed out"}]


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        (WELL, Phase.DONE),
        (
            {**WELL, "observedGeneration": 1, "conditions": LATE},
            Phase.WAITING,
        ),  # an old deadline says nothing of the new
        ({**WELL, "conditions": LATE}, Phase.FAILED),
        ({**WELL, "updatedReplicas": 1}, Phase.MOVING),
        ({**WELL, "replicas": 4}, Phase.MOVING),
        ({**WELL, "availableReplicas": 2}, Phase.MOVING),
        ({}, Phase.WAITING),
    ],
)
def test_a_deployment_stands_where_kubectl_says(status, phase):
    assert rollout("Deployment", workload(**status)).phase is phase


def test_what_is_paused_or_gone_is_said():
    assert (
        rollout("Deployment", workload(spec={"paused": True}, **{**WELL, "updatedReplicas": 1})).phase is Phase.PAUSED
    )
    assert rollout("Deployment", None).phase is Phase.GONE


def test_a_stateful_set_whose_pod_is_old_is_seen_though_all_counts_are_well():
    status = {**WELL, "updateRevision": "new", "currentRevision": "new"}
    pods = [pod("db-0"), pod("db-1", ready=False, revision="old")]
    assert [one.metadata.name for one in old_pods("StatefulSet", workload(**status), pods)] == ["db-1"]
    assert old_pods("Deployment", workload(**status), pods) == []


def test_of_many_pods_the_worst_are_shown_and_the_rest_is_counted():
    sets = [
        msgspec.convert(
            {
                "metadata": {
                    "name": "api-2",
                    "uid": "rs",
                    "annotations": {"deployment.kubernetes.io/revision": "2"},
                    "ownerReferences": [{"uid": "d"}],
                },
                "spec": {"replicas": 5000},
            },
            ReplicaSet,
        )
    ]
    pods = [pod(f"p{number:04}", ready=number != 77) for number in range(5000)]
    branches = tree("Deployment", workload(), sets, pods)
    assert [branch.word for branch in branches[:2]] == ["4999 of 5000 ready", "ImagePullBackOff"]
    assert branches[1].title == "p0077"
    assert branches[-1].title == "and 4,993 more pods"
    assert branches[-1].good is True
    assert len(branches) == 9
