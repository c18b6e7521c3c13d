"""Who signs: the words that name a capacity and nothing else, "QA Lead", "VP of Engineering", "CAB"."""

from __future__ import annotations

import re

from runbook_tui.document import families, orders
from runbook_tui.document.patterns import expression

_HEADS_TEXT = """
    lead leader leads manager managers owner owners director officer engineer engineers admin admins
    administrator administrators team teams sponsor sponsors sre sres dba dbas qa architect architects head
    coordinator commander analyst developer developers representative rep stakeholder stakeholders president
    vp chief approver approvers reviewer reviewers operator operators supervisor customer client vendor board
    committee council cab on-call oncall scientist specialist consultant principal maintainer maintainers
    tester testers executor verifier witness deployer inspector auditor counsel designer lead(s) master
    expert maker chair chairman chairperson captain custodian steward controller technician secretary
    cto ceo cio ciso coo cfo cso cpo cdo pm po tpm em tl ops devops secops
"""
HEADS = frozenset(_HEADS_TEXT.split())
_DEPARTMENTS_TEXT = """
    engineering security legal compliance product operations ops devops qa infrastructure platform business
    finance marketing support data network database release change sre it hr design privacy risk audit
    noc soc networking helpdesk procurement treasury analytics comms communications
    management executive leadership technical development secops mlops architecture testing governance safety
"""
DEPARTMENTS = frozenset(_DEPARTMENTS_TEXT.split())
_WORDS_TEXT = """
    technical tech senior site reliability quality assurance project program programme service incident
    system systems software frontend backend front-end back-end application app cloud deployment production
    customer success test testing information of and & the / on call on-call oncall duty primary secondary
    line final responsible department general delivery account ml ai model research scientific clinical
    ethics hardware storage web mobile api user domain independent external internal second first other shift
    team's group unit staff decision vice executive scrum for medical regulatory clinical
"""
MODIFIERS = frozenset(_WORDS_TEXT.split())
_ALSO_VERBS = frozenset(
    ["test", "change", "build", "review", "deploy", "lead", "plan", "watch", "search"]
)  # "Build engineer"
GROUPS = frozenset(["qa", "ops", "devops", "secops"])  # "QA: report written" speaks of the work
_LONGEST = 8  # words of a name
_HEADS_OR_DEPARTMENTS = HEADS | DEPARTMENTS
_NO_ORDER = _HEADS_OR_DEPARTMENTS | MODIFIERS | _ALSO_VERBS
_BESIDE = expression(r"\([^()]*\)")
_WORDS = expression(r"[^\s,;/]+")
_WORDS_OF_A_PERSON = expression(r"[^\s,;/&+]+")
_NUMBER = expression(r"[A-Z]|\d+")
_ARTICLES = expression(
    r"^(?:(?:the|a|an|our|your|their|at\s+least|one|two|three|both|all|each|every|any)\s+)+", re.IGNORECASE
)
_STARTS_CLAUSE = expression(
    r"of|from|by|for|in|on|at|with|who|that|which|whose|other|not|except|outside|isn['’]t|than|below|above|whoever",
    re.IGNORECASE,
)
_APPROVAL = expression(
    r"\s*[-–—:]?\s*\b(?:approvals?|sign[\s-]?offs?|signed[\s-]?off|approved|signature|authori[sz]ation"
    r"|review and approval)"
    r"(?:\s+(?:obtained|received|granted|given|required|needed|complete|completed|pending))?\W*$",
    re.IGNORECASE,
)
# where somebody is reached; "Mobile Engineering Lead" and "Email platform owner" are people
CONTACT = expression(
    r"\b(?:contacts?|phone|pager|extension|tel|hotline|(?:mobile|e-?mail|slack)(?!\s+(?:[\w&/-]+\s+){0,2}(?:leads?"
    r"|engineer\w*|managers?|owners?|teams?|heads?|directors?|architects?|develop\w*|qa|product|release|platform)\b))\b",
    re.IGNORECASE,
)
VERB = expression(
    r"^(?:all|run|verify|check|confirm|ensure|review|test|deploy|update|get|obtain|document|notify"
    r"|create|no|send|inform|complete)\b"
    r"|\b(?:completed?|passed|passing|verified|reviewed|tested|done|met|notified|informed|ready"
    r"|available|updated|signed in)$",
    re.IGNORECASE,
)


def is_role(text: str) -> bool:
    """Whether words name who signs and nothing else: "QA Lead", "VP of Engineering", "Security approval"."""
    named = stem(_BESIDE.sub(" ", text) if "(" in text else text)
    words = _WORDS.findall(named)
    if not 0 < len(words) <= 6:
        return False
    low = [word.lower().strip(".*'’") for word in words]
    known = _HEADS_OR_DEPARTMENTS
    if len(low) > 1 and low[-2] in HEADS and re.fullmatch(r"\d", low[-1]):  # "Core maintainer 1"
        words, low = words[:-1], low[:-1]
    if len(low) > 1 and low[0] not in _NO_ORDER and orders.imperative(low[0]):
        return False
    if len(low) > 2 and low[0] in HEADS and low[1] == "of" and not VERB.search(named):
        return True  # "Head of customer care"
    if low[-1] not in known and not (low[0] in HEADS and "of" in low[1:]):
        return False
    return all(
        word in known or word in MODIFIERS or words[at] != words[at].lower() for at, word in enumerate(low)
    ) and (low[0] in _ALSO_VERBS or not VERB.search(named))


def is_person(text: str, *, loose: bool = False) -> bool:
    """Whether words name somebody, told by what people do: "the second operator", "Release sheriff", "@qa".

    Wider than `is_role`: the line or the words above must speak of an assent. `loose`: a word may follow, as in
    "shift lead night".
    """
    named = _ARTICLES.sub("", (_BESIDE.sub(" ", text) if "(" in text else text).strip(' ,:;–—-"“”`*'))
    if named.startswith("@"):
        return len(named) > 1 and len(named.split()) <= _LONGEST
    words = _WORDS_OF_A_PERSON.findall(named)
    if not 0 < len(words) <= _LONGEST or is_role(named):
        return 0 < len(words) <= _LONGEST
    first = words[0].lower()
    if len(words) > 1 and orders.imperative(first) and first not in _NO_ORDER:
        return False
    at = next((at for at, word in enumerate(words) if _STARTS_CLAUSE.fullmatch(word)), len(words))
    head = words[at - 1] if at else ""
    if at > 1 and _NUMBER.fullmatch(head):  # "Custodian A"
        head = words[at - 2]
    if not head or _names(head):
        return bool(head)
    return loose and len(words) <= 3 and (any(map(_names, words[:at])) or head.lower() in DEPARTMENTS)


def _names(word: str) -> bool:
    return word.lower().strip(".,*'’") in HEADS or families.agent(word)


def approves(text: str) -> bool:
    return bool(_APPROVAL.search(text))


def stem(text: str) -> str:
    return _APPROVAL.sub("", text).strip(" -–—:*")
