"""Every path with every method: an answer, or 405 with the allowed methods; never a server error."""

import re

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from service.app import make_app
from service.config import load
from tests.conftest import Api
from tests.samples import sample_id

METHODS = ("OPTIONS", "HEAD", "GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
PARAMETER = re.compile(r"\{(\w+):(\w+)\}")


def paths(app: Litestar) -> dict[str, set[str]]:
    """Each path with unknown ids, and its methods."""
    return {
        PARAMETER.sub(lambda found: "1" if found[2] == "int" else sample_id(found[1], found[1]), route.path): {
            str(method) for handler in route.route_handlers for method in handler.http_methods
        }
        for route in app.routes
        if isinstance(route, HTTPRoute)
    }


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    return paths(make_app(load({})))


@pytest.mark.parametrize("method", METHODS)
async def test_every_method_on_every_path_is_answered_or_refused(
    api: Api, known: dict[str, set[str]], method: str
) -> None:
    client = httpx.AsyncClient(base_url=api.url, headers={"Authorization": f"Bearer {await api.token('manager')}"})

    async def ask(path: str, methods: set[str]) -> str | None:
        answer = await client.request(method, path, timeout=30)
        if answer.status_code >= 500 and answer.status_code not in {501, 503}:  # not built; there is no worker
            return f"{path}: {answer.status_code}"
        if method == "OPTIONS" and not (answer.status_code == 204 and answer.headers.get("Allow")):
            return f"{path}: {answer.status_code} without Allow"
        if method not in methods and method != "HEAD":
            offered = set(re.findall(r"\w+", answer.headers.get("Allow", "")))
            if answer.status_code != 405 or not methods <= offered:
                return f"{path}: {answer.status_code}, Allow: {answer.headers.get('Allow')}"
        return None

    async with client:
        faults = [await ask(path, methods) for path, methods in known.items()]
    assert [one for one in faults if one] == []
