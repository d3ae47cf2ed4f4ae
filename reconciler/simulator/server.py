"""The HTTP side of the embedded AWS: one thread for each connection, and connections that stay open between requests.

werkzeug's own handler closes every connection, and waits 10 ms to do so. It must never write to stdout or stderr: its
users are command lines.
"""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from reconciler.simulator.faults import ReplyLost
from reconciler.simulator.wire import Answer, Environ

_NO_BODY = (204, 304)


class Server(ThreadedWSGIServer):
    """Answers on 127.0.0.1 with `answer(environ)`, which must read the body of the request to its end."""

    kept: int
    """How many connections may stay open. Each is a file, and two where the client is this process as well."""

    def __init__(self, port: int, answer: Callable[[Environ], Answer]) -> None:
        self.answer = answer
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.kept = 200 if files == resource.RLIM_INFINITY else min(200, files // 8)
        self.connections: set[socket.socket] = set()
        super().__init__("127.0.0.1", port, _nobody, _Connection)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.connections.add(request)
        return True

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        self.hang_up()

    def hang_up(self) -> None:
        """End all connections; whoever comes again opens a new one."""
        for connection in tuple(self.connections):
            hang_up(connection)


def hang_up(connection: socket.socket) -> None:
    """Closes a connection under the feet of its peer."""
    with suppress(OSError):  # the peer was faster
        connection.shutdown(socket.SHUT_RDWR)


def _nobody(*_: object) -> Any:
    """What werkzeug would call for a request that `_Connection` left to it: there is none."""
    raise NotImplementedError


class _Connection(MotoRequestHandler):
    """All requests of one connection, one after the other."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        environ = self.environ = self.make_environ()
        try:
            answer = self.server.answer(environ)
        except ReplyLost:
            self.close_connection = True
            hang_up(self.connection)
            return
        self.close_connection |= len(self.server.connections) > self.server.kept
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        bodiless = self.command == "HEAD" or answer.status in _NO_BODY
        headers = [(name, value) for name, value in answer.headers if bodiless or name.lower() != "content-length"]
        headers += [("Server", self.version_string()), ("Date", self.date_time_string())]
        if not bodiless:
            headers.append(("Content-Length", str(len(answer.body))))
        if self.close_connection:
            headers.append(("Connection", "close"))
        lines = [f"{self.protocol_version} {answer.status} Simulated", *(f"{name}: {value}" for name, value in headers)]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.wfile.write(head if bodiless else head + answer.body)  # at once: one packet

    def log(self, type: str, message: str, *args: Any) -> None:
        """werkzeug would write an access log to stderr."""
