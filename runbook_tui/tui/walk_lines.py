"""What stands in the single lines of the walk. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from runbook_tui.document.counting import counted
from runbook_tui.run.by_hand import last_deed
from runbook_tui.run.changes import DocumentDiff
from runbook_tui.run.gauges import Gauge, Light, figure, limit
from runbook_tui.run.ports import StandingPhase
from runbook_tui.run.state import GroupState, JobPhase, JobState, RunState
from runbook_tui.tui import glyphs
from runbook_tui.tui.bars import Hint
from runbook_tui.tui.keymap import Keymap
from runbook_tui.tui.offers import Offer
from runbook_tui.tui.outline_rows import Row
from runbook_tui.tui.pace_lines import pace_parts
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.rows import Part, cut
from runbook_tui.tui.spans import of_seconds
from runbook_tui.tui.standing import Standing
from runbook_tui.tui.step_text import filled
from runbook_tui.tui.terminal_text import safe

WIDE = 100  # columns
LEAST_TITLE = 12  # columns of a step's title that say something
SPACIOUS = 150  # columns from which on titles need not be short
SHORTEST_TITLE = 10  # columns of it that stay whatever stands beside it
SHORTEST_NAME = 8  # columns of who else is here, where there are few
ROOM = 4  # columns between the left and the right of the header, with its edges
OLD = 60.0  # seconds from which on a value shows its age
_FOOTER = (
    "hold",
    "take",
    "next",
    "tick",
    "override",
    "sign",
    "cancel",
    "preflight",
    "adopt",
    "skip",
    "roll_back",
    "note",
    "people",
    "by_hand",
    "output",
    "pane",
    "find",
    "finish",
)


def top(
    view: RunView, standing: Standing, *, light: Light, watching: bool, width: int, others: str = ""
) -> tuple[Sequence[Part], Sequence[Part]]:
    """Which run this is, how far it has come, and who drives it."""
    state = view.state
    left = [(view.runbook.title, "strong"), ("  ", ""), (state.run, "accent")]
    narrow = width < WIDE
    pace: list[Part] = [*pace_parts(view, standing, width=width)]
    pace += [("  ", ""), (f"{standing.whole.done}/{standing.whole.total}", "strong"), (" done", "quiet")]
    right: list[Part] = []
    if others:
        right += [("  ", ""), (f"with {others}" if not narrow else _few(others), "accent")]
    shines = light_parts(view, light, narrow=narrow)
    right += shines
    if not (narrow and shines and _nothing_to_say(view, watching=watching)):  # the light says that all is well
        right.append(("  ", ""))
    if state.outcome is not None:
        mark = glyphs.of_outcome(state.outcome.value)
        right.append((f"{mark.glyph} {mark.word}", mark.colour))
    elif watching:
        right.append(("◦ watching", "warning"))
    elif view.busy:
        right.append(("▶ running", "accent"))
    elif not (narrow and shines):
        right.append(("● ready", "quiet"))
    if watching and state.outcome is None and view.state.open_jobs:
        right += [("  ", ""), ("▶ running", "accent")]
    place = [] if narrow else _place_parts(state, watching=watching)
    while place and sum(cell_len(text) for text, _ in [*left, *pace, *place, *right]) > width - ROOM:
        place = place[:-2]  # the name of the run is wanted in full: what is usual gives way
    ends: list[Part] = [*pace, *place, *right]
    free = width - ROOM - sum(cell_len(text) for text, _ in [*left[1:], *ends])
    left[0] = (cut(view.runbook.title, max(SHORTEST_TITLE, free)), "strong")
    return left, ends


def _few(others: str) -> str:
    """One other by name, more by their number."""
    count = others.count(",") + 1
    return f"+{count}" if count > 1 else f"+{cut(others, SHORTEST_NAME)}"


def _nothing_to_say(view: RunView, *, watching: bool) -> bool:
    return view.state.outcome is None and not watching and not view.busy


def _place_parts(state: RunState, *, watching: bool) -> list[Part]:
    """Where it goes and who drives, the last to be left out first: who watches wants to know who drives."""
    hosts = len(state.hosts.get(state.target, ()))
    where = f"{state.target} ({counted(hosts, 'host')})" if hosts > 1 else state.target
    parts: list[Part] = [("  ", ""), (where, "quiet")]
    drives: list[Part] = [("  ", ""), (f"driver {state.driver.partition('@')[0]}", "quiet")] if state.driver else []
    return [*drives, *parts] if watching else [*parts, *drives]


def strip(
    view: RunView,
    standing: Standing,
    edit: DocumentDiff | None,
    said: tuple[str, bool],
    keymap: Keymap,
    *,
    light: Light,
    width: int,
    here: str | None = None,
    watching: bool = False,
) -> tuple[Sequence[Part], Sequence[Part]]:
    """What wants attention; at the right the rollback conditions and the way back."""
    plan = view.rollback_plan()
    right: list[Part] = []
    whole = standing.whole
    if whole.triggers:
        right.append((f"! {whole.fired} of {whole.triggers} conditions hold   ", "error" if whole.fired else "quiet"))
    if view.state.outcome is not None:
        right = right if whole.fired else []
    elif plan.changed:
        right.append((f"way back: {counted(len(plan.remaining), 'item')}" if plan.items else "no way back", "quiet"))
    else:
        right.append(("nothing changed yet", "quiet"))
    unknown = [job for job in view.state.open_jobs if job.phase is JobPhase.LOST]
    rollback = view.state.rollback
    left: list[Part] = []
    if rollback is not None and rollback.succeeded is False:
        left = [(f"✖ the rollback FAILED: {keymap.shown('walk', 'roll_back')} shows where", "strong error")]
    elif unknown:
        many = "the outcome of a command is" if len(unknown) == 1 else f"the outcomes of {len(unknown)} commands are"
        left = [(f"? {many} unknown: {keymap.shown('walk', 'next')} on the step marked ?", "strong warning")]
    elif view.unheard:
        left = [(f"! no news of this run: {safe(view.unheard)}", "strong warning")]
    elif said[0]:
        left = [(said[0], "warning" if said[1] else "")]
    elif rollback is not None and rollback.finished is None:
        left = [(f"a rollback is under way: {keymap.shown('walk', 'roll_back')} goes on with it", "strong warning")]
    elif edit is not None:
        left = [(f"{edit.sentence}; {keymap.shown('walk', 'adopt')} shows it", "warning")]
    elif view.state.outcome is not None and view.state.outcome_reason:
        left = [(f"{view.state.outcome.value.replace('_', ' ')}: {view.state.outcome_reason}", "quiet")]
    elif trouble := _link_trouble(view):
        left = [("▷ ", "warning"), (trouble, "warning")]
    elif view.busy:
        left = [("▶ ", "accent"), (view.busy, "quiet")]
    elif told := attention(view, light):
        left = [told]
    elif view.state.outcome is None:
        taken = sum(cell_len(text) for text, _ in right)
        left = where_it_stands(view, standing, keymap, width - taken - ROOM, here=here, watching=watching)
    needed = sum(cell_len(text) for text, _ in left) + 3
    while right and right[-1][1] == "quiet" and needed + sum(cell_len(text) for text, _ in right) > width:
        right.pop()  # a sentence is read to its end; what always stands here comes back after it
    return left, right


def where_it_stands(
    view: RunView,
    standing: Standing,
    keymap: Keymap,
    room: int,
    *,
    here: str | None = None,
    watching: bool = False,
) -> list[Part]:
    """What was done last and what takes it back; and where the key leads that goes on from step `here`.

    Titles give way, then what is next; keys do not.

    Who watches takes nothing back: no key of theirs is told for that.
    """
    steps, deed = view.runbook.step_by_id, last_deed(view.state)
    newest = next(reversed(view.state.jobs.values()), None)
    if deed is not None and newest is not None and newest.started > deed.at:
        deed = None  # a command came after it: that is what was done last
    undo, go = keymap.shown("walk", "undo"), keymap.shown("walk", "open_next")
    undoes: list[Part] = [] if watching else [(undo, "accent"), (" takes it back", "quiet")]
    did = f"last: {deed.kind} of “" if deed is not None and deed.step in steps else ""
    following = standing.next_open(here)
    following = following if following != here else None
    last_takes = cell_len(f"{did}” ") + sum(cell_len(text) for text, _ in undoes) + 3 if did else 0
    next_takes = cell_len(f"{go} goes to “”") if following is not None else 0
    free = room - last_takes - next_takes
    if did and following is not None and free < 2 * LEAST_TITLE:
        following, free = None, room - last_takes
    longest = free // 2 if did and following is not None else free
    parts: list[Part] = []
    if did and deed is not None and undoes and room < last_takes + LEAST_TITLE:
        said = f" undoes the {deed.kind} of “"
        title = cut(safe(steps[deed.step].title), max(1, room - cell_len(undo + said) - 1))
        return [(undo, "accent"), (f"{said}{title}”", "quiet")]
    if did and deed is not None:
        title = cut(safe(steps[deed.step].title), max(LEAST_TITLE, min(28 if room < SPACIOUS else 80, longest)))
        free -= cell_len(title)
        parts = [(f"{did}{title}” ", "quiet"), *undoes, ("   ", "")]
    if following is not None:
        title = cut(safe(steps[following].title), max(LEAST_TITLE, min(36 if room < SPACIOUS else 80, free)))
        parts += [(go, "accent"), (" goes to ", "quiet"), (f"“{title}”", "")]
    elif not standing.unsettled and standing.whole.total:
        finish = keymap.shown("walk", "finish")
        parts.append(("nothing is open", "quiet"))
        parts += [] if watching else [(": ", "quiet"), (finish, "accent"), (" completes it", "quiet")]
    return parts


_TROUBLED = (StandingPhase.LOST, StandingPhase.RECONNECTING, StandingPhase.UNREACHABLE, StandingPhase.REFUSED)


def _link_trouble(view: RunView) -> str:
    """Hosts that something runs on and that we have no link to."""
    running = {job.target for job in view.state.open_jobs}
    off = [(host, s) for host, s in view.standings().items() if s.phase in _TROUBLED and host in running]
    if not off:
        return ""
    host, standing = off[0]
    more = f", and {len(off) - 1} more" if len(off) > 1 else ""
    detail = f" ({standing.detail})" if standing.detail else ""
    return f"{host}: {standing.phase.value}{detail}{more}; what runs there goes on"


_LIGHTS = {
    "pass": ("●", "success"),
    "pending": ("○", "quiet"),
    "insufficient": ("?", "warning"),
    "no_data": ("?", "warning"),
    "error": ("!", "warning"),
    "fail": ("✖", "error"),
}


def light_parts(view: RunView, shown: Light, *, narrow: bool) -> list[Part]:
    """The status light: how many of the watched conditions are good, and the worst word."""
    if shown.verdict == "none" or view.state.outcome is not None:
        return []
    glyph, pen = _LIGHTS[shown.verdict]
    if narrow:
        return [("  ", ""), (f"{glyph} {shown.good}/{shown.total} good", pen)]
    word = "" if shown.verdict in ("pass", "fail") else f" {shown.verdict.replace('_', ' ')}"
    return [("  ", ""), (f"{glyph} gates {shown.good}/{shown.total}{word}", pen)]


_SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "=", "!=": "≠"}
_OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}


def value_line(gauge: Gauge) -> str:
    """A condition's newest value beside its threshold, and when it trips: “error rate 12 % > 10 %, trips in 3 min”."""
    if gauge.manual:
        return f"a person judges it: {gauge.detail}"
    if gauge.value is None:
        return gauge.detail or "no value yet"
    sign = _SIGNS.get(gauge.bad if gauge.breaching is not None else _OPPOSITE.get(gauge.bad, ""), "")
    held_to = f" {sign} {limit(gauge.threshold, gauge.unit)}" if sign and gauge.threshold is not None else ""
    said = [f"{figure(gauge.value, gauge.unit)}{held_to}"]
    if gauge.verdict == "fail" and gauge.breaching:
        said.append(f"for {of_seconds(gauge.breaching)}")
    elif gauge.trips_in is not None:
        said.append(f"trips in {of_seconds(gauge.trips_in)}")
    elif gauge.passes_in is not None:
        said.append(f"observing, {of_seconds(gauge.passes_in)} left")
    if gauge.age is not None and gauge.age >= OLD:
        said.append(f"{of_seconds(gauge.age)} old")
    if gauge.detail:
        said.append(gauge.detail)
    return ", ".join(said)


def attention(view: RunView, shown: Light) -> tuple[str, str] | None:
    """What a watched condition has to say in the strip, and its pen."""
    if view.state.outcome is not None or view.state.rollback is not None:
        return None
    if shown.worst is not None and shown.worst.verdict != "fail":
        return f"{shown.worst.text}: {value_line(shown.worst)}", "warning"
    if shown.nearest is not None:
        return f"{shown.nearest.text}: {value_line(shown.nearest)}", "warning"
    return None


def hints(
    offered: dict[str, Offer], keymap: Keymap, *, narrow: bool, on_step: bool, failed: bool = False
) -> list[Hint]:
    """The footer: the keys that do something here, the most wanted first, help and leave always.

    On a step that has failed the way back is wanted next to another attempt.
    """
    out = []
    urgent = "hold" in offered and offered["hold"].label != "hold"  # a rollback is coming, or the run is held
    for action in _FOOTER if urgent else (*_FOOTER[1:], "hold"):
        offer = offered.get(action)
        if offer is None or offer.why_not is not None:
            continue
        label = ("outline" if on_step else "step") if action == "pane" and narrow else offer.label
        if (action == "pane" and not narrow) or offered["next"].label == action:
            continue
        out.append(Hint(keymap.shown("walk", action), label, action))
    if narrow:  # of what there is no room for, the other page is wanted first, and what a command has printed
        wanted = ("pane", "output") if on_step else ("pane",)
        first = [hint for action in wanted for hint in out if hint.action == action]
        out = [hint for hint in out if hint not in first]
        out[2:2] = first
    if failed:
        back = [hint for hint in out if hint.action == "roll_back"]
        out = [hint for hint in out if hint not in back]
        out[1:1] = back
    return [*out, *waiting_keys(keymap)]


def waiting_keys(keymap: Keymap) -> list[Hint]:
    return [Hint(keymap.shown("walk", action), action, action) for action in ("leave", "help")]


def job_to_show(view: RunView, row: Row) -> JobState | None:
    """The newest job of the step under the cursor, else the one that runs, else the last of the run."""
    state = view.state
    if row.step is not None and (jobs := state.step(row.step).jobs):
        return state.jobs[jobs[-1]]
    if view.current_job in state.jobs:
        return state.jobs[view.current_job]
    return next(reversed(state.jobs.values()), None)


def group_to_show(view: RunView, row: Row) -> GroupState | None:
    """The hosts of what `job_to_show` shows, when it goes to many."""
    state = view.state
    if row.step is not None:
        newest = next((group for group in reversed(state.groups.values()) if group.step == row.step), None)
        if newest is not None and (not newest.jobs or newest.first >= state.step(row.step).fresh):
            jobs = state.step(row.step).jobs
            if not jobs or len(jobs) == newest.first or state.jobs[jobs[-1]].group == newest.group:
                return newest
    job = job_to_show(view, row)
    return state.groups.get(job.group) if job is not None else None


def command_text(view: RunView, step_id: str) -> str:
    """The step's commands as they would be typed; secrets stay placeholders."""
    commands = view.runbook.command_by_id
    return "\n".join(filled(commands[command], view.state) for command in view.runbook.step_by_id[step_id].commands)
