"""What well-known programs do to the system they run on: look, change, destroy.

The reading ones are an allow-list: whatever is not known to only look is taken to change something.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document.runbook import Effect


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_READERS = _set(
    """ls ll cat head tail grep egrep fgrep rg zgrep zcat cut uniq wc jq echo printf date hostname whoami id groups
    uname uptime df du free ps pgrep pidof top htop vmstat iostat mpstat sar lsof netstat ss ping ping6 dig
    nslookup host traceroute tracepath mtr which whereis type command test [ [[ true false pwd cd pushd popd env
    printenv stat file tree less more man history lscpu lsblk lspci lsusb lsmod blkid nproc getent last who w
    groups getconf sleep wait diff cmp comm md5sum sha1sum sha256sum sha512sum cksum base64 tr column nl tac rev
    fold paste join seq expr bc basename dirname realpath readlink strings xxd od hexdump export unset set alias
    shopt umask ulimit local declare typeset readonly : exit return break continue logout watch yes cal tty
    locale dmesg journalctl stern k9s whois arp rpcinfo showmount nvidia-smi rocm-smi numactl ldd nm objdump
    promtool amtool test-connection trap jobs fg bg logcli popeye kubectx kubens read let shift getopts times
    hash fd bat"""
)
_DESTROYERS = _set(
    """rm rmdir shred dd wipefs fdisk parted sgdisk truncate userdel groupdel lvremove vgremove pvremove reboot
    shutdown poweroff halt dropdb dropuser mkswap srm unlink killall"""
)
_SHELL_STATE = _set("source . eval exec")

# program -> (words that read, words that destroy); every other word changes
_VERBS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    name: (_set(reading), _set(destroying))
    for names, reading, destroying in (
        (
            "kubectl oc k",
            "get describe logs top version api-resources api-versions explain cluster-info diff wait events whoami",
            "delete drain",
        ),
        ("helm", "list ls status get history template show lint diff search version env verify", "uninstall delete"),
        (
            "docker podman nerdctl",
            "ps logs inspect images stats top version info port diff history search events",
            "rm rmi prune kill",
        ),
        ("docker-compose", "ps logs config images top version port events ls", "rm down kill"),
        (
            "git",
            "status log diff show describe rev-parse ls-files ls-remote blame shortlog reflog cat-file grep",
            "clean",
        ),
        (
            "systemctl",
            "status is-active is-enabled is-failed list-units list-unit-files list-timers show cat get-default",
            "",
        ),
        ("service", "status", ""),
        ("terraform tofu", "plan show output validate version providers graph", "destroy"),
        ("ip", "a addr address r route l link neigh n rule -s -br show", ""),
        ("apt apt-get dnf yum apk brew", "list show search info check-update policy", "remove purge autoremove erase"),
        ("pip pip3", "list show freeze check", "uninstall"),
        ("npm yarn pnpm", "ls list view outdated audit", "uninstall"),
        ("crictl ctr", "ps images inspect logs pods stats info version", "rm rmi rmp"),
        ("redis-cli", "get info ping keys scan ttl exists dbsize llen monitor role hgetall", "flushall flushdb del"),
        ("etcdctl", "get member endpoint watch version check", "del"),
        ("zpool zfs", "list status get", "destroy"),
        ("vault consul nomad", "status read list members version", "delete destroy"),
        ("rabbitmqctl", "status list_queues list_users cluster_status ping", "delete_queue purge_queue reset"),
        ("openssl", "x509 s_client verify version ciphers crl", ""),
        ("argocd argo flux", "list get logs history diff version", "delete uninstall"),
        ("ceph", "-s status health df", ""),
        ("crontab", "-l", "-r"),
        ("ufw iptables nft", "status -L -S -nL -vnL list", "-F flush"),
        ("mount", "-l", ""),
        ("uv", "tree version", ""),
    )
    for name in names.split()
}  # fmt: skip
_CLOUD = _set("aws gcloud az gsutil doctl oci")
_CLOUD_READS = re.compile(
    r"^(?:describe|list|get|show|ls|stat|cat|wait|lookup|head|filter|batch-get)(?:-|$)|^(?:version"
    r"|get-caller-identity)$"
)
_CLOUD_DESTROYS = re.compile(r"^(?:delete|terminate|remove|rm|rb|purge|destroy|deregister)(?:-|$)")
_WRAPPERS = _set(
    "sudo doas nohup time timeout nice ionice stdbuf env command builtin exec setsid xargs watch "
    "caffeinate unbuffer chrt"
)
_WRAPPER_OPTIONS_WITH_VALUE = _set("-u -g -n -I -i -P -d -L -k -s --interval --user --group -C -h -p -r -c")
CONSOLES = _set("psql mysql mariadb mongo mongosh redis-cli sqlite3 cqlsh influx clickhouse-client")
EDITORS = frozenset(
    [
        "vi",
        "vim",
        "nvim",
        "nano",
        "emacs",
        "pico",
        "ed",
        "less",
        "more",
        "man",
        "top",
        "htop",
        "btop",
        "nvtop",
        "nvitop",
        "k9s",
        "lazygit",
        "tmux",
        "screen",
        "visudo",
        "passwd",
        "vipw",
        "dialog",
        "whiptail",
        "mysql_secure_installation",
        "dpkg-reconfigure",
        "mc",
        "tig",
        "ranger",
        "raspi-config",
        "fg",
        "ftp",
        "sftp",
        "telnet",
    ]
)
REPLS = _set("python python3 node irb ruby iex julia R ghci lua perl bc")
SHELLS = _set("sh bash zsh ash dash ksh fish csh tcsh")
_SSH_VALUE = _set("-b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w")
_SQL_DESTROYS = re.compile(r"\b(?:drop|truncate|delete\s+from)\b", re.IGNORECASE)
_SQL_READS = re.compile(r"^[\s'\"]*(?:select|show|explain|describe|\\d|\\l|with|analyze)\b", re.IGNORECASE)
_KNOWN_ELSE = _set(
    """make cmake ansible ansible-playbook ansible-galaxy scp rsync sftp tar gzip gunzip unzip zip cp mv mkdir touch ln
    chmod chown chgrp tee sed awk gawk find xargs curl wget http https nc ncat ssh su sudo doas kill pkill mkfs
    useradd usermod groupadd passwd sysctl modprobe rmmod insmod ufw go cargo mvn gradle java poetry pipenv
    pytest tox nox npx bundle rake rails php composer dotnet flyway liquibase alembic pg_dump pg_restore
    pg_dumpall pg_ctl pg_basebackup createdb mysqldump mongodump mongorestore nginx apachectl haproxy
    supervisorctl pm2 gunicorn uvicorn uvx bun deno conda mamba virtualenv packer vagrant minikube kind k3s
    kubeadm kustomize skaffold gh glab hub jfrog trivy snyk cosign skopeo buildah gpg ssh-keygen ssh-copy-id
    ssh-add locust k6 ab wrk hey vegeta screen tmux mkfs.ext4 mkfs.xfs lvextend resize2fs xfs_growfs swapoff
    swapon hostnamectl timedatectl loginctl networkctl resolvectl chronyc ntpq rustup sbt lerna nx eksctl kops
    velero istioctl linkerd cilium calicoctl tctl temporal sentry-cli newrelic datadog-agent journalctl logger
    wall at batch nodetool cassandra-stress kafka-topics kafka-consumer-groups kafka-topics.sh
    kafka-consumer-groups.sh pulsar-admin gitlab-ctl gitlab-rake gitlab-rails knife chef-client puppet salt
    pvcreate vgcreate lvcreate mdadm zypper pacman snap flatpak dpkg rpm update-ca-certificates certbot keytool
    patroni patronictl repmgr pgbouncer proxysql wal-g pgbackrest barman restic borg rclone s3cmd mc aws-vault
    sops age kubeseal bpftrace perf strace ltrace tcpdump tshark nmap iperf iperf3 ethtool nmcli ifconfig route
    arping dcgmi nvidia-ctk srun sbatch squeue sinfo scontrol scancel torchrun deepspeed accelerate wandb dvc
    mlflow airflow dbt prefect dagster bq gsutil fly flyctl heroku vercel netlify wrangler firebase pulumi cdk
    sam serverless sls amplify copilot ecs-cli cf ibmcloud linode-cli hcloud scw juju microk8s rancher rke if
    for while until case function select time"""
)


def known(program: str) -> bool:
    """Whether the word is the name of a program (or builtin) that runbooks use."""
    return (
        program in _READERS
        or program in _DESTROYERS
        or program in _VERBS
        or program in _CLOUD
        or program in _WRAPPERS
        or program in CONSOLES
        or program in EDITORS
        or program in REPLS
        or program in SHELLS
        or program in _SHELL_STATE
        or program in _KNOWN_ELSE
        or re.fullmatch(r"(?:python|pip|java|node|php|ruby|gcc|clang)[\d.]*", program) is not None
    )


def unwrapped(words: Sequence[str]) -> Sequence[str]:
    """The words without sudo, timeout, env A=B and the like in front."""
    while words and name_of(words[0]) in _WRAPPERS:
        wrapper = name_of(words[0])
        rest = list(words[1:])
        while rest and (rest[0].startswith("-") or (wrapper in {"env", "sudo"} and "=" in rest[0])):
            option = rest.pop(0)
            if option == "--":
                break
            if option in _WRAPPER_OPTIONS_WITH_VALUE and rest:
                if wrapper == "sudo" and option in {"-i", "-s"}:
                    continue
                rest.pop(0)
        if wrapper == "timeout" and rest:
            rest.pop(0)
        if not rest:
            return words
        words = rest
    return words


def effect(words: Sequence[str]) -> Effect:
    """What one simple command does."""
    words = unwrapped(words)
    if not words:
        return Effect.READ
    name, rest = name_of(words[0]), list(words[1:])
    plain = [word for word in rest if not word.startswith("-")]
    if name in _WRAPPERS:
        return Effect.READ if name in {"env", "command", "time", "watch"} else Effect.CHANGE
    if name in _DESTROYERS or name.startswith("mkfs"):
        return Effect.DESTROY
    if len(rest) == 1 and rest[0] in {"--version", "-V", "--help", "version", "-version", "-v"}:
        return Effect.READ
    if name in _CLOUD:
        return _worst(
            Effect.DESTROY if any(_CLOUD_DESTROYS.match(word) for word in plain[:5]) else Effect.READ,
            Effect.READ if any(_CLOUD_READS.match(word) for word in plain[:5]) else Effect.CHANGE,
        )
    if name in CONSOLES and name != "redis-cli":
        return _of_sql(" ".join(rest))
    if name in _VERBS or (name == "docker" and plain[:1] == ["compose"]):
        return _by_verb(name, rest, plain)
    if name in {"source", "."}:
        return Effect.READ if rest and rest[0].endswith("activate") else Effect.CHANGE
    special = _by_option(name, rest, plain)
    if special is not None:
        return special
    return Effect.READ if name in _READERS else Effect.CHANGE


def _by_verb(name: str, rest: list[str], plain: list[str]) -> Effect:
    if (
        name in {"docker", "podman"}
        and plain[:1]
        and plain[0] in {"compose", "container", "image", "volume", "system", "network"}
    ):
        name = "docker-compose" if plain[0] == "compose" else name
        rest = [word for word in rest if word != plain[0]]
        if plain[1:2] and plain[1] in {"ls", "df"}:
            return Effect.READ
    reading, destroying = _VERBS[name]
    plain = [word for word in _without_values(rest) if not word.startswith("-")]
    verb = next(
        (word for word in _without_values(rest) if word in reading or word in destroying), plain[0] if plain else ""
    )
    second = plain[plain.index(verb) + 1] if verb in plain and plain.index(verb) + 1 < len(plain) else ""
    if name == "git":
        if verb in {"push", "reset"} and {"--force", "-f", "--hard", "--force-with-lease", "--delete"} & set(rest):
            return Effect.DESTROY
        if verb in {"branch", "tag", "remote", "stash"}:
            return Effect.READ if not second or second in {"list", "show", "-v", "get-url"} else Effect.CHANGE
    if name in {"kubectl", "oc", "k"}:
        first = plain[0] if plain else ""
        if first in {"rollout", "auth", "config"}:
            looking = {
                "status",
                "history",
                "can-i",
                "whoami",
                "view",
                "get-contexts",
                "current-context",
                "get-clusters",
            }
            return Effect.READ if second in looking or (set(plain[1:2]) & looking) else Effect.CHANGE
        if first == "exec" and "--" in rest:
            return effect(rest[rest.index("--") + 1 :])
        if verb == "delete" or first == "drain" or (first == "replace" and "--force" in rest):
            return Effect.DESTROY
        if "scale" in plain and any(word in {"--replicas=0", "--replicas 0"} for word in rest):
            return Effect.CHANGE
        verb = first or verb
    if name == "docker" and verb == "exec":
        return Effect.CHANGE
    if name == "ip":
        return Effect.CHANGE if {"add", "del", "set", "flush", "replace"} & set(plain) else Effect.READ
    if name == "mount" and not rest:
        return Effect.READ
    if name in {"terraform", "tofu"} and ("-destroy" in rest or verb == "destroy"):
        return Effect.DESTROY
    if name in {"terraform", "tofu"} and verb in {"state", "workspace"}:
        return Effect.READ if second in {"list", "show", "pull"} else Effect.CHANGE
    if verb in destroying:
        return Effect.DESTROY
    if name == "service":
        return Effect.READ if "status" in plain else Effect.CHANGE
    return Effect.READ if verb in reading else Effect.CHANGE


def _by_option(name: str, rest: list[str], plain: list[str]) -> Effect | None:
    options = set(rest)
    match name:
        case "sed" | "yq":
            return Effect.CHANGE if any(word.startswith(("-i", "--in-place")) for word in rest) else Effect.READ
        case "awk" | "gawk":
            return Effect.READ
        case "sort":
            return Effect.CHANGE if options & {"-o", "--output"} else Effect.READ
        case "find":
            if "-delete" in options or ({"-exec", "-execdir", "-ok"} & options and {"rm", "shred"} & options):
                return Effect.DESTROY
            return Effect.CHANGE if {"-exec", "-execdir", "-ok", "-fprint"} & options else Effect.READ
        case "curl" | "wget" | "http" | "https":
            if any(word in {"DELETE", "-XDELETE"} for word in rest):
                return Effect.DESTROY
            writing = (
                "-d",
                "--data",
                "-T",
                "--upload",
                "-F",
                "--form",
                "-XP",
                "--json",
                "-O",
                "--remote-name",
                "--post",
            )
            if any(word.startswith(writing) for word in rest) or {"POST", "PUT", "PATCH"} & options:
                return Effect.CHANGE
            if name == "wget":
                return Effect.READ if options & {"-qO-", "-O-", "--spider"} else Effect.CHANGE
            outputs = [rest[at + 1] for at, word in enumerate(rest[:-1]) if word in {"-o", "--output"}]
            return Effect.CHANGE if any(path != "/dev/null" for path in outputs) else Effect.READ
        case "tar":
            return Effect.READ if plain[:1] and re.fullmatch(r"-?\w*t\w*", rest[0]) else Effect.CHANGE
        case "sysctl":
            return (
                Effect.CHANGE
                if options & {"-w", "-p", "--system"} or any("=" in word for word in plain)
                else Effect.READ
            )
        case "dmesg":
            return Effect.CHANGE if options & {"-c", "-C", "--clear"} else Effect.READ
        case "journalctl":
            return Effect.DESTROY if any(word.startswith("--vacuum") for word in rest) else Effect.READ
        case "nvidia-smi":
            short = (
                "-r",
                "-pm",
                "-pl",
                "-lgc",
                "-lmc",
                "-rgc",
                "-rmc",
                "-mig",
                "-e",
                "-c",
                "-am",
                "-ac",
                "--gpu-reset",
                "--persistence-mode",
                "--power-limit",
                "--lock",
                "--reset",
                "--compute-mode",
            )
            return (
                Effect.CHANGE
                if any(word.split("=")[0] in short or word.startswith("--gpu-reset") for word in rest)
                else Effect.READ
            )
        case "dpkg" | "rpm":
            return (
                Effect.READ
                if any(re.match(r"^(?:-l|-L|-s|-S|-q|--list|--query|--status)", word) for word in rest)
                else Effect.CHANGE
            )
        case "nc" | "ncat" | "telnet":
            return Effect.READ
        case "ssh":
            _, remote = ssh(rest)
            return effect(remote[0].split() if len(remote) == 1 else remote) if remote else Effect.CHANGE
        case "hostname":
            return Effect.CHANGE if plain else Effect.READ
        case "date":
            return Effect.CHANGE if options & {"-s", "--set"} else Effect.READ
        case "read" | "tee":
            return Effect.CHANGE if name == "tee" and set(plain) - {"/dev/null"} else Effect.READ
        case _ if name in SHELLS and rest[:1] in (["-c"], ["-lc"]) and len(rest) > 1:
            return effect(rest[1].split())
        case _:
            return None


def _of_sql(text: str) -> Effect:
    if _SQL_DESTROYS.search(text):
        return Effect.DESTROY
    found = re.search(r"(?:-c|-e|--command|--execute|--eval)[= ]?(.*)", text)
    if found and _SQL_READS.search(found[1]):
        return (
            Effect.CHANGE
            if re.search(r"\b(?:insert|update|alter|create|grant)\b", found[1], re.IGNORECASE)
            else Effect.READ
        )
    return Effect.READ if re.search(r"(?:^|\s)(?:-l|--list|--version)\b", text) else Effect.CHANGE


def ssh(rest: list[str]) -> tuple[str | None, list[str]]:
    """The host of an ssh command and the remote command."""
    at = 0
    while at < len(rest):
        word = rest[at]
        if word in _SSH_VALUE:
            at += 2
        elif word.startswith("-"):
            at += 1
        else:
            return word, rest[at + 1 :]
    return None, []


def _without_values(rest: list[str]) -> list[str]:
    """The words without the values of kubectl's and helm's common options, so that `-n delete` is no verb."""
    words: list[str] = []
    skip = False
    for word in rest:
        if skip:
            skip = False
        elif word in {
            "-n",
            "--namespace",
            "--context",
            "--kubeconfig",
            "-l",
            "--selector",
            "-f",
            "--filename",
            "-o",
            "-c",
            "-C",
            "-H",
        }:
            skip = True
        else:
            words.append(word)
    return words


def name_of(word: str) -> str:
    return word.rsplit("/", 1)[-1]


_RANK = {Effect.READ: 0, Effect.UNKNOWN: 1, Effect.CHANGE: 2, Effect.DESTROY: 3}


def _worst(*effects: Effect) -> Effect:
    return max(effects, key=_RANK.__getitem__)


worst = _worst
