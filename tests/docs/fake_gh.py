"""A `gh` for tests: it answers from files, filtered by jq, and records each call."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

HERE = Path(os.environ["FAKE_GH"])


def main() -> int:
    arguments = sys.argv[1:]
    if arguments[:2] == ["run", "download"]:
        return download(arguments[2:])
    parser = ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--method", default="GET")
    parser.add_argument("--jq")
    parser.add_argument("--field", action="append", default=[])
    parser.add_argument("--paginate", action="store_true")
    parser.add_argument("--silent", action="store_true")
    asked = parser.parse_args(arguments[1:])
    fields = dict(field.split("=", 1) for field in asked.field)
    fields = {k: Path(v[1:]).read_text() if v[:1] == "@" else v for k, v in fields.items()}
    with (HERE / "calls").open("a") as calls:
        calls.write(json.dumps([asked.method, asked.path, fields]) + "\n")
    if asked.method != "GET":
        return 0
    answers = json.loads((HERE / "answers.json").read_text())
    answer = json.dumps(answers[asked.path])
    return subprocess.run(["jq", "-r", asked.jq], input=answer, text=True, check=False).returncode


def download(arguments: list[str]) -> int:
    parser = ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("--name")
    parser.add_argument("--dir")
    asked = parser.parse_args(arguments)
    artifact = HERE / asked.run / asked.name
    if not artifact.is_dir():
        print("no artifact matches any of the names", file=sys.stderr)
        return 1
    shutil.copytree(artifact, asked.dir)
    return 0


sys.exit(main())
