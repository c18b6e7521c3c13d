"""What administers the machine it is typed on: its services, packages, disks and system files."""

from __future__ import annotations

import re

from runbook_tui.document import programs
from runbook_tui.document.patterns import expression

PROGRAMS = programs.listed(
    """systemctl service journalctl dmesg apt apt-get apt-mark aptitude dnf yum dpkg rpm zypper kubeadm crictl
    nvidia-smi dcgmi ibstat sysctl modprobe rmmod iptables nft ufw firewall-cmd lvextend lvs vgs pvs umount fsck
    mdadm smartctl reboot shutdown poweroff supervisorctl initctl rc-service update-grub grub2-mkconfig swapoff swapon
    useradd usermod userdel dpkg-reconfigure needs-restarting visudo"""
)
HANDLE_FILES = programs.listed("mv cp rm ln chown chmod install tail less cat tee vi vim nano touch restorecon")
_SYSTEM_FILE = expression(r"(?:^|\s)/(?:etc|var|usr|opt|boot|proc|sys|lib|srv)/")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")


def tool(text: str) -> str:
    """The program that some code begins with, without sudo, settings and its folder."""
    words = [word for word in text.split() if not _ASSIGNED.match(word)]
    return programs.name_of(programs.unwrapped(words)[0]) if words else ""


def administers(text: str) -> bool:
    """Whether code only makes sense on the machine that it is for."""
    name = tool(text)
    if name in PROGRAMS or text.startswith("sudo "):
        return True
    return name in HANDLE_FILES and _SYSTEM_FILE.search(text) is not None
