"""What a person types, verb by verb: the end of every `--help` and of the manual. A test parses each line."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "open": (
        ("rbt", "pick a runbook or an unfinished run"),
        ("rbt deploy.md", "its unfinished run, or a new one"),
    ),
    "init": (
        ("rbt init", "write config.toml and keys.toml, all of it commented out"),
        ("rbt init --print", "only look at it"),
    ),
    "run": (
        ("rbt run deploy.md", "a new run, in the app"),
        ("rbt run deploy.md --target web-[01-04]", "commands that name no host go to these four"),
        ("rbt run deploy.md --headless --yes --var VERSION=1.4", "stop (exit 3) where a person is needed"),
    ),
    "resume": (("rbt resume", "the newest unfinished run"), ("rbt resume brave-otter --take", "take over the drive")),
    "attach": (("rbt attach brave-otter", "watch it; nothing that is pressed changes it"),),
    "runs": (("rbt runs", "all runs, with how they ended"), ("rbt runs --json", "the same for a program")),
    "status": (("rbt status brave-otter", "step by step"), ("rbt status --json", "the newest unfinished run")),
    "rollback": (
        ("rbt rollback brave-otter", "in the app: what would be undone, then one more key"),
        ("rbt rollback brave-otter --headless --yes --reason 'errors'", "without a screen"),
    ),
    "preflight": (("rbt preflight deploy.md --target web-[01-04]", "are these hosts fit for it?"),),
    "show": (("rbt show deploy.md", "sections, steps, commands, triggers"), ("rbt show deploy.md --json", "all of it")),
    "lint": (
        ("rbt lint runbooks/*.md", "one line a finding, as compilers print them"),
        ("rbt lint deploy.md --strict --format sarif", "for a code host"),
    ),
    "gate": (
        ("rbt gate deploy.md", "do the conditions of a runbook hold now?"),
        ("rbt gate --prometheus http://localhost:9090 'errors < 0.05 for 5m'", "exit 0 only when it holds"),
    ),
    "watch": (("rbt watch brave-otter", "go on watching its conditions, without a screen"),),
    "stats": (
        ("rbt stats bca latencies.txt", "a bootstrap interval of one sample"),
        ("rbt stats bh pvalues.csv", "which of many tests stand"),
    ),
    "rehearse": (
        ("rbt rehearse deploy.md", "on a stage of its own; nothing outside is reached"),
        ("rbt rehearse deploy.md --fault errors=0.2@deploy", "let it go wrong at a step, and see the way back"),
    ),
    "lab": (("rbt lab up", "two slots, a store and a gateway on loopback"), ("rbt lab down", "everything is removed")),
    "gpu": (("rbt gpu --health", "fit, or not, and why"), ("rbt gpu --host gpu-01 --watch", "another machine, live")),
    "kernels": (("rbt kernels", "prove the kernels of this checkout"), ("rbt kernels --spec mine.py", "your own")),
    "traffic": (
        ("rbt traffic show httproute/api", "how traffic is divided now"),
        ("rbt traffic weight httproute/api api-new=5", "5 % to what is new"),
    ),
    "kubectl": (("rbt kubectl rollout status deployment/api", "where kubectl is not installed"),),
    "backup": (("rbt backup --to /mnt/copies", "while the journal is in use"), ("rbt backup --list", "the copies")),
    "restore": (("rbt restore", "the newest copy that is sound; what is there now is set aside"),),
    "sign": (
        ("rbt sign brave-otter --role 'Release manager'", "shows what is signed, then your key signs"),
        ("rbt sign brave-otter --role SRE --reject", "say no, with a reason"),
    ),
    "verify": (("rbt verify brave-otter", "exit 5 when anything was changed"),),
    "head": (("rbt head brave-otter > head.txt", "keep it elsewhere: rbt verify --expect head.txt"),),
    "report": (
        ("rbt report brave-otter -o report.md", "the document with its boxes ticked"),
        ("rbt report brave-otter --format html -o run.html", "a page to send"),
    ),
    "export": (("rbt export brave-otter -o run.tar", "one file that proves itself: rbt verify FILE"),),
    "new": (("rbt new deploy --template gated", "write a runbook to begin with, with gates"),),
    "keys": (("rbt keys", "all keys as they are"), ("rbt keys --example > keys.toml", "to start your own from")),
    "serve": (
        ("rbt serve", "print an address with a token; read and sign in a browser"),
        ("rbt serve brave-otter --port 8090", "one run only"),
    ),
    "completion": (
        ('eval "$(rbt completion bash)"', "for ~/.bashrc; zsh alike"),
        ("rbt completion fish > ~/.config/fish/completions/rbt.fish", "for fish"),
        ("rbt completion man > rbt.1", "the manual"),
    ),
    "doctor": (("rbt doctor", "what is missing on this machine"), ("rbt doctor --repair", "mend a damaged journal")),
}


def of(verb: str) -> str:
    """The examples as the end of a help text; empty when a verb has none."""
    rows = EXAMPLES.get(verb, ())
    if not rows:
        return ""
    width = max(len(line) for line, _ in rows)
    if width > 46:
        return "examples:\n" + "\n".join(f"  {line}\n      {does}" for line, does in rows)
    return "examples:\n" + "\n".join(f"  {line:<{width}}   {does}" for line, does in rows)
