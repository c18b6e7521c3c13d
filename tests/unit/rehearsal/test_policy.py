"""What a policy may say of rehearsals."""

import pytest

from runbook_tui.gate_policy import BadPolicy
from runbook_tui.rehearsed import RehearsalPolicy, of_mapping
from runbook_tui.signing.policy_file import read_policy


@pytest.mark.parametrize(
    ("said", "policy"),
    [
        (None, RehearsalPolicy()),
        (False, RehearsalPolicy()),
        ("required", RehearsalPolicy(required=True)),
        ({"max_age": "7d"}, RehearsalPolicy(required=True, max_age=7 * 86_400)),
        ({"required": True, "profiles": ["prod"]}, RehearsalPolicy(required=True, profiles=("prod",))),
    ],
)
def test_what_it_says(said, policy):
    assert of_mapping(said, "p") == policy


@pytest.mark.parametrize("said", ["yes please", 3, {"max_age": "soon"}, {"max_agee": "7d"}, {"required": "x"}])
def test_a_slip_of_the_pen_is_refused(said):
    with pytest.raises(BadPolicy, match="rehearsal"):
        of_mapping(said, "p")


def test_it_asks_only_in_its_profiles():
    assert RehearsalPolicy(required=True, profiles=("prod",)).asks("prod")
    assert not RehearsalPolicy(required=True, profiles=("prod",)).asks("default")
    assert not RehearsalPolicy().asks("prod")


def test_the_other_reader_of_the_policy_knows_the_key():
    assert read_policy(b"rehearsal: required\ndrive: [anyone]\n").present
