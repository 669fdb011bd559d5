"""The tags by which a worker, a machine with one job or an image says what it is and what became of
it."""

from __future__ import annotations

WORKER_TYPE = "WorkerType"
"""The kind that a worker's `reconciler:resource` names."""
CAPACITY = "reconciler:capacity"
LAUNCH = "reconciler:launch"
"""The launches that it came with, and what they asked for altogether: TOKEN/UNITS."""
QUEUE = "reconciler:queue"
"""Its queue in JSON, where that knows its workers: for when git no longer does."""
REMOVED = "reconciler:removed"
"""What becomes of it when git no longer has its worker type."""
SEEN = "reconciler:registered"
"""That its queue has known it: what is missing there later was there once."""
LEAVING = "reconciler:leaving"
"""Since when it should claim nothing more, and why: SECONDS WORDS."""
WORK = "reconciler:work"
"""What the worker itself says of its work, where its queue can't, and when: idle SECONDS or busy
SECONDS."""

DEADLINE = "reconciler:deadline"
"""Until when an instance may live that does one job and is no worker, and which: SECONDS WORDS."""
BUILD = "build"
"""The word of a job that makes an image: who has the estate's lock knows whether it goes on."""

FINGERPRINT = "reconciler:fingerprint"
"""Of all that an image was made of."""
TOOK = "reconciler:took"
"""How many seconds it took to make an image, from the machine's launch on."""

TEMPLATE = "aws:ec2launchtemplate:id"
"""AWS's own: from which launch template it was launched.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/launch-instances-from-launch-template.html
"""

LONGEST = 256
"""How many characters a tag's value may have."""

OF_A_WORKER = (CAPACITY, LAUNCH, QUEUE, REMOVED, SEEN, LEAVING, WORK)
