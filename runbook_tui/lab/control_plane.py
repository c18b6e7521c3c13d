"""The three programs of a Kubernetes control plane on loopback: etcd, kube-apiserver, kube-controller-manager.

They are found in KUBEBUILDER_ASSETS (the layout of envtest, the controller manager beside it). Deployments are the work
of the real controllers, no container ever starts: what a kubelet would report is somebody else's part (`kubelet`).
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from runbook_tui.lab.kubelet import unverified
from runbook_tui.lab.server import HOST

ETCD, API, MANAGER = NEEDED = ("etcd", "kube-apiserver", "kube-controller-manager")
CONTROLLERS = "deployment,replicaset,statefulset,daemonset,namespace,garbagecollector,endpoint"
PATIENCE = 90.0  # seconds for the API server


def assets() -> Path | None:
    """The folder with the programs, or None."""
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    if folder and all(os.access(Path(folder) / name, os.X_OK) for name in NEEDED):
        return Path(folder)
    return None


class ControlPlane:
    """One control plane in a folder of its own; each token is somebody: `token -> user,id[,"group"]`."""

    def __init__(
        self, place: Path, programs: Path, tokens: Mapping[str, str], *, name: str, leashed: bool = True
    ) -> None:
        """Leashed, its programs end with the thread that starts them, also when that is killed."""
        self.place = place
        self.tokens = tokens
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._programs = programs
        self._name = name
        self._leash = shutil.which("setpriv") if leashed else None
        self.port, self.store_port, self._peer = _free_port(), _free_port(), _free_port()

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def store_url(self) -> str:
        return f"http://{HOST}:{self.store_port}"

    @property
    def admin(self) -> str:
        return next(iter(self.tokens))

    @property
    def config(self) -> Path:
        """The kubeconfig of the first of the tokens."""
        return self.place / "config"

    def start(self, *, api: Sequence[str] = (), manager: Sequence[str] = ()) -> None:
        """Up, with more flags for two of them. Raises OSError or TimeoutError when it does not come up."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(mode=0o700, parents=True)
        (self.place / "tokens.csv").write_text("".join(f"{token},{who}\n" for token, who in self.tokens.items()))
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        (self.place / "sa.key").write_bytes(key.private_bytes(*form))
        peer = f"http://{HOST}:{self._peer}"
        self._run(
            ETCD, "--data-dir", str(self.place / "etcd"), "--unsafe-no-fsync", "--log-level=error",
            "--listen-client-urls", self.store_url, "--advertise-client-urls", self.store_url,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
        )  # fmt: skip
        self.start_api(*api)
        self.write_config(self.config, token=self.admin)
        self._run(
            MANAGER, f"--kubeconfig={self.config}", f"--controllers={CONTROLLERS}", "--leader-elect=false", "--port=0",
            "--secure-port=0", "--kube-api-qps=400", "--kube-api-burst=800", *manager,
        )  # fmt: skip

    def start_api(self, *more: str) -> None:
        """The API server, also again after it was killed. Raises TimeoutError."""
        self._run(
            API, f"--etcd-servers={self.store_url}", f"--secure-port={self.port}", f"--bind-address={HOST}",
            f"--cert-dir={self.place / 'certs'}", f"--token-auth-file={self.place / 'tokens.csv'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.place / 'sa.key'}",
            f"--service-account-signing-key-file={self.place / 'sa.key'}",
            "--disable-admission-plugins=ServiceAccount", "--authorization-mode=RBAC", *more,
        )  # fmt: skip
        self.until(self._ready, "the API server")

    def until(self, ready: Callable[[], bool], what: str) -> None:
        """Wait for it; raises TimeoutError, also when one of the programs has ended."""
        end = time.monotonic() + PATIENCE
        while not ready():
            if time.monotonic() > end or any(process.poll() is not None for process in self.running.values()):
                raise TimeoutError(f"{what} did not come up; see {self.place}")
            time.sleep(0.1)

    def stop(self) -> None:
        for process in reversed(self.running.values()):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()

    def write_config(self, path: Path, *, token: str, namespace: str = "default") -> Path:
        """A kubeconfig for one of the tokens."""
        authority = base64.b64encode((self.place / "certs" / "apiserver.crt").read_bytes()).decode()
        cluster, name = {"server": self.url, "certificate-authority-data": authority}, self._name
        said = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": name, "user": {"token": token}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}],
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(said, indent=1))  # JSON is YAML
        return path

    def _run(self, name: str, *words: str) -> None:
        leash = [self._leash, "--pdeathsig", "KILL"] if self._leash else []
        command = [*leash, str(self._programs / name), *words]
        with (self.place / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def _ready(self) -> bool:
        request = urllib.request.Request(f"{self.url}/readyz", headers={"Authorization": f"Bearer {self.admin}"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, context=unverified(), timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
