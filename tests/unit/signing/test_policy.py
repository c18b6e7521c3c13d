"""policy.yaml: who may do what, and that everything else is denied."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.document.runbook import Effect
from runbook_tui.document.spellings import spellings
from runbook_tui.run.authority import ALONE, Deed, missing_before
from runbook_tui.signing.policy_file import BadPolicy, read_policy
from tests.unit.run.documents import command

TEAM = b"""
automatic_rollback: {on: true, countdown: 30s}
people:
  ana@example.org: {name: Ana Lovelace, roles: [SRE, Driver]}
  ben@example.org: {name: Ben Bitdiddle, roles: [QA Lead], also: [ben@old.example.org]}
  cy@example.org: [QA Lead]
drive: [driver]
override: [Incident Commander]
sign:
  default: {}
  Engineering Lead: {by: [SRE], deputies: [ben@example.org], after: [QA Lead], driver: yes}
  QA Lead: {count: 2}
second_person: [destroy, "kubectl delete *"]
session: 10m
profiles:
  production: {second_person: [change, destroy, unknown], drive: [ana@example.org], session: 5m}
"""


@pytest.fixture
def team():
    return read_policy(TEAM)


def test_one_person_alone_may_do_everything() -> None:
    for data in (None, b"", b"notify: ['slack://x']", b"automatic_rollback: on"):
        policy = read_policy(data)
        assert policy == ALONE
        assert all(policy.may(None, deed) for deed in Deed)
        assert not policy.needs_second(command("x", "rm -rf /", effect=Effect.DESTROY), "production")
        assert policy.refuses_signer("ana", "QA Lead") is None


def test_what_a_policy_does_not_allow_is_denied(team) -> None:
    assert team.may("ana@example.org", Deed.DRIVE)
    assert "does not allow ben@example.org to drive" in team.refuses("ben@example.org", Deed.DRIVE)
    assert "nobody has proved" in team.refuses(None, Deed.DRIVE)
    assert "nobody" in team.refuses("ana@example.org", Deed.ROLL_BACK)
    assert team.refuses("ana@example.org", Deed.OVERRIDE)
    assert team.may("ana@example.org", Deed.TAKE)
    assert not team.may("ben@example.org", Deed.TAKE)
    assert team.may(None, Deed.STOP), "who watches may stop, unless it is said who may"
    assert read_policy(TEAM + b"stop: [SRE]\n").refuses("ben@example.org", Deed.STOP)
    assert team.may("ben@example.org", Deed.SECOND)
    assert not team.may("mallory@example.org", Deed.SECOND)


def test_a_second_person_by_effect_by_text_and_by_profile(team) -> None:
    destroys, changes = command("a", "drop", effect=Effect.DESTROY), command("b", "touch x", effect=Effect.CHANGE)
    deletes = command("c", "kubectl  delete pod/x", effect=Effect.READ)
    assert [team.needs_second(one) for one in (destroys, changes, deletes)] == [True, False, True]
    assert [team.needs_second(one, "production") for one in (destroys, changes, deletes)] == [True, True, False]
    assert (team.session_of(), team.session_of("production")) == (600, 300)


@pytest.mark.parametrize(
    "text",
    [
        "kubectl delete ns shop",
        "sudo kubectl delete ns shop",
        "sudo -n kubectl delete ns shop",
        "sudo -u deploy -E kubectl delete ns shop",
        "time -p kubectl delete ns shop",
        "nohup nice -n 5 ionice -c 2 -n 7 kubectl delete ns shop &",
        "timeout 30 kubectl delete ns shop",
        "KUBECONFIG=/root/k kubectl delete ns shop",
        "env -i KUBECONFIG=/root/k kubectl delete ns shop",
        "echo ok && kubectl delete ns shop",
        "cd /srv; kubectl delete ns shop || true",
        "kubectl get ns -o name | xargs -n 1 kubectl delete",
        "for ns in shop; do\n  kubectl delete ns $ns\ndone",
        "if true; then kubectl delete ns shop; fi",
        "(kubectl delete ns shop)",
        "echo $(kubectl delete ns shop)",
        "kubectl \\\n  delete ns shop",
        "kubectl -n shop delete deploy/api",
        "kubectl --context=prod delete ns shop",
        "/usr/local/bin/kubectl delete ns shop",
        "\\kubectl delete ns shop",
        "'kubectl' delete ns shop",
        "bash -c 'kubectl delete ns shop'",
        'sudo bash -ec "kubectl delete ns shop"',
        "ssh bastion kubectl delete ns shop",
        "ssh bastion 'sudo kubectl delete ns shop'",
        "ssh bastion <<'EOF'\nkubectl delete ns shop\nEOF",
        "docker exec tools sh -c 'kubectl delete ns shop'",
        "kubectl exec tools -- kubectl delete ns shop",
        "find . -name '*.yaml' -exec kubectl delete -f {} +",
        "kubectl delete ns <name>",
    ],
)
def test_a_pattern_names_a_command_however_it_is_written(team, text) -> None:
    assert team.needs_second(command("c", text, effect=Effect.READ))


@pytest.mark.parametrize(
    "text",
    [
        "kubectl get ns", "echo 'kubectl delete ns shop'", "# kubectl delete ns shop", "sudo grep kubectl delete.log",
        "cat > note.md <<'EOF'\nkubectl delete ns shop\nEOF", "kubectl describe pod delete", "",
    ],
)  # fmt: skip
def test_a_pattern_names_nothing_else(team, text) -> None:
    assert not team.needs_second(command("c", text, effect=Effect.READ))


@given(st.text(st.sampled_from("abk \n;|&$()<>'\"\\-=/{}"), max_size=80))
def test_any_text_has_spellings(text) -> None:
    assert next(spellings(text)) == " ".join(text.split())
    assert all(isinstance(one, str) for one in spellings(text))


@pytest.mark.parametrize(("word", "times"), [("sudo ", 500), ("a -- ", 500), ("bash -c '", 50), ("ssh h ", 300)])
def test_no_text_has_so_many_spellings_that_anybody_waits(word, times) -> None:
    begun = time.process_time()
    assert len(list(spellings(word * times))) < 10_000
    assert time.process_time() - begun < 2


def test_a_pattern_is_held_against_the_values_too() -> None:
    policy = read_policy(b"people: {a@b.c: []}\nsecond_person: ['kubectl delete ns prod*', 'rm <dir>']\n")
    deletes, removes = command("c", "sudo kubectl delete ns <name>"), command("d", "rm  <dir>")
    assert not policy.needs_second(deletes)
    assert policy.needs_second(deletes, filled="sudo kubectl delete ns prod-eu")
    assert not policy.needs_second(deletes, filled="sudo kubectl delete ns test")
    assert policy.needs_second(removes, filled="rm /tmp/x")


def test_who_signs_a_role(team) -> None:
    assert team.refuses_signer("ana@example.org", "engineering  lead") is None
    assert team.refuses_signer("ben@example.org", "Engineering Lead") is None
    assert team.is_deputy("ben@example.org", "Engineering Lead")
    assert not team.is_deputy("ana@example.org", "Engineering Lead")
    assert team.refuses_signer("cy@example.org", "Engineering Lead")
    assert team.refuses_signer("ben@example.org", "Product Owner")
    assert missing_before(team, "Engineering Lead", {}) == ("QA Lead",)
    assert missing_before(team, "Engineering Lead", {"qa lead": 1}) == ()
    assert team.rule_for("QA Lead").count == 2
    assert not team.rule_for("anything else").driver


def test_an_author_is_known_by_any_of_their_addresses(team) -> None:
    assert team.is_author("ben@example.org", ["Ben@Old.example.org "])
    assert team.is_author("ben@example.org", ["ben bitdiddle"])
    assert not team.is_author("ana@example.org", ["ben@old.example.org"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"drivers: [ana]\ndrive: ana", "drivers"),
        (b"people: [ana]", "people"),
        (b"people: {'a*': {}}", "wildcards"),
        (b'people: {ana: {name: "a\\x1b[31m"}}', "printed"),
        (b"people: {ana: {rolls: [x]}}", "rolls"),
        (b"sign: {QA: {count: 0}}", "count"),
        (b"sign: {QA: {driver: perhaps}}", "yes or no"),
        (b"second_person: [destory]", "destory"),
        (b"session: soon", "session"),
        (b"drive: [1]", "names"),
        (b"drive: *x", "cannot be read"),
        (b"\xff\xff\x00drive", "cannot be read"),
    ],
)
def test_a_policy_with_a_mistake_is_no_policy(text, says) -> None:
    with pytest.raises(BadPolicy, match=says.replace("*", ".")):
        read_policy(text)
