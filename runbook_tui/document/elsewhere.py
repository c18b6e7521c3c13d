"""Words that say where something is typed: "On `web1`:", "On each broker, as root:", "From your own machine:".

What is typed on another machine is not offered to run here; what an operator's own machine is named for is, even while
a session is open elsewhere. A tool that only speaks to a service is typed here whatever machine is spoken of.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from runbook_tui.document import administration, programs
from runbook_tui.document.judgement import Typed
from runbook_tui.document.patterns import expression


class Spot(NamedTuple):
    """A place the words name: the operator's own machine, or another one with its name if it has one."""

    here: bool
    host: str = ""


_MACHINE = (
    r"(?:nodes?|hosts?|servers?|standbys?|replicas?|primar(?:y|ies)|secondar(?:y|ies)|leader|followers?|members?|brokers?|box(?:es)?|machines?|vms?"
    r"|instances?|routers?|switch(?:es)?|firewalls?|gateways?|appliances?|bastion|jump\s?(?:host|box|server)|hypervisors?|workers?|controllers?|masters?"
    r"|containers?|pods?|guests?|prox(?:y|ies)|load\s?balancers?|edges?|survivors?|agents?|arbiters?|mx|(?<=\bold\s)one|(?<=\bnew\s)one|(?<=\bother\s)one|(?<=\bfailed\s)one|(?<=\bsame\s)one)"
)
_SOME = (
    r"(?:the|an?|each|every|both|all(?:\s+of)?(?:\s+the)?|that|this\s+other|any|either|one|its|these|those|two|three|\d+)(?:\s+of\s+the)?\s+"
    r"(?:(?!your\b|own\b|local\b)[\w./-]+\s+){0,3}?"
)
_EACH = (  # a time is no machine
    r"(?:each|every|both|all)(?:\s+of\s+(?:the|them|these|those))?\s+(?!releases?\b|deploys?\b|deployments?\b|runs?\b|changes?\b|days?\b|fail|errors?\b|attempts?\b|boots?\b|re\w*\b|log\w*\b|calls?\b|steps?\b|week|side|time|round|pages?\b"
    r"|of\b|this\b|that\b|the\b|hour|minute|second|month|morning|evening|night|window|case)(?:[\w-]+\s+){0,2}?[\w-]+"
)
_NO_HOST = (  # platforms, versions, days, branches, what is no machine
    r"(?!(?:k8s|k3s|s3|ec2|e2e|v?\d|rhel|el\d|ubuntu|debian|centos|windows|python|java\d*\b|node\d|port|pg\d|mysql\d|postgres\d*\b|php\d|release|feature|hotfix|branch"
    r"|day|week|step|phase|night|sev|p\d|t\d|call|demand|site|duty|line|top|board|off|utf|sha|http|stack|prem|call|page|github|gitlab|slack|main|exit|error|failure|success)\b)"
)
_NAME = (
    rf"{_NO_HOST}[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*-?\d+[a-z]?(?:\.[a-z0-9][a-z0-9.-]*)?|{_NO_HOST}[a-z][a-z0-9]+(?:-[a-z0-9]+){{1,4}}(?:\.[a-z0-9][a-z0-9.-]*)?"
    rf"|{_NO_HOST}[a-z][\w-]*(?:\.[\w-]+){{2,}}"
)
_NAMES = rf"(?P<name>{_NAME})(?:\s*(?:,|and|&|/|or|,\s*then|then)\s*(?:on\s+)?(?:{_NAME}))*"
_WHERE = rf"(?:(?:{_SOME}{_MACHINE}|(?:host|node|server|machine|vm)(?=\s+{_NAME}))\b(?:\s+(?P<named>{_NAME})(?=\s*(?:[:,.(]|$)))?|{_NAMES}(?![\w-]))"
_ASIDE = r"(?:\s+(?:only|alone|again|first|too|as\s+well|now)\b)?(?:\s*\([^()]*\))?(?:,?\s+(?:(?:via|with|through|by)\s+)?(?:ssh|mosh)\s+[\w@.:-]+,?)?(?:,?\s+(?:logged\s+in\s+)?as\s+(?:the\s+)?[\w-]+(?:\s+user)?)?(?:\s+itself)?(?:\s*\([^()]*\))?(?:\s+by\s+(?:the|our|an?)\s+[\w-]+(?:\s+[\w-]+)?)?(?:,?\s+(?:and\s+)?(?:not|never)\s+(?:on|from)\s+[^:.]{1,40})?"
_THAT = r"(?:\s+(?:that|which|where|whose)\s[^:.()]{1,60}(?:\([^()]*\))?\s*(?=:))?"  # "On each node that still has it:"
_FIRST = expression(  # "On db-2 (the old primary):", "Still on the second host, as root, swap the files:"
    rf"^\W*(?:(?:then|now|next|still|again|and|first|second|finally|afterwards|back|only|as\s+[\w-]+)[\s,]+){{0,2}}(?:on|inside|in)\s+{_WHERE}{_ASIDE}{_THAT}\s*(?:[:.]|$|,[^:.]*:)",
    re.IGNORECASE,
)
_TYPED = expression(  # "Run on db-2:", "…, on that node as root:", "Do the same on the standby:", "kubelet on the same node:"
    rf"(?:,(?:\s+(?:always|all|only|still|again|everything))?|\b(?:run|runs|typed?|execute[ds]?|(?:this|that|what\s+follows|all\s+of\s+(?:it|this)|everything)(?:\s+one)?\s+(?:is|happens)|these\s+are|issue|enter|do\s+(?:this|it|that|the\s+same|so)|perform|repeat|same|is\s+done|following)\b[^.:;]{{0,50}}?|^\W*[\w-]+(?=\s+on\s+(?:the\s+same|that)\s))\s+(?:on|inside)\s+{_WHERE}{_ASIDE}\s*:\W*$",
    re.IGNORECASE,
)
_IN_BRACKETS = expression(  # "Downgrade a server (on it):", "In the log (on the node):", "Then, after it is up (same box)"
    rf"\((?:(?:only\s+)?(?:on|inside)\s+{_SOME}{_MACHINE}|(?:run|type|do)\s+(?:it|this|that|them|these)\s+on\s+(?!(?:your|my|friday|monday|every|each\s+(?:run|deploy|release)))[^()]{{2,40}}|(?:(?:run|typed|executed|done|all|only)\s+)?(?:on\s+(?:it|them|that\s+one|this\s+one|each(?:\s+one)?|both)|(?:on\s+)?(?:the\s+)?same\s+(?:box|host|node|machine|server|vm|instance|session|shell)))\)\s*:?\W*$",
    re.IGNORECASE,
)
_LOGGED_IN = expression(
    rf"^\W*(?:(?:then|now|next|first)[\s,]+)?(?:ssh|log\s?(?:in|on)|connect|go|change|switch)(?:\s+over)?\s+(?:in|on)?to\s+{_WHERE}(?:\s+in\s+turn|\s+one\s+by\s+one)?{_ASIDE}\s*(?:[:.]|$|,?\s+(?:and|then)\b[^:.]*(?::|$))",
    re.IGNORECASE,
)
_LOOSELY = expression(  # "Stop the controllers on all three machines:", "For each broker:", "Over SSH on the node:"
    rf"(?:(?<!depending\s)(?<!based\s)\b(?:on|inside)\s+(?:{_SOME}{_MACHINE}|{_EACH})|\bfrom\s+{_SOME}{_MACHINE}\s+itself|^\W*(?:then\s+)?(?:for\s+|per\s+)?(?:{_EACH}|(?:the\s+)?{_MACHINE}(?:\s+by\s+\w+)?(?=\s*:))|,\s*(?:all|both|each|every)\s+(?:[\w-]+\s+){{0,2}}?{_MACHINE})\b[^:.;]{{0,40}}(?::\W*$|$)",
    re.IGNORECASE,
)
_HINT_LOOSELY = expression(rf"\b(?:on|inside|from|for|per|by|all|both|each|every|{_MACHINE}(?=\s*:))\b", re.IGNORECASE)
_BEING = expression(  # "You are now on the node."
    rf"^\W*(?:you|we)(?:['’]re|\s+are)\s+(?:now\s+|still\s+)?(?:logged\s+(?:(?:in|on)\s+)?)?(?:on|in|into|to)\s+{_WHERE}",
    re.IGNORECASE,
)
_TITLED = expression(rf"(?:[(–—:-]\s*|^\W*(?:\d[\d.]*[.)]?\s+)?)on\s+{_WHERE}(?:\s+as\s+[\w-]+)?\W*$", re.IGNORECASE)
_OWN = (
    r"(?:your|my|our\s+own|the\s+operator['’]?s|this|the\s+local|the\s+same\s+local)\s+(?:own\s+)?(?:work(?:ing)?[\s-]?station|laptop|machine|pc|computer|desktop|notebook|terminal|shell)"
    r"|(?:the\s+)?(?:workstation|laptop)|localhost"
)
_HERE = expression(rf"(?<!not\s)\b(?:on|from|at)\s+(?:{_OWN})\b|\blocally\b", re.IGNORECASE)
_FROM_HERE = expression(rf"^\W*(?:from|on|at)\s+(?:{_OWN})\b", re.IGNORECASE)
_BEHIND = expression(  # "`x` on both bouncer hosts", "(`x` on each)"
    rf"^,\s+(?:on|inside)\s+(?:{_SOME}{_MACHINE}\b|`?(?:{_NAME})`?)\s*\)|^\s+(?:on|inside)\s+(?:{_SOME}{_MACHINE}\b|(?:each|both|all|either|every\s+one|each\s+one|(?:all|each|both)\s+of\s+(?:them|these)|all\s+(?:two|three|four|five|six))(?=\s*(?:[).,;:]|$)))|^\s+in\s+(?:the|its|each)\s+(?:host|remote|node|guest|pod|container)(?:['’]s)?\s+(?:shell|console|session)\b",
    re.IGNORECASE,
)
_TOLD_BEHIND = expression(  # "`x` (from the node)"
    rf"^\s*\(\s*(?:(?:only|run|typed|executed|done)\s+|as\s+[\w-]+,?\s+){{0,2}}(?:on|from|inside)\s+(?:{_SOME}{_MACHINE}\b|{_NAME})",
    re.IGNORECASE,
)
_BEFORE = expression(  # "On each node, stop it with", "The same on x, then x, but with"
    rf"^\W*(?:then\s+|now\s+)?(?:on|inside)\s+{_WHERE}{_ASIDE},|^.*,\s+(?:and\s+)?then\s+(?:on|inside)\s+{_SOME}{_MACHINE}\b[^,;:.]*(?:\.\w[^,;:.]*)?$|^\W*(?:and\s+)?(?:then\s+)?(?:do\s+)?the\s+same\s+on\b",
    re.IGNORECASE,
)
_ON_NUMBERED = expression(  # "Carried out by the network team on mx1: `x`"; a region is no machine
    rf"\b(?:on|inside)\s+(?![a-z]{{2,3}}-[a-z]+-\d\b){_NO_HOST}(?P<host>[a-z][a-z0-9]*(?:-[a-z0-9]+)*-?\d+[a-z]?(?:\.[a-z0-9.-]+)?){_ASIDE}\s*\)?\s*:\W*$",
    re.IGNORECASE,
)
_ON_ALONE = expression(  # "on the new box: `x`", "Then on s2 and s3: `x`", "Teo on the jump host: `x`", "On new idm4 `x`"
    rf"^\W*(?:[\w'’-]+[\s,?!]+){{0,5}}?(?:on|inside)\s+(?:(?:the\s+)?(?:new|old|first|second|third|last|other|failed|spare|former)\s+(?={_NAME}))?{_WHERE}(?:\s*(?:,|and|&|/|or)\s*[\w.-]*\d[\w.-]*)*{_ASIDE}{_THAT}\s*[:,–—-]?\W*$",
    re.IGNORECASE,
)
_ON_EACH = expression(  # "On each pgbouncer again: `x`"; a time is no machine
    r"^\W*(?:(?:then|and|next|now|again|finally)[\s,]+){0,2}(?:on|inside)\s+(?:each|every|both|either)(?:\s+of\s+(?:the|them|these|those))?\s*(?!releases?\b|deploys?\b|deployments?\b|runs?\b|changes?\b|days?\b|fail|errors?\b|attempts?\b|boots?\b|re\w*\b|log\w*\b|calls?\b|steps?\b|week|side|time|round|pages?\b)(?:[\w-]+\s*){0,2}(?:again|only|as\s+root|in\s+turn|one\s+by\s+one)?\s*[:,]?\W*$",
    re.IGNORECASE,
)
_REACHES_OUT = expression(r"(?:^|\s)(?:-h|-H|--host(?:name)?|--server|--node|-i|--limit)(?:[\s=]|$)|@|://")
_SENTENCE = expression(r"(?<=[.!?])\s+(?=[A-Z])")
_HINT = expression(r"\b(?:on|inside|in|to|from|at|locally|same)\b", re.IGNORECASE)
_SERVICES = frozenset(
    [
        "kubectl",
        "oc",
        "helm",
        "helmfile",
        "aws",
        "gcloud",
        "gsutil",
        "az",
        "doctl",
        "terraform",
        "tofu",
        "terragrunt",
        "pulumi",
        "ansible",
        "ansible-playbook",
        "argocd",
        "argo",
        "flux",
        "gh",
        "glab",
        "ssh",
        "istioctl",
        "velero",
        "heroku",
        "fly",
        "flyctl",
        "vercel",
        "eksctl",
    ]
)
_LONGEST = 400


def spot(words: str) -> Spot | None:
    """The place that words before a block name for it; None where they name none."""
    if not words or len(words) > _LONGEST or not _HINT.search(words):
        return None
    *before, last = _SENTENCE.split(words.strip())
    if _HERE.search(last) or any(map(_FROM_HERE.match, before[-2:])):
        return Spot(here=True)
    for one in before:
        if (found := _FIRST.search(one) if one.lower().startswith("still on") else _BEING.match(one)) is not None:
            return Spot(here=False, host=_host(found))
    for pattern in (_FIRST, _LOGGED_IN, _TYPED):
        if (found := pattern.search(last)) is not None:
            return Spot(here=False, host=_host(found))
    return Spot(here=False) if _IN_BRACKETS.search(last) else None


_ON_A_NAMED = expression(
    r"^\W*(?:(?:and|then|next|again|also|now|still)[\s,]+){0,3}(?:on|inside|in)\s+(?:the\s+)?(?P<name>[a-z][\w.-]*)\W*$",
    re.IGNORECASE,
)
_BEHIND_NAMED = expression(r"^\s+(?:on|inside)\s+(?P<name>[a-z][\w.-]*[\w])", re.IGNORECASE)


def names(before: str, after: str = "") -> list[str]:
    """What words around some code call the place it is typed at, machine or not: "On oldmail: `x`", "`x` on oldmail"."""
    found = (_ON_A_NAMED.match(before), _BEHIND_NAMED.match(after))
    return [one["name"] for one in found if one is not None]


_ALL_THERE = expression(  # "Everything below is typed on the bastion, not on your laptop"
    rf"\b(?:everything|all\s+(?:the\s+)?(?:commands|steps)|all\s+of\s+(?:it|this))\b[^.]{{0,40}}?\b(?:typed|run|executed|done|entered|issued)\s+on\s+{_WHERE}[^.]{{0,20}}?\b(?:not|never)\s+(?:on|from)\s+(?:{_OWN})",
    re.IGNORECASE,
)
_ALL_TOLD = expression(  # "All commands in chapters 3 to 5 are executed on `mon01` as root"
    rf"\ball\s+(?:(?:the|our|these)\s+)?(?:(?!my\b|your\b)[\w-]+\s+)?commands\b[^.]{{0,40}}?\b(?:are|must\s+be|have\s+to\s+be)\s+(?:to\s+be\s+)?(?:typed|run|executed|entered|issued|given)\s+(?:(?:on|from|inside)\s+(?!(?:{_OWN})){_WHERE}|in(?:side)?\s+(?:that|this|the\s+same)\s+(?:shell|session|container|window|terminal)\b)",
    re.IGNORECASE,
)
_ALL_FROM_NOW = expression(  # "From here on you're root on db-1", "From now on everything happens on the bastion"
    rf"\bfrom\s+(?:here|now|this\s+point|then)\s+on(?:wards?)?\b[^.]{{0,20}}?\b(?:you|we|everything|all|commands?|steps?|work|typ(?:e|ing)|run|stay|root|logged)\b[^.]{{0,30}}?(?:\bon|\binside|\bin)\s+{_WHERE}",
    re.IGNORECASE,
)
_ALL_HERE_ON = expression(  # "Everything here on mossy as root, inside tmux"
    rf"^\W*(?:everything|all\s+(?:of\s+)?(?:this|that|it|steps))(?:\s+(?:here|below|that\s+follows|in\s+this\s+(?:section|chapter|part)))?\s+(?:is\s+|happens\s+|runs\s+|goes\s+)?(?:typed\s+|done\s+|run\s+)?on\s+(?!(?:{_OWN}))(?:{_WHERE}|[a-z][\w-]*(?=\s+as\s+root\b))",
    re.IGNORECASE,
)
_FOR_THE_REST = expression(  # "Stay on the bastion for the rest"
    rf"\b(?:stay|remain|keep\s+working)\s+(?:logged\s+in\s+)?on\s+{_WHERE}\s+(?:from\s+(?:here|now)\s+on|for\s+the\s+rest)\b",
    re.IGNORECASE,
)
_HOME_AGAIN = expression(
    rf"\b(?:back|again|return(?:ed)?|once\s+more)\s+(?:on|at|to|in)\s+(?:{_OWN})|\b(?:log\s?out|log\s?off|leave|exit)\b[^.]{{0,60}}?\b(?:back|rest|continue|go\s+on)\b[^.]{{0,30}}?\b(?:on|from|at)\s+(?:{_OWN})",
    re.IGNORECASE,
)


def all_there(words: str) -> bool:
    """Whether all that follows is typed on another machine: expressly not on one's own, all commands, or from now on."""
    return any(
        pattern.search(sentence) is not None
        for sentence in _SENTENCE.split(words)
        if len(sentence) <= _LONGEST
        for pattern in (_ALL_THERE, _ALL_TOLD, _ALL_FROM_NOW, _ALL_HERE_ON, _FOR_THE_REST)
    )


def home_again(words: str) -> bool:
    """Whether what follows is typed on one's own machine again: "Back on your laptop:"."""
    return any(_HOME_AGAIN.search(sentence) for sentence in _SENTENCE.split(words) if len(sentence) <= _LONGEST)


_HEADED = expression(  # "Command (on db-1)", "Run on the standby"
    rf"(?:^\W*(?:commands?|what|code|runs?|typed?|executed?|enter(?:ed)?|do|done|action)?\s*(?:is\s+)?(?:run|typed|executed|entered|done)?|[(–—:-])\s*\bon\s+{_WHERE}\W*$",
    re.IGNORECASE,
)
_HOSTS_COLUMN = expression(
    r"^\W*(?:(?:target\s+|which\s+|on\s+)?(?:hosts?|nodes?|servers?|machines?|vms?|instances?|box(?:es)?|hostname)|where|on|from|(?:to\s+be\s+)?(?:run|typed|executed|done|performed)\s+(?:on|at|from))\W*$",
    re.IGNORECASE,
)
_NO_PLACE = expression(
    r"^\W*(?:any(?:where|\s*(?:host|one|machine|node))?|n/?a|none|see\s.*|here|(?:your|my|own|the)?\s*(?:own\s+)?(?:local(?:ly|host)?|laptops?|work\s?stations?|desktop|pc|terminal|shell|mac|notebook)(?:\s+machine)?|local\s+machine)?\W*$",
    re.IGNORECASE,
)


def headed(title: str) -> Spot | None:
    """The place that the heading of a column names for what stands in it: "Command (on db-1)"."""
    found = _HEADED.search(title) if len(title) <= _LONGEST else None
    return Spot(here=False, host=_host(found)) if found is not None else None


def hosts_column(title: str) -> bool:
    """Whether a column tells the machine of each row."""
    return _HOSTS_COLUMN.match(title) is not None


def of_cell(text: str) -> Spot | None:
    """The place that a cell of such a column names; None where it is any, or the operator's own."""
    if _NO_PLACE.match(text):
        return None
    return Spot(here=False, host=text if re.fullmatch(r"[\w@.-]+", text) else "")


def titled(title: str) -> Spot | None:
    """The place a heading names for all below it: "Upgrade the package (on the node)", "On db-2"."""
    found = _TITLED.search(title) if len(title) <= _LONGEST else None
    return Spot(here=False, host=_host(found)) if found is not None else None


def mentioned(code: str, before: str, after: str) -> bool:
    """Whether a sentence says of the code in it that it is typed on another machine."""
    if _TOLD_BEHIND.match(after):
        return True
    if service(code) or len(before) > _LONGEST or _HERE.search(before) or _HERE.match(after.lstrip(" (")):
        return False
    if _BEHIND.match(after) is not None or _BEFORE.match(before) is not None:
        return True
    if _ON_EACH.match(before) or (_ON_ALONE.match(before) and not _REACHES_OUT.search(code)):
        return True
    there = spot(before) if before.rstrip(" *_").endswith(":") and "," in before else None
    return there is not None and not there.here


def told(code: str, before: str) -> str:
    """The machine that the words right before some code say it is typed on: "Done by the DBA on db-2: `x`".

    Code that names the machine itself is typed elsewhere and speaks to it.
    """
    if ":" not in before or len(before) > _LONGEST or service(code) or _HERE.search(before):
        return ""
    found = _ON_NUMBERED.search(before)
    return found["host"] if found is not None and found["host"] not in code else ""


def put_where_told(typed: Sequence[Typed], lead: str) -> None:
    """Make what a block holds part of a session on the machine that the last words before it name: "Stop it on db-2:".

    Where they only speak of some machines, "Stop it on all three nodes:", what administers one is typed there.
    """
    if not lead or len(lead) > _LONGEST or not _HINT_LOOSELY.search(lead):
        return
    last = _SENTENCE.split(lead)[-1]
    if _LOOSELY.search(last) and not _HERE.search(last):
        own = [item for item in typed if administration.administers(item.text) and not _REACHES_OUT.search(item.text)]
        if own and not any(item.opens_session for item in typed):
            put(typed, Spot(here=False))
    if not lead.endswith(":"):
        return
    for item in typed:
        if not _REACHES_OUT.search(item.text) and (host := told(item.text, last)):
            put([item], Spot(here=False, host=host))


_TOLD_SHORT = expression(  # "run this on each node", "same on db-2"
    rf"^\W*(?:(?:then|now|next|finally)[\s,]+)?(?:run|do|type|execute|repeat|same|only)(?:\s+(?:this|it|these|that|them|the\s+same|again|only|everything)){{0,3}}\s+(?:on|inside)\s+{_WHERE}{_ASIDE}\s*:",
    re.IGNORECASE,
)
_REMARK = expression(r"\s#\s+(?P<words>[^'\"`]{4,100})$")
_SHORT = 100


def of_comment(words: str) -> Spot | None:
    """The place that a comment of a block names for what it stands over or behind: "# on the broken node"."""
    if len(words) > _SHORT or not _HINT.search(words):
        return None
    if _HERE.search(words):
        return Spot(here=True)
    text = words.rstrip(" :.") + ":"
    for pattern in (_FIRST, _LOGGED_IN, _TOLD_SHORT):
        if (found := pattern.search(text)) is not None:
            return Spot(here=False, host=_host(found))
    return Spot(here=False) if _IN_BRACKETS.search(text) else None


def put_by_comment(typed: Sequence[Typed], comments: Sequence[str], before: Spot | None) -> Spot | None:
    """Put what stands under some comments where they say, or where those `before` them in the block did; the place."""
    said = [there for words in comments if (there := of_comment(words)) is not None]
    there = said[-1] if said else before
    if there is not None and not there.here:
        put(typed, there)
    elif there is None:
        for words in filter(None, comments):
            put_where_told(typed, words.rstrip(" :.") + ":")
    for item in typed if there is None else ():
        remark = _REMARK.search(item.text) if "#" in item.text else None
        behind = of_comment(remark["words"]) if remark is not None else None
        if behind is not None and not behind.here:
            put([item], behind)
    return there


def put(typed: Sequence[Typed], there: Spot, *, everything: bool = False) -> None:
    """Make what is typed on another machine part of a session there, unless it only speaks to services."""
    if not everything and all(service(item.text) for item in typed):
        return
    for item in typed:
        if not item.in_session and not item.goes_to:
            item.in_session, item.host = True, there.host or None


def at_home(before: str) -> bool:
    """Whether the words of a sentence before some code say that it is typed on one's own machine."""
    return _HERE.search(before) is not None


def reaches_out(code: str) -> bool:
    """Whether code names the machine it speaks to."""
    return _REACHES_OUT.search(code) is not None


def service(code: str) -> bool:
    """Whether code only speaks to a service, from whatever machine."""
    words = [word for word in code.split() if not re.match(r"^[A-Z_][A-Z0-9_]*=", word)]
    return bool(words) and programs.name_of(programs.unwrapped(words)[0]) in _SERVICES


def _host(found: re.Match[str]) -> str:
    names = [name for name in (found["name"], found["named"]) if name]
    alone = (
        names
        and found.group().count(names[0]) == 1
        and not re.search(r"\b(?:and|then|or)\b|&|,\s*[a-z][\w-]*\d", found.group()[found.group().index(names[0]) :])
    )
    return names[0] if alone else ""
