"""Problems beyond their texts: secrets in paths stay out of the log, and a limit says how long to wait."""

import pytest
from litestar import Litestar, get
from litestar.params import FromPath
from litestar.testing import AsyncTestClient
from structlog.testing import capture_logs

from service.api.http.problems import HANDLERS
from service.auth.sign_in import TooManySignIns

SECRET = "s3cr3t-" * 7
ID = "recommendation_01m84mt5r8ect9b3q1c3f0kk2z"


@get("/{part:str}/broken/{link:str}")
async def broken(part: FromPath[str], link: FromPath[str]) -> None:
    raise OSError(part, link)


@get("/{part:str}/wrong/{link:str}")
async def wrong(part: FromPath[str], link: FromPath[str]) -> None:
    raise LookupError(part, link)


@get("/limited")
async def limited() -> None:
    raise TooManySignIns(754)


@pytest.mark.parametrize(("path", "status"), [("broken", 503), ("wrong", 500)])
async def test_the_log_names_the_path_without_the_secret_of_a_link(path: str, status: int) -> None:
    app = Litestar([broken, wrong], exception_handlers=HANDLERS, openapi_config=None, logging_config=None)
    async with AsyncTestClient(app) as client:
        with capture_logs() as logged:
            answer = await client.get(f"/{ID}/{path}/01m84mt5r8ect9b3q1c3f0kk2z_{SECRET}")
    assert answer.status_code == status
    assert [one["path"] for one in logged] == [f"/{ID}/{path}/…"]


async def test_a_limit_says_how_long_to_wait() -> None:
    app = Litestar([limited], exception_handlers=HANDLERS, openapi_config=None, logging_config=None)
    async with AsyncTestClient(app) as client:
        answer = await client.get("/limited", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "754")
    assert answer.json()["code"] == "too-many-sign-ins"
    assert answer.json()["detail"].endswith("or wait 13 minutes.")
