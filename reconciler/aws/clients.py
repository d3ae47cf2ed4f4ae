"""Sessions and clients: profiles, regions, endpoints and credentials exactly as every boto3 program has them.

The SDK's own retries are off: a blind re-send makes duplicates where AWS has no token, so the executor decides.
It makes no API call.
"""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import urlparse

from reconciler.errors import NoCredentials

CONNECT_SECONDS = 10
READ_SECONDS = 60


class Clients:
    """One boto3 client per (service, region), made when first used; safe to share between threads."""

    def __init__(self, region: str, profile: str | None = None) -> None:
        self.region = region
        self._profile = profile
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.RLock()

    def get(self, service: str, region: str | None = None) -> Any:
        """The client of a service.

        Raises NoCredentials when the profile does not exist.
        """
        key = (service, region or self.region)
        with self._lock:  # AWS: creating clients from one session is not thread-safe; using them is.
            if key not in self._clients:
                self._clients[key] = self._new(*key)
            return self._clients[key]

    def _new(self, service: str, region: str) -> Any:
        from botocore.config import Config
        from botocore.exceptions import ProfileNotFound

        from reconciler.aws.models import slim_session

        if self._session is None:
            try:
                self._session = slim_session(self._profile)
            except ProfileNotFound as error:
                raise NoCredentials(str(error), help="name a profile of ~/.aws/config, or unset AWS_PROFILE") from error
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 1},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=32,
            user_agent_extra="reconcile",
            s3={"addressing_style": "path" if service == "s3" and self.emulated else "auto"},
        )
        return self._session.client(service, region_name=region, config=config)

    @property
    def emulated(self) -> bool:
        """True where the configured endpoint is on this machine: what answers is an emulator, not AWS."""
        host = urlparse(self.get("sts").meta.endpoint_url).hostname or ""
        return host in ("127.0.0.1", "localhost", "::1")
