"""Where a command is typed whose own words name no place, known from the rest of the document.

A tool that the document has only typed on another machine is typed there again; and what administers a machine, its
services, packages and system files, is for one of the machines that the document has gone to before. None of it is
offered here: which machine it is, nobody has said.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator

from runbook_tui.document import administration, elsewhere, hosts, programs, prompts, sessions
from runbook_tui.document.draft import Draft
from runbook_tui.document.runbook import Command, Source

_ANYWHERE = (
    programs.READERS | programs.CONSOLES | programs.REPLS | programs.SHELLS | programs.EDITORS
) - administration.PROGRAMS
_ANYWHERE |= administration.HANDLE_FILES | programs.KEYWORDS
_ANYWHERE |= programs.listed(
    """curl wget http https git make tar gzip gunzip zip unzip zstd mkdir sed awk gawk find xargs openssl ssh scp rsync
    sftp nc ncat pip pip3 npm yarn go cargo mvn docker podman docker-compose pg_dump pg_restore mysqldump source . eval
    exec kill pkill tmux screen dd gpg vault consul nomad"""
)
_LEAVES = frozenset(["exit", "logout", "quit", "\\q"])
_OPENS_NO_MACHINE = programs.CONSOLES | programs.listed("kubectl oc k docker podman nerdctl crictl su sudo")
_FENCED = frozenset([Source.FENCE, Source.INDENTED])
_NEAR = 2  # lines between two commands of one block; there are three from one block to the next


def settle(draft: Draft) -> None:
    """Put into a session what is typed on another machine, as the rest of the document shows."""
    there = [command for command in draft.commands if _there(command)]
    if not there:
        return
    found = {*_typed_there_before(draft, there), *_typed_with_sudo_there(draft, there)}
    found |= {*_administering(draft, there)}
    found |= {*_beside(draft, found)}
    back = _Back(draft)
    for at in found:
        if back.by(draft.commands[at].line):
            continue
        draft.commands[at] = sessions.inside(draft.commands[at], "", None)


class _Back:
    """Where the document is back on one's own machine: a session was left, or the words say so."""

    def __init__(self, draft: Draft) -> None:
        self._events = sorted(
            [(line, True) for line in draft.back]
            + [
                (command.line, left)
                for command in draft.commands
                if (left := command.text.strip() in _LEAVES) or _there(command)
            ]
        )

    def by(self, line: int) -> bool:
        """Whether it is at a line."""
        at = bisect_left(self._events, (line, False))
        return at > 0 and self._events[at - 1][1]


def _typed_there_before(draft: Draft, there: list[Command]) -> Iterator[int]:
    """What begins with a tool that has been typed on another machine before, and never here."""
    first: dict[str, int] = {}
    for command in there:
        if command.source in _FENCED and (tool := administration.tool(command.text)) not in _ANYWHERE:
            first.setdefault(tool, command.line)
    home = {tool for at, tool in _here(draft) if draft.commands[at].line < first.get(tool, 0) or _at_home(draft, at)}
    for at, tool in _here(draft):
        if tool in first and tool not in home and not elsewhere.reaches_out(draft.commands[at].text):
            yield at


def _typed_with_sudo_there(draft: Draft, there: list[Command]) -> Iterator[int]:
    """What a sentence names that a block has typed as root elsewhere: "- [ ] `certbot renew` ok" of the server's."""
    rooted = {_plain(command) for command in there if command.text.startswith("sudo ")}
    for at, tool in _here(draft) if rooted else ():
        command = draft.commands[at]
        inline = command.source is Source.INLINE and tool not in _ANYWHERE and not _at_home(draft, at)
        if inline and _plain(command) in rooted:
            yield at


def _administering(draft: Draft, there: list[Command]) -> Iterator[int]:
    """What administers a machine, after the document has gone to one, unless it has administered this one."""
    gone = min((command.line for command in there if _on_a_machine(command)), default=None)
    if gone is None:
        return
    found = [at for at, _ in _here(draft) if administration.administers(draft.commands[at].text)]
    if not any(draft.commands[at].line < gone or _at_home(draft, at) for at in found):
        yield from found


def _beside(draft: Draft, found: Collection[int]) -> Iterator[int]:
    """What stands in one block with it."""
    apart = _OPENS_NO_MACHINE | {"scp", "rsync", "sftp"}
    free = {at for at, tool in _here(draft) if tool not in apart and draft.commands[at].source in _FENCED}
    free -= {*found}
    for step in (1, -1):
        for start in found:
            at = start
            while at + step in free and _same_block(draft.commands[at], draft.commands[at + step]):
                at += step
                yield at


def _same_block(one: Command, other: Command) -> bool:
    above, below = sorted((one, other), key=lambda command: command.line)
    return one.source in _FENCED and one.section == other.section and below.line - above.end_line <= _NEAR


def _there(command: Command) -> bool:
    """Whether the words, a session or its prompt put a command on another machine."""
    return command.in_session or (command.prompt is not None and hosts.of_prompt(command.prompt) is not None)


def _here(draft: Draft) -> Iterator[tuple[int, str]]:
    """What would be offered to run here, whose words name no place: where it stands, and its tool."""
    for at, command in enumerate(draft.commands):
        if (
            command.why_not in {None, "placeholder"}
            and not command.in_session
            and not command.opens_session
            and command.target is None
            and command.said_target is None
            and not elsewhere.service(command.text)
        ):
            yield at, administration.tool(command.text)


def _at_home(draft: Draft, at: int) -> bool:
    return draft.commands[at].line in draft.here


def _on_a_machine(command: Command) -> bool:
    """Whether a session is one on a machine: no console, no container, no other account."""
    prompt = prompts.match(f"{command.prompt} x") if command.prompt else None
    if prompt is not None and prompt.kind != prompts.SHELL:
        return False
    opener = command.annotations.get("session", "").split()
    return not opener or programs.name_of(opener[0]) not in _OPENS_NO_MACHINE


def _plain(command: Command) -> str:
    return " ".join(command.text.removeprefix("sudo ").split())
