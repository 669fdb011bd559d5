"""Capacity that runs dry for a while, here and there, and comes back.

In six weeks of three pools of p3.2xlarge (us-west-2, 2023) half of the dry ones still were so half
an hour later. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html
"""

from __future__ import annotations

from math import inf
from random import Random

from reconciler.sandbox.call import Onward
from reconciler.sandbox.supply import Pool
from reconciler.sandbox.weather.sky import Moment
from reconciler.sandbox.wire import Answer, Parameters

# For so long a pool stays as it is; each begins at a time of its own.
_A_WHILE = 1800.0
_DRY = 0.3
_FEW = 0.5


def scarce(moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
    """Nearly a third of spot is dry, some has a few left, and on demand it is half so bad."""

    def left(pool: Pool) -> float:
        start = Random(f"{moment.seed} start {pool}").uniform(0, _A_WHILE)
        while_ = int((moment.clock.now() + start) // _A_WHILE)
        dice = Random(f"{moment.seed} scarce {pool} {while_}")
        luck = dice.random() * (1 if pool.purchase == "spot" else 2)
        if luck < _DRY:
            return 0
        return dice.randint(1, 3) if luck < _FEW else inf

    with moment.call.supply.reduced(left):
        return onward(parameters)
