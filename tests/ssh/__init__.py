"""Real hosts for tests: OpenSSH's own sshd, faults to order, and nothing left afterwards.

    async def test_something(ssh_hosts):
        hosts = ssh_hosts(20)                       # fixture; h001 … h020, on random 127.x.y.n port 2200
        hosts.config, hosts.known_hosts, hosts.key  # Paths: the operator's ssh_config and so on, for the client under test
        hosts.home                                  # the operator's home folder with that .ssh in it
        hosts.names                                 # ["h001", …]: aliases in ssh_config
        hosts.ssh("h001", "id -un")                 # the stock client -> CompletedProcess of bytes

As root every host is a machine of its own: mount, process and UTS namespaces, an overlay over /etc (users below, a sudo
that asks), its own /home, /tmp, /var/tmp, /run, its own /proc with its own boot id, its own host name (h001). Else
(an ordinary user, or a container that forbids namespaces) sshd runs plainly and logs in that user; what needs a machine
of its own is skipped by the fixture with the reason (`private=True` asks for it by name).

`ssh_hosts(count, …)`, the same as `start_hosts(count, folder, …)`, which is a context manager:
    user         "root" (default), "ops" (sudo asks for `PASSWORD`), "deploy" (sudo without), "guest" (no sudo at all)
    shell        login shell: "bash" (default), "dash", "busybox", "csh", or a path; see `has("csh")`
    rc           text of ~/.bashrc and ~/.cshrc, for instance "echo Welcome" (bash reads it under sshd)
    path         PATH on the host: "busybox" (nothing but its applets, `sh` too), or names of tools, comma separated
    home, tmp    "readonly": /home, or /tmp and /var/tmp, cannot be written to
    size         "2m": /home, /tmp and /var/tmp share one small disk; fill it with `host.machine.fill()`, `.free()`
    per_daemon   hosts that share one machine and one sshd, at most 16 (default 1; take 16 for fifty hosts and more)
    max_startups, max_sessions   of sshd; the defaults of OpenSSH are "10:30:100" and 10, those of the bed 500
    options      more lines of sshd_config, {"ClientAliveInterval": "1"}
    proxied      put a fault proxy before each host; also later, for one: `hosts.proxied(host)`
    netns, addresses   run in a network namespace: `network` fixture, `ssh_hosts(1, netns=network.name, addresses=[network.there])`

A `Host` has alias, address, port, user, home (on the host), home_here (the same folder, from here), proxy, server, machine:
    host.processes("sleep 7790")      live processes of the machine, sshd's own left out; `.pid` as seen from here
    host.machine.run("cat", "/etc/x") run as the machine's root, past ssh
    host.server.drop_connections()    kill -9 what serves connections: the client sees EOF, commands live on
    host.server.freeze() .thaw()      sshd stops answering (everything=True: the commands stop too)
    host.server.stop() .start() .restart(drop=False)   the listener; open connections stay unless drop
    host.server.reboot() .power_off() everything on it is killed; another boot id; disk stays, /tmp and /run are emptied
    host.server.change_host_key()     clients' known_hosts still have the old one; `hosts.trust(host)` writes the new
    host.server.set(max_startups="10:30:100")
    host.server.certify(hosts.host_authority, [name])   a host certificate
    host.server.log()                 sshd's log so far, LogLevel VERBOSE
    hosts.forget_key(host)            as if never seen
    hosts.alias("far", host, ProxyJump="h001", User="ops")   one more Host block in ssh_config
    hosts.write_config(extra)         ssh_config anew, with lines before all others
    hosts.agent(key…)                 with hosts.agent() as agent: agent.socket, agent.environ
    hosts.user_certificate("root")    a key no host knows, with a certificate all take: its file

`FaultProxy` (host.proxy, or the fixture `fault_proxy(address, port)`): attributes delay, rate, blackhole; methods freeze(),
thaw(), cut("rst" | "eof"), cut_after(n bytes from the server), refuse(n connections, as MaxStartups does); counters
accepted, open, up, down.

`Network` (fixture `network`): link(up=False), blackhole(), heal(), limit("8mbit").
"""

from tests.ssh.hosts import Hosts, start_hosts
from tests.ssh.machine import PASSWORD, Machine, no_private_machines, until
from tests.ssh.netns import Network, no_networks
from tests.ssh.proxy import FaultProxy, ProxyThread
from tests.ssh.sshd import Host, SshServer, has, no_sshd

__all__ = [
    "PASSWORD",
    "FaultProxy",
    "Host",
    "Hosts",
    "Machine",
    "Network",
    "ProxyThread",
    "SshServer",
    "has",
    "no_networks",
    "no_private_machines",
    "no_sshd",
    "start_hosts",
    "until",
]
