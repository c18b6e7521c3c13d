"""A person who walks a runbook to its end: runs, ticks, chooses, and has it signed by people with real keys.

As a program, `python -m tests.integration.systems.operator PLAN`, it is a terminal of its own, which can be killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from runbook_tui import records, wiring
from runbook_tui.document.runbook import Step
from runbook_tui.run import intents as i
from runbook_tui.run.conductor import Conductor
from runbook_tui.run.events import Outcome
from runbook_tui.run.policy import Refused
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.preview import Action
from runbook_tui.run.progress import unfinished
from runbook_tui.run.state import StepPhase
from runbook_tui.signer import LocalSigner
from runbook_tui.signing.offering import NotSigned

WAIT = 40.0  # seconds for a first verdict, for a canary, for a sign-off to be seen


class Stopped(Exception):
    """The walk cannot go on: a command failed, or the conditions have taken the run back."""


class Operator:
    """Walks one run."""

    def __init__(
        self, conductor: Conductor, journal, *, keys: Mapping[str, Path], values: Mapping[str, str] | None = None,
        options: Mapping[str, str] | None = None, skips: Mapping[str, str] | None = None,
        deeds: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """`keys` by role; by the beginning of a title `skips` with the reason, and `deeds`: what a person does for a
        box that has no command, as a command of this stage."""
        self.conductor = conductor
        self.did: Counter[str] = Counter()
        self._journal = journal
        self._keys = keys
        self._values = values or {}
        self._options = options or {}
        self._skips = skips or {}
        self.deeds = dict(deeds or {})

    async def walk(self, until: str = "") -> None:
        """Do what each step wants; stops before the step whose title begins so. Raises Stopped."""
        conductor = self.conductor
        await conductor.recover()
        while (step := next(iter(unfinished(conductor.runbook, conductor.state)), None)) is not None:
            if until and step.title.startswith(until):
                return
            if conductor.state.rollback is not None or conductor.state.outcome is not None:
                raise Stopped("taken back")
            await self._do(step)

    async def finish(self) -> None:
        await self.conductor.perform(i.Finish(outcome=Outcome.COMPLETED))

    async def _do(self, step: Step) -> None:
        conductor = self.conductor
        if reason := next((why for title, why in self._skips.items() if step.title.startswith(title)), ""):
            self.did["skipped"] += 1
            await conductor.perform(i.Skip(step=step.id, reason=reason))
            return
        shown = conductor.preview(step.id)
        self.did[shown.action.value] += 1
        match shown.action:
            case Action.ASK:
                for name in shown.missing:
                    await conductor.perform(i.SetVariable(name=name, value=self._values[name]))
            case Action.PLACE:
                await conductor.perform(i.GivePlace(said=shown.place or "", target="local"))
            case Action.RUN:
                await self._run(step)
            case Action.TICK:
                await self.do_by_hand(step.title)
                await self._tick(step)
            case Action.CHOOSE:
                sections = conductor.runbook.section_by_id
                chosen = self._options[step.title]
                option = next(one for one in step.options if sections[one].title.startswith(chosen))
                await conductor.perform(i.Choose(step=step.id, option=option))
            case Action.FILL:
                await conductor.perform(i.Fill(step=step.id, value=self._values[step.title]))
            case Action.SIGN:
                await self._sign(step)
            case other:
                raise Stopped(f"{step.title} wants {other}: {shown.refused}")

    async def do_by_hand(self, title: str) -> None:
        """What the person does who ticks this. Raises Stopped when it could not be done."""
        for begins, command in self.deeds.items():
            if title.startswith(begins):
                process = await asyncio.create_subprocess_shell(
                    command, cwd=Path(self.conductor.state.source).parent,
                    stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
                )  # fmt: skip
                said, _ = await process.communicate()
                if process.returncode:
                    raise Stopped(f"{title}: {command}: {said.decode(errors='replace')}")
                self.did["by hand"] += 1

    async def _run(self, step: Step) -> None:
        end = time.monotonic() + WAIT
        while True:
            try:
                await self.conductor.perform(i.RunStep(step=step.id, confirmed=True, deliberate=True))
            except Refused as why:  # the first values of a signal, or a count-down
                if time.monotonic() > end or self.conductor.state.rollback is not None:
                    raise Stopped(f"{step.title}: {why}") from None
                await asyncio.sleep(0.1)
                continue
            own = self.conductor.state.step(step.id)
            if own.phase is StepPhase.FAILED:
                output = await self.conductor.kept_output(own.jobs[-1]) if own.jobs else b""
                raise Stopped(f"{step.title}: {own.reason}\n{output.decode(errors='replace')[-2000:]}")
            return

    async def _tick(self, step: Step) -> None:
        """A criterion that is measured wants its first values; a canary its time."""
        end = time.monotonic() + WAIT
        while not self.conductor.state.step(step.id).settled:  # a canary that was begun before ticks it itself
            try:
                await self.conductor.perform(i.Tick(step=step.id))
                break
            except Refused as why:
                if time.monotonic() > end or self.conductor.state.rollback is not None:
                    raise Stopped(f"{step.title}: {why}") from None
                await asyncio.sleep(0.1)
        while not self.conductor.state.step(step.id).settled:
            canary = self.conductor.state.gates.canary
            if canary is not None and canary.outcome == "aborted":
                raise Stopped(f"{step.title}: the canary was aborted: {canary.reason}")
            if time.monotonic() > end or self.conductor.state.rollback is not None:
                raise Stopped(f"{step.title}: it was not done")
            await asyncio.sleep(0.05)

    async def _sign(self, step: Step) -> None:
        role = self.conductor.runbook.signoffs[step.signoff or 0].role
        env = {**os.environ, "RBT_KEY": str(self._keys[role])}
        env.pop("RBT_AS", None)
        signer = LocalSigner(self._journal, self.conductor.state.run, env=env)
        end = time.monotonic() + WAIT
        while True:
            try:
                await signer.sign(await signer.sheet(step.id), "approved for production")
                break
            except NotSigned as why:  # a verdict came in meanwhile: looked at again, and then signed
                if self.conductor.state.rollback is not None:
                    raise Stopped(f"{step.title}: {why}") from None
                if ("gone on" not in str(why) and "went on" not in str(why)) or time.monotonic() > end:
                    raise
        while not self.conductor.state.step(step.id).settled:
            assert time.monotonic() < end, f"nobody saw that {role} has signed"
            await asyncio.sleep(0.02)


async def go_back(operator: Operator, reason: str) -> None:
    """The way back to its end; people do what is left to them."""
    conductor = operator.conductor
    while conductor.state.outcome is None:
        if not conductor.busy:
            left = conductor.rollback_plan().remaining
            if conductor.state.rollback is not None and left and left[0].command is None:
                await operator.do_by_hand(left[0].title)
                await conductor.perform(i.SettleItem(item=left[0].id))
            try:
                await conductor.perform(i.RollBack(reason=reason))
            except OperatorError:
                if conductor.state.outcome is None:
                    raise
        await asyncio.sleep(0.05)
        failed = conductor.rollback_plan().failed
        assert not failed, [
            (item.title, await conductor.kept_output(conductor.state.step(item.step).jobs[-1])) for item in failed
        ]


async def _as_a_program(plan: dict) -> None:
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, Path(plan["document"]))
        keys = {role: Path(key) for role, key in plan["keys"].items()}
        more = {name: plan[name] for name in ("values", "options", "skips", "deeds")}
        await Operator(conductor, journal, keys=keys, **more).walk(plan["until"])
        print("at", plan["until"], flush=True)
        await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(_as_a_program(json.loads(Path(sys.argv[1]).read_text())))
