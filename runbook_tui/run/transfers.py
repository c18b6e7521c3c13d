"""Files carried to and from a target as steps: checked by sha256, put in their place whole or not at all. Pure.

An upload goes to a name of its own first; only the job that follows, kept by the supervisor like any command, compares
the checksum and moves it into place. So a file is never half there, and what happened is known after a crash as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from runbook_tui.document import transfers
from runbook_tui.document.runbook import Command
from runbook_tui.document.transfers import Transfer
from runbook_tui.run.resolve import ResolvedCommand
from runbook_tui.run.state import RunState

# POSIX sh; in a subshell, so that nothing of it stays in the shell state.
_CHECKSUM = r"""
sum() {
    if command -v sha256sum >/dev/null 2>&1; then sha256sum <"$1"
    elif command -v shasum >/dev/null 2>&1; then shasum -a 256 <"$1"
    else openssl dgst -sha256 -r <"$1"
    fi | cut -c1-64
}
"""
_UPLOAD = (
    "(\n"
    + _CHECKSUM
    + r"""
part=$RBT_V_PART to=$RBT_V_TO
case $to in '~/'*) to=$HOME/${to#??} ;; /*) ;; *) to=$HOME/$to ;; esac
if [ -d "$to" ]; then to=${to%/}/$RBT_V_NAME; fi
trap 'rm -f -- "$part" "$to.rbt-part"' EXIT
cat <"$part" >"$to.rbt-part" || { echo "cannot write beside $to; nothing there was changed"; exit 1; }
got=$(sum "$to.rbt-part")
if [ "$got" != "$RBT_V_SHA256" ]; then
    echo "sha256 is ${got:-unknown} and not $RBT_V_SHA256: not put in place"
    exit 1
fi
[ -z "$RBT_V_MODE" ] || chmod "$RBT_V_MODE" -- "$to.rbt-part" || exit 1
mv -f -- "$to.rbt-part" "$to" || exit 1
echo "$to  $(($(wc -c <"$to"))) bytes  sha256 $got"
)"""
)
_DOWNLOAD = (
    "(\n"
    + _CHECKSUM
    + r"""
from=$RBT_V_FROM
case $from in '~/'*) from=$HOME/${from#??} ;; /*) ;; *) from=$HOME/$from ;; esac
got=$(sum "$from") || exit 1
if [ "$got" != "$RBT_V_SHA256" ]; then
    echo "sha256 of $from is ${got:-unknown}, of what was fetched $RBT_V_SHA256: it changed meanwhile"
    exit 1
fi
echo "$from  $(($(wc -c <"$from"))) bytes  sha256 $got"
)"""
)


def is_transfer(command: Command) -> bool:
    return command.language in transfers.LANGUAGES


def is_upload(command: Command) -> bool:
    return command.language == "upload"


def transfer_of(
    resolved: ResolvedCommand, state: RunState, secrets: Mapping[str, str], *, host: str | None
) -> Transfer:
    """What to carry, placeholders filled. With `host`, one of many: what is fetched from it is named for it."""
    text = resolved.command.text
    for name in sorted(resolved.command.placeholders, key=len, reverse=True):
        variable = state.variables.get(name)
        value = secrets.get(name) or (variable.value if variable else None)
        text = text.replace(name, value or name)
    found = transfers.parsed(text)
    if found is None:
        raise ValueError(f"a value makes {resolved.command.text!r} into something else than a transfer")
    if host is not None and not is_upload(resolved.command):
        return Transfer(source=found.source, destination=f"{found.destination}.{host}", sha256=found.sha256)
    return found


def upload_job(transfer: Transfer, *, part: str, name: str, sha256: str) -> tuple[str, dict[str, str]]:
    """The command that checks what was uploaded to `part` and puts it in its place, and its variables."""
    values = {"PART": part, "TO": transfer.destination, "NAME": name, "SHA256": sha256, "MODE": transfer.mode or ""}
    return _UPLOAD, {f"RBT_V_{key}": value for key, value in values.items()}


def download_job(transfer: Transfer, *, sha256: str) -> tuple[str, dict[str, str]]:
    """The command that says whether the file over there is still the one that was fetched, and its variables."""
    return _DOWNLOAD, {"RBT_V_FROM": transfer.source, "RBT_V_SHA256": sha256}
