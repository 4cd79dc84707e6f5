"""Rankings in forms: a number beside each challenge, 1 for the best; an empty field leaves it out."""

from collections.abc import Iterable

from domain.foundation import ChallengeId, Text
from service.pages.frame.forms import Entered
from service.reading.options import BadText

PREFIX = "rank."
"""The beginning of the names of the fields; the id of the challenge follows."""


def ranking_in(entered: Entered, offered: Iterable[ChallengeId], field: str) -> tuple[ChallengeId, ...]:
    """The ranking in a form, the best first. Raises `BadText` for what is no number, a number given twice, or a gap."""
    places = dict[int, ChallengeId]()
    for one in offered:
        text = next(iter(entered.get(f"{PREFIX}{one}", ())), "").strip()
        if not text:
            continue
        if not (text.isascii() and text.isdecimal() and len(text) <= 3 and int(text)):  # noqa: PLR2004  more than all challenges
            raise BadText(
                field,
                Text(
                    en="has a place that is no number: use 1, 2, 3 and so on",
                    nl="bevat een plaats die geen getal is: gebruik 1, 2, 3 enzovoort",
                ),
            )
        if int(text) in places:
            raise BadText(field, Text(en=f"has place {int(text)} twice", nl=f"heeft twee keer plaats {int(text)}"))
        places[int(text)] = one
    if missing := next((place for place in range(1, len(places) + 1) if place not in places), None):
        raise BadText(
            field,
            Text(en=f"skips place {missing}: count on from 1", nl=f"slaat plaats {missing} over: tel door vanaf 1"),
        )
    return tuple(places[place] for place in sorted(places))
