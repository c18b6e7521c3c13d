"""Code that a machine runs by itself, that was run before, or that somebody else types: nothing to type here.

The words over a block say so: "CI runs this for you:", "This was run by platform on Monday:", "Ask the DBA to run:".
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import alternatives
from runbook_tui.document.patterns import expression

_LONGEST = 160
_UNLESS = expression(
    r"\b(?:if|when|whenever|once(?!\s+(?:ran|typed|used|did))|after|unless|until|before|in\s+case|should)\b",
    re.IGNORECASE,
)
_THIS = r"(?:this|these|it|the\s+following(?:\s+commands?)?|the\s+commands?\s+below|all\s+of\s+this)"
_RUNS = r"(?:runs?|executes?|does|do|types?|issues?|performs?|enters?|calls?|starts?)"
_RAN = r"(?:run|used|executed|typed|done|issued|entered|performed|applied)"
_MACHINE = r"(?:ci(?:/cd)?|jenkins|gitlab|github\s+actions?|argo(?:\s?cd)?|flux|ansible|puppet|chef|salt|terraform|cron(?:\s?job)?|systemd|timer|pipeline|controller|scheduler|installer|wrapper|hook|playbook|bot|automation|agent)"
_ALONE = tuple(
    expression(pattern, re.IGNORECASE)
    for pattern in (
        # "The cron job runs:", "Ansible does the following:"
        rf"^\W*(?:(?:the|our|this|a)\s+)?(?:[\w-]+\s+){{0,2}}?{_MACHINE}\s+(?:then\s+|will\s+|also\s+|itself\s+|automatically\s+)*{_RUNS}(?:\s+{_THIS})?(?:\s+(?:for\s+(?:you|us)|itself|internally|automatically|every\s+\w+|nightly|daily|hourly|in\s+the\s+background|on\s+(?:each|every)\s+\w+|,?\s*you\s+(?:don['’]t|do\s+not)\s+(?:have|need)\s+to))*\s*:\W*$",
        # "What the script does internally:", "Behind the scenes:"
        r"^\W*(?:this\s+is\s+)?what\s+(?:the\s+|our\s+)?[\w\s-]{2,30}?\s+(?:does|runs|executes)(?:\s+(?:internally|itself|under\s+the\s+hood|behind\s+the\s+scenes|for\s+(?:you|us)))?\s*:\W*$",
        r"^\W*(?:behind\s+the\s+scenes|under\s+the\s+hood|internally)\b[^:]{0,60}:\W*$",
        # "…, you don't have to:", "Nothing to type here, the job does it:"
        r"\byou\s+(?:don['’]t|do\s+not)\s+(?:have|need)\s+to(?:\s+(?:run|type|do)\s+(?:this|it|them))?\s*:\W*$|^\W*(?:nothing\s+to\s+(?:type|run|do)|no\s+need\s+to\s+(?:type|run)\s+(?:this|these|it|them))\b[^:]{0,60}:\W*$",
        # "…, no need to type any of it:", "There is nothing for you to do:", "This happens by itself:"
        r"\b(?:no\s+need\s+to|you\s+need\s+not|you\s+needn['’]t|nobody\s+(?:has|needs)\s+to|not\s+(?:for\s+you\s+)?to\s+be)\s+(?:run|type|do|typed|copy|repeat)(?:\s+(?:any\s+of\s+)?(?:this|these|it|them|that))?(?:\s+(?:yourself|by\s+hand|here))?\s*:\W*$",
        r"\bnothing\s+(?:of\s+(?:this|it)\s+)?(?:for\s+you\s+)?to\s+(?:be\s+)?(?:type|typed|run|do|done)(?:\s+here)?\s*:\W*$",
        rf"\b{_THIS}\s+(?:then\s+|all\s+)*(?:happens?|runs?|is\s+(?:run|executed|done))\s+(?:by\s+itself|on\s+its\s+own|automatically|without\s+(?:you|us))\s*:\W*$",
        # "For reference, it does this:", "FYI, the script runs:"
        rf"^\W*(?:(?:only\s+|just\s+)?for\s+(?:your\s+)?(?:reference|information|info|the\s+record|the\s+curious|completeness)(?:\s+only)?|fyi)\W+(?:it|that|(?:the|our|its)\s+(?:[\w./-]+\s+){{0,2}}?[\w./-]+)\s+(?:then\s+|itself\s+|just\s+|only\s+)*{_RUNS}(?:\s+{_THIS})?(?:\s+(?:for\s+(?:you|us)|itself|internally))?\s*:\W*$",
        # "The deploy script consists of:", "`release.sh` is nothing more than:"
        r"^\W*(?:(?:the|our)\s+)?(?:[\w-]+\s+){0,2}?(?:(?:script|alias|wrapper|webhook|hook|make\s+target|macro)|[\w./-]+\.(?:sh|py|rb|pl|bash))`?\s+(?:(?:then|just|only|simply|itself|basically)\s+)*(?:contains|consists\s+of|boils\s+down\s+to|is\s+(?:just|only|nothing\s+(?:more|else|but)(?:\s+than)?)|amounts\s+to|expands\s+to|is\s+short\s+for|stands\s+for)(?:\s+(?:this|these|the\s+following)(?:\s+(?:lines|commands))?)?\s*:\W*$",
        # "This was run by platform on Monday:", "the command that was used in staging:", "Already done by the installer:"
        rf"^\W*{_THIS}\s+(?:was|were|has\s+been|have\s+been)\s+(?:already\s+)?{_RAN}\b[^:]{{0,60}}:\W*$|\bcommands?\s+(?:that|which)\s+(?:was|were|has\s+been|we|they|he|she)\s+(?:{_RAN}|ran|typed|executed)\b[^:]{{0,60}}:\W*$|^\W*(?:already|previously)\s+{_RAN}\b[^:]{{0,60}}:\W*$",
        # "Somebody once ran this and lost the queue:", "What happened last time:", "The old command was:"
        r"^\W*(?:someone|somebody|a\s+colleague|we|they|he|she|i)\s+(?:once\s+|had\s+|last\s+\w+\s+)?(?:ran|typed|used|executed|did)\s+(?:this|these|the\s+following)\b[^:]{0,60}:\W*$|^\W*what\s+happened\s+(?:last|in|on|then)\b[^:]{0,40}:\W*$|^\W*the\s+old\s+(?:command|way)\s+was\s*:\W*$",
        # "Not needed any more:"
        r"^\W*(?:not|no\s+longer)\s+(?:needed|necessary|required|used|valid)(?:\s+(?:any\s?more|any\s+longer|since\s+[\w\s.]{1,20}|now))?\s*:\W*$",
    )
)
_THEM = r"(?:dbas?|vendor|supplier|customer|client|partner|provider|carrier|hoster|facilities|noc|(?:the\s+)?third\s+party|(?:(?:dba|network|storage|security|firewall|infra\w*|data\s?cent(?:er|re)|dc|unix|windows|linux|middleware|mainframe|hosting|platform|database|virtuali[sz]ation|backup|telecom|identity|cloud|2nd\s+level|second\s+level|vendor|live\s+ops)\s+(?:team|people|guys|desk|colleagues?|engineers?|technicians?|admins?|group|ops|support)))"
_SOMEBODY = tuple(
    expression(pattern, re.IGNORECASE)
    for pattern in (
        # "The DBA runs:", "The storage team does this on their side:"
        rf"^\W*(?:the\s+|our\s+)?{_THEM}\s+(?:then\s+|will\s+|also\s+|now\s+)*{_RUNS}(?:\s+{_THIS})?(?:\s+(?:on\s+(?:their|its|his)\s+(?:side|end)|there|for\s+us|by\s+(?:themselves|himself|phone)))*\s*:\W*$",
        # "Ask the DBA to run:", "Have the network team run this:"
        rf"^\W*(?:please\s+|then\s+|now\s+)*(?:ask|tell|get|request|instruct)\s+(?:the\s+|our\s+)?{_THEM}\s+to\s+{_RUNS}(?:\s+{_THIS})?[^:]{{0,40}}:\W*$",
        rf"^\W*(?:please\s+|then\s+|now\s+)*(?:have|let)\s+(?:the\s+|our\s+)?(?:{_THEM}|network|storage|security)\s+{_RUNS}(?:\s+{_THIS})?[^:]{{0,40}}:\W*$",
        # "To be performed by the DBA team from the jump host:"
        rf"\b(?:is|are|to\s+be|will\s+be|must\s+be)\s+{_RAN}\s+by\s+(?:the\s+|our\s+)?{_THEM}\b[^:]{{0,60}}:\W*$",
    )
)


def ended(words: str, lines: Sequence[str], line: int) -> str:
    """The words over the code of a line, with the colon that the title of a step has lost."""
    at = line - 2
    while at >= 0 and not lines[at].strip():
        at -= 1
    colon = at >= 0 and words and not words.endswith(":") and lines[at].rstrip(" *_").endswith(":")
    return f"{words}:" if colon else words


def runs_alone(lead: str) -> bool:
    """Whether words over a block say that a machine runs it, or that it was run: it is only shown."""
    last = _last(lead)
    return bool(last) and any(pattern.search(last) for pattern in _ALONE)


def types(lead: str) -> bool:
    """Whether words over a block say that somebody else types it, at another desk."""
    last = _last(lead)
    return bool(last) and any(pattern.search(last) for pattern in _SOMEBODY)


def _last(lead: str) -> str:
    text = lead.strip(" *_")
    if not text.endswith(":"):
        return ""
    last = alternatives.last(text)
    return last if len(last) <= _LONGEST and not _UNLESS.search(last) else ""
