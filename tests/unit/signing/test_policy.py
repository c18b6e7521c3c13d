"""policy.yaml: who may do what, and that everything else is denied."""

import pytest

from runbook_tui.document.runbook import Effect
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
