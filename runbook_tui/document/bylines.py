"""Who did see to it: "Released by:", "OK'd by (Ana or Luis):", "Act 1 closed: CA ____ IW ____", "second reader: ____".

A byline has a word for agreeing or closing and is left open for a name, on one line of its own or for several hands.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import consent, hands
from runbook_tui.document.capacities import CONTACT, DEPARTMENTS, HEADS, is_person, is_role
from runbook_tui.document.forms import BLANK, bare, has_blank
from runbook_tui.document.patterns import expression

_STRONG = r"(?:approved|authori[sz]ed|accepted|agreed|released|signed(?:[\s-]off)?|countersigned|ok['’]?(?:ay)?e?d|endorsed|ratified|cleared)"
_SEEN = r"(?:reviewed|verified|confirmed|checked|witnessed|seen|decided|closed|validated|acknowledged|acked|tested|handed\s+over|taken\s+over|read)"
_NOUN = r"(?:all[\s-]clear|go|ok|okay|go-ahead|green\s+light|permission|consent|approval|clearance|yes|acceptance|sign[\s-]?off)"
_BYLINE = expression(
    rf"^(?:[\w'’.-]+\s+){{0,4}}?(?P<act>(?P<strong>{_STRONG})|{_SEEN}|{_NOUN}\s+(?:was\s+)?(?:given|said|granted))"
    rf"(?:\s*(?:&|and|/|,)\s*(?:{_STRONG}|{_SEEN}|released|\w+ed))?[\s-]+by"
    r"(?:\s+(?P<who>[^:()_]{2,50}?))?\s*(?:\((?P<aside>[^()]*)\))?\s*:\W*$",
    re.IGNORECASE,
)
_WANTED = expression(
    r"^(?P<who>[^:()_]{2,60}?)\s*\(\s*(?:(?:your\s+)?(?:name|initials|signature|sign|date|time)s?\s*(?:[,/&+]|and)?\s*)+\)\s*:\W*$",
    re.IGNORECASE,
)
_EYES = expression(
    r"^(?:the\s+|a\s+)?(?:(?:second|third|another|other|2nd|3rd|fresh)\s+(?:pair\s+of\s+eyes|eyes|person|engineer|operator|hand|colleague|human|reader|reviewer|checker|signature|name)|four[\s-]eyes|witness|shadow|buddy)(?:\s+\([^()]*\))?$",
    re.IGNORECASE,
)
_PAIR = expression(r"(?P<who>[A-Za-zÀ-ÿ][^_:/|·,;]{0,40}?)\s*:?\s*_{3,}[\s,;/·|]*")
_BEHIND = expression(r"_{3,}\s*\(\s*(?P<who>[^()_]{2,50})\)[\s,;/·|]*")
_CLOSED = expression(
    r"(?:^|\s)(?:closed|completed?|done|finished|passed|over|ended|signed|documented|ok|go|agreed|"
    rf"{_STRONG}|{_SEEN})\s*(?:by)?\s*(?:[:–—-]\s*|\.\s+)",
    re.IGNORECASE,
)
# what was done and when: "Voided at __:__  CA ____  IW ____", "Passed at ____ — shift lead ____ / DBA ____"
_TIMED = expression(
    r"^[A-Za-z][^_:]{2,60}?\s*:?\s*(?:(?:at|on)\s*:?\s*)?(?:_{2,}|\d{1,2})\s*:\s*_{2,}\s*(?:h|hrs|UTC|CET|CEST|local)?[\s,;–—-]+(?:by\s+)?"
    r"|^[A-Za-z][^_:]{2,60}?\s(?:at|on)\s*_{0,2}:\s+(?=[A-Za-z])"  # "__:__" is bold
    r"|^[A-Za-z][^_:]{2,60}?\s(?:at|on)\s*:?\s*_{3,}[\s,;:–—-]+(?:by\s+)?(?=[A-Za-z])",
    re.IGNORECASE,
)
# what it is signed for: "Gate A: upgrade lead ____ / shop on-call ____", "Hold point 2 - shift lead ____, DBA ____"
_GATE = expression(
    r"^(?:(?:hold\s+point|go\s+point|gate|phase|step|stage|check-?point|wave|part|act|milestone|point|section|day|batch|ring|window)\s+[\w.-]{1,4}|[A-Z]{1,3}[-.]?\d+(?:\.\d+)?)(?:\s*\([^()]*\))?\s*[:–—-]\s*",
    re.IGNORECASE,
)
_DATED = expression(
    r"(?<=[\s_])(?:date(?:\s*/\s*time)?|time|datum|uhrzeit)\s*:?\s*_{2,}(?:\s*:\s*_{2,})?\W*$", re.IGNORECASE
)
_OVER = expression(r"\b(?:\w{3,}ed|done|written|taken|given|seen|ok|over)\b[^:_]*:\W*$", re.IGNORECASE)
_DEV = expression(r"^[A-Z][\w-]*\s+devs?$")  # "Payments dev"
_INITIALS = expression(r"^(?!(?:UTC|CET|CEST|GMT|AM|PM|ID|NR|NO|OK|TX|URL|PR)$)[A-Z]{2,3}$")
_ALONE = expression(r"^(?P<who>[^:_]{2,60}?)\s*:?\s*(?:_{3,}|\.{6,}|…{2,})\W*$")
_WHEN = expression(
    r",\s*(?:(?:on\s+|by\s+)?(?:mon|tues|wednes|thurs|fri|satur|sun)day|day\s+\d+|\d{1,2}[:.]\d\d|tomorrow|the\s+(?:next|same)\s+day|T\+)[^,]*$",
    re.IGNORECASE,
)
_THING = expression(
    r"(?:^|\b)(?:name|date|time|signature|initials|ticket|version|link|id|number|host|build|tag|until|from|to|start|end|started|finished)s?\W*$",
    re.IGNORECASE,
)
_IN_A_BOX = expression(
    r"^(?:the\s+|our\s+|your\s+|this\s+)?(?P<what>[\w'’/-]+(?:\s+[\w'’/-]+){0,3}?)\s+(?:(?:is|was|has\s+been|got)\s+)?"
    r"(?:approved|signed\s+off|okayed|ok['’]d|authori[sz]ed|countersigned|accepted|lgtm['’]?d)(?:\s+(?:in|at|on)\s+\S+)?\s+by\s+"
    r"(?:the|our|a|an|one)\s+(?P<who>[^,.;:()_]{2,50}?)(?:\s+(?:in|on|via|before|who)\s[^:_]*)?\s*(?:\([^()]*\))?\W*$",
    re.IGNORECASE,
)
_CLAUSE = expression(r"\b(?:or|and|if|when|all|no|not|nobody|each|every|any|everything)\b", re.IGNORECASE)
_SIGNED_BY = expression(rf"\b(?:{_STRONG}|{_SEEN})\s+by\s*:", re.IGNORECASE)
_LONGEST = 160
_MARKS = expression(r"^(?:[^\w_\[(\"'“@]|\d+(?:\.\d+)*[.)]?\s)+")


def _text(raw: str) -> str:
    return _MARKS.sub("", bare(raw).replace("*", "")).strip()


def _ends_open(row: str) -> bool:
    return row.rstrip(" *_`@").endswith(":")


def left_open(rows: Sequence[str], after: Sequence[str], following: str, *, worked: bool) -> dict[int, str]:
    """Who is to put a name behind the colons that end some lines, by row: "Released by:", "Budget owner (name, date):".

    `after`: the lines below, a paragraph perhaps (`following`). `worked`: something was to do above; in the head of a
    document a reviewer is named and does not sign.
    """
    if not all(map(_ends_open, rows)):
        return {}
    if following == "paragraph" and not _ends_open(next((row for row in after if row.strip()), "")):
        return {}  # who did stands there
    found: dict[int, str] = {}
    for at, row in enumerate(rows):
        text = _text(row)
        if len(text) > _LONGEST or CONTACT.search(text.partition("(")[0]):
            continue
        if (by := _BYLINE.match(text)) is not None and (worked or by["strong"]):
            if not by["who"] or hands.person(by["who"]) or is_person(by["who"]):
                found[at] = _who(by["aside"] or "") or by["who"] or text.rstrip(" :")
        elif len(rows) > 1 and (owner := whose(text)) is not None:
            found[at] = owner
        elif (wanted := _WANTED.match(text)) is not None and _somebody(wanted["who"]):
            found[at] = wanted["who"]
    if found:
        for at, row in enumerate(rows):
            name = _text(row).rstrip(" :")
            if at not in found and name and (_EYES.match(name) or is_role(name)):
                found[at] = name
    return found


# "data owner OK:", "DBA's go-ahead:"
_WHOSE = expression(
    r"^(?P<who>[^:_()]{2,50}?)(?:['’]s)?\s+(?:ok|okay|go|go-ahead|approval|consent|sign-?off|yes|lgtm|clearance)\s*:\W*$",
    re.IGNORECASE,
)


def whose(row: str) -> str | None:
    """Whose assent a line waits for that has nothing behind it."""
    found = _WHOSE.match(_text(row)) if row.rstrip(" *_`").endswith(":") else None
    return found["who"] if found is not None and _somebody(found["who"]) else None


def _somebody(words: str) -> bool:
    return hands.person(words) and not consent.machine(words.rsplit(None, 1)[-1])


def _who(aside: str) -> str:
    """Who stands in brackets behind the act, without what else is said there: "Ana or Luis, a thumbs-up is fine"."""
    who = re.split(r"[,;]", aside, maxsplit=1)[0].strip()
    return who if 0 < len(who.split()) <= hands.MOST_WORDS and not _THING.search(who) else ""


def pairs(raw: str, *, box: bool = False) -> list[str]:
    """Each who has a blank of their own: "Act 1 closed: CA ____ IW ____", "Done: ____ (SRE) / ____ (lead)"."""
    if "___" not in raw and "\\_" not in raw:
        return []
    text = _text(raw)
    if len(text) > _LONGEST:
        return []
    dated = _DATED.search(text)
    text = text if dated is None else text[: dated.start()].rstrip(" ,;/|·")
    timed = _TIMED.match(text)
    closed = timed or _GATE.match(text) or _CLOSED.search(text[: text.find("__")])
    tail = text[closed.end() :] if closed is not None else text
    behind = [match["who"].strip() for match in _BEHIND.finditer(text)]
    if (
        len(behind) > 1
        and _OVER.search(_BEHIND.sub("", text))
        and all(hands.person(who) or _DEV.search(who) for who in behind)
    ):
        return behind
    found = [match["who"].strip() for match in _PAIR.finditer(tail)]
    if not found or _PAIR.sub("", tail).strip(" .") or any(map(_THING.search, found)):
        return []
    if closed is not None and all(_INITIALS.match(who) or is_role(who) for who in found):
        return found
    known = all(hands.person(who) or _EYES.match(who) or (timed and _INITIALS.match(who)) for who in found)
    return found if len(found) > 1 and known and (box or dated is not None or closed is not None) else []


def alone(raw: str) -> str | None:
    """Somebody and a blank and nothing else: "second reader: ____", "Warehouse manager, Monday 12:00: ____"."""
    if not has_blank(raw):
        return None
    text = _text(raw)
    found = _ALONE.match(_WHEN.sub("", text.partition("__")[0].rstrip(" :")) + ": ____") if "__" in text else None
    found = found or _ALONE.match(text)
    if found is None or len(text) > _LONGEST or CONTACT.search(text):
        return None
    who = _WHEN.sub("", found["who"]).strip(" ,")
    if _THING.search(who) or BLANK.search(who):
        return None
    return who if _EYES.match(who) or _somebody(who) else None


_BOX_OF = expression(r"^(?P<who>[A-Z]{2,4})\s*(?:\([^()]*\))?\s*:?\s*_{3,}\W*$")


def initials(raw: str) -> str | None:
    """Who has a place for a hand and is named by letters alone, where people sign: "IC ____", "DPO (if late) ____"."""
    found = _BOX_OF.match(_text(raw)) if "__" in raw else None
    return None if found is None or not (len(found["who"]) > 3 or _INITIALS.match(found["who"])) else found["who"]


def signed_by(row: str) -> bool:
    """Whether a line has a blank for by whom something was seen: "Reviewed and closed by: ____"."""
    return has_blank(row) and _SIGNED_BY.search(row) is not None


_HANDLE_LAST = expression(
    r"^(?P<who>[^:@`]{2,70}?)\s*(?::|–|—|-)\s*@_*\s*(?P<said>approved|ok|okay|lgtm|go)?\s*(?:\([^()@]*\))?\W*$",
    re.IGNORECASE,
)
_STAFF = expression(  # who has the work; nobody signs there
    r"\b(?:assign\w*|owner|driver|author|reporter|scribe|on[\s-]?call|primary|secondary|backup|contact|shadow)\b",
    re.IGNORECASE,
)
STAFFING = expression(
    r"\b(?:roles?|crew|staff\w*|people|contacts?|assign\w*|who\s+(?:does|is|works|runs|drives|are\s+(?:you|we))|hats?|on[\s-]?call|rota|shifts?|responders)\b",
    re.IGNORECASE,
)


_SIGNS = expression(  # "Facility manager signs off"
    r"^(?:the\s+|our\s+)?(?P<who>[^,.:;()_]{2,50}?)\s+(?:signs(?:\s+off)?|approves|says\s+(?:yes|ok(?:ay)?|go)|(?:must|has\s+to|needs\s+to)\s+(?:approve|sign(?:\s+off)?))"
    r"(?:\s+(?:on\s+)?(?:it|this|the\s+\w+(?:\s+\w+)?)|\s+to\s+\w+(?:\s+\w+)?)?\s*(?:\([^()]*\))?\W*$",
    re.IGNORECASE,
)


def staffs(words: str) -> bool:
    """Whether words and nothing else name who has the work: "On-call", "the owner"."""
    found = _STAFF.search(words)
    return found is not None and len(words) - len(found.group()) < len("the ") + 1


def waits_for_handle(raw: str) -> bool:
    """Whether a box is a name, a sign and `@`, and does not say who has the work."""
    found = _HANDLE_LAST.match(_text(raw))
    return found is not None and not _STAFF.search(found["who"])


def without_place(words: str) -> str:
    """Somebody without the place for a handle, or what stands behind the comma: "Train captain, 14 Jan, Ife"."""
    who = re.sub(r"\s*[:–—-]\s*@_*\W*$", "", words)
    return who.partition(",")[0] if hands.person(who.partition(",")[0]) else who


def handle(raw: str, above: str = "") -> str | None:
    """Whose handle a box waits for: "- [ ] QA: @", "- [ ] Patch lead – @", and a last sentence "Release manager: @____".

    `above`: the words over it; where they speak of who does what, nobody signs.
    """
    if "@" not in raw or STAFFING.search(above):
        return None
    found = _HANDLE_LAST.match(re.split(r"(?<=[.!])\s+", _text(raw))[-1])
    if found is None or (_STAFF.search(found["who"]) and not found["said"]):
        return None
    who = re.sub(r"\s*\([^()]*\)\s*$", "", found["who"]).strip(" ,")
    return who if hands.person(who) or is_role(who) or who.lower() in DEPARTMENTS else None


def in_a_box(raw: str) -> str | None:
    """By whom a thing is to be approved, said of a box: "PR approved by a second maintainer"."""
    if "sign" in raw or "pprove" in raw or "says" in raw:
        signs = _SIGNS.match(_text(raw))
        if signs is not None and _somebody(signs["who"]):
            return signs["who"]
    if " by " not in raw:
        return None
    found = _IN_A_BOX.match(_text(raw))
    if found is None or _CLAUSE.search(found["what"]):
        return None
    who = found["who"].strip()
    last = who.lower().rsplit(None, 1)[-1]
    return who if (last in HEADS or is_person(who)) and not consent.machine(who) and who[:1] != "`" else None
