"""The lab's Kubernetes API: real controllers, pods that are only reported."""

import contextlib
import json
import subprocess
import time
from pathlib import Path

import pytest

from runbook_tui.lab import control, control_plane, faults, kube
from runbook_tui.lab.faults import chosen

pytestmark = pytest.mark.skipif(control_plane.assets() is None, reason="KUBEBUILDER_ASSETS names no control plane")

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "api"},
    "spec": {
        "replicas": 2,
        "progressDeadlineSeconds": 2,
        "selector": {"matchLabels": {"app": "api"}},
        "template": {
            "metadata": {"labels": {"app": "api"}},
            "spec": {"containers": [{"name": "api", "image": "api:1"}], "terminationGracePeriodSeconds": 0},
        },
    },
}


def programs(folder):
    """The control plane's processes."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes()
            if (
                words.split(b"\0")[0].rpartition(b"/")[2].decode() in control_plane.NEEDED
                and str(folder / "kube").encode() in words
            ):
                found.append(process.name)
    return found


@pytest.mark.timeout(150)
def test_a_rollout_and_a_bad_image(folder):
    def kubectl(*words, data=None):
        command = ["kubectl", f"--kubeconfig={kube.kubeconfig(folder)}", *words]
        return subprocess.run(command, input=data, capture_output=True, text=True, timeout=60, check=False)

    assert control.up(folder, port=0, more={"kube": ""}).up
    assert oct(kube.kubeconfig(folder).stat().st_mode)[-3:] == "600"
    made = kubectl("create", "-f", "-", data=json.dumps(DEPLOYMENT))
    assert made.returncode == 0, made.stderr
    assert kubectl("rollout", "status", "deployment/api", "--timeout=20s").returncode == 0
    faults.switch_on(folder, chosen("bad-image"))
    kubectl("set", "image", "deployment/api", "api=api:2")
    failed = kubectl("rollout", "status", "deployment/api", "--timeout=20s")
    assert "exceeded its progress deadline" in failed.stderr
    assert len(programs(folder)) == 3
    control.down(folder)
    assert not folder.exists()
    end = time.monotonic() + 5
    while programs(folder):
        assert time.monotonic() < end, "the control plane outlives the lab"
        time.sleep(0.05)
