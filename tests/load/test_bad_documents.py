"""What people write by mistake, and everything that they are told of it."""

# Messages stand here on one line, as they are shown.
# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.load import Mistakes, load

ESTATE = """\
apiVersion: reconciler/v1
kind: Estate
metadata: {name: acme}
spec: {prefix: ci-, accounts: ["123456789012"], regions: [eu-west-1]}
"""
GROUP = """\
---
apiVersion: reconciler/v1
kind: SecurityGroup
metadata: {name: web}
spec:
"""
ROLE = GROUP.replace("SecurityGroup", "Role")
PARAMETER = GROUP.replace("SecurityGroup", "Parameter")
KEY = GROUP.replace("SecurityGroup", "KeyPair")
TRUST = "{Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: '*'}}"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def complaints(text: str) -> list[str]:
    Path("a.yml").write_text(text, "utf-8")
    with pytest.raises(Mistakes) as caught:
        load("a.yml")
    return [str(mistake) for mistake in caught.value.mistakes]


def told(text: str) -> list[str]:
    """What is said of a document behind an Estate, without the file; the document is on line 5."""
    return [line.removeprefix("a.yml:") for line in complaints(ESTATE + text)]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (
            "  description: a\n  descripton: b\n",
            ["11:3: SecurityGroup/web: spec.descripton: unknown field; did you mean 'description'?"],
        ),
        ("  ingress: []\n", ["10:3: SecurityGroup/web: spec: `description` is missing"]),
        ("  description: 5\n", ["10:16: SecurityGroup/web: spec.description: 5 is not a text: put it in quotes"]),
        ("  description: ''\n", ["10:16: SecurityGroup/web: spec.description: it is empty"]),
        ("  description: a\n  ingress: a\n", ["11:12: SecurityGroup/web: spec.ingress: 'a' is not a list"]),
        ("  description: a\n  vpc: [a]\n", ["11:8: SecurityGroup/web: spec.vpc: a list is not a mapping"]),
        (
            "  description: a\n  vpc: {id: vpc-1, tags: {a: b}}\n",
            ["11:13: SecurityGroup/web: spec.vpc.id: 'vpc-1' is not a VPC's id, such as vpc-0123abcd"],
        ),
        (
            "  description: a\n  vpc: {id: vpc-12345678, tags: {a: b}}\n",
            ["11:8: SecurityGroup/web: spec.vpc: give exactly one of id or tags"],
        ),
        (
            f"  description: {'x' * 256}\n",
            [f"10:16: SecurityGroup/web: spec.description: '{'x' * 55}…' is too long: 255 at most"],
        ),
    ],
)  # fmt: skip
def test_a_field_that_is_wrong_is_told_with_its_place(spec: str, expected: list[str]) -> None:
    assert told(GROUP + spec) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{protocol: tpc, cidrs: [0.0.0.0/0]}", "12:16: protocol: 'tpc' is not a protocol: tcp, udp, icmp, icmpv6, all, gre, esp, ah, sctp or a number"),
        ("{protocol: 256, cidrs: [0.0.0.0/0]}", "12:16: protocol: '256' is not a protocol: tcp, udp, icmp, icmpv6, all, gre, esp, ah, sctp or a number"),
        ("{protocol: tcp, ports: 65536, cidrs: [0.0.0.0/0]}", "12:28: ports: '65536' is not a port from 0 to 65535 or a range of them, such as 22 or 5985-5986"),
        ("{protocol: tcp, ports: 90-80, cidrs: [0.0.0.0/0]}", "12:5: 90-80 ends before it begins"),
        ("{protocol: tcp, ports: '0022', cidrs: [0.0.0.0/0]}", "12:28: ports: '0022' is not a port from 0 to 65535 or a range of them, such as 22 or 5985-5986"),
        ("{protocol: tcp, cidrs: [10.0.0.0/33]}", "12:29: cidrs.0: '10.0.0.0/33' is not an address range, such as 10.0.0.0/8 or 2001:db8::/32"),
        ("{protocol: tcp, cidrs: [10.0.0.0]}", "12:29: cidrs.0: '10.0.0.0' is not an address range, such as 10.0.0.0/8 or 2001:db8::/32"),
        ("{protocol: tcp, cidrs: [10.0.0.256/8]}", "12:29: cidrs.0: '10.0.0.256/8' is not an address range, such as 10.0.0.0/8 or 2001:db8::/32"),
        ("{protocol: tcp, cidrs: ['1::2::3/64']}", "12:29: cidrs.0: '1::2::3/64' is no address range: At most one '::' permitted in '1::2::3'"),
        ("{protocol: tcp, cidrs: []}", "12:28: cidrs: it is empty"),
        ("{protocol: tcp, ports: 22}", "12:5: give at least one of cidrs, prefixLists, groups"),
        ("{protocol: sctp, ports: 22, cidrs: [0.0.0.0/0]}", "12:5: ports is for protocol tcp, udp only"),
        ("{protocol: tcp, icmpType: 8, cidrs: [0.0.0.0/0]}", "12:5: icmpType is for protocol icmp, icmpv6 only"),
        ("{protocol: icmp, icmpCode: 0, cidrs: [0.0.0.0/0]}", "12:5: icmpCode is for icmpType only"),
        (
            "{protocol: icmp, icmpType: -1, icmpCode: 0, cidrs: [0.0.0.0/0]}",
            "12:5: icmpCode is for one icmpType, and -1 is every one",
        ),
        (
            "{protocol: tcp, icmpType: -1, cidrs: [0.0.0.0/0]}",
            "12:5: icmpType is for protocol icmp, icmpv6 only",
        ),
        ("{protocol: icmp, icmpType: 256, cidrs: [0.0.0.0/0]}", "12:32: icmpType: 256 is too large: 255 at most"),
        ("{protocol: tcp, groups: [wab]}", "12:30: groups.0: SecurityGroup/wab is not declared; did you mean 'web'?"),
        ("{protocol: tcp, prefixLists: [pl-1]}", "12:35: prefixLists.0: 'pl-1' is not a prefix list's id, such as pl-0123abcd"),
    ],
)  # fmt: skip
def test_a_rule_that_is_wrong_is_told_with_its_place(rule: str, expected: str) -> None:
    text = f"{GROUP}  description: a\n  ingress:\n  - {rule}\n"
    place, what = expected.split(": ", 1)
    inner = what.split(": ", 1)
    names_a_field = len(inner) > 1 and " " not in inner[0]
    told_of = f"spec.ingress.0{'.' if names_a_field else ': '}{what}"
    assert told(text) == [f"{place}: SecurityGroup/web: {told_of}"]


def test_a_rule_with_two_descriptions_is_refused() -> None:
    rules = "".join(
        f"  - {{protocol: tcp, ports: 22, cidrs: [::/0], description: {d}}}\n".replace(
            "[::/0]", "['::/0']"
        )
        for d in "ab"
    )
    assert told(f"{GROUP}  description: a\n  ingress:\n{rules}") == [
        "10:3: SecurityGroup/web: spec: tcp 22 ::/0 stands here twice with two descriptions"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("{Efect: Allow, Principal: '*', Action: '*'}", ["`Effect` is missing", "Efect: unknown field; did you mean 'Effect'?"]),
        ("{Effect: allow, Principal: '*', Action: '*'}", ["Effect: 'allow' is not one of Allow, Deny; did you mean 'Allow'?"]),
        ("{Effect: Allow, Principal: '*', Action: AssumeRole}", ["Action: 'AssumeRole' is not an action, such as ec2:DescribeInstances, or *"]),
        ("{Effect: Allow, Action: '*'}", ["give exactly one of Principal or NotPrincipal"]),
        ("{Effect: Allow, Principal: '*', NotPrincipal: '*', Action: '*'}", ["give exactly one of Principal or NotPrincipal"]),
        ("{Effect: Allow, Principal: ec2.amazonaws.com, Action: '*'}", ["Principal: 'ec2.amazonaws.com' is not *"]),
        ("{Effect: Allow, Principal: {}, Action: '*'}", ["Principal: give at least one of AWS, Service, Federated, CanonicalUser"]),
        ("{Effect: Allow, Principal: {Servce: ec2.amazonaws.com}, Action: '*'}", ["Principal.Servce: unknown field; did you mean 'Service'?"]),
        ("{Effect: Allow, Principal: {AWS: '12345678901'}, Action: '*'}", ["Principal.AWS: '12345678901' is not an account's id, the ARN of a user, role or session, or *"]),
        ("{Effect: Allow, Principal: {AWS: 'arn:aws:iam::1:root'}, Action: '*'}", ["Principal.AWS: 'arn:aws:iam::1:root' is not an account's id, the ARN of a user, role or session, or *"]),
        ("{Effect: Allow, Principal: {Service: ec2}, Action: '*'}", ["Principal.Service: 'ec2' is not a service, such as ec2.amazonaws.com"]),
        ("{Effect: Allow, Principal: '*', Action: '*', Resource: '*'}", ["Resource: unknown field; known: Action, Condition, Effect, NotAction, NotPrincipal, Principal, Sid"]),
        ("{Effect: Allow, Principal: '*', Action: '*', Sid: a-b}", ["Sid: 'a-b' is not of the form ^[A-Za-z0-9]*$"]),
        ("{Effect: Allow, Principal: '*', Action: '*', Condition: {StringEqual: {aws:SourceVpc: a}}}", ["Condition.StringEqual: 'StringEqual' is not an operator of conditions; did you mean 'StringEquals'?"]),
        ("{Effect: Allow, Principal: '*', Action: '*', Condition: {Bool: {Mfa: true}}}", ["Condition.Bool.Mfa: 'Mfa' is not a condition's key, such as aws:SourceIp"]),
        ("{Effect: Allow, Principal: '*', Action: []}", ["Action: it is empty"]),
    ],
)  # fmt: skip
def test_a_statement_that_is_wrong_is_told(statement: str, expected: list[str]) -> None:
    found = told(f"{ROLE}  trustPolicy: {{Version: '2012-10-17', Statement: [{statement}]}}\n")
    mark = "Role/web: spec.trustPolicy.Statement.0"
    assert sorted(line.split(mark)[1].lstrip(".: ") for line in found) == sorted(expected)
    assert all(line.startswith("10:") for line in found)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (f"  trustPolicy: {TRUST}\n  managedPolicies: [a, a]\n", ["11:20: Role/web: spec.managedPolicies: 'a' stands here twice"]),
        (
            f"  trustPolicy: {TRUST}\n  permissionsBoundary: arn:aws:iam::12:policy/a\n",
            ["11:24: Role/web: spec.permissionsBoundary: 'arn:aws:iam::12:policy/a' is not the name of a Policy, or the ARN of one"],
        ),
        (f"  trustPolicy: {TRUST}\n  maxSessionDuration: 60\n", ["11:23: Role/web: spec.maxSessionDuration: 60 is too small: 3600 at least"]),
        (f"  trustPolicy: {TRUST}\n  path: a/\n", ["11:9: Role/web: spec.path: 'a/' is not an IAM path, which begins and ends with /"]),
        (f"  trustPolicy: {TRUST}\n  maxSessionDuration: true\n", ["11:23: Role/web: spec.maxSessionDuration: true is not a whole number"]),
        (
            "  trustPolicy: {Statement: [{Sid: a, Effect: Deny, Principal: '*', Action: '*'}, {Sid: a, Effect: Allow, Principal: '*', Action: '*'}]}\n",
            ["10:16: Role/web: spec.trustPolicy: two statements have the Sid 'a'"],
        ),
        (
            f"  trustPolicy: {TRUST}\n  inlinePolicies: {{a: {{Statement: {{Effect: Allow, Action: '*', Resource: bucket}}}}}}\n",
            ["11:74: Role/web: spec.inlinePolicies.a.Statement.Resource: 'bucket' is not an ARN, such as arn:aws:s3:::builds/*, or *"],
        ),
        (
            f"  trustPolicy: {TRUST}\n  inlinePolicies: {{'a b': {{Statement: {{Effect: Allow, Action: '*', Resource: '*'}}}}}}\n",
            ["11:20: Role/web: spec.inlinePolicies.a b: 'a b' is not an IAM name: letters, digits and _+=,.@-"],
        ),
        (
            f"  trustPolicy: {{Statement: {{Effect: Allow, Principal: '*', Action: 'sts:{'A' * 5000}'}}}}\n",
            ["10:3: Role/web: spec: 5087 characters of policy, white space not counted, and AWS takes 4096"],
        ),
    ],
)  # fmt: skip
def test_a_role_that_is_wrong_is_told(spec: str, expected: list[str]) -> None:
    assert told(ROLE + spec) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("  value: a\n  secret: {env: A}\n", "10:3: spec: give exactly one of value or values or secret"),
        ("  description: a\n", "10:3: spec: give exactly one of value or values or secret"),
        ("  value: a\n  keyId: alias/a\n", "10:3: spec: keyId is for secret only"),
        (
            "  value: a\n  policies: [{Type: Expiration, Attributes: {Timestamp: a}}]\n",
            "10:3: spec: policies is for tier Advanced, Intelligent-Tiering only",
        ),
        (
            "  value: a\n  tier: Advanced\n  policies: [{Type: Expiration, Attributes: {After: a}}]\n",
            "12:14: spec.policies.0: Expiration has the attributes Timestamp, and all of them",
        ),
        (f"  value: {'é' * 2049}\n", "10:3: spec: the value has 4098 bytes, and a parameter of the tier Standard 4096 at most"),
        ("  values: ['a,b']\n", "10:12: spec.values.0: 'a,b' is not a text without a comma"),
        ("  values: [a]\n  dataType: aws:ec2:image\n", "10:3: spec: dataType aws:ec2:image is for `value` only"),
        ("  value: {file: gone}\n", "10:10: spec.value: the file 'gone' can't be read: No such file or directory"),
        ("  value: {file: ../a}\n", "10:10: spec.value: the file '../a' can't be read: it is outside of the document's folder"),
        ("  value: {file: /etc/hosts}\n", "10:10: spec.value: the file '/etc/hosts' can't be read: it is outside of the document's folder"),
        ("  value: {file: \"a\\0b\"}\n", "10:10: spec.value: the file 'a\\x00b' can't be read: embedded null byte"),
        ("  value: {fle: a}\n", "10:10: spec.value: a mapping is not a text"),
    ],
)  # fmt: skip
def test_a_parameter_that_is_wrong_is_told(spec: str, expected: str) -> None:
    place, what = expected.split(": ", 1)
    assert told(PARAMETER + spec) == [f"{place}: Parameter/web: {what}"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{schemaVersion: 2.2, mainSteps: [{action: aws:runShellScript, name: a}]}", ["10:28: spec.content.schemaVersion: 2.2 is not one of 1.2, 2.0, 2.2: put it in quotes"]),
        (
            "{schemaVersion: '2.2', mainSteps: [{acton: aws:runShellScript, name: a}]}",
            ["10:47: spec.content.mainSteps.0: `action` is missing", "10:55: spec.content.mainSteps.0.acton: unknown field; did you mean 'action'?"],
        ),
        ("{schemaVersion: '2.2', mainSteps: []}", ["10:46: spec.content.mainSteps: a list is too short"]),
        ("{schemaVersion: '2.2', mainSteps: [{action: run, name: a}]}", ["10:56: spec.content.mainSteps.0.action: 'run' is not of the form ^aws:[A-Za-z]+$"]),
        ("a text", ["10:12: spec.content: 'a text' is not a mapping"]),
        ("{file: gone.yml}", ["10:12: spec.content: the file 'gone.yml' can't be read: No such file or directory"]),
        ("{file: broken.yml}", ["10:12: spec.content: is not YAML or JSON: did not find expected node content, in line 2"]),
    ],
)  # fmt: skip
def test_content_that_is_wrong_is_told(content: str, expected: list[str]) -> None:
    Path("broken.yml").write_text("a: [", "utf-8")
    document = GROUP.replace("SecurityGroup", "Document")
    found = told(f"{document}  content: {content}\n")
    assert found == [line.replace(": ", ": Document/web: ", 1) for line in expected]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{prefix: -a, accounts: ['123456789012'], regions: [eu-west-1]}", ["4:16: spec.prefix: '-a' is not the beginning of names: letters, digits and _.-"]),
        ("{prefix: a, accounts: [012345678901], regions: [eu-west-1]}", ["4:30: '012345678901' is one thing to some and another to others: put it in quotes"]),
        ("{prefix: a, accounts: [123456789012], regions: [eu-west-1]}", ["4:30: spec.accounts.0: 123456789012 is not a text: put it in quotes"]),
        ("{prefix: a, accounts: ['123456789012', {id: '123456789012'}], regions: [eu-west-1]}", ["4:29: spec.accounts: '123456789012' stands here twice"]),
        ("{prefix: a, accounts: [{id: '123456789012', role: 'arn:aws:iam::123456789012:role/a'}], regions: [eu-west-1]}", ["4:57: spec.accounts.0.role: 'arn:aws:iam::123456789012:role/a' is not a role's name, with its path"]),
        ("{prefix: a, accounts: [[a]], regions: [eu-west-1]}", ["4:30: spec.accounts.0: a list is not a text"]),
        ("{prefix: a, accounts: ['123456789012'], regions: [eu-west-1, eu-west-1]}", ["4:56: spec.regions: 'eu-west-1' stands here twice"]),
        ("{prefix: a, accounts: ['123456789012'], regions: []}", ["4:56: spec.regions: it is empty"]),
        ("{prefix: a, accounts: ['123456789012'], regions: [eu-west]}", ["4:57: spec.regions.0: 'eu-west' is not a region, such as us-west-2"]),
        ("{prefix: a, accounts: ['123456789012'], regions: [eu-west-1], tags: {'aws:a': b}}", ["4:75: spec.tags: the tag 'aws:a' is not git's to give: its prefix is reserved"]),
        ("{prefix: a, accounts: ['123456789012'], regions: [eu-west-1], tags: {a: b*}}", ["4:79: spec.tags.a: 'b*' is not a tag's value: letters, digits, spaces and _.:/=+-@"]),
    ],
)  # fmt: skip
def test_an_estate_that_is_wrong_is_told(spec: str, expected: list[str]) -> None:
    text = [*ESTATE.splitlines()[:3], f"spec: {spec}"]
    assert [line.replace("Estate/acme: ", "") for line in complaints("\n".join(text))] == [
        f"a.yml:{line}" for line in expected
    ]


def test_every_mistake_of_every_document_is_told_at_once() -> None:
    text = f"{GROUP}  description: 5\n{ROLE}  path: a\n---\nkind: Rle\n---\na: [\n"
    assert told(text) == [
        "10:16: SecurityGroup/web: spec.description: 5 is not a text: put it in quotes",
        "16:3: Role/web: spec: `trustPolicy` is missing",
        "16:9: Role/web: spec.path: 'a' is not an IAM path, which begins and ends with /",
        "18:7: unknown kind 'Rle'; did you mean 'Role'?",
        "21:1: is not YAML: did not find expected node content",
    ]


def test_metadata_has_a_name_tags_and_annotations_and_nothing_else() -> None:
    text = GROUP.replace("{name: web}", "{name: web, labels: {a: b}, annotations: {a: b}}")
    assert told(f"{text}  description: a\n") == [
        "8:23: SecurityGroup/web: metadata.labels: unknown field; known: accounts, annotations, name, regions, tags",
        "8:53: SecurityGroup/web: metadata.annotations.a: unknown field; known: reconciler/adopt, reconciler/name, reconciler/protect",
    ]


def test_words_are_taken_as_yaml_spells_them_and_in_no_other_way() -> None:
    assert told(f"{ROLE}  trust_policy: {TRUST}\n") == [
        "10:3: Role/web: spec.trust_policy: unknown field; did you mean 'trustPolicy'?",
        "10:3: Role/web: spec: `trustPolicy` is missing",
    ]


@pytest.mark.parametrize(
    "spec",
    [
        "secret: hunter2",
        "secret: [hunter2]",
        "secret: {value: hunter2}",
        "secret: {hunter2}",
        "secret: {hunter2: a, hunter2: b}",
        "secret: {env: 'hunter2!'}",
        "secret: {env: A, file: [hunter2]}",
        "secret: {env: hunter2",
        "secret: 'hunter2",
        "secret: 0001hunter2",
        "secret: !hunter hunter2",
        "secret: {? [hunter2] : a}",
    ],
)
def test_a_secret_written_by_mistake_is_never_shown(spec: str) -> None:
    assert not [line for line in told(f"{PARAMETER}  {spec}\n") if "hunter2" in line]


@pytest.mark.parametrize("number", ["0123", "1_000", "0x1F", "12:30", "1e5", ".5"])
def test_a_secret_that_looks_like_a_number_is_never_shown(number: str) -> None:
    assert not [line for line in told(f"{PARAMETER}  secret: {number}\n") if number in line]


@pytest.mark.parametrize("kind", ["publicKey", "value", "description"])
def test_a_private_key_is_refused_and_never_shown(kind: str) -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\n    b3BlbnNzaC1rZXktdjEA\n" + "    x\n" * 5000
    text = f"{KEY if kind == 'publicKey' else PARAMETER}  {kind}: |\n    {key}"
    assert not [line for line in told(text) if "b3Blb" in line]


def test_a_pasted_private_key_is_called_what_it_is() -> None:
    (line,) = told(f"{KEY}  publicKey: |\n    -----BEGIN RSA PRIVATE KEY-----\n    abc\n")
    assert "this is a private key" in line


def _grants(count: int, length: int) -> str:
    actions = ", ".join(f"'a:{number:03}{'B' * length}'" for number in range(count))
    return f"{{Statement: {{Effect: Allow, Action: [{actions}], Resource: '*'}}}}"


@pytest.mark.parametrize("version", ["", 'Version: "2008-10-17", '])
def test_a_managed_policy_is_of_iam_s_newest_version(version: str) -> None:
    policy = GROUP.replace("SecurityGroup", "Policy")
    what = "Effect: Deny, Action: '*', Resource: '*'"
    assert told(f"{policy}  document: {{{version}Statement: {{{what}}}}}\n") == [
        '10:3: Policy/web: spec: AWS takes a managed policy with `Version: "2012-10-17"` alone'
    ]


def test_policies_that_are_larger_than_iam_takes_are_told() -> None:
    policy = GROUP.replace("SecurityGroup", "Policy")
    assert told(f"{policy}  document: {_grants(60, 100)}\n") == [
        "10:3: Policy/web: spec: 6561 characters of policy, white space not counted, "
        "and AWS takes 6144"
    ]
    both = f"{{a: {_grants(50, 100)}, b: {_grants(50, 100)}}}"
    assert told(f"{ROLE}  trustPolicy: {TRUST}\n  inlinePolicies: {both}\n") == [
        "10:3: Role/web: spec: 10962 characters of policy, white space not counted, "
        "and AWS takes 10240"
    ]


@pytest.mark.parametrize("name", ["/aws/key", "/SSM/key", "/awskey"])
def test_a_parameter_name_that_aws_keeps_for_itself_is_told(name: str) -> None:
    assert told(f"{KEY}  generate: {{parameter: {name}}}\n") == [
        f"10:25: KeyPair/web: spec.generate.parameter: {name!r}: AWS keeps /aws and /ssm for itself"
    ]
