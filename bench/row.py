"""A row of the results, in the form that is kept: figures, peers measured in the same run, ratios, and whether it holds.

A ratio says how many times as good as the peer Kring is (more per second, or less time or memory), so that every
requirement reads `ratio ≥ required`, whatever the unit.
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
    """The row. A peer that is required and was not measured leaves the row open: it does not hold.

    `and_holds`: what must hold besides the ratios.
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
    """Three digits that count, or all before the point."""
    return round(figure) if figure >= 100 else float(f"{figure:.3g}")
