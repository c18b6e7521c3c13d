"""The kinds of Kubernetes objects by the names people type. Pure."""

from __future__ import annotations

_NAMES = {
    "Deployment": "deployments deployment deploy",
    "StatefulSet": "statefulsets statefulset sts",
    "DaemonSet": "daemonsets daemonset ds",
    "ReplicaSet": "replicasets replicaset rs",
    "Pod": "pods pod po",
    "ConfigMap": "configmaps configmap cm",
    "Secret": "secrets secret",
    "Service": "services service svc",
    "Ingress": "ingresses ingress ing",
    "HTTPRoute": "httproutes httproute",
    "HorizontalPodAutoscaler": "horizontalpodautoscalers horizontalpodautoscaler hpa",
    "Namespace": "namespaces namespace ns",
    "Node": "nodes node no",
    "Job": "jobs job",
    "CronJob": "cronjobs cronjob cj",
    "PersistentVolumeClaim": "persistentvolumeclaims persistentvolumeclaim pvc",
    "PersistentVolume": "persistentvolumes persistentvolume pv",
    "ServiceAccount": "serviceaccounts serviceaccount sa",
    "Role": "roles role",
    "RoleBinding": "rolebindings rolebinding",
    "ClusterRole": "clusterroles clusterrole",
    "ClusterRoleBinding": "clusterrolebindings clusterrolebinding",
    "NetworkPolicy": "networkpolicies networkpolicy netpol",
    "PodDisruptionBudget": "poddisruptionbudgets poddisruptionbudget pdb",
    "CustomResourceDefinition": "customresourcedefinitions customresourcedefinition crd crds",
    "Event": "events event ev",
}
_KIND_BY_NAME = {name: kind for kind, names in _NAMES.items() for name in names.split()}
WORKLOADS = frozenset(["Deployment", "StatefulSet", "DaemonSet"])


def canonical(written: str) -> str:
    """The kind for what was typed (`deploy`, `deployments.apps`); an unknown one as it was typed, in lower case."""
    name = written.lower()
    return _KIND_BY_NAME.get(name) or _KIND_BY_NAME.get(name.split(".", 1)[0]) or name
