"""Schemathesis on our OpenAPI document: no server errors and no undocumented answers."""

# requests and schemathesis are barely typed:
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false, reportMissingTypeArgument=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.reading import reader
from tests.conftest import Api
from tests.service.api.examples.programme import Setting, ballot, made, programme

pytestmark = pytest.mark.own_kring  # it generates many requests

CONFORMS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ANSWERS_ABOVE_500 = {501, 503, 504}
"""Not built yet, retry, views not ready yet; all other 5xx are errors."""

VALID, INVALID = 3, 1  # examples per operation and role
UNBUILT_EXAMPLES = 1  # example per unbuilt operation


async def test_every_operation_answers_as_the_openapi_document_describes(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "VIEWS_TIMEOUT_S", 0.01)
    setting = await programme(api)
    known = await things(api, setting)
    async with httpx.AsyncClient(base_url=api.url) as anybody:
        document = made(await anybody.get("/api/v1/openapi.json"), 200)
    everybody = [one.headers["Authorization"] for one in (setting.manager, setting.people[0], setting.facilitator)]
    assert await asyncio.to_thread(explored, document, api.url, everybody, known) == []


async def things(api: Api, setting: Setting) -> dict[str, str]:
    """One id of each existing kind, by prefix."""
    return {
        "programme": setting.programme,
        "organisation": setting.organisation,
        "person": setting.ids[1],
        "challenge": setting.challenges[0],
        "ballot": await ballot(setting),
    }


def explored(document: dict[str, Any], url: str, authorizations: list[str], known: dict[str, str]) -> list[str]:
    """Violations in the answers to each of these callers, who all send the same requests."""
    load_all_checks()
    wrong: list[str] = []
    with ExitStack() as stack:
        sessions = [stack.enter_context(requests.Session()) for _ in authorizations]
        for session, authorization in zip(sessions, authorizations, strict=True):
            session.headers["Authorization"] = authorization
        for found in schemathesis.openapi.from_dict(document).get_all_operations():
            operation = found.ok()  # pyright: ignore[reportAttributeAccessIssue]  a bad document fails here
            built = any(
                status.startswith("2") for status in document["paths"][operation.path][operation.method]["responses"]
            )
            for mode, examples in ((GenerationMode.POSITIVE, VALID), (GenerationMode.NEGATIVE, INVALID)):
                check = checked(
                    operation,
                    mode,
                    examples if built else UNBUILT_EXAMPLES,
                    known,
                    lambda case: answered(case, url, sessions),
                )
                try:
                    check()
                except (AssertionError, FailureGroup) as error:
                    wrong.append(f"{operation.label} {mode}: {error} {getattr(error, 'exceptions', '')}")
    return wrong


def checked(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    examples: int,
    known: dict[str, str],
    check: Callable[[Case], None],
) -> Callable[[], None]:
    """Run `check` on this many requests, the same ones each time; half of them refer to existing items."""

    @seed(16)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(case=operation.as_strategy(generation_mode=mode), about_ours=st.booleans())
    def one(case: Case, about_ours: bool) -> None:
        if about_ours:
            case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}
            case.body = with_known(case.body, known)
        check(case)

    return one


def with_known(value: Any, known: dict[str, str]) -> Any:
    """The same JSON with ids of existing items."""
    match value:
        case str():
            return known.get(value.partition("_")[0], value) if "_" in value else value
        case list():
            return [with_known(one, known) for one in value]
        case dict():
            return {name: with_known(one, known) for name, one in value.items()}
        case _:
            return value


def answered(case: Case, url: str, sessions: list[requests.Session]) -> None:
    """Send a request as each caller, and check the answers."""
    for session in sessions:
        answer = case.call(base_url=url, session=session, timeout=30)
        assert answer.status_code < 500 or answer.status_code in ANSWERS_ABOVE_500, (
            f"{answer.status_code} {case.as_curl_command()}"
        )
        case.validate_response(answer, checks=CONFORMS)
