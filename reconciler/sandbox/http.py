"""The HTTP server around the layer: loopback only, on a free port, without a log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment


def listen(app: WSGIApplication) -> BaseWSGIServer:
    """A server that does not serve yet."""
    return make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)


class _Quiet(MotoRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Who runs a command wants to see the command's output."""

    def connection_dropped(
        self,
        error: BaseException,  # noqa: ARG002
        environ: WSGIEnvironment | None = None,  # noqa: ARG002
    ) -> None:
        """Nor does it stay open where it was us who dropped it: a client would wait for ever."""
        self.close_connection = True
