"""How every step of a run stands now, following what changed so that 10,000 steps cost little. No Textual."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from runbook_tui.document.planned import planned
from runbook_tui.document.runbook import Runbook, Step, StepKind, StepRole
from runbook_tui.run.progress import on_path, passed_over, phase_of
from runbook_tui.run.state import RunState, StepPhase, StepState

_SETTLED = frozenset({StepPhase.DONE, StepPhase.SKIPPED, StepPhase.ROLLED_BACK})


@dataclass(slots=True)
class Count:
    """Steps of a section and all below it."""

    done: int = 0  # settled: done, skipped or rolled back
    total: int = 0
    troubled: int = 0  # failed, or of unknown outcome
    fired: int = 0
    triggers: int = 0


class Standing:
    """Phases of steps and counts of sections for one runbook, following a run's state."""

    def __init__(self, runbook: Runbook, state: RunState) -> None:
        self.runbook = runbook
        self.planned = planned(runbook)  # seconds, as the document says
        self.phases: dict[str, StepPhase] = {}
        self.walked: set[str] = set()  # steps that count as progress
        self.passed_over: set[str] = set()  # answers to a question that has another
        self.counts: dict[str, Count] = {}
        self.whole = Count()
        self.walk: tuple[str, ...] = ()  # the steps that count as progress, in order
        self.walk_phases: tuple[StepPhase, ...] = ()
        self.unsettled: tuple[str, ...] = ()
        self._places: dict[str, int] = {}  # of the steps in `walk`
        self._fired: set[str] = set()
        self._ancestors = {
            section.id: tuple(above.id for above in runbook.section_path(section.id)) for section in runbook.sections
        }
        self._choices = {step.id for step in runbook.steps if step.kind is StepKind.CHOICE}
        self._choices |= runbook.alternatives.keys()
        self._choices |= {signoff for waited_for in runbook.waiting.values() for signoff in waited_for}
        self._seen: dict[str, StepState] = dict(state.steps)
        self._take(state)

    def update(self, state: RunState) -> bool:
        """Take in a newer state; whether anything here is different now."""
        steps = self.runbook.step_by_id
        changed = [
            steps[step_id]
            for step_id, seen in state.steps.items()
            if seen is not self._seen.get(step_id) and step_id in steps
        ]
        if not changed:
            return False
        self._seen = dict(state.steps)
        if any(step.id in self._choices for step in changed):
            self._take(state)
            return True
        return self._follow(state, changed)

    def _take(self, state: RunState) -> None:
        """All of it anew."""
        for step in self.runbook.steps:
            self._look(state, step)
        self.counts = {section.id: Count() for section in self.runbook.sections}
        self.whole = Count()
        self._add(self.runbook.steps, 1)
        self._list()

    def _list(self) -> None:
        """The steps of the walk."""
        self.walk = tuple(step.id for step in self.runbook.steps if step.id in self.walked)
        self._places = {step: n for n, step in enumerate(self.walk)}
        self.walk_phases = tuple(self.phases[step] for step in self.walk)
        self.unsettled = tuple(step for step in self.walk if self.phases[step] not in _SETTLED)

    def _look(self, state: RunState, step: Step) -> None:
        self.phases[step.id] = phase_of(self.runbook, state, step)
        (self.walked.add if on_path(self.runbook, state, step) else self.walked.discard)(step.id)
        if step.id in self.runbook.alternatives:
            passed = passed_over(self.runbook, state, step)
            (self.passed_over.add if passed else self.passed_over.discard)(step.id)
        (self._fired.add if state.step(step.id).fired else self._fired.discard)(step.id)

    def _shown(self, step: Step) -> tuple[StepPhase, bool, bool]:
        return self.phases[step.id], step.id in self.walked, step.id in self._fired

    def _add(self, steps: Iterable[Step], by: int) -> None:
        """Count these steps as they stand, or take them out again."""
        for step in steps:
            counts = [self.counts[section] for section in self._ancestors[step.section]]
            counts.append(self.whole)
            if step.role is StepRole.TRIGGER:
                fired = by * (step.id in self._fired)
                for count in counts:
                    count.triggers += by
                    count.fired += fired
            if step.id not in self.walked:
                continue
            phase = self.phases[step.id]
            done = by * (phase in _SETTLED)
            troubled = by * (phase in (StepPhase.FAILED, StepPhase.UNKNOWN))
            for count in counts:
                count.total += by
                count.done += done
                count.troubled += troubled

    def _follow(self, state: RunState, steps: list[Step]) -> bool:
        """Bring these up to date; whether any is different now. Fifty hosts that begin change a step fifty times."""
        before = [self._shown(step) for step in steps]
        self._add(steps, -1)
        for step in steps:
            self._look(state, step)
        self._add(steps, 1)
        now = [self._shown(step) for step in steps]
        if now == before:
            return False
        if [walked for _, walked, _ in now] != [walked for _, walked, _ in before]:
            self._list()
            return True
        phases = list(self.walk_phases)
        for step in steps:
            if (place := self._places.get(step.id)) is not None:
                phases[place] = self.phases[step.id]
        self.walk_phases = tuple(phases)
        if [phase in _SETTLED for phase, *_ in now] != [phase in _SETTLED for phase, *_ in before]:
            self.unsettled = tuple(step for step in self.walk if self.phases[step] not in _SETTLED)
        return True

    def in_trouble(self, step: str) -> bool:
        """Failed, of unknown outcome, or a condition that holds."""
        return self.phases[step] in (StepPhase.FAILED, StepPhase.UNKNOWN) or step in self._fired

    def next_trouble(self, after: str | None = None) -> str | None:
        """The next step that wants somebody, wrapping round; those of the walk and conditions that hold."""
        ids = [step.id for step in self.runbook.steps]
        cut = ids.index(after) + 1 if after in ids else 0
        return next((step for step in ids[cut:] + ids[:cut] if self.in_trouble(step)), None)

    def next_open(self, after: str | None = None, *, trouble_first: bool = False) -> str | None:
        """The next unsettled step of the walk, wrapping round."""
        if trouble_first:
            for step_id in self.walk:
                if self.phases[step_id] is StepPhase.UNKNOWN:
                    return step_id
        if not self.unsettled:
            return None
        place = self._places.get(after) if after is not None else None
        from_here = place + 1 if place is not None else self._cut(after)
        return self.unsettled[
            bisect_left(self.unsettled, from_here, key=self._places.__getitem__) % len(self.unsettled)
        ]

    def _cut(self, after: str | None) -> int:
        """Where a step that is not of the walk stands among those that are."""
        if after not in self.runbook.step_by_id:
            return 0
        line = self.runbook.step_by_id[after].line
        steps = self.runbook.step_by_id
        return next((n for n, step in enumerate(self.walk) if steps[step].line > line), 0)
