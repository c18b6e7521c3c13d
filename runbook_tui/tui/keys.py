"""Every action and its keys, once: bindings, footer, help, palette and what may be rebound are made of these tables."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding


class Key(NamedTuple):
    """An action of a place, the keys that call it, and how it is named."""

    action: str
    keys: str  # as Textual writes them, comma separated
    label: str  # in the footer
    says: str  # in the help and the palette
    group: str = ""
    writes: bool = False  # not for those who only watch
    do: str = ""  # as Textual calls it, when it is not the action's own name
    priority: bool = False  # before what the focused list makes of the key

    @property
    def shown(self) -> str:
        """The first of its keys as a person reads it."""
        return as_read(self.keys.partition(",")[0])


class Place(NamedTuple):
    """A screen or a part of one, and what can be done there."""

    title: str
    keys: tuple[Key, ...]
    inside: tuple[str, ...] = ()  # places that are active at the same time


STEP, RUN, LOOK, APP = "This step", "The run", "Looking around", "The app"

WALK = (
    Key("next", "enter", "next", "do the next thing of this step: run, fill in, tick, sign …", STEP, True),
    Key("tick", "space", "tick", "tick the step; on a ticked one: take the tick back", STEP, True),
    Key("skip", "s", "skip", "skip the step, with a reason", STEP, True),
    Key("note", "n", "note", "write a note to the step; everybody at this run sees it", STEP),
    Key("by_hand", "i", "by hand", "instruct: do it elsewhere, paste what came of it, say how it ended", STEP, True),
    Key("reopen", "u", "reopen", "take back a tick, a skip, a choice, a signature, a failure", STEP, True),
    Key("sign", "a", "sign", "sign a sign-off with your name", STEP, True),
    Key("rehearse", "v", "dry run", "ask the cluster what the command would change; nothing is changed", STEP, True),
    Key("copy", "y", "copy", "copy the step's command", STEP),
    Key("mark", "m", "bookmark", "put a bookmark on the step, or take it off", STEP, True),
    Key("undo", "U", "undo", "take back the last tick, skip, note, choice or entry; the record keeps both", RUN, True),
    Key(
        "cancel",
        "x",
        "cancel",
        "cancel the running command and everything it started; who watches asks for it",
        RUN,
        True,
    ),
    Key("variables", "e", "values", "see and set the values of the placeholders", RUN, True),
    Key("preflight", "f", "preflight", "look at the other machines before anything is changed there", RUN, True),
    Key("password", "W", "sudo password", "give the password that sudo in this step's commands wants", STEP, True),
    Key("roll_back", "R", "roll back", "show the way back, and take it", RUN),
    Key("hold", "H", "hold", "hold the run, or a rollback that a machine is about to take; again: release", RUN),
    Key("override", "O", "override", "go on against what a signal says, with a reason", RUN, True),
    Key("adopt", "D", "see edit", "see how the document was edited, and go on with it so", RUN, True),
    Key("finish", "F", "finish", "end the run: completed, or aborted with a reason", RUN, True),
    Key("take", "T", "take over", "ask for the drive, take it, or give it to who asks", RUN),
    Key("open_next", "o", "next open", "go to the next open step", LOOK),
    Key("trouble", "t", "trouble", "go to the next step that failed or is unknown, or condition that holds", LOOK),
    Key("find", "slash", "find", "find a step, a command, a note or an output; then the key of a note goes on", LOOK),
    Key("next_hit", "", "next hit", "the next step of what was searched for; while searching: the key of a note", LOOK),
    Key("hit_before", "N", "", "the step before of what was searched for", LOOK),
    Key("end_find", "escape", "", "end the search", LOOK),
    Key("jump_back", "ctrl+o,less_than_sign", "", "back to where one was before the last jump", LOOK),
    Key("jump_on", "greater_than_sign", "", "on again to where one has jumped", LOOK),
    Key("next_mark", "apostrophe", "", "go to the next bookmark", LOOK),
    Key("only_open", "z", "", "show only what is open and in trouble; again for all", LOOK),
    Key("fold_all", "minus", "", "fold all sections", LOOK),
    Key("unfold_all", "plus,equals_sign", "", "unfold all sections", LOOK),
    Key("watched", "w", "watched", "the watched conditions, the canary, the breakers", LOOK),
    Key("output", "l", "output", "see the whole output: scroll, search, wrap", LOOK),
    Key("gpus", "g", "GPUs", "what the GPUs do: histories, errors and what to do, processes", LOOK),
    Key(
        "kernels",
        "k",
        "kernels",
        "kernel validation: cases, errors, bounds, what differs and where",
        LOOK,
        priority=True,  # k also moves up in every list: here the walk comes first
    ),
    Key("people", "p", "people", "who is here, and what is asked of you", LOOK),
    Key("faults", "X", "lab faults", "on the lab: let something go wrong on purpose, or end it", LOOK, True),
    Key("pane", "tab", "pane", "go to the next pane; on a small screen: turn the page", LOOK),
    Key("pane_back", "shift+tab", "", "go to the pane before", LOOK),
    Key("help", "question_mark", "help", "all keys", APP),
    Key("palette", "", "", "all actions by name", APP),
    Key("theme", "", "", "change between dark and light", APP),
    Key("leave", "q", "leave", "leave; the run stays open and its commands go on", APP),
)
OUTPUT = (
    Key("back", "l,q,escape", "back", "back; first it ends what is selected, folded or searched for"),
    Key("follow", "f", "follow", "follow the end"),
    Key("top", "g", "", "the first line"),
    Key("search", "slash", "search", "search; lower case finds both"),
    Key("next_match", "n", "next", "the next match", do="again(1)"),
    Key("match_before", "N", "", "the match before", do="again(-1)"),
    Key("only", "ampersand", "only matches", "only the lines that match; again for all lines"),
    Key("fold", "z", "fold", "fold lines that differ in their numbers only"),
    Key("wrap", "w", "wrap", "wrap long lines"),
    Key("json", "J", "JSON", "the JSON of this line, or of the whole output, spread out"),
    Key("select", "v", "select", "begin to select lines; again to give it up"),
    Key("copy", "y", "copy", "copy the selected lines, or this one"),
    Key("copy_all", "Y", "", "copy the whole output"),
    Key("pager", "o", "pager", "open it in $PAGER, at this line"),
    Key("editor", "E", "", "open a copy in $EDITOR, at this line"),
    Key("next_host", "tab,right_square_bracket", "next host", "the output of the next host", do="host(1)"),
    Key("host_before", "shift+tab,left_square_bracket", "", "the output of the host before", do="host(-1)"),
    Key("older", "less_than_sign,comma", "attempt before", "the attempt before this one", do="attempt(-1)"),
    Key("newer", "greater_than_sign,full_stop", "", "the attempt after this one", do="attempt(1)"),
    Key("difference", "d", "difference", "what differs from the attempt before; numbers and times do not count"),
    Key("help", "question_mark", "help", "all keys", do="app.show_help"),
)
LINES = (
    Key("up", "up,k", "", "a line up", do="lines(-1)"),
    Key("down", "down,j", "", "a line down", do="lines(1)"),
    Key("page_up", "pageup,ctrl+b", "", "a page up", do="pages(-1)"),
    Key("page_down", "pagedown,ctrl+f", "", "a page down", do="pages(1)"),
    Key("half_up", "ctrl+u", "", "half a page up", do="halves(-1)"),
    Key("half_down", "ctrl+d", "", "half a page down", do="halves(1)"),
    Key("top", "home", "", "the first line"),
    Key("follow", "end,G", "", "the last line, and follow what comes"),
    Key("left", "left", "", "to the left", do="columns(-8)"),
    Key("right", "right", "", "to the right", do="columns(8)"),
)
ROWS = (
    Key("up", "up,k", "", "one row up", do="move(-1)"),
    Key("down", "down,j", "", "one row down", do="move(1)"),
    Key("page_up", "pageup,ctrl+b", "", "a page up", do="page(-1)"),
    Key("page_down", "pagedown,ctrl+f", "", "a page down", do="page(1)"),
    Key("top", "home", "", "the first row", do="edge(0)"),
    Key("bottom", "end,G", "", "the last row", do="edge(1)"),
)
OUTLINE = (
    Key("fold", "left,h", "", "fold a section"),
    Key("unfold", "right", "", "unfold a section"),
)
BY_HAND = (
    Key("copy", "y", "copy", "copy the commands"),
    Key("succeeded", "s", "it succeeded", "it succeeded: the step is done"),
    Key("failed", "f", "it failed", "it failed: the step is marked so"),
    Key("forget", "backspace", "forget the paste", "forget what was pasted"),
    Key("back", "escape,i,q", "back", "back; nothing is recorded"),
    Key("help", "question_mark", "help", "all keys", do="app.show_help"),
)
LIBRARY = (
    Key("open", "enter", "open", "open the run or runbook"),
    Key("watch", "w", "watch", "watch a run without driving it"),
    Key("rehearse", "t", "rehearse", "rehearse it: walked on a stage of its own, nothing outside is reached"),
    Key("filter", "slash", "filter", "filter the list"),
    Key("clear", "escape", "show all", "show all again"),
    Key("reload", "r", "look again", "look again"),
    Key("settings", "comma", "settings", "settings: theme, keys, notices, policy", do="app.settings"),
    Key("help", "question_mark", "help", "all keys", do="app.show_help"),
    Key("leave", "q", "leave", "leave", do="app.leave"),
)
SETTINGS = (
    Key("choose", "enter,space", "choose", "take the theme under the cursor, now and from now on"),
    Key("reload", "r", "read again", "read the files again"),
    Key("back", "escape,q,comma", "back", "back"),
    Key("help", "question_mark", "help", "all keys", do="app.show_help"),
)
ROLLBACK = (
    Key("take_back", "B", "take it back", "take it back, go on, try again", writes=True),
    Key("done", "space", "done by hand", "the item under the cursor was done by hand", writes=True),
    Key("left_out", "s", "leave out", "leave the item out, with a reason", writes=True),
    Key("enter", "enter", "", "what the item is; of an unknown outcome: say what became of it"),
    Key("cancel", "x", "cancel", "cancel the command that runs", writes=True),
    Key("hold", "H", "hold", "hold everything as it is, or release it", writes=True),
    Key("abort", "A", "abort: traffic off", "take the traffic off what is new, and nothing else", writes=True),
    Key("override", "O", "override", "go on with an item in spite of what stands against it", writes=True),
    Key("output", "l", "output", "the whole output"),
    Key("back", "escape,q,R", "back", "back to the walk; nothing is stopped by that"),
    Key("help", "question_mark", "help", "all keys", do="app.show_help"),
)
SIGNING = (
    Key("read_up", "pageup", "read", "a page back in what is signed", priority=True),
    Key("read_down", "pagedown", "", "a page on in what is signed", priority=True),
    Key("other", "ctrl+n", "say no instead", "say no, with a reason; again: sign after all", priority=True),
    Key("back", "escape", "leave it", "leave it, nothing is signed"),
)
PREFLIGHT = (
    Key("go_on", "c", "go on", "go on with every host that can, with a warning or without"),
    Key("again", "r", "look again", "look again at those that did not simply pass"),
    Key("stop", "escape,q", "stop here", "stop here; nothing was changed on any host"),
    Key("help", "question_mark", "help", "all keys", do="app.show_help"),
)
LOOKING = (
    Key("trust", "t", "take over keys", "take over host keys that are not known, after comparing them"),
    Key("password", "w", "password for sudo", "give the password for sudo on these hosts"),
)
WATCHED = (
    Key("override", "O", "override", "go on against what the condition under the cursor says", writes=True),
    Key("pause", "p", "hold", "hold the canary where it is, or let it go on", writes=True),
    Key("promote", "P", "promote", "give all traffic to what is new, whatever the checks say", writes=True),
    Key("abort", "A", "abort", "take the traffic off what is new", writes=True),
    Key("back", "escape,q,w", "back", "back"),
    Key("help", "question_mark", "help", "all keys", do="app.show_help"),
)
PEOPLE = (
    Key("yes", "Y", "yes, run it", "say yes to exactly the commands that are shown"),
    Key("no", "N", "no", "say no, with a reason"),
    Key("take", "T", "take over", "ask for the drive, take it, or give it to who asks"),
    Key("back", "p,q,escape", "back", "back", priority=True),
    Key("help", "question_mark", "help", "all keys", do="app.show_help"),
)
GPUS = (
    Key("pane", "tab,shift+tab", "processes", "from the devices to the processes and back"),
    Key("filter", "slash", "filter", "filter the processes by pid, user or program"),
    Key("sort", "o", "sort", "sort them by another column"),
    Key("end_process", "x", "end process…", "end the process under the cursor; asks first"),
    Key("read_now", "r", "read now", "read what changes seldom now"),
    Key("back", "g,q,escape", "back", "back"),
    Key("help", "question_mark", "help", "all keys", do="app.show_help"),
)
KERNELS = (
    Key("next_failure", "f", "next failure", "the next failure"),
    Key("output", "l", "output", "the whole output"),
    Key("back", "k,q,escape", "back", "back", priority=True),
    Key("help", "question_mark", "help", "all keys", do="app.show_help"),
)
FAULTS = (
    Key("switch", "enter,space", "on / off", "let it go wrong from now on, or no longer"),
    Key("none", "x", "all off", "nothing goes wrong any more"),
    Key("back", "escape,q,X", "back", "back; what goes wrong goes on"),
    Key("help", "question_mark", "help", "all keys", do="app.show_help"),
)
FLEET = (
    Key("turn", "o", "hosts / output", "rows or output, where only one of them has room"),
    Key("other", "tab", "", "the keyboard goes to the other one"),
)
EVERYWHERE = (
    Key("leave", "ctrl+q", "", "leave, from wherever one is", priority=True),
    Key("palette", "ctrl+p", "", "all actions by name", do="command_palette", priority=True),
    Key("suspend", "ctrl+z", "", "back to the shell for a while; fg goes on", do="suspend_process", priority=True),
    Key("copy_or_say", "ctrl+c", "", "copy what is selected with the mouse"),
)

PLACES = {
    "walk": Place("The walk", WALK, ("rows", "outline", "lines", "fleet")),
    "output": Place("The whole output", OUTPUT, ("lines",)),
    "lines": Place("Moving in output", LINES),
    "rows": Place("Moving in lists", ROWS),
    "outline": Place("The outline", OUTLINE, ("rows",)),
    "by_hand": Place("By hand", BY_HAND),
    "library": Place("The library", LIBRARY, ("rows",)),
    "settings": Place("Settings", SETTINGS, ("rows",)),
    "rollback": Place("The way back", ROLLBACK, ("rows", "lines")),
    "signing": Place("Signing", SIGNING),
    "preflight": Place("Before the first change", PREFLIGHT, ("rows",)),
    "looking": Place("Before the first change", LOOKING, ("preflight", "rows")),
    "watched": Place("What is watched", WATCHED, ("rows",)),
    "people": Place("Who is here", PEOPLE, ("rows",)),
    "gpus": Place("GPUs", GPUS, ("rows",)),
    "kernels": Place("Kernel validation", KERNELS, ("rows",)),
    "faults": Place("Faults of the lab", FAULTS, ("rows",)),
    "fleet": Place("A command on many hosts", FLEET, ("rows", "lines")),
    "app": Place("Everywhere", EVERYWHERE),
}
BY_ACTION = {key.action: key for key in WALK}

NAMES = {
    "slash": "/", "question_mark": "?", "ampersand": "&", "less_than_sign": "<", "greater_than_sign": ">",
    "left_square_bracket": "[", "right_square_bracket": "]", "comma": ",", "full_stop": ".", "escape": "esc",
    "left": "←", "right": "→", "up": "↑", "down": "↓", "pageup": "pgup", "pagedown": "pgdn", "minus": "-",
    "plus": "+", "apostrophe": "'", "exclamation_mark": "!", "equals_sign": "=", "colon": ":", "semicolon": ";",
    "number_sign": "#", "at": "@", "asterisk": "*", "dollar_sign": "$", "percent_sign": "%", "underscore": "_",
    "tilde": "~", "grave_accent": "`", "vertical_line": "|", "backslash": "\\", "quotation_mark": '"',
}  # fmt: skip


def as_read(key: str) -> str:
    """A key as a person reads it: `question_mark` is ?."""
    before, plus, last = key.rpartition("+")
    return before + plus + NAMES.get(last, last)


def bindings(place: str, door: str = "{}") -> list[Binding]:
    """The keys of a place as Textual wants them; each can be rebound by the name `place.action`.

    `door` is for a screen that takes every action by one method: `act('{}')`.
    """
    return [
        Binding(
            key.keys,
            door.format(key.do or key.action),
            key.says,
            show=False,
            id=f"{place}.{key.action}",
            priority=key.priority,
        )
        for key in PLACES[place].keys
        if key.keys
    ]
