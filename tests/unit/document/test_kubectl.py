"""What a command says to Kubernetes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.document.kubectl import calls, sole
from runbook_tui.gates.canary import splitter, weighed

CASES = [
    ("kubectl set image deployment/api \\\n  api=reg/api:v2", "set image", ["deployment/api"], None),
    ("kubectl apply -f config/ -n prod", "apply", [], "prod"),
    ('NS=prod\nkubectl -n "$NS" rollout undo deploy api', "rollout undo", ["deployment/api"], "prod"),
    ("kubectl create secret generic db --from-literal=a=b", "create secret", ["secret/db"], None),
    ("kubectl create cm conf --from-file=a.yml", "create cm", ["configmap/conf"], None),
    ("sudo kubectl delete pods,svc -l app=x --now", "delete", ["pod", "service"], None),
    ("kubectl scale --replicas=3 deployment/a sts/b", "scale", ["deployment/a", "statefulset/b"], None),
    ("kubectl patch deploy d -nprod -p '{\"spec\":{}}' --type merge", "patch", ["deployment/d"], "prod"),
    ("kubectl drain node-1 --ignore-daemonsets", "drain", ["node/node-1"], None),
    ("kubectl annotate deploy/api owner=ana note-", "annotate", ["deployment/api"], None),
    (
        "timeout 60 kubectl rollout restart deployment.apps/api --namespace=prod",
        "rollout restart",
        ["deployment/api"],
        "prod",
    ),
    ("rbt traffic switch service/api color=green -n prod", "traffic switch", ["service/api"], "prod"),
    ("kubectl --context staging cordon n1 n2", "cordon", ["node/n1", "node/n2"], None),
]


@pytest.mark.parametrize(("text", "verb", "objects", "namespace"), CASES)
def test_a_change_is_recognised_with_the_objects_it_names(text, verb, objects, namespace) -> None:
    (call,) = calls(text)
    assert (call.verb, [str(name) for name in call.objects], call.namespace) == (verb, objects, namespace)
    assert call.changes
    assert not call.unclear


@pytest.mark.parametrize(
    "text",
    ["kubectl get pods", "kubectl rollout status deployment/x", "kubectl apply -f x --dry-run=server", "kubectl logs -f p",
     "kubectl set image --local -f x c=i", "kubectl create cm x --from-literal=a=b --dry-run=client -o yaml"],
)  # fmt: skip
def test_looking_changes_nothing(text) -> None:
    assert not any(call.changes for call in calls(text))


def test_what_only_the_shell_knows_is_said_to_be_unclear() -> None:
    (call,) = calls("for d in a b; do kubectl rollout restart deployment/$d; done")
    assert call.unclear == ("deployment/$d",)
    (call,) = calls("kubectl set image deployment/$NAME c=reg/c:$TAG", {"NAME": "api", "TAG": "2"})
    assert not call.unclear
    assert [str(name) for name in call.objects] == ["deployment/api"]
    assert call.assignments == ("c=reg/c:2",)


def test_in_a_pipe_both_ends_are_seen() -> None:
    made, applied = calls("kubectl create cm conf --from-file=x --dry-run=client -o yaml | kubectl apply -n p -f -")
    assert made.dry_run
    assert not made.changes
    assert applied.files == ("-",)
    assert sole("kubectl rollout undo deployment/api -n prod") is not None
    assert sole("kubectl rollout undo deployment/api && echo done") is None


def test_a_command_for_another_machine_or_another_program_is_not_ours() -> None:
    assert calls("ssh bastion 'kubectl delete ns prod'") == ()
    assert calls("helm upgrade api chart/") == ()
    assert [call.verb for call in calls("kubectl exec -it pod -- sh -c 'kubectl delete ns prod'")] == ["exec"]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="kubectl apdsr-'\"$(){}|;&\\\n=/<>", max_size=80))
def test_no_text_breaks_the_reading(text) -> None:
    for call in calls(f"kubectl {text}"):
        assert call.verb


@pytest.mark.parametrize(
    ("said", "thing"),
    [
        ({"httproute": "api", "canary": "api-canary", "namespace": "prod"}, "httproute/api"),
        ({"ingress": "api"}, "ingress/api"),
    ],
)
def test_the_weight_of_a_canary_is_a_change_that_is_recognised(said, thing) -> None:
    (call,) = calls(weighed(splitter(said), 25))
    assert (call.verb, [str(name) for name in call.objects]) == ("traffic weight", [thing])
    assert call.assignments[0].endswith("=25")
    assert call.changes
    assert call.namespace == said.get("namespace")
