"""Lists of those who must agree, named as people are: "Who said go:" over "- [ ] Dani (backend)", "- [ ] the duty DBA".

The words above ask who agrees, in whatever way; each entry is somebody by name or function and a place to answer in.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import alternatives, boxes, consent, families, hands, orders
from runbook_tui.document.capacities import CONTACT, DEPARTMENTS, is_person
from runbook_tui.document.forms import BLANK, bare
from runbook_tui.document.patterns import expression

_NUMBER = r"(?:one|two|three|four|five|both|all|any|each|\d)"
_LEAVE = families.alternatives(families.LEAVE, "oks okays yeses gos nods votes +1s thumbs lgtms acks blessings")
_ASKS = expression(
    rf"\bwho(?:ever|\s+all)?\s+(?:\S+\s+){{0,3}}?(?:said|says?|gave|gives?|agree[sd]?|approve[sd]?|sign(?:s|ed)?|vote[sd]?|oks?|okay(?:s|ed)?|ok['’]d|nod(?:s|ded)?|accept(?:s|ed)?|released?|decide[sd]?|clear(?:s|ed)?|is\s+(?:fine|happy|ok)|must\s+(?:agree|be\s+(?:fine|happy|ok)))\b"
    rf"|(?:^|[\s(]){_LEAVE}(?:\s+(?:is\s+|are\s+)?(?:from|of|by|needed|required|wanted|so\s+far|collected|in\s+writing|here|below))*\s*(?:\([^()]*\)\s*)?\W*$"
    rf"|(?:^|[\s(]){_LEAVE}\s+(?:from|of|by)\s+(?:each|all|every\w*|both)\b"
    rf"|(?:^|[\s(]){_NUMBER}\s+of\s+(?:the\s+|these\s+|those\s+)?(?:two|three|four|five|six|\d|them|us|you|people|following|below)\b"
    rf"|(?:^|[\s(]){_NUMBER}\s+(?:\S+\s+)?{_LEAVE}(?=\W|$)"
    r"|\b(?:said|say|says|told\s+us|written|agreed|confirmed)\b[^.]*\b(?:we\s+(?:may|can)\s+\w+|go|yes|ok|okay|go-ahead|ship)\b"
    r"|\b(?:owners?|teams?|leads?|stakeholders?|consumers?|customers?|everyone|everybody|each|they)\s+(?:\w+\s+)?(?:confirms?|agrees?|consents?|approves?|signs?(?:\s+off)?|acks?|acknowledges?)\W*$"
    r"|\b(?:council|board|committee|quorum|approvers|signatories|voters)\b\W*$",
    re.IGNORECASE,
)
_FOUND = expression(  # enough to pass over most words
    r"\b(?:who|of|said|says?|told|written|agreed|confirmed|council|board|committee|quorum|approvers|signatories|voters|"
    r"ok|okay|go|yes|nods?|thumbs?|votes?|acks?|acknowledges?|confirms?|lgtm|approv|consent|permission|bless|green|agree|sign|clear|authori|"
    r"counter|endorse|mandate|ratif|concur|visa|four)|\+1",
    re.IGNORECASE,
)
_NAME = r"[^\W\d_][\w'’.-]*(?:\s+(?:van|von|der|den|de|di|da|la|le|du|el|al|[A-ZÀ-Þ][\w'’.-]*)){0,4}"
_NAMED = expression(rf"^@?{_NAME}$")
_EITHER = expression(rf"^{_NAME}(?:\s*(?:,|/|\bor\b|\band\b|&)\s*{_NAME}){{1,2}}$")
_ASIDE = expression(r"^(?P<who>[^()]{1,50}?)\s*\((?P<inside>[^()]{1,60})\)(?P<rest>.*)$")
_VOTE = expression(r"^(?:\+1|👍|✅|LGTM|ack|ok|yes|go)\s*(?:by|from|of|:|–|—|-)?\s+(?=\S)", re.IGNORECASE)
# never given back: dots are blanks, or marks one by one, in more ways than can be tried
_PLACE_LAST = expression(rf"(?:{BLANK.pattern}|@_*(?=\W|$)|[☐⬜□]|\[ \]|\W)++$")
_MARKS = expression(r"^[^\w_\[(\"'“@+👍✅]+")
_NO_ONE = expression(
    r"\b(?:is|are|was|were|has|have|been|done|ready|green|passed|open|closed|merged|set|off|works?|checked|attached|linked|filed|filled|updated|ticket|link|url|version|build|test|tests|date|time|number|id|list|report|plan|page|notes?|log|logs|channel|window|risk|cost|criteria|yes|no|go|no-?go)\b",
    re.IGNORECASE,
)
_MOST = 12
_WORDS = 4
_LONGEST = 160


_WHOEVER = r"(?:everyone|everybody|each(?:\s+(?:one|desk|lead|team|person|role|of\s+(?:these|them|you|us|the\s+following)))?|every\s+[\w-]+|all(?:\s+(?:of\s+)?(?:these|them|\w+|the\s+following))?|the\s+following|these|those\s+below)(?:\s+below)?"
_SAYS = r"(?:says?|answers?|gives?|votes?|calls?|states?|shouts?|types?|writes?|replies|reply|posts?|ticks?|speaks?|reports?)"
_YES = r"(?:go\b|no-?\s?go\b|yes\b|no\b|ok\b|okay\b|aye\b|ready\b|thumbs?\b|\+1|for\s+(?:themselves|himself|herself|their\s+\w+)|in\s+turn|out\s+loud|\W*$)"
# "Everyone says GO or NO-GO", "Ask every lead for their GO", "One NO-GO and …", "No tick, no patch"
_POLLS = expression(
    rf"\b{_WHOEVER}\s+(?:(?:must|has\s+to|have\s+to|should|need\s+to|needs\s+to)\s+)?{_SAYS}\s+(?:(?:a|an|their|his|her|the|clear|loud|own)\s+)*[\"“'‘]?{_YES}"
    rf"|\b(?:ask|call|poll|go\s+round|go\s+around|query)\s+(?:every|each|all|the)\s+[\w-]+(?:\s+[\w-]+)?(?=\s+for\b|\W*$)|\b(?:go\s*/?\s*no-?\s?go|go)\s+poll\b|\broll[\s-]call\b(?!\s+(?:(?:is\s+|was\s+)?(?:completed?|done|taken|held|over)|of\s+who)\b)|\bhas\s+a\s+veto\b"
    r"|^\W*(?:one|a\s+single|any|just\s+one)\s+(?:[\"“'‘]?no[\"”'’]?|no-?\s?go|veto|red\s+vote)\s+(?:and|is|stops?|ends?|means?|cancels?|from)\b|^\W*no\s+(?:tick|yes|go|ok|vote|thumbs\s+up)\s*,\s*no\s+\w+",
    re.IGNORECASE,
)


def polls(lead: str) -> bool:
    """Whether some words tell that each of those below is asked for a go: "Everyone says GO or NO-GO, then ticks."."""
    if not lead or len(lead) > consent.LONGEST * 2 or not _POLL_LOOK.search(lead):
        return False
    return any(_POLLS.search(one) is not None for one in alternatives.parted(lead.strip()))


_POLL_LOOK = expression(
    r"every|each|all\b|these|those|following|poll|call|ask|veto|\bone\b|single|any|\bno\b|round", re.IGNORECASE
)


def asks(lead: str, title: str) -> bool:
    """Whether the words right before a list, or its heading, ask who agrees."""
    last = " ".join(alternatives.parted(lead.strip())[-2:]) if lead else ""
    for words in (last, title):
        if 0 < len(words) <= consent.LONGEST and _FOUND.search(words) and _ASKS.search(words):
            return not consent.finds(words)
    return False


def are(raws: Sequence[str]) -> bool:
    """Whether all entries are somebody, and at least half of them surely."""
    if not 1 < len(raws) <= _MOST:
        return False
    known = 0
    for raw in raws:
        sure = _somebody(raw)
        if sure is None:
            return False
        known += sure
    return known * 2 >= len(raws)


def who(raw: str) -> str:
    """Who an entry names, without the place: "lotte (backend)"."""
    text = _PLACE_LAST.sub("", _plain(raw))
    return text + ")" if text.count("(") > text.count(")") else text


def _plain(raw: str) -> str:
    return _VOTE.sub("", _MARKS.sub("", bare(raw).replace("*", "")))


def _somebody(raw: str) -> bool | None:
    """Whether an entry surely names somebody; None where it cannot."""
    text = _plain(raw)
    if not text or len(text) > _LONGEST or "http" in text or "`" in raw or CONTACT.search(text.partition("(")[0]):
        return None
    aside = _ASIDE.match(text)
    name = aside["who"] if aside is not None else re.split(r":|\s+[–—-]\s", text, maxsplit=1)[0]
    name = _PLACE_LAST.sub("", name).strip(" ,.")
    behind = text[len(name) :] if aside is None else aside["rest"]
    if aside is None and ":" in behind and _PLACE_LAST.sub("", behind.strip(" :")):
        return None  # "Backups: taken"
    if not name or boxes.inside(name) or len(name.split()) > hands.MOST_WORDS:
        return None
    if name.startswith("@") or is_person(name) or name.lower() in DEPARTMENTS:
        return None if consent.machine(name) and aside is None else True
    if "," in name and (
        is_person(name.rpartition(",")[2]) or any(map(families.agent, name.rpartition(",")[2].split()[:2]))
    ):
        return True  # "Order processing, duty engineer", "Yard board, duty desk Ghent"
    if any(char.isdigit() for char in name) or _NO_ONE.search(name):
        return None
    if aside is not None and _NAMED.match(name) and not any(char.isdigit() for char in aside["inside"]):
        return not orders.imperative(name)
    if _EITHER.match(name):
        return True
    return None if len(name.split()) > _WORDS or (" " in name and orders.imperative(name)) else False
