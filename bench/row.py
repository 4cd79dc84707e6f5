"""A row of the stored results: figures, peers measured in the same run, ratios, and whether the requirements hold.

A ratio says how many times better than the peer Kring is (more per second, or less time or memory), so that every requirement
is `ratio ≥ required`, whatever the unit.
"""

from collections.abc import Mapping
from typing import Any


def rate(
    name: str,
    unit: str,
    kring: float,
    peers: Mapping[str, float],
    required: Mapping[str, float],
    *,
    less_is_better: bool = False,
    and_holds: bool = True,
    aims: Mapping[str, float] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Make a row. It does not hold if a required peer was not measured.

    `and_holds`: further requirements besides the ratios.
    """
    ratios = {peer: round(figure / kring if less_is_better else kring / figure, 3) for peer, figure in peers.items()}
    return {
        "id": name,
        "unit": unit,
        "kring": short(kring),
        "peers": {peer: short(figure) for peer, figure in peers.items()},
        "ratios": ratios,
        "required": dict(required),
        "aims": dict(aims or {}),
        "holds": and_holds and all(ratios.get(peer, 0) >= least for peer, least in required.items()),
        "detail": dict(detail or {}),
    }


def short(figure: float) -> float:
    """Round to three significant digits, or to an integer from 100 on."""
    return round(figure) if figure >= 100 else float(f"{figure:.3g}")
