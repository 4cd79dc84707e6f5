"""`approval/1`: the challenges with the most approvals are elected."""

from domain.calculations.counting.race import Course, Race
from domain.calculations.counting.record import Name, Ratio, Round


def approval(race: Race) -> Course:
    """Elect the most approved one by one, so that a draw knows the organisations of those already selected."""
    rounds: list[Round] = []
    selected: list[Name] = []
    while len(selected) < race.seats and (still := race.open(selected)):
        most = max(race.supporters[one].bit_count() for one in still)
        equal = [one for one in still if race.supporters[one].bit_count() == most]
        winner, draw = race.draw(equal, selected)
        selected.append(winner)
        rounds.append(Round(winner, "approval", most, Ratio("0"), Ratio("0"), (), (), draw))
    return Course(tuple(selected), tuple(rounds))
