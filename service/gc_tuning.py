"""Python's collector of cycles, in a process that does one thing for long."""

import gc

THRESHOLDS = (50_000, 10, 10)
"""Objects of requests under way move up a generation at each collection; those in cycles stay until that one is collected.

With (50 000, 20, 50) that was a thousand collections later."""


def rest() -> None:
    """Let what has been loaded by now stay, and look at what is new not too often.

    To look at all of it again and again was most of the longest answers, and a fifth of what a projector did.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
