"""More moments of the posed release: an alarm, a hold, a way back that stopped halfway, an end; and what else a desk may have."""

from __future__ import annotations

from datetime import timedelta

from runbook_tui.run import events as e
from runbook_tui.run.gate_events import RollbackScheduled
from runbook_tui.run.gauges import Gauge
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.rollback import rollback_plan
from runbook_tui.tui.ports import LabFault
from tests.e2e.posed import APPLIED, KERNELS, NOW, PULLED, Desk, Tale, View, under_way

DISK = """# Clean up the old volume

Nobody mounts it any more.

```bash
# Remove what is on it
rm -rf /srv/old-billing
```

- [ ] The quota is free again
"""
OUTPUTS = {"j1": PULLED, "j2": APPLIED, "j3": KERNELS}
UNDONE = b"deployment.apps/billing rolled back\n"
REFUSED = b'Error from server (Forbidden): deployments.apps "billing" is forbidden\n'


def alarm():
    """A watched condition holds, and the run will be taken back by machine."""
    tale = under_way()
    trigger = tale.step("Error rate > 5% for 5 minutes")
    tale.tell(e.ConditionFired(step=trigger.id, text=trigger.title, evidence="12 %", automatic=True),
              RollbackScheduled(reason="Error rate > 5% for 5 minutes: 12 %", due=NOW + timedelta(seconds=42)))  # fmt: skip
    gauge = Gauge(condition="err", text="Error rate > 5% for 5 minutes", verdict="fail", value=12.0, unit="%",
                  threshold=5.0, bad=">", age=3.0, breaching=312.0, step=trigger.id)  # fmt: skip
    return View(tale.runbook, tale.state(), OUTPUTS, seen=(gauge,))


def held():
    """Somebody stopped the run, with a reason."""
    tale = under_way()
    tale.tell(e.RunHeld(reason="the database team looks at its replicas"), by="ben@laptop")
    return View(tale.runbook, tale.state(), OUTPUTS)


def halfway_back():
    """Of the way back one thing is done, one failed, one is a person's."""
    tale = under_way()
    plan = rollback_plan(tale.runbook, tale.state(), {})
    tale.tell(
        e.RollbackStarted(reason="customers complain", items=tuple(item.id for item in plan.items), steps=plan.changed)
    )
    for item, job, exit_, output in zip(plan.items, ("b1", "b2"), (0, 1), (UNDONE, REFUSED), strict=False):
        tale.tell(e.JobStarted(job=job, step=item.step, command=item.id, text=item.command.text, shown=item.command.text,
                               target="local", purpose=e.Purpose.ROLLBACK))  # fmt: skip
        tale.tell(e.JobFinished(job=job, exit=exit_, seconds=2.4, output_bytes=len(output)))
    tale.tell(e.RollbackFinished(succeeded=False, reason="1 of 3 items failed"))
    return View(tale.runbook, tale.state(), OUTPUTS | {"b1": UNDONE, "b2": REFUSED})


def ended():
    """It was given up, with a reason."""
    tale = under_way()
    tale.tell(e.RunFinished(outcome=e.Outcome.ABORTED, reason="the window is over; we go on tomorrow"))
    return View(tale.runbook, tale.state(), OUTPUTS)


def lost():
    """How the last command ended is not known."""
    tale = under_way()
    tale.run("Apply the configuration", "j4", ends=False)
    tale.tell(
        e.JobLost(
            job="j4",
            reason="the machine was rebooted",
            known="it was running at 14:58; since then the machine was rebooted",
        )
    )
    return View(tale.runbook, tale.state(), OUTPUTS | {"j4": APPLIED[:700]})


def twice():
    """A command that ran again, and said something else."""
    tale = under_way()
    again = APPLIED.replace(b"part-07 configured", b"part-07 unchanged").replace(
        b"part-21 configured", b"part-21 created"
    )
    tale.run("Apply the configuration", "j4", output=again, seconds=31.0, attempt=2)
    return View(tale.runbook, tale.state(), OUTPUTS | {"j4": again})


def destroying():
    """What cannot be taken back is about to be run."""
    tale = Tale(DISK, "/srv/release/volume.md")
    return View(tale.runbook, tale.state(), {})


class Lab:
    """Faults as they stand; nothing is switched."""

    def faults(self):
        return (
            LabFault(
                name="error-rate", does="so many requests are answered with 500", part="v2", strength="30 %", on=True
            ),
            LabFault(name="latency", does="each answer takes so much longer", part="v2", strength="800 ms"),
            LabFault(
                name="crash",
                does="it dies so long after its start",
                part="v2",
                strength="0.5 s",
                waits="The canary gets traffic",
            ),
            LabFault(name="no-metrics", does="no part gives its metrics", part="all"),
        )

    def switch(self, name):
        return f"lab: {name} was switched"

    def none(self):
        return "lab: all off"


class OnLab(Desk):
    """A desk whose runs are on the lab."""

    async def lab(self, _view):
        return Lab()


class Shut(Desk):
    """A desk where nothing can be opened."""

    async def new_run(self, path):
        raise OperatorError(
            f"{path} cannot be read: it belongs to root, and you are ana. Ask for the right to read it, or open a copy."
        )
