"""Whether a program comes back by itself, wants a terminal, or opens another shell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document.patterns import expression
from runbook_tui.document.programs import CONSOLES, EDITORS, REPLS, SHELLS, name_of, ssh, unwrapped
from runbook_tui.document.runbook import Behaviour

_CONSOLE_QUERY = expression(r"^(?:-c|-e|-f|-l|-V|--command|--execute|--eval|--file|--version|--help)|^-[A-Za-z]*[ce]$")

_FOLLOW = expression(r"^(?:-f|-F|--follow(?:=.*)?|-[a-eg-zA-Z]*[fF])$")


def behaviour(words: Sequence[str], *, background: bool, redirected: bool) -> Behaviour | None:
    """Whether a simple command wants a terminal, or never ends by itself."""
    bounded = any(name_of(word) == "timeout" for word in words[:3])
    if words and name_of(words[0]) == "watch" and not bounded:
        return None if background else Behaviour.ENDLESS
    if words and name_of(words[0]) in {"sudo", "doas"} and {"-i", "-s", "-su"} & set(words[1:2]):
        return Behaviour.INTERACTIVE
    words = unwrapped(words)
    if not words:
        return None
    name, rest = name_of(words[0]), list(words[1:])
    if not (background or bounded) and _endless(name, rest):
        return Behaviour.ENDLESS
    return Behaviour.INTERACTIVE if not (background or redirected) and _interactive(name, rest) else None


def _endless(name: str, rest: list[str]) -> bool:
    options, plain = set(rest), [word for word in rest if not word.startswith("-")]
    match name:
        case "tail" | "journalctl":
            return any(re.match(r"^(?:-\d*[fF]|--follow.*|-[a-zA-Z]*[fF])$", word) for word in rest)
        case "kubectl" | "oc" | "k":
            return (
                (plain[:1] == ["logs"] and bool(options & {"-f", "--follow", "--follow=true"}))
                or bool({"port-forward", "proxy"} & set(plain[:2]))
                or (bool(options & {"-w", "--watch", "--watch-only"}) and bool({"get", "events"} & set(plain[:2])))
            )
        case "docker" | "podman" | "docker-compose" | "nerdctl":
            if "logs" in plain[:3]:
                return "--follow=false" not in options and any(map(_FOLLOW.match, rest))
            if "up" in plain[:4] and (name == "docker-compose" or "compose" in plain[:1]):
                return not options & {"-d", "--detach", "--no-start", "--wait"}
            return (
                bool({"stats", "events"} & set(plain[:1])) and "--no-stream" not in options and "--until" not in options
            )
        case "ping" | "ping6":
            return not any(word.startswith(("-c", "-w")) for word in rest)
        case "yes" | "stern" | "mtr":
            return not options & {"-r", "--report", "--no-follow", "-c"}
        case "tcpdump":
            return not any(word.startswith(("-c", "-r")) for word in rest)
        case "dmesg":
            return bool(options & {"-w", "-W", "--follow"})
        case "vmstat" | "iostat" | "mpstat" | "sar":
            numbers = [word for word in plain if word.isdigit()]
            return len(numbers) == 1
        case "nc" | "ncat":
            return any(re.match(r"^-[a-z]*l", word) for word in rest)
        case "ssh":
            return any(re.fullmatch(r"-[a-zA-Z]*N[a-zA-Z]*", word) for word in rest) and not any(
                "f" in word for word in rest if re.fullmatch(r"-[fNTnq]+", word)
            )
        case "nvidia-smi" | "nvitop":
            return any(word.startswith(("-l", "--loop")) for word in rest if word not in {"-lgc", "-lmc"}) or rest[
                :1
            ] in (["dmon"], ["pmon"])
        case "sleep":
            return "infinity" in rest
        case "python" | "python3":
            return rest[:2] == ["-m", "http.server"]
        case _:
            return False


_PYTHON = expression(r"python[\d.]*")


def _interactive(name: str, rest: list[str]) -> bool:
    options, plain = set(rest), [word for word in rest if not word.startswith("-")]
    if opens_session([name, *rest]):
        return True
    if name in EDITORS:
        return not (name in {"top", "htop"} and any(re.match(r"^-[a-zA-Z]*[bn]", word) for word in rest)) and not (
            name in {"tmux", "screen"} and bool(options & {"-d", "-dm", "-dmS", "ls", "list-sessions", "kill-session"})
        )
    if name in CONSOLES or name in REPLS or _PYTHON.fullmatch(name):
        return _interactive_console(name, rest)
    match name:
        case "kubectl" | "oc" | "k":
            return plain[:1] == ["edit"] or (bool({"exec", "run", "attach", "debug"} & set(plain[:1])) and _tty(rest))
        case "docker" | "podman" | "nerdctl":
            return bool({"exec", "run", "attach"} & set(plain[:2])) and _tty(rest)
        case "git":
            return (
                plain[:1] == ["commit"]
                and not any(re.match(r"^(?:-\w*m|--message|--no-edit|-F|-C)", word) for word in rest)
            ) or bool(
                options & {"-i", "--interactive", "-p", "--patch"}
                and plain[:1]
                and plain[0] in {"rebase", "add", "checkout", "stash"}
            )
        case "crontab":
            return "-e" in options
        case "read":
            return True
        case "gcloud" | "az" | "aws":
            return bool({"login", "configure", "init"} & set(plain[:2]))
        case "systemctl":
            return plain[:1] == ["edit"]
        case "fdisk" | "parted":
            return not options & {"-l", "-s", "--script", "--list"}
        case _:
            return False


def opens_session(words: Sequence[str]) -> bool:
    """Whether what is typed next goes to another shell: ssh host, su -, docker exec -it … bash."""
    if words and name_of(words[0]) in {"sudo", "doas"}:
        tail = list(words[1:])
        if tail and re.fullmatch(r"-(?:i|s|su|Hi|iu)", tail[0]):
            return len(tail) == 1 or (len(tail) == 3 and tail[1] == "-u") or (len(tail) == 2 and tail[0].endswith("u"))
        if tail[:2] and tail[0] == "-u" and len(tail) == 3 and tail[2] in {"-i", "-s"}:
            return True
    words = unwrapped(words)
    if not words:
        return False
    name, rest = name_of(words[0]), list(words[1:])
    match name:
        case "ssh" | "mosh" | "slogin":
            host, remote = ssh(rest)
            return (
                host is not None
                and not remote
                and not any(re.fullmatch(r"-[a-zA-Z]*[NfGV][a-zA-Z]*", word) for word in rest)
            )
        case "tsh":
            return rest[:1] == ["ssh"] and not ssh(rest[1:])[1] and ssh(rest[1:])[0] is not None
        case "tmux" | "screen" | "byobu":
            return not rest or (
                rest[0] in {"attach", "a", "new", "new-session", "-r", "-S", "-x", "-dr", "-d", "-rd", "attach-session"}
                and not ({"-dmS", "-dm", "-X"} & set(rest))
            )
        case "vagrant" | "multipass" | "fly" | "flyctl" | "limactl" | "colima":
            return rest[:1] in (["ssh"], ["shell"]) and not {"-c", "--command", "-C"} & set(rest)
        case "gcloud" | "az":
            return "ssh" in rest[:3] and not any(
                word.startswith(("--command", "--dry-run")) or word == "--" for word in rest
            )
        case "heroku" | "scalingo" | "clever" | "railway" | "render" | "cf" | "eb" | "platform" | "upsun":
            shell = _shell_last(rest) or (rest[:1] in (["run"], ["run:inside"]) and bool({*rest[1:]} & SHELLS))
            return rest[:1] in (["ssh"], ["shell"]) or (bool(rest) and rest[0].startswith("run") and shell)
        case "aws":
            return "start-session" in rest or "execute-command" in rest
        case "poetry" | "pipenv":
            return rest == ["shell"]
        case "rails" | "bin/rails" | "gitlab-rails":
            return rest[:1] in (["console"], ["c"], ["dbconsole"])
        case _ if name in CONSOLES | REPLS and name != "perl":
            return _interactive_console(name, rest)
        case "su":
            return not any(re.match(r"^(?:-\w*c|--command)", word) for word in rest)
        case "chroot" | "nsenter" | "unshare":
            return (name == "nsenter" and _shell_last(rest)) or (
                name == "chroot" and (len(rest) == 1 or _shell_last(rest))
            )
        case "kubectl" | "oc" | "k" | "docker" | "podman" | "docker-compose" | "nerdctl" | "crictl" | "lxc":
            plain = [word for word in rest if not word.startswith("-")]
            if name == "oc" and plain[:1] and plain[0] in {"debug", "rsh"}:
                return "--" not in rest or _shell_last(rest)
            if not {"exec", "run", "debug", "attach", "shell"} & set(plain[:3]):
                return False
            if plain[:1] == ["debug"] and _tty(rest) and "--" not in rest:
                return True  # a debug pod's shell
            terminal = _tty(rest) or name == "docker-compose" or "compose" in plain[:1] or name == "lxc"
            return terminal and (_shell_last(rest) or _console_in(rest) is not None or plain[:1] == ["attach"])
        case _:
            return name in SHELLS and not rest


def opens_console(words: Sequence[str]) -> bool:
    """Whether the session it opens speaks SQL, Redis or Python rather than shell."""
    words = unwrapped(words)
    if not words:
        return False
    name = name_of(words[0])
    return name in CONSOLES | REPLS or name in {"rails", "gitlab-rails"} or _console_in(list(words[1:])) is not None


def _console_in(rest: list[str]) -> str | None:
    """The database console that `kubectl exec -it pod -- psql …` starts."""
    for at, word in enumerate(rest):
        if at > 1 and name_of(word) in CONSOLES:
            return name_of(word) if _interactive_console(name_of(word), rest[at + 1 :]) else None
    return None


def _interactive_console(name: str, rest: list[str]) -> bool:
    if name in CONSOLES:
        return (
            not any(_CONSOLE_QUERY.match(word) for word in rest)
            and not (name == "redis-cli" and (_has_query(rest) or any(word.startswith("--") for word in rest)))
            and not (name == "sqlite3" and len([word for word in rest if not word.startswith("-")]) > 1)
        )
    return not rest or rest == ["-i"]


def closes_session(words: Sequence[str]) -> bool:
    return bool(words) and words[0] in {"exit", "logout"}


def _tty(rest: list[str]) -> bool:
    return any(
        re.fullmatch(r"-[a-zA-Z]*[it][a-zA-Z]*|--tty|--stdin|--interactive", word)
        for word in rest
        if len(word) <= 4 or word.startswith("--")
    )


def _shell_last(rest: list[str]) -> bool:
    return bool(rest) and (
        name_of(rest[-1]) in SHELLS or (len(rest) > 1 and rest[-1] in {"-l", "-i"} and name_of(rest[-2]) in SHELLS)
    )


def _has_query(rest: list[str]) -> bool:
    skip = False
    for word in rest:
        if skip:
            skip = False
        elif word in {"-h", "-p", "-a", "-n", "-u", "-s", "--user", "--pass"}:
            skip = True
        elif not word.startswith("-"):
            return True
    return False
