"""The embedded AWS: moto behind one lock, in this process, on a free port of 127.0.0.1.

Requests pass through layers, outermost first: faults (what a test told it to do wrong), timing (what takes a while),
strictness (what AWS refuses), repairs (what moto lacks or gets wrong), moto. It must never listen beyond loopback nor
write to stdout: its users are command lines. moto's state is one per process: two servers in one show the same account.
"""

from __future__ import annotations

import json
import os
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from reconciler.simulator import (
    repair_account,
    repair_app,
    repair_buckets,
    repair_capacity,
    repair_cdn_policies,
    repair_data,
    repair_database,
    repair_dns,
    repair_edge,
    repair_email,
    repair_gateways,
    repair_monitor,
    repair_network,
    repair_secrets,
    repair_services,
    repair_tagging,
    repair_waf,
    repair_xray,
    sesv2,
)
from reconciler.simulator.faults import Faults, ReplyLost
from reconciler.simulator.quick import quicken
from reconciler.simulator.refusals import EDGES, RULES
from reconciler.simulator.repair import Repair, repairing
from reconciler.simulator.slow import Busy, Slow
from reconciler.simulator.strict import LENIENT, Strictness, refusing
from reconciler.simulator.timing import Invisible, LateTags, Stale
from reconciler.simulator.timing_edge import Unknown
from reconciler.simulator.wire import Answer, Environ, Handler, Layer, Refusal, Request, read_request, refused, stacked

REGION = "us-east-1"
_SEVERAL_APPLICATIONS = frozenset({"bedrock", "dynamodb", "iot", "mediastore", "s3", "sagemaker", "timestream"})
"""Services that moto splits by path or target."""
_REMEMBERED = 1_000_000
"""How many calls are kept: more than any test makes, few enough for a process that runs for days."""
REPAIRS: tuple[Repair, ...] = (
    *repair_network.REPAIRS,
    *repair_database.REPAIRS,
    *repair_data.REPAIRS,
    *repair_services.REPAIRS,
    *repair_app.REPAIRS,
    *repair_account.REPAIRS,
    *repair_edge.REPAIRS,
    *repair_cdn_policies.REPAIRS,
    *repair_waf.REPAIRS,
    *repair_gateways.REPAIRS,
    *repair_monitor.REPAIRS,
    *repair_xray.REPAIRS,
    *repair_dns.REPAIRS,
    *sesv2.REPAIRS,
    *repair_email.REPAIRS,
    *repair_secrets.REPAIRS,
    *repair_capacity.REPAIRS,
    *repair_buckets.REPAIRS,
    *repair_tagging.REPAIRS,
)


@dataclass
class EmbeddedAws:
    """A running server, and what it saw."""

    endpoint: str
    faults: Faults
    _gateway: Gateway
    _server: Any
    _thread: threading.Thread

    @property
    def idle_seconds(self) -> float:
        """How long ago the last request came; the probes of `daemon` do not count."""
        return time.monotonic() - self._gateway.last_request

    def offer(self, name: str, answer: Callable[[dict[str, str]], object]) -> None:
        """Answer GET /_simulator/`name` with the JSON of `answer(query)`: for `daemon`, AWS has no such path."""
        self._gateway.offers[f"/_simulator/{name}"] = answer

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Every request, in order, as (service, operation); the last million."""
        return self._gateway.calls

    @property
    def unimplemented(self) -> list[tuple[str, str]]:
        """The requests answered 501 `UnimplementedByEmulator`."""
        return self._gateway.unimplemented

    @property
    def crashes(self) -> list[str]:
        """The requests moto died of, each with its traceback; answered 500 `InternalFailure`."""
        return self._gateway.crashes

    def environment(self, region: str = REGION) -> dict[str, str]:
        """The variables that point boto3 here."""
        return environment(self.endpoint, region)

    def reset(self) -> None:
        """An empty account again, nothing recorded and nothing about to go wrong."""
        self._gateway.reset()
        self.faults.clear()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def environment(endpoint: str, region: str = REGION) -> dict[str, str]:
    """The variables that point boto3 to a simulated AWS; the keys are fixed and worth nothing."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def start_aws(port: int = 0, strict: Strictness = LENIENT, repairs: Sequence[Repair] = REPAIRS) -> EmbeddedAws:
    """Start the server on 127.0.0.1; port 0 picks a free one. Tests of moto itself leave repairs out."""
    # The 1,300 machine images moto knows are never asked for, and cost 0.3 s each time an account is first used.
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    from reconciler.simulator.server import Server

    quicken()
    faults = Faults(strict.throttle_every)
    gateway = Gateway([faults.layer, *_timing(strict), *_refusals(strict), repairing(repairs)])
    server = Server(port, gateway)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True, name="embedded-aws")
    thread.start()
    return EmbeddedAws(f"http://127.0.0.1:{server.server_port}", faults, gateway, server, thread)


def _refusals(strict: Strictness) -> Iterator[Layer]:
    if strict.refusals:
        yield refusing(EDGES, RULES)


def _timing(strict: Strictness) -> Iterator[Layer]:
    if strict.stale_reads:
        yield Stale(strict.stale_reads).layer
    if strict.busy_writes:
        yield Busy(strict.busy_writes).layer
    if strict.invisible_reads:
        yield Invisible(strict.invisible_reads).layer
        yield Unknown(strict.invisible_reads).layer
    if strict.slow_reads:
        yield Slow(strict.slow_reads).layer
    if strict.late_tags:
        yield LateTags(strict.late_tags).layer


class Gateway:
    """What the server asks: records, serialises, and answers through the layers."""

    def __init__(self, layers: Iterable[Layer]) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self.calls: list[tuple[str, str]] = []
        self.unimplemented: list[tuple[str, str]] = []
        self.crashes: list[str] = []
        self.offers: dict[str, Callable[[dict[str, str]], object]] = {}
        self.last_request = time.monotonic()
        self._lock = threading.Lock()
        self._applications: dict[str, Any] = {}
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._handler: Handler = stacked(layers, self._ask_moto)

    def __call__(self, environ: Environ) -> Answer:
        """Raises ReplyLost where a test wants no answer to arrive."""
        request = read_request(environ)
        offer = self.offers.get(environ.get("PATH_INFO", ""))
        if offer is not None:
            found = offer(dict(parse_qsl(environ.get("QUERY_STRING", ""))))
            return Answer(200, (("Content-Type", "application/json"),), json.dumps(found).encode())
        self.last_request = time.monotonic()
        with self._lock:
            self.calls.append(request.key)
            del self.calls[:-_REMEMBERED]
            try:
                return self._handler(request)
            except ReplyLost:
                raise
            except Exception:  # noqa: BLE001 - a bug, moto's or ours, must look like a fault of AWS
                self.crashes.append(f"{request.service}:{request.operation}\n{traceback.format_exc()}")
                return refused(request, Refusal("InternalFailure", f"{request.operation} crashed the emulator", 500))

    def reset(self) -> None:
        with self._lock:
            _forget_everything()
            self.calls.clear()
            self.unimplemented.clear()
            self.crashes.clear()

    def _ask_moto(self, request: Request) -> Answer:
        if not request.known:
            return self._unimplemented(request)
        try:
            answer = _wsgi_answer(self._application(request), request.fresh_environ())
        except NotImplementedError:
            return self._unimplemented(request)
        if answer.status in (404, 405) and request.environ["REQUEST_METHOD"] != "HEAD" and _is_no_aws_answer(answer):
            return self._unimplemented(request)
        return answer

    def _application(self, request: Request) -> Any:
        """moto's application for the service; moto looks for it anew each time, at half the cost of a request."""
        if request.service in _SEVERAL_APPLICATIONS:
            return self._moto
        if request.service not in self._applications:
            self._applications[request.service] = self._moto.get_application(request.fresh_environ())
        return self._applications[request.service]

    def _unimplemented(self, request: Request) -> Answer:
        self.unimplemented.append(request.key)
        message = f"the embedded AWS does not know {request.service}:{request.operation}"
        return refused(request, Refusal("UnimplementedByEmulator", message, 501))


def _forget_everything() -> None:
    """Empties moto. Its own reset builds every backend anew only to throw it away, which costs a test 0.2 s."""
    from moto.core.base_backend import BackendDict, BaseBackend
    from moto.core.model_instances import reset_model_data

    used: list[Any] = BackendDict._instances  # type: ignore[misc]
    for accounts in used:
        for backend in (backend for regions in accounts.values() for backend in regions.values()):
            if type(backend).reset is not BaseBackend.reset:  # S3 has files to close
                backend.reset()
        accounts.clear()
    used.clear()
    reset_model_data()


def _is_no_aws_answer(answer: Answer) -> bool:
    return not answer.body.strip() or answer.body.lstrip()[:9].lower() == b"<!doctype"


def _wsgi_answer(application: Any, environ: Environ) -> Answer:
    from werkzeug.test import run_wsgi_app

    with warnings.catch_warnings():
        # moto warns on stderr about errors its models do not list; a command line must not show that.
        warnings.simplefilter("ignore")
        body, status, headers = run_wsgi_app(application, environ, buffered=True)
    return Answer(int(status.split()[0]), tuple(headers), b"".join(body))
