"""What the program's code spells out: the names of all that it calls, sends and reads are there."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import reconciler

_OURS = Path(reconciler.__file__).parent


def services() -> set[str]:
    """The services of which clients are made."""
    found = set()
    for node in _nodes():
        match node:
            case ast.Call(
                func=ast.Attribute(attr="client" | "each" | "pages"),
                args=[ast.Constant(str(name)), *_],
            ):
                found.add(name)
    return found


def spelled() -> Callable[[str], bool]:
    """Whether a word stands anywhere in the code, or begins as one that is ended at run time."""
    words = {word for node in _nodes() for word in _words(node)}

    def is_spelled(word: str) -> bool:
        begun = (f"{word[: end + 1]}*" for end, sign in enumerate(word) if sign == "_")
        return word in words or any(one in words for one in begun)

    return is_spelled


@cache
def _nodes() -> list[ast.AST]:
    """All of the program's code, but for the sandbox's."""
    files = (f for f in _OURS.rglob("*.py") if "sandbox" not in f.relative_to(_OURS).parts)
    trees = (_without_docs(ast.parse(file.read_text("utf-8"))) for file in files)
    return [node for tree in trees for node in ast.walk(tree)]


def _without_docs(tree: ast.Module) -> ast.Module:
    """What is told of the code is no use of anything."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [one for one in node.body if not _is_text(one)]
    return tree


def _is_text(one: ast.stmt) -> bool:
    return isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)


def _words(node: ast.AST) -> Iterable[str]:
    """An attribute, a keyword, or the words of a text; of one with a gap, what is before it."""
    match node:
        case ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
            return [name]
        case ast.Constant(value=str(text)):
            return re.findall(r"\w+", text)
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), ast.FormattedValue()]):
            return [f"{text}*"]
    return ()
