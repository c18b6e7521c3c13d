"""Whether a run wants its GPUs looked at, wherever that is written."""

import pytest

from runbook_tui.document.gpu_maps import asks_for_gpus
from runbook_tui.document.reader import read
from runbook_tui.gpu_machines import GpuMachines
from runbook_tui.records import SystemClock
from runbook_tui.run.ports import TargetError
from runbook_tui.sources import BadMapping
from runbook_tui.telemetry import Telemetry

PLAIN = "# Train\n\n## Go\n\n```bash\n# Train\n./train\n```\n"


def wants(text=PLAIN, sidecar=None):
    return asks_for_gpus(read(text.encode(), "plan.md", sidecar))


def test_a_gate_counts_in_the_document_and_beside_it():
    assert not wants()
    assert wants("---\nrbt:\n  gate: gpu\n---\n" + PLAIN)
    assert wants(PLAIN.replace("```bash", "```bash {gate=gpu}"))
    assert wants(sidecar={"gate": "gpu"})
    assert wants(sidecar={"rbt": {"gate": "gpu"}})
    assert wants(sidecar={"steps": {"Train": {"gate": "gpu"}}})
    assert not wants(sidecar={"gate": "kernels"})


def test_a_machine_that_no_target_names_is_refused_with_the_reason():
    def lines(name):
        raise TargetError(f"target {name!r} was not known when this run began")

    machines = GpuMachines(Telemetry(), lines, meant=lambda: None, clock=SystemClock())
    with pytest.raises(BadMapping, match="was not known when this run began"):
        machines.of("gpu-07")
