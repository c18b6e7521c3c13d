"""A Kubernetes API on loopback: `python -m runbook_tui.lab.kube FOLDER [CONTEXT]`.

etcd, kube-apiserver and kube-controller-manager of KUBEBUILDER_ASSETS (the layout of envtest, the controller manager
beside it): deployments are the work of the real controllers, no container ever starts. What a kubelet would report of
pods is written into their status: running and ready, unless the image is bad. With CONTEXT it is a cluster of the
user's instead.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from runbook_tui.lab.faults import Faults
from runbook_tui.lab.kubelet import Kubelet, unverified
from runbook_tui.lab.process import serve_detached
from runbook_tui.lab.server import HOST, Handler, LoopbackServer

NEEDED = ("etcd", "kube-apiserver", "kube-controller-manager")
CONTROLLERS = "deployment,replicaset,statefulset,daemonset,namespace,garbagecollector,endpoint"
PATIENCE = 90.0  # seconds for the API server


def assets() -> Path | None:
    """The folder with the programs, or None."""
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    if folder and all(os.access(Path(folder) / name, os.X_OK) for name in NEEDED):
        return Path(folder)
    return None


def kubeconfig(folder: Path) -> Path:
    return folder / "kube" / "config"


class ControlPlane:
    """The three programs and the kubelet that is played."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._place = folder / "kube"
        self._programs = programs
        self._token = secrets.token_hex(16)
        self._faults = Faults(folder, "registry")
        self._running: list[subprocess.Popen[bytes]] = []
        self.up = False
        self.port, self._etcd, self._peer = _free_port(), _free_port(), _free_port()

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"

    def start(self) -> None:
        """Raises OSError or TimeoutError when it does not come up."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        shutil.rmtree(self._place, ignore_errors=True)
        self._place.mkdir(mode=0o700)
        (self._place / "tokens.csv").write_text(f'{self._token},lab,1,"system:masters"\n')
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        (self._place / "sa.key").write_bytes(key.private_bytes(*form))
        etcd, peer = f"http://{HOST}:{self._etcd}", f"http://{HOST}:{self._peer}"
        self._run(
            "etcd", "--data-dir", str(self._place / "etcd"), "--unsafe-no-fsync", "--log-level=error",
            "--listen-client-urls", etcd, "--advertise-client-urls", etcd, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
        )  # fmt: skip
        self._run(
            "kube-apiserver", f"--etcd-servers={etcd}", f"--secure-port={self.port}", f"--bind-address={HOST}",
            f"--cert-dir={self._place / 'certs'}", f"--token-auth-file={self._place / 'tokens.csv'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self._place / 'sa.key'}",
            f"--service-account-signing-key-file={self._place / 'sa.key'}",
            "--disable-admission-plugins=ServiceAccount", "--authorization-mode=RBAC",
        )  # fmt: skip
        end = time.monotonic() + PATIENCE
        while not self._ready():
            if time.monotonic() > end or any(process.poll() is not None for process in self._running):
                raise TimeoutError(f"the API server did not come up; see {self._place}")
            time.sleep(0.1)
        self._write_kubeconfig()
        self._run(
            "kube-controller-manager", f"--kubeconfig={self._place / 'config'}", f"--controllers={CONTROLLERS}",
            "--leader-elect=false", "--port=0", "--secure-port=0", "--kube-api-qps=400", "--kube-api-burst=800",
        )  # fmt: skip

    def stop(self) -> None:
        for process in reversed(self._running):
            process.kill()
            process.wait()

    def _run(self, name: str, *words: str) -> None:
        leash = shutil.which("setpriv")  # what starts it here and is killed takes it along
        command = [*([leash, "--pdeathsig", "KILL"] if leash else []), str(self._programs / name), *words]
        with (self._place / f"{name}.log").open("ab") as log:
            self._running.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL))

    def _ready(self) -> bool:
        request = urllib.request.Request(f"{self.url}/readyz", headers={"Authorization": f"Bearer {self._token}"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, context=unverified(), timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def _write_kubeconfig(self) -> None:
        authority = base64.b64encode((self._place / "certs" / "apiserver.crt").read_bytes()).decode()
        cluster = {"server": self.url, "certificate-authority-data": authority}
        said = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "lab",
            "clusters": [{"name": "lab", "cluster": cluster}],
            "users": [{"name": "lab", "user": {"token": self._token}}],
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab", "namespace": "default"}}],
        }
        path = self._place / "config"
        path.touch(mode=0o600)
        path.write_text(json.dumps(said, indent=1))  # JSON is YAML

    def play_kubelet(self) -> None:
        asyncio.run(Kubelet(self.url, self._token, bad=lambda: self._faults.get("bad-image") is not None).live())


def take_context(folder: Path, context: str) -> int:
    """One context of the user's kubeconfig, and nothing else of it, becomes the lab's."""
    place = folder / "kube"
    place.mkdir(mode=0o700, exist_ok=True)
    words = ["kubectl", "config", "view", "--minify", "--flatten", "--context", context]
    done = subprocess.run(words, capture_output=True, check=False, timeout=20)
    if done.returncode:
        sys.stderr.write(done.stderr.decode(errors="replace"))
        return 1
    (place / "config").touch(mode=0o600)
    (place / "config").write_bytes(done.stdout)
    return serve_detached(LoopbackServer((HOST, 0), _ready_handler()), folder, "kube")


def _ready_handler(ready: Callable[[], bool] = lambda: True) -> type[Handler]:
    class Answers(Handler):
        def do_GET(self) -> None:  # noqa: N802
            up = ready()
            self.answer_json(200 if up else 503, {"status": "ready" if up else "starting"})

    return Answers


def serve(folder: Path, context: str) -> int:
    if context:
        return take_context(folder, context)
    programs = assets()
    if programs is None:
        sys.stderr.write(f"KUBEBUILDER_ASSETS names no folder with {', '.join(NEEDED)}\n")
        return 1
    plane = ControlPlane(folder, programs)

    class Server(LoopbackServer):
        def server_close(self) -> None:
            plane.stop()
            super().server_close()

    def live() -> None:
        try:
            plane.start()
        except (OSError, TimeoutError) as error:
            sys.stderr.write(f"{error}\n")
            os.kill(os.getpid(), signal.SIGTERM)
        plane.up = True
        plane.play_kubelet()

    return serve_detached(Server((HOST, 0), _ready_handler(lambda: plane.up)), folder, "kube", live)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    threading.current_thread().name = "kube"
    sys.exit(serve(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
