"""The HTTP side of the embedded AWS: connections that stay open, and what comes over them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from reconciler.simulator.server import Server
from reconciler.simulator.wire import Answer, Environ, read_request


def echo(environ: Environ) -> Answer:
    """The body of the request; what has the path /gone answers 204, as deletions do."""
    body = read_request(environ).body
    return Answer(204 if environ["PATH_INFO"] == "/gone" else 200, (("Content-Length", "7"),), body)


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server(0, echo)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def client(server: Server) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    connection.connect()
    yield connection
    connection.close()


def said(client: HTTPConnection, method: str = "POST", path: str = "/", body: bytes | None = b"") -> tuple[int, bytes]:
    client.request(method, path, body)
    answer = client.getresponse()
    return answer.status, answer.read()


def test_one_connection_carries_many_requests(client: HTTPConnection) -> None:
    opened = client.sock
    assert [said(client, body=word) for word in (b"one", b"", b"three")] == [(200, b"one"), (200, b""), (200, b"three")]
    assert client.sock is opened


@pytest.mark.parametrize(("method", "path", "status"), [("HEAD", "/", 200), ("DELETE", "/gone", 204)])
def test_an_answer_without_a_body_is_followed_by_the_next(
    client: HTTPConnection, method: str, path: str, status: int
) -> None:
    opened = client.sock
    assert said(client, method, path, b"ignored") == (status, b"")
    assert said(client, body=b"next") == (200, b"next")
    assert client.sock is opened


def test_a_body_sent_in_chunks_is_read_to_its_end(client: HTTPConnection) -> None:
    opened = client.sock
    client.request("PUT", "/", iter([b"first ", b"second"]), encode_chunked=True)
    assert client.getresponse().read() == b"first second"
    assert said(client, body=b"next") == (200, b"next")
    assert client.sock is opened


def test_who_asks_first_is_told_to_go_on(client: HTTPConnection) -> None:
    client.putrequest("PUT", "/")
    for name, value in (("Expect", "100-continue"), ("Content-Length", "5")):
        client.putheader(name, value)
    client.endheaders()
    assert client.sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.send(b"later")
    assert client.getresponse().read() == b"later"


def test_of_too_many_connections_those_beyond_are_closed_after_their_answer(
    server: Server, client: HTTPConnection
) -> None:
    server.kept = 1
    assert said(client) == (200, b"")
    another = HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    another.request("POST", "/", b"word")
    answer = another.getresponse()
    assert (answer.read(), answer.getheader("Connection")) == (b"word", "close")


def test_nobody_is_answered_any_more_when_it_is_closed(server: Server, client: HTTPConnection) -> None:
    assert said(client) == (200, b"")
    server.shutdown()
    server.server_close()
    with pytest.raises(ConnectionError):
        said(client)
