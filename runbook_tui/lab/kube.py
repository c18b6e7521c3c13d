"""A Kubernetes API on loopback: `python -m runbook_tui.lab.kube FOLDER [CONTEXT]`.

A control plane of real programs, where KUBEBUILDER_ASSETS has them (`control_plane`); what a kubelet would report of
pods is written into their status: running and ready, unless the image is bad. With CONTEXT it is a cluster of the
user's instead.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from runbook_tui.lab.control_plane import NEEDED, ControlPlane, assets
from runbook_tui.lab.faults import Faults
from runbook_tui.lab.kubelet import Kubelet
from runbook_tui.lab.process import serve_detached
from runbook_tui.lab.server import HOST, Handler, LoopbackServer


def kubeconfig(folder: Path) -> Path:
    return folder / "kube" / "config"


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
    token = secrets.token_hex(16)
    plane = ControlPlane(folder / "kube", programs, {token: 'lab,1,"system:masters"'}, name="lab")
    wrong, up = Faults(folder, "registry"), threading.Event()

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
        up.set()
        asyncio.run(Kubelet(plane.url, token, bad=lambda: wrong.get("bad-image") is not None).live())

    return serve_detached(Server((HOST, 0), _ready_handler(up.is_set)), folder, "kube", live)


if __name__ == "__main__":
    threading.current_thread().name = "kube"
    sys.exit(serve(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
