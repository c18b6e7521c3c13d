"""Commands into the draft: from fences, indented code and inline code."""

from __future__ import annotations

import re
from typing import Any

from runbook_tui.document import annotation, fences, ids, markdown, outline, placeholders, shell
from runbook_tui.document.conditions import ROLL
from runbook_tui.document.draft import Draft, Place, StepDraft
from runbook_tui.document.fences import Group
from runbook_tui.document.markdown import Block
from runbook_tui.document.outline import Part
from runbook_tui.document.runbook import Behaviour, Command, SectionRole, Severity, Source, StepKind
from runbook_tui.document.shell import Typed

SHORT = 100  # characters of a lead-in that may title a step
_ROLLED = re.compile(rf"^(?:quick |emergency |immediate |manual )?{ROLL}\b", re.IGNORECASE)
_EFFECTS_WITHOUT_HANDS = frozenset({"env-file", "output", "config"})


def of_block(draft: Draft, block: Block, place: Place) -> bool:
    """Take the commands of a fence or of indented code; False when it holds none."""
    language, said = annotation.info_string(block.info) if block.kind == "fence" else ("", {})
    outline.report_unknown(said, block.line, draft.findings)
    said = {**place.said, **said}
    first, last = _content(block)
    lines = draft.lines[first - 1 : last]
    if block.kind == "fence":
        lines = block.raw.rstrip("\n").split("\n") if block.raw else []
    else:
        lines = block.raw.rstrip("\n").split("\n")
    fence = fences.read(lines, first, language, place.lead, draft.used)
    if fence.too_large:
        draft.find(
            "RB132",
            Severity.WARNING,
            block.line,
            "A code block of more than 64 KB was not read as commands: put it into a script.",
        )
    if not fence.groups:
        if fence.left and fences.is_shell(language):
            draft.find(
                "RB135", Severity.INFO, block.line, "A shell block holds nothing but comments and gives no command."
            )
        return False
    _report(draft, block, fence.groups, said)
    source = Source.FENCE if block.kind == "fence" else Source.INDENTED
    for index, group in enumerate(fence.groups):
        step = place.parent if place.parent is not None else _step(draft, group, place, first_group=index == 0)
        _into(draft, step, place, group, language=language, source=source, said=said)
    last_step = place.parent or draft.steps[-1]
    last_step.end_line = max(last_step.end_line, block.end_line)
    if fence.left:
        last_step.prose.append("\n".join(f"# {comment.text}" for comment in fence.left))
        draft.find(
            "RB135",
            Severity.INFO,
            fence.left[0].line,
            "A comment with no command after it is shown with the step before it.",
        )
    return True


def of_inline(draft: Draft, block: Block, step: StepDraft, place: Place) -> None:
    """Take the commands an item names in inline code."""
    for code in markdown.code_spans(block):
        if not shell.looks_typed(code):
            continue
        typed = shell.understand(code.strip())
        offset = next((index for index, row in enumerate(block.raw.split("\n")) if code in row), 0)
        typed.line = typed.end_line = block.line + offset
        if typed.problem is None or placeholders.find(code):
            step.commands.append(_command(draft, typed, step, place.part, said={}))


def _content(block: Block) -> tuple[int, int]:
    if block.kind != "fence":
        return block.line, block.end_line
    return block.line + 1, block.end_line - (1 if block.closed else 0)


def _step(draft: Draft, group: Group, place: Place, *, first_group: bool) -> StepDraft:
    """The step that a group of commands is."""
    title = group.title
    lead = place.lead.rstrip(":").strip()
    if title is None and first_group and lead and len(lead) <= SHORT and not fences.expected_output(place.lead):
        title = lead
    if title is None and group.typed[0].problem in _EFFECTS_WITHOUT_HANDS:
        title = place.part.title
    if title is None:
        title = next((row.strip() for row in group.typed[0].text.split("\n") if row.strip()), "command")
    end = max(typed.end_line for typed in group.typed)
    step = draft.step(StepKind.COMMAND, title[:200], group.line, end, place)
    step.prose += group.notes
    return step


def _into(
    draft: Draft, step: StepDraft, place: Place, group: Group, *, language: str, source: Source, said: dict[str, Any]
) -> None:
    for key in ("name", "gate", "tag", "retry", "skip"):
        if key in said:
            step.annotations[key] = said[key]
    step.optional = step.optional or annotation.flag(said.get("skip", False)) is True
    rolled = _ROLLED.match(group.title or "") is not None
    for index, typed in enumerate(group.typed):
        own = dict(said)
        if index < len(group.typed) - 1:  # they speak of what the whole block does
            own.pop("rollback", None)
            own.pop("expect", None)
        step.commands.append(
            _command(
                draft,
                typed,
                step,
                place.part,
                language=language,
                source=source,
                said=own,
                expect=group.expect.get(index),
                rolled=rolled,
            )
        )


def _command(
    draft: Draft,
    typed: Typed,
    step: StepDraft,
    part: Part,
    *,
    language: str = "",
    source: Source = Source.INLINE,
    said: dict[str, Any],
    expect: str | None = None,
    rolled: bool = False,
) -> str:
    name = draft.command_names.claim(f"{step.id}#{ids.digest(typed.text, 8)}")
    values = {**_inherited(draft, part, step), **said, **_besides(draft, name, step)}
    blanks = placeholders.texts(typed.text)
    hidden = "".join(draft.hidden.get(line, "") for line in range(typed.line, typed.end_line + 1))
    problem = typed.problem
    if hidden:
        problem = "control-characters"
        codes = ", ".join(f"U+{ord(mark):04X}" for mark in dict.fromkeys(hidden))
        message = f"A command hides control characters ({codes}) and will not run: type it anew in the document."
        draft.find("RB104", Severity.ERROR, typed.line, message)
    elif problem in {None, "unlabelled"} and typed.in_session:
        problem = "session"
    elif problem is None and blanks:
        problem = "placeholder"
    if "\u00a0" in typed.text:
        message = (
            "A command contains no-break spaces, which a shell takes for letters: replace them by ordinary blanks."
        )
        draft.find("RB106", Severity.WARNING, typed.line, message)
    behaviour = typed.behaviour
    if (wanted := annotation.flag(values.get("interactive", ""))) is not None:
        behaviour = Behaviour.INTERACTIVE if wanted else None
    if annotation.flag(values.get("background", False)) and behaviour is Behaviour.ENDLESS:
        behaviour = None
    timeout = annotation.seconds(values["timeout"]) if "timeout" in values else None
    if "timeout" in values and timeout is None:
        draft.find(
            "RB112", Severity.WARNING, typed.line, "A timeout is no duration and was not used: write it like 30s or 5m."
        )
    command = Command(
        id=name,
        text=typed.text,
        line=typed.line,
        end_line=typed.end_line,
        language=language,
        section=part.id,
        step=step.id,
        source=source,
        runnable=problem is None,
        why_not=problem,
        prompt=typed.prompt,
        placeholders=blanks,
        effect=typed.effect,
        behaviour=behaviour,
        opens_session=typed.opens_session,
        in_session=typed.in_session,
        rollback=part.role is SectionRole.ROLLBACK or rolled,
        target=_text(values.get("target")),
        cwd=_text(values.get("cwd")),
        timeout=timeout,
        expect=_text(values.get("expect")) or expect,
        undo=_text(values.get("rollback")),
        confirm=annotation.flag(values.get("confirm", False)) is True,
        secrets=annotation.names(values["secret"]) if "secret" in values else (),
        env=annotation.variables(values["env"]) if "env" in values else {},
        annotations=said,
    )
    draft.commands.append(command)
    return name


def _inherited(draft: Draft, part: Part, step: StepDraft) -> dict[str, Any]:
    """What the document, the sections outside in and the step say for all their commands."""
    scopes: list[dict[str, Any]] = [step.annotations]
    above: Part | None = part
    while above is not None:
        scopes.append(above.annotations)
        above = above.parent
    scopes.append(dict(draft.defaults))
    return {key: value for scope in reversed(scopes) for key, value in scope.items() if key in annotation.INHERITED}


def _besides(draft: Draft, command: str, step: StepDraft) -> dict[str, Any]:
    """What the sidecar says of this section, step or command."""
    found: dict[str, Any] = {}
    for kind, name in (("sections", step.part.id), ("steps", step.id), ("commands", command)):
        scope = draft.sidecar.get(kind)
        said = scope.get(name) if isinstance(scope, dict) else None
        if isinstance(said, dict):
            found.update(said)
    return found


def _report(draft: Draft, block: Block, groups: list[Group], said: dict[str, Any]) -> None:
    typed = [item for group in groups for item in group.typed]
    whole = next((item.problem for item in typed if item.problem in _EFFECTS_WITHOUT_HANDS), None)
    if whole is not None:
        what = {"env-file": "settings of an environment file", "output": "output", "config": "configuration"}[whole]
        draft.find(
            "RB134", Severity.INFO, block.line, f"Text in a shell block was read as {what} and is not offered to run."
        )
    if any(item.problem == "unlabelled" for item in typed):
        draft.find(
            "RB140",
            Severity.INFO,
            block.line,
            "Commands in a block without a language are offered but not run: label it bash.",
        )
    for item in typed:
        if item.split_backslash:
            draft.find(
                "RB133",
                Severity.WARNING,
                item.line,
                "A backslash followed by a blank does not continue the line: remove the blank.",
            )
        elif item.problem == "not-shell":
            draft.find(
                "RB131",
                Severity.WARNING,
                item.line,
                "Text in a shell block is no command a shell can read and is not run: correct it or change the label.",
            )
    opener = next((item for item in typed if item.opens_session), None)
    if opener is not None and any(item.in_session for item in typed) and "target" not in said:
        message = (
            "What follows this command belongs to the session it opens and is not run here: give the block a target."
        )
        draft.find("RB136", Severity.INFO, opener.line, message)


def _text(value: object) -> str | None:
    return str(value) if value is not None and not isinstance(value, (bool, dict, list)) else None
