"""The `rbt` command: finds the verb, loads its module, gives it its words."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from runbook_tui import __version__
from runbook_tui.verbs import VERBS

if TYPE_CHECKING:
    import argparse

USAGE = 2
INTERRUPTED = 130

EPILOG = """\
examples:
  rbt                                    pick a runbook or an unfinished run
  rbt runbooks/quickstart.md             open a runbook: its unfinished run, or a new one
  rbt run deploy.md --headless --yes     run what a machine may run, stop where a person is needed
  rbt resume                             go on with the newest unfinished run
  rbt status brave-otter --json          what happened so far
  rbt rehearse deploy.md                 walk it where nothing can break
  rbt init                               a commented configuration

rbt VERB --help has examples of each verb.

exit codes: 0 done, 1 a step failed or findings, 2 usage or unreadable input, 3 needs a person,
            4 rolled back, 5 integrity violated, 130 interrupted
"""


def main(argv: list[str] | None = None) -> int:
    """Run `rbt` and return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments in (["--version"], ["-V"]):
        print(f"rbt {__version__}")
        return 0
    from runbook_tui.run.ports import OperatorError

    try:
        words = _with_verb(arguments)
        verb = VERBS.get(words[0])
        if verb is None:
            _parser(None).parse_args(words)
            return USAGE
        function = getattr(import_module(verb.module), verb.function)
        return int(function(words[1:] if verb.raw else _parser(words[0]).parse_args(words)))
    except OperatorError as error:
        print(f"rbt: {error}", file=sys.stderr)
        return int(getattr(error, "exit_code", USAGE))
    except KeyboardInterrupt:
        print("rbt: interrupted; a command that was running goes on: rbt resume", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:  # noqa: BLE001  # a traceback is no answer to an operator
        return _internal_error(error)


def _internal_error(error: Exception) -> int:
    """One sentence on the screen, the rest in a file."""
    from runbook_tui.places import write_down

    where = write_down(error)
    print(f"rbt: a defect of rbt itself ({type(error).__name__}: {error}); {where}", file=sys.stderr)
    print("rbt: what was recorded is safe; rbt status shows it", file=sys.stderr)
    return 1


def _with_verb(arguments: list[str]) -> list[str]:
    """`rbt FILE` and bare `rbt` open the app."""
    positional = next((word for word in arguments if not word.startswith("-")), None)
    asks_for_help = any(word in ("-h", "--help") for word in arguments)
    if positional in VERBS or (positional is None and asks_for_help):
        return arguments
    return ["open", *arguments]


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    """All verbs by name; or the chosen one alone, with its words: making them all takes longer than a frame."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="rbt",
        usage="rbt [FILE] | rbt VERB …",
        description="Walk a Markdown runbook in the terminal: commands run for real, nothing is lost.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", "-V", action="version", version=f"rbt {__version__}")
    subparsers = parser.add_subparsers(metavar="VERB", required=True, prog="rbt")
    for name, verb in VERBS.items() if chosen is None else ((chosen, VERBS[chosen]),):
        sub = (
            subparsers.add_parser(name, help=verb.does, description=verb.does)
            if verb.does
            else (subparsers.add_parser(name))
        )
        if name != chosen:
            continue
        if verb.json:
            sub.add_argument("--json", action="store_true", help="one JSON object on standard output")
        getattr(import_module(verb.words or verb.module), verb.arguments)(sub)
        from runbook_tui.examples import of

        sub.formatter_class = argparse.RawDescriptionHelpFormatter
        sub.epilog = "\n\n".join(filter(None, (sub.epilog, of(name))))
    return parser


if __name__ == "__main__":
    sys.exit(main())
