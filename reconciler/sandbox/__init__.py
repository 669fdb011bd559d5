"""The embedded AWS: moto's server, put right where it is not AWS, for any AWS client."""

from reconciler.sandbox.command import run
from reconciler.sandbox.errors import NoSuchWeather
from reconciler.sandbox.server import Sandbox, SandboxMissing, serving

__all__ = ["NoSuchWeather", "Sandbox", "SandboxMissing", "run", "serving"]
