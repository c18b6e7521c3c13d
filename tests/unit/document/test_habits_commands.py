"""Habits of writers, one small document each: what is typed, what is not, and why."""

import pytest

from runbook_tui.document import syntax
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Behaviour, Effect, Source


def commands(text):
    return read(text.encode(), "habit.md").commands


def said(text):
    return [(command.text, command.why_not) for command in commands(text)]


def block(label, *rows):
    return "# T\n\n```" + label + "\n" + "\n".join(rows) + "\n```\n"


RUN = None

HABITS = {
    "zsh prompts": (block("console", "% brew update", "==> Updated"), [("brew update", RUN)]),
    "curl's progress is no prompt": (
        block("bash", "curl -O https://x/y.tgz", "  % Total    % Received % Xferd", "100  1270  100  1270"),
        [("curl -O https://x/y.tgz", RUN)],
    ),
    "a prompt without a blank": (block("console", "[root@db-1 ~]#systemctl stop api"), [("systemctl stop api", RUN)]),
    "user@host prompts": (
        block("", "deploy@web-1:/srv/app$ git pull", "Already up to date."),
        [("git pull", "unlabelled")],
    ),
    "a Mac's prompt": (block("shell", "ana@mbp src % make test", "ok"), [("make test", RUN)]),
    "a pod's prompt is inside": (block("console", "root@api-0:/app# ls -l", "total 4"), [("ls -l", RUN)]),
    "a debug shell's prompt is inside": (
        block("console", "sh-4.4# cat /etc/os-release"),
        [("cat /etc/os-release", "session")],
    ),
    "psql's prompt": (
        block("console", "$ psql -U app", "app=> SELECT 1;", " ?column?", "app=> \\q", "$ date"),
        [("psql -U app", RUN), ("SELECT 1;", "other-shell"), ("\\q", "other-shell"), ("date", RUN)],
    ),
    "SQL over several lines at a prompt": (
        block("console", "mysql> SELECT a", "    -> FROM b;", "+---+", "| a |"),
        [("SELECT a\nFROM b;", "other-shell")],
    ),
    "continuation prompts": (
        block("console", "$ cat <<EOF", "> a", "> EOF", "a", "$ date"),
        [("cat <<EOF\na\nEOF", RUN), ("date", RUN)],
    ),
    "a backslash and a continuation prompt": (
        block("console", "$ kubectl get pods \\", "> -n api", "NAME"),
        [("kubectl get pods \\\n-n api", RUN)],
    ),
    "python's prompt is no shell": (block("", ">>> import os", ">>> os.getcwd()"), []),
    "a prompt with nothing typed": (block("console", "$ date", "Mon", "$"), [("date", RUN)]),
    "only prompted lines are commands": (
        block("bash", "$ make build", "rm -f x.o", "cc -o x x.c"),
        [("make build", RUN)],
    ),
    "a variable at the start": (block("bash", "$HOME/bin/tool --check"), [("$HOME/bin/tool --check", RUN)]),
    "root's prompt with output": (
        block("bash", "# pvs", "  PV  VG Fmt  Attr PSize", "# vgs -o +tags"),
        [("pvs", RUN), ("vgs -o +tags", RUN)],
    ),
    "comments are no root prompts": (
        block("bash", "# check the pods", "kubectl get pods", "# find the one that fails", "kubectl logs api-0"),
        [("kubectl get pods", RUN), ("kubectl logs api-0", RUN)],
    ),
    "commented out": (block("bash", "# systemctl restart api"), [("systemctl restart api", "commented")]),
    "root's prompt after sudo -i": (
        block("bash", "sudo -i", "# systemctl stop api", "# Replication", "# exit", "date"),
        [("sudo -i", RUN), ("systemctl stop api", "session"), ("exit", "session"), ("date", RUN)],
    ),
    "a table under a command": (
        block("bash", "kubectl get pods", "NAME    READY   STATUS", "redis   1/1     Running", "", "kubectl get svc"),
        [("kubectl get pods", RUN), ("kubectl get svc", RUN)],
    ),
    "JSON under a command": (block("bash", "curl -s x/health", '{"status": "ok"}'), [("curl -s x/health", RUN)]),
    "log lines under a command": (
        block("bash", "kubectl logs api", "2024-01-01 10:00:00 INFO it's up", "I0101 10:00:00.1 main.go:1] hi", "date"),
        [("kubectl logs api", RUN), ("date", RUN)],
    ),
    "an answer of one word": (block("bash", "systemctl is-active api", "active"), [("systemctl is-active api", RUN)]),
    "true as an answer": (
        block("bash", "kubectl get x -o jsonpath={.ok}", "true"),
        [("kubectl get x -o jsonpath={.ok}", RUN)],
    ),
    "PING's answer": (
        block("bash", "redis-cli ping", "PONG"),
        [("redis-cli ping", RUN)],
    ),
    "an object that changed": (
        block("bash", "kubectl apply -f x.yaml", "deployment.apps/api configured"),
        [("kubectl apply -f x.yaml", RUN)],
    ),
    "a script in a directory named like an object": (
        block("bash", "bin/rails db:migrate", "scripts/deploy prod"),
        [("bin/rails db:migrate", RUN), ("scripts/deploy prod", RUN)],
    ),
    "the words Expected output in the block": (
        block("bash", "make status", "", "Expected output:", "all 3 services up"),
        [("make status", RUN)],
    ),
    "output in a block of its own": (
        "# T\n\nYou should see something like:\n\n```bash\nkubectl is fine\n```\n",
        [("kubectl is fine", "output")],
    ),
    "a lead that asks and says what comes": (
        "# T\n\nRun the following, which should return 200:\n\n```bash\ncurl -sI https://x/\n```\n",
        [("curl -sI https://x/", RUN)],
    ),
    "export lines are commands": (
        block("bash", "export A=1", "export B=2"),
        [("export A=1", RUN), ("export B=2", RUN)],
    ),
    "constants are settings": (block("bash", "A=1", "B=2"), [("A=1\nB=2", "env-file")]),
    "exports for a file": (
        "# T\n\nAdd to your `~/.bashrc`:\n\n```bash\nexport A=1\n```\n",
        [("export A=1", "env-file")],
    ),
    "a computed value is typed": (block("bash", "IP=$(hostname -i)"), [("IP=$(hostname -i)", RUN)]),
    "crontab": (
        block("bash", "# every night", "0 3 * * * /usr/bin/prune"),
        [("# every night\n0 3 * * * /usr/bin/prune", "config")],
    ),
    "logrotate": (block("bash", "/var/log/x.log {", "  daily", "}"), [("/var/log/x.log {\n  daily\n}", "config")]),
    "a unit file": (
        block("sh", "[Unit]", "Description=x", "ExecStart=/bin/x"),
        [("[Unit]\nDescription=x\nExecStart=/bin/x", "config")],
    ),
    "nginx": (block("bash", "server {", "  listen 80;", "}"), [("server {\n  listen 80;\n}", "config")]),
    "YAML": (block("shell", "spec:", "  replicas: 3"), [("spec:\n  replicas: 3", "config")]),
    "JSON": (block("bash", "{", '  "a": 1', "}"), [('{\n  "a": 1\n}', "config")]),
    "a Dockerfile": (block("bash", "FROM alpine", "RUN apk add curl"), [("FROM alpine\nRUN apk add curl", "config")]),
    "HCL": (block("bash", 'resource "a" "b" {', "  x = 1", "}"), [('resource "a" "b" {\n  x = 1\n}', "config")]),
    "SQL": (block("bash", "select count(*) from users;"), [("select count(*) from users;", "not-shell")]),
    "PromQL": (
        block("bash", 'sum by (pod) (rate(http_requests_total{job="api"}[5m]))'),
        [('sum by (pod) (rate(http_requests_total{job="api"}[5m]))', "not-shell")],
    ),
    "LogQL": (block("bash", '{app="api"} |= "error"'), [('{app="api"} |= "error"', "not-shell")]),
    "Mongo": (block("bash", "db.users.find({a: 1})"), [("db.users.find({a: 1})", "not-shell")]),
    "Python": (block("bash", "import os", "print(os.name)"), [("import os\nprint(os.name)", "not-shell")]),
    "a diff": (block("bash", "--- a/x", "+++ b/x", "@@ -1 +1 @@"), [("--- a/x\n+++ b/x\n@@ -1 +1 @@", "config")]),
    "prose": (
        block("bash", "Make sure that the backup is there."),
        [("Make sure that the backup is there.", "not-shell")],
    ),
    "prose that starts like a command": (
        block("bash", "find the pod that is failing", "kubectl get pods"),
        [("find the pod that is failing", "not-shell"), ("kubectl get pods", RUN)],
    ),
    "Make's own notation": (
        block("bash", "docker push $(REGISTRY)/api"),
        [("docker push $(REGISTRY)/api", "not-shell")],
    ),
    "ticked values": (block("bash", "✓ REGION=eu"), [("✓ REGION=eu", "output")]),
    "an elision between commands": (block("bash", "make a", "...", "make b"), [("make a", RUN), ("make b", RUN)]),
    "a directory tree": (block("", "src/", "├── api", "└── web"), []),
    "a drawing": (block("text", "+----+   +----+", "| a  |-->| b  |"), []),
    "a message": (block("", "@here we are about to deploy the api"), []),
    "a commit message": (block("", "fix: stop the api", "", "- it was slow"), []),
    "unlabelled commands": (
        block("", "kubectl get pods", "kubectl logs api-0"),
        [("kubectl get pods", "unlabelled"), ("kubectl logs api-0", "unlabelled")],
    ),
    "unlabelled command with its output": (
        block("", "kubectl get pods", "NAME READY", "api 1/1"),
        [("kubectl get pods", "unlabelled")],
    ),
    "a wrapped command": (
        block("bash", "kubectl get pods", "  --namespace api"),
        [("kubectl get pods\n  --namespace api", "broken-line")],
    ),
    "a pipe at the start of the next line": (
        block("bash", "kubectl get pods", "  | grep api", "date"),
        [("kubectl get pods\n  | grep api", "broken-line"), ("date", RUN)],
    ),
    "a pipe at the end": (block("bash", "kubectl get pods |", "  grep api"), [("kubectl get pods |\n  grep api", RUN)]),
    "quotes over lines": (
        block("bash", "psql -c 'select 1", "", "from x'", "date"),
        [("psql -c 'select 1\n\nfrom x'", RUN), ("date", RUN)],
    ),
    "a heredoc with blank lines": (
        block("bash", "cat > f <<'EOF'", "a: it's", "", "# b", "EOF", "date"),
        [("cat > f <<'EOF'\na: it's\n\n# b\nEOF", RUN), ("date", RUN)],
    ),
    "YAML by heredoc": (
        block("bash", "kubectl apply -f - <<EOF", "kind: Pod", "---", "kind: Pod", "EOF"),
        [("kubectl apply -f - <<EOF\nkind: Pod\n---\nkind: Pod\nEOF", RUN)],
    ),
    "JSON as an argument": (
        block("bash", "curl -X POST x -d '{", '  "a": 1', "}'"),
        [("curl -X POST x -d '{\n  \"a\": 1\n}'", RUN)],
    ),
    "a script by its shebang": (block("bash", "#!/bin/sh", "ls", "date"), [("#!/bin/sh\nls\ndate", RUN)]),
    "a shebang over numbered steps is the head of a procedure": (
        block("bash", "#!/bin/bash", "# 1. Look", "ls", "# 2. Ask", "date"),
        [("ls", RUN), ("date", RUN)],
    ),
    "a script by set -e": (block("bash", "set -euo pipefail", "ls", "date"), [("set -euo pipefail\nls\ndate", RUN)]),
    "a script of another language": (
        block("bash", "#!/usr/bin/env python3", "print(1)"),
        [("#!/usr/bin/env python3\nprint(1)", "not-shell")],
    ),
    "a function and its call": (block("bash", "f() {", "  date", "}", "f now"), [("f() {\n  date\n}\nf now", RUN)]),
    "chains and subshells": (
        block("bash", "cd /srv && (ls; date)", "[ -f x ] && rm x"),
        [("cd /srv && (ls; date)", RUN), ("[ -f x ] && rm x", RUN)],
    ),
    "ssh with a command opens nothing": (
        block("bash", "ssh web-1 uptime", "date"),
        [("ssh web-1 uptime", RUN), ("date", RUN)],
    ),
    "after ssh": (
        block("bash", "ssh web-1", "sudo rm -rf /srv", "exit", "date"),
        [("ssh web-1", RUN), ("sudo rm -rf /srv", "session"), ("exit", "session"), ("date", RUN)],
    ),
    "tmux attach": (block("bash", "tmux attach", "ls"), [("tmux attach", RUN), ("ls", "session")]),
    "vagrant ssh": (block("bash", "vagrant ssh", "ls"), [("vagrant ssh", RUN), ("ls", "session")]),
    "gcloud compute ssh": (
        block("bash", "gcloud compute ssh vm-1 --zone z", "ls"),
        [("gcloud compute ssh vm-1 --zone z", RUN), ("ls", "session")],
    ),
    "redis-cli alone": (
        block("bash", "redis-cli -h cache", "FLUSHALL"),
        [("redis-cli -h cache", RUN), ("FLUSHALL", "session")],
    ),
    "Docusaurus attributes": (block('bash title="x.sh" {1,3}', "date"), [("date", RUN)]),
    "Pandoc attributes": (block("{.bash .numberLines}", "date"), [("date", RUN)]),
    "a label with a file": (block("bash:run.sh", "date"), [("date", RUN)]),
    "tildes": ("# T\n\n~~~~sh\ndate\n~~~\nls -l\n~~~~\n", [("date", RUN), ("ls -l", RUN)]),
    "PowerShell": (
        block("powershell", "Get-Service x `", "  -Verbose", "Stop-Service x"),
        [("Get-Service x `\n  -Verbose", "other-shell"), ("Stop-Service x", "other-shell")],
    ),
    "indented code": ("# T\n\nText\n\n    kubectl get pods\n", [("kubectl get pods", "unlabelled")]),
    "a fence in a quote": ("# T\n\n> ```bash\n> date\n> ```\n", [("date", RUN)]),
    "a fence on the marker's line": ("# T\n\n1. ```bash\n   date\n   ```\n", [("date", RUN)]),
    "a body at column 0": (
        "# T\n\n1. Do\n\n   ```bash\ndate\nls -l\n   ```\n\n2. Then\n",
        [("date", RUN), ("ls -l", RUN)],
    ),
    "a closing fence at column 0": (
        "# T\n\n- Do\n\n  ```bash\n  date\n```\n\nText `x`\n\n```bash\nls -l\n```\n",
        [("date", RUN), ("ls -l", RUN)],
    ),
    "closed with two marks": (
        "# T\n\n```bash\ndate\n``\n\nThen\n\n```bash\nls -l\n```\n",
        [("date", RUN), ("ls -l", RUN)],
    ),
    "never closed before the next block": (
        "# T\n\n```bash\ndate\n\nThen look at it:\n\n```bash\nls -l\n```\n",
        [("date", RUN), ("ls -l", RUN)],
    ),
    "never closed before a heading": (
        "# T\n\n```bash\ndate\n\n## After\n\n- [ ] Tell `make it`\n",
        [("date", RUN), ("make it", RUN)],
    ),
    "a fence on one line": ("# T\n\n```kubectl get pods```\n", [("kubectl get pods", "unlabelled")]),
    "a labelled fence on one line": ("# T\n\n```bash kubectl get pods```\n", [("kubectl get pods", RUN)]),
    "hidden characters": (block("bash", "ls \u202e-l"), [("ls ⟨U+202E⟩-l", "control-characters")]),
    "an admonition of four marks": ("# T\n\n````{warning}\nCareful.\n\n```bash\ndate\n```\n````\n", [("date", RUN)]),
    "the next block on the host": (
        "# T\n\n```bash\nssh web-1\n```\n\nOn the host:\n\n```bash\nls -l\n```\n",
        [("ssh web-1", RUN), ("ls -l", "session")],
    ),
    "the next block elsewhere": (
        "# T\n\n```bash\nssh web-1\n```\n\n## Local\n\nBack home:\n\n```bash\nls -l\n```\n",
        [("ssh web-1", RUN), ("ls -l", RUN)],
    ),
}


@pytest.mark.parametrize("name", HABITS)
def test_habits_in_blocks(name):
    text, expected = HABITS[name]
    assert said(text) == expected


SENTENCES = {
    "Run `kubectl get pods -n x` to see what fails.": [("kubectl get pods -n x", RUN)],
    "Then execute: `systemctl restart api`": [("systemctl restart api", RUN)],
    "Restart it with `systemctl restart api` and wait.": [("systemctl restart api", RUN)],
    "Use `kubectl get nodes` or `kubectl top nodes`.": [("kubectl get nodes", RUN), ("kubectl top nodes", RUN)],
    "The images were built with `docker build .` yesterday.": [],
    "We restarted it with `systemctl restart api` last time.": [],
    "Do not run `rm -rf /srv` here.": [],
    "Never use `kubectl delete ns api`; ask first.": [],
    "The output of `kubectl get pods` is long.": [],
    "The service can be restarted with `systemctl restart api`.": [("systemctl restart api", "mentioned")],
    "`kubectl get pods` hangs when the API is down.": [("kubectl get pods", "mentioned")],
    "The `redis` service and `docker` use `make`.": [],
    "Look at `config/app.yaml`, `--dry-run` and `LOG_LEVEL=debug`.": [],
    "See `https://x/y` and `/etc/hosts` and `/healthz`.": [],
    "The metric `node_load1` and `rate(x[5m]) > 1`.": [],
    "Query `SELECT 1` and `select * from x`.": [],
    "Run `htop`.": [("htop", RUN)],
    "The `find the pod` page.": [],
    "Set `replicas: 3` in `values.yaml`.": [],
    "The `git tag` of it.": [],
    "Type `exit` to leave.": [],
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_commands_in_sentences(sentence):
    assert said(f"# T\n\n{sentence}\n") == SENTENCES[sentence]


def test_commands_in_boxes_items_bullets_and_their_second_lines():
    text = (
        "# T\n\n- [ ] Tests green (`make test`)\n- [ ] Rolled out:\n      `kubectl rollout status deploy/a`\n"
        "- [ ] Images were built with `docker build .`\n\n## Steps\n\n1. `systemctl stop api`\n2. Look into `api.log`\n\n"
        "## Useful\n\n- `kubectl get pods` – the pods\n- the pods, with `kubectl` or the console\n"
    )
    assert [(c.text, c.why_not, c.line, c.source) for c in commands(text)] == [
        ("make test", None, 3, Source.INLINE),
        ("kubectl rollout status deploy/a", None, 5, Source.INLINE),
        ("systemctl stop api", None, 10, Source.INLINE),
        ("kubectl get pods", None, 15, Source.INLINE),
    ]


def test_commands_in_tables():
    text = "# T\n\n| What | Command |\n|---|---|\n| Pods | `kubectl get pods \\| grep api` |\n| Owner | `team-a` |\n| Note | as `git push` did |\n"
    assert [(c.text, c.why_not, c.line, c.source) for c in commands(text)] == [
        ("kubectl get pods | grep api", None, 5, Source.TABLE)
    ]


def test_directives_say_so():
    text = "# T\n\n```{code-block} bash\n:caption: x\n\ndate\n```\n"
    assert [(c.text, c.line, c.source) for c in commands(text)] == [("date", 6, Source.DIRECTIVE)]


def test_the_session_is_named():
    found = commands("# T\n\n```bash\nssh db-1\nls -l\n```\n")
    assert [c.annotations.get("session") for c in found] == [None, "ssh db-1"]


def test_the_way_back_belongs_to_the_last_change():
    found = commands(
        "# T\n\n<!-- rbt: rollback='undo it' -->\n\n```bash\nmake x\nkubectl scale deploy/a --replicas=2\nkubectl get pods\n```\n"
    )
    assert [c.undo for c in found] == [None, "undo it", None]


@pytest.mark.parametrize(
    ("line", "effect"),
    [
        ("kubectl apply -f x.yaml --dry-run=server", Effect.READ),
        ("kubectl delete pod a", Effect.DESTROY),
        ("kubectl -n a exec b -- cat /etc/hosts", Effect.READ),
        ("kubectl exec b -- sh -c 'rm -rf /x'", Effect.DESTROY),
        ("docker exec db psql -c 'select 1'", Effect.READ),
        ("docker ps -a", Effect.READ),
        ("docker system prune -af", Effect.DESTROY),
        ("docker compose down", Effect.CHANGE),
        ("docker compose down -v", Effect.DESTROY),
        ("git push --force", Effect.DESTROY),
        ("git reset --hard HEAD~1", Effect.DESTROY),
        ("git branch", Effect.READ),
        ("git checkout main", Effect.CHANGE),
        ("aws ecs update-service --service list", Effect.CHANGE),
        ("aws ec2 describe-instances --filters x", Effect.READ),
        ("aws s3 rm s3://b/x", Effect.DESTROY),
        ("gcloud compute instances list", Effect.READ),
        ("gcloud compute instances delete list-1", Effect.DESTROY),
        ("curl -sSL https://x | bash", Effect.CHANGE),
        ("curl -G -d q=1 https://x", Effect.READ),
        ("curl -XDELETE https://x/y", Effect.DESTROY),
        ("curl -s -o x https://x", Effect.CHANGE),
        ("curl -s -o /dev/null https://x", Effect.READ),
        ("grep x y > z", Effect.CHANGE),
        ("grep x y 2>/dev/null", Effect.READ),
        ("sed -i s/a/b/ x", Effect.CHANGE),
        ("sed -n 1p x", Effect.READ),
        ("find . -exec grep x {} +", Effect.READ),
        ("find . -exec rm {} \\;", Effect.DESTROY),
        ("psql -c 'SELECT 1'", Effect.READ),
        ("psql -c 'UPDATE x SET a=1'", Effect.CHANGE),
        ("mysql -e 'show processlist'", Effect.READ),
        ("psql -c 'select pg_terminate_backend(1)'", Effect.CHANGE),
        ("redis-cli info", Effect.READ),
        ("redis-cli FLUSHALL", Effect.DESTROY),
        ("rbt lab status", Effect.READ),
        ("rbt lab check", Effect.READ),
        ("rbt lab start", Effect.CHANGE),
        ("rbt doctor", Effect.READ),
        ("export A=1", Effect.READ),
        ("export A=$(rm x)", Effect.DESTROY),
        ("cat x | tee y", Effect.CHANGE),
        ("sudo -u postgres psql -c 'drop table x'", Effect.DESTROY),
        ("ssh web-1 sudo systemctl status api", Effect.READ),
        ("ssh web-1 'systemctl status api; rm -rf /x'", Effect.DESTROY),
        ("bash -c 'ls; shutdown now'", Effect.DESTROY),
        ("timeout 5 env A=1 rm x", Effect.DESTROY),
        ("ls | xargs -n1 kubectl delete pod", Effect.DESTROY),
        ("terraform destroy", Effect.DESTROY),
        ("terraform apply", Effect.CHANGE),
        ("helm uninstall a", Effect.DESTROY),
        ("helm diff upgrade a .", Effect.READ),
        ("iptables -F", Effect.DESTROY),
        ("kill -9 1", Effect.DESTROY),
        ("kill 1", Effect.CHANGE),
        ("dd if=a of=/dev/sda", Effect.DESTROY),
        ("mkfs.ext4 /dev/sdb", Effect.DESTROY),
        ("reboot", Effect.DESTROY),
        ("journalctl -u api", Effect.READ),
        ("systemctl --failed", Effect.READ),
        ("nginx -t", Effect.READ),
        ("nginx -s reload", Effect.CHANGE),
        ("./check.sh", Effect.CHANGE),
        ("rsync -a --delete a b", Effect.DESTROY),
        ("rsync -an a b", Effect.READ),
        ("kubectl drain node-1", Effect.DESTROY),
        ("kubectl cordon node-1", Effect.CHANGE),
        ("kubectl rollout history deploy/a", Effect.READ),
        ("kubectl config use-context a", Effect.CHANGE),
        ("etcdctl endpoint health", Effect.READ),
        ("openssl x509 -in a -noout -dates", Effect.READ),
        ("vault kv get secret/x", Effect.READ),
        ("for p in a b; do kubectl delete pod $p; done", Effect.DESTROY),
    ],
)
def test_effects(line, effect):
    (only,) = commands(block("bash", line))
    assert only.effect is effect


@pytest.mark.parametrize(
    ("line", "behaviour"),
    [
        ("kubectl get pods -w", Behaviour.ENDLESS),
        ("watch -n 5 date", Behaviour.ENDLESS),
        ("ping example.com", Behaviour.ENDLESS),
        ("ping -c 3 example.com", None),
        ("htop", Behaviour.INTERACTIVE),
        ("nano /etc/hosts", Behaviour.INTERACTIVE),
        ("read -p 'sure?' answer", Behaviour.INTERACTIVE),
        ("visudo", Behaviour.INTERACTIVE),
        ("less x.log", Behaviour.INTERACTIVE),
        ("grep x y | less", None),
        ("mysql -u root -p", Behaviour.INTERACTIVE),
        ("kubectl exec -it a -- psql -U x", Behaviour.INTERACTIVE),
        ("while true; do date; done", Behaviour.ENDLESS),
        ("until false; do date; done", Behaviour.ENDLESS),
        ("passwd ana", Behaviour.INTERACTIVE),
    ],
)
def test_behaviours(line, behaviour):
    (only,) = commands(block("bash", line))
    assert only.behaviour is behaviour


def test_variables_that_a_command_sets_and_uses():
    assert syntax.variables_set("export A=1 B=$C; read -r D; for e in x; do :; done; F=2 make") == {"A", "B", "D", "e"}
    assert syntax.variables_used("echo $A ${B} ${C:-x} '$D' \"$E\"; F=1; echo $F") == {"A", "B", "E"}
    assert syntax.variables_used("cat <<'EOF'\n$A\nEOF") == set()


def test_what_the_prose_says_to_replace_is_asked_for():
    text = (
        "# T\n\nReplace `10.0.0.1` with the IP of a\nRedis node, and change `web-1` to your host.\n\n"
        "```bash\nredis-cli -h 10.0.0.1 ping\nssh web-1 date\nssh web-2 date\n```\n\nIn the file, replace `web-2` with `web-3`.\n"
    )
    runbook = read(text.encode(), "habit.md")
    assert [command.placeholders for command in runbook.commands] == [("10.0.0.1",), ("web-1",), ()]
    assert [command.runnable for command in runbook.commands] == [False, False, True]
    assert [(blank.text, blank.kind, blank.first_line) for blank in runbook.placeholders] == [
        ("10.0.0.1", "declared", 7),
        ("web-1", "declared", 8),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "git commit --author 'Ana <ana@example.com>'",
        "if [[ x ]]; then ls; fi",
        "kubectl get pods -o go-template='{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}'",
        'kubectl get pods -o jsonpath="{.items[*].metadata.name}"',
        "find . -name '*.log' -exec ls {} \\;",
        "echo ${X:?msg} ${Y:-z}",
        "sort <in.txt >out.txt",
        "tar -xzf x.tgz --transform 's/[Ff]oo/bar/'",
        "jq '.[] | {name, id}' x.json",
        "seq {1..100}",
        "curl -w '%{http_code}' https://x",
    ],
)
def test_traps_are_no_placeholders(line):
    (only,) = commands(block("bash", line))
    assert only.placeholders == ()
    assert only.runnable


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("kubectl get pods -n <name of the ns>", "<name of the ns>"),
        ("deploy --to [[ region ]] now", " [[ region ]]"),
        ("kubectl logs {pod-name}", "{pod-name}"),
        ("ssh [HOST_NAME]", "[HOST_NAME]"),
        ("helm upgrade {{ release }} .", "{{ release }}"),
        ("./x --day YYYY-MM-DD", "YYYY-MM-DD"),
        ("git tag vX.Y.Z", "vX.Y.Z"),
        ("echo CHANGEME", "CHANGEME"),
        ("kubectl apply -f ...", "..."),
        ("curl https://your-domain.com/x", "your-domain.com"),
        ("dig XXXX.example.com", "XXXX"),
    ],
)
def test_placeholders_stop_a_command(line, found):
    (only,) = commands(block("bash", line))
    assert [text.strip() for text in only.placeholders] == [found.strip()]
    assert only.why_not == "placeholder"


def test_a_command_whose_outcome_was_handled_by_people_is_only_named():
    assert read(b"# T\n\n- [ ] `terraform plan` reviewed by a second engineer and attached\n", "x.md").commands == ()


@pytest.mark.parametrize(
    "text",
    [
        "`pricectl activate previous --shop all`, takes 8 seconds.",
        "> `ff set assistant --percent 100`",
        "Sign the bundle: `minisign -Sm bundle.tar`.",
    ],
)
def test_a_tool_of_the_house_that_stands_first_or_alone_is_typed(text):
    assert len(read(f"# T\n\n{text}\n".encode(), "x.md").commands) == 1
