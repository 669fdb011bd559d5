# What the base lacks of its distribution's updates; a new kernel among them needs a restart.
set -eu
export DEBIAN_FRONTEND=noninteractive

# Nobody else may be at the packages now, nor while tests are timed on a machine of this image.
cloud-init status --wait || true
systemctl disable --now apt-daily.timer apt-daily-upgrade.timer
systemctl stop apt-daily.service apt-daily-upgrade.service

apt-get update
apt-get dist-upgrade --yes
