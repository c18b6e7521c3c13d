"""Names of targets: what they stand for in a run, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_tui.document.reader import read
from runbook_tui.records import SystemClock
from runbook_tui.run.fleet import Fleet, HostSpec
from runbook_tui.run.ports import OperatorError, TargetError
from runbook_tui.targeting import RunTargets, fleets_of, frozen, inventory_notes, thawed
from runbook_tui.targets.local import LocalTarget

DOCUMENT = "---\ntargets:\n  web: {hosts: 'web-[1-3]', colour: red}\n---\n# R\n\n```bash target=db\nuptime\n```\n"


def targets(folder: Path, fleets: dict[str, Fleet]) -> RunTargets:
    clock = SystemClock()
    return RunTargets(LocalTarget(folder, clock=clock), fleets, clock=clock)


def test_a_name_means_the_same_hosts_to_the_end_of_the_run() -> None:
    fleets = fleets_of(read(DOCUMENT.encode(), "r.md", None), "web", [])
    assert fleets["web"].names == ("web-1", "web-2", "web-3")
    assert thawed(frozen(fleets)) == fleets


def test_a_target_that_only_a_command_names_does_not_hold_up_the_rest(tmp_path: Path) -> None:
    book = read(DOCUMENT.encode(), "r.md", None)
    fleets = fleets_of(book, "local", [])
    assert "db" not in fleets
    with pytest.raises(TargetError, match="'db' was not known when this run began"):
        targets(tmp_path, fleets).fleet("db")
    with pytest.raises(OperatorError, match="'moon' is in no inventory"):
        fleets_of(book, "moon", [])


def test_a_host_that_was_said_yes_to_is_one_way_to_one_machine(tmp_path: Path) -> None:
    known = targets(tmp_path, {})
    known.accept("deploy@web1:2222")
    assert known.fleet("deploy@web1:2222").hosts == (
        HostSpec(name="deploy@web1", address="web1", user="deploy", port=2222),
    )
    assert known.fleet("deploy@web1").hosts == known.fleet("deploy@web1:2222").hosts
    with pytest.raises(TargetError, match="two ways"):
        known.accept("deploy@web1:22")
    with pytest.raises(TargetError, match="not a host"):
        known.accept("web1; rm -rf /")


def test_what_has_no_effect_in_an_inventory_is_said() -> None:
    assert any("colour" in note for note in inventory_notes(read(DOCUMENT.encode(), "r.md", None), []))
