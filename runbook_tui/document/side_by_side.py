"""Boxes in a row that are tasks, each to be ticked: "[ ] backup taken  [ ] window agreed", "Tick: [ ] web1 [ ] web2".

What a label asks for one of, and verdicts, are a choice: "Decision: [ ] GO [ ] NO-GO".
"""

# a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import boxes, capacities, forms, orders
from runbook_tui.document.draft import Draft, Place
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import StepKind

_OF_A_MARK = expression(r"\W*(?:and|or|means|marks|stands|in|is|are|was|were|for|=)\b", re.IGNORECASE)


_EACH = expression(r"(?P<name>[^\W_][^:\[\]☐☑⬜□]{1,40}?):\s*(?P<box>\[[ xX]\]|[☐☑⬜□])[\s,;|·/]*")
_BEHIND_EACH = expression(rf"[\s*+-]*(?:{_EACH.pattern.replace('?P<name>', '?:').replace('?P<box>', '?:')}){{2,}}")


def tasks(raw: str, ask: str, heading: str) -> list[tuple[bool, str]]:
    """The tasks of a row, and whether each is ticked; none where it is a choice of one."""
    if raw.count("[") < 2 and raw.isascii():
        return []
    if (behind := _BEHIND_EACH.fullmatch(forms.bare(raw))) is not None:  # "Ops: [ ] Science: [x]"
        each = [(one["box"] not in {"[ ]", *"☐⬜□"}, one["name"].strip()) for one in _EACH.finditer(behind.group())]
        return [] if any(forms.verdict(name) for _, name in each) else each
    if (own := boxes.match(raw)) is not None and (each := _behind(own.rest, ask, heading)):
        return [(own.checked, each[0][1].partition(": ")[0]), *each]
    form = forms.read(raw)
    if form is None or not form.choices or forms.choice(form.choices, ask, heading) or _ENDED.search(form.label):
        return []
    if any(_OF_A_MARK.match(one) or len(one.split()) > forms.LONGEST_OPTION for one in form.choices):
        return []
    done = [
        forms.STATEMENT.search(one) is not None or orders.imperative(one) or _PARTICIPLE.match(one) is not None
        for one in form.choices
    ]
    above = "" if form.label else ask.strip(" *_:")  # "Tick per pair:" over "[ ] sw1/2 [ ] sw3/4"
    told = _TICK.fullmatch(form.label.strip(" *_:")) or (above and _TICK.fullmatch(above))
    if not told and any(map(_AGAINST.search, form.choices)):
        return []  # one of them is so
    every = told or _all_of(form) or (any(done) and (all(done) or not form.label))
    if any(map(forms.verdict, form.choices)) or not every:
        return []
    marks = forms.BOX.findall(forms.bare(raw))
    if len(marks) != len(form.choices):
        return []
    label = "" if _TICK.fullmatch(form.label.rpartition(".")[2].strip(" *_:")) else form.label
    titles = [f"{label}: {one}" if label else one for one in form.choices]
    return [(mark not in {"[ ]", *"☐⬜□"}, one) for mark, one in zip(marks, titles, strict=True)]


# "Comms approved: e-mail ☐, banner ☐"
_WORD_AND_BOX = expression(
    r"(?P<name>[^\W_][^:\[\]☐☑⬜□,;]{0,39}?)\s*(?P<box>\[[ xX]\]|[☐☑⬜□])[\s,;|·/]*(?:and\s+|or\s+)?"
)
_ALL_BEHIND = expression(rf"(?:{_WORD_AND_BOX.pattern.replace('?P<name>', '?:').replace('?P<box>', '?:')}){{2,}}\W*")


def _behind(rest: str, ask: str, heading: str) -> list[tuple[bool, str]]:
    """The tasks behind the words of a box, each with its own box behind it; none where one of them is chosen."""
    label, colon, tail = forms.bare(rest).partition(":")
    if not colon or len(tail) > _LONGEST or _ENDED.search(label):
        return []
    if each := _machines(label, tail.strip(), ask):
        return each
    if _ALL_BEHIND.fullmatch(tail.strip()) is None:
        return []
    each = [(one["box"] not in {"[ ]", *"☐⬜□"}, one["name"].strip()) for one in _WORD_AND_BOX.finditer(tail.strip())]
    names = [name for _, name in each]
    if any(map(forms.verdict, names)) or any(map(_AGAINST.search, names)) or forms.choice(names, label, heading):
        return []
    if any(map(capacities.is_person, names)) or forms.asks(ask):
        return []
    return [(done, f"{label.strip()}: {name}") for done, name in each]


def _machines(label: str, tail: str, ask: str) -> list[tuple[bool, str]]:
    """Of a task for several machines by number, each with its box: "[ ] rack a: [ ] kb1 [ ] kb4"."""
    if (
        _MACHINES.fullmatch(tail) is None
        or forms.asks(ask)
        or forms.NAMED_KIND.match(label.strip())
        or _WHICH.match(label)
    ):
        return []
    each = [(one["box"] not in {"[ ]", *"☐⬜□"}, one["name"]) for one in _MACHINE.finditer(tail)]
    stems = {_STEM.sub("", name).lower() for _, name in each}
    return [(done, f"{label.strip()}: {name}") for done, name in each] if len(stems) == 1 else []


_MACHINE = expression(r"(?P<box>\[[ xX]\]|[☐☑⬜□])\s*(?P<name>[a-z][a-z_.-]*\d+[a-z]?)[\s,;|·/]*", re.IGNORECASE)
_MACHINES = expression(r"(?:(?:\[[ xX]\]|[☐☑⬜□])\s*[a-z][a-z_.-]*\d+[a-z]?[\s,;|·/]*){2,}", re.IGNORECASE)
_WHICH = expression(r"\W*(?:which|what|where|one\s+of|either)\b", re.IGNORECASE)
_STEM = expression(r"\d+[a-z]?$", re.IGNORECASE)

_LONGEST = 240
_ENDED = expression(  # "Result: [ ] completed [ ] completed, one site left [ ] backed out": it was one of them
    r"(?:^|[.?!;,–—-]\s+|\s{2,})\W*(?:(?:the|this|final|overall|end|our|change|work|night['’]?s?|today['’]?s?|tonight['’]?s?)\s+){0,3}(?:results?|outcome|status|state|verdict|conclusion|disposition|completion(?:\s+code)?|closure|ergebnis|résultat|resultado|esito|resultaat)(?:\s+(?:of|at|after|when|in|for)\b[^:]{1,30})?[\s*:?]*$"
    r"|\b(?:closed|ended|finished|left|recorded|filed)\s+(?:it\s+)?(?:as|with|in\s+state)[\s*:?]*$"
    r"|\b(?:how|what)\s+(?:did|was|has|is)\b[^:?]{0,40}\b(?:end|ended|go|gone|went|outcome|result|become|left)\b[^:?]{0,20}[\s*:?]*$",
    re.IGNORECASE,
)
_PARTICIPLE = expression(r"\W*\w{3,}ed(?:\s+(?:at|up|down|off|on|in|out|over|back))?\W*$", re.IGNORECASE)  # "flashed"
_AGAINST = expression(
    r"\b(?:not|no|un\w+ed|dis\w+ed|rejected|declined|failed|skipped|cancell?ed|postponed|deferred|reverted|withdrawn|refused|blocked|aborted|(?:rolled|backed|taken|put|went|gone|moved|switched)\s+(?:back|out)|undone|partly|partially|pending|abgebrochen|zurückgerollt|verschoben)\b",
    re.IGNORECASE,
)


def _all_of(form: forms.Form) -> bool:
    """Whether words before boxes in a row ask for all of them: "Tick: [ ] web1 [ ] web2", "Shards moved: …"."""
    last = form.label.rpartition(".")[2].strip(" *_:")
    if _TICK.fullmatch(last) or _TO_TICK.fullmatch(last):
        return True
    each = [_NUMBERED.fullmatch(one) for one in form.choices or ()]
    stems = {match["stem"].lower() for match in each if match is not None}
    numbered = all(each) and len(stems) == 1
    return numbered and (not last or (_DONE_EACH.search(last) is not None and forms.NAMED_KIND.match(last) is None))


_TICK = expression(  # words that tell to tick and nothing else
    r"(?:please\s+)?(?:tick(?:ed)?(?:\s+off)?|check(?:ed)?\s+off|cross(?:ed)?\s+off"
    r"|(?:done|progress|completed?|finished|to\s+do|left)(?:\s+(?:so\s+far|already|yet))?"
    r"|(?:tick|mark|check)(?:\s+off)?\s+(?:each|every|all|them|per|one\s+by\s+one|as\s+you\s+go|when\s+done)\b(?!\s+(?:that|which|what)\b)[^:]*)",
    re.IGNORECASE,
)
_TO_TICK = expression(  # "Decks flashed", "Shelf labels updated"
    r"(?:\w+\s+){0,2}\w{3,}s\s+\w{3,}ed|(?:\w+\s+){1,3}(?:done|finished|completed|drained|upgraded|rebooted|restarted|moved|migrated"
    r"|patched|rolled|swapped|checked|verified|updated)",
    re.IGNORECASE,
)
_NUMBERED = expression(r"(?P<stem>[A-Za-z][A-Za-z _.-]*?)[\s_.-]?\d+[a-z]?")  # "web1", "rack 7", "db-02a"
_DONE_EACH = expression(r"(?:\w{2,}ed|done|\w{3,}s)$", re.IGNORECASE)  # "Nodes", "Racks cabled"


def take(draft: Draft, raw: str, line: int, place: Place) -> bool:
    """Take the tasks that stand in a row."""
    found = tasks(raw, place.ask, place.part.title)
    for checked, title in found:
        step = draft.step(StepKind.CHECK, title, line, line, place)
        step.box, step.checked = True, checked
        draft.taken.add(line)
    return bool(found)
