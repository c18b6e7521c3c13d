"""VERIFY.md: how a bundle is verified with what every machine has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """A signature in the bundle, and what a person has to know of it."""

    file: str
    signer: str  # principal
    name: str
    role: str
    covers: int  # the last event it covers


_REPORTS = """

`report.html` and `report.md` are for reading: no signature covers them and nothing here proves them.
What counts is the record, and `signoffs/*.json`."""
CHAIN = (
    r"""h=$(printf 'rbt-run-v1\0%s' {run} | sha256sum | cut -c1-64); """
    r"""while IFS= read -r e; do n=$(printf %s "$e" | wc -c); """
    r"""h=$({{ printf 'rbt-event-v1\0'; printf "$(printf %s%016x "$h" "$n" | sed 's/../\\x&/g')"; printf %s "$e"; }} """
    r"""| sha256sum | cut -c1-64); done < <(head -n {covers} events.jsonl); echo "$h" """
)


def how_to_verify(
    run: str, events: int, head: str, signatures: Sequence[Signature], *, namespace: str, reports: bool = True,
    follows: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """Three lines for bash, and what each of them proves. Without `reports`: as before it spoke of them.

    `follows` are the files that the run followed at its end, with their hashes; None where the record does not tell.
    """
    first = signatures[0] if signatures else None
    covers = first.covers if first else events
    chain = CHAIN.format(run=run, covers=covers).rstrip()
    told = _REPORTS if reports else ""
    lines = ["sha256sum --check --quiet SHA256SUMS"]
    if first:
        lines.append(_keygen(first, namespace))
    lines.append(chain)
    return f"""# How to verify this bundle

Run `{run}`, {events} events, head `{head}`.
Unpack it into an empty folder. With bash, coreutils and OpenSSH:

```bash
{chr(10).join(lines)}
```

1. Every file is what `SHA256SUMS` says: silence is good.
2. {_second(first)}
3. Prints the hash of the record up to event {covers}. {_third(first)}

What a signature covers is in its statement, `signoffs/*.json`: every step with its commands, their exit status and
the SHA-256 of their output. Outputs and documents lie in `blobs/` under their own SHA-256; `events.jsonl` names them.
{_follows(follows)}
{_others(signatures[1:], namespace)}Use your own copy of `allowed_signers` if you have one: this one comes from where
the run was. With rbt, `rbt verify BUNDLE.tar` checks all of this and more: `--signers FILE` with your own list,
`--expect FILE` against a head that somebody noted elsewhere.{told}

What this cannot tell: events that were never recorded; a record written anew after the last signature, when nobody
noted its head elsewhere; whether the clock was right.
"""


def _keygen(signature: Signature, namespace: str) -> str:
    return (
        f"ssh-keygen -Y verify -f allowed_signers -I {_quoted(signature.signer)} -n {namespace} "
        f"-s {signature.file}.sig < {signature.file}"
    )


def _second(first: Signature | None) -> str:
    if first is None:
        return "Nobody has signed this run with a key: there is no second line."
    return f"“Good signature”: {_plain(first.name)} signed as {_plain(first.role)}."


def _third(first: Signature | None) -> str:
    return "It has to be the `head` in that statement." if first else "It has to be the head above."


def _follows(files: Mapping[str, str] | None) -> str:
    """What lay beside the document decides what is left to do, so it is signed with it."""
    if files is None:
        return ""
    rows = "".join(f"* {_plain(what)}: `blobs/{_plain(name)}`\n" for what, name in files.items())
    return f"\nWhat the run followed at its end; a statement names the same hashes:\n\n{rows}"


def _others(rest: Sequence[Signature], namespace: str) -> str:
    if not rest:
        return ""
    lines = "\n".join(f"{_keygen(one, namespace)}  # {_plain(one.name)}, {_plain(one.role)}" for one in rest)
    return f"The other signatures:\n\n```bash\n{lines}\n```\n\n"


def _quoted(text: str) -> str:
    return "'" + _plain(text).replace("'", "'\\''") + "'"


def _plain(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else "?" for char in text).replace("`", "'").split())
