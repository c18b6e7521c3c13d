"""The grammar of the shell (tree-sitter's): statements, words, redirections, variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from runbook_tui.document import placeholders
from runbook_tui.document.patterns import expression
from runbook_tui.document.programs import listed

Span = tuple[int, int, bool, bool]  # first and last row, a comment line of its own, the grammar failed

_PARSER = Parser(Language(tree_sitter_bash.language()))
_MAY_BE_OPEN = expression(r"<<|['\"`]|\b(?:do|then|in)\b|[({|]|&&")
_HEREDOC = expression(r"<<-?\s*[\"'\\]?(\w+)")
_HEREDOC_END = expression(r"(?<!<)<<(-?)[ \t]*[\"'\\]?([A-Za-z_]\w*)")
RESERVED = frozenset(["do", "done", "then", "else", "elif", "fi", "esac", "}", "in"])
_SUSPECT = expression(r"\b(?:do|done|then|else|elif|fi|esac|in)\b|[({}]|;;|[<>]")
# plain words, $NAME and whole words in quotes: the tree of such a line is one command and its words
_PLAIN = r"(?:[\w./:@%+,-]|\$[A-Za-z_])(?:[\w./:@%+,=-]|\$[A-Za-z_])*"
_WORD = rf"(?:{_PLAIN}|\"[^\"\\`$!\n]*\"|'[^'\n]*')"
_SIMPLE = expression(rf" *[A-Za-z_./][\w./:-]*(?: +{_WORD})*", re.ASCII)
_WORDS = expression(_WORD, re.ASCII)
_QUOTES = frozenset("\"'")
_KEYWORDS = listed(
    """if then else elif fi for while until do done case esac select function time coproc in export declare typeset
    local readonly unset unsetenv"""
)
_EXPANSIONS = frozenset({"command_substitution", "simple_expansion", "expansion", "process_substitution"})
_ASSIGNMENTS = frozenset({"variable_assignment", "variable_assignments", "declaration_command"})


def parse(text: str) -> Node:
    return _PARSER.parse(text.encode("utf-8", "surrogatepass")).root_node


def walk(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def decoded(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def simple(text: str) -> list[str] | None:
    """The words of a text that is one command of plain words; None for all else, which the grammar has to read."""
    if _SIMPLE.fullmatch(text) is None:
        return None
    quoted = '"' in text or "'" in text
    found = [word[1:-1] if word[0] in _QUOTES else word for word in _WORDS.findall(text)] if quoted else text.split()
    return None if found[0] in _KEYWORDS else found


def spans(lines: Sequence[str]) -> list[Span]:
    """Rows that belong together."""
    plain = [(at, line.lstrip(" ")) for at, line in enumerate(lines) if line.strip()]
    if all(line.startswith("#") or simple(line) is not None for _, line in plain):
        return [(at, at, line.startswith("#"), False) for at, line in plain]
    root = parse(placeholders.neutralised("\n".join(lines)))
    found: list[Span] = []
    for node in root.children:
        first, last = node.start_point[0], node.end_point[0]
        if node.end_point[1] == 0 and last > first:
            last -= 1
        last = min(last, len(lines) - 1)
        if node.type == "\n" or first > last:
            continue
        comment = node.type == "comment"
        failed = node.has_error or node.type == "ERROR"
        if found and first <= found[-1][1]:
            before = found[-1]
            found[-1] = (before[0], max(before[1], last), before[2] and comment, before[3] or failed)
        else:
            found.append((first, last, comment, failed))
    return found


def broken(text: str) -> bool:
    """Whether a shell would refuse the text, or wait for more of it."""
    plain = placeholders.neutralised(text)
    root = parse(plain + "\n")
    return refused(root, plain) or plain.rstrip().endswith(("&&", "||", "|"))


def unfinished(text: str) -> bool:
    """Whether a shell would wait for more: an open quote, heredoc, loop or pipe."""
    plain = placeholders.neutralised(text)
    if not _MAY_BE_OPEN.search(plain):
        return False
    root = parse(plain)
    return root.has_error or plain.rstrip().endswith(("&&", "||", "|")) or _heredoc_not_closed(plain)


def refused(root: Node, text: str) -> bool:
    """Whether a shell would refuse what the grammar lets pass: `done` without a loop, `;;` outside case, `a (b)`."""
    if root.has_error or open_heredoc(root, text):
        return True
    if not _SUSPECT.search(text):
        return False
    for node in walk(root):
        match node.type:
            case "command":
                if words(node)[:1] and words(node)[0] in RESERVED:
                    return True
                if any(child.type == "subshell" for child in node.children):
                    return True
            case ";;":
                if node.parent is None or node.parent.type != "case_item":
                    return True
            case "do_group" | "compound_statement" | "subshell":
                if not any(child.is_named and child.type != "comment" for child in node.children):
                    return True
            case "file_redirect":
                if "\n" in decoded(node).split("(", 1)[0]:
                    return True
            case _:
                pass
    return False


def open_heredoc(root: Node, text: str) -> bool:
    return "<<" in text and any(node.type == "heredoc_redirect" for node in walk(root)) and _heredoc_not_closed(text)


def _heredoc_not_closed(text: str) -> bool:
    marks = _HEREDOC.findall(text)
    return bool(marks) and not re.search(rf"^\s*{re.escape(marks[-1])}\s*$", text, re.MULTILINE)


def runs_on(root: Node, text: str) -> bool:
    """Whether the word that ends a heredoc is indented: a shell reads on to the end of everything."""
    if "<<" not in text or not any(node.type == "heredoc_redirect" for node in walk(root)):
        return False
    rows = text.split("\n")
    return any(
        word not in ([row.lstrip("\t") for row in rows] if dash else rows) for dash, word in _HEREDOC_END.findall(text)
    )


def odd_quotes(row: str) -> bool:
    plain = row.replace("\\'", "").replace('\\"', "")
    return plain.count("'") % 2 == 1 or plain.count('"') % 2 == 1


def commands(root: Node) -> Iterator[tuple[list[str], bool, bool]]:
    """The words of every simple command; whether it is inside a substitution; whether its input is not the terminal."""
    stack: list[tuple[Node, bool, bool]] = [(root, False, False)]
    while stack:
        node, nested, redirected = stack.pop()
        if node.type == "command":
            own = any(child.type == "herestring_redirect" for child in node.children)
            yield words(node), nested, redirected or own
        elif node.type in {"command_substitution", "process_substitution", "function_definition"}:
            nested = True
        elif node.type == "redirected_statement":
            redirected = redirected or any(
                child.type in {"heredoc_redirect", "herestring_redirect"}
                or (child.type == "file_redirect" and "<" in decoded(child)[:3])
                for child in node.children
            )
        children = list(node.children)
        for index in range(len(children) - 1, -1, -1):
            later = node.type == "pipeline" and index > 0
            stack.append((children[index], nested, redirected or later))


def words(node: Node) -> list[str]:
    found: list[str] = []
    for child in node.children:
        if child.type in {"variable_assignment", "file_redirect", "herestring_redirect", "heredoc_redirect"}:
            continue
        word = decoded(child)
        if child.type in {"string", "raw_string"} and len(word) >= 2:
            word = word[1:-1]
        found.append(word)
    return found


def writes(root: Node) -> bool:
    """Whether a redirection writes to a file."""
    for node in walk(root):
        if node.type != "file_redirect":
            continue
        target = re.sub(r"^\d*\s*(?:&>>?|>>?\||>>?|>&)\s*", "", decoded(node))
        if ">" in decoded(node)[:4] and not re.match(r"^(?:&?\d$|/dev/(?:null|stderr|stdout|tty)|&?-$)", target):
            return True
    return False


def heredocs(root: Node) -> list[str]:
    return [decoded(node) for node in walk(root) if node.type == "heredoc_body"]


def forever(node: Node) -> bool:
    """Whether a loop only ends by force: `while true` without a break."""
    head = decoded(node).split("do", 1)[0]
    return re.match(
        r"^(?:while\s+(?:true|:|\[\s*1\s*\])|until\s+false)\s*;?\s*$", head.strip()
    ) is not None and not any(
        child.type == "command" and words(child)[:1] in (["break"], ["exit"]) for child in walk(node)
    )


def functions(text: str) -> list[str]:
    """The names of the functions that a text defines at its top level."""
    if "(" not in text and "function" not in text:
        return []
    return [
        decoded(child)
        for node in parse(text).children
        if node.type == "function_definition"
        for child in node.children
        if child.type == "word"
    ]


def assignments(root: Node) -> tuple[tuple[str, ...], bool, bool]:
    """When text does nothing but assign: the names, whether a value is computed, whether one is exported."""
    names: list[str] = []
    computed = exported = False
    for node in root.children:
        if node.type in {";", "comment", "\n"}:
            continue
        if node.type not in _ASSIGNMENTS:
            return (), False, False
        exported = exported or node.type == "declaration_command"
        found = [child for child in walk(node) if child.type == "variable_assignment"]
        names += [decoded(child.children[0]) for child in found if child.children]
        computed = computed or any(child.type in _EXPANSIONS for child in walk(node))
    return tuple(names), computed, exported


def variables_set(text: str) -> frozenset[str]:
    """The variables that a command gives a value: assignments, `read`, `for`, `export`, `getopts`, `printf -v`."""
    found: set[str] = set()
    for node in walk(parse(placeholders.neutralised(text) + "\n")):
        if node.type == "variable_assignment" and node.children:
            if node.parent is None or node.parent.type != "command":  # `A=1 cmd` sets A for cmd only
                found.add(decoded(node.children[0]).split("[")[0])
        elif node.type == "for_statement":
            found.update(decoded(child) for child in node.children if child.type == "variable_name")
        elif node.type == "command":
            said = words(node)
            if said[:1] in (["read"], ["mapfile"], ["readarray"], ["getopts"]):
                found.update(word for word in said[1:] if re.fullmatch(r"[A-Za-z_]\w*", word))
            elif said[:2] == ["printf", "-v"] and len(said) > 2:
                found.add(said[2])
    return frozenset(found)


def variables_used(text: str) -> frozenset[str]:
    """The variables that a command expands and that it does not set itself, `${X:-…}` and quoted text left out."""
    used: set[str] = set()
    for node in walk(parse(placeholders.neutralised(text) + "\n")):
        if node.type not in {"simple_expansion", "expansion"}:
            continue
        name = next((decoded(child) for child in node.children if child.type == "variable_name"), "")
        if name and not any(child.type in {":-", ":=", "-", "=", ":?", "?", ":+", "+"} for child in node.children):
            used.add(name)
    local = frozenset(
        decoded(node.children[0])
        for node in walk(parse(placeholders.neutralised(text) + "\n"))
        if node.type == "variable_assignment" and node.children
    )
    return frozenset(used) - variables_set(text) - local
