"""A session that spans several blocks is known by where it is left."""

from runbook_tui.document.reader import read

UPGRADE = """# Upgrade a node

## Steps

1. Drain it.

   ```sh
   ssh mq-1
   sudo drain
   ```

2. Upgrade it.

   ```sh
   sudo apt-get install -y mq=3.13
   sudo systemctl start mq
   ```

3. Take it back in and leave.

   ```sh
   sudo revive
   exit
   kubectl get pods
   ```

## After it

```sh
systemctl status mq
```
"""


def test_what_stands_before_the_exit_is_typed_on_the_host():
    commands = read(UPGRADE.encode(), "node.md").commands
    inside = [command.text for command in commands if command.in_session]
    assert inside == ["sudo drain", "sudo apt-get install -y mq=3.13", "sudo systemctl start mq", "sudo revive", "exit"]
    assert all(not command.runnable for command in commands if command.in_session)
    assert {command.said_target for command in commands if command.in_session} == {"mq-1"}
    assert [command.text for command in commands if command.runnable] == [
        "ssh mq-1",
        "kubectl get pods",
        "systemctl status mq",
    ]


def test_without_an_exit_what_administers_a_machine_is_not_offered():
    text = UPGRADE.replace("   exit\n", "")
    commands = {command.text: command for command in read(text.encode(), "node.md").commands}
    assert not commands["sudo systemctl start mq"].runnable
    assert commands["sudo systemctl start mq"].said_target is None  # which machine it is, nobody has said
    assert commands["kubectl get pods"].runnable


def test_a_debug_pod_is_a_session():
    text = "# T\n\n```bash\nkubectl debug node/$N -it --image=debug:5\nnvidia-smi\nexit\nkubectl get nodes\n```\n"
    assert [command.text for command in read(text.encode(), "d.md").commands if command.in_session] == [
        "nvidia-smi",
        "exit",
    ]


def test_a_variable_of_a_session_is_used_in_it():
    text = (
        "# T\n\n## Open it\n\n```sh\nkubectl exec -it deploy/box -- bash\nexport BS=kafka:9092\n```\n\n"
        "## Look\n\n```sh\nkafka-topics.sh --bootstrap-server $BS --list\n```\n\n```sh\nkubectl get pods\n```\n"
    )
    commands = read(text.encode(), "k.md").commands
    assert [command.runnable for command in commands] == [True, False, False, True]
    assert commands[2].annotations["session"].startswith("kubectl exec")


def test_roots_prompt_alone_is_told_and_not_run():
    text = "# T\n\nOn both servers:\n\n```\n# systemctl stop vault\n# rpm -Uvh vault-11.rpm\n```\n"
    commands = read(text.encode(), "r.md").commands
    assert [(command.text, command.runnable) for command in commands] == [
        ("systemctl stop vault", False),
        ("rpm -Uvh vault-11.rpm", False),
    ]


def test_headings_in_a_fence_are_no_prompts():
    text = "# T\n\n```\n# Overview of the system\n# What it is for\n```\n"
    assert read(text.encode(), "h.md").commands == ()


def test_the_content_of_a_file_is_not_typed():
    text = "# T\n\nCreate a file `migrate.env` with the following content:\n\n```bash\nHOST=db1\nSIZE=5\n```\n\n```bash\nrun.sh $HOST\n```\n"
    assert [command.why_not for command in read(text.encode(), "e.md").commands][:1] == ["env-file"]
