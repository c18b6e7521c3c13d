"""The verbs of `rbt`: a row for each, and the module that knows its words and does it.

A verb's module is loaded only when that verb is asked for.
"""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    does: str | None  # in a few words; None: not listed
    module: str
    function: str = "main"  # of the parsed words; its exit code
    arguments: str = "add_arguments"  # of the parser, in `words`
    words: str = ""  # the module of `arguments`, when it is another
    json: bool = False  # has --json
    raw: bool = False  # the function reads its words itself


_APP = "runbook_tui.app_commands"
_RECORD = "runbook_tui.record_commands"
_REPORT = "runbook_tui.report_commands"
_DOCUMENT = "runbook_tui.document_commands"
_CLUSTER = "runbook_tui.cluster_commands"
_SIGNING = "runbook_tui.signing_commands"
_COPIES = "runbook_tui.backup_commands"

VERBS = {
    "open": Verb(None, _APP, "open_", "open_arguments"),
    "run": Verb("start a run of a runbook", _APP, "run", "run_arguments", json=True),
    "resume": Verb(
        "go on with a run (the newest unfinished one when none is named)", _APP, "resume", "resume_arguments", json=True
    ),
    "attach": Verb("watch a run that another terminal drives, read-only", _APP, "attach", "attach_arguments"),
    "runs": Verb("list the runs", _RECORD, "runs", "no_arguments", json=True),
    "status": Verb("what happened in a run so far", _RECORD, "status", "run_argument", json=True),
    "report": Verb("what was done in a run: Markdown, HTML, JSON, JUnit, casts", _REPORT, "report", "report_arguments"),
    "export": Verb("a run as one file that proves itself", _REPORT, "export", "export_arguments"),
    "rollback": Verb("take a run back", _APP, "rollback", "rollback_arguments", json=True),
    "preflight": Verb(
        "look at the other machines of a runbook before a run",
        "runbook_tui.unattended",
        "preflight",
        "add_preflight",
        json=True,
    ),
    "show": Verb("what rbt understood of a document", _DOCUMENT, "show", "show_arguments", json=True),
    "lint": Verb("findings about documents; exit 1 on errors", _DOCUMENT, "lint", "lint_arguments"),
    "gate": Verb("ask whether conditions hold; exit 0 only when all do", "runbook_tui.gate_commands"),
    "watch": Verb(
        "go on watching a run's conditions and its windows, without a screen", "runbook_tui.vigil", json=True
    ),
    "stats": Verb("intervals, tests and budgets over files of numbers", "runbook_tui.gates.stats_commands"),
    "new": Verb("write a runbook to begin with, from a template", "runbook_tui.new_commands"),
    "rehearse": Verb("walk a runbook on the lab, faults included", "runbook_tui.rehearsal.commands", json=True),
    "lab": Verb("a small real deployment on this machine to learn on", "runbook_tui.lab.commands"),
    "gpu": Verb(
        "the GPUs here, of another machine or of a cluster",
        "runbook_tui.gpus",
        words="runbook_tui.gpu_arguments",
        json=True,
    ),
    "kernels": Verb(
        "prove the GPU kernels, or your own",
        "runbook_tui.kernel_commands",
        words="runbook_tui.kernel_arguments",
        json=True,
    ),
    "traffic": Verb("show, divide or switch traffic in a cluster (rbt traffic --help)", _CLUSTER, "traffic", raw=True),
    "kubectl": Verb(
        "kubectl's rollout, scale and set image, where kubectl is not installed", _CLUSTER, "kubectl", raw=True
    ),
    "backup": Verb("copy the journal while it is in use, and look the copy over", _COPIES, "backup", json=True),
    "restore": Verb(
        "put a copy back; what is there now is set aside", _COPIES, "restore", "restore_arguments", json=True
    ),
    "sign": Verb("sign for a role with your SSH key", _SIGNING, "sign", "sign_arguments", json=True),
    "verify": Verb(
        "check a run: chain, outputs, signatures, what others noted of it",
        _SIGNING,
        "main",
        "verify_arguments",
        json=True,
    ),
    "head": Verb("print where a record stands, for somebody else to keep", _SIGNING, "head", "head_arguments"),
    "serve": Verb("read and sign in a browser on this machine", "runbook_tui.serve_commands"),
    "init": Verb("write commented configuration files to start from", "runbook_tui.init_commands"),
    "completion": Verb("print completion for bash, zsh or fish, or the manual", "runbook_tui.completion_commands"),
    "keys": Verb("all keys of the app, and what is wrong with your own", "runbook_tui.key_commands"),
    "doctor": Verb("check what rbt needs on this machine", "runbook_tui.doctor", json=True),
}
