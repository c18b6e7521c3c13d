"""The column of a table that says what follows from what its other columns name: "Return to v41", "The lead decides".

Its header has many names ("Action", "Then", "On red", "Breach means"), so its cells are asked: at least one goes back,
and the rows that do so name something seen, and no component or step.
"""

# a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import endings, hints, orders, retreat, stances, verdict_lists
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

Row = tuple[int, Sequence[str]]

_LONGEST = 18  # words of a consequence
_ELSEWHERE = expression(
    r"^\W*(?:go|continue|return|jump|turn)\s+(?:on\s+)?(?:to|with|at)\s+(?:the\s+)?(?:chapter|section|step|part|phase|page|§)\s*\S+\W*$",
    re.IGNORECASE,
)
_OLD = r"(?:old(?:er)?|previous|prior|former|last|stable|original|v?\d[\w.]*|version|release|tag|image|build)"
_RETURNS = expression(
    r"(?:^|[,;]\s|\band\s)\W*(?:(?:immediate(?:ly)?|at\s+once|automatic|then|we)\W+)*(?:return|re-?load|reset|revert|back|switch|fall\s+back|go|move|re-?deploy|re-?flash|re-?install|boot|restore|load|use)"
    rf"\s+(?:(?!(?:new|next|current)\b)[\w`./-]+\s+){{0,3}}?{_OLD}\b",
    re.IGNORECASE,
)
_HALTS = expression(
    r"^\W*(?:(?:immediate(?:ly)?|at\s+once|automatic)\W+)*(?:halt|pause|stop|kill|abort|freeze)\b(?!.*\b(?:re-?start|start|again|retry)\b)",
    re.IGNORECASE,
)
_STOPPED = expression(
    rf"\b{retreat.UNDER_WAY}\s+(?:is\s+)?(?:stopped|halted|paused|aborted|cancell?ed|called\s+off|postponed|withdrawn|(?:put\s+)?on\s+hold|ended|frozen)\b",
    re.IGNORECASE,
)
_DECIDES = expression(
    r"\b(?:decid\w*|decision|whether|discuss\w*|weighs?|considers?|evaluate|assess|judge\w*|maybe|perhaps|opinion)\b",
    re.IGNORECASE,
)
_FIRST = expression(
    r"^\W*(?:stop|halt|abort|pause|roll\s?back|revert)\b[\s,]*(?:then|first|and\s+then)\b", re.IGNORECASE
)
_GOES_ON = expression(
    r"\b(?:proceed|continue|go(?:es)?\s+(?:on|ahead)|carry\s+on|keep\s+(?:going|rolling|on|the\s+new)|leave\s+(?:it|as\s+is)|ignore|tolerate|accept|put\s+up\s+with|live\s+with|stay\s+on\s+the\s+new|no\s+(?:roll-?\s?back|revert|abort|action|reaction|restore|fall-?back|drain|stop|pause|return|back-?out|withdrawal))\b|^\W*stay(?:s)?(?:\s+(?:like\s+this|as\s+(?:it\s+)?is))?(?=\W*$|,)"
    rf"|^\W*(?:the\s+|our\s+)?{retreat.UNDER_WAY}\s+(?:continues|proceeds|goes\s+(?:on|ahead)|may\s+(?:continue|proceed|go\s+on)|is\s+not\s+(?:affected|blocked|delayed|stopped))\b"
    r"|\b(?:no|not)\s+(?:\w+\s+)?back\b|^\W*(?:none|nothing|never|no|watch|monitor|observe|next\s+\w+)\W*$|^\W*(?:none|nothing)\s*[,;.(–—]",
    re.IGNORECASE,
)
_NO_NEED = expression(r"\bno\s+need\s+to\s+(?:touch|roll\s?back|revert|stop|act|go\s+back|undo)\b", re.IGNORECASE)
_RESTORES = expression(
    r"^\W*(?:full\s+|complete\s+|immediate\s+)?(?:restore|fall-?\s?back|back\s+to\s+(?:the\s+)?old)\b(?!\s+(?:and\s+)?continue)",
    re.IGNORECASE,
)
_HELD = expression(r"^\W*(?:hold|pause|freeze|stay|wait|stop)\b", re.IGNORECASE)  # "hold the weight, don't go up"
_AFTER_WORK = expression(
    r"^\W*(?!(?:no|not|nothing|ignore|fine|ok)\b)\w+\s[^,;]*,?\s+(?:and\s+)?then\s+(?:continue|proceed|go\s+on)\W*$",
    re.IGNORECASE,
)
_SPARE = expression(r"^\W*fall-?back\s+\w+\s+(?:is|are|was|has)\b", re.IGNORECASE)  # "Fallback counter is 0"
_HOUR = expression(r"^\W*(?:T\s?[+-]|[+-]\s?\d|\d{1,2}[:.]\d\d\b|day\b|week\b|min(?:ute)?\s?\d)", re.IGNORECASE)
_NO_SUBJECT = expression(
    r"\b(?:versions?|steps?|tasks?|phases?|commands?|components?|services?|systems?|hosts?|servers?|resources?|files?|items?|owner|risks?|likelihood|probability|mitigation|activity)\b",
    re.IGNORECASE,
)
_WAY_BACK = expression(
    r"\b(?:undo|roll-?\s?back|back-?out|way\s+back|mitigation|recovery|command|procedure)\b", re.IGNORECASE
)
_IF_BAD = expression(
    r"^\W*(?:if|on|when|upon|in\s+case\s+of)\s+(?:it\s+(?:fails|is\s+not)|not(?:\W*$|\s+\w+)|fail\w*|red|no|breach\w*|violat\w*|exceeded|missed)\b|\b(?:breach|violation|failure)\s+means\b|^\W*(?:otherwise|else)\W*$"
    r"|^\W*(?:if|when)\s+not\W*$|^\W*(?:if|when)\s+(?:it(?:['’]s|\s+is|\s+isn['’]t)?\s*)?(?:lower|higher|less|more|worse|below|above|under|over|outside|broken|out\s+of\s+range)?(?:\s+(?:that|this|it))?\W*$|^\W*(?:below|above|under|over|less\s+than|more\s+than|worse\s+than)\s+(?:that|this|it)\W*$",
    re.IGNORECASE,
)
# in such a column: "not released", "wait for a fix"; "promote, tell QA", "release with a note", "can wait"
_NOT_DONE = expression(
    r"^\W*(?:is\s+|it['’]?s\s+)?(?:not\s+(?:released|promoted|shipped|deployed|published|started|merged|installed|opened)|rejected|refused|wait\s+for\s+(?:a|the|another|new)\s+\w+)\b|^\W*\w+\s+is\s+off\W*$",
    re.IGNORECASE,
)
_DONE_ANYWAY = expression(
    r"^\W*(?:(?:ok(?:ay)?|fine)\W+(?:to\s+)?)?(?:release|ship|promote|deploy|publish|merge|go|proceed|continue|start|open|install)(?:s|ed|d)?(?:\s+(?:it|ok(?:ay)?|on|ahead|anyway))?(?:\s*[,;]\s*(?:but\s+|and\s+)?(?:tell|note|open|inform|log|write|file|mention|record|ask\s+later)\b|\s+with\s+(?:an?\s+)?(?:note|remark|ticket|comment|warning|waiver)\b|\W*$)|^\W*can\s+wait\b",
    re.IGNORECASE,
)
_USUAL = expression(
    r"\b(?:usual|normal|as\s+expected|all\s+\w+\s+(?:done|ok|green|up|well)|healthy|everything|pass(?:es|ed)?)\b|=\s*0\b|^\W*<",
    re.IGNORECASE,
)
_WORSE = expression(r"\b(?:slower|higher|worse|longer|more|above|over|fail\w*|errors?|late|missing)\b", re.IGNORECASE)
_OBSERVED = expression(
    r"^\W*(?:(?:if\s+|what\s+)?(?:you|we)\s+(?:see|observe|notice|find|get)|observ\w+|symptoms?|signals?|findings?|situations?|seen|what\s+happens|result|what\s+(?:the\s+)?[\w-]+\s+(?:says?|shows?|prints?))(?:\s+(?:in|on|at|under)\b.*)?\W*$",
    re.IGNORECASE,
)
_SIDE = expression(
    r"^\W*(?:#|no\.?|nr\.?|id|code|time|level|severity|sev|prio(?:rity)?|status|who|owner|decided\s+by|decision\s+by|responsible|remarks?|notes?|comments?|where\b.*|source|dashboard|normal|green|yellow|amber)?\W*$",
    re.IGNORECASE,
)


_COMMAND = expression(r"\W*(?:commands?|run|how\s+to|invocation)\W*$", re.IGNORECASE)
_NUMBERED = expression(r"\W*(?:\d+(?:\.\d+)*[a-z]?|[A-Za-z])?\W*$")


_TO_NOTHING = expression(
    r"(?:^|[,;]\s|\band\s)\W*(?:(?:immediate(?:ly)?|at\s+once|then)\W+)*(?:(?:weight|traffic|share|percent(?:age)?|ramp|canary|flag|rollout|feature|toggle)(?:\s+[\w-]+)?\s+)(?:back\s+)?(?:(?:to|at|=|→)\s*(?:0\s*%?|zero|off|nothing)|off)(?=\W*$|\s*[,;.(–—])",
    re.IGNORECASE,
)


def work(header: Sequence[str]) -> bool:
    """Whether a table says what is done, and with which command."""
    return any(map(_COMMAND.match, header))


def follows(cell: str) -> Polarity | None:
    """What a cell asks for; None when it asks for something else: "Inform the vendor"."""
    said = _follows(cell)
    if said is not None or ". " not in cell:
        return said
    found = (_follows(one) for one in _SENTENCES.split(cell.strip()))  # "our own bug. Roll back the router"
    return next((one for one in found if one is not None), None)


_SENTENCES = expression(r"(?<=[a-z)\d`*][.!])\s+(?=[A-Z`*])")


def _follows(cell: str) -> Polarity | None:
    if _SPARE.match(cell) or _ELSEWHERE.match(cell):
        return None
    if stances.refuses(cell) or (_HELD.match(cell) and any(map(stances.refuses, cell.split(", ")[1:]))):
        return Polarity.DO
    if stances.shrugs(cell):
        return Polarity.DONT
    if _NO_NEED.search(cell):
        return Polarity.DONT
    if _AFTER_WORK.match(cell):
        return None  # "Copy it again, then continue"
    mood = retreat.mood(cell, home=True)
    if _RESTORES.match(cell):
        return Polarity.DO
    if _GOES_ON.search(cell) and mood is not Polarity.DO:
        return Polarity.DONT
    if _TO_NOTHING.search(cell):
        return Polarity.DO
    back = mood is Polarity.DO and (retreat.retreats(cell) or retreat.halts(cell))
    if _FIRST.match(cell):
        return Polarity.DO
    if back or _RETURNS.search(cell) or _HALTS.match(cell) or _STOPPED.search(cell) or endings.said(cell):
        return Polarity.CONSIDER if _DECIDES.search(cell) and not _RETURNS.search(cell) else Polarity.DO
    if mood is Polarity.CONSIDER and (retreat.retreats(cell) or _DECIDES.search(cell)):
        return Polarity.CONSIDER
    if mood is Polarity.DONT:
        return mood
    return Polarity.CONSIDER if _DECIDES.search(cell) else None


def otherwise(cell: str) -> Polarity | None:
    """What a cell asks for in a column of what follows if its row does not hold: "no release", "can wait"."""
    if (said := follows(cell)) is not None:
        return said
    if _DONE_ANYWAY.match(cell):
        return Polarity.DONT
    return Polarity.DO if _NOT_DONE.match(cell) else verdict_lists.verdict(cell)


def stops_first(cell: str) -> bool:
    """Whether one stops before anything is talked about: "Stop, then discuss"."""
    return _FIRST.match(cell) is not None


def decides(cell: str) -> bool:
    """Whether somebody is to judge: "the review board decides: continue or roll back"."""
    return _DECIDES.search(cell) is not None and _FIRST.match(cell) is None


def column(header: Sequence[str], body: Sequence[Row]) -> int | None:
    """Which column says what follows; None where none does."""
    found: tuple[int, int] | None = None
    for at, name in enumerate(header):
        if at == 0 or _WAY_BACK.search(name):
            continue
        cells = [cells[at] for _, cells in body if at < len(cells)]
        if any(len(cell.split()) > _LONGEST for cell in cells):
            continue
        asks = otherwise if _IF_BAD.search(name) else follows
        back = sum(1 for cell in cells if asks(cell) is Polarity.DO)
        if back and back * 5 >= len(cells) and (found is None or back > found[0]):
            found = back, at
    return found[1] if found is not None else None


def rows(header: Sequence[str], body: Sequence[Row]) -> list[tuple[int, str, Polarity]]:
    """The triggers of a table with such a column, wherever it stands."""
    at = column(header, body)
    if at is None or len(body) < 2 or work(header) or any(map(_NO_SUBJECT.search, header[: at + 1])):
        return []
    named = [one for one in range(at) if not _SIDE.match(header[one])] or [0]
    if all(_NUMBERED.match(cells[named[0]]) for _, cells in body if cells):
        return []  # steps with their numbers
    if len(named) == 1 and all(_HOUR.match(cells[named[0]]) for _, cells in body if cells):
        return []  # a timetable
    asks = otherwise if _IF_BAD.search(header[at]) else follows
    answers = [(line, _named(cells, named), asks(cells[at] if at < len(cells) else "")) for line, cells in body]
    going = [words for _, words, polarity in answers if polarity is Polarity.DO]
    seen = sum(1 for words in going if hints.ill(words))
    told = sum(map(orders.imperative, going))
    observed = any(_OBSERVED.match(header[one]) for one in named)
    if (
        not _IF_BAD.search(header[at])
        and not (observed and not told)
        and (told * 2 > len(going) or seen * 2 < len(going))
    ):
        return []
    return [
        (line, words, polarity)
        for line, words, polarity in answers
        if words
        and polarity is not None
        and not (polarity is Polarity.DONT and _USUAL.search(words) and not _WORSE.search(words))
    ]


def _named(cells: Sequence[str], columns: Sequence[int]) -> str:
    return " ".join(cells[at].strip() for at in columns[:2] if at < len(cells) and cells[at].strip())
