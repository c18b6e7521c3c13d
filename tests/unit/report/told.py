"""A run with everything in it that a report can tell, made in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from runbook_tui.document.reader import read
from runbook_tui.journal import chain
from runbook_tui.report.account import Account, KeptText
from runbook_tui.run import events as e
from runbook_tui.run.fold import fold
from runbook_tui.run.gpu.kept import DeviceEvidence, HostEvidence, Span

START = datetime(2026, 3, 2, 10, 0, 0, tzinfo=UTC)
NASTY = "</pre><script>alert(1)</script>&\"'\x1b]0;title\x07\x9b31m"
DOCUMENT = b"""# Release <b>7</b>

Intro with `code`.

## Prepare

- [ ] Look at the *dashboard*
- [ ] Second item that
  wraps around
- [ ] ~~Not this one~~

1. [ ] First of the list
2) stays as it is

| Item | Done |
|---|---|
| Disk | [ ] |
| Mail | \xe2\x98\x90 |

Version: ________

## Deploy

```bash
# Apply it
touch applied
```

- [ ] Nested:

  ```bash
  # Inside of a list
  date
  ```

## Roll back if

- [ ] Error rate > 5%

## Sign-off

- [ ] **Engineering Lead**: ___________________ Date: _______"""


class Made:
    """Events one after the other, ten seconds apart."""

    def __init__(self, document: bytes = DOCUMENT, name: str = "brave-otter") -> None:
        self.document = document
        self.name = name
        self.runbook = read(document, "release.md")
        self.records: list[e.Record] = []
        self.outputs: dict[str, KeptText] = {}
        self.now = START
        self.add(
            e.RunStarted(
                title=self.runbook.title, source="/nowhere/release.md", document=self.runbook.sha256, tool="1",
                user="ana", host="bastion", ticket="CHG0042",
            ),
            e.DriveTaken(epoch=1, holder="ana@bastion"),
        )  # fmt: skip

    def add(self, *events: e.AnyEvent) -> None:
        for event in events:
            self.now += timedelta(seconds=10)
            seq = len(self.records) + 1
            prev = self.records[-1].hash if self.records else chain.genesis(self.name)
            body = chain.encode(run=self.name, seq=seq, at=self.now, actor="ana@bastion", epoch=1, event=event)
            self.records.append(chain.decode(self.name, (seq, prev, chain.link(prev, body), body.decode())))

    def job(self, step: str, output: bytes, exit_: int = 0, *, shown: str = "", command: str = "") -> str:
        name = f"job-{len(self.records)}"
        found = self.runbook.step_by_id[step]
        command = command or found.commands[0]
        text = self.runbook.command_by_id[command].text
        attempt = 1 + sum(getattr(record.event, "command", "") == command for record in self.records)
        self.add(
            e.JobStarted(job=name, step=step, command=command, text=text, shown=shown or text, target="local", attempt=attempt),
            e.JobFinished(
                job=name, exit=exit_, seconds=1.25, output_bytes=len(output), output_sha256=sha256(output).hexdigest()
            ),
        )  # fmt: skip
        self.outputs[name] = KeptText(pieces=((0, output),), total=len(output))
        return name

    def step(self, title: str) -> str:
        return next(step.id for step in self.runbook.steps if title in step.title)

    def account(self, **more) -> Account:
        return Account(
            runbook=self.runbook, state=fold(self.records), records=tuple(self.records), document=self.document,
            outputs=self.outputs, tool="rbt test", at=self.now, **more,
        )  # fmt: skip


def full() -> Made:
    made = Made()
    step = made.step
    made.add(
        e.StepTicked(step=step("dashboard")), e.StepTicked(step=step("Second item")), e.StepTicked(step=step("Disk"))
    )
    made.add(
        e.StepSkipped(step=step("Not this one"), reason=f"no | need *here* {NASTY}"), e.StepTicked(step=step("Mail"))
    )
    made.add(
        e.NoteAdded(step=step("dashboard"), text=f"looked twice {NASTY}"),
        e.FieldFilled(step=step("Version"), value=f"4.2 {NASTY}"),
    )
    made.job(step("Apply it"), b"\x1b[31mbroken\x1b[0m </pre><script>alert(1)</script>\n", exit_=1)
    job = made.job(step("Apply it"), b"applied\n")
    span = Span(min=10.0, mean=55.5, max=98.0)
    gpu = DeviceEvidence(
        uuid="GPU-1", index=0, name="H100", readings=12, util=span, power=span, temperature=span,
        memory=Span(min=1e9, mean=2e10, max=7e10), events=("slowed down: thermal (hardware)", f"XID 79 {NASTY}"),
    )  # fmt: skip
    made.add(
        e.TelemetryFrozen(job=job, evidence=HostEvidence(host="gpu-01", source="nvml", seconds=12.0, devices=(gpu,)))
    )
    made.add(
        e.StepTicked(step=step("Apply it"), automatic=True),
        e.ConditionFired(step=step("Error rate"), text="Error rate > 5%", evidence="7 %"),
    )
    for value, verdict in ((1.0, "pass"), (7.0, "fail"), (2.0, "pass")):
        made.add(
            e.ConditionJudged(
                condition=step("Error rate"), text="Error rate > 5%", verdict=verdict, step=step("Error rate"), value=value,
                threshold=5.0, unit="%", detail=NASTY,
            )
        )  # fmt: skip
    made.add(e.GateOverridden(step=step("Apply it"), reason=f"the lead said so {NASTY}"))
    made.add(e.SignOffGiven(step=step("Engineering Lead"), role="Engineering Lead", name="Ana", meaning="approved"))
    made.add(e.RunFinished(outcome=e.Outcome.COMPLETED))
    return made
