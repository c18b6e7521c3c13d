"""What a heading's words make of its section."""

from __future__ import annotations

import re
from functools import lru_cache

from runbook_tui.document import signoffs, triggers, windows
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import SectionRole
from runbook_tui.document.triggers import ROLL

_NUMBERING = expression(
    r"^\s*(?:\(?(?:\d+(?:\.\d+)*|[A-Za-z])[.)]\s+|\d+(?:\.\d+)*\s+|(?:step|phase|stage|part"
    r"|section)\s+[\dA-Z]+(?:\.\d+)*\s*[:.)–—-]*\s*)",
    re.IGNORECASE,
)
_LEADING_MARKS = expression(r"^[^\w\[(<\"'`]+")
_OPTION = expression(
    r"^(?:option|alternative|method|approach|variant|strategy)\s+(?:[0-9]{1,2}|[A-H]|I{1,3}|IV)\b", re.IGNORECASE
)
_CHOOSE = expression(
    r"\b(?:choose|select|pick)\s+(?:only\s+)?(?:one|an option|your|either)\b|\bone of the following\b", re.IGNORECASE
)
_ROLLED = expression(rf"\b{ROLL}\b", re.IGNORECASE)
# spoken of, prepared, tested or over: not the way back itself
_NO_PROCEDURE = expression(
    r"\b(?:post|after|prepar\w*|approv\w*|transactions?|systems?|managers?|mechanism|buffer|tests?|tested|testing"
    r"|complete|completed|occurs|safety|update|monitoring|communications?|notes?|readiness|ready"
    r"|drills?|rehears\w*|capabilit\w*"
    r"|success|completion|requirements?|prerequisites?|considerations?|limitations?|risks?|overview|history|contacts?"
    r"|templates?|snapshots?|points?"
    r"|artifacts?|owners?|review|checklist review|training|window|sla|rto|metrics|segments?|polic(?:y|ies))\b",
    re.IGNORECASE,
)
_OLD = r"(?:the\s+)?(?:previous|prior|old|last|former|original|earlier|known[- ]good)\b.*"
_PLAN = r"(?:\s+(?:plans?|procedures?|steps|path|process|instructions|strategy))"
# the way back by other names; "Failback" and "Switching back" are the second half of an exercise as often
_WAY_BACK = expression(
    rf"^(?:how\s+(?:to|do\s+(?:i|we|you))\s+|manual\s+|emergency\s+|the\s+)?(?:fall(?:ing)?[\s-]back(?:\s+to\s+{_OLD})?"
    rf"|fall-?back{_PLAN}|(?:go|going|get|getting)\s+back(?:\s+to\s+{_OLD})?|way\s+back|undo(?:ing)?(?:\s+(?:it|this|that|everything|(?:the|a|an|your)\s.*))?"
    rf"|revers(?:al|e|ing){_PLAN}|revers(?:e|ing)\s+(?:it|this|the\s+(?:change|deployment|migration|upgrade))"
    rf"|(?:bail(?:ing)?[\s-]out|abort(?:ing)?){_PLAN}?|abort(?:ing)?\s+the\s+\w+|downgrad(?:e|ing){_PLAN}"
    rf"|(?:restor(?:e|ing)|return(?:ing)?\s+to|back\s+to)\s+{_OLD}|putting\s+(?:it|things)\s+back)\W*(?:\(.*\))?$",
    re.IGNORECASE,
)
_APPENDIX = expression(r"^appendix\s+[\w.]+\s*[:.–—-]+\s*(?P<words>\S.*)$", re.IGNORECASE)
_OF_AN_APPENDIX = frozenset({SectionRole.ROLLBACK, SectionRole.TRIGGERS, SectionRole.SIGNOFF, SectionRole.EMERGENCY})
_EMERGENCY = expression(
    r"^(?:if|when)\s+(?:it|things|anything|something|this|that|the\s+[\w -]{1,40})\s+"
    r"(?:fails?|goes\s+wrong|go\s+wrong)\W*$"
    r"|^plan\s+b\b|^escape\s+hatch|^fall-?back$"
    r"|\b(?:emergenc(?:y|ies)|troubleshoot\w*|disaster|incident (?:response|management|handling)"
    r"|common (?:issues|problems|errors|failures)"
    r"|known (?:issues|problems)|contingenc(?:y|ies)|failure (?:scenarios|modes|handling)"
    r"|if something goes wrong|what if|when things go wrong"
    r"|in case of (?:failure|problems|trouble|emergency|an incident))\b",
    re.IGNORECASE,
)
_REFERENCE = expression(
    r"^(?:table of contents|contents|toc|.*\bcontacts?(?: list)?|(?:additional |useful |helpful "
    r"|other |quick |important "
    r"|related |external )?(?:resources|links|references?)|.*\breferences?(?: documents?| links"
    r"| materials?)?|further reading"
    r"|(?:version|revision|change|document) (?:history|log|control)|change ?log|glossary|see also"
    r"|appendi(?:x|ces)\b.*"
    r"|related (?:documents|documentation|runbooks|links|pages|alerts|issues)|definitions|about"
    r"|about this .*|.*\bcontact information|faqs?"
    r"|frequently asked questions|abbreviations|acronyms|acknowledge?ments?|licen[cs]e|legend)$",
    re.IGNORECASE,
)
# what is read before or beside the work; a stage only where it holds something to do
_AROUND = expression(
    r"^(?:overview|(?:executive )?summary|intro(?:duction)?|purpose|scope|background|context|objectives?|goals?"
    r"|audience|assumptions|architecture|timeline|schedule|description|notes?|status|owner(?:s|ship)?|terminology"
    r"|at a glance|roles(?: (?:and|&) responsibilities)?|what (?:it|this) means|why\b.*|when to use\b.*|prerequisites?"
    r"|requirements|variables|environments?|symptoms|severity levels|(?:service|system|document|change|release) "
    r"(?:information|details|summary|overview)|key (?:information|dates|metrics))$",
    re.IGNORECASE,
)
_EXPLAINS = expression(r"^(?:meaning|impact)$", re.IGNORECASE)
_HEALS = expression(r"^(?:diagnosis|mitigation|full context)$", re.IGNORECASE)
_PROCEDURE = expression(
    r"\b(?:steps?|procedures?|how to|playbook|instructions?|mitigations?|resolutions?|remediation"
    r"|diagnos\w+|investigation|triage"
    r"|workflow|process|go[ -]live|actions?|checklist|recovery|runbook|sequence|walkthrough|cut-?over"
    r"|deployment|implementation|execution"
    r"|installation|upgrade|migration|restore|verification|validation|solution|fix|pre-?checks?"
    r"|post-?checks?|tasks)\b",
    re.IGNORECASE,
)
_OPTIONAL = expression(
    r"\(\s*(?:optional\w*|(?:only )?(?:if|as|when) (?:needed|required|applicable|necessary|desired"
    r"|wanted)|nice[- ]to[- ]have)\b[^)]*\)|^optional\b|[:–—-]\s*optional$"
    rf"|\b(?:if|as|when) (?:needed|required|applicable|necessary)$|^if (?:a |the )?{ROLL}\b|^(?:post"
    rf"|after)(?:[\s-]+(?:a|the))?[\s-]+{ROLL}\b",
    re.IGNORECASE,
)
INHERITED = frozenset(
    {SectionRole.ROLLBACK, SectionRole.TRIGGERS, SectionRole.EMERGENCY, SectionRole.REFERENCE, SectionRole.SIGNOFF}
)


_BROKEN_FIRST = expression(r"^\S*[^\x00-\x7f]\S*\s+(?=[A-Z])")  # remains of a broken emoji
_MARKS_LAST = expression(r"[^\w)\]>\"'`?!%+.]+$")


@lru_cache(maxsize=512)  # several rooms ask for the same heading
def heading_words(title: str) -> str:
    """The title without numbers, emoji and "Step 3:" in front."""
    words = _LEADING_MARKS.sub("", title)
    words = words if words.isascii() else _BROKEN_FIRST.sub("", words)
    shorter = _NUMBERING.sub("", words, count=1)
    shorter = _LEADING_MARKS.sub("", shorter) or words
    return _MARKS_LAST.sub("", shorter).strip() or shorter.strip()


def of(words: str) -> SectionRole | None:
    """The role a heading's words give; None when they give none of their own."""
    if _REFERENCE.match(words):
        named = _APPENDIX.match(words)
        own = of(named["words"]) if named is not None else None
        return own if own in _OF_AN_APPENDIX else SectionRole.REFERENCE
    if triggers.is_heading(words):
        return SectionRole.TRIGGERS
    if _ROLLED.search(words):
        return SectionRole.ROLLBACK if _is_procedure(words) else None
    if _WAY_BACK.match(words):
        return None if _NO_PROCEDURE.search(words) else SectionRole.ROLLBACK
    if signoffs.is_heading(words):
        return SectionRole.SIGNOFF
    if _OPTION.match(words):
        return SectionRole.OPTION
    if windows.names_window(words):
        return SectionRole.WINDOW
    if _EMERGENCY.search(words):
        return SectionRole.EMERGENCY
    return None


def _is_procedure(words: str) -> bool:
    """Whether the words name the way back: an "Update and rollback" is an update."""
    if _NO_PROCEDURE.search(words):
        return False
    joined = re.search(r"\band\b|&|/|\+|, ", words)
    return joined is None or bool(re.match(rf"^{ROLL}", words, re.IGNORECASE))


def procedure(words: str) -> bool:
    """Whether numbered lines below are steps to do."""
    return bool(_PROCEDURE.search(words))


def optional(title: str) -> bool:
    """Whether what stands below need not be done: "Clean up (optional)", "If rollback occurs"."""
    return bool(_OPTIONAL.search(heading_words(title)))


def choose(words: str) -> bool:
    """Whether the words ask for one of what follows."""
    return bool(_CHOOSE.search(words))


def explains_alert(titles: list[str]) -> bool:
    """The world of alert runbooks: Meaning and Impact explain, Diagnosis and Mitigation are walked."""
    words = [heading_words(title) for title in titles]
    return any(map(_EXPLAINS.match, words)) and any(map(_HEALS.match, words))


def around(title: str) -> bool:
    """Whether a heading names what is read and not walked, if nothing to do stands below it."""
    return bool(_AROUND.match(heading_words(title)))


def explanation(title: str) -> bool:
    return bool(_EXPLAINS.match(heading_words(title)))
