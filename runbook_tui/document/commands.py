"""Commands into the draft: from fences, indented code and inline code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from runbook_tui.document import (
    annotation,
    elsewhere,
    fence_findings,
    fences,
    house,
    ids,
    letters,
    markdown,
    mentions,
    others,
    outline,
    placeholders,
    programs,
    sessions,
    shell,
    sidecar,
    tables,
    traces,
    warned,
    ways_back,
)
from runbook_tui.document.conditions import ROLL
from runbook_tui.document.draft import Draft, Place, StepDraft
from runbook_tui.document.fences import Group
from runbook_tui.document.judgement import Typed
from runbook_tui.document.markdown import Block
from runbook_tui.document.outline import Part
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Behaviour, Command, Effect, SectionRole, Severity, Source, StepKind

SHORT = 100  # characters of a lead-in that may title a step
_WAY_BACK = expression(  # how it is done may stand among the conditions: "Going back: `helm rollback portal`, then"
    rf"^\W*(?:the\s+|our\s+|how\s+to\s+|to\s+|for\s+)?(?:{ROLL}|(?:go|going|get|getting|way|switch|switching)\s+back|undo)\b"
    r"[^.:,]{0,40}[:,]",
    re.IGNORECASE,
)
_DOING = expression(  # over a column of what is done; "Method" and "Value" tell facts
    r"\b(?:commands?|actions?|do|does|run|how|steps?|what|tasks?|fix|remedy|resolution|mitigation|response|instructions?|check"
    r"|procedure|roll-?\s?back|back-?out|undo|test|verif\w+|then|next|where|try|diagnos\w+|look)\b",
    re.IGNORECASE,
)
_MAY_BE_AWAY = expression(
    r"not on your|[Aa]ll (?:(?:the )?`?[\w-]+`? )?commands|[Ff]rom (?:here|now|this point|then) on|for the rest"
    r"|(?:[Ee]verything|[Aa]ll (?:of )?(?:this|that|it|steps))\b[\w ]{0,60}\bon"
)


def of_block(draft: Draft, block: Block, place: Place) -> bool:
    """Take the commands of a fence or of indented code; False when it holds none."""
    said = annotation.info_string(block.info)[1] if block.kind == "fence" else {}
    language, directive = fences.language_of(block.info) if block.kind == "fence" else ("", False)
    outline.report_unknown(said, block.line, draft.findings)
    said = {**place.said, **said}
    lines = block.raw.rstrip("\n").split("\n") if block.raw else []
    lines, skipped = fences.body(lines, directive=directive)
    first = block.line + skipped + (1 if block.kind == "fence" else 0)
    # a line with a colon, alone over a block, has become a heading and lost it
    lead = f"{place.lead}:" if place.part.pseudo and place.lead == place.part.title else place.lead
    words = lead or place.ask or (place.parent.title if place.parent is not None else "")
    spot = elsewhere.spot(words)
    away = spot is not None and not spot.here and lead.endswith(":")
    told = fences.first_words(lines) if away else ()  # what follows is typed, whatever its name
    fence = fences.read(
        lines, first, language, lead, draft.used, tools=draft.tools, heading=place.part.title, told=told
    )
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
    _not_ours(fence, others.ended(words, draft.lines, block.line), place)
    if not said.get("target"):  # else the block says itself where it goes, whatever the words around it do
        sessions.put(draft, block, fence.groups, place, spot or elsewhere.titled(place.part.title), words=words)
    fence_findings.report(draft, block, fence, said)
    source = Source.DIRECTIVE if directive else Source.FENCE if block.kind == "fence" else Source.INDENTED
    last_change = _last_change(fence.groups)
    above = place.parent if not place.only_then else None  # what is for a failure is not done with the rest
    back = bool(place.returns) or ways_back.leads(place.lead)
    for index, group in enumerate(fence.groups):
        step = above if above is not None else _step(draft, group, place, first_group=index == 0)
        rolled = back or ways_back.leads(group.title or "")
        _into(
            draft,
            step,
            place,
            group,
            language=language,
            source=source,
            said=said,
            last_change=last_change,
            rolled=rolled,
        )
    last_step = above or draft.steps[-1]
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


def _not_ours(fence: fences.Fence, over: str, place: Place) -> None:
    """Mark what the words over a block warn of, what a machine runs by itself, and what somebody else types."""
    alone, others_type = others.runs_alone(over), others.types(over)
    for group in fence.groups:
        forbidden = warned.over(over, place.part.title, group.title or "")
        for item in group.typed:
            if item.problem in {None, "unlabelled"} and (forbidden or warned.beside(item.text)):
                item.problem = "forbidden"
            elif item.problem in {None, "unlabelled"} and alone:
                item.problem = "mentioned"
            item.in_session = item.in_session or others_type


def of_inline(draft: Draft, block: Block, step: StepDraft, place: Place) -> None:
    """Take the commands a box or an item of a procedure names in inline code."""
    of_whereabouts(draft, block)
    for mention in mentions.find(block.raw, task=True, tools=draft.tools):
        _mentioned(draft, mention, block, step, place)


_LOOKED_UP = expression(r"\(\s*`[^`]+`\s*\)\W*$")


def of_condition(draft: Draft, block: Block, place: Place) -> None:
    """Take the command that a condition gives in brackets to look with: "the replica is behind (`./lag.sh gbg`)"."""
    if "`" not in block.raw or not _LOOKED_UP.search(block.raw):
        return
    found = list(mentions.find(block.raw, task=True, tools=draft.tools))
    if found and found[-1].before.endswith("("):
        _mentioned(draft, found[-1], block, None, place)


def of_whereabouts(draft: Draft, block: Block) -> None:
    """Take in where words say that all that follows is typed."""
    if _MAY_BE_AWAY.search(block.raw) and elsewhere.all_there(block.text):
        draft.away = True
    elif draft.away and elsewhere.home_again(block.text):
        draft.away = False
        draft.back.append(block.line)


def of_prose(draft: Draft, block: Block, place: Place) -> None:
    """Take the commands that a sentence asks for: a step of their own, or part of the step they stand in."""
    of_whereabouts(draft, block)
    if "`" not in block.raw:
        return
    if _no_hands(place) and (
        place.signing or not (_WAY_BACK.match(block.text) or mentions.labelled(block.raw, draft.tools))
    ):
        return
    found = list(mentions.find(block.raw, task=False, tools=draft.tools))
    if not found:
        return
    step = place.parent
    if step is None and any(mention.asked or mention.fenced for mention in found):
        line = max(block.line, draft.steps[-1].line if draft.steps else 1)  # blanks of the same lines come first
        step = draft.step(StepKind.COMMAND, block.text[:200], line, max(line, block.end_line), place)
    for mention in found:
        _mentioned(draft, mention, block, step, place)


def of_texts(draft: Draft, block: Block, place: Place, before: str = "") -> None:
    """Take the commands in the paragraphs of a list or quote that is shown as it is; a letter has none.

    `before`: the words right before it, where they are not those of the place.
    """
    words = before or place.lead or place.ask
    if block.kind == "quote" and block.children and letters.is_letter(block.children[0].text, words):
        return
    if block.kind == "list" and not block.ordered and words.endswith(":") and letters.is_letter("", words):
        return
    above = ""
    for child in block.children:
        if child.kind == "paragraph":
            of_prose(draft, child, place)
            above = child.text
        else:
            of_texts(draft, child, place, above)


def of_table(draft: Draft, block: Block, place: Place, steps: Mapping[int, StepDraft]) -> None:
    """Take the commands in the cells of a table: asked for where a cell holds nothing else.

    `steps`: those that rows of the table are already, by line.
    """
    if _no_hands(place):
        return
    header = [markdown.plain(name) for name in block.rows[0][1]]
    of_row: dict[int, StepDraft] = {}  # where a row also says how it is taken back
    returning = {at for at, name in enumerate(header) if ways_back.column(name)}
    headed = {at: there for at, name in enumerate(header) if (there := elsewhere.headed(name)) is not None}
    barred = {at for at, name in enumerate(header) if name and warned.over(f"{name}:", name, "")}
    hosts = next((at for at, name in enumerate(header) if elsewhere.hosts_column(name)), len(header))
    for line, cells in block.rows[1:]:
        of_row_host = elsewhere.of_cell(markdown.plain(cells[hosts])) if hosts < len(cells) else None
        for at, cell in enumerate(cells):
            found = list(mentions.find(cell, task=line in steps, tools=draft.tools)) if "`" in cell else []
            if not found:
                continue
            alone = mentions.alone(cell) and not programs.incomplete(found[0].code)
            does = alone or line in steps or (at < len(header) and _DOING.search(header[at]) is not None)
            words = [text for text in map(markdown.plain, cells) if text and "`" not in text]
            title = next((text for text in words if not tables.numbered(text)), words[0] if words else "")
            step = of_row.get(line, steps.get(line, place.parent))
            if step is None and (alone or any(mention.asked for mention in found)):
                step = draft.step(StepKind.COMMAND, title[:200] or found[0].code[:200], line, line, place)
                if returning:
                    of_row[line] = step
            for mention in found:
                typed = _typed(mention, line, asked=alone or (mention.asked and (does or mention.before != "")))
                if typed is not None:
                    typed.problem = "forbidden" if typed.problem is None and at in barred else typed.problem
                    there = headed.get(at) or (of_row_host if at != hosts else None)
                    if typed.problem is None and there is not None:
                        elsewhere.put([typed], there)
                        typed.problem = "session" if typed.in_session else None
                    elif typed.problem is None and draft.away:
                        typed.problem, typed.in_session = "session", True
                    _take(draft, typed, step, place, Source.TABLE, rolled=at in returning)
    _row_by_row(draft.steps, block.line)


def _row_by_row(steps: list[StepDraft], first: int) -> None:
    """Put the steps from a line on in the order of their rows: what is done before who signs for it."""
    start = len(steps)
    while start and steps[start - 1].line >= first:
        start -= 1
    steps[start:] = sorted(steps[start:], key=lambda step: (step.line, step.kind is StepKind.SIGNOFF))


def _no_hands(place: Place) -> bool:
    return place.polarity is not None or place.signing or place.part.role is SectionRole.TRIGGERS


def _mentioned(draft: Draft, mention: mentions.Mention, block: Block, step: StepDraft | None, place: Place) -> None:
    typed = _typed(mention, min(block.line + mention.row, max(block.end_line, block.line)), asked=mention.asked)
    if typed is not None:
        if elsewhere.at_home(mention.before):
            draft.here.add(typed.line)
        if typed.problem is None and (name := sessions.been_to(draft, mention.before, mention.after)):
            elsewhere.put([typed], elsewhere.Spot(here=False, host=name))
            typed.problem = "session" if typed.in_session else None
        elif typed.problem is None and draft.away and not elsewhere.at_home(mention.before):
            typed.problem, typed.in_session = "session", True
        if typed.problem is None and sessions.goes_on(draft, typed, place) and not elsewhere.at_home(mention.before):
            typed.problem, typed.in_session = "session", True
        rolled = bool(place.returns) or ways_back.before(mention.before)
        _take(draft, typed, step, place, Source.INLINE, rolled=rolled)


def _typed(mention: mentions.Mention, line: int, *, asked: bool) -> Typed | None:
    typed = shell.understand(mention.code)
    if typed.problem is not None:
        return None
    typed.line = typed.end_line = line
    if mention.code.split()[0] in house.ROUTER and not mention.code.startswith("copy /"):
        typed.problem = "session"  # typed at a router, not here
    elif mention.code in mentions.LEAVES:
        typed.problem = "session"  # left by hand; the run's own shell stays
    elif mention.fenced:
        typed.problem = "unlabelled"
    elif mention.host or mention.away:
        typed.problem, typed.in_session, typed.host = "session", True, mention.host or None
    elif not asked:
        typed.problem = "mentioned"
    return typed


def _take(draft: Draft, typed: Typed, step: StepDraft | None, place: Place, source: Source, *, rolled: bool) -> None:
    name = _command(draft, typed, step, place.part, source=source, said={}, rolled=rolled)
    if step is not None:
        step.commands.append(name)


def _last_change(groups: list[Group]) -> Typed:
    """The command that an annotation `rollback` before the block takes back: the last one that changes something."""
    typed = [item for group in groups for item in group.typed]
    changing = [item for item in typed if item.effect in {Effect.CHANGE, Effect.DESTROY}]
    return (changing or typed)[-1]


def _step(draft: Draft, group: Group, place: Place, *, first_group: bool) -> StepDraft:
    """The step that a group of commands is."""
    title = group.title
    lead = place.lead.rstrip(":").strip()
    if title is None and first_group and lead and len(lead) <= SHORT and not fences.expected_output(place.lead):
        title = lead
    if title is None and group.typed[0].problem in fence_findings.WITHOUT_HANDS:
        title = place.part.title
    if title is None:
        title = next((row.strip() for row in group.typed[0].text.split("\n") if row.strip()), "command")
    end = max(typed.end_line for typed in group.typed)
    step = draft.step(StepKind.COMMAND, title[:200], group.line, end, place)
    step.prose += group.notes
    return step


def _into(
    draft: Draft,
    step: StepDraft,
    place: Place,
    group: Group,
    *,
    language: str,
    source: Source,
    said: dict[str, Any],
    last_change: Typed,
    rolled: bool,
) -> None:
    for key in ("name", "gate", "tag", "retry", "skip"):
        if key in said:
            step.annotations[key] = said[key]
    step.optional = step.optional or annotation.flag(said.get("skip", False)) is True
    for index, typed in enumerate(group.typed):
        own = dict(said)
        if index < len(group.typed) - 1:  # they speak of what the whole block does
            own.pop("expect", None)
        if typed is not last_change:
            own.pop("rollback", None)
        if typed.in_session and typed.session:
            own["session"] = typed.session
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
    step: StepDraft | None,
    part: Part,
    *,
    language: str = "",
    source: Source = Source.INLINE,
    said: dict[str, Any],
    expect: str | None = None,
    rolled: bool = False,
) -> str:
    above = step.id if step is not None else part.id
    name = draft.command_names.claim(f"{above}#{ids.digest(typed.text, 8)}")
    beside = _besides(draft, name, typed.text, part, step)
    values = {**_inherited(draft, part, step), **said, **beside}
    blanks = placeholders.texts(typed.text, draft.declared)
    hidden = "".join(draft.hidden.get(line, "") for line in range(typed.line, typed.end_line + 1))
    problem = typed.problem
    if hidden:
        problem = "control-characters"
        codes = ", ".join(f"U+{ord(mark):04X}" for mark in dict.fromkeys(hidden))
        message = f"A command hides control characters ({codes}) and will not run: type it anew in the document."
        draft.find("RB104", Severity.ERROR, typed.line, message)
    elif problem in {None, "unlabelled", "broken-line"} and typed.in_session:
        problem = "session"
    elif problem is None and blanks:
        problem = "placeholder"
    elif problem is None and annotation.flag(values.get("manual", False)):
        problem = "manual"
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
    if traces.KEY in values and (problem_of := traces.read(values[traces.KEY]).problem):
        draft.find(
            "RB116", Severity.ERROR, typed.line, f"What the command must leave cannot be looked for: {problem_of}."
        )
    command = Command(
        id=name,
        text=typed.text,
        line=typed.line,
        end_line=typed.end_line,
        language=language,
        section=part.id,
        step=step.id if step is not None else None,
        source=source,
        runnable=problem is None,
        why_not=problem,
        prompt=typed.prompt,
        placeholders=blanks,
        effect=typed.effect,
        behaviour=behaviour,
        opens_session=typed.opens_session,
        in_session=typed.in_session,
        rollback=part.role is SectionRole.ROLLBACK or rolled or said.get("kind") == "rollback",
        target=_text(values.get("target")),
        said_target=typed.host or typed.goes_to,
        cwd=_text(values.get("cwd")),
        timeout=timeout,
        expect=_text(values.get("expect")) or expect,
        undo=_text(values.get("rollback")),
        confirm=annotation.flag(values.get("confirm", False)) is True,
        secrets=annotation.names(values["secret"]) if "secret" in values else (),
        env=annotation.variables(values["env"]) if "env" in values else {},
        annotations={**said, "gate": beside["gate"]} if "gate" in beside else said,
    )
    draft.commands.append(command)
    at_prompt = problem == "unlabelled" and typed.prompt is not None
    if source in {Source.FENCE, Source.INDENTED} and (problem in {None, "placeholder", "session"} or at_prompt):
        tool = programs.name_of(typed.text.split(maxsplit=1)[0])
        own = _OWN_TOOL.fullmatch(tool) and not programs.known(tool)
        if own or _VARIABLE.fullmatch(tool):  # "$PGB -c 'PAUSE orders;'"
            draft.tools.add(tool)
    return name


_OWN_TOOL = expression(r"[a-z][a-z0-9_-]{2,}")
_VARIABLE = expression(r"\$\{?[A-Z_]\w*\}?")


def _inherited(draft: Draft, part: Part, step: StepDraft | None) -> dict[str, Any]:
    """What the document, the sections outside in and the step say for all their commands."""
    scopes: list[dict[str, Any]] = [step.annotations] if step is not None else []
    above: Part | None = part
    while above is not None:
        scopes.append(above.annotations)
        above = above.parent
    scopes.append(dict(draft.defaults))
    return {key: value for scope in reversed(scopes) for key, value in scope.items() if key in annotation.INHERITED}


def _besides(draft: Draft, command: str, text: str, part: Part, step: StepDraft | None) -> dict[str, Any]:
    """What the sidecar says of this section, step or command."""
    if not draft.sidecar:
        return {}
    found = sidecar.said(draft.sidecar, "sections", part.id, part.title)
    if step is not None:
        found.update(sidecar.said(draft.sidecar, "steps", step.id, step.title))
    found.update(sidecar.said(draft.sidecar, "commands", command, text))
    return found


def _text(value: object) -> str | None:
    return str(value) if value is not None and not isinstance(value, (bool, dict, list)) else None
