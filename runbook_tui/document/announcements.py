"""The grammar of words that stand over conditions: "Roll back if any of these fire:", "Abort criteria", "When to stop".

They name a way back or an end, and either wait for what follows ("if:", "on any of", "when one of the following") or
are named after it ("criteria", "triggers"). The first rules are the look-alikes: what is said of a rollback that is
over, described, or only possible. Words are in `families`; what the announcement asks for is told by `retreat`.
"""

from __future__ import annotations

import re
from functools import cache

from runbook_tui.document import families
from runbook_tui.document.patterns import expression
from runbook_tui.document.phrases import Found, Grammar, Tagged, Vocabulary
from runbook_tui.document.runbook import Polarity

_PHRASES = {
    "back": "BACK | SPARE | (ROLL | BACKWARD) (ART | WORD | WORK | PRON){1,3} BACKWARD",
    "turn": "back | END | HALT ART* (WORD | ANYOF){0,2} WORK | OVER",
    "after": "LAST | COLON | COMMA | STOP | BE | HAPPENS | NEEDED | WORKS | TO | ART | THEN",
    "open": "IF | UPON",
    "opening": "open ANYOF? aside?",
    "aside": "OPEN [^CLOSE]{0,12} CLOSE",
    "shut": "SHUT (ART | WORD | WORK){0,3} OFF? | ROLL (ART | WORD | WORK){1,3} OFF",
    "small": "ANYOF | THINGS | PRON | BE | ART | UPON",
    "prompts": "PROMPTS | CRIT",
}
_LOOK_ALIKES = {
    # "Rollback is complete when:"
    "its end": "any*? back any*? WELL any*? IF any*",
    # "Success criteria", "The upgrade is successful when:"
    "success": "any*? WELL any*? (IF | CRIT) any*",
    # "If rollback occurs:", "If you need to roll back:"
    "it happened": "any*? IF (ART | PRON)* (NEED TO? (WORD ART*)?)? back after any*",
    # "After a rollback:", "Post-rollback"
    "after it": "any*? (AFTER | BEFORE) ART* back any*",
    # "Rollback steps (if needed):", "Roll back if something goes wrong"
    "if needed": "any*? back [^COLON]{0,8}? IF (PRON BE)? (NEEDED | THINGS) [^ANYOF]*",
    # "How to roll back", "To roll back run:"
    "how": "(any*? HOW | ) TO back any* | any*? TO back any*? USE any* | HOW any*? back any*",
    # "Document the rollback criteria", "Notify the team when rolling back:"
    "told of": "any*? TELLS any*? back any*",
    # "Return to step 3 if:"
    "within the text": "any*? BACK TO ART? NEAR any*",
    # "Use the fallback DNS if:"
    "a spare thing": "any*? ART SPARE WORD any*",
    # "Rollback procedure when:"
    "its steps": "any*? back STEPS open any*",
}
_RULES = {
    # "Roll back immediately if:", "Abort the deployment in case of any of the following"
    "an order and if": "any*? (<turn>) any*? (opening (any | small{1,4})? COLON? LAST | open any*? ANYOF any*)",
    # "GO if:"
    "go if": "GO IF any*",
    # "When to roll back"
    "when to": "any{0,2} IF (TO | NEEDS (PRON | ART WORD)) any*? turn any*",
    # "Rollback decision criteria"
    "its criteria": "any*? (back | END) (WORD | SLASH | NOW){0,2} CRIT any*",
    # "Criteria that require a rollback", "Signs that we must abort"
    "criteria for it": "any*? CRIT any*? (UPON | TO | THAT | prompts) any*? (back | END) any*",
    # "If any of the following occurs, roll back:"
    "if any, an order": "any*? IF any*? ANYOF any*? turn any*",
    # "One of these means abort:"
    "any means": "ANYOF any*? turn any*",
    # "Rollback is required when"
    "required when": "(WORD | NOW)? back BE any{0,2}? (NEEDED | PROMPTED | prompts) any*? IF any*",
    # "Immediate rollback:"
    "at once": "any*? (NOW back | back NOW) COLON? LAST",
    # "Stop conditions", "Kill criteria"
    "stop criteria": "HALT CRIT aside? COLON? LAST",
    # "Pause the ramp at once if:"
    "halt if": "HALT (WORD | ART | WORK | PRON){0,3} NOW? IF (PRON? ANYOF)? COLON? LAST",
}
_RULES |= {
    # "What would make us go back", "What takes us back to the old cluster"
    "what makes us": "WHAT (WORD | NEEDS){0,2}? (MAKES | PROMPTS) (PRON | ART? WORD){1,2} TO? turn any{0,4}? LAST",
}
_SHUTS = {
    # "Close the gates right away if:", "Take the site offline at once when:"
    "shut at once": "(PRON | WORD)? shut NOW IF ANYOF? any{0,4}? COLON LAST",
}
_GRADED = {
    # "Talk about it first"
    "consider": "TALKS any{0,6}? (FIRST | BEFORE) any*",
    # "Keep going, these are known"
    "dont": "STAYS any*",
    # "Continue anyway", where "Continue with phase 3" is the next thing to do
    "dont, in general words": "CONTINUES ANYWAY? COLON? (LAST | COMMA any*)",
}
_LABELS = {
    # "What changes of this metric should prompt a rollback: lag above 5 GB"
    "what asks for it": "[^NOT]*? prompts (ART | NOW | WORD)* back LAST",
}
_LONGEST = 120
_OPEN_END = expression(  # enough to pass over most headings
    r"^\W*what\b|^\W*(?:stop|halt|pause|cancel|terminat\w+|kill|freeze)\b|\b(?:if|when(?:ever)?|as|moment|should|case|event|where)(?:\W+\w+){0,3}\W*$",
    re.IGNORECASE,
)
_SENTENCE_END = expression(r"(?<=[.!?])\s+(?=[A-Z])")


@cache
def _words() -> Vocabulary:
    return Vocabulary(
        {
            "SPARE": "fallback",
            "BACK": families.GOING_BACK,
            "ROLL": "roll rolls rolling take takes bring switch put move set turn flip backs backing",
            "BACKWARD": "back out",
            "NEAR": "step steps section top page beginning start menu list line normal",
            "GO": "go",
            "USE": "run use execute do follow",
            "END": families.GIVING_UP,
            "HALT": families.HALTING,
            "SHUT": families.SHUTTING,
            "OVER": "fail_over failing_over",
            "WORK": families.WORK,
            "CRIT": families.CRITERIA,
            "IF": families.IFS,
            "UPON": "on upon for in_case_of in_the_event_of in_the_case_of at of",
            "ANYOF": "any one either all each following these those below such any_of one_of see observe",
            "NOW": "now immediately immediate at_once right_away straight_away instantly emergency automatic",
            "AFTER": "after post during while until once",
            "WELL": "complete completed successful success succeeds done finished verified healthy",
            "NEEDED": "needed necessary required applicable mandatory desired possible",
            "THINGS": "something anything things there",
            "NEED": "need have must decide decide_to perform want",
            "NEEDS": "should must do shall can may",
            "HAPPENS": "occurs happens fails succeeds does",
            "WORKS": "works takes",
            "THEN": "then",
            "NOT": "not never no without avoid don't doesn't nor cannot",
            "BE": "is are be was becomes must_be should_be will_be has",
            "PROMPTED": "triggered initiated executed started performed",
            "PROMPTS": families.PROMPTING,
            "TELLS": families.TELLING,
            "STEPS": "procedure procedures step steps command commands script scripts plan plans",
            "HOW": "how",
            "WHAT": "what",
            "MAKES": "make makes lets sends force forces gets",
            "TO": "to",
            "THAT": "that which",
            "PRON": "it you we they i us",
            "ART": "a an the this our your its their",
            "OFF": "offline off down out",
            "TALKS": "talk discuss ask consult huddle confer",
            "FIRST": "first together beforehand",
            "BEFORE": "before",
            "STAYS": "keep_going keep_rolling carry_on leave_it leave_them ignore stay_calm",
            "CONTINUES": "continue proceed go_on",
            "ANYWAY": "anyway regardless nevertheless as_planned",
        },
        lambda _: "WORD",
    )


@cache
def _grammar(place: str) -> Grammar:
    rules = {
        "lead": {f"no: {name}": rule for name, rule in _LOOK_ALIKES.items()} | _RULES,
        "label": _LABELS,
        "shut": _SHUTS,
        "graded": _GRADED,
        "open end": {"open end": "any*? IF (PRON? ANYOF)? COLON? LAST"},
    }
    return Grammar(_words().kinds | {"WORD", "LAST"}, _PHRASES, rules[place])


def _found(place: str, text: str) -> Found | None:
    words = [word for word in _words().tag(text) if word.kind != "MARK"]
    return _grammar(place).find([*words, Tagged("LAST", len(text), len(text))])


def waits(lead: str) -> bool | None:
    """Whether a lead-in announces conditions; None when it speaks of none, False when it only sounds alike."""
    *before, last = _SENTENCE_END.split(lead.strip())
    found = _found("lead", last)
    if found is None:  # "Abort criteria for the swap. None of these is negotiable:"
        named = [one for sentence in before if (one := _found("lead", sentence)) is not None]
        found = next((one for one in named if "criteria" in one.rule), None)
    return None if found is None else not found.rule.startswith("no: ")


def stands_over(words: str) -> bool:
    """Whether a heading waits for what is below it: "Kill it immediately when you see"."""
    if len(words) > _LONGEST or not _OPEN_END.search(words):
        return False
    found = _found("lead", words)
    if found is not None and found.rule in {"stop criteria", "what makes us"}:
        return True
    return found is not None and found.rule in {"halt if", "an order and if"} and _found("open end", words) is not None


def shuts(lead: str) -> bool:
    """Whether a lead-in says to shut something at once if what follows is seen."""
    if len(lead) > _LONGEST or not lead.rstrip(" *_").endswith(":"):
        return False
    return ("if" in lead or "when" in lead) and _found("shut", lead) is not None


def graded(words: str) -> Polarity | None:
    """What a heading beside one over conditions asks for: "Talk about it first", "Keep going, these are known"."""
    found = _found("graded", words) if len(words) <= _LONGEST else None
    return Polarity(found.rule.partition(",")[0]) if found is not None else None


def labelled(text: str) -> str | None:
    """The condition behind a label that asks for it: "What should prompt a rollback: lag above 5 GB"."""
    head, colon, said = text.partition(":")
    if not colon or len(said.split()) < 2 or len(head) > _LONGEST:
        return None
    return said.strip() if _found("label", head) is not None else None
