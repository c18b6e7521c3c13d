"""Small runbooks made by hand: the fold and its company need no parser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from runbook_tui.document.runbook import (
    Command,
    Condition,
    Effect,
    Runbook,
    Section,
    SectionRole,
    SignOff,
    Step,
    StepKind,
    StepRole,
)
from runbook_tui.run.events import AnyEvent, Record

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def section(id_: str, role: SectionRole = SectionRole.PHASE, parent: str | None = None, line: int = 1) -> Section:
    return Section(id=id_, title=id_.title(), level=2, line=line, end_line=line, role=role, parent=parent)


def command(id_: str, text: str = "true", **fields: object) -> Command:
    return Command(
        id=id_,
        text=text,
        line=1,
        end_line=1,
        language="bash",
        section="deploy",
        **{"step": id_.split(".", maxsplit=1)[0], **fields},
    )


def step(id_: str, kind: StepKind = StepKind.CHECK, section_: str = "deploy", **fields: object) -> Step:
    return Step(id=id_, kind=kind, title=id_.title(), line=1, end_line=1, section=section_, **fields)


def runbook(
    steps: list[Step],
    commands: list[Command] | None = None,
    sections: list[Section] | None = None,
    signoffs: list[SignOff] | None = None,
    triggers: list[Condition] | None = None,
) -> Runbook:
    return Runbook(
        title="A deployment",
        source="deploy.md",
        sha256="0" * 64,
        encoding_repaired=False,
        lines=(),
        sections=tuple(sections or [section("deploy")]),
        steps=tuple(steps),
        commands=tuple(commands or []),
        triggers=tuple(triggers or []),
        rollback_sections=(),
        rollback_commands=(),
        conditions=(),
        signoffs=tuple(signoffs or []),
        fields=(),
        placeholders=(),
        windows=(),
        findings=(),
    )


def two_commands() -> Runbook:
    """One command step of two commands, the first changing, the second reading."""
    commands = [command("up.1", "touch flag", effect=Effect.CHANGE), command("up.2", "cat flag", effect=Effect.READ)]
    return runbook([step("up", StepKind.COMMAND, commands=("up.1", "up.2"))], commands)


def with_way_back() -> Runbook:
    """A changing step with its own undo, a rollback procedure of a command and a manual item, and a trigger."""
    sections = [
        section("deploy"),
        section("rollback", SectionRole.ROLLBACK),
        section("triggers", SectionRole.TRIGGERS, parent="rollback"),
    ]
    commands = [
        command("up.1", "touch flag", undo="rm flag"),
        command("look.1", "cat flag", effect=Effect.READ),
        command("back.1", "restore", rollback=True),
    ]
    steps = [
        step("up", StepKind.COMMAND, commands=("up.1",)),
        step("look", StepKind.COMMAND, commands=("look.1",)),
        step("seen"),
        step("errors", section_="triggers", role=StepRole.TRIGGER),
        step("back", StepKind.COMMAND, section_="rollback", commands=("back.1",)),
        step("tell", section_="rollback"),
    ]
    return runbook(steps, commands, sections)


def records(*events: AnyEvent, run: str = "brave-otter", first: int = 1, actor: str = "ana@bastion") -> list[Record]:
    return [
        Record(
            run=run,
            seq=first + index,
            at=START + timedelta(seconds=index),
            actor=actor,
            epoch=1,
            event=event,
            prev=f"{first + index - 1:064x}",
            hash=f"{first + index:064x}",
        )
        for index, event in enumerate(events)
    ]
