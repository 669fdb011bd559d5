# SSM's agent, by which all else is done; Debian's own images lack it.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/agent-install-deb.html
set -eu
cd "$(mktemp -d)"
wget https://s3.amazonaws.com/ec2-downloads-windows/SSMAgent/latest/debian_amd64/amazon-ssm-agent.deb
dpkg -i amazon-ssm-agent.deb
systemctl enable --now amazon-ssm-agent
