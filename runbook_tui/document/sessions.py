"""A session that one block opens and a later one is typed in: known by the words, the prompts, or where it is left."""

from __future__ import annotations

import re

from msgspec.structs import replace

from runbook_tui.document import elsewhere, hosts, programs, syntax
from runbook_tui.document.draft import Draft, Place
from runbook_tui.document.fences import Group
from runbook_tui.document.judgement import Typed
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Command, Source

_INSIDE = expression(  # words that send the reader back into a shell that an earlier block opened
    r"\b(?:on|inside|in|within|from|at)\s+(?:the |this |that |your |each |a )?(?:[\w-]+ ){0,2}?(?:host|node"
    r"|container|pod|instance"
    r"|vm|bastion|jump ?host|debug (?:pod|shell)|session|shell|prompt|console|psql|mysql|redis-cli|toolbox"
    r"|chroot|there)\b"
    r"|\b(?:once|after|when|now that) (?:you(?:'re|’re| are| have)? )?(?:connected|logged|inside|in the|ssh)",
    re.IGNORECASE,
)
_CONTAINERS = frozenset(["kubectl", "oc", "docker", "podman", "crictl", "nerdctl", "helm"])


def carry_on(draft: Draft, groups: list[Group], place: Place) -> None:
    """A block that the words or its prompts put into the session an earlier block of the section has left open."""
    typed = [item for group in groups for item in group.typed]
    left = draft.session
    if left is not None and (left[0] is place.part or place.part.pseudo) and (end := _closing(typed)) is not None:
        _belong(draft, left[4], left[1], left[3])
        for item in typed[: end + 1]:
            item.in_session, item.session, item.host = True, left[1], left[3] or None
        draft.session = None
        return
    if (
        left is not None
        and (left[0] is place.part or place.part.pseudo)
        and not any(item.in_session or item.opens_session for item in typed)
    ):
        rooted = typed[0].prompt == "#"
        told = place.lead and len(place.lead) < 300 and _INSIDE.search(place.lead)
        own = hosts.of_prompt(typed[0].prompt) if typed[0].prompt else None
        if rooted or told or (own is not None and own == left[3]) or (left[2] and _still_inside(left[1], typed)):
            for item in typed:
                item.in_session, item.session, item.host = True, left[1], left[3] or None
                if item.closes_session:
                    draft.session = None
                    return
            return
    opener = next((item for item in reversed(typed) if item.opens_session), None)
    if opener is None:
        if draft.rooted is not None and typed[0].prompt == "#":  # root's prompt again, in a later section
            for item in typed:
                item.in_session, item.session, item.host = True, draft.rooted[0], draft.rooted[1]
        return
    if any(item.prompt == "#" for item in typed if item.line > opener.line):
        draft.rooted = opener.text.split("\n", 1)[0], opener.inner
    closed = any(item.closes_session for item in typed if item.line > opener.line)
    alone = opener is typed[-1]
    draft.session = None if closed else (place.part, opener.text.split("\n", 1)[0], alone, opener.inner, opener.line)


def put(
    draft: Draft, block: Block, groups: list[Group], place: Place, spot: elsewhere.Spot | None, *, words: str
) -> None:
    """Put what a block holds where the words over it, its comments or a session before it say that it is typed."""
    items = [item for group in groups for item in group.typed]
    if spot is None and (name := been_to(draft, place.lead)):
        spot = elsewhere.Spot(here=False, host=name)
    if spot is not None and spot.here and not any(item.closes_session for item in items):
        draft.here.update(range(block.line, block.end_line + 1))
    else:
        carry_on(draft, groups, place)
    if spot is not None and not spot.here:
        elsewhere.put(items, spot)
    elif spot is None:
        elsewhere.put_where_told(items, words)
    if spot is None or spot.here:
        by_comments(draft, groups)
    if spot is None and draft.away:
        elsewhere.put(items, elsewhere.Spot(here=False), everything=True)


def been_to(draft: Draft, before: str, after: str = "") -> str:
    """The machine that words name and the document has gone to before: "ssh oldmail", later "On oldmail: `x`"."""
    names = elsewhere.names(before, after)
    gone = {one.said_target.rpartition("@")[2] for one in draft.commands if one.said_target} if names else set()
    return next((name for name in names if name in gone), "")


def by_comments(draft: Draft, groups: list[Group]) -> None:
    """Put what the comments of a block put on another machine there, each up to the next that names a place."""
    there: elsewhere.Spot | None = None
    for group in groups:
        there = elsewhere.put_by_comment(group.typed, [group.title or "", *group.notes], there)
        if there is not None and there.here:
            draft.here.update(range(group.typed[0].line, group.typed[-1].end_line + 1))


_NEAR = 4  # lines between what is typed in a session and a sentence that goes on in it


def goes_on(draft: Draft, typed: Typed, place: Place) -> bool:
    """Whether a sentence right below what is typed in a session goes on there: "Then `systemctl restart x`."."""
    last = draft.commands[-1] if draft.commands else None
    if last is None or not last.in_session or last.source is Source.INLINE or last.section != place.part.id:
        return False
    left = last.text.split("\n", 1)[0].strip() in {"exit", "logout", "quit", "\\q"}
    return not left and 0 < typed.line - last.end_line <= _NEAR and not elsewhere.service(typed.text)


def by_variables(draft: Draft) -> None:
    """Who uses a variable that is only set inside a session is in that session: elsewhere it would be empty."""
    only: dict[str, Command] = {}
    for command in draft.commands:
        if command.in_session and "=" in command.text:
            for name in syntax.variables_set(command.text):
                only.setdefault(name, command)
    for command in draft.commands if only else ():
        if not command.in_session and "=" in command.text:
            for name in syntax.variables_set(command.text):
                only.pop(name, None)
    if not only:
        return
    for at, command in enumerate(draft.commands):
        if not command.runnable or command.in_session or command.opens_session or "$" not in command.text:
            continue
        where = next((only[name] for name in syntax.variables_used(command.text) if name in only), None)
        if where is not None and where.line < command.line:
            draft.commands[at] = inside(command, where.annotations.get("session", ""), where.said_target)


def inside(command: Command, session: str, host: str | None) -> Command:
    """A command as one that is typed in a session; `host`: where that is, if it is known."""
    return replace(
        command,
        in_session=True,
        runnable=False,
        why_not="session" if command.why_not in {None, "placeholder", "unlabelled", "broken-line"} else command.why_not,
        said_target=host or command.said_target,
        annotations={**command.annotations, "session": session},
    )


def _closing(typed: list[Typed]) -> int | None:
    """Where a block leaves a session that it did not open."""
    for at, item in enumerate(typed):
        if item.in_session or item.opens_session:
            return None
        if item.closes_session:
            return at
    return None


def _belong(draft: Draft, line: int, session: str, host: str | None) -> None:
    """What was typed below `line` turns out to belong to the session opened there: only now it is left."""
    for at in reversed(range(len(draft.commands))):
        command = draft.commands[at]
        if command.line <= line:
            return
        if command.source is Source.FENCE and not command.in_session and command.line not in draft.here:
            draft.commands[at] = inside(command, session, host)


def _still_inside(opener: str, typed: list[Typed]) -> bool:
    """After a block that does nothing but enter a machine comes what is typed there.

    Who types the tool that opened the session is back outside.
    """
    tool = programs.name_of(programs.unwrapped(opener.split())[0])
    outside = _CONTAINERS if tool in _CONTAINERS else {tool, "scp", "rsync"}
    return not any(outside & {programs.name_of(word) for word in item.text.split()[:2]} for item in typed)
