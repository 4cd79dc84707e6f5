"""What a ballot leaves in the log is enough to count it again, and its result tells how it was counted."""

from fractions import Fraction

from domain.ballot import BallotCounted, BallotOpened
from domain.foundation import Selector
from domain.recounting import recount
from tests.conftest import Api
from tests.service.api.setting import ballot, made, programme


async def test_rule_11_a_ballot_held_over_http_is_counted_again_from_its_two_facts(api: Api) -> None:
    setting = await programme(api, participants=9, challenges=5)
    for rule in ("equal_shares", "approval"):
        running = await ballot(setting, seats=3, rule=rule)
        for number, person in enumerate(setting.people):
            approvals = [] if number == 8 else [setting.challenges[number % 3], setting.challenges[number % 4]]
            body = {"approvals": list(dict.fromkeys(approvals))}
            made(await person.put(f"/ballots/{running}/vote", json=body), 200)
        made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
        made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)
        told = await api.kring.desk.told(Selector(types=[BallotOpened, BallotCounted], tags=[running]))
        (opened,) = [fact for fact, _ in told if isinstance(fact, BallotOpened)]
        (counted,) = [fact for fact, _ in told if isinstance(fact, BallotCounted)]
        assert recount(opened, counted) == ()
        result = made(await setting.people[0].get(f"/ballots/{running}/result"), 200)
        assert result["stages"] == []
        assert [one["challenge_id"] for one in result["trace"]] == result["selected"]
        for one in result["trace"]:
            paid = [Fraction(share["amount"]) * len(share["papers"]) for share in one["paid"]]
            assert sum(paid) == (1 if rule == "equal_shares" else 0)
        made(await setting.manager.post(f"/ballots/{running}/voiding", json={"reason": "Nog eens."}), 200)
