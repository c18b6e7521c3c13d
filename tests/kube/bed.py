"""A real Kubernetes control plane on loopback: etcd, kube-apiserver, kube-controller-manager. Only the kubelet is played.

The binaries are found in `KUBEBUILDER_ASSETS` (the layout of envtest, and the controller manager beside it). Deployments,
ReplicaSets and StatefulSets are the work of the real controllers; no container ever starts. What a kubelet would report
of a pod is written into its status by `Kubelet`: Running and ready, unless its image has "bad" in its name.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from runbook_tui.lab.kubelet import Kubelet

ADMIN, VIEWER = "admin-token", "viewer-token"
NEEDED = ("etcd", "kube-apiserver", "kube-controller-manager")
CONTROLLERS = "deployment,replicaset,statefulset,daemonset,namespace,garbagecollector,endpoint"
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


def assets() -> Path | None:
    """Where the binaries are, or None."""
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    if not folder or not all((Path(folder) / name).is_file() for name in NEEDED):
        return None
    return Path(folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Bed:
    """One control plane; `start`, `stop`, and the mishaps: `kill_api`, `freeze_api`, `thaw_api`, `start_api`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = assets()
        self.port, self._etcd_port, self._peer = free_port(), free_port(), free_port()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.kubelet: Kubelet | None = None

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    # --- life ---

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "tokens.csv").write_text(f'{ADMIN},admin,1,"system:masters"\n{VIEWER},viewer,2\n')
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        (self.folder / "sa.key").write_bytes(key.private_bytes(*form))
        self._run(
            "etcd",
            "--data-dir", str(self.folder / "etcd"), "--unsafe-no-fsync", "--log-level=error",
            "--listen-client-urls", f"http://127.0.0.1:{self._etcd_port}",
            "--advertise-client-urls", f"http://127.0.0.1:{self._etcd_port}",
            "--listen-peer-urls", f"http://127.0.0.1:{self._peer}",
            "--initial-advertise-peer-urls", f"http://127.0.0.1:{self._peer}",
            "--initial-cluster", f"default=http://127.0.0.1:{self._peer}",
        )  # fmt: skip
        self.start_api()
        self._write_kubeconfig()
        self._run(
            "kube-controller-manager",
            f"--kubeconfig={self.kubeconfig}", f"--controllers={CONTROLLERS}", "--leader-elect=false", "--port=0",
            "--secure-port=0", "--kube-api-qps=400", "--kube-api-burst=800", "--concurrent-deployment-syncs=10",
        )  # fmt: skip
        self.kubelet = Kubelet(self.url, ADMIN)
        self.kubelet.start()
        self.api("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", ROUTE_CRD)
        self._until(lambda: self._ok("/apis/gateway.networking.k8s.io/v1/httproutes"), "the HTTPRoute kind")

    def start_api(self) -> None:
        self._run(
            "kube-apiserver",
            f"--etcd-servers=http://127.0.0.1:{self._etcd_port}", f"--secure-port={self.port}",
            "--bind-address=127.0.0.1", f"--cert-dir={self.folder / 'certs'}",
            f"--token-auth-file={self.folder / 'tokens.csv'}", "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.folder / 'sa.key'}",
            f"--service-account-signing-key-file={self.folder / 'sa.key'}",
            "--disable-admission-plugins=ServiceAccount", "--authorization-mode=RBAC",
            "--max-requests-inflight=2000", "--max-mutating-requests-inflight=1000",
        )  # fmt: skip
        self._until(lambda: self._ok("/readyz"), "the API server")

    def stop(self) -> None:
        if self.kubelet is not None:
            self.kubelet.stop()
        for process in reversed(list(self._running.values())):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- mishaps ---

    def kill_api(self) -> None:
        self._running["kube-apiserver"].kill()
        self._running["kube-apiserver"].wait()

    def freeze_api(self) -> None:
        self._running["kube-apiserver"].send_signal(signal.SIGSTOP)

    def thaw_api(self) -> None:
        self._running["kube-apiserver"].send_signal(signal.SIGCONT)

    def memory(self, name: str) -> int:
        """Resident bytes of one of the processes."""
        text = Path(f"/proc/{self._running[name].pid}/statm").read_text()
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
        with urllib.request.urlopen(request, context=_unverified(), timeout=20) as answer:
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
            url = f"http://127.0.0.1:{self._etcd_port}/v3/kv/txn"
            request = urllib.request.Request(url, data=body, method="POST")
            urllib.request.urlopen(request, timeout=20).read()

    def write_kubeconfig(self, path: Path, *, token: str = ADMIN, namespace: str = "default") -> Path:
        authority = (self.folder / "certs" / "apiserver.crt").read_bytes()
        path.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "bed",
                    "clusters": [
                        {
                            "name": "bed",
                            "cluster": {
                                "server": self.url,
                                "certificate-authority-data": base64.b64encode(authority).decode(),
                            },
                        }
                    ],
                    "users": [{"name": "one", "user": {"token": token}}],
                    "contexts": [{"name": "bed", "context": {"cluster": "bed", "user": "one", "namespace": namespace}}],
                }
            )
        )
        return path

    # --- inside ---

    def _write_kubeconfig(self) -> None:
        self.write_kubeconfig(self.kubeconfig)

    def _run(self, name: str, *words: str) -> None:
        assert self.bin is not None
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [str(self.bin / name), *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def _ok(self, path: str) -> bool:
        try:
            self.api("GET", path)
        except json.JSONDecodeError:
            return True
        except (OSError, urllib.error.URLError):
            return False
        return True

    def _until(self, ready: Any, what: str, patience: float = 90.0) -> None:
        end = time.monotonic() + patience
        while not ready():
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not come up; see {self.folder}")
            time.sleep(0.1)


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


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
