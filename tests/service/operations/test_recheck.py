"""`kring check` on a real database, and on one whose owner changed an event manually."""

import pytest

from domain.foundation import AssignmentId
from service.kring import Kring
from service.operations.recheck import Checked, check
from service.store.database import connect
from tests.conftest import Api, Database
from tests.service.api.examples.forming import Stage, staged
from tests.service.examples.cli import Kring as Run
from workers.solving.assigning import solve


async def solved(api: Api) -> tuple[Stage, str]:
    """A programme with a certified ballot, proposed teams, and later changes of preferences."""
    stage = await staged(api)
    a, b, c = await stage.certify()
    await stage.rank([[a, b, c]] * 6 + [[b, a, c]] * 6)
    assignment = await stage.request()
    await solve(api.kring, AssignmentId(assignment))
    await stage.rank([[c]])
    return stage, assignment


async def everything(kring: Kring) -> dict[str, Checked]:
    return {one.about: one async for one in check(kring)}


async def rewrite(database: Database, topic: str, old: str, new: str) -> None:
    """Change an event as the owner of the database, who can disable the triggers that refuse it."""
    connection = await connect(database.owner_url)
    await connection.execute("alter table events disable trigger append_only")
    changed = await connection.execute(
        "update events set data = convert_to(regexp_replace(convert_from(data, 'UTF8'), $2, $3), 'UTF8') where type = $1",
        topic,
        old,
        new,
    )
    await connection.execute("alter table events enable always trigger append_only")
    await connection.close()
    assert changed == "UPDATE 1"


async def test_rule_11_every_count_and_assignment_can_be_reproduced(api: Api) -> None:
    stage, assignment = await solved(api)
    found = await everything(api.kring)
    assert list(found) == [stage.ballot, assignment]
    assert all((one.differences, one.unchecked) == ((), None) for one in found.values())


@pytest.mark.parametrize(
    ("topic", "old", "new", "names"),
    [
        ("ballot.counted", r'"selected":\["[^"]*",', '"selected":[', "selected"),
        ("team.assignment_proposed", r'"squares":\d+', '"squares":1', "objective"),
        ("team.assignment_proposed", r'"input_hash":"....', '"input_hash":"AAAA', "input_hash"),
        ("team.assignment_proposed", r'"number":1', '"number":"one"', "this is not what Kring recorded"),
    ],
)
async def test_rule_11_a_manually_changed_event_is_found(
    api: Api, database: Database, topic: str, old: str, new: str, names: str
) -> None:
    stage, assignment = await solved(api)
    await rewrite(database, topic, old, new)
    found = await everything(api.kring)
    wrong = {about: one.differences for about, one in found.items() if one.differences}
    assert list(wrong) == [stage.ballot if topic == "ballot.counted" else assignment]
    assert any(one.startswith(names) for differences in wrong.values() for one in differences)


async def test_a_manually_changed_preference_is_found(api: Api, database: Database) -> None:
    _, assignment = await solved(api)
    connection = await connect(database.owner_url)
    position = await connection.fetchval("select min(position) from events where type = 'team.preferences_ranked'")
    await connection.execute("alter table events disable trigger append_only")
    await connection.execute(
        """update events set data = convert_to(
             regexp_replace(convert_from(data, 'UTF8'), '"ranking":\\[[^]]*\\]', '"ranking":[]'), 'UTF8')
           where position = $1""",
        position,
    )
    await connection.close()
    (difference,) = (await everything(api.kring))[assignment].differences
    assert difference.startswith("input_hash")


async def test_the_check_command_reports_its_work_and_sets_its_exit_code(
    api: Api, kring: Run, database: Database
) -> None:
    nothing = await kring("check")
    assert (nothing.returncode, nothing.stdout.startswith("There are no counts")) == (0, True), nothing
    stage, assignment = await solved(api)
    well = await kring("check")
    assert well.returncode == 0, well
    assert f"✓ {stage.ballot} (event " in well.stdout
    assert "Checked 2 counts and team assignments: 0 differ, 0 cannot be checked." in well.stdout
    await rewrite(database, "team.assignment_proposed", r'"squares":\d+', '"squares":1')
    found = await kring("check")
    assert found.returncode == 1
    assert f"✗ {assignment} (event " in found.stdout
    assert "→ objective: recorded worst rank" in found.stdout
    assert "1 differ," in found.stdout
