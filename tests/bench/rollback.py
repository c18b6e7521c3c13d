"""The way back on a real control plane: first write on the wire, whole rollbacks against kubectl in a loop, memory.

Wants KUBEBUILDER_ASSETS and kubectl. Pods are reported ready by the test bed's kubelet, so what is measured is the API
server, the controllers, and us or kubectl.
"""

from __future__ import annotations

import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from runbook_tui.lab.control_plane import assets
from tests.bench.figures import tell
from tests.kube.bed import Bed, deployment, path_of

TRIES = 5


def settled(bed: Bed, ns: str, names: list[str]) -> None:
    def done(name: str) -> bool:
        one = bed.get(path_of("Deployment", ns, name))
        status = one["status"]
        seen = status.get("observedGeneration", 0) >= one["metadata"]["generation"]
        return seen and status.get("availableReplicas", 0) == status.get("replicas", 0) == one["spec"]["replicas"]

    while not all(done(name) for name in names):
        time.sleep(0.02)


def moved(bed: Bed, ns: str, names: list[str], image: str) -> None:
    for name in names:
        body = {"spec": {"template": {"spec": {"containers": [{"name": name, "image": image}]}}}}
        bed.patch(path_of("Deployment", ns, name), body)
    settled(bed, ns, names)


def with_kubectl(bed: Bed, ns: str, names: list[str]) -> float:
    """`rollout undo` and `rollout status` in a loop, as one types it."""
    begun = time.perf_counter()
    for name in names:
        subprocess.run(
            ["kubectl", "-n", ns, "rollout", "undo", f"deployment/{name}"], check=True, stdout=subprocess.DEVNULL
        )
        subprocess.run(
            ["kubectl", "-n", ns, "rollout", "status", f"deployment/{name}"], check=True, stdout=subprocess.DEVNULL
        )
    return time.perf_counter() - begun


async def with_us(folder: Path, ns: str, names: list[str], image: str) -> tuple[float, float]:
    """Seconds from `R` confirmed to the first write, and to the end of the rollback, by the conductor."""
    from runbook_tui import records, wiring
    from runbook_tui.run import intents as i
    from runbook_tui.run.events import Outcome

    words = " ".join(f"deployment/{name}" for name in names)
    text = f"# Bench\n\n## Go\n\n```bash\nkubectl -n {ns} set image {words} '*={image}'\n```\n"
    path = folder / "bench.md"
    path.write_text(text)
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, path)
        try:
            await conductor.perform(i.RunStep(step=conductor.runbook.steps[0].id, confirmed=True))
            await asyncio.to_thread(settled, BED, ns, names)
            begun = time.monotonic()
            await conductor.perform(i.RollBack(reason="bench"))
            whole = time.monotonic() - begun
            assert conductor.state.outcome is Outcome.ROLLED_BACK
            target = conductor._targets.target("kubernetes")
            return target.first_write - begun, whole
        finally:
            await conductor.close()


BED: Bed


def rollbacks(folder: Path, ns: str, count: int) -> None:
    names = [f"app-{number}" for number in range(count)]
    for name in names:
        BED.create(deployment(name, image="registry/x:1", replicas=2, progressDeadlineSeconds=60), ns)
    settled(BED, ns, names)
    first, ours, theirs = [], [], []
    for turn in range(TRIES if count == 1 else 3):
        moved(BED, ns, names, f"registry/x:k{turn}")
        theirs.append(with_kubectl(BED, ns, names))
        begun, whole = asyncio.run(with_us(folder, ns, names, f"registry/x:o{turn}"))
        first.append(begun)
        ours.append(whole)
    noun = "deployment" if count == 1 else "deployments"
    tell(
        f"R to the first write, {count} {noun}",
        f"{min(first) * 1000:.0f} ms least, {statistics.median(first) * 1000:.0f} median",
        "aim < 150 ms",
    )
    tell(
        f"rollback of {count} {noun} / kubectl undo + status in a loop",
        f"{min(ours):.2f} s / {min(theirs):.2f} s = {min(ours) / min(theirs):.2f}×",
    )


def memory(ns: str) -> None:
    """Of a process that follows a deployment of 5,000 pods, over one that only has the library loaded."""
    from tests.integration.kube.test_mishaps import pod

    BED.put_into_store([(f"/registry/pods/{ns}/many-{n}", pod(ns, n)) for n in range(5000)])
    code = """
import asyncio, os, resource, sys, time
from runbook_tui.targets.kubernetes.api import Api
from runbook_tui.targets.kubernetes.mirror import Mirror
from runbook_tui.targets.kubernetes.rollout import Pod
from runbook_tui.targets.kubernetes.resources import known
def rss():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6
async def main():
    api = await Api.open(os.environ)
    await api.answers()
    before = rss()
    begun = time.perf_counter()
    mirror = Mirror(api, known("Pod").path(sys.argv[1]), Pod, labelSelector="app=many")
    task = asyncio.ensure_future(mirror.run())
    await mirror.listed.wait()
    took = time.perf_counter() - begun
    print(len(mirror.items), before, rss(), took)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await api.close()
asyncio.run(main())
"""
    out = subprocess.run([sys.executable, "-c", code, ns], capture_output=True, text=True, check=True).stdout.split()
    pods, before, after, took = int(out[0]), float(out[1]), float(out[2]), float(out[3])
    tell(
        f"memory while watching {pods:,} pods",
        f"{after:.0f} MB, {after - before:.0f} more than with none",
        f"listed in {took:.2f} s",
    )


def imports() -> None:
    """What the library costs, and that start-up does not pay it."""
    code = "import time; b=time.process_time(); import kubernetes_asyncio.client, kubernetes_asyncio.config; print(time.process_time()-b)"
    cost = min(float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(3))
    ask = "import sys; from runbook_tui import cli, desk, wiring; print('kubernetes_asyncio' in sys.modules, 'aiohttp' in sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", ask], text=True).strip()
    tell("import of kubernetes_asyncio, CPU", f"{cost:.2f} s", f"loaded by the app's own modules: {loaded}")


def main() -> None:
    global BED
    imports()
    if assets() is None:
        tell("rollbacks", "skipped: KUBEBUILDER_ASSETS names no control plane")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        BED = Bed(folder / "bed")
        try:
            BED.start()
            os.environ["RBT_STATE"] = str(folder / "state")
            os.environ["KUBECONFIG"] = str(BED.kubeconfig)
            rollbacks(folder, BED.namespace(), 1)
            rollbacks(folder, BED.namespace(), 20)
            memory(BED.namespace())
        finally:
            BED.stop()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tell("peak memory of the bench's own process", f"{peak:.0f} MB")
