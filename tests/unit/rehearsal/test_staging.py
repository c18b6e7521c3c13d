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
