"""Clients that send every command twice with one key, the second time after the answer (rule 24)."""

from typing import Any

import httpx

from domain.foundation import TokenRole
from service.clock_and_ids import new_id
from tests.conftest import Api


class TwiceClient(httpx.AsyncClient):
    """Sends every command twice with one key, the second time after the answer, and requires the same answer (rule 24)."""

    def __init__(self, api: Api, **settings: Any) -> None:
        super().__init__(**settings)
        self.api, self.commands = api, 0

    async def send(self, request: httpx.Request, **settings: Any) -> httpx.Response:
        """Send a request twice; require equal status and body and no event in between."""
        if request.method not in {"POST", "PUT"}:
            return await super().send(request, **settings)
        request.headers["Idempotency-Key"] = new_id("x")
        first = await super().send(request, **settings)
        head = await self.api.kring.log.head()
        again = await super().send(request, **settings)
        context = f"{request.method} {request.url}"
        assert (again.status_code, again.content) == (first.status_code, first.content), context
        assert again.headers.get("Kring-Position") == first.headers.get("Kring-Position"), context
        assert await self.api.kring.log.head() == head, context
        self.commands += 1
        return again


class TwiceApi(Api):
    """The API with clients that send everything twice."""

    def __init__(self, api: Api) -> None:
        super().__init__(api.url, api.kring)
        self.clients = api.clients

    async def as_(
        self, role: TokenRole, person: str | None = None, organisations: tuple[str, ...] = ()
    ) -> httpx.AsyncClient:
        """A client with a new token that sends everything twice."""
        headers = {"Authorization": f"Bearer {await self.token(role, person, organisations)}"}
        self.clients.append(TwiceClient(self, base_url=f"{self.url}/api/v1", headers=headers, timeout=30))
        return self.clients[-1]
