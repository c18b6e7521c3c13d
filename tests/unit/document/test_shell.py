"""A fence becomes the things an operator would type, one after the other."""

import pytest

from runbook_tui.document import shell
from runbook_tui.document.runbook import Behaviour, Effect
from runbook_tui.document.shell import Comment, Typed


def typed(text):
    return [piece for piece in shell.split(text.split("\n"), 1) if isinstance(piece, Typed)]


def texts(text):
    return [piece.text for piece in typed(text)]


@pytest.mark.parametrize(
    "whole",
    [
        "kubectl set image deploy/a \\\n  a=registry/a:2",
        "cat <<EOF | kubectl apply -f -\nkind: Pod\nEOF",
        "for host in a b; do\n  ping -c1 $host\ndone",
        "ps aux |\n  grep api",
        "echo 'two\nlines'",
        "cd /srv && ls",
        "date; uptime",
        "if true; then\n  ls\nfi",
        "restart() {\n  ls\n}",
    ],
)
def test_one_thing_typed_is_one_command(whole):
    assert texts(f"{whole}\nls -l") == [whole, "ls -l"]


def test_lines_are_those_of_the_file():
    pieces = shell.split(["# one", "ls \\", "  -l", "", "date"], 10)
    assert [(type(piece), piece.line) for piece in pieces] == [(Comment, 10), (Typed, 11), (Typed, 14)]
    assert pieces[1].end_line == 12


def test_prompts_go_and_output_is_dropped():
    found = typed("$ kubectl get pods\nNAME   READY\napi-0  1/1\n$ cat <<EOF\n> hello\n> EOF\nhello\n$ date")
    assert [item.text for item in found] == ["kubectl get pods", "cat <<EOF\nhello\nEOF", "date"]
    assert {item.prompt for item in found} == {"$"}


@pytest.mark.parametrize("prompt", ["$ ", "root@db-1:~# ", "[ops@web /srv]$ ", "sh-4.4# ", "(venv) $ "])
def test_prompts_of_many_shells(prompt):
    assert texts(f"{prompt}uptime\n 10:00 up 3 days") == ["uptime"]


def test_a_variable_at_the_start_is_no_prompt():
    assert texts("$HOME/bin/tool --check") == ["$HOME/bin/tool --check"]


@pytest.mark.parametrize(
    "line",
    [
        "sum(rate(http_requests_total[5m])) > 1",
        'up{job="api"} == 0',
        "*/5 * * * * root /usr/local/bin/prune",
        "SELECT * FROM users;",
        "apiVersion: v1",
        "- name: api",
        "NAME READY STATUS",
        "deployment.apps/api configured",
        "✓ REGION=eu",
        "Please run the following on every host",
        "echo $(ls",
    ],
)
def test_what_is_no_command_is_not_offered(line):
    (only,) = typed(line)
    assert only.problem is not None
    assert only.effect is Effect.UNKNOWN


def test_a_broken_line_spoils_only_itself():
    found = typed("kubectl get pods\nfoo: bar (baz)\nuptime")
    assert [item.problem is None for item in found] == [True, False, True]


def test_the_body_of_a_broken_loop_never_runs_alone():
    assert [item.problem for item in typed("for h in a b; do\n  rm -rf /srv/$h\n")] == ["not-shell"]


def test_a_blank_after_the_backslash_is_taken_away_and_told():
    (only,) = typed("rm -rf /srv/old \\ \n  --verbose")
    assert only.text == "rm -rf /srv/old \\\n  --verbose"
    assert only.split_backslash


@pytest.mark.parametrize("line", ["kubectl get <pod name> -n <ns>", "curl https://{{ host }}/x", "ssh [HOST] uptime"])
def test_placeholders_do_not_spoil_the_grammar(line):
    (only,) = typed(line)
    assert only.problem is None


@pytest.mark.parametrize(
    ("line", "effect"),
    [
        ("kubectl get pods -A", Effect.READ),
        ("kubectl rollout status deploy/api", Effect.READ),
        ("kubectl rollout undo deploy/api", Effect.CHANGE),
        ("kubectl -n delete get pods", Effect.READ),
        ("kubectl delete pod api-0", Effect.DESTROY),
        ("sudo systemctl status api", Effect.READ),
        ("systemctl restart api", Effect.CHANGE),
        ("rm -rf /var/cache/x", Effect.DESTROY),
        ("sudo rm x", Effect.DESTROY),
        ("find /tmp -name '*.log' -delete", Effect.DESTROY),
        ("ls /tmp | xargs rm", Effect.DESTROY),
        ("git status", Effect.READ),
        ("git push --force origin main", Effect.DESTROY),
        ("curl -s https://x/health", Effect.READ),
        ("curl -X POST https://x/deploy", Effect.CHANGE),
        ("echo hi > /etc/motd", Effect.CHANGE),
        ("ls > /dev/null 2>&1", Effect.READ),
        ("psql -c 'SELECT 1'", Effect.READ),
        ("psql -c 'DROP TABLE users'", Effect.DESTROY),
        ("psql <<SQL\ntruncate users;\nSQL", Effect.DESTROY),
        ("ssh web-1 'rm -rf /srv'", Effect.DESTROY),
        ("ssh web-1 <<'EOF'\nrm -rf /srv\nEOF", Effect.DESTROY),
        ("aws s3 ls", Effect.READ),
        ("aws ec2 terminate-instances --instance-ids i-1", Effect.DESTROY),
        ("terraform plan", Effect.READ),
        ("helm uninstall api", Effect.DESTROY),
        ("docker compose ps", Effect.READ),
        ("python scripts/check.py", Effect.CHANGE),
        ("./deploy.sh", Effect.CHANGE),
        ("cd /srv", Effect.READ),
        ("echo $(rm x)", Effect.DESTROY),
    ],
)
def test_the_effect_is_known_or_taken_for_a_change(line, effect):
    (only,) = typed(line)
    assert only.effect is effect


@pytest.mark.parametrize(
    ("line", "behaviour"),
    [
        ("watch kubectl get pods", Behaviour.ENDLESS),
        ("kubectl logs -f deploy/api", Behaviour.ENDLESS),
        ("tail -f /var/log/syslog", Behaviour.ENDLESS),
        ("journalctl -u api -f", Behaviour.ENDLESS),
        ("kubectl port-forward svc/api 8080", Behaviour.ENDLESS),
        ("while true; do date; done", Behaviour.ENDLESS),
        ("docker-compose up", Behaviour.ENDLESS),
        ("docker-compose up -d", None),
        ("kubectl port-forward svc/api 8080 &", None),
        ("timeout 30 tail -f x", None),
        ("kubectl apply -f x.yaml", None),
        ("vi /etc/hosts", Behaviour.INTERACTIVE),
        ("kubectl edit deploy/api", Behaviour.INTERACTIVE),
        ("kubectl exec -it api-0 -- sh", Behaviour.INTERACTIVE),
        ("psql", Behaviour.INTERACTIVE),
        ("psql < dump.sql", None),
        ("psql -c 'select 1'", None),
        ("crontab -e", Behaviour.INTERACTIVE),
        ("ssh web-1", Behaviour.INTERACTIVE),
        ("ssh web-1 uptime", None),
    ],
)
def test_what_never_ends_or_wants_a_terminal_is_marked(line, behaviour):
    (only,) = typed(line)
    assert only.behaviour is behaviour


@pytest.mark.parametrize(
    "opener", ["ssh ops@web-1", "ssh -i key -p 22 web-1", "su - postgres", "sudo -i", "sudo su -", "oc debug node/a",
               "docker exec -it db bash", "kubectl exec -it api-0 -- /bin/sh", "chroot /host"],
)  # fmt: skip
def test_what_follows_a_session_opener_belongs_to_the_session(opener):
    found = typed(f"uptime\n{opener}\nrm -rf /srv/old\nexit\ndate")
    assert [item.in_session for item in found] == [False, False, True, True, False]
    assert found[1].opens_session


@pytest.mark.parametrize(
    "code",
    [
        "uv sync",
        "kubectl rollout status",
        "./deploy.sh",
        "ls -la data/x",
        "sudo systemctl stop api",
        "RELEASE=2 make ship",
    ],
)
def test_inline_code_that_clearly_is_a_command(code):
    assert shell.looks_typed(code)


@pytest.mark.parametrize(
    "code",
    [
        "numpy",
        "MODE=production",
        "/health/live",
        "config/app.yaml",
        "ls",
        "models/final.zip",
        "Deployment",
        "make = fast",
    ],
)
def test_inline_code_that_is_only_a_name(code):
    assert not shell.looks_typed(code)
