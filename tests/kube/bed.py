"""A real Kubernetes control plane on loopback for the tests. Only the kubelet is played.

It is the lab's own (`runbook_tui.lab.control_plane`), with two people, a kind of the Gateway API, and mishaps. What a
kubelet would report of a pod is written into its status by `Kubelet`: Running and ready, unless its image has "bad" in
its name.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import yaml

from runbook_tui.lab.control_plane import ControlPlane, assets
from runbook_tui.lab.kubelet import Kubelet, unverified

ADMIN, VIEWER = "admin-token", "viewer-token"
_MANY = ("--max-requests-inflight=2000", "--max-mutating-requests-inflight=1000")
_OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
# of the Gateway API's own schema what weights depend on: their range, and that one which is not written is 1
_WEIGHT = {"type": "integer", "format": "int32", "minimum": 0, "maximum": 1000000, "default": 1}
_BACKEND = {**_OPEN, "required": ["name"], "properties": {"name": {"type": "string"}, "weight": _WEIGHT}}
_RULE = {**_OPEN, "properties": {"backendRefs": {"type": "array", "maxItems": 16, "items": _BACKEND}}}
_SPEC = {**_OPEN, "properties": {"rules": {"type": "array", "maxItems": 16, "items": _RULE}}}
ROUTE_SCHEMA = {**_OPEN, "required": ["spec"], "properties": {"spec": _SPEC}}
ROUTE_CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {
        "name": "httproutes.gateway.networking.k8s.io",
        "annotations": {"api-approved.kubernetes.io": "unapproved, for tests"},
    },
    "spec": {
        "group": "gateway.networking.k8s.io",
        "scope": "Namespaced",
        "names": {"plural": "httproutes", "singular": "httproute", "kind": "HTTPRoute"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": ROUTE_SCHEMA},
            }
        ],
    },
}


class Bed:
    """One control plane; `start`, `stop`, and the mishaps: `kill_api`, `freeze_api`, `thaw_api`, `start_api`."""

    def __init__(self, folder: Path) -> None:
        programs = assets()
        assert programs is not None
        tokens = {ADMIN: 'admin,1,"system:masters"', VIEWER: "viewer,2"}
        # not leashed: tests start the API server again from threads that end
        self.plane = ControlPlane(folder, programs, tokens, name="bed", leashed=False)
        self.folder, self.url, self.kubeconfig = folder, self.plane.url, self.plane.config
        self.kubelet: Kubelet | None = None

    # --- life ---

    def start(self) -> None:
        self.plane.start(api=_MANY, manager=["--concurrent-deployment-syncs=10"])
        self.kubelet = Kubelet(self.url, ADMIN)
        self.kubelet.start()
        self.api("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", ROUTE_CRD)
        self.plane.until(lambda: self._ok("/apis/gateway.networking.k8s.io/v1/httproutes"), "the HTTPRoute kind")

    def start_api(self) -> None:
        self.plane.start_api(*_MANY)

    def stop(self) -> None:
        if self.kubelet is not None:
            self.kubelet.stop()
        self.plane.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- mishaps ---

    def kill_api(self) -> None:
        self.plane.running["kube-apiserver"].kill()
        self.plane.running["kube-apiserver"].wait()

    def freeze_api(self) -> None:
        self.plane.running["kube-apiserver"].send_signal(signal.SIGSTOP)

    def thaw_api(self) -> None:
        self.plane.running["kube-apiserver"].send_signal(signal.SIGCONT)

    def memory(self, name: str) -> int:
        """Resident bytes of one of the processes."""
        text = Path(f"/proc/{self.plane.running[name].pid}/statm").read_text()
        return int(text.split()[1]) * os.sysconf("SC_PAGESIZE")

    # --- what tests say to the cluster, without the code under test ---

    def api(
        self, method: str, path: str, body: Any = None, *, kind: str = "application/json", token: str = ADMIN
    ) -> Any:
        """One request, answered as JSON; raises urllib.error.HTTPError."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("Authorization", f"Bearer {token}")
        request.add_header("Content-Type", kind)
        with urllib.request.urlopen(request, context=unverified(), timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def get(self, path: str) -> Any:
        return self.api("GET", path)

    def namespace(self) -> str:
        """A fresh one."""
        name = f"t-{secrets.token_hex(4)}"
        self.api("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        return name

    def create(self, manifest: str | dict[str, Any], namespace: str) -> Any:
        """Create what a manifest says, one document or several."""
        documents = list(yaml.safe_load_all(manifest)) if isinstance(manifest, str) else [manifest]
        made = None
        for document in documents:
            made = self.api("POST", path_of(document["kind"], namespace), document)
        return made

    def patch(self, path: str, body: Any, kind: str = "application/strategic-merge-patch+json") -> Any:
        return self.api("PATCH", path, body, kind=kind)

    def kubectl(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["kubectl", f"--kubeconfig={self.kubeconfig}", *words], capture_output=True, text=True, timeout=60
        )
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(words)}: {done.stderr}")
        return done.stdout + done.stderr

    def put_into_store(self, objects: list[tuple[str, dict[str, Any]]]) -> None:
        """Write objects straight into etcd, under keys such as /registry/pods/NAMESPACE/NAME: thousands in a second.

        The API server reads JSON there as it reads its own encoding, and its watches tell of it.
        """
        for start in range(0, len(objects), 100):
            puts = [
                {"requestPut": {"key": _b64(key), "value": _b64(json.dumps(value))}}
                for key, value in objects[start : start + 100]
            ]
            body = json.dumps({"success": puts}).encode()
            url = f"{self.plane.store_url}/v3/kv/txn"
            request = urllib.request.Request(url, data=body, method="POST")
            urllib.request.urlopen(request, timeout=20).read()

    def write_kubeconfig(self, path: Path, *, token: str = ADMIN, namespace: str = "default") -> Path:
        return self.plane.write_config(path, token=token, namespace=namespace)

    # --- inside ---

    def _ok(self, path: str) -> bool:
        try:
            self.api("GET", path)
        except json.JSONDecodeError:
            return True
        except (OSError, urllib.error.URLError):
            return False
        return True


PLURALS = {
    "Deployment": "apis/apps/v1/{ns}/deployments",
    "StatefulSet": "apis/apps/v1/{ns}/statefulsets",
    "DaemonSet": "apis/apps/v1/{ns}/daemonsets",
    "ConfigMap": "api/v1/{ns}/configmaps",
    "Secret": "api/v1/{ns}/secrets",
    "Service": "api/v1/{ns}/services",
    "Pod": "api/v1/{ns}/pods",
    "Ingress": "apis/networking.k8s.io/v1/{ns}/ingresses",
    "HTTPRoute": "apis/gateway.networking.k8s.io/v1/{ns}/httproutes",
    "HorizontalPodAutoscaler": "apis/autoscaling/v1/{ns}/horizontalpodautoscalers",
    "Role": "apis/rbac.authorization.k8s.io/v1/{ns}/roles",
    "RoleBinding": "apis/rbac.authorization.k8s.io/v1/{ns}/rolebindings",
    "Lease": "apis/coordination.k8s.io/v1/{ns}/leases",
    "ReplicaSet": "apis/apps/v1/{ns}/replicasets",
}


def path_of(kind: str, namespace: str, name: str = "") -> str:
    path = "/" + PLURALS[kind].replace("{ns}", f"namespaces/{namespace}")
    return f"{path}/{name}" if name else path


def deployment(name: str, image: str = "registry/api:1.2.9", replicas: int = 2, **spec: Any) -> dict[str, Any]:
    """A deployment of one container; `spec` goes into its spec."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "annotations": {"oncall": "alice"}},
        "spec": {
            "replicas": replicas,
            "progressDeadlineSeconds": 3,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": name, "image": image}], "terminationGracePeriodSeconds": 0},
            },
            **spec,
        },
    }


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
