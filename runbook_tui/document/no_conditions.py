"""Sentences that only sound like a condition: entries of a timetable, facts about the way back, forms, how a thing is done."""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import retreat, substance
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

_SAYS_WHEN = expression(
    r"\b(?:if|when|unless|until|not|no|nothing|nobody|still|otherwise|else|any|fails?|failed)\b|[<>≥≤]|n['’]t\b",
    re.IGNORECASE,
)
# "05:40 - Stop the old engine", "Step 3: go back to the console", "T+10: hold"
_TIMETABLE = expression(
    r"^\W*(?:T\s?[+-]\s?\d[\w:]*|\d{1,2}[:.]\d\d(?:\s*(?:-|–|to)\s*\d{1,2}[:.]\d\d)?(?:\s*(?:h|hrs|uhr|utc|cet|cest|am|pm))?|(?:step|phase|stage|day|week|part|slot)\s+[\w.]{1,4})"
    r"\s*(?::(?=\s)|–|—|-(?=\s)|→|->|=>)\s*(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
# "GO / NO-GO   Time: ____", "continue ( ) / fallback ( )   Sign: ____"
_FORM = expression(r"_{3,}|\(\s*\)[^()]*\(\s*\)|\[\s*\][^\[\]]*\[\s*\]|[☐⬜□].*[☐⬜□]")
_OPEN = ("__", "( )", "[ ]", "☐", "⬜", "□")
_TELLS = 4  # words
# said of the way back, asked of nobody
_NO_WAY = expression(
    r"\bno\s+(?:\w+\s+)?(?:way|road|path)\s+back\b(?!.*(?:\b(?:do(?:es)?\s+not|stop|abort|no)\b|n['’]t\b))|\b(?:roll-?\s?back|abort|undo|revert|back-?out)\s+(?:does\s+not|doesn['’]t|will\s+not|won['’]t|no\s+longer)\s+works?\b|\bpoint\s+of\s+no\s+return\b(?!.*\bif\b)|\b(?:you|we|one)\s+(?:can['’]?t|cannot|can\s+not|could\s+not|couldn['’]t)\s+(?:\w+\s+)?(?:take|get|bring|roll|call|pull|have)\b[^.,;]*\bback\b|^\W*(?:to\s+(?:stop|abort|pause|roll\s?back|undo|revert|go\s+back)\b[^,]*,\s+)(?:there\s+is|it\s+is|this\s+is)\b",
    re.IGNORECASE,
)
# "do it by hand", "Resume after a halt", "Don't run without --throttle"
_HOW = expression(
    r",\s+(?:then\s+)?(?:just\s+)?do\s+(?:it|this|that|so)\s+(?:by\s+hand|manually|again|yourself|with|from|on\s+(?:the|each|every)|in\s+(?:the|a))\b|^\W*(?:to\s+)?(?:resum|restart|unpaus)\w*\s+(?:\w+\s+){0,2}?after\b"
    r"|^\W*(?:please\s+)?(?:do\s+not|don['’]t|never)\s+(?:\w+\s+){1,4}?without\s+(?:the\s+)?(?:-|\S+\s+(?:flag|option|switch|parameter)\b)",
    re.IGNORECASE,
)
# "They print nothing when all is fine"
_WELL = expression(
    r"\b(?:when|if|once|as\s+long\s+as)\s+(?:all|everything|it\s+all)\s+(?:is|went|goes|works)\s+(?:\w+\s+)?(?:fine|well|good|ok(?:ay)?|right|normal|green)\W*$",
    re.IGNORECASE,
)


_BACK = r"(?:going\s+back|(?:a|the|any)\s+(?:roll-?\s?back|back-?out|return|way\s+back|fall-?back|revert)|rolling\s+back|reverting|falling\s+back)"
# "Going back is the decision of both leads", "… and going back needs the client's word"
_WHOSE = expression(
    rf"\b{_BACK}\s+(?:then\s+)?(?:(?:needs|requires|takes)\s+(?:an?\s+|the\s+|your\s+)?(?:[\w'’-]+\s+){{1,4}}?(?:word|approval|consent|permission|agreement|decision|ok(?:ay)?|go|go-?ahead|sign-?off|signatures?)\b|is\s+(?:only\s+)?(?:with|the\s+(?:joint\s+)?decision\s+of|decided\s+by|up\s+to|a\s+(?:joint\s+)?decision\s+of)\b)",
    re.IGNORECASE,
)
# "Writes made after 4.3 are lost on rollback", "We keep the old one so that we can go back"
_TOLD = expression(
    r"\b(?:is|are|will\s+be|gets?)\s+(?:lost|gone|overwritten|discarded|dropped|kept|undone)\s+(?:on|by|with|after|during|in\s+case\s+of|in)\s+(?:an?\s+|the\s+|any\s+)?(?:roll-?\s?back|back-?out|return|fall-?back|revert|going\s+back)\b(?!\s+if\b)|\bso\s+(?:that\s+)?(?:we|you|one)\s+(?:can|could|may)\s+(?:always\s+|still\s+|then\s+)?(?:go|roll|switch|swap|flip|move|fall|get)\s+(?:it\s+)?back\b",
    re.IGNORECASE,
)
# "Nodes flip back on their own after three failed checks", "It undoes that alone if it takes longer"
_ALONE = expression(
    r"\b(?:roll|flip|switch|go|fall|revert|undo|move|swap|come|fail)(?:s|es)?\s+(?:[^.,;]{0,60}?\s)?(?:on\s+(?:its|their)\s+own|by\s+(?:itself|themselves)|alone)(?=\W*$|\s+(?:after|if|when|once|as\s+soon|within|at)\b)",
    re.IGNORECASE,
)
# the words before a colon tell how it is done: "**How:** set the record back, restore the dump if …"
_LABELLED = expression(
    r"^\W*(?:how(?:\s+to)?|steps|procedure|method|commands?|way\s+back|execution|mechanics)\W{0,3}:", re.IGNORECASE
)
# the plug is pulled and put in again
_POWER_CYCLED = expression(
    r"\b(?:pull|unplug|switch|turn|power)\b[^.]{0,80}?\b(?:plug\s+(?:it\s+)?(?:back\s+)?in|(?:back\s+)?in\s+again|(?:back\s+)?on\s+again|and\s+(?:back\s+)?on\b)",
    re.IGNORECASE,
)
# "Play Console → Production → Halt rollout" is a way through a menu
_MENU = expression(r"^[^→➜➔»<>≥≤%\d]{3,60}?(?:→|➜|➔|»|->|=>)[^→➜➔»]{2,40}?(?:→|➜|➔|»|->|=>)[^→➜➔»]+$")
_SENDS_ON = expression(
    r"(?:→|➜|⇒|=>|->)\s*(?P<main>.*?)\b(?:go\s+(?:on\s+)?(?:to|with)|see|jump\s+to|continue\s+(?:with|at|in)|read|follow|it\s+is|it['’]s)\s+(?:section\s+|part\s+|step\s+|case\s+)?[A-Z\d§][^.→]{0,40}\W*$"
)


def only_tells(text: str, polarity: Polarity, *, ticked: bool) -> bool:
    """Whether a sentence that is like a condition only tells: what causes it, how often, how far.

    `ticked`: a box, which is a task where in doubt.
    """
    if _LIKELY_NOT.match(text) is not None:
        return True
    sends = _SENDS_ON.search(text)
    if sends is not None and not retreat.retreats(text):
        return True
    if ticked and polarity is Polarity.DO and _HOLDS.match(text) is not None and _CLAUSE.search(text) is None:
        return True
    return _DIAGNOSIS.match(text) is not None and not retreat.retreats(text)


# of a box: what is looked at, or holds where it is ticked: "Confirm that no wave starts …", "No open defects", "5 or fewer"
_HOLDS = expression(
    r"^\W*(?:(?:confirm|check|verify|ensure|make\s+sure|see)\b|no\s+\w|.*\b(?:or\s+(?:fewer|less|below|lower)|at\s+most|(?:no|not)\s+(?:more|above|over|higher|longer|worse|later|below|under|less|fewer|lower)(?:\s+than)?)\b)",
    re.IGNORECASE | re.DOTALL,
)
_CLAUSE = expression(
    r"\b(?:if|when|unless|otherwise|else|until|must|stop|abort|back)\b|[→➜⇒;]|->|=>|,\s+no\b", re.IGNORECASE
)


_LIKELY_NOT = expression(
    # "We do this twice a year, …", "Do not go over 20 replicas, …", "Please don't use `x --force`", "phone him first, then come back here"
    r"^\W*(?:we|i|they)\s+do\s+(?:this|it|that)\s+[^.,]{0,20}?\b(?:once|twice|three\s+times|every|each|only\s+once)\b"
    r"|^\W*(?:please\s+)?(?:do\s+not|don['’]t|never)\s+(?:go|scale|set|raise|run|use|allow|configure)\s+(?:(?:it|this|them|the\s+[\w-]+)\s+)?(?:over|above|below|under|beyond|past|higher\s+than|lower\s+than|(?:with\s+)?(?:more|less|fewer)\s+than)\s+[\d.,]+\s*[%\w-]*(?=\W*$|\s*[,;:(–—])"
    r"|^\W*(?:please\s+)?(?:do\s+not|don['’]t|never)\s+use\s+[^\s,]*[/.=-]{1,2}\S*(?:\s+-\S+)*(?=\W*$|\s*[,;:(–—])"
    r"|^\W*[^.,;:]{2,60}?\b(?:resumes?|recovers?|comes?\s+back|clears?|catch(?:es)?\s+up|continues?)\s+(?:as\s+soon\s+as|once|when)\b[^.]*\b(?:is|are|has|have)\s+(?:back|up|done|finished|over|gone|drained|reached)\b"
    r"|^\W*(?:if|when)\b.*,\s+then\s+come\s+back\s+(?:here|to\s+this)\b",
    re.IGNORECASE,
)
# "If the log says `x`, its data dir is broken", "If the count is 0, it's the balancer", "If it hangs it is the driver again"
_DIAGNOSIS = expression(
    r"^\W*(?:if|when)\s[^,→]+?(?:,\s+(?:then\s+)?|\s+(?=it(?:['’]s|\s+is)\b))(?:(?:probably\s+|usually\s+|mostly\s+)?(?:it(?:['’]s|\s+is)|that(?:['’]s|\s+is))\s+(?!(?:a\s+)?(?:no|over|off|not|lost|void|dead|done|finished|too|our|your|time|better|a\s+(?:stop|blocker|hold|fail\w*|day|night))\b)(?:(?:probably|usually|mostly|most\s+likely|just|only)\s+)?(?:the|an?|its|their|[\w-]+)(?:\s+[\w-]+){0,3}(?:\s+again)?|its\s+[\w-]+(?:\s+[\w-]+){0,2}\s+(?:is|are)\s+\w+)\W*$",
    re.IGNORECASE,
)


def sounds_so(sentence: str, polarity: Polarity) -> bool:
    """Whether a sentence that was read as a condition of some polarity is none."""
    if _form(sentence) or _timetable(sentence) or any(way.search(sentence) is not None for way in _NEVER):
        return True
    if ("→" in sentence or ">" in sentence) and (
        _MENU.match(sentence) is not None
        or (_PLACE.match(sentence) is not None and not substance.COUNTED.search(sentence))
    ):
        return True
    if polarity is Polarity.DO:
        return any(way.search(sentence) is not None for way in _NONE)
    return polarity is Polarity.DONT and _WELL.search(sentence) is not None


# "The key must not be restored from the snapshot", which says where from
_FROM_WHERE = expression(
    r"^(?!.*\b(?:after|once|from\s+now|any\s?more|if|when)\b).*\b(?:must|may|should|can)\s*(?:not|n['’]t)\s+be\s+(?:restored|copied|taken|loaded|put\s+back)\s+(?:from|with|by|out\s+of)\b",
    re.IGNORECASE,
)
_NONE = (_NO_WAY, _HOW, _WHOSE, _ALONE)
# "Scale back to 12 once lag is below 10k": all is well again
_NORMAL_AGAIN = expression(
    r"^\W*(?:then\s+|and\s+)?(?:scale|size|turn|go|set|put|bring|switch)\s+(?:(?:it|them|the\s+[\w-]+|everything)\s+)?(?:back\s+)?(?:down\s+|up\s+)?(?:back\s+)?to\s+(?:\d+|normal)\b[^.]{0,30}?\s(?:once|when|after|as\s+soon\s+as)\b[^.]*(?:<|\b(?:below|under|less\s+than|zero|0|normal|drained|empty|gone|caught\s+up|green|calm|back)\b)",
    re.IGNORECASE,
)
# "Store: Store Connect → Pause phased release", all of it names
_PLACE = expression(r"^(?:[^:→>]{2,40}:\s+)?(?:[A-Z][\w.'’-]*\s+){1,4}(?:→|➜|➔|»|->|=>)\s*[A-Z][^→]{2,40}$")
_NEVER = (_LABELLED, _TOLD, _FROM_WHERE, _POWER_CYCLED, _NORMAL_AGAIN)


def _form(sentence: str) -> bool:
    if not any(one in sentence for one in _OPEN):
        return False
    places = list(_FORM.finditer(sentence))
    return bool(places) and len(sentence[places[-1].end() :].split()) < _TELLS  # a sentence may stand behind a form


def _timetable(sentence: str) -> bool:
    found = _TIMETABLE.match(sentence)
    return found is not None and _SAYS_WHEN.search(found["rest"]) is None
