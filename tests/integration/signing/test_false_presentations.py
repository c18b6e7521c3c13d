"""What somebody may present as a signature, and why it is refused. Each is put into the record by force: the record
itself, its chain intact, must give it away."""

import subprocess

import msgspec
import pytest

from runbook_tui.run import events as e
from runbook_tui.signing.findings import Standing
from runbook_tui.signing.offering import NotSigned
from runbook_tui.signing.statement import canonical, read_statement
from tests.integration.signing.bed import DOCUMENT, POLICY, START, Run, forged

ROLE = "Engineering Lead"


@pytest.fixture
def run(team) -> Run:
    return Run(team)


def edited(data: bytes, **fields) -> bytes:
    return canonical(msgspec.structs.replace(read_statement(data), **fields))


def test_three_true_ones_are_accepted(team, run) -> None:
    run.sign("ana", ROLE)
    run.sign("ben", "QA Lead")
    detached = run.request("cy", "Security Lead")
    run.take(detached, team.sign("cy", detached))
    assert run.verify().exit_code == 0


def test_another_persons_key(team, run) -> None:
    data = run.request("ana", ROLE)
    run.force(data, team.sign("mallory", data))
    assert "is not ana@example.org’s: nobody listed has it" in run.reasons()


def test_a_listed_persons_key_for_somebody_else(team, run) -> None:
    data = run.request("ana", ROLE)
    run.force(data, team.sign("ben", data))
    assert "it is ben@example.org’s" in run.reasons()


def test_a_role_that_is_not_held(team, run) -> None:
    data = edited(run.request("ana", ROLE), role="Product Owner", step=run.step("Product Owner").id)
    run.force(data, team.sign("ana", data))
    assert "does not hold the role Product Owner" in run.reasons()
    with pytest.raises(NotSigned, match="does not hold the role"):
        run.request("ana", "Product Owner")


def test_the_role_edited_in_the_record(team, run) -> None:
    data = run.request("ana", ROLE)
    run.force(data, team.sign("ana", data), role="Product Owner")
    assert "the role in the record is not the one that was signed" in run.reasons()


def test_a_no_shown_as_a_yes(team, run) -> None:
    data = run.request("ana", ROLE, "no", decision="reject")
    run.force(data, team.sign("ana", data))
    assert "the signature says reject" in run.reasons()


def test_a_signature_from_another_run(team, run) -> None:
    other = Run(team, name="calm-heron")
    data = other.request("ana", ROLE)
    run.force(data, team.sign("ana", data))
    assert "another run (calm-heron)" in run.reasons()
    with pytest.raises(NotSigned, match="another run"):
        run.take(data, team.sign("ana", data))


def test_a_signature_from_another_run_of_the_same_name(team, run) -> None:
    other = Run(team, document=DOCUMENT + b"\n")
    data = other.request("ana", ROLE)
    run.force(data, team.sign("ana", data))
    assert "another run" in run.reasons()


def test_one_for_a_state_that_is_gone_is_void(team, run) -> None:
    data = run.request("ana", ROLE)
    run.add(e.NoteAdded(step=run.runbook.steps[0].id, text="later"))
    run.force(data, team.sign("ana", data))
    assert run.verify().signoffs[-1].standing is Standing.VOID


def test_a_forked_history(team, run) -> None:
    data = run.request("ana", ROLE)
    signature = team.sign("ana", data)
    last = run.records.pop()
    run.rows.pop()
    run.add(last.event, at=START.replace(hour=12))  # the same event, recorded at another time: another hash
    run.force(data, signature)
    assert "another history" in run.reasons()


def test_the_namespace_of_git(team, run) -> None:
    data = run.request("ana", ROLE)
    run.force(data, team.sign("ana", data, namespace="git"))
    assert "made for another purpose (git" in run.reasons()
    for other in ("file", "identity-v1@runbook-tui", "second-v1@runbook-tui"):
        with pytest.raises(NotSigned, match="another purpose"):
            run.take(data, team.sign("ana", data, namespace=other))


@pytest.mark.parametrize(
    ("dates", "reason"),
    [('valid-before="20260301Z"', "its key had expired"), ('valid-after="20270101Z"', "its key was not valid yet")],
)
def test_a_key_out_of_its_time(team, dates, reason) -> None:
    signers = team.line("ana", dates).encode()
    run = Run(team, signers=signers)
    data = run.request("ana", ROLE)
    run.force(data, team.sign("ana", data))
    assert reason in run.reasons()


def test_a_clock_set_back_an_hour_does_not_bring_a_key_back(team) -> None:
    run = Run(team, signers=team.line("ana", 'valid-before="20260302103000Z"').encode())
    run.add(e.NoteAdded(step=run.runbook.steps[0].id, text="it is late"), at=START.replace(hour=11))
    data = run.request("ana", ROLE)
    run.now = START.replace(hour=10, minute=0)
    run.force(data, team.sign("ana", data))
    assert "its key had expired" in run.reasons()
    assert "clock" in {one.code for one in run.verify().findings}


def test_a_key_that_expired_since_is_told_and_still_counts(team) -> None:
    run = Run(team, signers=team.line("ana", 'valid-before="20260401Z"').encode())
    run.sign("ana", ROLE)
    assert run.verify().findings == ()
    later = run.verify(now=START.replace(year=2027))
    assert [one.code for one in later.findings] == ["expired"]
    assert later.exit_code == 0


@pytest.mark.parametrize("krl", [False, True])
def test_a_revoked_key(team, tmp_path, krl) -> None:
    revoked = (team.public("ana") + "\n").encode()
    if krl:
        subprocess.run(["ssh-keygen", "-q", "-k", "-f", tmp_path / "krl", team.folder / "ana.pub"], check=True)
        revoked = (tmp_path / "krl").read_bytes()
    run = Run(team, revoked=revoked)
    data = run.request("ana", ROLE)
    run.force(data, team.sign("ana", data))
    assert "its key is revoked" in run.reasons()
    good = Run(team)
    good.sign("ana", ROLE)
    assert "its key is revoked" in good.reasons(revoked=revoked)


def test_the_driver_signs_the_own_run(team, run) -> None:
    run.prove("eve")
    data = run.request("ben", "QA Lead")
    eve = edited(data, signer="eve@example.org", name="Eve Driver")
    run.force(eve, team.sign("eve", eve))
    assert "eve@example.org drove this run" in run.reasons()
    with pytest.raises(NotSigned, match="drove this run"):
        run.request("eve", "QA Lead")


def test_a_driver_who_proves_to_be_somebody_else(team, run) -> None:
    run.prove("ben")
    forged_proof = msgspec.structs.replace(run.records[-1].event, principal="eve@example.org")
    run.add(forged_proof)
    assert "it is not proved that eve@example.org drove" in run.verify().findings[-1].text


def test_the_author_signs_the_own_document(team) -> None:
    run = Run(team, authors=("Dee@Old.example.org",))
    with pytest.raises(NotSigned, match="its author does not approve it"):
        run.request("dee", "Product Owner")
    data = edited(
        run.request("ana", ROLE), signer="dee@example.org", name="Dee Owner", role="Product Owner",
        step=run.step("Product Owner").id,
    )  # fmt: skip
    run.force(data, team.sign("dee", data))
    assert "wrote the document" in run.reasons()


def test_one_person_in_two_roles(team) -> None:
    policy = POLICY.replace(b"roles: [QA Lead]", b"roles: [QA Lead, Security Lead]")
    run = Run(team, policy=policy)
    run.sign("ben", "QA Lead")
    with pytest.raises(NotSigned, match="one person signs for one role"):
        run.request("ben", "Security Lead")
    data = edited(run.request("cy", "Security Lead"), signer="ben@example.org", name="Ben Bitdiddle")
    run.force(data, team.sign("ben", data))
    assert "one person signs for one role" in run.reasons()


@pytest.mark.parametrize("name", ["Ana L0velace", "Аna Lovelace", "Ana Lovelace\u202e", "Ada Lovelace"])
def test_the_printed_name_altered(team, run, name) -> None:
    data = edited(run.request("ana", ROLE), name=name)
    run.force(data, team.sign("ana", data))
    assert "the printed name is not that of ana@example.org" in run.reasons()


def test_the_printed_name_altered_in_the_record_only(team, run) -> None:
    data = run.request("ana", ROLE)
    run.force(data, team.sign("ana", data), name="Somebody Important")
    assert "the printed name in the record is not the one that was signed" in run.reasons()


def test_a_key_twice_in_the_json(team, run) -> None:
    data = run.request("ana", ROLE)
    twice = data.replace(b'"decision": "approve"', b'"decision": "approve",\n  "decision": "reject"')
    assert twice != data
    for changed in (twice, data.rstrip(), data.replace(b"  ", b"   "), b" " + data, data + b"\n"):
        with pytest.raises(NotSigned):
            run.take(changed, team.sign("ana", changed))
        run.force(data, team.sign("ana", changed), statement=run.keep(changed))
        assert run.reasons()


def test_the_list_of_signers_edited_on_disk(team, run) -> None:
    """Whoever changes the list signs with any name: the statement names the list that it was signed under."""
    data = run.request("ana", ROLE)
    stranger = Run(team, signers=team.line("mallory", principal="ana@example.org").encode())
    run.rules(POLICY, stranger.blobs[stranger.state.rules.signers])
    run.force(data, team.sign("mallory", data))
    assert run.verify().violated
    assert "is not ana@example.org’s" in run.reasons()
    late = run.request("ana", ROLE)
    run.force(late, team.sign("mallory", late))
    assert run.reasons() == ""  # by its own list it is good; the change of the list is told, and yours refuses it
    assert "the rules changed at event" in " ".join(one.text for one in run.verify().findings)
    assert "is not ana@example.org’s" in run.reasons(signers=team.signers())


def test_sha1(team, run) -> None:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding

    path = team.folder / "old"
    if not path.exists():
        team.make("old", "-t", "rsa", "-b", "2048")
    key = serialization.load_ssh_private_key(path.read_bytes(), None)
    import base64

    public = base64.b64decode(team.public("old").split()[1])
    run = Run(team, signers=team.line("old", principal="ana@example.org").encode())
    data = run.request("ana", ROLE)
    sha1 = forged(
        public,
        "signoff-v1@runbook-tui",
        data,
        "ssh-rsa",
        lambda text: key.sign(text, padding.PKCS1v15(), hashes.SHA1()),
    )
    run.force(data, sha1)
    assert "not secure" in run.reasons()
    with pytest.raises(NotSigned):
        run.take(data, sha1)
    sha512 = forged(
        public, "signoff-v1@runbook-tui", data, "rsa-sha2-512",
        lambda text: key.sign(text, padding.PKCS1v15(), hashes.SHA512()),
    )  # fmt: skip
    run.take(data, sha512)  # the same by hand, with a hash that holds: the test above is not blind


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: b"\n",
        lambda data: data + data,
        lambda data: data.replace(b"SSH SIGNATURE", b"PGP SIGNATURE"),
        lambda data: data + b"rm -rf /\n",
        lambda data: data.replace(b"U1NIU0lH", b"U1NIU0lI"),
    ],
)
def test_truncated_empty_doubled_and_damaged(team, run, spoil) -> None:
    data = run.request("ana", ROLE)
    bad = spoil(team.sign("ana", data))
    with pytest.raises(NotSigned):
        run.take(data, bad)
    run.force(data, bad)
    assert run.reasons()


def test_a_name_that_was_typed_where_keys_are_asked_for(team, run) -> None:
    run.add(e.SignOffGiven(step=run.step(ROLE).id, role=ROLE, name="Ana Lovelace", meaning="approved"))
    assert "a name was typed" in run.reasons()


def test_a_statement_that_does_not_tell_the_truth(team, run) -> None:
    data = run.request("ana", ROLE)
    told = read_statement(data)
    job = told.steps[1].jobs[0]
    lies = [
        {"steps": told.steps[1:]},
        {"steps": (*told.steps, told.steps[0])},
        {"steps": (msgspec.structs.replace(told.steps[0], state="skipped"), *told.steps[1:])},
        {
            "steps": (
                told.steps[0],
                msgspec.structs.replace(told.steps[1], jobs=(msgspec.structs.replace(job, exit=0, output="0" * 64),)),
                *told.steps[2:],
            )
        },
        {"outputs": 7},
        {"plan": "0" * 64},
        {"document": "0" * 64},
        {"gates": ({"condition": "all is well", "verdict": "pass"},)},
        {"material": "0" * 64},
        {"head": "0" * 64},
        {"policy": ""},
        {"title": "Another release"},
    ]
    for lie in lies:
        if "gates" in lie:
            lie = {"gates": msgspec.convert(lie["gates"], type(told.gates) | tuple)}
            from runbook_tui.signing.statement import SignedGate

            lie = {"gates": (SignedGate(condition="all is well", verdict="pass"),)}
        bad = edited(data, **lie)
        run.force(bad, team.sign("ana", bad))
        assert run.reasons(), lie
        with pytest.raises(NotSigned):
            run.take(bad, team.sign("ana", bad))


def test_an_output_changed_after_it_was_signed(team, run) -> None:
    run.sign("ana", ROLE)
    name = next(job.output for job in run.state.jobs.values())
    run.blobs[name] = b"applied, really\n"
    found = run.verify()
    assert found.exit_code == 5
    assert "output" in {one.code for one in found.findings}


def test_a_step_signed_without_touch_where_the_role_wants_it(team) -> None:
    run = Run(team, policy=POLICY.replace(b"default: {}", b"default: {touch: yes}"))
    data = run.request("ana", ROLE)
    run.force(data, team.sign("ana", data))
    assert "a key that is touched" in run.reasons()


def test_certified_keys_count_for_the_name_in_the_certificate_only(team, tmp_path) -> None:
    ca = tmp_path / "ca"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", ca], check=True)
    certified = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", certified], check=True)
    line = " ".join((tmp_path / "ca.pub").read_text().split()[:2])
    signers = f'ana@example.org cert-authority,namespaces="*@runbook-tui" {line}\n'.encode()
    for principal, good in (("ana@example.org", True), ("ben@example.org", False)):
        words = [
            "ssh-keygen",
            "-q",
            "-s",
            ca,
            "-I",
            "x",
            "-n",
            principal,
            "-V",
            "-10w:+520w",
            certified.with_suffix(".pub"),
        ]
        subprocess.run(words, check=True)
        run = Run(team, signers=signers)
        run.now = run.now.replace(year=2027)
        data = run.request("ana", ROLE)
        subprocess.run(
            ["ssh-keygen", "-q", "-Y", "sign", "-f", tmp_path / "id-cert.pub", "-n", "signoff-v1@runbook-tui", "-"],
            input=data, check=True, capture_output=True,
        )  # fmt: skip
        signature = subprocess.run(
            ["ssh-keygen", "-q", "-Y", "sign", "-f", tmp_path / "id-cert.pub", "-n", "signoff-v1@runbook-tui"],
            input=data, check=True, capture_output=True,
        ).stdout  # fmt: skip
        run.force(data, signature)
        assert (run.reasons() == "") is good, run.reasons()


@pytest.mark.parametrize(
    "line",
    ["*@example.org", "ana@example.org,ben@example.org", "an?@example.org", "аna@example.org", '"ana@example.org"'],
)
def test_lines_that_would_let_a_key_be_anybodys_count_for_nothing(team, line) -> None:
    run = Run(team, signers=f'{line} namespaces="*@runbook-tui" {team.public("mallory")}\n'.encode())
    data = run.request("ana", ROLE)
    run.force(data, team.sign("mallory", data))
    assert "counts for nothing" in run.reasons()


def test_bare_lines_and_shared_keys_count_for_nothing(team) -> None:
    bare = Run(team, signers=f"ana@example.org {team.public('ana')}\n".encode())
    data = bare.request("ana", ROLE)
    bare.force(data, team.sign("ana", data))
    assert "namespaces=" in bare.reasons()
    shared = (team.line("ana") + team.line("ana", principal="ben@example.org")).encode()
    both = Run(team, signers=shared)
    data = both.request("ana", ROLE)
    both.force(data, team.sign("ana", data))
    assert "have the same key" in both.reasons()
