"""What is typed at root's prompt on another machine, and what only tells what a command does, is never offered here."""

from runbook_tui.document.reader import read


def offered(text):
    return [command.text for command in read(f"# T\n\n{text}\n".encode(), "root.md").commands if command.runnable]


SESSION = "## Diagnosis\n\n```console\n$ ssh cp-1\n$ sudo -i\n# etcdctl endpoint status\n```\n\n"


def test_a_prompt_of_root_in_a_later_section_stands_in_the_session_of_the_first():
    text = SESSION + "## Mitigation\n\n```console\n# etcdctl defrag --endpoints=https://10.0.0.2:2379\nFinished\n```\n"
    assert offered(text) == ["ssh cp-1"]


def test_an_assignment_at_the_prompt_of_root_is_read():
    text = (
        SESSION + '## Compact\n\n```console\n# rev=$(etcdctl endpoint status -w json)\n# etcdctl compact "$rev"\n```\n'
    )
    runbook = read(f"# T\n\n{text}\n".encode(), "root.md")
    assert [command.text for command in runbook.commands][-2:] == [
        "rev=$(etcdctl endpoint status -w json)",
        'etcdctl compact "$rev"',
    ]
    assert offered(text) == ["ssh cp-1"]


def test_a_prompt_of_root_without_a_session_is_as_before():
    assert offered("```console\n# systemctl restart nginx\n```") == ["systemctl restart nginx"]


def test_what_a_command_does_is_no_request_to_type_it():
    assert offered("`argocd app rollback web` switches auto-sync off.") == []
    assert offered("`argocd app rollback web` to go back.") == ["argocd app rollback web"]


def test_a_letter_that_stands_for_a_number_is_filled_in():
    runbook = read(b"# T\n\n```bash\nansible-playbook restart.yml --limit kafka-N\nmake -N\n```\n", "n.md")
    assert [placeholder.text for placeholder in runbook.placeholders] == ["kafka-N"]
