"""`kring sign-in-link`."""

import re

import pytest

from service.auth.devices import Device
from service.auth.sign_in import SignIns
from service.clock_and_ids import new_id
from service.config import load
from service.kring import open_kring
from tests.service.examples.cli import Kring, stderr_of
from tests.workers.examples.stage import Stage

LINK = re.compile(r"https://kring\.example/sign-in/(\S+)\n")


@pytest.mark.parametrize("by", ["--person", "--email"])
async def test_a_link_is_the_only_output_and_signs_its_person_in(kring: Kring, own: dict[str, str], by: str) -> None:
    own["KRING_PUBLIC_URL"] = "https://kring.example"
    async with open_kring(load(own)) as opened:
        stage = Stage(opened)
        await stage.set_up()
        person = stage.electors[0]
        printed = await kring("sign-in-link", by, person if by == "--person" else "E0@example.org")
        link = LINK.fullmatch(printed.stdout)
        assert link, printed
        sign_ins = SignIns(opened)
        assert (await sign_ins.use_link(link[1], device=Device("", ""))).person == person
        await sign_ins.close()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param([], 2, "Give either --person or --email.", id="nobody"),
        pytest.param(["--person", new_id("team")], 2, "is not the id of a person", id="another id"),
        pytest.param(["--person", new_id("person")], 1, "Nobody is registered with this id.", id="an unknown id"),
        pytest.param(
            ["--email", "a@example.org"], 1, "Nobody is registered with this address.", id="an unknown address"
        ),
        pytest.param(["--email", "no address"], 2, "is not a mail address", id="no address"),
    ],
)
async def test_no_link_is_made_for(kring: Kring, arguments: list[str], code: int, words: str) -> None:
    refused = await kring("sign-in-link", *arguments)
    assert (refused.returncode, refused.stdout) == (code, "")
    assert words in stderr_of(refused)
