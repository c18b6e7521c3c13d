"""Where a document says that its commands run: `ssh host`, `kubectl exec`, a prompt. Said, never decided here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_tui.document.patterns import expression
from runbook_tui.document.programs import SHELLS, listed, name_of, unwrapped

SAME = ""  # the same machine as before
_SSH = frozenset({"ssh", "slogin", "mosh"})
_KUBECTL = frozenset({"kubectl", "oc", "k"})
_CONTAINERS = frozenset({"docker", "podman", "nerdctl", "crictl"})
_GOING = _SSH | _KUBECTL | _CONTAINERS
_STAYS = SHELLS | {"su", "sudo", "doas", "tmux", "screen", "byobu", "newgrp", "poetry", "pipenv"}
_SSH_VALUE = frozenset("bcDEeFIiJLlmOopQRSWw")
_NOTHING_RUNS = frozenset("GNOQV")  # ssh shows its settings, forwards ports, or speaks to another ssh
_KUBECTL_VALUE = frozenset(
    ["-n", "--namespace", "-c", "--container", "--context", "--cluster", "--kubeconfig", "--user", "-s", "--server"]
)
_CONTAINER_VALUE = frozenset(["-e", "--env", "-u", "--user", "-w", "--workdir", "--env-file", "--detach-keys", "-H"])
_PROMPT = expression(
    r"(?P<user>[\w.-]+)@(?P<host>[\w.-]+)|^(?:\([\w.-]+\)\s?)?(?P<alone>[\w-][\w.-]*):[~/]"
    r"|^(?!(?:sh|bash|zsh|ash|dash|ksh)-?\d)(?P<numbered>[a-z][a-z-]*\d[\w-]*)\s?[$#%]$"  # ops1$
)
# What writers put for a machine they do not name, and names machines give themselves.
_NOBODY = listed(
    """host hostname localhost server machine laptop local pc desktop workstation your-server yourserver myhost
    my-host computer vm remote ip"""
)
_POD = expression(r"^[0-9a-f]{12}$|-[0-9a-f]{6,10}-[a-z0-9]{5}$")


def goes_to(words: Sequence[str]) -> str | None:
    """The machine or container that a simple command hands its work to, as written; None when it stays or computes it.

    `user@host:port` of ssh; `kubectl:namespace/pod` and `docker:name` of exec. What copies files runs here.
    """
    words = list(unwrapped(words))
    if len(words) < 2:
        return None
    name, rest = name_of(words[0]), words[1:]
    if name in _SSH:
        return _ssh(rest)
    if name in _KUBECTL:
        return _kubectl(rest)
    if name in _CONTAINERS:
        return _container(name, rest)
    return None


def may_go(words: Sequence[str]) -> bool:
    """Whether `goes_to` is worth asking."""
    plain = unwrapped(words)
    return bool(plain) and name_of(plain[0]) in _GOING


def stays(words: Sequence[str]) -> bool:
    """Whether the shell it opens is on the same machine, for another account or in another window."""
    plain = unwrapped(words) if words else words
    return bool(words) and (name_of(words[0]) in {"sudo", "doas"} or name_of(plain[0]) in _STAYS)


def of_prompt(prompt: str) -> str | None:
    """The machine a prompt names, with the account; None for prompts that name none."""
    match = _PROMPT.search(prompt)
    if match is None:
        return None
    host = match["host"] or match["alone"] or match["numbered"]
    if host.lower() in _NOBODY or host.isdigit() or _POD.search(host):
        return None
    return f"{match['user']}@{host}" if match["user"] else host


def as_written(words: Sequence[str], neutral: str, text: str, start: int = 0) -> list[str]:
    """Words of a text whose placeholders were made plain, with the placeholders as they stand in the document."""
    found: list[str] = []
    for word in words:
        at = neutral.find(word, start)
        if at < 0:
            found.append(word)
            continue
        start = at + len(word)
        found.append(text[at:start])
    return found


def _ssh(rest: list[str]) -> str | None:
    user = port = ""
    waiting = iter(rest)
    for word in waiting:
        if word.startswith("-") and len(word) > 1:
            letter, value = _option(word, waiting)
            if letter in _NOTHING_RUNS:
                return None
            if letter == "l":
                user = value
            elif letter == "p":
                port = value
            continue
        return _host(word, user, port)
    return None


def _option(word: str, waiting: Iterator[str]) -> tuple[str, str]:
    """The letter that counts of a group of ssh's options, with its value."""
    for at, letter in enumerate(word[1:], 1):
        if letter in _NOTHING_RUNS:
            return letter, ""
        if letter in _SSH_VALUE:
            return letter, word[at + 1 :] or next(waiting, "")
    return word[-1], ""


def _host(word: str, user: str, port: str) -> str | None:
    word = word.removeprefix("ssh://").rstrip("/")
    if not word or any(mark in word + user + port for mark in "$`\n") or word.startswith("-"):
        return None
    if user and "@" not in word:
        word = f"{user}@{word}"
    if not port:
        return word
    account, at, host = word.rpartition("@")
    return f"{account}{at}[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{word}:{port}"


def _kubectl(rest: list[str]) -> str | None:
    """`kubectl exec` and `oc rsh`: the namespace, if it is written, and the pod or what has pods."""
    options, plain = _parts(rest, _KUBECTL_VALUE, after={"exec", "rsh", "attach"})
    if len(plain) < 2 or plain[0] not in {"exec", "rsh", "attach"}:
        return None
    namespace = options.get("-n") or options.get("--namespace")
    return _named("kubectl", f"{namespace}/{plain[1]}" if namespace else plain[1])


def _container(name: str, rest: list[str]) -> str | None:
    _, plain = _parts(rest, _CONTAINER_VALUE, after={"exec", "attach"})
    if len(plain) < 2 or plain[0] not in {"exec", "attach"}:
        return None
    return _named(name, plain[1])


def _parts(rest: list[str], valued: frozenset[str], after: set[str]) -> tuple[dict[str, str], list[str]]:
    """Options with their values, and the verb with the word after it."""
    options: dict[str, str] = {}
    plain: list[str] = []
    waiting = iter(rest)
    for word in waiting:
        if word == "--" or (len(plain) == 2 and plain[0] not in after):
            break
        key, sign, value = word.partition("=")
        if word in valued:
            options[word] = next(waiting, "")
        elif word.startswith("-"):
            if sign:
                options[key] = value
        elif len(plain) < 2:
            plain.append(word)
        # kubectl takes -n after the pod as well; docker's command starts there
        elif valued is not _KUBECTL_VALUE:
            break
    return options, plain


def _named(tool: str, what: str) -> str | None:
    return None if any(mark in what for mark in "$`\n") else f"{tool}:{what}"
