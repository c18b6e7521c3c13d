"""What a simple command does to the system it runs on: look, change, destroy.

The reading ones are an allow-list: whatever is not known to only look is taken to change something.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import programs
from runbook_tui.document.patterns import expression
from runbook_tui.document.programs import CONSOLES, SHELLS, VERBS, WRAPPERS, listed, name_of, ssh, unwrapped
from runbook_tui.document.runbook import Effect

_CLOUD_READS = expression(
    r"^(?:describe|list|get|show|ls|stat|cat|wait|lookup|head|filter|batch-get|tail|read|info)(?:-|$)|^(?:version"
    r"|get-caller-identity|simulate-\S+)$"
)
_CLOUD_DESTROYS = expression(r"^(?:delete|terminate|remove|rm|rb|purge|destroy|deregister)(?:-|$)")
_CLOUD_CHANGES = expression(
    r"^(?:create|update|set|add|patch|resize|reset|start|stop|restart|deploy|apply|import|put|run|enable|disable|attach"
    r"|detach|modify|change|cp|mv|sync|login|configure|reboot|failover|promote|restore|scale|rotate|invoke|send)(?:-|$)"
)
_SQL_DESTROYS = expression(r"\b(?:drop|truncate|delete\s+from)\b", re.IGNORECASE)
_SQL_CHANGES = expression(
    r"\b(?:insert|update|alter|create|grant|revoke|vacuum|reindex|call|copy|set|start|stop|reset|kill|lock|merge"
    r"|pg_terminate_backend|pg_cancel_backend|pg_promote|nextval|setval)\b",
    re.IGNORECASE,
)
_SQL_READS = expression(
    r"^[\s'\"]*(?:select|show|explain|describe|desc|\\[dlxnz?]\w*|with|analyze|pragma|exit|quit|\\q)\b", re.IGNORECASE
)
_DRY = expression(r"^--(?:dry-run(?:=(?!false|none)\S*)?|dryrun|check-only|just-print|noop|simulate)$")
_NO_DRY_RUN = frozenset(["rm", "dd", "mkfs"])
_CURL_WRITES = ("-d", "--data", "-T", "--upload", "-F", "--form", "--json", "-O", "--remote-name", "--post")
_NVIDIA_CHANGES = listed(
    """-r -pm -pl -lgc -lmc -rgc -rmc -mig -e -c -am -ac --gpu-reset --persistence-mode --power-limit --lock
    --reset --compute-mode"""
)
_CHANGES = listed(
    """create apply set scale restart start stop reload update upgrade install patch edit label annotate cordon
    uncordon taint expose cp attach put write import promote mark enable disable login logout init build up
    push pull fetch move mv add reset sync rollback resize drain restore deploy publish kill switch rename
    unseal seal step-down join leave"""
)
_REDIS_LOOKS = listed("--bigkeys --stat --latency --memkeys --scan slowlog type")
VALUES = listed("-n --namespace --context --kubeconfig -l --selector -f --filename -o -c -C -H --kube-context -a -h -p")
_RANK = {Effect.READ: 0, Effect.UNKNOWN: 1, Effect.CHANGE: 2, Effect.DESTROY: 3}


def worst(*effects: Effect) -> Effect:
    return max(effects, key=_RANK.__getitem__)


def inner(words: Sequence[str]) -> str | None:
    """The script that a command hands to another shell: `ssh host 'a; b'`, `bash -c '…'`, `exec pod -- sh -c '…'`."""
    words = list(unwrapped(words))
    if not words:
        return None
    name = name_of(words[0])
    if name in {"ssh", "slogin"}:
        remote = ssh(words[1:])[1]
        return " ".join(remote) if remote else None
    if name in {"kubectl", "oc", "k", "docker", "podman", "nerdctl", "docker-compose"} and "exec" in words[:4]:
        at = next((at for at, word in enumerate(words) if at and name_of(word) in SHELLS), None)
        words, name = (words[at:], name_of(words[at])) if at is not None else (words, name)
    if name in SHELLS or name == "su":
        for at, word in enumerate(words[:-1]):
            if re.fullmatch(r"-[a-z]*c", word) and at:
                return words[at + 1]
    return words[1] if name == "eval" and len(words) == 2 and "$(" not in words[1] else None


def effect(words: Sequence[str]) -> Effect:
    """What one simple command does."""
    words = unwrapped(words)
    if not words:
        return Effect.READ
    if len(words) == 1 and " " in words[0]:  # watch "ls -l"
        words = unwrapped(words[0].split())
    name, rest = name_of(words[0]), list(words[1:])
    if name in WRAPPERS:
        return Effect.READ if name in {"env", "command", "time", "watch"} else Effect.CHANGE
    if name not in _NO_DRY_RUN and any(_DRY.match(word) for word in rest):
        return Effect.READ
    if name in programs.DESTROYERS or name.startswith("mkfs"):
        return Effect.DESTROY
    if len(rest) == 1 and rest[0] in {"--version", "-V", "--help", "version", "-version", "-v"}:
        return Effect.READ
    plain = [word for word in rest if not word.startswith("-")]
    if name in programs.CLOUD:
        return _of_cloud(plain, rest)
    if name in CONSOLES and name != "redis-cli":
        return _of_console(rest)
    if name in VERBS or (name == "docker" and plain[:1] == ["compose"]):
        return _by_verb(name, rest, plain)
    if name in {"source", "."}:
        return Effect.READ if rest and rest[0].endswith("activate") else Effect.CHANGE
    special = _by_option(name, rest, plain)
    if special is not None:
        return special
    return Effect.READ if name in programs.READERS else Effect.CHANGE


def of_sql(text: str) -> Effect:
    """What SQL does, by its verbs; what is not clearly a question changes something."""
    if _SQL_DESTROYS.search(text) and not re.match(r"^[\s'\"]*show\b", text, re.IGNORECASE):
        return Effect.DESTROY
    statements = [part for part in text.split(";") if part.strip(" \n\t'\"")]
    reads = all(_SQL_READS.match(part.lstrip()) or part.strip().startswith("--") for part in statements)
    changes = any(
        _SQL_CHANGES.search(re.sub(r"'[^']*'", "", part))
        for part in statements
        if not re.match(r"^\s*(?:show|\\|desc)", part, re.IGNORECASE)
    )
    return Effect.READ if statements and reads and not changes else Effect.CHANGE


def _of_console(rest: list[str]) -> Effect:
    said = " ".join(rest)
    if _SQL_DESTROYS.search(said):
        return Effect.DESTROY
    found = re.search(r"(?:^|\s)(?:-\w*c|-\w*e|--command|--execute|--eval)[= ](.*)", said, re.DOTALL)
    if found:
        return of_sql(found[1])
    return Effect.READ if re.search(r"(?:^|\s)(?:-\w*l|--list|--version)\b", said) else Effect.CHANGE


def _of_cloud(plain: list[str], rest: list[str]) -> Effect:
    for word in plain[:6]:
        if _CLOUD_DESTROYS.match(word):
            return Effect.DESTROY
        if _CLOUD_READS.match(word):
            return Effect.READ
        if _CLOUD_CHANGES.match(word):
            return Effect.DESTROY if "--delete" in rest else Effect.CHANGE
    return Effect.CHANGE


def _by_verb(name: str, rest: list[str], plain: list[str]) -> Effect:  # noqa: PLR0915 - one case a program
    if name in {"docker", "podman", "nerdctl"} and plain[:1]:
        if plain[0] == "compose":
            name = "docker-compose"
        if plain[0] in {"compose", "container", "image", "volume", "system", "network", "buildx", "builder"}:
            rest = [word for word in rest if word != plain[0]]
            if plain[1:2] and plain[1] in {"ls", "df"}:
                return Effect.READ
    reading, destroying = VERBS[name]
    sparse = _without_values(rest)
    plain = [word for word in sparse if not word.startswith("-")]
    verb = next((word for word in sparse if word in reading or word in destroying), plain[0] if plain else "")
    second = plain[plain.index(verb) + 1] if verb in plain and plain.index(verb) + 1 < len(plain) else ""
    first = plain[0] if plain else ""
    match name:
        case "git":
            return _of_git(first, plain[1] if len(plain) > 1 else "", rest)
        case "kubectl" | "oc" | "k":
            return _of_kubectl(first, plain, rest, reading)
        case "docker" | "podman" | "nerdctl":
            if first == "exec":
                command = _inside_container(rest[rest.index("exec") + 1 :])
                return effect(command) if command else Effect.CHANGE
            verb = plain[0] if plain else verb
        case "docker-compose":
            if first == "down":
                return Effect.DESTROY if {"-v", "--volumes", "--rmi"} & set(rest) else Effect.CHANGE
            verb = first or verb
        case "ip":
            writing = {"add", "del", "delete", "set", "flush", "replace", "change", "append"}
            return Effect.CHANGE if writing & set(plain) else Effect.READ
        case "mount":
            return Effect.CHANGE if plain else Effect.READ
        case "terraform" | "tofu":
            if "-destroy" in rest or "destroy" in plain[:1]:
                return Effect.DESTROY
            if first in {"state", "workspace"}:
                return Effect.READ if second in {"list", "show", "pull"} or plain[1:2] == ["list"] else Effect.CHANGE
        case "systemctl":
            if first.startswith("list-") or not plain:
                return Effect.READ
        case "service":
            return Effect.READ if "status" in plain else Effect.CHANGE
        case "openssl" if "-out" in rest:
            return Effect.CHANGE
        case "rbt":
            return (
                Effect.READ if first in reading or plain[:2] in (["lab", "status"], ["lab", "check"]) else Effect.CHANGE
            )
        case "rabbitmqctl" | "rabbitmq-diagnostics" if first.startswith("list_"):
            return Effect.READ
        case "redis-cli" if plain[:2] and plain[0].lower() in {"config", "client", "cluster", "memory", "debug"}:
            looking = {"get", "list", "info", "nodes", "slots", "stats", "doctor", "usage", "getname"}
            return Effect.READ if plain[1:2] and plain[1].lower() in looking else Effect.CHANGE
        case "redis-cli":
            if any(word in _REDIS_LOOKS for word in rest):
                return Effect.READ
            verb = next((w.lower() for w in sparse if w.lower() in reading or w.lower() in destroying), verb)
        case "ufw" | "iptables" | "nft" if {"-F", "--flush", "flush", "reset"} & set(rest):
            return Effect.DESTROY
        case "ceph" if first not in reading:
            looking = {"tree", "df", "stat", "ls", "dump", "status", "detail", "perf", "stats", "versions"}
            return Effect.READ if set(plain[1:3]) & looking else Effect.CHANGE
        case "etcdctl" if {"remove", "add", "update", "promote", "enable", "disable", "put"} & set(plain[:3]):
            return Effect.DESTROY if "remove" in plain[:3] else Effect.CHANGE
        case "gh" | "glab" if "delete" in plain[:3]:
            return Effect.DESTROY
        case "sinfo" | "squeue" | "sacct":
            return Effect.READ
        case _:
            pass
    if first in {"run", "exec"} and name not in {"gh", "glab"}:
        return Effect.CHANGE
    for word in [verb] if name.startswith(("docker", "podman", "redis")) else sparse[:4]:  # the first verb decides
        if word in destroying:
            return Effect.DESTROY
        if word in reading:
            return Effect.READ
        if word in _CHANGES:
            return Effect.CHANGE
    return Effect.CHANGE


def _of_git(verb: str, second: str, rest: list[str]) -> Effect:
    options = set(rest)
    if verb in {"push", "reset"} and (
        options & {"--force", "-f", "--hard", "--force-with-lease", "--delete", "-d", "--mirror", "--prune"}
        or (verb == "push" and any(re.match(r"^(?:\+|:)\w", word) for word in rest))
    ):
        return Effect.DESTROY
    if verb in {"branch", "tag", "stash", "worktree", "remote"} and (
        options & {"-D", "-d", "--delete"} or second in {"drop", "clear", "remove", "rm"}
    ):
        return Effect.DESTROY if options & {"-D"} or second in {"drop", "clear"} else Effect.CHANGE
    if verb in {"branch", "tag", "remote", "stash", "worktree"}:
        return Effect.READ if not second or second in {"list", "show", "-v", "get-url"} else Effect.CHANGE
    if verb == "config":
        return Effect.READ if options & {"--get", "--list", "-l", "--get-all"} else Effect.CHANGE
    reading, destroying = VERBS["git"]
    if verb in destroying:
        return Effect.READ if "-n" in options else Effect.DESTROY
    return Effect.READ if verb in reading else Effect.CHANGE


def _of_kubectl(first: str, plain: list[str], rest: list[str], reading: frozenset[str]) -> Effect:
    if first in {"rollout", "auth", "config", "cluster-info"}:
        looking = {"status", "history", "can-i", "whoami", "view", "get-contexts", "current-context", "get-clusters"}
        return Effect.READ if set(plain[1:2]) & looking or first == "cluster-info" else Effect.CHANGE
    if first == "exec":
        return effect(rest[rest.index("--") + 1 :]) if "--" in rest else Effect.CHANGE
    if first in {"delete", "drain"} or (first == "replace" and "--force" in rest):
        return Effect.DESTROY
    if first in {"adm", "certificate"}:
        return Effect.DESTROY if "drain" in plain[1:2] else Effect.READ if plain[1:2] == ["top"] else Effect.CHANGE
    if first in {"patch", "apply"} and "--prune" in rest:
        return Effect.DESTROY
    return Effect.READ if first in reading else Effect.CHANGE


def _by_option(name: str, rest: list[str], plain: list[str]) -> Effect | None:
    options = set(rest)
    match name:
        case "sed" | "yq":
            return (
                Effect.CHANGE if any(re.match(r"^(?:-[a-zA-Z]*i|--in-?place)", word) for word in rest) else Effect.READ
            )
        case "awk" | "gawk":
            return Effect.CHANGE if any(re.search(r"\bsystem\(|print\s*>", word) for word in rest) else Effect.READ
        case "sort":
            return Effect.CHANGE if options & {"-o", "--output"} else Effect.READ
        case "find":
            return _of_find(rest, options)
        case "curl" | "wget" | "http" | "https":
            return _of_http(name, rest, options)
        case "tar":
            return Effect.READ if plain[:1] and re.fullmatch(r"-?\w*t\w*", rest[0]) else Effect.CHANGE
        case "sysctl":
            changes = bool(options & {"-w", "-p", "--system"}) or any("=" in word for word in plain)
            return Effect.CHANGE if changes else Effect.READ
        case "dmesg":
            return Effect.CHANGE if options & {"-c", "-C", "--clear"} else Effect.READ
        case "journalctl":
            if any(word.startswith("--vacuum") for word in rest):
                return Effect.DESTROY
            return Effect.CHANGE if options & {"--rotate", "--flush"} else Effect.READ
        case "nvidia-smi":
            return Effect.CHANGE if any(word.split("=")[0] in _NVIDIA_CHANGES for word in rest) else Effect.READ
        case "dpkg" | "rpm":
            looking = any(re.match(r"^(?:-l|-L|-s|-S|-q|--list|--query|--status)", word) for word in rest)
            return Effect.READ if looking else Effect.CHANGE
        case "nc" | "ncat" | "telnet":
            return Effect.READ
        case "nginx" | "apachectl" | "haproxy" | "sshd" | "visudo" | "named-checkconf":
            return Effect.READ if options & {"-t", "-T", "configtest", "-c"} and "-s" not in options else Effect.CHANGE
        case "ssh":
            return Effect.READ if ssh(rest)[1] else Effect.CHANGE  # what the remote command does is read by itself
        case _ if name in SHELLS and any(re.fullmatch(r"-[a-z]*c", word) for word in rest):
            return Effect.READ
        case "kill" | "pkill":
            hard = options & {"-9", "-KILL", "-SIGKILL", "-s9"} or {"-s", "KILL"} <= options or {"-s", "9"} <= options
            return Effect.DESTROY if hard else Effect.READ if options & {"-0", "-l"} else Effect.CHANGE
        case "rsync":
            if "-n" in options or any(re.fullmatch(r"-[a-zA-Z]*n[a-zA-Z]*", word) for word in rest):
                return Effect.READ
            return Effect.DESTROY if any(word.startswith("--delete") for word in rest) else Effect.CHANGE
        case "make":
            return Effect.READ if options & {"-n", "-q"} else Effect.CHANGE
        case "ansible-playbook" | "ansible":
            looking = (
                bool(options & {"--check", "--syntax-check", "--list-hosts", "--list-tasks", "-C"})
                or {"-m", "ping"} <= options
            )
            return Effect.READ if looking else Effect.CHANGE
        case "hostname":
            return Effect.CHANGE if plain else Effect.READ
        case "ifconfig" | "route":
            return Effect.READ if len(plain) < 2 and "add" not in plain else Effect.CHANGE
        case "date":
            return Effect.CHANGE if options & {"-s", "--set"} else Effect.READ
        case "kafka-topics" | "kafka-topics.sh" | "kafka-consumer-groups" | "kafka-consumer-groups.sh":
            if "--delete" in options:
                return Effect.DESTROY
            changing = {"--create", "--alter", "--reset-offsets"}
            return Effect.CHANGE if changing & options else Effect.READ
        case "read" | "tee":
            return Effect.CHANGE if name == "tee" and set(plain) - {"/dev/null"} else Effect.READ
        case _ if name in SHELLS and rest[:1] == ["-n"]:
            return Effect.READ
        case _:
            return None


def _of_find(rest: list[str], options: set[str]) -> Effect:
    if "-delete" in options:
        return Effect.DESTROY
    found = Effect.CHANGE if {"-fprint", "-fls", "-fprintf"} & options else Effect.READ
    for at, word in enumerate(rest):
        if word in {"-exec", "-execdir", "-ok", "-okdir"}:
            command = rest[at + 1 :]
            end = next((index for index, item in enumerate(command) if item in {";", "\\;", "+"}), len(command))
            found = worst(found, effect(command[:end]))
    return found


def _of_http(name: str, rest: list[str], options: set[str]) -> Effect:
    verbs = {word.removeprefix("-X").removeprefix("--request=").upper() for word in rest if word.isascii()}
    if "DELETE" in verbs:
        return Effect.DESTROY
    getting: bool = bool(options & {"-G", "--get", "-I", "--head"}) or any(
        re.fullmatch(r"-[a-zA-Z]*[GI]", word) for word in rest
    )
    writes = any(
        word.startswith(_CURL_WRITES) or re.fullmatch(r"-[a-zA-Z]{1,6}[dFTO]", word) for word in rest
    ) and not (getting and not options & {"-O", "--remote-name", "-T"})
    if {"POST", "PUT", "PATCH"} & verbs or writes:
        return Effect.CHANGE
    if name == "wget":
        return Effect.READ if options & {"-qO-", "-O-", "--spider"} or {"-O", "-"} <= options else Effect.CHANGE
    outputs = [rest[at + 1] for at, word in enumerate(rest[:-1]) if re.fullmatch(r"-[a-zA-Z]*o|--output", word)]
    return Effect.CHANGE if any(path not in {"/dev/null", "-", "/dev/stdout"} for path in outputs) else Effect.READ


def _inside_container(rest: list[str]) -> list[str]:
    """The command that `docker exec [options] container command` runs."""
    at = 0
    while at < len(rest) and rest[at].startswith("-"):
        at += 2 if rest[at] in {"-u", "--user", "-e", "--env", "-w", "--workdir", "--env-file"} else 1
    return rest[at + 1 :]


def _without_values(rest: list[str]) -> list[str]:
    """The words without the values of common options, so that `-n delete` is no verb."""
    words: list[str] = []
    skip = False
    for word in rest:
        if skip:
            skip = False
        elif word in VALUES:
            skip = True
        else:
            words.append(word)
    return words
