"""What a machine that an image is built on gets to run at its first boot: pure."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from reconciler.aws.due import user_data
from reconciler.derive.content import MOST_USER_DATA
from reconciler.fields.step import FirstBoot

DUE = 1_800_000_000


@pytest.mark.parametrize("character", ["x", "ä", "漢"])
def test_the_longest_script_fits_beside_the_machine_s_end(character: str) -> None:
    longest = character * (10_000 // len(character.encode()))
    checked = TypeAdapter(FirstBoot)
    script = checked.validate_python(longest)
    for windows in (False, True):
        assert len(user_data(DUE, windows, script).encode()) <= MOST_USER_DATA
    with pytest.raises(ValidationError, match=r"bytes, and 10,000 at most: do the rest in a step"):
        checked.validate_python(longest + character)


def test_on_windows_it_comes_after_the_machine_s_end_in_the_one_script_that_is_run() -> None:
    data = user_data(DUE, True, "Write-Host hello\n")
    (script,) = data.removeprefix("<powershell>\n").split("</powershell>\n")[:-1]
    assert script.endswith("\nWrite-Host hello\n")
    assert script.startswith(user_data(DUE, True).removeprefix("<powershell>\n")[:100])


@pytest.mark.parametrize(
    ("script", "begins"), [("echo one", "#!/bin/sh\necho one"), ("#!/bin/bash\n", "#!/bin/bash\n")]
)
def test_on_linux_it_is_for_sh_or_for_what_its_first_line_names(script: str, begins: str) -> None:
    assert f"\n\n{begins}" in user_data(DUE, False, script)
