"""Prompts: which shell or console a line was typed at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from runbook_tui.document import programs
from runbook_tui.document.patterns import expression

SHELL = "shell"
CONSOLE = "console"  # mysql, psql, redis-cli: what is typed there is no shell
WINDOWS = "windows"
REPL = "repl"  # python, irb: code, nothing to run in a shell

_SHELL = expression(
    r"^\s{0,12}(?P<prompt>(?:\([\w.-]+\)\s?)?(?:"
    r"\[[\w.-]+@[\w.-]+[\s:]?[^\]$#%>]*\]\s?[$#%]"  # [root@db ~]#
    r"|\[[\w.-]+: [\w.-]+@[\w.-]+[\s:]?[^\]$#%>]*\]\s?[$#%]"  # [ceph: root@adm /]#
    r"|\[[\w.-]+@[\w.-]+:[~/][\w./~-]*\](?=\s+[a-z./])"  # [root@esx01:~] of ESXi
    r"|[\w.-]+@[\w.-]+(?::|\s)[^\s$#%>]*\s?[$#%](?=\s)|[\w.-]+@[\w.-]+:[^\s$#%>]*[#$]"  # user@host:~$
    r"|[\w.-]+@[\w.-]+[$#>](?=\s)"
    r"|(?:sh|bash|zsh|ash|dash)-\d[\d.]*[\w.-]*[$#]"  # sh-4.4#
    r"|(?:/[\w./-]*|~[\w./-]*) [#$](?=\s)|(?:~|/)[\w./-]*[#$](?=\s)"  # / # of Alpine
    r"|[$❯➜λ](?:>(?=\s))?|[\w.-]{1,30}(?::[\w./~-]*)?\$(?=\s)|[a-z][\w.-]{0,30}:[~/][\w./~-]*\s?[#$>](?=\s)"
    r"|[a-z][\w.-]{0,30}:[a-z]\w{0,30} \d+>(?=\s)"  # erp01:p01adm 2> of csh
    r"|[a-z][\w.]*[\d-][\w.-]*\s[$#](?=\s+\S)"  # db-01 $, whose writer left out what stands before the dollar
    r"|%(?=\s+[a-z./])"  # zsh
    r")\s*)(?=\S)"
)
_DOLLAR_ALONE = expression(r"^\s*[$❯➜λ]>?\s*$")
_CONSOLE = expression(
    r"^\s{0,8}(?P<prompt>(?:mysql|MariaDB(?: \[[^\]]*\])?|sqlite|cqlsh(?::\w+)?|SQL|influx|psql|sftp|ftp|mongo|mongosh"
    r"|redis|ksql|hive|presto|trino|neo4j|rabbitmq|telnet|openssl|OpenSSL|gdb|\(gdb\)|kafka|nsqlookup|nslookup|zk)\s?>"
    r"|(?:redis |valkey )?[\w.-]+:\d{2,5}(?:\[\d+\])?>|[A-Za-z_][\w-]{0,39}=[#>*](?=\s)|[A-Za-z_]\w{0,39}-[#>](?=\s)"
    r"|[\w-]+(?::|\s\[direct:\s)(?:PRIMARY|SECONDARY|primary|secondary)\]?[\w\s]*>|\[zk: [^\]]*\])\s*(?=\S)"
)
# fra2-cr1(config)# of a router, filer-2> of a storage machine: after those of shells, because sh-4.4# looks the same
_ROUTER = expression(
    r"^\s{0,8}(?P<prompt>(?:[A-Za-z][\w.]*[\d-][\w.-]*|[Ss]witch|[Rr]outer|[Hh]ost(?:name)?|[Ff]irewall|[Dd]evice|leaf|spine|core)(?:\([\w/-]+\))?#(?=\s+\S)"
    r"|(?:[A-Za-z][\w.]*[\d-][\w.-]*|[Ss]witch|[Rr]outer|[Ff]irewall|[Ff]iler)(?:::)?(?:\([\w/-]+\))?>(?=\s+[a-z?]))\s*"
)
# ceremony# of a machine with a name: after those of routers
_NAMED = expression(r"^\s{0,8}(?P<prompt>[a-z][a-z-]{2,20}#)\s+(?=(?P<program>[a-z][\w.+-]*)(?:\s|$))")
_WINDOWS = expression(
    r"^\s{0,8}(?P<prompt>(?:\[[\w.-]+\]:? )?PS(?: [A-Za-z]:[^>]*| [/~][^>]*)?>|[A-Z]:\\[^>]*>)\s*(?=\S)"
)
_REPL = expression(
    r"^\s{0,8}(?P<prompt>>>>|\.\.\.(?=\s)|irb\([^)]*\):\d+:\d+[>*]|In \[\d+\]:|\[\d+\] pry\([^)]*\)>"
    r"|iex(?:\(\d+\))?>)\s*"
)
_INSIDE = expression(r"^(?:(?:sh|bash|ash|dash)-\d|/[\w./-]* ?#|root@[0-9a-f]{12}:)")
_MARK = expression(r"[$#%>❯➜λ.\]]")


@dataclass(frozen=True, slots=True)
class Prompt:
    text: str  # as written, without the blanks around
    kind: str
    end: int  # where what was typed starts

    @property
    def inside(self) -> bool:
        """Whether such a prompt only stands in a container or a debug pod, never on a person's machine."""
        return self.kind in {CONSOLE, REPL} or _INSIDE.match(self.text) is not None


@lru_cache(maxsize=512)  # several rooms ask for the same line
def match(line: str) -> Prompt | None:
    """The prompt a line starts with."""
    if len(line) > 4000 or _MARK.search(line, 0, 120) is None:
        return None
    for kind, pattern in ((REPL, _REPL), (WINDOWS, _WINDOWS), (CONSOLE, _CONSOLE), (SHELL, _SHELL), (CONSOLE, _ROUTER)):
        found = pattern.match(line)
        if found is not None and (kind != SHELL or _plausible(line, found)):
            return Prompt(found["prompt"].strip(), kind, found.end())
    named = _NAMED.match(line)
    if named is not None and programs.known(named["program"]):
        return Prompt(named["prompt"], SHELL, named.end())
    return None


def _plausible(line: str, found: re.Match[str]) -> bool:
    """A variable at the start of a line ($HOME/bin/x) is no prompt; `$ ` is."""
    prompt = found["prompt"]
    if prompt.strip() in {"$", "$>", "❯", "➜", "λ", "%"} and not prompt[-1:].isspace():
        return False
    return not (prompt.strip() == "$" and line[found.end() :].startswith("("))


def empty(line: str) -> bool:
    """A prompt at which nothing was typed."""
    return _DOLLAR_ALONE.match(line) is not None
