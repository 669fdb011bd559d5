"""Stopping, starting and rebooting: what runs on a machine, and which states allow it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.sandbox.conftest import Refused
from tests.sandbox.machines import Machines, ends


def test_a_stopped_machine_is_not_online_and_its_disk_is_there_again(
    machines: Machines, pid: Callable[[], int], tmp_path: Path
) -> None:
    machines.sandbox.agent.delay(3)
    (id_,) = machines.launch()
    machines.sandbox.turn(3)
    machines.ran(id_, f"echo kept > $HOME/file; sh -c 'echo $$ > {tmp_path / 'pid'}; sleep 300' &")
    process = pid()
    machines.ec2.stop_instances(InstanceIds=[id_])
    assert machines.state(id_) == ("stopped", "Client.UserInitiatedShutdown")
    assert ends(process)
    assert machines.pings() == {}
    machines.sandbox.boot(10)
    machines.ec2.start_instances(InstanceIds=[id_])
    assert machines.state(id_)[0] == "pending"
    machines.sandbox.turn(10)
    assert machines.state(id_)[0] == "running"
    assert machines.pings() == {}
    machines.sandbox.turn(3)
    assert machines.ran(id_, "cat $HOME/file")["StandardOutputContent"] == "kept\n"


def test_a_reboot_ends_what_runs_and_the_agent_is_lost_for_a_while(
    machines: Machines, pid: Callable[[], int], tmp_path: Path
) -> None:
    machines.sandbox.agent.delay(3)
    (id_,) = machines.launch()
    machines.sandbox.turn(3)
    machines.ran(id_, f"sh -c 'echo $$ > {tmp_path / 'pid'}; sleep 300' &")
    process = pid()
    machines.ec2.reboot_instances(InstanceIds=[id_])
    assert ends(process)
    assert machines.pings() == {id_: "ConnectionLost"}
    machines.sandbox.turn(3)
    assert machines.pings() == {id_: "Online"}


def test_each_is_refused_in_other_states(machines: Machines, refused: Refused) -> None:
    machines.sandbox.boot(10)
    ended, pending = machines.launch(2)
    machines.ec2.terminate_instances(InstanceIds=[ended])
    ec2 = machines.ec2
    for call, id_ in (
        (ec2.stop_instances, pending),
        (ec2.stop_instances, ended),
        (ec2.start_instances, ended),
        (ec2.reboot_instances, ended),
    ):
        with refused("IncorrectInstanceState"):
            call(InstanceIds=[id_])
    assert machines.state(ended)[0] == "terminated"
    assert machines.state(pending)[0] == "pending"


def test_a_spot_instance_is_not_stopped(machines: Machines, refused: Refused) -> None:
    (id_,) = machines.launch(InstanceMarketOptions={"MarketType": "spot"})
    with refused("UnsupportedOperation"):
        machines.ec2.stop_instances(InstanceIds=[id_])
    assert machines.state(id_)[0] == "running"


def test_under_a_weather_what_is_stopped_is_stopping_for_a_while(
    machines: Machines,
) -> None:
    (id_,) = machines.launch()
    machines.sandbox.weather("late")
    machines.ec2.stop_instances(InstanceIds=[id_])
    machines.sandbox.weather("fair")
    assert machines.state(id_)[0] == "stopping"
    machines.sandbox.turn(60)
    assert machines.state(id_)[0] == "stopped"
