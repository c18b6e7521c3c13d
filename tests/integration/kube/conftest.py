"""One control plane for all stories here; each story has a namespace of its own."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from runbook_tui import records, wiring
from runbook_tui.lab.control_plane import assets
from runbook_tui.run import intents as i
from runbook_tui.run.conductor import Conductor
from tests.integration.run.desk import Stage, step
from tests.kube.bed import Bed, deployment, path_of

REASON = (
    "no control plane here: KUBEBUILDER_ASSETS names no folder with etcd, kube-apiserver and kube-controller-manager"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.xdist_group("kube"))


@pytest.fixture(scope="session")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    if assets() is None:
        pytest.skip(REASON)
    one = Bed(tmp_path_factory.mktemp("bed"))
    try:
        one.start()
        yield one
    finally:
        one.stop()


@pytest.fixture
def kubectl_or_skip() -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")


class Town:
    """A namespace, a kubeconfig for it, and a folder for documents."""

    def __init__(self, bed: Bed, folder: Path) -> None:
        self.bed = bed
        self.ns = bed.namespace()
        self.folder = folder
        self.config = bed.write_kubeconfig(folder / "kubeconfig", namespace=self.ns)

    def deploy(self, name: str = "api", **how) -> None:
        self.bed.create(deployment(name, **how), self.ns)
        self.settled(name)

    def route(self, *backends: dict[str, object]) -> None:
        """An HTTPRoute called `api` over these backends."""
        self.bed.create(
            {
                "apiVersion": "gateway.networking.k8s.io/v1",
                "kind": "HTTPRoute",
                "metadata": {"name": "api"},
                "spec": {"rules": [{"backendRefs": [{"port": 80, **backend} for backend in backends]}]},
            },
            self.ns,
        )

    def get(self, kind: str, name: str):
        return self.bed.get(path_of(kind, self.ns, name))

    def image(self, name: str = "api", kind: str = "Deployment") -> str:
        return self.get(kind, name)["spec"]["template"]["spec"]["containers"][0]["image"]

    def ready(self, name: str = "api") -> int:
        return self.get("Deployment", name)["status"].get("readyReplicas", 0)

    def settled(self, name: str = "api") -> None:
        def done() -> bool:
            one = self.get("Deployment", name)
            status, wanted = one["status"], one["spec"]["replicas"]
            seen = status.get("observedGeneration", 0) >= one["metadata"]["generation"]
            return seen and status.get("availableReplicas", 0) == status.get("replicas", 0) == wanted

        self.until(done, f"{name} is settled")

    def until(self, done, what: str, seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, f"{what} did not come"
            time.sleep(0.05)

    @contextlib.asynccontextmanager
    async def run(self, text: str) -> AsyncIterator[Conductor]:
        """A new run of a document in this namespace."""
        async with records.open_journal() as journal:
            conductor = await wiring.start_run(journal, Stage(self.folder, text).path)
            try:
                yield conductor
            finally:
                await conductor.close()

    @contextlib.asynccontextmanager
    async def resumed(self) -> AsyncIterator[Conductor]:
        async with records.open_journal() as journal:
            conductor = await wiring.open_run(journal, await records.find_run(journal, None))
            try:
                yield conductor
            finally:
                await conductor.close()


@pytest.fixture
def town(bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kubectl_or_skip: None) -> Town:
    one = Town(bed, tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(one.config))
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))
    return one


async def do(conductor: Conductor, title: str) -> None:
    """Run the step whose title begins so."""
    await conductor.perform(i.RunStep(step=step(conductor, title).id, confirmed=True, deliberate=True))


async def back(conductor: Conductor) -> None:
    """Roll back, and settle what is to be done by hand."""
    await conductor.perform(i.RollBack(reason="a test"))
