"""moto's server as one function from a request to a response."""

from __future__ import annotations

from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Response

from reconciler.sandbox import aws_policies, quick_tags


class Backend:
    """Raises NotImplementedError for what moto lacks, and whatever moto raises."""

    def __init__(self) -> None:
        aws_policies.provide()
        quick_tags.provide()
        self._app = _Dispatcher(create_backend_app)

    def __call__(self, environ: dict[str, Any]) -> Response:
        response = Response.from_app(self._app, environ, buffered=True)
        told = environ["REQUEST_METHOD"] != "HEAD"
        if told and response.status_code == 404 and response.mimetype == "text/html":
            raise NotImplementedError("nothing answers there")
        return response

    def reset(self) -> None:
        """Empty the world."""
        from moto.moto_api._internal.models import moto_api_backend

        moto_api_backend.reset()


class _Dispatcher(DomainDispatcherApplication):
    def get_backend_for_host(self, host: str | None) -> Any:
        if host and "amazonaws.com" in host and not self._known(host):
            # moto would say so on standard output, which belongs to the user's command.
            raise NotImplementedError(f"nothing answers for {host}")
        return super().get_backend_for_host(host)

    def _known(self, host: str) -> bool:
        return any(pattern.match(f"http://{host}") for _, pattern in self.backend_url_patterns)
