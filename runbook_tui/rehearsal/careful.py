"""What a command may say where no walls are: only forms that are known to look, at the stage alone. Pure.

A word that is not told before it runs may turn into an option, an address or a program: it is taken for the worst.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec
from tree_sitter import Node

from runbook_tui.document import programs, syntax

Address = re.compile(r"(?:https?://)?(localhost|127\.0\.0\.1)(?::(\d+))?(?:[/?#][^{}\[\]\\@\s]*)?")
_STEERS = re.compile(
    r"(?i:.*_proxy)|(?:LD|DYLD|BASH|RBT|XDG|GIT|SSH|DOCKER|AWS|KUBE|KUBECTL|KUBERNETES|CURL|WGET|PYTHON|SYSTEM)_?\w*|"
    r"KUBECONFIG|WGETRC|HOME|PATH|ENV|IFS|TMPDIR|CDPATH|SHELLOPTS|PROMPT_COMMAND|PS[0-4]|VIRTUAL_ENV|CLOUDSDK_\w*"
)  # variables by which programs choose where they go and what they run
_NETWORK = re.compile(r"/dev/(?:tcp|udp)\b")
_HIDDEN = re.compile(r"\$\(|`")  # in what is no substitution yet, and may become one: a[$(…)] in arithmetic
_CODED = re.compile(r"\\[xuU0-7c]")
_DELIMITED = r"([/|#,:@!])(?:\\.|(?!\1)[^\\\n])*\1"
_SED = re.compile(
    rf"\s*(?:(?:\d+|\$|/(?:\\.|[^\\/\n])*/)(?:,(?:\d+|\$|/(?:\\.|[^\\/\n])*/))?)?\s*!?\s*"
    rf"(?:[dDpPqQ=hHgGxnN]|s{_DELIMITED}(?:\\.|(?!\1)[^\\\n])*\1[gpiI0-9]*)\s*"
)
_NAME = re.compile(r"[A-Za-z_]\w*")
_NUMERIC = re.compile(r"-(?:eq|ne|lt|le|gt|ge)")
_BUILTINS = frozenset({"unset", "read", "declare", "local", "export", "readonly", "mapfile", "readarray"})


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """As the program gets it; `told` is what of its beginning is known, all of it when `whole`."""

    told: str
    whole: bool = True


class _Form(msgspec.Struct, frozen=True, kw_only=True):
    """What a program may be given: letters without and with a value, long options, and how many other words."""

    letters: str = ""
    valued: str = ""
    long: frozenset[str] = frozenset()
    most: int | None = None


def _form(letters: str = "", valued: str = "", long: str = "", most: int | None = None) -> _Form:
    return _Form(letters=letters, valued=valued, long=frozenset(long.split()), most=most)


_ALWAYS = {  # they change this machine when they are given more
    "date": _form("uR", "dIr", "utc universal date reference iso-8601 rfc-3339 rfc-email", 1),
    "hostname": _form("fsiIdAy", "", "fqdn short ip-address all-ip-addresses long domain", 0),
    "env": _form("0", "", "null", 0),
}
_FORMS = _ALWAYS | {
    "sort": _form("nruhVfbgMcCszdimR", "kt", "numeric-sort reverse unique key field-separator human-numeric-sort "
                  "version-sort ignore-case check stable general-numeric-sort zero-terminated"),
    "uniq": _form("cduiz", "fsw", "count repeated unique ignore-case skip-fields skip-chars check-chars", 1),
    "sed": _form("nErsuz", "e", "quiet silent regexp-extended expression posix unbuffered null-data"),
    "file": _form("bhikLrz0", "", "brief mime mime-type mime-encoding dereference"),
    "mktemp": _form("duq", "", "directory quiet dry-run", 0),
    "curl": _form("fsSvikIgG46L", "mwHXdo", "fail silent show-error max-time connect-timeout retry retry-delay header "
                  "request data write-out include head get output compressed no-progress-meter location"),
    "wget": _form("qSv", "TtO", "quiet spider timeout tries output-document server-response"),
    "kubectl": _form("AwR", "nolfpcL", "namespace output selector filename all-namespaces watch timeout for all "
                     "replicas to-revision revision dry-run type patch image no-headers sort-by field-selector "
                     "show-labels from-literal overwrite tail since recursive container previous label-columns short"),
}  # fmt: skip
_KUBECTL = programs.listed(
    "annotate api-resources apply auth autoscale cluster-info create delete describe explain get label logs patch "
    "rollout scale set top version wait"
)
_LAB = programs.listed("status deploy build switch remove weights check fault job")
_WRAPPER_OPTION = re.compile(r"-[nksi]?\d*|-i|--(?:foreground|preserve-status|ignore-environment)")


def always(words: Sequence[str]) -> bool:
    """Whether a program that can also set what it shows is asked to show it."""
    form = _ALWAYS.get(programs.name_of(words[0])) if words else None
    return form is None or _fits(words[0], [Word(told=word) for word in words[1:]], form, frozenset())


def objection(root: Node, text: str, ports: frozenset[int]) -> str | None:
    """What in a command could reach beyond the stage, in words, or None."""
    if _NETWORK.search(text.replace('"', "").replace("'", "").replace("\\", "")):
        return "it opens a connection by itself"
    steering = sorted(name for name in {*syntax.variables_set(text), *_given(root)} if _STEERS.fullmatch(name))
    if steering:
        return f"it sets {steering[0]}, by which programs choose where they go"
    for node in syntax.walk(root):
        if node.type in {"raw_string", "ansi_c_string"} and _HIDDEN.search(syntax.decoded(node)):
            return "a command is hidden in a string"
        if node.type == "ansi_c_string" and _CODED.search(syntax.decoded(node)):
            return "a string of it is in code"
        if node.type == "file_redirect" and not all(word.whole for word in map(_word, node.named_children)):
            return "where it reads from or writes to is known only when it runs"
        if _computes(node) and not _counted(node, root):
            return "it computes with what is known only when it runs"
        if node.type in {"command", "declaration_command", "unset_command"} and (why := _said(node, ports)) is not None:
            return why
    return None


def _given(root: Node) -> Iterator[str]:
    """Names that are given a value anywhere, also in front of a command: `A=1 ls`."""
    for node in syntax.walk(root):
        if node.type == "variable_assignment" and node.children:
            yield syntax.decoded(node.children[0]).partition("[")[0]


# --- commands ---


def _said(node: Node, ports: frozenset[int]) -> str | None:
    words = [_word(child) for child in node.children if child.type not in _BESIDE]
    if not words:
        return None
    if not words[0].whole:
        return "which program it runs is known only then"
    name = programs.name_of(words[0].told)
    if name in _BUILTINS:
        return None if all(word.whole for word in words) else f"what {name} names is known only when it runs"
    plain = [word.told if word.whole else f"{word.told}$" for word in words]
    inner = programs.unwrapped(plain)
    if len(inner) < len(plain):
        for word in words[1 : len(words) - len(inner)]:
            variable = word.told.partition("=")[0]
            if not word.whole or _STEERS.fullmatch(variable):
                return f"{name} is given {word.told or 'what'} is known only when it runs"
            if word.told.startswith("-") and not _WRAPPER_OPTION.fullmatch(word.told):
                return f"{name} is given {word.told}"
        words = words[len(words) - len(inner) :]
        name = programs.name_of(words[0].told)
    if name in {"printf", "test", "["} and any(word.told.startswith("-v") for word in words[1:]):
        return f"{name} -v takes a variable by its name"
    if name == "rbt" and (words[1:2] != [Word(told="lab")] or not _speaks_to_the_lab(words[2:])):
        return None if [word.told for word in words[1:]] in (["doctor"], ["--version"]) else "rbt is more than the lab"
    form = _FORMS.get(name)
    if form is not None and not _fits(name, words[1:], form, ports):
        return f"{name} is given more than looks at the stage"
    return None


_BESIDE = frozenset(
    {"variable_assignment", "file_redirect", "herestring_redirect", "heredoc_redirect", "comment", "unset"}
)


def _speaks_to_the_lab(words: Sequence[Word]) -> bool:
    return bool(words) and words[0].told in _LAB and all(word.whole for word in words)


def _fits(name: str, words: Sequence[Word], form: _Form, ports: frozenset[int]) -> bool:
    """Whether every word is one of the form's, and what the others say is harmless."""
    others: list[str] = []
    values: dict[str, list[str]] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.whole and (not word.told or word.told.startswith("-")):
            return False
        if word.told == "--":
            others += [one.told for one in rest]
            break
        if not word.told.startswith("-") or word.told == "-":
            others.append(word.told)
            continue
        found = _option(word.told, rest, form)
        if found is None:
            return False
        for option, value in found:
            values.setdefault(option, []).append(value)
    return (form.most is None or len(others) <= form.most) and _harmless(name, others, values, ports)


def _option(said: str, rest: list[Word], form: _Form) -> list[tuple[str, str]] | None:
    """The options in one word, with their values; takes a value from `rest` where it stands there."""
    if said.startswith("--"):
        option, equals, value = said[2:].partition("=")
        if option not in form.long:
            return None
        if not equals and option in _LONG_VALUED and rest:
            value = rest.pop(0).told
        return [(option, value)]
    found: list[tuple[str, str]] = []
    for at, letter in enumerate(said[1:], 1):
        if letter in form.valued:
            value = said[at + 1 :] or (rest.pop(0).told if rest and letter != "I" else "")
            return [*found, (letter, value)]
        if letter not in form.letters:
            return None
        found.append((letter, ""))
    return found


_LONG_VALUED = programs.listed(
    "key field-separator skip-fields skip-chars check-chars expression date reference max-time connect-timeout retry "
    "retry-delay header request data write-out output timeout tries output-document namespace selector filename for "
    "replicas to-revision revision type patch image sort-by field-selector from-literal tail since container "
    "label-columns"
)


def _harmless(name: str, others: list[str], values: dict[str, list[str]], ports: frozenset[int]) -> bool:
    match name:
        case "date":
            return all(one.startswith("+") for one in others)
        case "sed":
            scripts = values.get("e", []) + values.get("expression", [])
            scripts = scripts or others[:1]
            return bool(scripts) and all(_SED.fullmatch(one) for one in scripts)
        case "curl":
            sent = [one for key in ("d", "data", "H", "header", "w", "write-out") for one in values.get(key, [])]
            files = values.get("o", []) + values.get("output", [])
            nowhere = all(one == "/dev/null" for one in files) and not any(one.startswith("@") for one in sent)
            return nowhere and bool(others) and all(ours(one, ports) for one in others)
        case "wget":
            files = values.get("O", []) + values.get("output-document", [])
            shown = "spider" in values or bool(files)
            return (
                shown and set(files) <= {"-", "/dev/null"} and bool(others) and all(ours(one, ports) for one in others)
            )
        case "kubectl":
            files = values.get("f", []) + values.get("filename", [])
            return others[:1] != [] and others[0] in _KUBECTL and not any("://" in one for one in files)
        case _:
            return True


def ours(address: str, ports: frozenset[int]) -> bool:
    """Whether it is an address of the lab, and nothing else."""
    found = Address.fullmatch(address)
    return found is not None and found[2] is not None and int(found[2]) in ports


# --- words and sums ---


def _word(node: Node) -> Word:
    """What is known of a word before it runs."""
    said = syntax.decoded(node)
    match node.type:
        case "raw_string":
            return Word(told=said[1:-1])
        case "string":
            inner = said[1:-1]
            cut = min((inner.find(mark) for mark in ("$", "`", "\\") if mark in inner), default=-1)
            return Word(told=inner) if cut < 0 else Word(told=inner[:cut], whole=False)
        case "command_name" if node.children:
            return _word(node.children[0])
        case "word" | "number" | "command_name" | "test_operator" | "file_descriptor" | "variable_name" | "[" | "]":
            cut = min((said.find(mark) for mark in "$`\\*?[{~" if mark in said and said != "["), default=-1)
            return Word(told=said) if cut < 0 else Word(told=said[:cut], whole=False)
        case "concatenation":
            told = ""
            for part in map(_word, node.children):
                told += part.told
                if not part.whole:
                    return Word(told=told, whole=False)
            return Word(told=told)
        case _ if not node.is_named:
            return Word(told=said)
        case _:
            return Word(told="", whole=False)


def _computes(node: Node) -> bool:
    """Whether bash evaluates what variables hold: bash(1), ARITHMETIC EVALUATION."""
    if node.type in {"arithmetic_expansion", "subscript"}:
        return True
    if node.type == "test_command":
        said = syntax.decoded(node)
        return said.startswith("((") or bool(
            re.search(r"\s-[vR]\s", said) or (said[1] == "[" and _NUMERIC.search(said))
        )
    return node.type in {"compound_statement", "c_style_for_statement"} and syntax.decoded(node).startswith(
        ("((", "for ((")
    )


def _counted(node: Node, root: Node) -> bool:
    """Whether all variables in a sum are numbers that this very text gave them."""
    used = {syntax.decoded(one) for one in syntax.walk(node) if one.type == "variable_name"}
    used |= {
        syntax.decoded(one) for one in syntax.walk(node) if one.type == "word" and _NAME.fullmatch(syntax.decoded(one))
    }
    return all(name in {"?", "#"} or name in set(_numbers(root)) for name in used)


def _numbers(root: Node) -> Iterator[str]:
    """Variables that are only ever given numbers."""
    good: dict[str, bool] = {}
    for node in syntax.walk(root):
        if node.type == "variable_assignment" and node.children:
            value = syntax.decoded(node).partition("=")[2]
            number = re.fullmatch(r"\d+", value) is not None or value.startswith("$((")
            name = syntax.decoded(node.children[0])
            good[name] = good.get(name, True) and number
        elif node.type == "for_statement":
            name = next((syntax.decoded(one) for one in node.children if one.type == "variable_name"), "")
            values = [
                syntax.decoded(one) for one in node.named_children if one.type not in {"variable_name", "do_group"}
            ]
            good[name] = good.get(name, True) and all(
                re.fullmatch(r"\d+|\{\d+\.\.\d+\}|\$\(seq [\d ]+\)", value) for value in values
            )
    yield from (name for name, fine in good.items() if fine)
