"""What is shown so that nobody types it, what a machine with a name was told, and shells that a platform opens."""

import pytest

from runbook_tui.document.reader import read


def commands(text):
    return [(one.text, one.why_not) for one in read(f"# R\n\n{text}\n".encode(), "r.md").commands]


@pytest.mark.parametrize(
    "lead",
    [
        "**NEVER** do this (March 2023, a night of repairs):",
        "Do not run this:",
        "Please do NOT do this, even if somebody says so; the site is down then:",
    ],
)
def test_what_a_lead_forbids_is_not_offered(lead):
    assert commands(f"{lead}\n\n```sh\nkubectl delete ns billing\n```") == [("kubectl delete ns billing", "forbidden")]


@pytest.mark.parametrize(
    "lead", ["Do not run this if you are on Helm:", "Do not run this before the dump is done:", "Never wait, run this:"]
)
def test_what_is_forbidden_only_sometimes_is_offered(lead):
    assert commands(f"{lead}\n\n```sh\nkubectl delete ns billing\n```") == [("kubectl delete ns billing", None)]


def test_a_comment_over_a_command_forbids_it():
    block = "```sh\n# DON'T - this emptied the bucket in 2021\naws s3 rm s3://b --recursive\n```"
    assert commands(block) == [("aws s3 rm s3://b --recursive", "forbidden")]
    assert commands("```sh\n# don't forget the flag\naws s3 ls\n```") == [("aws s3 ls", None)]


def test_a_machine_with_a_name_has_a_prompt():
    typed = commands("```\nceremony# sha256sum /dev/sr0\nceremony# umount /mnt\n```")
    assert [text for text, _ in typed] == ["sha256sum /dev/sr0", "umount /mnt"]
    assert commands("```yaml\nreplicas# of the old one\n```") == []


def test_a_platform_opens_a_shell():
    typed = commands("```sh\nheroku run -a shop -- bash\n~ $ bin/rails runner 'X.y'\n~ $ exit\n```")
    assert typed == [
        ("heroku run -a shop -- bash", None),
        ("bin/rails runner 'X.y'", "session"),
        ("exit", "session"),
    ]
    assert commands("```sh\nheroku run -a shop rake db:migrate\n```") == [("heroku run -a shop rake db:migrate", None)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("In-place upgrade of the primary with `pg_upgrade --link`, then the replicas are built anew.", "mentioned"),
        ("On the node (all commands with `sudo -i`):", "mentioned"),
        ("Restart it with `systemctl restart shop`.", None),
        ("We do this with `pg_upgrade --link`.", "mentioned"),
        ("We upgrade in place using `pg_upgrade --link`.", "mentioned"),
        ("`shopctl validate --all` with exit 1: do not go on.", "mentioned"),
        ("If the package is wrong, deprecate it with `npm deprecate shop@1.0`.", None),
    ],
)
def test_a_means_is_asked_for_only_where_something_is_asked(text, why):
    assert [reason for _, reason in commands(text)] == [why]
