"""What stands in shell blocks and is nothing to type: output, configuration, queries, prose.

Each pattern names a habit of writers; what fits none of them is left to the shell's grammar.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from runbook_tui.document import programs
from runbook_tui.document.patterns import expression
from runbook_tui.document.programs import listed

_SQL = expression(
    r"^\s*(?:SELECT\s.+|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|(?:CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+)?"
    r"(?:UNIQUE\s+)?(?:TABLE|INDEX|DATABASE|USER|VIEW|ROLE|SCHEMA|FUNCTION|EXTENSION|SEQUENCE|KEYSPACE|MATERIALIZED"
    r"|PUBLICATION|SUBSCRIPTION|TRIGGER)|GRANT\s|REVOKE\s|BEGIN;|COMMIT;|ROLLBACK;|TRUNCATE\s|VACUUM\b|SHOW\s+[A-Za-z]"
    r"|USE\s+\w+;|SET\s+(?:GLOBAL|SESSION)\b|EXPLAIN\s+[A-Z]|ANALYZE\s|\\[a-z]{1,3}\+?(?:\s+\w+)?$"
    r"|db\.\w+\.\w+\(|rs\.\w+\()",
)
_SQL_ANY_CASE = expression(
    r"^\s*(?:select\s+(?:.+\s+from\s|\w+\()|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s"
    r"|(?:create|alter|drop)\s+(?:table|index|database|user|view|role|schema)\s)",
    re.IGNORECASE,
)
_CRON = expression(
    r"^\s*(?:(?:(?:[\d*][\d*/,-]*)\s+){4}(?:[\d*][\d*/,-]*|[A-Za-z]{3}(?:[,-][A-Za-z]{3})*)\s+\S"
    r"|@(?:daily|hourly|weekly|monthly|reboot|yearly|annually|midnight)\s+\S)"
)
_PROMQL = expression(
    r"^\s*[a-zA-Z_:]\w*\{[^}]*(?:=~?|!=|!~)\s*[\"'][^}]*\}|^\s*(?:sum|rate|irate|avg|max|min|count|topk|bottomk"
    r"|increase"
    r"|delta|absent|histogram_quantile|quantile|label_replace|predict_linear|abs|changes|resets)(?:_over_time)?\s*"
    r"(?:(?:by|without)\s*\([^)]*\)\s*)?\(|^\s*\{\s*\w+\s*(?:=~?|!=|!~|\|=)\s*[\"'`]"
)
_HEADER = expression(r"^\s*[A-Z][A-Z0-9()/_%.:-]+(?:\s+[A-Z0-9][A-Z0-9()/_%.:-]*)+\s*$")
_WIDE_HEADER = expression(r"^\s*[A-Z][\w()/%.-]*(?: [A-Za-z]+)?(?:\s{2,}[A-Z%][\w()/%.-]*(?: [A-Za-z]+)?){1,}\s*$")
_OBJECT = expression(
    r"^(?!\.{0,2}/)[a-z][\w.-]*(?:/[\w.:-]+| \"[^\"]+\")\s+(?:[a-z]+ed|unchanged|condition met|force deleted"
    r"|successfully .*|image updated)\b"
)
_LOG = expression(
    r"^\s*(?:\[?\d{4}[-/]\d\d[-/]\d\d[T ,\]]|\[?\d{1,2}:\d\d:\d\d|[IWEF]\d{4} \d\d:|(?:Mon|Tue|Wed|Thu|Fri|Sat"
    r"|Sun) \w{3}"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2}\b|\d{1,3}(?:\.\d{1,3}){3}\b|time=\"?\d|ts=\"?\d"
    r"|level=\w+|\[(?:INFO|WARN|WARNING|ERROR|DEBUG|OK|FAILED|FATAL|\s*OK\s*|\d+)\]|\[\s*\d+\.\d+\])"
)
_SHAPE = expression(
    r"^\s*(?:[-=~*#+_|]{3,}|\+[-=+]+\+|[├└│┌┐┘┤┬┴┼─╭╰●○✓✔✗✘✅❌⚠→⇒•▶►·…☐]|\|.*\||<[!?/]|</?[a-z][\w-]*>$|\(\d+ rows?\)"
    r"|[<>*] |=+>|->|-- |::|[}\])]+[,;]?\s*$|\"[^\"]*\"\s*:|[\[{]\s*$|\{\s*\"|\[\s*[{\"\d]|HTTP/\d"
    r"|[dlcbps-][rwxsStT-]{9}"
    r"|total \d+\s*$|@here|@channel|@@ |diff --git|index [0-9a-f]{7,}|remote: |% Total|%[A-Z]|\d+(?:\.\d+)?%?\s*$"
    r"|\d+[\s:,)]|\d+\.\d|[0-9a-f]{12,}\b|(?:\.{3}|…)\s*$|>>>|!\s)"
)
_VERDICT = expression(
    r"^(?:error|warning|info|note|usage|fatal|debug|notice|hint|ok|done|success|failed|pending|running|healthy"
    r"|unhealthy"
    r"|active|inactive|enabled|disabled|true|false|yes|no|null|none|pong|bound|ready|passed|up|down|running|complete)"
    r"(?:[:!.,]|\s*$)",
    re.IGNORECASE,
)
_STATES = expression(
    r"\s\d+/\d+\s|\s(?:Running|Pending|Completed|CrashLoopBackOff|Error|Ready|NotReady|Bound|Active|Evicted|Terminating"
    r"|ImagePullBackOff|Healthy|Unhealthy|ClusterIP|LoadBalancer|NodePort|True|False|Unknown|Established|LISTEN|Up \d+"
    r"|Degraded|Synced|OutOfSync|Progressing|available|in-use|active|inactive)(?=\s|$)"
)
_LABELLED = expression(r"^[A-Za-z][\w ./()-]{0,40}?:(?:\s+\S|\s*$)")
_MANNER = expression(
    r"\b(?:successfully|not found|rolled out|up to date|no such file|permission denied|connection refused)\b"
)
_SENTENCE_END = expression(r"[a-z)][.!?:]\s*$")
STOP = listed(
    """the a an to is are was were be been of and or in on for with that this it its you we your our should will
    must if then when from by at as all any not no these those they there has have had do does did can may might which
    what who     sure only each every both also please make into than so but after before until while"""
)
_QUOTED = expression(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_SHELLY = expression(
    r"(?:^|\s)-{1,2}[A-Za-z0-9]|[|$=<>;&\\]|(?:^|\s)[~.]{0,2}/\w|\w/\w|\w\.(?:sh|py|ya?ml|json|sql|service|conf"
    r"|log|txt|gz|tgz"
    r"|tar|pem|crt|key|git|tf|md|zip|env|toml|ini|xml|jar|deb|rpm|html|csv|db|dump|bak|pub|rb|js|ts|go)\b|://"
    r"|['\"]|\d|@\w|:\w|\*"
)
_TALKERS = frozenset(["echo", "printf", "say", "logger", "wall", "notify-send", "figlet", ":", "alias", "trap"])

_FUNCTION = expression(r"^\s*(?:function\s+([\w-]+)|([\w-]+)\s*\(\)\s*(?:\{|$))")
_OPTION = expression(r"\s--?[a-z][\w-]*(?=[\s=]|$)")
_INI = expression(r"^\s*\[[A-Za-z][\w .:\"/@-]*\]\s*$")
_BRACED = expression(
    r"^(?!\s*(?:function|if|for|while|until|case|select)\b)\s*[^\s(){}$;|&'\"=]+(?:\s+[^\s(){}$;|&]+)*\s*\{\s*$"
)
_YAML = expression(r"^\s*(?:- )?[\w.\"'/-]+:(?:\s|$)|^\s*- [\w.\"']|^---\s*$")
_DOCKERFILE = expression(r"^\s*(?:FROM|RUN|COPY|ADD|CMD|ENTRYPOINT|WORKDIR|ENV|ARG|EXPOSE|USER|VOLUME|LABEL)\s+\S")
_HCL = expression(r"^\s*(?:resource|data|module|provider|variable|output|terraform|locals)\b[^(]*\{\s*$")
_DIFF = expression(r"^(?:diff --git |--- \S|\+\+\+ \S|@@ -\d)")
_PYTHON = expression(
    r"^(?:from [\w.]+ import |import [\w.]+(?: as \w+)?$|def \w+\(.*\).*:$|class \w+.*:$|print\(|@\w+|>>> |In \[\d+\]"
    r"|require ['\"]|puts |irb\(|const \w+ = |let \w+ = |console\.log\(|<\?php|#include <)"
)
_TREE = expression(r"[├└│]──|[┌└├┐┘┤─]{3}")


def owned(lines: Sequence[str]) -> frozenset[str]:
    """First words that this block itself shows to be programs: its functions, and what is given options."""
    names: set[str] = set()
    first = ""  # the row that begins the block, or a paragraph of it below a comment
    for at, line in enumerate(lines):
        if first and _alike(first, line):
            names.add(line.split(None, 1)[0])
        above = lines[at - 1].strip() if at else "#"
        first = line if above.startswith("#") else first if _alike(first, line) else ""
        found = _FUNCTION.match(line)
        if found:
            names.add(found[1] or found[2])
            continue
        words = line.split(None, 2)
        if len(words) > 1 and _OPTION.search(line) and _PLAIN.fullmatch(words[0]):
            names.add(words[0])
    return frozenset(names)


_PLAIN = expression(r"[a-z][\w-]*")


def _alike(row: str, other: str) -> bool:
    """Whether two rows are typed alike, of three words or more: "ctm run job::hold A/1", "ctm run job::hold A/2"."""
    words, others = row.split(), other.split()
    if not 3 <= len(words) == len(others) <= 8 or words[1] not in _ORDERED:
        return False
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", words[0]):
        return False
    apart = [at for at, (one, two) in enumerate(zip(words, others, strict=True)) if one != two]
    return len(apart) == 1 and apart[0] > 1 and any(_JOINED.search(word) for word in words)


_ORDERED = listed(  # words of a command line that no state is said with
    """config configure order
    run start stop restart put set get add create delete remove apply drain hold release resume pause enable disable
    copy move push pull load import export install upgrade show describe rename send assign submit trigger"""
)
_JOINED = expression(r"\w(?:/|::|=|@)\w")


_SET = expression(r"^[A-Z_]+=\S*$")
_TOP_OF_YAML = expression(r"^(?:apiVersion|kind|version|services|name|on):\s")
_FROM = expression(r"^FROM \S")
_OPENS_DATA = expression(r"^[\[{]\s*$|^\{\s*\"")


def whole(lines: Sequence[str]) -> str | None:
    """Why a whole block is no list of commands although a label says so: `config`, `output`, `not-shell`."""
    rows = [line for line in lines if line.strip() and not line.lstrip().startswith(("#", "//", ";"))]
    if not rows:
        return None
    first = rows[0].strip()
    if _INI.match(first) or _HCL.match(first):
        return "config"
    if all(_CRON.match(row) or _SET.match(row) for row in rows) and any(_CRON.match(row) for row in rows):
        return "config"
    if _BRACED.match(first) and any(row.strip() in {"}", "};"} for row in rows):
        return "config"
    yaml = sum(1 for row in rows if _YAML.match(row))
    if (yaml > len(rows) * 0.6 and _YAML.match(rows[0])) or _TOP_OF_YAML.match(first):
        return "config" if yaml else None
    if _FROM.match(first) and (len(rows) == 1 or sum(1 for row in rows if _DOCKERFILE.match(row)) > 1):
        return "config"
    if _DIFF.match(first) and len(rows) > 1:
        return "config"
    if _OPENS_DATA.match(first) and rows[-1].strip()[-1:] in {"}", "]"} and not _shell_body(rows):
        return "config"
    if _PYTHON.match(first):
        return "not-shell"
    if query(first) and not any(_starts_known(row) for row in rows[1:]):
        return "not-shell"
    if sum(1 for row in rows if _TREE.search(row)) > len(rows) * 0.3:
        return "output"
    return None


def _shell_body(rows: Sequence[str]) -> bool:
    return not any('"' in row and ":" in row for row in rows)


def query(line: str) -> bool:
    """Whether a line is a question to a database or to Prometheus."""
    return bool(_SQL.match(line) or _SQL_ANY_CASE.match(line) or _PROMQL.match(line))


def answer(line: str) -> bool:
    """Whether a line can only have been printed, not typed, whatever program reads it."""
    return bool(_SHAPE.match(line) or _LOG.match(line) or _OBJECT.match(line))


def header(line: str) -> bool:
    """Whether a line heads the columns of a table: NAME  READY  STATUS."""
    return bool(_HEADER.match(line) or _WIDE_HEADER.match(line))


# kubectl's `service "web" deleted`
_NAMED_AND_DONE = expression(
    r"^[a-z][\w.-]* \"[\w.:/-]+\" (?:deleted|created|configured|patched|scaled|unchanged|force deleted|cordoned)\b"
)
# an address to open, a file to look into: shown in a block, never typed
_ADDRESS_OR_DATA = expression(
    r"^(?:[a-z][a-z0-9+]{1,9}://\S+|(?:\.{0,2}/)?[\w.-]+(?:/[\w.-]+)+\.(?:ya?ml|json|toml|conf|cfg|ini|env|txt|log|md|csv"
    r"|sql|xml|tf|tfvars|pem|crt|key))$"
)


_UNIT = (
    r"(?:%|‰|(?:[kmgtp]i?b?|b|bytes?|[num]?s|µs|secs?|seconds?|min|mins|minutes?|h|hrs?|hours?|d|days?|rows?|lines?|nodes?|pods?"
    r"|hosts?|messages?|requests?|errors?|items?|x|°c|k?hz|mhz|ghz|[km]?w|[kmgt]bit|qps|rps|tps|iops|req|[kmgt]?bps)(?:/\w+)?)"
)
_NUMBER = r"[-+]?\d+(?:[.,]\d+)*"
# "diff < 0.1 %": nobody redirects from or to a bare number; "pip install a>=2" and "<2 nodes>" are none
_LIMIT = expression(
    rf"(?:^[a-z][\w-]*|\s)(?!<[^\s<>=][^<>]*>)(?:[<>]=?|[≤≥≈]|=[<>])\s*{_NUMBER}(?:\s*{_UNIT})?(?=[\s,;)]|$)"
    # "diff 0.1 – 1 %", "free under 10 GB", "load 80 %"
    rf"|^[a-z][\w-]*(?: [a-z][\w-]*){{0,2}}\s+(?:{_NUMBER}(?:\s*{_UNIT})?\s*(?:[-–—]|\.{{2,3}}|…)\s*{_NUMBER}\s*{_UNIT}"
    rf"|(?:above|below|over|under|up to|at most|at least|more than|less than|about|around)"
    rf"\s+{_NUMBER}\s*{_UNIT}|{_NUMBER}\s*[%‰])\s*$",
    re.IGNORECASE,
)
# "[ ]", "[x]": a box that is spoken of, whatever stands behind it
_BOX = expression(r"^\[\[?\s*[xX~!?/✓✔-]?\s*\]")


_LONGEST_LIMIT = 80
_DIGIT = expression(r"\d")


def _limit(line: str) -> bool:
    """Whether a line is a value and what it is measured by, though its first word is a program's name."""
    if len(line) > _LONGEST_LIMIT or not _DIGIT.search(line):
        return False
    return _LIMIT.search(_QUOTED.sub("''", line)) is not None


_LONGEST_WITH_REMARK = 1_000
_REMARK = expression(r"(?<=[^\s#])\s+# [^'\"`]*$")  # "mv a b  # keep it": no part of what is typed


@lru_cache(maxsize=256)  # several rooms ask for the same line
def problem(text: str, *, after: bool = False) -> str | None:
    """Why text that may well parse as shell is nothing to type. `after`: it directly follows a command."""
    line = text.split("\n", 1)[0].rstrip()
    if " # " in line and len(line) < _LONGEST_WITH_REMARK:
        line = _REMARK.sub("", line)
    words = line.split()
    if not words:
        return None
    first = words[0]
    if _limit(line) or (first[0] == "[" and _BOX.match(line)):
        return "not-shell"
    if _NAMED_AND_DONE.match(line) or (len(words) == 1 and _ADDRESS_OR_DATA.match(line)):
        return "output"
    if ": " in line and " -" not in line and first not in _TALKERS and _COMPLAINT.match(line):
        return "output"
    if first.islower() and first.isalnum() and first not in _DOUBTFUL and programs.known(first):
        if len(words) == 1:
            return "output" if after and _NAKED_VERDICT.match(line) else None
        bare = _QUOTED.sub("''", line)
        return "not-shell" if prose(bare) else "output" if after and _states(bare) else None
    if _CRON.match(line):
        return "config"
    if query(line):
        return "not-shell"
    if LABEL.match(line) or header(line) or _LOG.match(line) or _SHAPE.match(line) or _OBJECT.match(line):
        return "output"
    if not first[0].isascii():
        return "output"
    if first in {"-", "*", "|", ">"} or (first.endswith(":") and first != ":"):
        return "output" if after else "not-shell"
    bare = _QUOTED.sub("''", line)
    known = programs.known(programs.name_of(first)) or _assigns(words)
    if known and not _NAKED_VERDICT.match(line):
        return "not-shell" if prose(bare) else "output" if after and _states(bare) else None
    if (
        _LABELLED.match(bare)
        or _MANNER.search(bare)
        or _states(bare)
        or (_VERDICT.match(line) and (after or len(words) > 1))
    ):
        return "output" if after else "not-shell"
    if after and _NAKED_VERDICT.match(line):
        return "output"
    if (
        re.match(r"^[A-Z]", first)
        and _LOUD.match(line) is None
        and "/" not in first
        and "=" not in first
        and "." not in first.rstrip(".")
    ):
        return "other-shell" if re.match(r"^[A-Z][a-z]+-[A-Z]\w+$", first) else "output" if after else "not-shell"
    if first[0] == "[" and not line.startswith(("[ ", "[[")):
        return "output"
    if re.match(r"^(?:/[a-z][\w-]*|![a-z][\w-]*)$", first) and len(words) > 1:
        return "not-shell"  # /deploy and !deploy speak to a chat bot
    if first[0] in "@%^,?" or first.startswith("//"):
        return "not-shell"
    if not known:
        if re.match(r"^\w+=", first):
            return "output"  # a setting that was printed, with words behind it
        gaps = len(_GAP.findall(bare))
        if gaps > 1 or (gaps and after):
            return "output"  # columns
        if (
            after
            and "/" not in first
            and not first.startswith(("$", '"', "'", "`", "(", "{", "~", "<"))
            and not _TYPED.search(line[len(first) :])
        ):
            return "output"  # a word that is no program, and nothing a shell knows behind it
    if after and len(words) == 1 and re.match(r"^[\w.-]+$", first) and not first.endswith((".sh", ".py")):
        return "output"  # a bare word under a command is its answer
    return "not-shell" if prose(bare) else None


LABEL = expression(
    r"^\s*(?:#\s*)?(?:(?:the )?(?:expected|example|sample|typical)\s+)?(?:outputs?|results?|responses?|returns)\s*:\s*$"
    r"|^\s*(?:you should see|should (?:return|show|print|output))\b.*:\s*$",
    re.IGNORECASE,
)
_DOUBTFUL = listed(
    "select index total diff sum rate count min max avg insert update delete create alter drop time level ts up ok"
)
# kubectl get pods: connection refused
_COMPLAINT = expression(r"^[\w./-]+(?: [\w./-]+){0,3}: [a-z]+(?: [a-z]+)+$", re.IGNORECASE)
_NAKED_VERDICT = expression(r"^(?:true|false|yes|ok|none|null)$", re.IGNORECASE)


_GAP = expression(r"\S(?: {2,}|\t+)(?=\S)")
_TYPED = expression(
    r"\s-{1,2}[A-Za-z]|\w=\S|[|$<>;&\\{]|\s[~.]{0,2}/\w|[A-Za-z]:\w|\w\.(?:sh|py|ya?ml|json|sql|conf|tf|env|gz|md)\b"
)


def _assigns(words: Sequence[str]) -> bool:
    """Whether a line sets variables, for itself or for the program behind them; `notBefore=Jan  1` does not."""
    rest = list(words)
    while rest and re.match(r"^[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=", rest[0]):
        if re.search(r"=[\"'$(`{]", rest[0]):
            return True
        rest.pop(0)
    if len(rest) == len(words):
        return False
    return (
        not rest
        or rest[0][0] in "#;&|"
        or programs.known(programs.name_of(rest[0]))
        or re.match(r"^[a-z./][\w./-]*$", rest[0]) is not None
    )


def _states(bare: str) -> bool:
    return bool(_STATES.search(f" {bare}")) and not re.search(r"\s-{1,2}[a-z]|[|;$=]", bare)


_ASSIGNS_ONE = expression(r"^\w+=")
_OF_A_SHELL = expression(r"(?:^|\s)-{1,2}[A-Za-z]|[|$;\\]|&&|=\S")


@lru_cache(maxsize=512)  # several rooms ask for the same line
def prose(line: str) -> bool:
    """Whether a line reads as a sentence rather than as something to type."""
    if " # " in line and len(line) < _LONGEST_WITH_REMARK:
        line = _REMARK.sub("", line)
    words = line.split()
    if len(words) < 3 or programs.name_of(words[0]) in _TALKERS or _ASSIGNS_ONE.match(words[0]):
        return False
    if words[0] in {"for", "if", "while", "until", "case", "select"} and re.search(
        r"[;$\[({]|\bin\b\s+\S|\bdo$|\bthen$", line
    ):
        return False
    if _OF_A_SHELL.search(line):
        return False
    plain = [word.strip(".,:;!?()").lower() for word in words]
    stops = sum(1 for word in plain[1:] if word in STOP)
    if plain[1] in STOP - {"in", "by", "at", "from", "all", "for", "on", "to", "not", "no"}:
        return True
    ended = bool(_SENTENCE_END.search(line)) and not line.rstrip().endswith("..")
    return (
        stops >= max(2, len(words) * 0.25)
        or (ended and stops > 0)
        or (ended and len(words) > 3 and not _SHELLY.search(line[:-1]))
    )


_LOUD = expression(r"^[A-Z][A-Z0-9]{2,11} -[A-Za-z]+ \S")  # "SAPCAR -xvf kernel.sar"
_OPTIONED = expression(r"^[a-z][a-z0-9_.-]*\s(?:\S+\s)*?--[a-z][\w-]*(?:[\s=]|$)")


def optioned(text: str) -> bool:
    """Whether a line below a command is another one: a program, known or not, and a long option."""
    return _OPTIONED.match(text) is not None and not prose(text)


def shelly(text: str) -> bool:
    """Whether text has something that prose has not: an option, a path, a variable, a number."""
    return bool(_SHELLY.search(text))


def _starts_known(row: str) -> bool:
    first = row.split(maxsplit=1)[0]
    return programs.known(programs.name_of(first)) and not query(row)
