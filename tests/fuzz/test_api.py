"""Arbitrary requests to every operation of the document, as everybody: answered as documented, and at home."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from coursecove.web.api import api_document
from tests.conftest import Server
from tests.fuzz.stage import Range, open_range

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPERATIONS = {
    result.ok().label: result.ok()
    for result in schemathesis.openapi.from_dict(api_document()).get_all_operations()
}
REFUSED = {400, 401}
"""What strangers meet: JSON that cannot be read is refused before anybody asks who sent it."""

HONEST = {200, 201, 202, 404, 409, 422}
"""What requests of the document's shape meet; 422 says that a value of the right shape cannot be used."""


@pytest.fixture(scope="module")
def opened(server: Server) -> Iterator[Range]:
    with open_range(server) as made:
        yield made


def _cases(operation: Any) -> st.SearchStrategy[Any]:
    """What the document allows and, where there is anything to get wrong, what it does not."""
    allowed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not (operation.query or operation.body or operation.path_parameters):
        return allowed
    return st.one_of(allowed, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))


def _attack(opened: Range, label: str, examples: int) -> dict[str, set[int]]:
    """Send each case as every caller; answers the statuses that each of them met."""
    operation = OPERATIONS[label]
    has_cursor = "cursor" in {each.name for each in operation.query}
    met: dict[str, set[int]] = {caller: set() for caller in opened.callers}

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=_cases(operation),
        row=st.none() | st.sampled_from(range(len(opened.ids))),
        any_version=st.booleans(),
        first_page=st.booleans() if has_cursor else st.just(value=False),
    )
    def attacked(case: Any, row: int | None, any_version: bool, first_page: bool) -> None:
        if first_page and case.query:  # made-up cursors are refused
            case.query.pop("cursor", None)
        if row is not None and case.path_parameters:
            case.path_parameters = {name: str(opened.ids[row]) for name in case.path_parameters}
        for caller in opened.callers:
            request = case.as_transport_kwargs(base_url=opened.address)
            if any_version:
                request["headers"] = {**dict(request.get("headers") or {}), "if-match": "*"}
            answer = opened.send(caller, request)
            met[caller].add(answer.status_code)
            case.validate_response(answer, checks=CHECKS)
            _is_at_home(opened, answer)

    attacked()
    return met


def _is_at_home(opened: Range, answer: httpx.Response) -> None:
    """Nothing of the other school is in the answer, but what the request itself brought."""
    said, asked = answer.text + str(answer.headers), str(answer.request.url)
    assert not [canary for canary in opened.canaries if canary in said and canary not in asked]


@pytest.mark.parametrize("label", OPERATIONS)
def test_everybody_gets_a_documented_answer_of_their_school(opened: Range, label: str) -> None:
    met = _attack(opened, label, examples=10)
    assert met["nobody"] <= REFUSED
    assert met["key_of_other_school"] <= REFUSED
    assert met["elsewhere"] <= REFUSED | {403}
    assert met["super_admin"] & HONEST, "a part of the cases is what an honest caller sends"


@pytest.mark.deep
@pytest.mark.parametrize("label", OPERATIONS)
def test_and_after_very_many_requests_still(opened: Range, label: str) -> None:
    _attack(opened, label, examples=500)
