"""What a document says about where its commands run: kept as written, never obeyed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.document import hosts
from runbook_tui.document.reader import read


def said(*lines: str, label: str = "bash") -> list[tuple[str, str | None]]:
    text = "# T\n\n## Do it\n\n```" + label + "\n" + "\n".join(lines) + "\n```\n"
    return [(command.text, command.said_target) for command in read(text.encode(), "t.md").commands]


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("ssh web1", "web1"),
        ("ssh root@web1 'systemctl restart api'", "root@web1"),
        ("ssh -t deploy@web1 sudo systemctl restart api", "deploy@web1"),
        ("ssh -i ~/.ssh/key -p 2222 deploy@web1", "deploy@web1:2222"),
        ("ssh -tp2222 -ldeploy web1 uptime", "deploy@web1:2222"),
        ("ssh -J bastion -o StrictHostKeyChecking=yes web1", "web1"),
        ("ssh ssh://deploy@web1:2222/ uptime", "deploy@web1:2222"),
        ("ssh -p 22 root@2001:db8::7", "root@[2001:db8::7]:22"),
        ("sudo -u deploy ssh web1 uptime", "web1"),
        ("ssh root@<node-ip> reboot", "root@<node-ip>"),
        ("ssh -i <keyfile> <user>@<host> -p <port> uptime", "<user>@<host>"),
        ("ssh web1 <<'EOF'\nuptime\nEOF", "web1"),
        ("ssh web1 uptime; ssh web1 df -h", "web1"),
        ("ssh web1 uptime; ssh web2 uptime", None),
        ("ssh $HOST uptime", None),
        ("for h in a b; do ssh $h uptime; done", None),
        ("ssh", None),
        ("ssh -V", None),
        ("ssh -G web1", None),
        ("ssh -fN -L 8080:localhost:80 web1", None),
        ("ssh -O exit web1", None),
        ("ssh -4tA web1 uptime", "web1"),
        ("scp app.tar deploy@web1:/srv/", None),
        ("rsync -a -e ssh ./ deploy@web1:/srv/", None),
        ("ssh-copy-id deploy@web1", None),
        ("kubectl exec -it api-0 -- sh -c 'df -h'", "kubectl:api-0"),
        ("kubectl -n prod exec deploy/api -c app -- ls", "kubectl:prod/deploy/api"),
        ("kubectl exec api-0 -n prod -- ls", "kubectl:prod/api-0"),
        ("kubectl exec --namespace=prod api-0 -- ls -n x", "kubectl:prod/api-0"),
        ("kubectl exec $POD -- ls", None),
        ("kubectl get pods -n prod", None),
        ("docker exec -it -u root api bash", "docker:api"),
        ("docker ps", None),
        ("systemctl restart api", None),
    ],
)
def test_where_a_command_goes(text, host):
    assert said(*text.split("\n")) == [(text, host)]


def test_what_follows_ssh_is_typed_there():
    assert said("ssh -l deploy web1", "cd /srv", "sudo -i", "systemctl stop api", "exit", "ls", "exit", "uptime") == [
        ("ssh -l deploy web1", "deploy@web1"),
        ("cd /srv", "deploy@web1"),
        ("sudo -i", "deploy@web1"),
        ("systemctl stop api", "deploy@web1"),
        ("exit", "deploy@web1"),
        ("ls", "deploy@web1"),
        ("exit", "deploy@web1"),
        ("uptime", None),
    ]


def test_a_session_in_a_session_is_the_inner_one():
    assert said("ssh bastion", "ssh web1", "uptime", "kubectl exec -it api-0 -- bash", "ls", "psql", "select 1;")[
        1:
    ] == [
        ("ssh web1", "bastion"),
        ("uptime", "web1"),
        ("kubectl exec -it api-0 -- bash", "web1"),
        ("ls", "kubectl:api-0"),
        ("psql", "kubectl:api-0"),
        ("select 1;", None),
    ]


def test_a_place_nobody_can_name_is_not_the_machine_around_it():
    assert said("ssh web1", "chroot /mnt /bin/bash", "sudo -i", "rm -rf /var/cache")[1:] == [
        ("chroot /mnt /bin/bash", "web1"),
        ("sudo -i", None),
        ("rm -rf /var/cache", None),
    ]


def test_an_account_on_this_machine_is_no_other_machine():
    assert said("sudo -i", "systemctl stop api") == [("sudo -i", None), ("systemctl stop api", None)]


@pytest.mark.parametrize(
    ("prompt", "host"),
    [
        ("[root@web1 ~]#", "root@web1"),
        ("[root@web1]#", "root@web1"),
        ("root@web1:~#", "root@web1"),
        ("(venv) deploy@web1.example.org:/srv$", "deploy@web1.example.org"),
        ("db1:~$", "db1"),
        ("$", None),
        ("sh-4.4#", None),
        ("/ #", None),
        ("user@localhost:~$", None),
        ("user@host:~$", None),
        ("root@3f2a9c1b7d4e:/#", None),
        ("root@api-7d9f6c5b8f-x2x7z:/app#", None),
    ],
)
def test_a_prompt_says_where_it_was_typed(prompt, host):
    assert said(f"{prompt} df -h", "Filesystem  Size", label="console") == [("df -h", host)]


def test_the_host_that_was_reached_counts_before_the_name_in_the_prompt():
    assert said(
        "$ ssh deploy@10.0.0.7", "[deploy@web1 ~]$ uptime", "[deploy@web1 ~]$ sudo -i", "[root@web1 ~]# df -h"
    ) == [
        ("ssh deploy@10.0.0.7", "deploy@10.0.0.7"),
        ("uptime", "deploy@10.0.0.7"),
        ("sudo -i", "deploy@10.0.0.7"),
        ("df -h", "deploy@10.0.0.7"),
    ]


def test_a_session_that_a_block_left_open_goes_on_in_the_next():
    text = "# T\n\n## Do\n\n```bash\nssh web1\n```\n\nOnce connected:\n\n```bash\nsystemctl stop api\n```\n"
    commands = read(text.encode(), "t.md").commands
    assert [(command.said_target, command.in_session) for command in commands] == [("web1", False), ("web1", True)]


def test_it_is_never_the_target():
    text = "# T\n\n```bash\nssh web1\nuptime\n```\n"
    assert {command.target for command in read(text.encode(), "t.md").commands} == {None}


words = st.lists(st.text(st.sampled_from("ab-@:$[]=/ tp"), max_size=6), max_size=6)


@given(st.sampled_from(["ssh", "kubectl", "docker", "oc", "mosh", "sudo"]), words)
def test_any_words_are_read(program, rest):
    found = hosts.goes_to([program, *rest])
    assert found is None or ("$" not in found and "\n" not in found and found)
