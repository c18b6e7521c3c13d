"""A place left open for somebody's hand, told by what stands in the place and by who stands before or behind it.

What stands there may be a blank, brackets with what is wanted (`[ name / time ]`), a box behind the words, or nothing
behind a colon. Who is to fill it stands in front ("DBA lead OK (name, time): ____"), behind the act ("Permit issued by
(shift lead): ____"), or behind the place ("Sign here: ____ (duty manager)"). A person and a blank alone are as often a
field of the document's head, so that they count only where the words above ask for hands.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import families, orders
from runbook_tui.document.capacities import CONTACT, DEPARTMENTS, HEADS, approves, is_person, is_role, stem
from runbook_tui.document.forms import BLANK, bare
from runbook_tui.document.patterns import expression

_WANTED = (
    r"(?:(?:full|print(?:ed)?|your)\s+)?(?:names?|initials?|signatures?|signed?|dates?|times?|when|who|hour|timestamp|stamp|paraph|visa|handle"
    r"|utc|kürzel|unterschrift|datum|uhrzeit|nombre|firma|fecha|hora|prénom|heure|naam|handtekening|paraaf|assinatura)"
)
_ALL_WANTED = rf"{_WANTED}(?:\s*(?:[,/&+|]|\band\b|\bor\b|\bund\b|\by\b|\bet\b|\s)\s*{_WANTED}){{0,4}}"
_PLACE = expression(
    rf"{BLANK.pattern}|\(\s*{_ALL_WANTED}\s*:\s*\)|(?<!\w)\[\s*(?:{_ALL_WANTED})?\s*\](?!\()|<\s*{_ALL_WANTED}\s*>|(?<!\S)@_*\s*$|[☐⬜□]",
    re.IGNORECASE,
)
_ASKED = expression(rf"\s*(?:\(\s*(?P<inside>{_ALL_WANTED})\s*\)|[,;–—:-]\s*(?P<behind>{_ALL_WANTED}))$", re.IGNORECASE)
_HAND = expression(
    r"\b(?:names?|initials?|signatures?|signed?|who|stamp|paraph|visa|handle|kürzel|unterschrift|nombre|firma|naam|handtekening|paraaf|assinatura)\b",
    re.IGNORECASE,
)
_DATED = expression(
    r"^\W*(?:\([^()]*\)\W*)?(?:date|time|at|on|signed|signature|sign|initials?|name|datum|uhrzeit|fecha|hora|le|am|um|data)\b[^_.…]{0,20}(?:_{2,}|\.{5,}|…{2,})",
    re.IGNORECASE,
)
_BEHIND = expression(r"^[_.…\s]*\(\s*(?P<who>[^()_]{2,60}?)\s*\)")
_ASIDE = expression(r"^(?P<before>[^()]*?)\s*\((?P<inside>[^()]{2,60})\)$")
# "Permit issued by", "Historian handed back, accepted by", "Authorised", "Returned to"
_ACT = expression(
    r"(?:^|[\s,])(?:\w{2,}(?:ed|wn|en|ught|eld|un)|done|ok['’]d|okayed|signed[\s-]off|sign[\s-]?off|approval|go|ok|okay|consent|acceptance|permission|clearance|release)(?:\s+(?:off|over|back|out|up|and\s+\w+))?(?:\s+(?:by|to|from|with|of))?$",
    re.IGNORECASE,
)
_BY = expression(
    r"^(?P<act>.{0,60}?\b(?:\w{2,}(?:ed|wn|en|ught|eld|un)|done|go|ok|okay|consent|approval|permission|acceptance|clearance|release|sign[\s-]?off|signed[\s-]off)(?:\s+(?:off|over|back|out|given))?(?:\s+(?:in|at|during)\s+(?:the\s+)?[\w-]+)?\s+(?:by|from|of))\s+(?:the\s+|our\s+|an?\s+)?(?P<who>\S.{1,60})$",
    re.IGNORECASE,
)
_ASSENTED = expression(
    r"\b(?:approved|accepted|authori[sz]ed|agreed|cleared|confirmed|released|countersigned|endorsed|signed(?:\s+off)?|okayed|closed|witnessed|acknowledged|reviewed|verified|checked|taken\s+over|handed\s+(?:over|back)|go|ok|okay|consent|approval|permission|acceptance|clearance|sign[\s-]?off)\b",
    re.IGNORECASE,
)
_SAYS = expression(
    r"^(?:the\s+)?(?P<who>.{2,60}?)(?:['’]s)?\s+(?:(?:says|said)\s+[“']?[a-z][\w'’-]*(?:\s+it)?[”']?|(?:gives|gave|has\s+given|has\s+said)\s+(?:(?:the|an?|their|its)\s+)?(?:go|ok|okay|yes|so|go-ahead|green\s+light|consent|approval)|ok|okay|oks|okays|go|go-ahead|sign[\s-]?off|approval|approved|approves|👍['’]?d|thumbs[\s-]?upped|consent|agrees|agreed|accepts|accepted|confirms|confirmed|clears|cleared|signature|initials|signs)(?:\s+(?:to|for|on|that|this|the|your|my|here|with|of|before|after|below|off)\b.*)?$",
    re.IGNORECASE,
)
_WRITES = expression(
    r"^(?:the\s+)?(?P<who>.{2,40}?)\s+(?:initials|signs|countersigns|writes?\s+(?:(?:their|his|her|the)\s+)?(?:name|initials)|puts?\s+(?:(?:their|his|her|the)\s+)?(?:name|initials))\b",
    re.IGNORECASE,
)
_SIGN = expression(
    r"\b(?:sign(?:ed|s|ature)?|initials?|countersign(?:ed)?|visa|stamp)\b|\b(?:approved|accepted|authori[sz]ed|released|witnessed|agreed)\b",
    re.IGNORECASE,
)
# who has the work, or has been told of it, puts no name to it
_HAS_IT = expression(
    r"\b(?:assigned|escalated|reported|notified|informed|paged|called|owned|raised|opened|found|noticed|named|hosted|maintained|written|created|sent|based|listed)\b",
    re.IGNORECASE,
)
_STATE = expression(
    r"^(?:is|are|was|were|has|have|had|\w{3,}ed|told|aware|present|ok|okay|fine|happy|content)$", re.IGNORECASE
)
_VERDICT = expression(r"^\s*(?:go|ok|okay|yes|approved?|agreed?|ready|accept(?:ed)?|green)\b\W*$", re.IGNORECASE)
_EYES = expression(
    r"^(?:a\s+|the\s+)?(?:(?:second|another|other|2nd|fresh)\s+(?:pair\s+of\s+eyes|eyes|person|engineer|operator|hand|colleague|human)|four[\s-]eyes(?:\s+\w+)?|4[\s-]eyes(?:\s+\w+)?|buddy|peer|witness)$",
    re.IGNORECASE,
)
_THING = expression(
    r"\b(?:tickets?|ids?|numbers?|no|nr|versions?|links?|urls?|dates?|times?|hosts?|path|file|branch|tag|commit|build|rate|count|value|size|duration|phone|e-?mail|pager|slack|contact|channel|address|port|reasons?|notes?|comments?|remarks?|status|result|serial)\b",
    re.IGNORECASE,
)
_SPOKEN_TO = frozenset(
    [
        "notify",
        "inform",
        "ask",
        "call",
        "tell",
        "page",
        "contact",
        "alert",
        "get",
        "ping",
        "brief",
        "let",
        "have",
        "request",
        "email",
        "mail",
        "send",
        "assign",
        "name",
        "choose",
        "confirm",
        "remind",
        "wake",
        "text",
        "reach",
        "message",
        "involve",
        "invite",
        "consult",
        "find",
        "verify",
        "ensure",
        "make",
        "engage",
        "appoint",
    ]
)
_EITHER = expression(r"\s+(?:or|and|oder|und|ou|et|y|o)\s+|\s*[/&]\s*", re.IGNORECASE)
_OF = expression(r"\s+(?:of|de|del|de\s+la|du|des|der|di|della|do|da|van|für|for|on|at|in)\s+", re.IGNORECASE)
_ARTICLE = expression(r"^(?:the|our|your|an?|one|each|any)\s+", re.IGNORECASE)
_OPEN = expression(r"_{2}|\\_|[\[☐⬜□<@…]|\.{5}|\*{4}|:\W*$")
_MARKS = expression(r"^[^\w_\[(\"'“@<]+")
_LONGEST = 180
MOST_WORDS = 8
_SHORT = 3


def opens(raw: str) -> bool:
    """Whether a line may have a place for a hand: enough to pass over most lines."""
    return _OPEN.search(raw) is not None


def of_line(raw: str, *, box: bool = False, signing: bool = False) -> str | None:
    """Who is to fill the place of a line; None where it has none for a hand. `signing`: words above ask for hands."""
    if not opens(raw):
        return None
    text = _MARKS.sub("", bare(raw).replace("*", "")).strip()
    if len(text) > _LONGEST or "http" in text or CONTACT.search(text):
        return None
    place = _PLACE.search(text)
    if place is None and not text.endswith(":"):
        return None
    label = (text[: place.start()] if place is not None else text).rstrip(' :–—-.,("“`')
    tail = text[place.end() :] if place is not None else ""
    within = place.group() if place is not None else ""
    asked = _HAND.search(within) is not None
    timed = "/" in within or "," in within
    if (wanted := _ASKED.search(label)) is not None:
        label, said = label[: wanted.start()].rstrip(" :–—-,"), wanted["inside"] or wanted["behind"]
        asked = asked or _HAND.search(said) is not None
        timed = timed or len(said.split()) > 1 or "/" in said
    if not label or (label[:1].isdigit() and " " not in label):
        return None
    open_end = place is None
    if open_end and not box and not asked:
        return None
    return _strong(label, tail, asked=asked, timed=timed, box=box, open_end=open_end) or (
        _weak(label, tail) if signing and not open_end else None
    )


def _strong(label: str, tail: str, *, asked: bool, timed: bool, box: bool, open_end: bool) -> str | None:
    behind = _BEHIND.match(tail)
    if behind is not None and (_ACT.search(label) or _SIGN.search(label)) and person(behind["who"]):
        return _named(behind["who"])
    if (aside := _ASIDE.match(label)) is not None:
        before, inside = aside["before"].strip(), aside["inside"].strip()
        if _ACT.search(before) and not _HAS_IT.search(before):
            dated = _DATED.match(tail) is not None or before.lower().endswith(" by")
            if person(inside) or (dated and _DESK.fullmatch(inside)):
                return _named(inside)
        label = before if person(before) or _SAYS.match(before) or _BY.match(before) else label
    by = _BY.match(label)
    by = None if by is not None and _HAS_IT.search(by["act"]) else by
    if by is not None and (
        _who(by["who"], loose=_ASSENTED.search(by["act"]) is not None) or (asked and _desk(by["who"]))
    ):
        if box or not open_end or asked:
            return _named(by["who"])
        return None
    if (says := _SAYS.match(label)) is not None and (
        _who(who := says["who"], loose=" " in who or who.isupper()) or (asked and _desk(who))
    ):
        return _named(who)
    if (writes := _WRITES.match(label)) is not None and _who(writes["who"], loose=False):
        return _named(writes["who"])
    if _EYES.match(label) and (asked or box):
        return _named(label)
    dated = _DATED.match(tail) is not None
    if person(label) and not _THING.search(label.split()[-1]) and ((asked and (box or timed)) or dated):
        return _named(label) if asked or is_role(label) or _known(_OF.split(label)[0]) else None
    if asked and (who := _subject(label)) is not None:
        return who
    return None


_DESK = expression(r"[A-ZÀ-Þ][\w&/-]*(?:\s+(?:(?:of|and|&)\s+)?[A-ZÀ-Þ][\w&/-]*){0,3}")  # "Laboratory Systems"
_DUTY = expression(r"\s+on[\s-](?:duty|call|shift)$", re.IGNORECASE)


def _desk(words: str) -> bool:
    """Whether a place for a name makes words those of a desk: "security on duty said ok (name, time):"."""
    named = _DUTY.sub("", _ARTICLE.sub("", words.strip()))
    return named.lower() in DEPARTMENTS or (named != words.strip() and len(named.split()) <= _SHORT)


def _weak(label: str, tail: str) -> str | None:
    """Who stands before a place where the words above ask for hands: "FLIGHT ☐ GO", "CISO or delegate: ____"."""
    aside = _ASIDE.match(label)
    who = aside["before"].strip() if aside is not None else label
    if _VERDICT.match(tail) and 0 < len(who.split()) <= _SHORT and who[:1].isupper() and not _THING.search(who):
        return _named(who)
    return _named(who) if person(who) and not _THING.search(who) else None


def _subject(label: str) -> str | None:
    """Somebody at the start of a statement: "Data protection officer informed if mail was read", initials wanted."""
    words = label.split()
    for end in range(min(len(words) - 1, 5), 0, -1):
        if _STATE.match(words[end].strip(",;")) and person(" ".join(words[:end])) and _known(words[end - 1]):
            return _named(" ".join(words[:end]))
    return None


def _who(words: str, *, loose: bool) -> bool:
    """Whether words name somebody; `loose`: a name of a few words with a capital is enough."""
    words = re.sub(r"\s*\([^()]*\)", "", words).strip(" ,.;")
    if not words or ":" in words or len(words.split()) > MOST_WORDS or (_THING.search(words) and not person(words)):
        return False
    if person(words):
        return True
    return (
        loose
        and len(words.split()) <= _SHORT
        and all(word[:1].isupper() or word in {"of", "and", "&"} for word in words.split())
        and not orders.imperative(words)
        and not any(char.isdigit() for char in words)
    )


def person(words: str) -> bool:
    """Whether words name a function or a group, in front of a place for a hand: "Control room supervisor", "CISO or delegate"."""
    words = _ARTICLE.sub("", re.sub(r"\s*\([^()]*\)", "", words).strip(" ,.;:–—-"))
    found = words.split()
    if not 0 < len(found) <= MOST_WORDS or words.endswith(("?", "!")):
        return False
    if is_person(words) or _EYES.match(words):
        return not (len(found) == 1 and found[0].lower() in _PLAIN)
    either = _EITHER.split(words)
    if len(either) > 1 and all(either) and any(map(is_person, either)) and all(len(one.split()) <= 4 for one in either):
        return found[0].lower() not in _SPOKEN_TO
    first = found[0].lower()
    if orders.imperative(first):
        if first in _WORDS_TOO and len(found) > 1 and found[1].lower() in _GROUPS:
            return True
        plain = len(found) > 1 and not _ARTICLE.match(found[1] + " ") and "," not in words
        return plain and first not in _SPOKEN_TO and is_person(" ".join(found[1:]))
    return _known(_OF.split(words)[0]) or _OWNER_OF.match(words) is not None


# "Head IT Operations", "Business Owner Instant Payments"
_OWNER_OF = expression(
    r"^(?:[A-Z][\w&/-]*\s+){0,2}?(?:Head|Owner|Director|Manager|Lead|Officer|Chief|Supervisor|Leiter(?:in)?|Responsable|Jefe)(?:\s+[A-Z][\w&/-]*){1,3}$"
)
_WORDS_TOO = frozenset(["mail", "email", "call", "page", "text"])  # "Mail group"
_GROUPS = frozenset(["group", "team", "desk", "unit", "office", "squad"])
_PLAIN = frozenset(
    ["server", "client", "agent", "host", "hosts", "master", "bank", "board", "unit", "partner", "customer"]
)


def _known(words: str) -> bool:
    if (short := _SHORTHAND.search(words)) is not None:  # "Custodian A", "Module owner FI"
        words = words[: short.start()]
    last = words.lower().split()[-1].strip(".,*'’") if words.split() else ""
    return (
        last in HEADS
        or families.agent(last)
        or families.agent(last.rpartition("-")[2])
        or last.endswith(("verantwortlicher", "verantwortliche", "leiter", "leiterin"))
        or last in _ELSEWHERE
        or (last in DEPARTMENTS and words[:1].isupper())
    )


_SHORTHAND = expression(r"(?<=\w)\s+(?:[A-Z]{1,3}\d?|\d{1,2})$")
_ELSEWHERE = frozenset(families.PEOPLE_ELSEWHERE.split())


def _named(words: str) -> str:
    who = _ARTICLE.sub("", words.strip(" ,.;:–—-"))
    return stem(who) if approves(who) and stem(who) else who


# a place for a time: "Decided at: ____", "Works council informed on: ____", "Date/time (UTC): ____"
_WHEN = expression(
    r"[\W_]*(?:[\w'’-]+\s+){0,5}(?:decided|informed|notified|told|started|finished|ended|begun|completed|done|released|deployed)"
    r"\s+(?:at|on)\W*:[\W_]*(?:UTC|CET|am|pm|h|hrs)?\W*$"
    r"|\W*(?:dates?|times?|when|started|finished)(?:\W{1,3}(?:and|or)?\W?(?:dates?|times?|timestamp))?(?:\s*\([^()]*\))?\W*:[\W_]*$",
    re.IGNORECASE,
)
# who did the work is a field of a log: "Done by: ____"
_WORKED = expression(
    r"[\W_]*(?:done|filled\s+in|written|drafted|run|copied|updated|last\s+\w+)\s+by\W*:[\W_]*(?:(?:and|,)[\W_]*)?$",
    re.IGNORECASE,
)


_GATE = expression(r"^\W*[A-Za-z]{0,4}\d+(?:\.\d+)?\s*(?:→|->|=>)\s*")


def past_gate(raw: str) -> str:
    """A line without the name of what somebody signs for: "G1 → ML serving: ____"."""
    gate = _GATE.match(raw)
    return raw if gate is None else raw[gate.end() :]


# what is filled in and no one signs: "Remarks: ____", "DR up at: ____", "Change number: CHG____ Date: ____"
_FILLED_IN = expression(
    r"^(?:[\w'’.&-]+[ \t]+){0,3}?(?:(?:remarks?|comments?|notes?|observations?|reasons?|findings?|deviations?|number|nr|no\.|id|code|ticket|incident|host|port|version|build|before|after|environment|env|mode|site|region|cluster|url|link|channel|location|duration|serial(?:\s+number)?|count|total|result|rto|rpo)"
    r"|(?:up|down|back|live|ready|reached|achieved|begun|taken|seen|reopened|restored|closed|opened)\s+at)(?:\s*/\s*[\w-]+)?(?:\s*\([^()]*\))?\s*:",
    re.IGNORECASE,
)


def is_field(raw: str, *, signing: bool) -> bool:
    """Whether a place is for a time, for what is written down, or for who did the work, and not for a hand."""
    if _WHEN.match(raw) is not None or (not signing and _WORKED.match(raw) is not None):
        return True
    return filled_in(raw)


def filled_in(raw: str) -> bool:
    """Whether a line begins with the name of what is filled in: "Remarks: ____", "Environment (tick one): [ ] DR"."""
    text = _MARKS.sub("", bare(raw).replace("*", ""))
    found = _FILLED_IN.match(text)
    return found is not None and not approves(found.group()) and _ASSENT.search(text) is None


_ASSENT = expression(
    r"\b(?:approv\w+|signed|sign[\s-]?off|signature|authori[sz]\w+|released|accepted|countersigned|initials?|witness\w*)\b",
    re.IGNORECASE,
)


# "Platform: T. Berg, 11 June"
_ANSWERED = expression(
    r"^(?P<who>[A-Z][\w &/-]{1,40}):\s+(?:[A-Z][\w'’-]*\.?\s){0,2}[A-Z][\w'’-]+,?\s+\(?(?=[^:]*\d)[\w ./:-]{3,24}\)?\W*$"
)


def answered(raw: str) -> str | None:
    """Who has signed already, with name and date, among places that are open."""
    found = _ANSWERED.match(_MARKS.sub("", bare(raw)))
    return found["who"].strip() if found is not None and not CONTACT.search(raw) else None


_EACH = expression(r"(?P<who>[A-Za-z][^_:.]{1,40}?)\s*:?\s*_{3,}[\s,;/·|]*")
_ROW_OF = expression(
    rf"(?:(?P<ask>sign[\s-]?offs?|approvals?|approved(?:\s+by)?|signatures?|signed(?:\s+by)?|consents?|oks?)(?:\s+(?:per|of|for|from|by)(?:\s+[\w-]+){{1,3}}?)?\s*:\s*)?(?:{_EACH.pattern.replace('?P<who>', '?:')}){{2,6}}",
    re.IGNORECASE,
)


def beside(raw: str, *, signing: bool) -> list[str]:
    """Who is to sign on one line with a blank for each: "Sign-off: Platform lead ____  Security ____"."""
    text = _MARKS.sub("", bare(raw).replace("*", "")).strip() if raw.count("___") > 1 else ""
    row = _ROW_OF.fullmatch(text) if signing or text[:1].lower() in {*"saco"} else None
    if row is None or not (row["ask"] or signing):
        return []
    start = text.index(":", row.end("ask")) + 1 if row["ask"] else 0
    names = [each["who"].strip() for each in _EACH.finditer(text, start)]
    asked = row["ask"] is not None
    groups = [
        name.lower().rsplit(None, 1)[-1] in DEPARTMENTS if asked else name.lower() in DEPARTMENTS for name in names
    ]
    return names if all(person(name) or group for name, group in zip(names, groups, strict=True)) else []


def all_people(raws: Sequence[str]) -> bool:
    """Whether every line is somebody and a place and nothing else."""
    return bool(raws) and all(_weakly(raw) for raw in raws)


def _weakly(raw: str) -> bool:
    text = _MARKS.sub("", bare(raw).replace("*", "")).strip()
    place = _PLACE.search(text)
    if place is None or len(text) > _LONGEST or CONTACT.search(text):
        return False
    label = text[: place.start()].rstrip(' :–—-.,("“`')
    label = label[: wanted.start()] if (wanted := _ASKED.search(label)) is not None else label
    return bool(label) and _weak(label, text[place.end() :]) is not None
