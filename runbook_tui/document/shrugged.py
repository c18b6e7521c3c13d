"""Words over what is seen and put up with: "Things that look bad but aren't:", "Agreed with Ann, does not block:", "No, if:".

Nobody is told to go on with anything; what stands below is said to do no harm, to be known, or to be lived with.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import retreat
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity
from runbook_tui.document.stems import Stems

_LOOK = Stems(
    [
        "harmless",
        "fine",
        "normal",
        "accept",
        "wait",
        "ignor",
        "noise",
        "agreed",
        "known",
        "aren",
        "isn",
        "live",
        "block",
        "stop",
        "hold",
        "delay",
        "matter",
        "count",
        "waived",
        "tolera",
        "scary",
        "ship",
        "launch",
        "alarm",
        "worr",
        "scare",
        "expected",
        "benign",
        "cosmetic",
        "no,",
        "no:",
        "no-",
        "not",
        "nope",
        "don't",
        "don’t",
        "never",
    ]
)
_SEEN = r"(?:happen\w*|occurs?|appears?|shows?\s+up|comes?\s+up|(?:look|sound|seem)s?\s+[\w-]+|(?:you|we)\s+(?:(?:will|may|might|can)\s+)?(?:see|notice|get|hit|run\s+into))"
_FINE = r"(?:harmless|fine|normal|ok(?:ay)?|expected|benign|cosmetic|no\s+(?:problem|issue|cause|reason|worry)|safe\s+to\s+ignore|(?:to\s+be\s+)?ignored|not\s+a\s+(?:problem|reason|concern)|nothing\s+to\s+\w+\s+about)"
_THINGS = r"(?:(?:some|all|the|these|those|known|following|other|many|certain|expected)\s+)*(?:things|stuff|messages|alerts|alarms|errors|warnings|symptoms|effects|findings|events|oddities|quirks|noises?|behaviou?rs?|issues|cases|deviations|differences)"
_END = r"(?:\s*\([^()]*\))?\W*$"
_WAYS = tuple(
    expression(pattern, re.IGNORECASE)
    for pattern in (
        # "Things that will happen and are harmless:", "This will happen and is fine:", "You will see these, they are normal:"
        rf"^\W*(?:{_THINGS}|this|these|what)\s+(?:(?:that|which|you)\s+)?(?:(?:will|may|might|can)\s+)?(?:{_SEEN}|see)\b[^.:]{{0,40}}?\b(?:(?:and|but|yet|though)\s+)?(?:(?:is|are|they['’]re|it['’]s)\s+)(?:\w+ly\s+|all\s+|quite\s+|still\s+)?{_FINE}{_END}",
        rf"^\W*(?:expect|you\s+(?:will|may|might)\s+see|we\s+(?:will|may|might)\s+see)\b[^.:]{{0,40}}?[,;–—-]\s*(?:and\s+|but\s+)?(?:(?:they|these|all|it|this|that)\s*(?:are|['’]re|is|['’]s)?\s+)?(?:all\s+)?{_FINE}{_END}",
        # "Things that look scary but aren't, keep promoting:", "Looks bad, isn't:", "Scary but harmless:"
        rf"^\W*(?:(?:{_THINGS}|this|these|what|those)\s+)?(?:(?:that|which|it)\s+)?(?:look|sound|seem)s?\s+(?:like\s+)?[\w\s-]{{2,30}}?[,;–—-]?\s*(?:(?:but|and|yet|though)\s+)?(?:is|are|(?:is|are)n['’]?t|is\s+not|are\s+not|it\s+is(?:n['’]t|\s+not)|they\s+are(?:n['’]t|\s+not))\b(?:\s+{_FINE})?(?:,[^.:]{{2,40}})?{_END}",
        rf"^\W*(?:scary|ugly|noisy|loud|annoying|alarming|red|strange|weird|odd|unpleasant|known|open|visible|expected)\s*(?:,|but|and|yet)\s+(?:\w+ly\s+)?(?:harmless|fine|ok(?:ay)?|normal|accepted|acceptable|tolerated|benign|safe|expected){_END}",
        # "Harmless:", "Normal, do nothing:", "Expected noise"
        r"^\W*(?:(?:completely|perfectly|quite|all|entirely)\s+)?(?:harmless|benign|(?:normal|expected|known|harmless)\s*,\s*(?:do\s+nothing|ignore\b[^.:]{0,20}|leave\b[^.:]{0,20}|no\s+action\b[^.:]{0,20}|carry\s+on|keep\s+going)|(?:expected|known|usual|normal)\s+noise)(?:\s*\([^()]*\))?\W*$",
        # "Agreed with Ann on 3 May, does not block:", "None of these stops the release:", "The following does not count:"
        r"^\W*(?!if\b|when\b)[^.:]{2,80}?\b(?:do(?:es)?|will|shall|should)(?:\s+not|n['’]t)\s+(?:block|count|matter|stop\s+(?:us|you|the\s+\w+|it)|hold\s+(?:us|anything|the\s+\w+)\s+up|hold\s+up\s+(?:us|anything|the\s+\w+)|delay\s+(?:us|the\s+\w+|it))(?:\s+(?:us|anything|anyone|anybody|the\s+[\w-]+|a\s+[\w-]+|it|go-?live|today|tonight))?(?:\s*\([^()]*\))?\W*$",
        r"^\W*(?:none|nothing|not\s+one)\s+(?:of\s+(?:these|those|this|the\s+(?:following|below))|(?:of\s+what\s+is\s+)?below|here)\s+(?:is|are)?\s*(?:stops?|blocks?|holds?\s+(?:us\s+)?up|delays?|matters|counts|(?:a|an|any)\s+(?:reason|cause|blocker|ground)\b)[^.:]{0,40}\W*$",
        # "Known issues we have agreed to live with", "Defects the board decided to ship with", "Open points we can live with"
        rf"^\W*(?:{_THINGS}|(?:[\w-]+\s+){{0,3}}?(?:issues?|defects?|bugs?|problems?|findings?|points?|limitations?|gaps?|deviations?|flaws?|glitches))\s+(?:that\s+|which\s+)?(?:we|everyone|everybody|all|the\s+[\w-]+|both\s+sides)\s+(?:(?:have|has|had|all|can|could|will|may)\s+)*(?:(?:agreed|decided|chosen|chose|promised|learnt|learned|want|happy)\s+to\s+)?(?:live|ship|launch|go\s+live|release|go|put\s+up|start|open)\s+with\b{_END}",
        # "Accepted for this release:", "Waived for 4.2:", "Signed off as known:"
        r"^\W*(?:accepted|waived|tolerated|excused|let\s+through|known|signed\s+off\s+as\s+(?:known|accepted|harmless))(?:\s+(?:for|until|till|by|in|with)\s+(?:the\s+|this\s+|our\s+)?(?:[^.:]|\.(?=\d)){1,40})?:\W*$",
        # "Don't be alarmed by:", "Nothing to worry about:", "No cause for alarm:", "Do not let these scare you:"
        r"^\W*(?:please\s+)?(?:do\s+not|don['’]t|no\s+need\s+to)\s+(?:be\s+(?:alarmed|scared|worried|surprised|startled)|get\s+(?:nervous|alarmed|scared)|let\s+(?:these|this|it|them|the\s+following)\s+(?:scare|worry|stop|alarm|confuse)\s+(?:you|us))\b[^.:]{0,30}\W*$",
    )
)
# after what asks for going back: "No, if:", "But not when:", "Nope:", "Never for:"
_NO = expression(
    r"^\W*(?:(?:but|and|or)\s+)?(?:(?:definitely|certainly|clearly|rather)\s+)?(?:no|nope|not|don['’]t|never|no\s+need(?:\s+to)?)\s*[,–—-]?\s*(?:(?:if|when(?:ever)?|for|in\s+case\s+of|because\s+of|on|with|where)(?:\s+(?:any|one)\s+of\s+(?:these|the\s+following))?|(?=:))\s*:?\W*$",
    re.IGNORECASE,
)
_ASKS_ON = expression(
    r"\b(?:start|begin|proceed|continue|go\s+(?:on|ahead|live)|go\b[^.]*\bno[\s-]?go|deploy|release|ship|launch|upgrade|promote|merge|open|switch)\b",
    re.IGNORECASE,
)


def over(last: str, *, heading: str, home: bool) -> Polarity | None:
    """What the last sentence of a lead-in says of what is listed below it; None where it says nothing of the kind.

    `home`: conditions of going back were asked for before, which "No, if:" excepts from.
    """
    if not _LOOK.found(last):
        return None
    if _NO.match(last):
        if retreat.retreats(heading):
            return Polarity.DONT
        if _ASKS_ON.search(heading):
            return Polarity.DO
        return Polarity.DONT if home else None
    return Polarity.DONT if any(way.match(last) for way in _WAYS) else None
