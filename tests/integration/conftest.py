"""Hosts to log in to, faults and networks: see tests/ssh."""

from tests.ssh.plugin import fault_proxy, network, ssh_hosts

__all__ = ["fault_proxy", "network", "ssh_hosts"]
