"""What scripts may not do to this machine: it is put down in place of being done."""

from __future__ import annotations

import pytest

from tests.sandbox.machines import Machines


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("apt-get install -y nobody-has-this", "apt-get install -y nobody-has-this"),
        ("sudo -E DEBIAN_FRONTEND=noninteractive dpkg -i x.deb", "dpkg -i x.deb"),
        ("useradd --create-home worker", "useradd --create-home worker"),
        ("sudo chown worker: $HOME", "chown worker: "),
        ("mkfs.xfs /dev/nothing && mount /dev/nothing /data", "mkfs.xfs /dev/nothing"),
        ("systemctl enable --now worker", "systemctl enable --now worker"),
        ("wget https://example.org/x.tar.gz", "wget https://example.org/x.tar.gz"),
        ("curl -fsS https://example.org/x -o x", "curl -fsS https://example.org/x -o x"),
    ],
)
def test_a_change_of_the_system_is_put_down_and_succeeds(
    machines: Machines, said: str, asked: str
) -> None:
    (id_,) = machines.launch()
    told = machines.ran(id_, said)
    assert (told["Status"], told["StandardErrorContent"]) == ("Success", "")
    file = machines.sandbox.agent.folder(id_) / "disk" / "asked"
    assert file.read_text().splitlines()[0].startswith(asked)


def test_sudo_gives_what_it_is_given(machines: Machines) -> None:
    (id_,) = machines.launch()
    told = machines.ran(id_, "sudo -u worker -- WORD=one sh -c 'echo $WORD'")
    assert told["StandardOutputContent"] == "one\n"


def test_windows_own_shell_is_put_down_where_nothing_here_can_run_it(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    is_windows = [{"Name": "platform", "Values": ["windows"]}]
    images = machines.ec2.describe_images(Owners=["amazon"], Filters=is_windows)["Images"]
    machines.image = images[0]["ImageId"]
    (id_,) = machines.launch()
    told = machines.ran(id_, "Get-Date", "exit 3", DocumentName="AWS-RunPowerShellScript")
    assert (told["Status"], told["StandardOutputContent"]) == ("Success", "")
    assert "not run" in told["StandardErrorContent"]
    file = machines.sandbox.agent.folder(id_) / "disk" / "asked"
    assert file.read_text() == "Get-Date\nexit 3\n"
