"""The programs that a machine has in place of this one's own: they come first on its path.

A script runs as whoever runs the sandbox, on this very system. What would end it, or change it, or
fetch something from elsewhere, is put down instead, and has succeeded; nothing keeps a script from
calling a program by its path.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from shlex import quote

_POWER = "halt poweroff reboot shutdown"
_SAY = '#!/bin/sh\necho "${0##*/} $*" >> "${0%/bin/*}/power"\n'

_PACKAGES = """
add-apt-repository amazon-linux-extras apk apt apt-get apt-key apt-mark debconf-set-selections dnf
dpkg dpkg-reconfigure gem microdnf npm pip pip3 rpm snap yum yum-config-manager zypper
"""
_USERS = """
adduser addgroup chgrp chown chpasswd delgroup deluser gpasswd groupadd groupdel groupmod passwd
useradd userdel usermod
"""
_DISKS = """
fdisk growpart mkfs mkfs.ext3 mkfs.ext4 mkfs.vfat mkfs.xfs mkswap mount parted resize2fs swapoff
swapon umount xfs_growfs
"""
_SYSTEM = """
chkconfig cloud-init crontab depmod dracut firewall-cmd hostnamectl insmod ip6tables iptables
ldconfig localectl modprobe nft rmmod service setenforce sysctl systemd-run timedatectl ufw
update-alternatives update-ca-certificates update-ca-trust update-grub update-initramfs update-rc.d
"""
_CHANGE = '#!/bin/sh\necho "${0##*/} $*" >> "${0%/bin/*}/disk/asked"\n'

# A machine of AWS's has the internet, and this one may not.
_FETCH = """#!/bin/sh
for word do case $word in
http*://127.0.0.1*|http*://localhost*) exec {0} "$@";;
esac; done
echo "${{0##*/}} $*" >> "${{0%/bin/*}}/disk/asked"
"""
_SYSTEMCTL = """#!/bin/sh
for word do case $word in
halt|poweroff|reboot) exec "$word";;
esac; done
echo "systemctl $*" >> "${0%/bin/*}/disk/asked"
"""
# Who runs commands is root on an instance, and here it is not.
_SUDO = """#!/bin/sh
while :; do case $1 in
-[ugp]) shift 2;;
--) shift; break;;
-*) shift;;
*) break;;
esac; done
exec env "$@"
"""
# Windows' own shell, for where nobody has installed one that runs here.
_POWERSHELL = """#!/bin/sh
cat "$2" >> "${0%/bin/*}/disk/asked"
echo 'no pwsh is installed here: this was put down, and not run' >&2
"""
# The time of AWS, which tests may turn; where the system's own can't tell a given time, as BSD's,
# it is the system's.
_DATE = """#!/bin/sh
for word do case $word in
-[dfrs]*|--date*|--file*|--reference*|--set*) exec {0} "$@";;
esac; done
{0} -d @0 >/dev/null 2>&1 || exec {0} "$@"
exec {0} -d "@$(($({0} +%s) + $(cat "${{0%/bin/*}}/../ahead")))" "$@"
"""


def provide(folder: Path) -> None:
    """Write them all, for every machine that has a link `bin` to this folder.

    By that they know the machine: beside the link, `power` has what was asked of its power, and
    `disk/asked` what of its system, which is on the disk as what it stands for would be.
    """
    folder.mkdir()
    for text, names in (
        (_SAY, _POWER),
        (_CHANGE, f"{_PACKAGES} {_USERS} {_DISKS} {_SYSTEM}"),
        (_SYSTEMCTL, "systemctl"),
        (_SUDO, "sudo"),
        (_POWERSHELL, "powershell"),
        (_DATE.format(_real("date")), "date"),
        (_FETCH.format(_real("curl")), "curl"),
        (_FETCH.format(_real("wget")), "wget"),
    ):
        first, *others = names.split()
        program = folder / first
        program.write_text(text)
        program.chmod(0o700)
        for name in others:
            (folder / name).symlink_to(first)


def _real(program: str) -> str:
    """The one that it stands for, as a word of a script; by its name it would call itself."""
    return quote(shutil.which(program) or f"/usr/bin/{program}")
