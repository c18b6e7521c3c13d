"""What a command says to Kubernetes: the kubectl calls in it, their verbs and the objects they name. Pure.

The grammar is tree-sitter's; a word that only the shell knows (`$(…)`, a variable set elsewhere) makes a call unclear,
and what is unclear is said, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tree_sitter import Node

from runbook_tui.document import kinds, placeholders, programs, syntax
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Value

CHANGING = frozenset(
    ["apply", "create", "delete", "edit", "patch", "replace", "scale", "set", "autoscale", "expose", "run", "label",
     "annotate", "cordon", "uncordon", "drain", "taint", "rollout restart", "rollout undo", "rollout pause",
     "rollout resume", "traffic switch", "traffic weight"]
)  # fmt: skip
FOLLOWING = frozenset(["rollout status", "wait"])
_PROGRAMS = frozenset(["kubectl", "oc", "k"])
_TWO_WORDS = frozenset(["set", "rollout", "config", "auth", "top", "certificate", "traffic"])
_FLAGS = programs.listed(
    """--all --all-namespaces --force --recursive --overwrite --record --local --server-side --wait --watch --prune
    --ignore-daemonsets --delete-emptydir-data --delete-local-data --now --save-config --show-labels --no-headers
    --force-conflicts --append-hash --stdin --tty --rm --attach --expose --quiet --help --dry-run --validate --cascade
    --insecure-skip-tls-verify --match-server-version --disable-eviction --ignore-not-found --list --all-containers
    --previous --follow --edit --minify --show-managed-fields --openapi-patch --raw --watch-only
    --output-watch-events"""
)
_SHORT_FLAGS = frozenset("ARwithq")
_LONG = {"n": "--namespace", "l": "--selector", "f": "--filename", "o": "--output", "k": "--kustomize",
         "c": "--container", "p": "--patch", "s": "--server", "A": "--all-namespaces", "R": "--recursive",
         "w": "--watch", "i": "--stdin", "t": "--tty", "q": "--quiet", "h": "--help",
         "L": "--label-columns"}  # fmt: skip
_ASSIGNMENT = expression(r"^[\w./*-]+(?:=.*|-)$", re.DOTALL)
_CREATED = {
    "secret": ("generic", "tls", "docker-registry"),
    "service": ("clusterip", "nodeport", "loadbalancer", "externalname"),
}
_UNKNOWN = expression(r"[$`]|\x00")
_NODES = frozenset(["cordon", "uncordon", "drain"])


class ObjectName(Value, frozen=True, kw_only=True):
    """A kind and a name as a command gives them; no name means all of that kind (see `selector`)."""

    kind: str  # canonical where it is a known one: Deployment, ConfigMap
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind.lower()}/{self.name}" if self.name else self.kind.lower()


class KubectlCall(Value, frozen=True, kw_only=True):
    """One call of kubectl, or of `rbt traffic`, read from a command."""

    verb: str  # "apply", "set image", "rollout undo", "create configmap"
    objects: tuple[ObjectName, ...] = ()
    assignments: tuple[str, ...] = ()  # container=image, label=value
    options: Mapping[str, tuple[str, ...]] = {}  # by long name, in order
    words: tuple[str, ...] = ()  # after the program's name
    unclear: tuple[str, ...] = ()  # words whose value only the shell knows

    def option(self, name: str) -> str | None:
        """The last value of an option, or None."""
        values = self.options.get(name)
        return values[-1] if values else None

    @property
    def namespace(self) -> str | None:
        return self.option("--namespace")

    @property
    def context(self) -> str | None:
        return self.option("--context")

    @property
    def kubeconfig(self) -> str | None:
        return self.option("--kubeconfig")

    @property
    def selector(self) -> str | None:
        return self.option("--selector")

    @property
    def files(self) -> tuple[str, ...]:
        """Manifests it reads; `-` is standard input."""
        return tuple(part for value in self.options.get("--filename", ()) for part in value.split(","))

    @property
    def kustomize(self) -> str | None:
        return self.option("--kustomize")

    @property
    def dry_run(self) -> bool:
        return self.option("--dry-run") not in (None, "none", "false")

    @property
    def changes(self) -> bool:
        """Whether it changes something in the cluster."""
        first = self.verb.split(" ", 1)[0]
        return not self.dry_run and "--local" not in self.options and (self.verb in CHANGING or first in CHANGING)

    @property
    def follows(self) -> bool:
        """Whether it waits for something to become true, changing nothing."""
        return self.verb in FOLLOWING


def calls(text: str, values: Mapping[str, str] | None = None) -> tuple[KubectlCall, ...]:
    """The calls of kubectl in a command, in order; `values` are variables known to the one who asks."""
    if not any(name in text for name in ("kubectl", "oc ", "k ", "rbt traffic")):
        return ()
    known = dict(values or {})
    found = []
    for node in syntax.walk(syntax.parse(placeholders.neutralised(text) + "\n")):
        if node.type == "variable_assignment" and node.parent is not None and node.parent.type != "command":
            _remember(node, known)
        elif node.type == "command":
            call = _call(list(_words(node, known)))
            if call is not None:
                found.append(call)
    return tuple(found)


def sole(text: str) -> KubectlCall | None:
    """The call when the command is nothing else than one call of kubectl."""
    root = syntax.parse(text + "\n")
    statements = [child for child in root.children if child.is_named and child.type != "comment"]
    if len(statements) != 1 or statements[0].type != "command":
        return None
    found = calls(text)
    return found[0] if len(found) == 1 else None


def read_arguments(words: list[str]) -> KubectlCall | None:
    """A call from the words after `kubectl`, as a program gets them."""
    return _call(["kubectl", *words])


# --- words ---------------------------------------------------------------------------------------


def _remember(node: Node, known: dict[str, str]) -> None:
    name = syntax.decoded(node.children[0])
    value = _value(node.children[-1], known) if len(node.children) > 2 else ""
    if _UNKNOWN.search(value):
        known.pop(name, None)
    else:
        known[name] = value


def _words(node: Node, known: Mapping[str, str]) -> Iterator[str]:
    """The words as the program gets them; what only the shell knows keeps its `$`."""
    for child in node.children:
        if child.type in {"variable_assignment", "file_redirect", "herestring_redirect", "heredoc_redirect"}:
            continue
        yield _value(child, known)


def _value(node: Node, known: Mapping[str, str]) -> str:
    text = syntax.decoded(node)
    match node.type:
        case "raw_string":
            return text[1:-1]
        case "simple_expansion" | "expansion":
            name = next((syntax.decoded(child) for child in node.children if child.type == "variable_name"), "")
            plain = text in (f"${name}", f"${{{name}}}")
            return known[name] if plain and name in known else text
        case "string":
            return _joined(node, known)[1:-1] if node.children else text[1:-1]
        case "concatenation" | "command_name":
            return _joined(node, known)
        case "word":
            return re.sub(r"\\\n", "", re.sub(r"\\([^\n])", r"\1", text))
        case _:
            return text


def _joined(node: Node, known: Mapping[str, str]) -> str:
    """The node's text with what is known put in; the text between its children kept."""
    source, out, last = node.text or b"", "", 0
    for child in node.children:
        start = child.start_byte - node.start_byte
        out += source[last:start].decode("utf-8", "replace")
        raw = node.type == "string" and child.type not in {"simple_expansion", "expansion"}
        out += syntax.decoded(child).replace('\\"', '"') if raw else _value(child, known)
        last = child.end_byte - node.start_byte
    return out + source[last:].decode("utf-8", "replace")


# --- calls ---------------------------------------------------------------------------------------


def _call(words: list[str]) -> KubectlCall | None:
    plain = list(programs.unwrapped(words))
    if not plain:
        return None
    name = programs.name_of(plain[0])
    if name == "rbt":
        if plain[1:2] != ["traffic"]:
            return None
        rest = plain[1:]
    elif name in _PROGRAMS:
        rest = plain[1:]
    else:
        return None
    options, said = _options(rest)
    if not said or not said[0]:
        return None
    verb, said = said[0], said[1:]
    if verb in _TWO_WORDS and said:
        verb, said = f"{verb} {said[0]}", said[1:]
    if verb == "create" and said:
        kind, said = said[0], said[1:]
        if kind in _CREATED and said and said[0] in _CREATED[kind]:
            said = said[1:]
        verb, objects, assignments = (
            f"create {kind}",
            [ObjectName(kind=kinds.canonical(kind), name=n) for n in said[:1]],
            list[str](),
        )
    else:
        objects, assignments = _objects(verb, said)
    unclear = (
        [word for word in rest if _UNKNOWN.search(word)]
        if verb != "patch"
        else [word for word in (*said, options.get("--namespace", ("",))[-1]) if _UNKNOWN.search(word)]
    )
    return KubectlCall(
        verb=verb,
        objects=tuple(objects),
        assignments=tuple(assignments),
        options={key: tuple(values) for key, values in options.items()},
        words=tuple(rest),
        unclear=tuple(dict.fromkeys(unclear)),
    )


def _options(words: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Options by long name, and the words that are none."""
    options: dict[str, list[str]] = {}
    said: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            break
        if word.startswith("--"):
            name, given, value = word.partition("=")
            if given:
                options.setdefault(name, []).append(value)
            elif name in _FLAGS:
                options.setdefault(name, []).append("true")
            else:
                options.setdefault(name, []).append(next(rest, ""))
        elif word.startswith("-") and len(word) > 1 and not word[1].isdigit():
            letters = word[1:]
            if all(letter in _SHORT_FLAGS for letter in letters):
                for letter in letters:
                    options.setdefault(_LONG[letter], []).append("true")
                continue
            name = _LONG.get(letters[0], f"-{letters[0]}")
            value = letters[1:].removeprefix("=") or next(rest, "")
            options.setdefault(name, []).append(value)
        else:
            said.append(word)
    return options, said


def _objects(verb: str, said: list[str]) -> tuple[list[ObjectName], list[str]]:
    """The objects a call names, and what it assigns."""
    takes_back = verb in {"label", "annotate", "taint"}  # `name-` takes a label away
    assignments = [word for word in said if _ASSIGNMENT.match(word) and ("=" in word or takes_back)]
    named = [word for word in said if word not in assignments]
    if verb in _NODES:
        return [ObjectName(kind="Node", name=word.removeprefix("node/")) for word in named], assignments
    if verb == "run":
        return [ObjectName(kind="Pod", name=word) for word in named[:1]], assignments
    if verb == "wait":
        named = [word for word in named if not word.startswith("condition")]
    if not named:
        return [], assignments
    if any("/" in word for word in named):
        pairs = [word.split("/", 1) for word in named if "/" in word]
        return [ObjectName(kind=kinds.canonical(kind), name=name) for kind, name in pairs], assignments
    written = [kinds.canonical(kind) for kind in named[0].split(",")]
    if len(named) == 1:
        return [ObjectName(kind=kind) for kind in written], assignments
    return [ObjectName(kind=kind, name=name) for kind in written for name in named[1:]], assignments
