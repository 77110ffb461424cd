"""The whole suite talks to this machine alone: a connection to anywhere else fails the test that tries it."""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import Any

import pytest

os.environ.update(HF_HUB_OFFLINE="1", GRADIO_ANALYTICS_ENABLED="False", ANONYMIZED_TELEMETRY="False", DO_NOT_TRACK="1")


class OutsideConnection(AssertionError):
    """Something tried to reach another machine."""


def is_loopback(host: Any) -> bool:
    """Whether a host, as sockets take them, is this machine."""
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _check(address: Any) -> None:
    if isinstance(address, tuple) and not is_loopback(address[0]):
        raise OutsideConnection(f"a test tried to reach {address[0]}")


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Any:
    """Refuses connections and look-ups of other hosts, in this process; the browser's requests are watched by its tests."""
    patch = pytest.MonkeyPatch()
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(self: socket.socket, address: Any) -> None:
        _check(address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        _check(address)
        return connect_ex(self, address)

    def guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        _check((host,))
        return lookup(host, *args, **kwargs)

    patch.setattr(socket.socket, "connect", guarded)
    patch.setattr(socket.socket, "connect_ex", guarded_ex)
    patch.setattr(socket, "getaddrinfo", guarded_lookup)
    yield
    patch.undo()
