"""What is shown so that nobody types it: "Never do this:", "# NOT this", "Things not to do, ever:", "… <-- NO"."""

# a pattern is easier to check in one line

from __future__ import annotations

import re
from functools import lru_cache

from runbook_tui.document.patterns import expression
from runbook_tui.document.stems import Stems

_TYPED = r"(?:do|run|use|try|execute|type|copy|paste|issue|follow)"
_FORBIDDEN = expression(
    r"\b(?:do\s+not|don['’]?t|never|must\s+not|mustn['’]t|should\s+not|shouldn['’]t|will\s+not|won['’]t)\s+(?:ever\s+|just\s+|simply\s+|you\s+)?"
    rf"{_TYPED}(?:\s+(?:this|these|that|it|any|so|them|the\s+following|(?:any|one)\s+of\s+(?:this|these|those|that)))?"
    r"(?:\s+(?:ever|here|please|again|blindly|verbatim|literally|as\s+is|as\s+it\s+stands))?\s*(?:\([^()]*\))?\W*$",
    re.IGNORECASE,
)
_AS_BEFORE = expression(  # "Please don't do what we did in March:"
    r"\b(?:do\s+not|don['’]?t|never)\s+(?:ever\s+)?(?:do|repeat|copy|try|run)\s+(?:again\s+)?(?:what|as|like|the\s+(?:thing|mistake|command))\b[^.:]*:\W*$"
    r"|\b(?:do\s+not|don['’]?t|never)\b[^.:]{0,80}\b(?:as|like|the\s+way)\s+(?:some(?:one|body)|we|they|he|she|people|I)\s+(?:once\s+|always\s+)?did\b[^.:]*:\W*$"
    r"|^(?!\W*(?:when|once|after|as|should)\b)(?!.*\b(?:if|whether|in\s+case)\b).*\b(?:took\s+(?:us|it|them|prod\w*|the\s+\w+)\s+down|broke\s+(?:it|us|prod\w*|everything|the\s+\w+)|cost\s+us|wiped\s+\w+"
    r"|caused\s+the\s+\w+)\b[^.:]*:\W*$",
    re.IGNORECASE,
)
_WRONG = expression(  # "Wrong, and seen in the wild:"
    r"^\W*(?:wrong(?:\s+way)?|incorrect|bad(?:\s+(?:idea|example|habit|practice))?|not\s+(?:like\s+)?(?:this|so|that)|avoid(?:\s+(?:this|these|it))?"
    r"|(?:please\s+)?(?:don['’]?t|do\s+not)|never(?:\s+ever)?)\W*(?:[,(–—].{0,70})?:?\W*$",
    re.IGNORECASE,
)
# "Please do NOT do this, even if somebody says so; it takes the site down:"
_FORBIDDEN_TOO = expression(
    rf"(?:^|[.!]\s+)\W*(?:please\s+)?(?:do\s+not|don['’]?t|never)\W+(?:ever\s+|just\s+|simply\s+)?{_TYPED}\s+(?:this|these|that|it|the\s+following)\b(?!\s+(?:on|in|from|at|as|against|with|by|for)\b)"
    r"(?!(?:(?!even\s+if)[^:])*?(?<!even\s)\b(?:if|when|unless|until|before|without|while)\b)[^:]*:\W*$",
    re.IGNORECASE,
)
_NOT_HOW = expression(
    r"^\W*(?:\d\S*\s+)?(?:how|what)\s+not\s+to\s+do\b|^\W*(?:\d\S*\s+)?(?:anti-?patterns?|(?:please\s+)?(?:do\s+not|don['’]?t|never)\s+(?:ever\s+)?(?:do|run|use|try)(?:\s+(?:this|these|that|it|any\s+of\s+\w+))?|don['’]?ts|(?:commands?|things?)\s+(?:not\s+to|never\s+to|nobody\s+should)\s+(?:run|do|use|type))\W*$",
    re.IGNORECASE,
)

_ACTS = r"(?:do|run|use|try|execute|type|copy|paste|issue|enter)"
_RUN = r"(?:done|run|used|tried|executed|typed|copied|pasted|issued|entered)"
_THIS = r"(?:this|these|that|the\s+following)(?:\s+(?:commands?|one|ones))?"
# over what is shown as a warning, whatever its writer calls it
_NONE_OF_IT = tuple(
    expression(pattern, re.IGNORECASE)
    for pattern in (
        # "Things not to do, ever, on this Redis:", "This is what NOT to type:"
        rf"\b(?:things?|commands?|what|stuff|lines?)\s+(?:(?:that|which|is|are)\s+)?(?:not\s+to|never\s+to|nobody\s+(?:should|must|may)|(?:you|one)\s+(?:must|should)\s+(?:not|never)|(?:we|you)\s+never)\s+(?:ever\s+|again\s+)?{_ACTS}\b[^.:]*:\W*$",
        # "Never this, it empties the bucket:", "Not like this:"
        r"(?:^|[.!]\s+)\W*(?:please\s+)?(?:never|not)\s+(?:ever\s+)?(?:like\s+)?(?:this|these|that|the\s+following)\s*(?:[,;(–—-][^.:]*)?:\W*$",
        # "Instead of:", over what is replaced
        r"^\W*instead\s+of(?:\s+(?:this|the\s+old\s+\w+))?\s*:\W*$",
        # "Forbidden here:", "Strictly off limits:"
        r"^\W*(?:(?:strictly|absolutely)\s+)?(?:forbidden|banned|prohibited|off[\s-]limits)\b[^.:]{0,60}:?\W*$",
        # "The following is forbidden in production:", "These must never be run by hand:"
        rf"(?:^|[.!]\s+)\W*{_THIS}\s+(?:(?:is|are)\s+(?:(?:strictly|absolutely|expressly)\s+)?(?:forbidden|prohibited|banned|off[\s-]limits|not\s+(?:allowed|permitted|to\s+be\s+{_RUN})|never\s+to\s+be\s+{_RUN})|must\s+(?:not|never)\s+be\s+{_RUN}|may\s+(?:not|never)\s+be\s+{_RUN}|should\s+never\s+be\s+{_RUN})\b(?![^.:]*\b(?:if|when|unless|until|before|without|while)\b)[^.:]*:?\W*$",
        # "Do not, under any circumstances, run:"
        rf"\b(?:do\s+not|don['’]?t|never),\s+[^,.:]{{2,40}},\s+{_ACTS}(?:\s+(?:this|these|that|any\s+of\s+these))?\W*$",
        # "Resist the temptation to run:"
        rf"\b(?:resist\s+the\s+(?:temptation|urge)|do\s+not\s+be\s+tempted|don['’]?t\s+be\s+tempted)\s+to\s+(?:just\s+)?{_ACTS}\b[^.:]*:\W*$",
        # "The old way, kept for reference:", "No longer valid:"
        r"^(?!.*\b(?:if|when|unless|still|works|until|while)\b)\W*(?:(?:the|our)\s+)?(?:old\s+(?:way|procedure|method|commands?)\s*[,(–—-][^.:]*\b(?:reference|history|record|not\s+any\s+more|obsolete|wrong|gone)\b|obsolete\b|outdated\b|no\s+longer\s+(?:valid|used|needed|supported)\b)[^.:]{0,60}:\W*$",
        # "The command that caused the outage:"
        r"\b(?:commands?|lines?|one-?liners?|thing)\s+(?:that|which)\s+(?:caused|broke|killed|took|wiped|deleted|emptied|ruined)\b[^.:]*:\W*$",
    )
)


# "ldapadd -f data.ldif   <-- NO"
_REFUSED = expression(r"\s(?:#+|<-+|←)\s*(?:no\b(?!\s+\w)|never\b|don['’]?t\b|do\s+not\b|wrong\b)", re.IGNORECASE)


def beside(code: str) -> bool:
    """Whether a remark beside a command says that it is not to be typed."""
    return ("#" in code or "<-" in code or "←" in code) and _REFUSED.search(code) is not None


# what is shown so that nobody types it: "# DON'T - this is what happened in 2021"
_NOT_THIS = expression(
    r"^\W*(?:DON['’]T|DO\s+NOT|NEVER|WRONG|BAD)(?:\s+(?:DO|RUN|USE)\s+THIS)?\s*(?:[-–—:!.(]|$)|^\W*(?:NO|[Nn]o)\s*[!:–—]|^\W*[Nn](?:o+|ope|ein)\W*$|^\W*NOT\s+(?:THIS|LIKE\s+THIS)\b"
    r"|^\W*(?:[Nn]ot|NOT)\s+(?:this|that|like\s+this|so)\s*(?:[:!.,(–—-]|$)"
    r"|^\W*(?:[Ww]rong|[Bb]ad|[Ff]orbidden)\s*(?:[:!(–—-]|$)"
)
_NOT_RUN = expression(  # "# Do NOT run this, it makes the replica diverge"
    r"^\W*(?:please\s+)?(?:never|don['’]t|do\s+not)\s+(?:ever\s+)?(?:do|run|use|type)\s+(?:this|that|these|it)\s*(?:[:!.,(–—;-]|$)",
    re.IGNORECASE,
)


# what each of those has one of; the last stand for s and i as well
_SPOKEN = Stems(
    ("not", "never", "nobody", "instead", "forbidden", "banned", "prohibited", "off", "don", "resist", "tempted", "old",
     "obsolete", "outdated", "longer", "caused", "broke", "killed", "took", "wiped", "deleted", "emptied", "ruined",
     "ı", "ſ", "i\u0307")
)  # fmt: skip
_OVER = (_FORBIDDEN, _FORBIDDEN_TOO, _AS_BEFORE, _WRONG, *_NONE_OF_IT)


def over(lead: str, heading: str, comment: str) -> bool:
    """Whether the words over some code, its heading, or the comment in it say that it is not to be typed."""
    return (
        (bool(lead) and any(pattern.search(lead) for pattern in _OVER))
        or _heads(heading)
        or (bool(comment) and (_NOT_THIS.match(comment) is not None or _NOT_RUN.match(comment) is not None))
    )


@lru_cache(maxsize=64)  # asked for each block of a section
def _heads(heading: str) -> bool:
    return _NOT_HOW.match(heading) is not None or (
        _SPOKEN.found(heading) and any(pattern.search(f"{heading}:") for pattern in _NONE_OF_IT)
    )
