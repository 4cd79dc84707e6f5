"""Free TCP ports of this machine."""

import socket

LOCAL = "127.0.0.1"
MAX_TRIES = 3
"""Another process may take the port before the server does; then another port is tried."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that is free at the moment."""
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        return int(probe.getsockname()[1])
