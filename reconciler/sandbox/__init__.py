"""The embedded AWS: moto's server, put right where it is not AWS, for any AWS client."""

from reconciler.sandbox.command import run
from reconciler.sandbox.server import Sandbox, SandboxMissing, serving

__all__ = ["Sandbox", "SandboxMissing", "run", "serving"]
