"""The verbs that read documents: what was understood, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runbook_tui import checks, prepared
from runbook_tui.console import findings_as_json, findings_as_sarif, print_findings, print_json, print_runbook
from runbook_tui.document.lint import lint as findings_of
from runbook_tui.document.summary import summary
from runbook_tui.records import BadInput, read_runbook

if TYPE_CHECKING:
    import argparse


def show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file")


def lint_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="+")
    parser.add_argument("--format", choices=("text", "json", "sarif"), default="text")
    parser.add_argument("--strict", action="store_true", help="warnings count as errors")
    parser.add_argument(
        "--check-paths", action="store_true", help="look whether scripts and files that are named are there"
    )
    parser.add_argument(
        "--shellcheck",
        choices=("auto", "yes", "no"),
        default="auto",
        help="ask shellcheck too (auto: if installed)",
    )


def show(args: argparse.Namespace) -> int:
    """Show what was understood of a document."""
    runbook = read_runbook(Path(args.file))
    if args.json:
        print_json(summary(runbook))
    else:
        print_runbook(runbook)
    prepared.keep()
    return 0


def lint(args: argparse.Namespace) -> int:
    """Print findings; exit 1 when one is an error."""
    program = None if args.shellcheck == "no" else checks.shellcheck_program()
    if program is None and args.shellcheck == "yes":
        raise BadInput("shellcheck is not installed here: install it, or leave out --shellcheck yes")
    found = {}
    for file in args.file:
        runbook = read_runbook(Path(file))
        findings = list(findings_of(runbook))
        if args.check_paths:
            findings += checks.missing(runbook, Path(file).absolute().parent)
        if program is not None:
            findings += checks.shellcheck(runbook, program)
        found[file] = sorted(findings, key=lambda finding: (finding.line, finding.code))
    if args.format == "json":
        print_json(findings_as_json(found))
    elif args.format == "sarif":
        print_json(findings_as_sarif(found))
    else:
        print_findings(found)
    prepared.keep()
    counted = ("error", "warning") if args.strict else ("error",)
    return 1 if any(finding.severity in counted for findings in found.values() for finding in findings) else 0
