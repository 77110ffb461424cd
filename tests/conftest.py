"""The whole suite talks to this machine alone: a connection to anywhere else fails the test that tries it.

`make test` shares the files of tests among several workers. So no example of Hypothesis is timed, and a test that is
marked `alone` waits until no other runs.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

os.environ.update(HF_HUB_OFFLINE="1", GRADIO_ANALYTICS_ENABLED="False", ANONYMIZED_TELEMETRY="False", DO_NOT_TRACK="1")
settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """With several workers: holds this one's lock during a test, and everybody's during one that is marked `alone`.

    Every test passes the door first, so that a test that waits to be alone is not overtaken for ever.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return (yield)
    shared = Path(item.config.getoption("basetemp")).parent
    workers = [f"gw{number}" for number in range(int(os.environ["PYTEST_XDIST_WORKER_COUNT"]))]
    door, *locks = (FileLock(shared / f"{name}.lock") for name in ["door", *workers])
    with ExitStack() as held:
        with door:
            wanted = locks if item.get_closest_marker("alone") else [locks[workers.index(worker)]]
            for lock in wanted:
                held.enter_context(lock)
        return (yield)


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
