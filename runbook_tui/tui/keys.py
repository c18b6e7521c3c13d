"""Every key of the walk, once: bindings, footer, help and palette are made of this table."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """An action, the keys that call it, and how it is named."""

    action: str
    keys: str  # as Textual writes them, comma separated
    shown: str  # as a person reads it
    label: str  # in the footer
    says: str  # in the help and the palette
    group: str
    writes: bool = False  # not for those who only watch


STEP, RUN, LOOK, APP = "This step", "The run", "Looking around", "The app"

WALK = (
    Key("next", "enter", "enter", "next", "do the next thing of this step: run, fill in, tick, sign …", STEP, True),
    Key("tick", "space", "space", "tick", "tick the step; on a ticked one: take the tick back", STEP, True),
    Key("skip", "s", "s", "skip", "skip the step, with a reason", STEP, True),
    Key("note", "n", "n", "note", "write a note to the step", STEP, True),
    Key("reopen", "u", "u", "reopen", "take back a tick, a skip, a choice, a signature, a failure", STEP, True),
    Key("sign", "a", "a", "sign", "sign a sign-off with your name", STEP, True),
    Key(
        "rehearse",
        "v",
        "v",
        "dry run",
        "ask the cluster what the command would change; nothing is changed",
        STEP,
        True,
    ),
    Key("copy", "y", "y", "copy", "copy the step's command", STEP),
    Key("cancel", "x", "x", "cancel", "cancel the running command and everything it started", RUN, True),
    Key("variables", "e", "e", "values", "see and set the values of the placeholders", RUN, True),
    Key("preflight", "f", "f", "preflight", "look at the other machines before anything is changed there", RUN, True),
    Key("roll_back", "R", "R", "roll back", "show the way back, and take it", RUN),
    Key("hold", "H", "H", "hold", "hold the rollback that a machine is about to take", RUN, True),
    Key(
        "override",
        "O",
        "O",
        "override",
        "go on against what a signal says, with a reason",
        RUN,
        True,
    ),
    Key("adopt", "D", "D", "take over", "go on with the document as it was edited", RUN, True),
    Key("finish", "F", "F", "finish", "end the run: completed, or aborted with a reason", RUN, True),
    Key("open_next", "o", "o", "next open", "go to the next open step", LOOK),
    Key("find", "slash", "/", "find", "find a step or a command", LOOK),
    Key("watched", "w", "w", "watched", "the watched conditions, the canary, the breakers", LOOK),
    Key("output", "l", "l", "output", "see the whole output: scroll, search, wrap", LOOK),
    Key("gpus", "g", "g", "GPUs", "what the GPUs do: histories, errors and what to do, processes", LOOK),
    Key("kernels", "k", "k", "kernels", "kernel validation: cases, errors, bounds, what differs and where", LOOK),
    Key("pane", "tab", "tab", "pane", "go to the next pane; on a small screen: turn the page", LOOK),
    Key("pane_back", "shift+tab", "shift+tab", "", "go to the pane before", LOOK),
    Key("help", "question_mark", "?", "help", "all keys", APP),
    Key("palette", "ctrl+p", "ctrl+p", "", "all actions by name", APP),
    Key("theme", "", "", "", "change between dark and light", APP),
    Key("leave", "q", "q", "leave", "leave; the run stays open and its commands go on", APP),
)
BY_ACTION = {key.action: key for key in WALK}

MOVING = (
    ("↑ ↓", "one row"),
    ("← →  h", "fold, unfold a section"),
    ("home end", "first, last"),
    ("pgup pgdn", "a page"),
)
GPUS = (
    ("tab", "from the devices to the processes and back"),
    ("/", "filter the processes by pid, user or program"),
    ("o", "sort them by another column"),
    ("x", "end the process under the cursor; asks first"),
    ("r", "read what changes seldom now"),
    ("g  esc", "back"),
)
KERNELS = (
    ("↑ ↓", "one case; what differs and where is told below"),
    ("f", "the next failure"),
    ("l", "the whole output"),
    ("k  esc", "back"),
)
OUTPUT = (
    ("f  end", "follow the end"),
    ("/", "search"),
    ("n N", "next, previous match"),
    ("w", "wrap long lines"),
    ("← →", "sideways"),
    ("l  esc", "back"),
)
