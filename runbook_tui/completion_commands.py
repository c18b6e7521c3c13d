"""`rbt completion SHELL`: completion for bash, zsh and fish, and the manual, made of the parsers themselves."""

from __future__ import annotations

import argparse
import sys

from runbook_tui.examples import EXAMPLES
from runbook_tui.words import RUN, Word, words

RUNS = "rbt runs 2>/dev/null | grep -v '^no runs yet$' | cut -d' ' -f1"  # names of runs, one a line
_SHELLS = ("bash", "zsh", "fish", "man")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=_SHELLS, help="bash, zsh or fish; man prints the manual page")


def main(args: argparse.Namespace) -> int:
    """Print it; 0."""
    every = list(words())
    made = {"bash": bash, "zsh": zsh, "fish": fish, "man": man}[args.shell](every)
    sys.stdout.write(made)
    return 0


def bash(every: list[Word]) -> str:
    """A function for `complete -F`; it runs in zsh too, through bashcompinit."""
    cases, values = [], []
    for word in every:
        flags = " ".join(flag for option in word.options for flag in option.flags)
        inner = " ".join(name for name, _ in word.inner)
        cases.append(f"    '{' '.join(word.path)}') flags='{flags}'; inner='{inner}'; takes='{word.takes}' ;;")
        for option in word.options:
            if option.choices:
                pattern = "|".join(f"'{' '.join(word.path)} {flag}'" for flag in option.flags)
                values.append(
                    f"    {pattern}) COMPREPLY=($(compgen -W '{' '.join(option.choices)}' -- \"$cur\")); return ;;"
                )
    deep = " ".join(f"'{word.path[0]}'" for word in every if word.inner and len(word.path) == 1)
    verbs = " ".join(word.path[0] for word in every if len(word.path) == 1)
    return f"""\
# bash completion of rbt; eval "$(rbt completion bash)"
_rbt() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} verb=${{COMP_WORDS[1]}}
  local path flags='' inner='' takes='file'
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '{verbs} --help --version' -- "$cur"))
    _rbt_files; return
  fi
  path=$verb
  for one in {deep}; do
    if [ "$verb" = "$one" ] && [ "$COMP_CWORD" -gt 2 ]; then path="$verb ${{COMP_WORDS[2]}}"; fi
  done
  case "$path $before" in
{chr(10).join(values)}
  esac
  case "$path" in
{chr(10).join(cases)}
  esac
  case "$cur" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$cur")); return ;;
  esac
  if [ -n "$inner" ]; then COMPREPLY=($(compgen -W "$inner" -- "$cur")); return; fi
  case "$takes" in
    {RUN}) COMPREPLY=($(compgen -W "$({RUNS})" -- "$cur")) ;;
    *) _rbt_files ;;
  esac
}}
_rbt_files() {{
  local IFS=$'\\n'
  COMPREPLY+=($(compgen -d -- "$cur") $(compgen -f -X '!*.@(md|markdown)' -- "$cur"))
}}
shopt -s extglob 2>/dev/null
complete -o filenames -F _rbt rbt
"""


def zsh(every: list[Word]) -> str:
    """A function for compdef, with what every verb and option does."""
    cases = []
    for word in every:
        rows = []
        for option in word.options:
            for flag in option.flags:
                value = ""
                if option.choices:
                    value = f":{_plain(flag)}:({' '.join(option.choices)})"
                elif option.value:
                    value = f":{_plain(option.value)}:{'_files' if 'FILE' in option.value.upper() else ' '}"
                rows.append(_quoted(f"*{flag}[{_bracketed(option.says)}]{value}"))
        if word.inner:
            said = " ".join(_quoted(f"{name}\\:{_quoted_once(does)}") for name, does in word.inner)
            rows.append(_quoted("1:verb:((" + said.replace("'", '"') + "))"))
        elif word.takes == RUN:
            rows.append(_quoted("*:run:_rbt_runs"))
        else:
            rows.append(_quoted('*:runbook:_files -g "*.(md|markdown)"'))
        cases.append(f"    ({_quoted(' '.join(word.path))}) _arguments -s {' '.join(rows)} ;;")
    verbs = "\n".join(f"    {_quoted(f'{word.path[0]}:{word.says}')}" for word in every if len(word.path) == 1)
    deep = "|".join(word.path[0] for word in every if word.inner and len(word.path) == 1)
    return f"""\
#compdef rbt
# zsh completion of rbt; eval "$(rbt completion zsh)", after compinit
_rbt_runs() {{
  local -a runs
  runs=(${{(f)"$({RUNS})"}})
  compadd -a runs
}}
_rbt() {{
  local -a verbs
  verbs=(
{verbs}
  )
  if (( CURRENT == 2 )); then
    _describe -t verbs verb verbs
    _files -g "*.(md|markdown)"
    return
  fi
  local name=$words[2]
  shift words; (( CURRENT-- ))
  case $name in
    ({deep}) if (( CURRENT > 2 )); then name="$name $words[2]"; shift words; (( CURRENT-- )); fi ;;
  esac
  case $name in
{chr(10).join(cases)}
    (*) _files -g "*.(md|markdown)" ;;
  esac
}}
if [ "$funcstack[1]" = _rbt ]; then _rbt "$@"; else compdef _rbt rbt; fi
"""


def fish(every: list[Word]) -> str:
    """One `complete` a verb and option."""
    lines = [
        "# fish completion of rbt; rbt completion fish > ~/.config/fish/completions/rbt.fish",
        "complete -c rbt -n __fish_use_subcommand -a '(__fish_complete_suffix .md)'",
    ]
    for word in every:
        last = word.path[-1]
        if len(word.path) == 1:
            lines.append(f"complete -c rbt -f -n __fish_use_subcommand -a {last} -d {_fished(word.says)}")
            here = f"__fish_seen_subcommand_from {last}"
        else:
            here = f"__fish_seen_subcommand_from {word.path[0]}; and __fish_seen_subcommand_from {last}"
        for name, does in word.inner:
            names = " ".join(one for one, _ in word.inner)
            unseen = f"{here}; and not __fish_seen_subcommand_from {names}"
            lines.append(f"complete -c rbt -f -n '{unseen}' -a {name} -d {_fished(does)}")
        if not word.inner:
            offered = f"({RUNS})".replace("'", "\\'") if word.takes == RUN else "(__fish_complete_suffix .md)"
            lines.append(f"complete -c rbt {'-f ' if word.takes == RUN else ''}-n '{here}' -a '{offered}'")
        for option in word.options:
            flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags)
            value = f" -x -a '{' '.join(option.choices)}'" if option.choices else " -r" if option.value else ""
            lines.append(f"complete -c rbt -n '{here}' {flags}{value} -d {_fished(option.says)}")
    return "\n".join(lines) + "\n"


def man(every: list[Word]) -> str:
    """The manual page rbt(1), in roff."""
    from runbook_tui import __version__
    from runbook_tui.cli_text import ENVIRONMENT, EXITS, WHAT

    lines = [
        f'.TH RBT 1 "" "Runbook TUI {__version__}" "User Commands"', ".SH NAME",
        r"rbt \- walk a Markdown runbook in the terminal", ".SH SYNOPSIS", ".B rbt", "[FILE]", ".br", ".B rbt",
        "VERB ...", ".SH DESCRIPTION", _roff(WHAT), ".SH VERBS",
    ]  # fmt: skip
    for word in every:
        lines += [f".SS {_roff(' '.join(word.path))}", _roff(word.says or "") + ".", ".PP", f".B {_roff(word.usage)}"]
        for option in word.options:
            if "--help" in option.flags:
                continue
            flags = ", ".join(f"\\fB{_roff(flag)}\\fR" for flag in option.flags)
            lines += [".TP", flags + (f" \\fI{_roff(option.value)}\\fR" if option.value else ""), _roff(option.says)]
        if len(word.path) == 1:
            for line, does in EXAMPLES.get(word.path[0], ()):
                lines += [".PP", ".nf", ".RS", f"{_roff(line)}", ".RE", ".fi", f"{_roff(does)}"]
    lines.append(".SH ENVIRONMENT")
    for name, does in ENVIRONMENT:
        lines += [".TP", f".B {_roff(name)}", _roff(does)]
    lines.append(".SH EXIT STATUS")
    for code, does in EXITS:
        lines += [".TP", f".B {code}", _roff(does)]
    return "\n".join(lines) + "\n"


def _roff(text: str) -> str:
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    text = text.replace("…", "...").replace("“", '"').replace("”", '"')
    return rf"\&{text}" if text.startswith(".") else text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _quoted_once(text: str) -> str:
    return text.replace("'", "").replace(" ", "\\ ").replace("(", "\\(").replace(")", "\\)").replace(",", "\\,")


def _bracketed(text: str) -> str:
    return text.replace("[", "(").replace("]", ")").replace(":", " -")


def _plain(text: str) -> str:
    return "".join(char if char.isalnum() else " " for char in text).strip() or " "


def _fished(text: str) -> str:
    return "'" + text.replace("\\", "").replace("'", "\\'") + "'"
