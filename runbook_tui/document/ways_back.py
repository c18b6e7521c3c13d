"""A way back that stands beside the work it takes back: "To undo:", `(rollback: …)`, a column "Rollback".

Writers put it where it is needed, in the middle of the steps. It is no next step: who walks on would take back what
was just done. It belongs to the step before it, or to a section of its own where nothing stands before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from runbook_tui.document import ids
from runbook_tui.document.draft import Draft, StepDraft
from runbook_tui.document.outline import Part
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import SectionRole
from runbook_tui.document.triggers import ROLL

LONGEST = 160  # characters of the words before it
_TITLE = 100

_APART = r"(?:(?:it|this|that|these|them|everything|(?:the|your|our)\s+[\w-]+)\s+)?"
_LAST = r"(?:the\s+)?(?:previous|prior|old|last|former|original|earlier)\b"
# what only somebody who goes back does, whatever it is done to
_ROLLS = rf"(?:roll(?:ing|s)?[\s-]?{_APART}backs?|back(?:ing)?[\s-]?{_APART}out)"
# also done to a single thing on the way forward: "Revert the TTL", "Switch back to main"
_UNDOES = (
    rf"(?:{ROLL}|un-?do(?:ing)?|revers(?:e|ing)\s+(?:it|this|that|the\s+changes?)|downgrad(?:e|ing)|abort(?:ing)?"
    rf"|(?:restor|reinstat)(?:e|ing)\s+{_LAST}|return(?:ing)?\s+to\s+{_LAST}"
    rf"|(?:go|get|switch|fall|step|flip|turn)(?:t?ing)?\s+{_APART}back(?=\W*$|\s*[:,)]|\s+(?:to|on)\s+{_LAST}"
    r"|\s+(?:run|use|with|by|using|via)\b)|(?<=the\s)way\s+back)"
)
_BACK = rf"(?:{_ROLLS}|{_UNDOES})"
_FAILS = (
    r"(?:fail\w*|wrong|errors?|broken|breaks?|problems?|issues?|not|never|bad|down|degrad\w+|spikes?|rises?|exceeds?"
    r"|above|below|unhealthy|crash\w*|trouble|unexpected\w*|n['’]t)\b"
)
_NEED = r"(?:\s*\(?(?:if|when|as|where)\s+[^():,]{1,50}\)?)?"
_FIRST = r"(?:the|our|a|quick|emergency|immediate|manual|optional|full|partial)"

_LABEL = expression(
    rf"(?:{_FIRST}\s+){{0,2}}(?:{_BACK}|reversal|way\s+back)"
    r"(?:\s+(?:commands?|procedures?|steps?|plan|path|scripts?|option|instructions?|way|actions?))?"
    rf"{_NEED}(?:\s+(?:with|by|using|via|through|is|looks?\s+like))?(?:\s*\([^()]*\))?\s*[:.,]?",
    re.IGNORECASE,
)
_TO = expression(rf"(?:to|how\s+to|for|in\s+order\s+to)\s+(?:{_FIRST}\s+)?{_BACK}\b", re.IGNORECASE)
_DOES = expression(rf"(?:{_FIRST}\s+)?{_ROLLS}\b", re.IGNORECASE)  # "Roll back the deployment:"
_SHOULD = expression(
    r"(?:if|should|in\s+(?:the\s+)?(?:case|event)|otherwise|unless|when(?:ever)?|once|as\s+soon\s+as|on)\b",
    re.IGNORECASE,
)
_WELL = expression(r"(?:when|once|as\s+soon\s+as|on)\b", re.IGNORECASE)
_BAD = expression(_FAILS, re.IGNORECASE)
_AFTERWARDS = expression(
    rf"(?:after|before|while|when)\s+(?:{_FIRST}\s+)?{_ROLLS}(?=\s*[:,]|\s+(?:it|this|the)\b)", re.IGNORECASE
)
_MAIN = expression(
    rf"\W*(?:(?:then|please|immediately|instantly|at\s+once|you|we|must|should|have\s+to|just|simply)\s+)*(?P<back>{_BACK})\b",
    re.IGNORECASE,
)
_SAID = expression(rf"\b{_BACK}", re.IGNORECASE)
_ROLLED = expression(rf"\b{_ROLLS}\b", re.IGNORECASE)
# spoken of, kept possible, tried or over: not the way back itself
_SPOKEN = (
    r"able|later|possible|cannot|tests?|tested|testing|tries|tried|drill|rehears\w*|verif\w*|save|saves|record|records"
    r"|note|notes|remember|keep|keeps|store|take|capture|prepar\w*|ready|buffer|transactions?|segments?|mechanism"
    r"|readiness|snapshots?|until|deadline|window|owner|decision|criteri(?:a|on)|triggers?|conditions?|thresholds?"
    r"|reasons?|already|was|were|did|announce\w*|told|because"
)
_NONE = expression(rf"\b(?:{_SPOKEN}|can|could|not|never|no|nothing|wait|has|have|had)\b|n['’]t\b", re.IGNORECASE)
_HYPOTHETICAL = expression(rf"\b(?:{_SPOKEN})\b", re.IGNORECASE)
_RUN = r"(?:run|use|execute|type|call|issue|enter|do|with|by|via|using)"
_ASKS = expression(rf"\W*(?:please\s+|just\s+|simply\s+)?{_RUN}\W*", re.IGNORECASE)
_CLAUSE = expression(
    rf"[;(—–]|\s[-/]\s|\.\s|\s(?:and|or)\s|,\s(?!\W*(?:please\s+|just\s+|simply\s+)?{_RUN}\b)", re.IGNORECASE
)
_WALKED = (SectionRole.PHASE, SectionRole.OPTION, SectionRole.OPTIONS, SectionRole.WINDOW)
_SENTENCE = expression(r"(?<=[.!?])\s+")


def leads(words: str) -> bool:
    """Whether words before code or a list say that it takes back: "To undo:", "If it fails, roll back with"."""
    text = _SENTENCE.split(words.strip(" *_>#\n"))[-1].strip(" *_>#")
    if not text or len(text) > LONGEST or not _SAID.search(text):
        return False
    if _SHOULD.match(text):
        return _conditional(text)
    if _LABEL.fullmatch(text) or _AFTERWARDS.match(text):
        return True
    return not _NONE.search(text) and bool(_TO.match(text) or _DOES.match(text))


def _conditional(text: str) -> bool:
    """Of a condition: "If it fails, undo it:", "If you have to undo it:"; not "Once done, revert the TTL:"."""
    condition, _, main = text.rpartition(",")
    if not condition:
        meant = _ROLLED.search(text) or _BAD.search(text) or not _WELL.match(text)
        return bool(meant) and not _HYPOTHETICAL.search(text)
    if (found := _MAIN.match(main)) is not None:
        certain = _ROLLED.match(found["back"]) is not None or _BAD.search(condition) is not None
        return certain and not _NONE.search(main)
    asked = _SAID.search(condition) is not None and not _HYPOTHETICAL.search(condition)
    return asked and not _NONE.search(main)


def before(words: str) -> bool:
    """Whether the words right before a command in a sentence say so: "… (rollback: ", "…; undo with "."""
    text = words.rstrip()
    clause = _CLAUSE.split(text)[-1]
    if clause.strip(" *_") and not _ASKS.fullmatch(clause):
        text = clause
    text = re.sub(r"^\W*(?:and|or|then|else)\s+", "", text.strip(" *_-:,("))
    return leads(text)


def column(header: str) -> bool:
    """Whether a table's column holds ways back."""
    text = header.strip(" *_:?")
    return _LABEL.fullmatch(text) is not None or _TO.fullmatch(text) is not None


def settle(draft: Draft, parts: list[Part]) -> None:
    """Give each way back among the steps to the steps before it that it takes back, or a section of its own."""
    rolled = {command.id for command in draft.commands if command.rollback}
    kept: list[StepDraft] = []
    work: dict[int, list[StepDraft]] = {}  # of each part, since its last way back
    made: Part | None = None  # the section of the one right before
    known: dict[int, bool] = {}
    for step in draft.steps:
        own = work.setdefault(id(step.part), [])
        back = [name for name in step.commands if name in rolled]
        forward = [name for name in step.commands if name not in rolled]
        here, made = made, None
        if _aside(step.part, known) or not (step.returns or back):
            own.append(step)
            kept.append(step)
        elif step.returns:
            made = here if here is not None and here.parent is step.part else _part(draft, parts, step)
            made.end_line = max(made.end_line, step.end_line)
            step.part = made
            own.clear()
            kept.append(step)
        elif forward or step.box:
            step.commands, step.back = (forward, back) if forward else (back, [])
            own.append(step)
            kept.append(step)
        elif covered := [one for one in own if not one.back]:
            for one in covered:
                one.back += back
            covered[-1].prose += step.prose
            own.clear()
        else:
            step.part = _part(draft, parts, step)
            kept.append(step)
    draft.steps[:] = kept
    _tell_commands(draft, known)


def _tell_commands(draft: Draft, known: dict[int, bool]) -> None:
    """Each command knows the step it is of; one that is ticked on the way is no way back: "- [ ] Rollback: `…`"."""
    done = {name for step in draft.steps if not _aside(step.part, known) for name in step.commands}
    taken = {name: step for step in draft.steps for name in step.back}
    for at, command in enumerate(draft.commands):
        if command.rollback and command.id in done:
            draft.commands[at] = msgspec.structs.replace(command, rollback=False)
        elif (step := taken.get(command.id)) is not None:
            draft.commands[at] = msgspec.structs.replace(command, step=step.id, section=step.part.id)


def _aside(part: Part | None, known: dict[int, bool]) -> bool:
    """Whether the section is one for other moments already, or is itself about going back."""
    if part is None:
        return False
    if id(part) not in known:
        own = part.role not in _WALKED or _SAID.search(part.title) is not None
        known[id(part)] = own or _aside(part.parent, known)
    return known[id(part)]


def _part(draft: Draft, parts: list[Part], step: StepDraft) -> Part:
    above = step.part
    title = step.returns.rstrip(" :") or step.title
    part = Part(
        id=draft.names.claim(f"{above.id}/{ids.slug(title)}"),
        title=title[:_TITLE],
        level=above.level + 1,
        line=step.line,
        end_line=step.end_line,
        parent=above,
        pseudo=True,
        beside=True,
        role=SectionRole.ROLLBACK,
        own_role=True,
        procedure=True,
    )
    parts.insert(parts.index(above) + 1 + sum(1 for one in _below(parts, above) if one.line < step.line), part)
    return part


def _below(parts: Sequence[Part], above: Part) -> Iterable[Part]:
    for part in parts:
        up = part.parent
        while up is not None and up is not above:
            up = up.parent
        if up is above:
            yield part
