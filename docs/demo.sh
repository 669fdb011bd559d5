#!/bin/sh
# A whole life of an estate against the embedded AWS; `make demo` runs it in `reconcile sandbox`.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R desired "$work/desired"
cd "$work"

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
run() { printf '\033[1m$ %s\033[0m\n' "$*"; "$@" 2>progress || (cat progress && exit 1); }
end_of() {
    lines=$1; shift
    run "$@" >output
    sed -n 1p output && echo ... && tail -n "$lines" output
}

say "What git declares, and AWS has not"
run reconcile plan

say "Make it so"
end_of 6 reconcile apply --yes

say "Now there is nothing to do, and the exit status says so"
run reconcile plan --detailed-exitcode

say "One edit in git: RDP from the office alone"
sed -i.before '/ports: 3389/{n;s|0.0.0.0/0|198.51.100.0/24|;n;s|entire Internet|the office|;}' \
    desired/security-groups.yml
diff desired/security-groups.yml.before desired/security-groups.yml || true
run reconcile plan
end_of 2 reconcile apply --yes

say "Behind our back, somebody opens a group to the world and gives the role more power"
python - <<'PYTHON'
import boto3

ec2, iam = boto3.client("ec2", "us-west-2"), boto3.client("iam")
named = [{"Name": "group-name", "Values": ["hg-linux-dev-1"]}]
group = ec2.describe_security_groups(Filters=named)["SecurityGroups"][0]["GroupId"]
anybody = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[anybody])
power = "arn:aws:iam::aws:policy/AdministratorAccess"
iam.attach_role_policy(RoleName="hg-ephemeral-ec2-role-1", PolicyArn=power)
PYTHON
run reconcile plan
end_of 3 reconcile apply --yes

say "And the end of it all"
end_of 6 reconcile destroy --yes

say "What is left of ours, by the owner's tag"
python - <<'PYTHON'
import boto3

ours = {"Key": "reconciler:estate", "Value": "hg"}
left = []
for group in boto3.client("ec2", "us-west-2").describe_security_groups()["SecurityGroups"]:
    left += [group["GroupName"]] if ours in group.get("Tags", []) else []
for pair in boto3.client("ec2", "us-west-2").describe_key_pairs()["KeyPairs"]:
    left += [pair["KeyName"]] if ours in pair.get("Tags", []) else []
for parameter in boto3.client("ssm", "us-west-2").describe_parameters()["Parameters"]:
    left += [parameter["Name"]]
iam = boto3.client("iam")
for role in iam.list_roles()["Roles"]:
    left += [role["RoleName"]] if ours in iam.list_role_tags(RoleName=role["RoleName"])["Tags"] else []
for profile in iam.list_instance_profiles()["InstanceProfiles"]:
    left += [profile["InstanceProfileName"]]
print(left or "nothing")
raise SystemExit(bool(left))
PYTHON
