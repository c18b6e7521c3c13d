"""Commands named in running text: which the writer asks for, which are only mentioned, which are neither.

The sentence decides:
    "Run `x`", "`x` – lists the pods" and "Restart it: `x`" ask; "was built with `x`", "the output of `x`"
and "do not restart it with `x`" do not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from runbook_tui.document import elsewhere, fences, letters, noise, orders, programs, shell, spoken_of
from runbook_tui.document.patterns import expression

_SPAN = expression(r"(?<![`\\])(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)", re.DOTALL)
_SENTENCE = expression(
    r"(?:(?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<!\bvs)(?<!\bcf)[.!?]|<br\s*/?>)\s+(?=[\"'(*_]*[A-Z`])|\n\s*\n"
)
_RUN = expression(
    r"\b(?:run|execute|issue|types?|enter|invoke|use|try|launch|perform|re-?run|call|paste|start with|begin with|do"
    r"|apply|running|executing|issuing|typing|invoking|calling|see|check|verify|watch|test|get|list|view|look)\s*"
    r"(?:\b(?:at|the|this|a|an|following|command|commands|script|again|once|either|it|one of|both|something like"
    r"|manually|locally|simply|first|then|also|via|with|using)\b\s*)*[:,]?\s*[(\"“*_]*$",
    re.IGNORECASE,
)
_MEANS = expression(
    r"\b(?:with|using|via|through|by|and|then|or|after|command|commands)\s*[:,]?\s*[(\"“*_]*$", re.IGNORECASE
)
_BY_MEANS = expression(r"(?:with|using|via|through|by)\b", re.IGNORECASE)
_ORDERS = expression(
    r"\b(?:you|then|and|please|can|must|should)\s+\w|^\W*to\s+\w"
    r"|(?:^|,\s+)(?:\w+ly\s+)?[a-z]{3,}\s+(?:it|them|this|the|your|all|each|every|that|both)\b",  # "deprecate it with"
    re.IGNORECASE,
)
_WE_DO = expression(r"^\W*we\s+(?:do|use)\b[^:]*$", re.IGNORECASE)
_RESULT = expression(
    r"^\s*(?:not\s+\w+\s*(?:→|➜|⇒|->|=>|[:=?])|with\s+exit|exit\s+(?:code|status|≠|!=|\d)|(?:is\s+)?(?:all|not|any|every\S*)\s+(?:pass|ok|green|clean|fail)|(?:ok|clean|pass|fail|red|green)(?:es|ed|s)?\b)",
    re.IGNORECASE,
)
_NEVER = expression(
    r"\b(?:(?:do not|don't|don’t|never)(?!\s+(?:forget|hesitate))|avoid|instead of|rather than|without|must not"
    r"|should not|cannot|no longer)\b[^,;]*$",
    re.IGNORECASE,
)
# "If you don't have it: `x`" forbids nothing
_UNLESS_THERE = expression(r"^\W*(?:if|when|where|in\s+case|should)\b[^:]*:\W*$", re.IGNORECASE)
_WITH_OUTPUT = expression(  # "Post in the forum with the output of `x`"
    r"(?:^|[.;:,]\s)\W*(?:then\s+|please\s+|and\s+)?(?:post|attach|send|paste|include|add|save|keep|share|note|record|put|write)\b[^.;]{0,60}\bthe\s+(?:full\s+|whole\s+|complete\s+)?outputs?\s+(?:of|from)\s*$",
    re.IGNORECASE,
)
_IS_DONE_WITH = expression(  # in a numbered step: "The rest is exported with `x`"
    r"\b(?:is|are|gets?|will\s+be)\s+(?:then\s+|now\s+|first\s+)?(?!not\b|never\b)\w+(?:ed|wn|ent|ade|one|ut|un|ilt)\s+(?:with|by|via|using|through)\s*$",
    re.IGNORECASE,
)
_IS_TO_BE = expression(
    r"\b(?:is|are|has|have)\s+to\s+be\s+\w+(?:\s+(?:first|then|at\s+once|immediately))?,$", re.IGNORECASE
)
_SPELLED_SO = expression(  # how it is written: "flags go after `argo rollouts`, not before"
    r"\b(?:go(?:es)?|comes?|stands?|belongs?|follows?|written|placed?|put)\s+(?:right\s+|directly\s+)?(?:after|before|behind|in\s+front\s+of)\s*$",
    re.IGNORECASE,
)
_SECTION = expression(r"^(?:§\s*)?\d{1,2}(?:\.\d{1,2})+\.?\s+")  # "6.1 `x`"
_DONE = expression(
    r"\b(?P<aux>was|were|is|are|been|has|had|have|be|being|got|get|gets)\s+(?:\w+ly\s+|already\s+|not\s+)?"
    r"(?:\w+ed|built|run|done|made|sent|set|written|shown|taken|given|put|kept|found|known|cut|read)\b[^,;:]{0,60}$",
    re.IGNORECASE,
)
_PAST = expression(
    r"\b(?:I|we|he|she|they|it|someone|team)\s+(?:\w+ly\s+)?(?:ran|used|executed|issued|restarted"
    r"|\w+ed)\b[^,;:]{0,40}$",
    re.IGNORECASE,
)
_MODAL = expression(
    r"\b(?:can|could|should|must|may|might|needs? to|has to|have to|to)\s+(?:\w+\s+)?be\b[^,;:]{0,60}$", re.IGNORECASE
)
_NAMED = expression(
    r"\b(?:outputs?|results?|response|logs?|exit code|value|version|name|case|kind|example|meaning|equivalent"
    r"|alias|part|end|flag"
    r"|behaviou?r) (?:of|for|from|to|in)\s+[(\"“*_]*$|\b(?:like|than|as|called|named|e\.g\.,?|i\.e\.,?|such as"
    r"|similar to|because|that"
    r"|what|why|how|when|while|where|if|equals?|means|between|of|the|a|an|from|for|into|job|hook|step"
    r"|process)\s+[(\"“*_]*$",
    re.IGNORECASE,
)
_ACTS = expression(
    r"^[^\w.;!?]{0,3}\s*(?:is|was|are|were|will|would|can|could|should|may|might|has|had|does|did|says?|said|shows?"
    r"|returns?|prints?|gives?"
    r"|reports?|fails?|failed|hangs?|exits?|ends?|works?|takes?|needs?|creates?|deletes?|removes?|uses?"
    r"|and \w+ are|command\b"
    r"|times? out|succeeds?|output|process|job|runs?|ran|reads?|writes?|sets?|must|doesn't|didn't|won't|completes?"
    r"|switches|turns|starts|stops|restarts|rolls|triggers|changes|keeps|leaves|drops|disables|enables|brings|sends|does"
    r"|makes|moves|goes|puts|adds|applies|waits|blocks|forces|resets|kills|pauses|affects|causes|triggers)\b",
    re.IGNORECASE,
)
_CONFIRMS = expression(
    r"\b(?:confirm|verify|ensure|make sure|be sure|check|validate|wait until|wait till)\s+(?:that\s+)?[(\"“*_]*$",
    re.IGNORECASE,
)
_ANSWERS = expression(
    r"^\W{0,3}\s*(?:returns?|prints?|shows?|says?|reports?|succeeds?|exits?|outputs?|gives?|lists?|completes?|works)\b",
    re.IGNORECASE,
)
_HANDLED = expression(  # "`terraform plan` reviewed by a second engineer" was typed before
    r"^\W{0,3}\s*(?:reviewed|approved|attached|signed|agreed|shared|posted|archived|accepted|discussed|done|committed"
    r"|merged|tagged|documented|recorded)\b",
    re.IGNORECASE,
)
_HARMS = expression(  # "`x` skips the drain hook" is said against it
    r"^\W{0,3}\s*(?:skips|truncates|wipes|destroys|loses|breaks|ignores|bypasses|hides|overwrites|duplicates|cuts|interrupts"
    r"|masks|corrupts|hurts|helps|only|never|always)\b",
    re.IGNORECASE,
)
_AT_HOST = expression(  # "`x` on db-1 (only there)"; a version or a platform is none
    r"^\s+(?:on|inside)\s+`?(?!(?:k8s|k3s|s3|ec2|e2e|v\d|rhel|el\d|ubuntu|debian|centos|windows|python|java|node\d*\b|port))"
    r"(?P<host>[a-z][a-z0-9]*(?:-[a-z0-9]+)*-\d+[a-z]?|[a-z]{2,}\d{1,3})(?=[\s.,;:)`]|$)"
)
_HEED = expression(  # what only calls for attention says nothing of the code behind it
    r"^(?::[a-z][a-z0-9_+-]+:|(?:note|warning|tip|caution|important|hint|remember|n\.?b\.?|attention|background|fyi|danger|info|remark|beware)[\s*_]*[:!])[\s*_]*",
    re.IGNORECASE,
)
_LIKENED = expression(
    r"\b(?:equivalent|same|similar|akin|identical|comparable|equal|amounts?|corresponds?)\s+(?:as|to|of)\s+(?:(?:running|executing|typing|doing|calling|using|an?|the)\s+)?$",
    re.IGNORECASE,
)
_STANDS = expression(  # behind code that begins a later sentence: it is all of it, or goes on as an order does
    r"^\W{0,2}\s*(?:$|[.;)](?:\s|$)|(?:[—–→#]|->)|,?\s*(?:and|then|or|to|in|on|for|from|until|again|if|once|at|as)\b)",
    re.IGNORECASE,
)
_TOLD_OF = expression(
    r"^[^.;!?]*\b(?:is|are|was|were|will|would|has|had|can|could|may|might|does|did)\b", re.IGNORECASE
)
_ON_HOST = expression(  # "On db-1 `x`", "…, then on db-2 `x`", "and again on db-2 `x`"
    r"(?:^|[,;]\s*(?:and\s+)?(?:then|next)\s+)\W*(?:(?:then|next|and|again|also)\s+){0,3}(?:on|inside)\s+(?:the\s+|both\s+|each\s+|every\s+|all\s+)?"
    r"(?:(?P<host>[a-z][a-z0-9-]*\d[\w.-]*|[a-z][\w-]*\.[\w.-]+)|[\w.-]+(?:\s+(?:(?:and|or)\s+)?[\w.-]+){0,2})$",
    re.IGNORECASE,
)
_CONNECTS = frozenset(
    ["either", "then", "next", "first", "finally", "afterwards", "now", "again", "or", "alternatively"]
)
_OR_TO = expression(  # "or, to go to a certain version, `x`"
    r"^\W*(?:or|alternatively)\b,?\s+(?:to|for|if|when|once|after)\s[^.:;`]{2,60},$", re.IGNORECASE
)
_STRESS = expression(r"\*+|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)")
_TAKEN_BACK = expression(  # the way back is told beside the change; it is not the next thing to do
    r"\b(?:taken back|undone|rolled back|reverted|reversed|backed out|cancelled|canceled)\s+(?:again\s+)?"
    r"(?:by|with|using|via|through)\W*$",
    re.IGNORECASE,
)
_ARTICLE = expression(r"\b(?:the|a|an|this|that|these|their|its)\s+[(\"“*_]*$", re.IGNORECASE)
_ENDS = expression(r"^\W*(?:$|[.,;:)]|(?:to|and|then|again|on|in|from|as|for|until|or|if)\b)", re.IGNORECASE)
_IMPERATIVE = expression(
    r"^(?:(?:then|now|next|first|finally|also|please|and)[, ]+)*(?:check|verify|restart|stop|start|log|login"
    r"|ssh|connect|get|list"
    r"|look|find|delete|remove|apply|scale|roll|open|edit|drain|cordon|uncordon|confirm|ensure|validate|inspect"
    r"|view|watch|wait"
    r"|install|build|deploy|push|pull|tag|create|update|upgrade|set|export|copy|move|disable|enable|reload"
    r"|clear|flush|test|ping"
    r"|dump|back ?up|restore|rotate|promote|kill|describe|show|print|query|tail|grep|review|monitor|trigger"
    r"|switch|become|take"
    r"|merge|sync|fetch|clone|generate|make|reset|revert|force|bring|mount|unmount|clean|prune|expand|resize"
    r"|extend|change|see)\b(?!\s+of\b)",
    re.IGNORECASE,
)
_DASH = expression(
    r"^\s*(?:[-–—:→#(=,;]|to\b|and\b|then\b|in\b|on\b|for\b|from\b|again\b|until\b|if\b|\.?\s*$)", re.IGNORECASE
)


_ANSWERED = expression(  # "Output: `x`", "It prints: `x`": what a machine says, not what is said to it
    r"(?:^|[,;(–—-])\W*(?:(?:the|its|your|expected|example|sample|typical|actual|usual|last|exact|console|commit)\s+){0,3}"
    r"(?:outputs?|results?|responses?|answers?|repl(?:y|ies)|returns|prints|says|shows|expected|(?:error\s+)?messages?|errors?(?:\s+(?:seen|shown|text|line|in\s+the\s+logs?))?"
    r"|log\s+(?:lines?|entry|entries|messages?)|process(?:es)?(?:\s+(?:is|are))?|metrics?|symptoms?|titles?|subjects?)\s*:\s*$"
    r"|\b(?:print(?:s|ed)?|return(?:s|ed)?|says?|said|answer(?:s|ed)?|repl(?:y|ies|ied)|respond(?:s|ed)?|report(?:s|ed)?|fail(?:s|ed)?|should\s+(?:see|show|read|print|say))"
    r"(?:\s+(?:with|back|this|something|like|this:))*\s*:\s*$",
    re.IGNORECASE,
)
_WHETHER = expression(r"\s(?:whether|if)\b", re.IGNORECASE)  # "Look whether it answers: `x`"
_LABELLED = expression(  # nothing but a few words, a colon and code: "To kill: `flagctl set search off`"
    r"^\s*(?:[*_]{0,3})(?P<label>[A-Za-z][^`:.,;!?|]{0,40}?)(?:[*_]{0,3}):(?:[*_]{0,3})\s*`+[^`]+`+\s*\.?\s*$"
)
_DOES = expression(  # the label of what is done, not of what is seen
    r"^(?:how\s+to\s+|to\s+|for\s+)?(?:kill|stop|halt|abort|switch|turn|disable|pause|freeze|drain|undo|revert|restore"
    r"|roll|back|go(?:ing)?\s+back|shut|take|cut|pull|suspend|off$|rollback|way\s+back|emergency\s+stop)",
    re.IGNORECASE,
)
_LABEL_WORDS = 5
_FORMS = expression(  # what it can look like, or looked like, is not to be typed as it stands
    r"\b(?:usage|synopsis|syntax|format|signature|looks?\s+like|form|options|parameters|arguments|flags|previously|formerly|before|old|was|wrong|bad)\W*:\s*$",
    re.IGNORECASE,
)

LEAVES = frozenset(["exit", "logout"])  # a session
_LOOP = expression(r"^(?:for|while|until|if)\b.*;\s*(?:do|then)\b.*;\s*(?:done|fi)\b")


@dataclass(frozen=True, slots=True)
class Mention:
    code: str
    row: int  # rows below the first line of the text
    asked: bool  # the writer asks for it
    before: str = ""  # the words of its sentence before it
    host: str = ""  # where its sentence says it is typed: "On db-1 `x`"
    away: bool = False  # on another machine, without its name: "`x` on each broker"
    after: str = ""  # the words of its line behind it
    fenced: bool = False  # written as a one-line fence: ```command```


def find(raw: str, *, task: bool, tools: Collection[str] = ()) -> Iterator[Mention]:
    """The commands that some Markdown text names. `task`: it is a box or an item of a procedure.

    `tools`: programs of the house that the document has typed in a block before.
    """
    if "`" not in raw or len(raw) > 20_000:
        return
    asked_before = False
    host = ""
    away = False
    end_before = 0
    for match in _SPAN.finditer(raw):
        code = " ".join(match["code"].split())
        if len(match["ticks"]) < 3 and code.isalpha() and not programs.known(code) and code not in LEAVES:
            asked_before, host, away, end_before = False, "", False, match.end()
            continue  # a word that is no program
        sentence = _SENTENCE.split(raw[: match.start() + 1])[-1][:-1].replace("\n", " ")
        before = (_SPAN.sub("x", sentence) if "`" in sentence else sentence).lstrip(" *_->[]xX☐")
        before = _STRESS.sub("", before) if "*" in before or "_" in before else before  # "do **not** run"
        before = _SECTION.sub("", before) if before[:1].isdigit() else before
        before = _HEED.sub("", before) if ":" in before or "!" in before else before
        after = raw[match.end() :].split("\n\n", 1)[0].replace("\n", " ")
        row = raw.count("\n", 0, match.start("code"))
        if len(match["ticks"]) >= 3 and not before.strip():
            if (mention := _fenced(code, row)) is not None:
                yield mention
            continue
        between = raw[end_before : match.start()]
        chained = asked_before and re.fullmatch(
            r"[^.`]{0,60}?(?:,|\bor\b|\band\b|\bthen\b|/|&|→|->|\+)\s*[(\"“*_]*", between
        )
        typed = chained and (shell.looks_typed(code) or (programs.known(code) and code not in programs.WORDS))
        later = not task and not before.strip() and bool(raw[: match.start()].strip(" *_->[]xX☐"))
        verdict = True if typed else _verdict(code, before, after, task, tools)
        said = _LONG_DONE.match(after) or _ITS.search(before) or _SPELLED_SO.search(before)
        if verdict and (programs.incomplete(code) or said or spoken_of.only(code, before, after, task=task)):
            verdict = False
        if verdict and later and not typed:
            verdict = _STANDS.match(after) is not None and _TOLD_OF.match(after) is None
        if not typed:
            host = (_host(before, after) or elsewhere.told(code, sentence.replace("`", ""))) if verdict else ""
            away = bool(verdict) and elsewhere.mentioned(code, before, after)
        end_before = match.end()
        asked_before = verdict is True
        if verdict is not None:
            yield Mention(code, row, verdict, before, host if verdict else "", away=verdict and away, after=after[:80])


def _host(before: str, after: str) -> str:
    told = _ON_HOST.search(before.rstrip(" *_:,")) or _AT_HOST.match(after)
    return (told["host"] or "") if told is not None else ""


def labelled(raw: str, tools: Collection[str], *, doing: bool = False) -> bool:
    """Whether a text is a short label and one command behind its colon. `doing`: a label of what is done with it."""
    found = _LABELLED.match(raw)
    if found is None or len(found["label"].split()) > _LABEL_WORDS or (doing and not _DOES.match(found["label"])):
        return False
    return any(mention.asked for mention in find(raw, task=False, tools=tools))


def asks(words: str, code: str) -> bool:
    """Whether words that end with a colon ask for the code below them: not "Never run this:" nor "It printed:"."""
    last = _SENTENCE.split(_SPAN.sub("x", words))[-1].replace("\n", " ").lstrip(" *_->[]xX☐#")
    told = _PAST.search(last.rstrip(": *_")) is not None and not re.match(r"(?:once|when|after)\b", last, re.IGNORECASE)
    return not told and _FORMS.search(last) is None and _verdict(code, last, "", task=False, tools=()) is True


def alone(cell: str) -> bool:
    """Whether a table cell holds nothing but code."""
    return not _SPAN.sub("", cell).strip(" ,;/&|\n").replace("<br>", "").replace("<br/>", "").replace("or", "").strip()


def _fenced(code: str, row: int) -> Mention | None:
    """A fence written on one line, which Markdown takes for inline code."""
    first, _, rest = code.partition(" ")
    if fences.is_shell(first) and rest:
        return Mention(rest, row, asked=True)
    return Mention(code, row, asked=False, fenced=True) if shell.looks_typed(code) else None


_NAME = expression(r"(?:[a-z][\w-]*/)*[a-z][a-z0-9_]*(?:-[a-z0-9_]+)*")  # `bin/stop-job --all`
_WANTED = expression(r"\b(?:run|execute|type|enter)\s*:?\s*$", re.IGNORECASE)


def _own_tool(code: str, after: str) -> bool:
    """What a writer says to run may be a tool of the house: `chef-client-disable "lag"`, `shopctl sync --all`."""
    first, _, rest = code.partition(" ")
    if not rest or _NAME.fullmatch(first) is None or not _ENDS.match(after):
        return False
    option = re.search(r"(?:^|\s)--?[A-Za-z]", rest) is not None or (rest[0] in "\"'" and "-" in first)
    return option and noise.problem(code) is None and not noise.prose(code)


_IS_RUN = expression(r"^\W*(?:run|execute|start|launch|perform)\b", re.IGNORECASE)


# "`x --dry-run` was clean in staging", "`x --force`? No."
_LONG_DONE = expression(
    r"^(?:\?|\W{0,2}\s*(?:was|were|has\s+been|had\s+been|succeeded|ran|did\s+not|didn['’]t)\b)", re.IGNORECASE
)
_ITS = expression(  # "last night's `x` succeeded", "nobody has `x` open"
    r"(?:(?<!let)['’]s|\b(?:last|previous|latest|nightly|weekly|nobody\s+has|no\s+one\s+has|nobody\s+is\s+in))\s+$",
    re.IGNORECASE,
)
_WAS_USED = expression(
    r"^\W{0,3}\s*(?:was|were|has\s+been|have\s+been|had\s+been)\s+(?:\w+ly\s+)?(?:used|run|typed|executed|issued|tried|entered)\b",
    re.IGNORECASE,
)
_OVER = expression(r"^\s*(?:,[^()`]{0,40})?\)[\s*_]*(?:,[^:.`]{0,40})?:[\s*_]*$")  # "(`ssh cp1`, then as root):"
_EXAMPLE = expression(r"\b(?:e\.g\.|for\s+(?:example|instance)),?$", re.IGNORECASE)
_CLAUSE = expression(r"[:;–—.]\s+|,\s+(?:(?:and|then)\s+)+")
_HALTS = frozenset(["stop,", "halt,", "otherwise,", "if not,", "if so,", "instead,", "else,"])
_TELLS = expression(  # "`x` tells who is elected", "`x` has to be your tag"
    r"^\s*(?:(?:on|in)\s+the\s+\w+\s+)?(?:(?:tells?|shows?|gives?|lists?|prints?)\s+(?:you|us|who|which|what|whether|if|how|where)\b"
    r"|(?:(?:has|have|needs?)\s+to|must|should)\s+(?:be|say|show|read|return|print|give|list|answer|come\s+back|exit|end|finish|pass|succeed)\b)",
    re.IGNORECASE,
)
_JOINS = expression(
    r"^\W*(?:(?:then|now|next|first|finally|also|please|and|so|but|or|just|instead|afterwards)\b[,\s]*)+", re.IGNORECASE
)


def _told(words: str) -> bool:
    """Whether the last clause of some words is an order: "If it comes up twice, stop it at once ("."""
    text = words.rstrip(" (*_")
    return any(orders.imperative(_JOINS.sub("", clause)) for clause in (text, re.split(r"[:;–—,]\s+", text)[-1]))


_SCRIPT = expression(r"(?:[\w.-]+/)+[\w.-]+\.(?:sh|py|rb|pl|bash)")
_LOOKED_AT = expression(r"\b(?:edit|open|see|read|review|look|commit|check|change|adapt|copy)\b", re.IGNORECASE)


def _script(code: str, before: str, *, task: bool) -> bool:
    """Whether a script is to be run by its path: "Open the request with `hack/pr.sh`", "- [ ] Sync it: `bin/x.sh`"."""
    if _SCRIPT.fullmatch(code) is None:
        return False
    bare = before.rstrip(" *_")
    if _WANTED.search(before):
        return True
    means = re.search(r"\b(?:with|using|via|by\s+running)\s*[(\"“*_]*$", before, re.IGNORECASE) is not None
    return _told(bare) and (means or (task and bare.endswith(":") and not _LOOKED_AT.search(bare)))


def _verdict(code: str, before: str, after: str, task: bool, tools: Collection[str]) -> bool | None:
    """Whether the writer asks for it (True), could mean it (False), or only names it (None)."""
    if letters.spoken(before) or _LIKENED.search(before) or _WAS_USED.match(after):
        return None
    bare = before.rstrip(" *_")
    ordered = task and _IS_RUN.match(bare)  # "Run the dry run and keep its report:"
    if bare.endswith(":") and not ordered and _ANSWERED.search(bare) and not _WHETHER.search(bare):
        return None
    first, _, rest = code.partition(" ")
    if _LOOP.match(code):
        return None if _NEVER.search(before) else True
    if not shell.looks_typed(code) and not (rest and first in tools and noise.problem(code) is None):
        single = programs.known(code) and code not in programs.WORDS and _ENDS.match(after)
        if code in LEAVES and bare.endswith(":"):
            return True
        if _script(code, before, task=task) and not _NEVER.search(before):
            return True
        if not single and not rest:
            return None  # a word that is no program
        wanted = _WANTED.search(before)
        means = (
            _MEANS.search(before)
            or bare.endswith(":")
            or (not bare and (task or not after.strip() or re.match(r"^\s*(?:,|[—–]\s)", after)))
        )
        ends = task and re.match(
            r"^\s*(?:ends?|says?|shows?|gives?|returns?|prints?|exits?|is\s+(?:clean|green|empty))\b", after
        )
        if ends and not before.strip() and _own_tool(code, ""):
            return True
        asked = (single and wanted) or ((wanted or means) and _own_tool(code, after))
        return True if asked and not _NEVER.search(before) else None
    if _WITH_OUTPUT.search(before) or (task and _IS_DONE_WITH.search(before)) or _IS_TO_BE.search(bare):
        return True
    if (_NEVER.search(before) and not _UNLESS_THERE.match(bare)) or (
        (not bare or bare.endswith(",")) and _HANDLED.match(after)
    ):
        return None
    if _MODAL.search(before) or _TAKEN_BACK.search(before):
        return False
    seen = task and bare.endswith("(") and after.lstrip(" *_").startswith(")")  # "Nothing is left (`grep -rn x src/`)"
    if not seen and (_DONE.search(before) or _PAST.search(before)):
        return None
    if (
        bare.endswith("(")
        and not task
        and (_OVER.match(after) or (after.lstrip(" *_")[:1] in {")", ","} and _told(bare)))
    ):
        return True  # "Pause the queue (`x`) and wait", "On the first node (`ssh cp1`):"
    if _EXAMPLE.search(bare) and _told(bare.partition(",")[0]):
        return True
    if _ARTICLE.search(before) and len(code.split()) < 3:
        return None  # "use the `kubectl logs`" names a verb
    last = _CLAUSE.split(bare)[-1].lower()
    if (not bare or bare.endswith(",")) and not task and _TELLS.match(after):
        return True
    if (
        not bare or last.rstrip(",") in _CONNECTS or last in _HALTS or _OR_TO.match(bare)
    ):  # "Either `x` or the dashboard", "Then `y`"
        if not task and _RESULT.match(after):
            return False  # "`x` all pass → go on" says what follows from it
        if task or _DASH.match(after) or not after.strip():
            return True
        return _ACTS.match(after) is None and _HARMS.match(after) is None
    if not task and _WE_DO.match(bare):
        return False  # "We do this with `x`" tells the way that was chosen
    if bare.endswith((":", "→", "->", "=>", "–", "—", "$")) or _RUN.search(before):
        return True
    if _CONFIRMS.search(before) and _ANSWERS.match(after):
        return True
    if _NAMED.search(before) and not task:
        return None
    means = _MEANS.search(before)
    if means is not None:
        # "In-place upgrade of the primary with `x`" tells what is done, and asks nobody
        told = (
            not task
            and _BY_MEANS.match(means.group()) is not None
            and not _ORDERS.search(bare)
            and not any(map(_told, bare.split(", ")))
        )
        return not told
    if task or _ON_HOST.search(bare.rstrip(",")):
        return True
    if _IMPERATIVE.match(bare) and (bare.endswith("(") or _ENDS.match(after)):
        return True
    return False if bare.endswith("(") or not after.strip(" .") else None
