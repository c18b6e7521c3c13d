"""Programs that runbooks use: their names, their verbs, and what stands in front of them."""

from __future__ import annotations

from collections.abc import Sequence

from runbook_tui.document.patterns import expression


def listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


READERS = listed(
    """ls ll cat head tail grep egrep fgrep rg zgrep zcat cut uniq wc jq echo printf date hostname whoami id groups
    uname uptime df du free ps pgrep pidof top htop vmstat iostat mpstat sar lsof netstat ss ping ping6 dig
    nslookup host traceroute tracepath mtr which whereis type command test [ [[ true false pwd cd pushd popd env
    printenv stat file tree less more man history lscpu lsblk lspci lsusb lsmod blkid nproc getent last who w
    groups getconf sleep wait diff cmp comm md5sum sha1sum sha256sum sha512sum cksum base64 tr column nl tac rev
    fold paste join seq expr bc basename dirname realpath readlink strings xxd od hexdump export unset set alias
    shopt umask ulimit local declare typeset readonly : exit return break continue logout watch yes cal tty
    locale dmesg journalctl lvs vgs pvs lvdisplay vgdisplay pvdisplay xfs_info findmnt swapon pg_isready
    stern k9s whois arp rpcinfo showmount nvidia-smi rocm-smi numactl ldd nm objdump
    promtool amtool test-connection trap jobs fg bg logcli popeye kubectx kubens read let shift getopts times
    hash fd bat pstree smartctl sensors iotop iftop nethogs dstat getfacl lsattr zdump
    mdless sha224sum tokei cloc column rocminfo nvtop nvitop ncdu traceroute6 delv ipcs lsns lsscsi hostid arch"""
)
DESTROYERS = listed(
    """rm rmdir shred dd wipefs fdisk parted sgdisk truncate userdel groupdel lvremove vgremove pvremove reboot
    shutdown poweroff halt dropdb dropuser mkswap srm unlink killall"""
)
# what stands behind a program's name where it only is named: "kubectl logs", "the helm chart"
NOUNS = listed(
    """config file files command commands process processes service services server servers cluster container
    containers pod pods client package module script database user instance instances log logs job jobs output
    operator exporter host hosts node nodes playbook chart charts release resource resources binary cli plugin
    api agent daemon port table query error errors repo repository image images keyspace topic topics queue
    account role roles"""
)
_SHELL_STATE = listed("source . eval exec")

# program -> (words that read, words that destroy); every other word changes
VERBS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    name: (listed(reading), listed(destroying))
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
        (
            "redis-cli",
            "get info ping keys scan ttl exists dbsize llen lrange monitor role hgetall hget smembers lastsave time",
            "flushall flushdb del unlink shutdown",
        ),
        ("etcdctl", "get member endpoint watch version check", "del"),
        ("zpool zfs", "list status get", "destroy"),
        ("vault consul nomad", "status read list members version get info", "delete destroy purge"),
        (
            "rabbitmqctl rabbitmq-diagnostics",
            "status cluster_status ping report environment",
            "delete_queue purge_queue reset force_reset",
        ),
        ("openssl", "x509 s_client verify version ciphers crl", ""),
        ("argocd argo flux", "list get logs history diff version", "delete uninstall"),
        ("ceph", "-s status health df", ""),
        ("crontab", "-l", "-r"),
        ("ufw iptables nft", "status -L -S -nL -vnL list", "-F flush"),
        ("mount", "-l", ""),
        ("uv", "tree version", ""),
        ("gh glab", "list view watch checks status diff browse", "delete"),
        ("resolvectl", "statistics status query dns domain", ""),
        (
            "loginctl timedatectl hostnamectl localectl networkctl",
            "list status show list-sessions list-timezones",
            "",
        ),
        ("rbt", "status show lint runs doctor verify stats gate gpu kernels", ""),
        ("mysqladmin", "status extended-status processlist ping variables version", "drop"),
        (
            "nodetool",
            "status info ring tpstats describecluster netstats compactionstats cfstats",
            "removenode decommission",
        ),
        ("supervisorctl pm2", "status list ls logs tail show describe", "delete"),
        ("pcs crm", "status", "destroy"),
        ("chronyc ntpq", "sources tracking sourcestats -p -pn", ""),
        ("patronictl repmgr", "list history show-config cluster topology", "remove"),
        ("kustomize", "build version", ""),
        ("minikube kind k3d", "status get profile version logs list", "delete"),
        (
            "istioctl linkerd cilium velero eksctl",
            "version analyze proxy-status check status get describe",
            "delete uninstall",
        ),
        ("alembic", "current history heads show branches", ""),
        ("go", "version env list vet", ""),
        ("cargo", "tree check metadata search", ""),
        ("airflow dbt prefect dagster celery", "list show status inspect debug", "delete"),
        ("sinfo squeue sacct", "", ""),
    )
    for name in names.split()
}  # fmt: skip
CLOUD = listed("aws gcloud az gsutil doctl oci bq ibmcloud hcloud linode-cli")
WRAPPERS = listed(
    "sudo doas nohup time timeout nice ionice stdbuf env command builtin exec setsid xargs watch "
    "caffeinate unbuffer chrt"
)
_WRAPPER_OPTIONS_WITH_VALUE = listed("-u -g -n -I -i -P -d -L -k -s --interval --user --group -C -h -p -r -c")
CONSOLES = listed("psql mysql mariadb mongo mongosh redis-cli sqlite3 cqlsh influx clickhouse-client")
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
REPLS = listed("python python3 node irb ruby iex julia R ghci lua perl bc")
SHELLS = listed("sh bash zsh ash dash ksh fish csh tcsh")
_SSH_VALUE = listed("-b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w")
_KNOWN_ELSE = listed(
    """make cmake ansible ansible-playbook ansible-galaxy scp rsync sftp tar gzip gunzip unzip zip cp mv mkdir touch ln
    chmod chown chgrp tee sed awk gawk find xargs curl wget http https nc ncat ssh su sudo doas kill pkill mkfs
    deactivate useradd usermod groupadd passwd sysctl modprobe rmmod insmod ufw go cargo mvn gradle java poetry pipenv
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
    arping dcgmi nvidia-ctk srun sbatch squeue sinfo scontrol scancel mpirun mpiexec
    torchrun deepspeed accelerate wandb dvc
    mlflow airflow dbt prefect dagster bq gsutil fly flyctl heroku vercel netlify wrangler firebase pulumi cdk
    sam serverless sls amplify copilot ecs-cli cf ibmcloud linode-cli hcloud scw juju microk8s rancher rke time
    lab gitlab gitaly praefect consul-template mysqladmin lvs vgs pvs resolvectl loginctl rabbitmqctl tensorboard
    rabbitmq-diagnostics k3d pcs crm sacct fuser losetup mount umount rbt cosign syft grype helmfile argo oras crane
    yq dasel envsubst getenforce setenforce semanage restorecon firewall-cmd netplan update-grub grub2-mkconfig
    dpkg-query apt-key add-apt-repository apt-mark yum-config-manager needs-restarting jcmd jstack jmap jps jstat
    py-spy rbspy gdb pgbench psqldef gost hashcat openssl sqlplus sqlcmd bcp kcat kafkacat nats rpk redis-server
    redis-benchmark memcached etcd kube-apiserver kubelet kubectl-argo-rollouts vmctl thanos mimirtool cortextool
    grafana-cli logrotate rsyslogd exportfs iscsiadm multipath drbdadm glusterfs gluster rbd rados radosgw-admin
    dnf5 rpm-ostree ostree bootc systemd-analyze systemd-run coredumpctl busctl machinectl subscription-manager
    chage chpasswd gpasswd newgrp setfacl chattr logname pwgen uuidgen shuf factor timeout parallel chroot nsenter
    unshare twine hatch flit pdm bump2version bumpversion pre-commit goreleaser semantic-release git-lfs bazel ant sbt
    xcodebuild fastlane adb flutter mix rebar3 cabal Rscript hugo mkdocs sphinx-build cypress playwright jest newman
    artillery jmeter gatling ruff flake8 mypy eslint prettier shellcheck yamllint golangci-lint rubocop bandit pip-audit
    huggingface-cli ollama nvcc postfix postqueue postsuper postconf postmap doveadm mailq sendmail swaks needrestart
    named-checkconf named-checkzone rndc apache2ctl httpd varnishadm keepalived conntrack ovs-vsctl virsh qm pct pvesh
    vzdump esxcli govc qemu-img virt-install mysqlcheck mysqlpump xtrabackup innobackupex gh-ost
    pt-online-schema-change vtctlclient vtctldclient pg_upgrade pg_receivewal pg_rewind pg_resetwal pg_verifybackup
    vacuumdb reindexdb initdb pg_lsclusters pg_ctlcluster mongoimport mongoexport openshift-install odo tkn kn
    kubeval kubeconform conftest opa kyverno cmctl cfssl saml2aws eb terragrunt tflint tfsec checkov infracost hadolint
    podman-compose docker-machine kafka-configs kafka-configs.sh kafka-console-consumer kafka-console-consumer.sh
    kafka-console-producer kafka-console-producer.sh kafka-reassign-partitions.sh kafka-acls.sh zkCli.sh zkcli
    rabbitmqadmin rabbitmq-plugins elasticsearch-plugin hdfs hadoop spark-submit beeline sqlfluff dbmate knex prisma
    django-admin drush wp artisan duplicity bconsole rsnapshot lvconvert lvrename vgchange vgextend lvreduce e2fsck
    fsck tune2fs xfs_repair xfs_freeze fsfreeze partprobe growpart cryptsetup nvme hdparm megacli storcli ipmitool
    nodeset clush pdsh dsh dshbak pdcp sacct sacctmgr sdiag sprio sshare sreport scancel srun sbatch salloc squeue
    sinfo slurmd slurmctld slurmdbd slapcat slapadd slapindex slaptest zstdcat zstdgrep xzcat bzcat
    racadm dmidecode lshw fwupdmgr wg wg-quick openvpn ipsec swanctl birdc vtysh socat netcat ipset ebtables
    fail2ban-client clamscan auditctl ausearch trufflehog gitleaks ldapsearch ldapmodify ldapadd kinit klist sssctl
    samba-tool smbclient zabbix_sender zabbix_get icinga2 telegraf buildkite-agent circleci direnv asdf nvm rbenv pyenv
    corepack tsc ts-node dracut update-initramfs mkinitramfs efibootmgr localedef update-alternatives debconf-show
    apt-cache dpkg-deb aptitude zcat pigz zstd xz bzip2 7z lz4 sqlite gcore crash sos sosreport must-gather tuned-adm
    cpupower turbostat kexec auditd chkconfig initctl rc-service rc-update monit circusctl unicornctl passenger-status
    pgloader pg_repack pgcli mycli litecli mycat proxysql-admin consul-replicate nsupdate dnscontrol octodns lego
    acme.sh unbound-control pdnsutil pdns_control kubectl-neat krew helm-diff stackctl tanka jb jsonnet cue dhall ytt
    kapp imgpkg kbld gcrane regctl nerdctl ctr crictl buildctl earthly dagger
    tilt devspace okteto telepresence crm_mon crm_resource crm_verify stonith_admin corosync-cfgtool kubent pluto
    etcdutl rauc fw_printenv fw_setenv impdp expdp rman sqlldr dgmgrl srvctl crsctl snmpget snmpwalk snmpset echoscu
    storescu findscu movescu dcmsend towncrier cli53 sonobuoy tsh multipathd pvmove dmsetup ipvsadm lldpcli mstflint
    mlxconfig mlxlink ibstat ibdiagnet perfquery pbsnodes qstat qsub qdel bsub bjobs bkill lctl mmlsfs mmgetstate
    mmshutdown mmstartup beegfs-ctl osdmaptool crushtool ceph-volume cephadm ceph-bluestore-tool vim-cmd ovftool
    omreport perccli perccli64 storcli64 ssacli arcconf sas3ircu ledctl fio stress-ng hyperfine bombardier bpftool zdb
    bectl freebsd-update sysrc rcctl syspatch opkg sysupgrade nmstatectl ip6tables authselect adcli wbinfo pdbedit
    certutil getcert mokutil bootctl grubby flashrom esptool.py idf.py dfu-util swupdate mosquitto_pub mosquitto_sub
    mongostat mongotop sstableloader elasticdump clickhouse-backup duckdb asadm asinfo couchbase-cli cbbackupmgr riak-
    admin neo4j-admin cypher-shell arangodump db2start db2stop vsql pgcopydb pt-query-digest pt-table-checksum
    mydumper myloader maxctrl mysqlsh galera_new_cluster stolonctl pg_autoctl barman-cloud-backup btrfs xfsdump
    xfsrestore kopia borgmatic mtx kafka-features.sh kafka-leader-election.sh kafka-broker-api-versions.sh kafka-log-
    dirs.sh zkServer.sh"""
)


KEYWORDS = listed("if for while until case function select time { ( [[ (( !")
# programs whose names are words of English: alone they prove nothing
WORDS = listed(
    """make time test find watch service host date type command which top at batch wait history split join read last
    who file more less sort env set exec function case for if while until select trap fold paste look node lab script
    route install kill locate local yes w k sam go hub act act alias group groups users cat head tail cut tree true
    false stat id diff man word stop start run open fly cf temporal salt puppet flux sentry-cli juju rancher bat fd
    link links rule pass notary vault nomad consul docker podman redis helm jobs column seq screen git kind flux
    expect strings wall logger enable disable return continue break exit shift let kubelet etcd memcached"""
)
CHANGING = listed(
    """create apply set scale restart start stop reload update upgrade install rollout patch edit label annotate cordon
    uncordon taint expose run exec cp attach port-forward proxy auth config use-context push pull fetch merge rebase
    checkout switch commit add tag branch clone init reset revert stash cherry-pick build up down compose system
    volume network container image login logout enable disable mask unmask daemon-reload rollback repo dependency
    package test import state workspace apply refresh taint fmt db upgrade sync adm debug rsh new-project project
    policy replace autoscale certificate completion plugin kv secrets token policy node job operator"""
)


_WANTS_OPERANDS = listed(
    """rpm dpkg-query pg_upgrade pg_restore pg_basebackup pg_rewind curl wget ssh scp rsync grep egrep zgrep sed awk
    tar dig nslookup host openssl chmod chown mkdir rm cp mv ln cat head tail xargs tee kill pkill pgrep getent
    md5sum sha256sum stat nc telnet snmpget snmpwalk ldapsearch kcat kafkacat"""
)


# program -> verbs that need to be told what on
_VERBS_WANT: dict[str, frozenset[str]] = {
    name: listed(verbs)
    for names, verbs in (
        ("pip pip3 gem cargo", "install uninstall download show"),
        ("conda mamba brew snap flatpak", "install remove uninstall"),
        ("apt apt-get aptitude dnf yum zypper", "install remove purge reinstall"),
        ("apk pacman", "add del"),
        ("docker podman nerdctl", "pull push run exec tag rmi rm stop start restart logs inspect cp kill"),
        (
            "kubectl oc k",
            """top exec logs apply describe delete scale edit patch cp port-forward label annotate drain cordon uncordon
            get expose rsh debug replace autoscale taint""",
        ),
        ("helm", "upgrade install rollback uninstall delete status history template get show pull diff test"),
        ("git", "clone cherry-pick revert am apply bisect"),
        ("systemctl service", "start stop restart reload enable disable mask unmask is-active is-enabled"),
        ("cosign", "sign verify attest verify-attestation"),
        ("vault", "read write"),
    )
    for name in names.split()
}
_VALUED = listed("-n --namespace --context --kubeconfig -c --container --cluster --user -C --kube-context")


def incomplete(text: str) -> bool:
    """Whether what needs to be told what on is named with options alone: `rpm -q`, `docker pull`."""
    first, *rest = unwrapped(text.split()) or [""]
    if not rest:
        return False
    if first in _WANTS_OPERANDS:
        return all(word.startswith("-") and "=" not in word and len(word) > 1 for word in rest)
    if (verbs := _VERBS_WANT.get(first)) is None:
        return False
    plain = [
        word
        for at, word in enumerate(rest)
        if (not word.startswith("-") or len(word) == 1 or "=" in word) and rest[at - 1 if at else 0] not in _VALUED
    ]
    return len(plain) == 1 and plain[0] in verbs


def takes(program: str, word: str) -> bool:
    """Whether the word is one of the program's own verbs: `kubectl get`, `git push`."""
    verbs = VERBS.get(program)
    return verbs is not None and (word in verbs[0] or word in verbs[1] or word in CHANGING)


_KNOWN: frozenset[str] = frozenset().union(
    READERS, KEYWORDS, DESTROYERS, VERBS, CLOUD, WRAPPERS, CONSOLES, EDITORS, REPLS, SHELLS, _SHELL_STATE, _KNOWN_ELSE
)
_VERSIONED = expression(r"(?:python|pip|java|node|php|ruby|gcc|clang)[\d.]*")


def known(program: str) -> bool:
    """Whether the word is the name of a program (or builtin) that runbooks use."""
    return program in _KNOWN or _VERSIONED.fullmatch(program) is not None


def unwrapped(words: Sequence[str]) -> Sequence[str]:
    """The words without sudo, timeout, env A=B and the like in front."""
    while words and name_of(words[0]) in WRAPPERS:
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


def name_of(word: str) -> str:
    return word.rsplit("/", 1)[-1]


_BIN = expression(r"^(?:[\w.-]+/)*s?bin/[a-z][\w.-]*$")
_WORD = r"(?:[\w@./:=,+-]+|\"[^\"]*\"|'[^']*')"
_ARGUMENTS = expression(rf"{_WORD}(?:\s+(?:{_WORD}|[|>&;]+))*")


def in_bin(first: str) -> bool:
    """Whether a program is named by its path in a project: "vendor/bin/dep", "bin/console"."""
    return "bin/" in first and _BIN.match(first) is not None


def arguments(rest: str) -> bool:
    """Whether nothing but arguments stands behind a program."""
    return _ARGUMENTS.fullmatch(rest) is not None
