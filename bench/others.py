"""Rows beside the programs that people use for the same: the same resources, on the same embedded
AWS, unchanged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from bench.rows import LeftOut, Row, Rows, Surroundings, rounds
from bench.running import Bench, Failed, Took, program
from bench.standing import TRUST, policy, public_key, standing, written
from reconciler.sandbox import Sandbox

_COUNT = 200
_EACH = range(_COUNT // 4)


def beside_ansible(around: Surroundings) -> Rows:
    """A plan beside a playbook that is checked."""
    plan = (
        f"plan of {len(_EACH)} security groups, {len(_EACH)} roles, {len(_EACH)} key pairs, "
        f"{len(_EACH)} parameters, unchanged"
    )
    ansible = program("ansible-playbook")
    if not ansible:
        yield LeftOut(plan, "ansible-playbook is not installed here")
        return
    playbook = around.folder / "playbook.json"
    playbook.write_text(json.dumps(_playbook(str(Path(ansible).with_name("python")))))
    check = "`ansible-playbook --check` with the amazon.aws and community.aws modules"
    command = [ansible, "-i", "localhost,", str(playbook)]
    most = {"wall": 0.01, "CPU": 0.01, "calls": 0.02}
    yield from _beside(around, plan, check, most, (command, [*command, "--check"]))


def beside_terraform(around: Surroundings) -> Rows:
    """A plan beside another one that has a state."""
    plan = f"the same {_COUNT} resources, unchanged"
    terraform = program("terraform")
    if not terraform:
        yield LeftOut(plan, "terraform is not installed here")
        return
    folder = around.folder / "terraform"
    folder.mkdir()
    (folder / "main.tf.json").write_text(json.dumps(_configuration(around.sandbox)))
    command = [terraform, f"-chdir={folder}"]
    try:
        Bench(around.folder, around.sandbox.endpoint).run(*command, "init", "-input=false")
    except Failed:
        yield LeftOut(
            plan, "terraform found no AWS provider (TF_CLI_CONFIG_FILE can name a mirror)"
        )
        return
    apply = [*command, "apply", "-auto-approve", "-input=false", "-no-color"]
    again = [*command, "plan", "-detailed-exitcode", "-input=false", "-no-color"]
    most = {"wall": 0.08, "CPU": 0.05, "calls": 0.03, "peak memory": 0.12}
    yield from _beside(
        around, plan, "`terraform plan` with its state present", most, (apply, again)
    )


def _beside(
    around: Surroundings,
    plan: str,
    against: str,
    most: dict[str, float],
    theirs: tuple[list[str], list[str]],
) -> Rows:
    """`theirs` makes the resources, and looks whether anything differs."""
    around.sandbox.reset()
    bench = Bench(around.folder, around.sandbox.endpoint)
    documents = written(around.folder / "same.yml", *standing(_COUNT))
    make, look = theirs
    around.tell(f"{against}: making the resources")
    bench.reconcile("apply", "--yes", documents)
    bench.run(*make)

    def counted(run: Callable[[], Took]) -> tuple[Took, int]:
        before = len(around.sandbox.requests)
        took = run()
        return took, len(around.sandbox.requests) - before

    took = rounds(
        around.tell,
        f"beside {against}",
        lambda: counted(lambda: bench.reconcile("plan", "--detailed-exitcode", documents)),
        lambda: counted(lambda: bench.run(*look)),
    )
    measures: dict[str, tuple[str, Callable[[tuple[Took, int]], float]]] = {
        "wall": ("s", lambda one: one[0].wall),
        "CPU": ("s", lambda one: one[0].cpu),
        "calls": ("calls", lambda one: one[1]),
        "peak memory": ("MB", lambda one: one[0].memory / 1e6),
    }
    for what, ratio in most.items():
        unit, measure = measures[what]
        pairs = [(measure(ours), measure(its)) for ours, its in took]
        yield Row(f"{plan}: {what}", against, ratio, pairs, unit)


def _playbook(python: str) -> object:
    """Each module once for each number of a list."""
    loop = [{"n": f"{n:03}", "key": public_key(n), "value": f"value {n}"} for n in _EACH]
    described = {"name": "of-ansible-{{ item.n }}"}
    rules = [{"proto": "tcp", "ports": [port], "cidr_ip": "10.0.0.0/16"} for port in (22, 443)]
    tasks = {
        "amazon.aws.ec2_security_group": {
            **described,
            "description": "Workers",
            "rules": rules,
        },
        "amazon.aws.iam_role": {**described, "assume_role_policy_document": json.dumps(TRUST)},
        "amazon.aws.ec2_key": {**described, "key_material": "{{ item.key }}"},
        "community.aws.ssm_parameter": {
            "name": "/of-ansible/{{ item.n }}",
            "value": "{{ item.value }}",
        },
    }
    return [
        {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": python},
            "tasks": [{module: words, "loop": loop} for module, words in tasks.items()],
        }
    ]


def _configuration(sandbox: Sandbox) -> object:
    services = ("ec2", "iam", "ssm", "sts")
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
        "provider": {
            "aws": {
                "skip_metadata_api_check": True,
                "endpoints": [dict.fromkeys(services, sandbox.endpoint)],
            }
        },
        "resource": {
            "aws_security_group": {f"one-{n}": _group(n) for n in _EACH},
            "aws_iam_role": {
                f"one-{n}": {
                    "name": f"of-terraform-{n}",
                    "assume_role_policy": json.dumps(TRUST),
                    "inline_policy": [{"name": "cache", "policy": json.dumps(policy(n))}],
                }
                for n in _EACH
            },
            "aws_key_pair": {
                f"one-{n}": {"key_name": f"of-terraform-{n}", "public_key": public_key(n)}
                for n in _EACH
            },
            "aws_ssm_parameter": {
                f"one-{n}": {"name": f"/of-terraform/{n}", "type": "String", "value": "a"}
                for n in _EACH
            },
        },
    }


def _group(number: int) -> object:
    rule = {
        "protocol": "tcp",
        "cidr_blocks": ["10.0.0.0/16"],
        "description": "",
        "ipv6_cidr_blocks": [],
        "prefix_list_ids": [],
        "security_groups": [],
        "self": False,
    }
    return {
        "name": f"of-terraform-{number}",
        "description": "Workers",
        "ingress": [{**rule, "from_port": port, "to_port": port} for port in (22, 443, 8000)],
    }
