"""Free TCP ports of this machine."""

import random
import socket

LOCAL = "127.0.0.1"
MAX_TRIES = 3
"""Another process may take the port before the server does; then another port is tried."""
CANDIDATES = range(20_000, 32_000)
"""Ports that no system gives to outgoing connections (Linux begins at 32768, IANA at 49152): those may take one at any moment."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that is free at the moment. Raises `OSError` if none is found."""
    for port in random.sample(CANDIDATES, k=100):
        with socket.socket() as probe:
            try:
                probe.bind((LOCAL, port))
            except OSError:
                continue
            return port
    raise OSError("no free port")
