"""`approval/1`: the most approved are elected."""

from domain.calculations.counting.race import Course, Race
from domain.calculations.counting.record import Name, Ratio, Round


def approval(race: Race) -> Course:
    """The most approved first, one by one, so that a draw sees which organisations are in already."""
    rounds: list[Round] = []
    selected: list[Name] = []
    while len(selected) < race.seats and (still := race.open(selected)):
        most = max(race.supporters[one].bit_count() for one in still)
        equal = [one for one in still if race.supporters[one].bit_count() == most]
        winner, draw = race.draw(equal, selected)
        selected.append(winner)
        rounds.append(Round(winner, "approval", most, Ratio("0"), Ratio("0"), (), (), draw))
    return Course(tuple(selected), tuple(rounds))
