"""Any operation of the API as any caller, and the permission that its answer implies."""

from typing import Any

import httpx

from tests.reference.who_may import Outcome
from tests.service.api.examples.everybody import Everybody, bodies

ON_BEHALF = {
    "POST /challenges/{challenge}/withdrawal",
    "POST /commitments/{commitment}/move",
    "POST /commitments/{commitment}/settlement",
    "POST /recommendations/{recommendation}/closure",
    "POST /recommendations/{recommendation}/commitments",
    "POST /recommendations/{recommendation}/progress",
    "POST /recommendations/{recommendation}/response",
}
"""Operations of a manager on behalf of the commissioner, with a reason (rules 19 and 22)."""
UPLOAD = "POST /teams/{team}/files"
"""The only operation that takes a form."""


def outcome(answer: httpx.Response) -> Outcome | int:
    """Permission that an answer implies; a server error is none."""
    match answer.status_code:
        case 403:
            return "forbidden"
        case 404:
            return "hidden"
        case 200 | 201 | 202 | 409 | 422:
            return "allowed"
        case status:
            return status


async def ask(client: httpx.AsyncClient, operation: str, all_: Everybody, asker: str) -> httpx.Response:
    """Call this operation on the items of the setting."""
    method, _, path = operation.partition(" ")
    if operation == UPLOAD:
        return await client.post(path.format(**all_.ids), files={"file": ("b.pdf", b"%PDF-1.7", "application/pdf")})
    behalf = asker == "manager" and operation in ON_BEHALF
    headers = {"Kring-On-Behalf-Of": all_.ids["organisation"], "Kring-Reason": "Ziek"} if behalf else {}
    body: Any = bodies(all_.ids).get(operation)
    return await client.request(method, path.format(**all_.ids), json=body, headers=headers)
