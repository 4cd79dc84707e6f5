"""A port on this machine that nobody uses at the moment."""

import socket

LOCAL = "127.0.0.1"
TRIES = 3
"""Another process may take the port between our look and the server's; then the next is tried."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        return int(probe.getsockname()[1])
