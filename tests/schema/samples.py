"""Good documents that between them say everything which can be said."""

from __future__ import annotations

PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB0Pyhq5lQbVTSdBTBbnoxhlV9tRgZqzEEwKRUwNOXLU"


def _document(kind: str, spec: str, metadata: str = "{name: one}") -> str:
    return f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {metadata}\nspec:\n{spec}"


SAMPLES: dict[str, list[str]] = {
    "Estate": [
        _document("Estate", "  {prefix: ci-, accounts: ['123456789012'], regions: [eu-west-1]}"),
        _document(
            "Estate",
            "  prefix: ci-\n  accounts:\n  - '123456789012'\n"
            "  - {id: '210987654321', role: a/b, readOnlyRole: look, externalId: a:b}\n"
            "  regions: [eu-west-1, us-gov-east-1]\n  tags: {team: builds, 'cost:center': a=b}\n"
            "  limits: {deletes: 0, deletesPercent: 100}\n"
            "  journal: {logGroup: /ci/reconcile_1.a#b}\n  notices: {queue: spot-notices}\n"
            "  bucket: ci.files-1",
        ),
    ],
    "KeyPair": [
        _document(
            "KeyPair", f"  publicKey: {PUBLIC_KEY} somebody@here", "{name: a b, tags: {a: b}}"
        ),
        _document(
            "KeyPair",
            "  publicKey: {file: key.pub}",
            "{name: a, annotations: {reconciler/protect: 'true', reconciler/name: b, "
            "reconciler/adopt: key-0123}, accounts: ['123456789012'], regions: [eu-west-1]}",
        ),
        _document("KeyPair", "  generate: {}"),
        _document(
            "KeyPair", "  generate: {type: ed25519, parameter: /keys/one, keyId: alias/builds}"
        ),
    ],
    "SecurityGroup": [
        _document("SecurityGroup", "  description: closed\n  egress: []"),
        _document(
            "SecurityGroup",
            """
  description: Everything
  vpc: {id: vpc-01234567}
  ingress:
  - {protocol: tcp, ports: 22, cidrs: [10.1.2.3/8, 0.0.0.0/0], description: "SSH (all)"}
  - {protocol: 17, ports: 5985-5986, groups: [one, sg-0123456789abcdef0]}
  - {protocol: icmp, icmpType: 8, icmpCode: 0, cidrs: [192.168.0.0/16]}
  - {protocol: "58", icmpType: -1, cidrs: ["::/0", "2001:DB8::1/64"]}
  - {protocol: all, prefixLists: [pl-0123abcd]}
  egress:
  - {protocol: gre, cidrs: [10.0.0.0/8]}
  - {protocol: -1, cidrs: [10.0.0.0/8]}
""",
        ),
        _document("SecurityGroup", "  description: by tags\n  vpc: {tags: {Name: builds}}"),
    ],
    "Policy": [
        _document(
            "Policy",
            """
  path: /builds/
  description: Reads logs
  document:
    Version: "2012-10-17"
    Id: logs
    Statement:
    - {Sid: Read, Effect: Allow, Action: [logs:Get*, 'logs:*'], Resource: 'arn:aws:logs:*'}
    - Effect: Deny
      NotAction: iam:*
      NotResource: ['arn:aws:s3:::a/*', '*']
      Condition:
        StringEqualsIfExists: {aws:SourceVpc: vpc-1}
        "ForAnyValue:StringLike": {"aws:TagKeys": [a, "b*"]}
        NumericLessThan: {s3:max-keys: 10}
        Bool: {aws:SecureTransport: false}
""",
        ),
    ],
    "Role": [
        _document(
            "Role",
            """
  path: /builds/
  description: Builds "things"
  trustPolicy:
    Version: "2012-10-17"
    Statement:
    - {Effect: Allow, Principal: {Service: [ec2.amazonaws.com]}, Action: sts:AssumeRole}
    - Effect: Allow
      Principal:
        AWS: ["123456789012", "arn:aws:iam::123456789012:role/a"]
        Federated: "arn:aws:iam::123456789012:oidc-provider/example.org"
        CanonicalUser: 79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be
      Action: sts:AssumeRoleWithWebIdentity
    - {Effect: Deny, NotPrincipal: "*", Action: "*"}
  managedPolicies: ["arn:aws:iam::aws:policy/service-role/Any", own]
  inlinePolicies:
    logs: {Statement: {Effect: Allow, Action: "*", Resource: "*"}}
  permissionsBoundary: own
  maxSessionDuration: 7200
""",
        ),
        _document(
            "Role",
            "  trustPolicy: {Statement: [{Effect: Allow, Principal: '*', NotAction: 'a:b'}]}",
        ),
    ],
    "InstanceProfile": [
        _document("InstanceProfile", "  {}"),
        _document("InstanceProfile", "  {path: /a/, role: builder}"),
    ],
    "OIDCProvider": [
        _document(
            "OIDCProvider", "  audiences: [sts.amazonaws.com]", "{name: ci.example.org/a/B_1/}"
        ),
        _document(
            "OIDCProvider",
            f"  audiences: ['https://ci.example.org', \"Ünser CI\"]\n"
            f"  thumbprints: [{'0aB1' * 10}, {'ef' * 20}]",
            "{name: ci.example.org}",
        ),
        _document("OIDCProvider", "  audiences: []"),
    ],
    "Parameter": [
        _document("Parameter", "  {value: a, allowedPattern: a+, dataType: text, description: d}"),
        _document("Parameter", "  value: {file: hello.txt}", "{name: a/b}"),
        _document("Parameter", "  {values: [b, a], tier: Intelligent-Tiering}"),
        _document("Parameter", "  {secret: {env: TOKEN}, keyId: alias/own}"),
        _document("Parameter", "  {secret: {file: /run/secrets/token}}"),
        _document(
            "Parameter",
            """
  value: a
  tier: Advanced
  policies:
  - {Type: Expiration, Version: "1.0", Attributes: {Timestamp: "2030-01-01T00:00:00.000Z"}}
  - {Type: NoChangeNotification, Attributes: {After: "20", Unit: Days}}
""",
        ),
    ],
    "Document": [
        _document(
            "Document",
            """
  content:
    schemaVersion: "2.2"
    description: Says hello
    parameters:
      who: {type: String, default: you, allowedValues: [you, me], maxChars: 5}
    mainSteps:
    - {action: aws:runShellScript, name: hello, inputs: {runCommand: ["echo {{ who }}"]}}
  format: YAML
  targetType: /AWS::EC2::Instance
  displayName: Hello
  versionName: v1
  defaultVersion: 1
""",
        ),
        _document(
            "Document",
            "  content: {schemaVersion: '1.2', runtimeConfig: {'aws:runShellScript': {}}}",
        ),
    ],
    "Queue": [
        _document("Queue", "  {}"),
        _document(
            "Queue",
            """
  visibilityTimeout: 0
  messageRetentionPeriod: 60
  delaySeconds: 900
  maximumMessageSize: 1024
  receiveMessageWaitTimeSeconds: 20
  deadLetters: {queue: "arn:aws:sqs:eu-west-1:123456789012:dead.fifo", maxReceiveCount: 1000}
  encryption: KMS
  keyId: alias/own
  contentBasedDeduplication: true
  deduplicationScope: messageGroup
  fifoThroughputLimit: perMessageGroupId
""",
            "{name: one.fifo}",
        ),
        _document(
            "Queue",
            """
  encryption: none
  policy:
    Version: "2012-10-17"
    Statement:
    - {Sid: __owner, Effect: Allow, Principal: "*", Action: "SQS:*", Resource: "*"}
    - {Effect: Deny, NotPrincipal: {AWS: "123456789012"}, NotAction: [a:b], Resource: ["*"]}
  deadLetters: {queue: dead}
  eventRules: [news, "arn:aws:events:eu-west-1:123456789012:rule/bus/other"]
""",
        ),
    ],
    "Image": [
        _document(
            "Image",
            "  description: a\n  base: {parameter: /aws/service/one}\n  instanceType: c5.large\n"
            "  steps: [{name: one, script: 'true'}]",
        ),
        _document(
            "Image",
            """
  description: all of it
  base: {name: a*, owner: amazon, architecture: arm64}
  instanceType: m6g.large
  blockDevices: {/dev/xvda: {size: 20, encrypted: true}, xvdb: {ephemeral: ephemeral0}}
  launch:
    keyPair: one
    securityGroups: [one]
    instanceProfile: "arn:aws:iam::123456789012:instance-profile/a"
    publicIp: false
    metadataOptions: {tokens: required, hopLimit: 2, tags: true}
  subnet: subnet-01234567
  firstBoot: {file: hello.txt}
  keep: 1
  timeout: 3600
  steps:
  - {name: a file, script: {file: hello.txt}, timeout: 60, reboot: true}
  - {name: own, document: say, parameters: {words: [a, b], more: c}}
  - {name: theirs, document: AWS-ConfigureAWSPackage}
""",
        ),
        _document(
            "Image",
            "  {description: a, base: {built: one}, instanceType: c5.large, "
            "steps: [{name: a, script: b}]}",
            "{name: above}",
        ),
    ],
    "WorkerType": [
        _document(
            "WorkerType",
            "  description: builds\n  owner: ci@example.org\n  queue: {static: {pending: 3}}\n"
            "  capacity: {max: 5}\n  instanceTypes: [{type: c5.large}]\n"
            "  regions: [{region: eu-west-1}]\n  image: {id: ami-0123456789abcdef0}",
        ),
        _document(
            "WorkerType",
            "  description: builds\n  owner: ci@example.org\n"
            "  queue: {taskcluster: {rootUrl: https://tc.example.org, taskQueueId: a/b}}\n"
            "  capacity: {min: 1, max: 50, scalingRatio: 0.5}\n  price: {min: 0.01, max: 0.4}\n"
            "  purchase: spot-then-on-demand\n"
            "  instanceTypes:\n"
            "  - {type: c5d.4xlarge, capacity: 4, utility: 1.5, image: {parameter: /aws/x}}\n"
            "  - type: m6g.metal\n    launch: {ebsOptimized: true, detailedMonitoring: true}\n"
            "  regions:\n  - region: eu-west-1\n    otherZones: false\n"
            "    image: {name: 'builds-*', owner: self, architecture: arm64}\n"
            "    zones: {eu-west-1a: {use: false}, eu-west-1b: {subnet: subnet-0123abcd, launch: "
            "{publicIp: false}}}\n    launch: {tags: {a: b}}\n"
            "  image: {id: ami-0123abcd}\n"
            "  launch:\n    metadataOptions: {tokens: optional, hopLimit: 2, tags: true}\n"
            "    userData: {config: {deep: [1, {er: []}]}, gzip: true}\n    blockDevices:\n"
            "      /dev/xvda: {size: 100, type: gp3, iops: 3000, throughput: 125, encrypted: true, "
            "kmsKey: alias/builds, snapshot: snap-0123abcd, deleteOnTermination: true}\n"
            "      xvdb: {ephemeral: ephemeral0}\n"
            "  lifecycle: {longest: 86400, jitter: 5, registerWithin: 900, idle: 600, "
            "changed: keep, atOnce: 10, removed: keep, deadline: 3600}",
            "{name: a/b-linux, regions: [eu-west-1]}",
        ),
        _document(
            "WorkerType",
            "  description: builds\n  owner: me\n  queue: {sqs: {name: tasks}}\n"
            "  capacity: {max: 5}\n  instanceTypes: [{type: c5.large}]\n"
            "  purchase: {onDemandPercent: 10, onDemandAfterwards: true}\n"
            "  regions: [{region: eu-west-1}]\n  image: {id: ami-0123abcd}\n"
            "  launch: {userData: {text: {file: hello.txt}}, keyPair: one, "
            "securityGroups: [sg-0123abcd], instanceProfile: one}\n"
            "  lifecycle: {drainCommand: stop}",
        ),
        _document(
            "WorkerType",
            "  description: builds\n  owner: me\n"
            "  queue: {http: {url: 'https://q.example.org/n', headers: {a: {env: TOKEN}}, "
            "pending: a.b, claimed: c, workers: w}}\n"
            "  capacity: {max: 5}\n  instanceTypes: [{type: c5.large}]\n  purchase: on-demand\n"
            "  regions: [{region: eu-west-1}]\n  image: {id: ami-0123abcd}",
        ),
    ],
    "EventRule": [
        _document("EventRule", "  {schedule: rate(5 minutes), enabled: false, description: d}"),
        _document(
            "EventRule",
            """
  eventPattern: {source: [aws.ec2], detail: {size: [{numeric: [">", 0.5]}], ok: [true, null]}}
  schedule: cron(0 12 * * ? *)
  targets:
  - {queue: one, inputPath: $.detail}
  - {queue: "arn:aws:sqs:eu-west-1:123456789012:two.fifo", messageGroupId: a}
""",
        ),
    ],
}
