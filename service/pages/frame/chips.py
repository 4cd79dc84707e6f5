"""Chips: the kind of signal that a state is. Each has a mark and a word beside its colour."""

from typing import Literal

Kind = Literal["", "wait", "half", "done", "wrong", "now"]

KINDS: dict[str, Kind] = {
    **dict.fromkeys(("proposed", "open", "closed", "requested", "asked", "drafting", "planned"), "wait"),
    **dict.fromkeys(("partly_accepted", "partly_kept", "counted"), "half"),
    **dict.fromkeys(
        ("admitted", "certified", "accepted", "kept", "confirmed", "held", "approved", "completed", "adopted"), "done"
    ),
    **dict.fromkeys(
        ("declined", "void", "rejected", "not_kept", "failed", "cancelled", "withdrawn", "infeasible"), "wrong"
    ),
}
"""By the name of the state; any other state is no signal."""


def chip_of(state: str) -> Kind:
    """The kind of chip for a state."""
    return KINDS.get(state, "")
