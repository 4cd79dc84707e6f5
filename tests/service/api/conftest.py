"""A running Kring shared by the tests of the API, each with its own programmes, organisations and people."""

import pytest

from tests.conftest import Api
from tests.service.conftest import own_or_shared


@pytest.fixture
def api(request: pytest.FixtureRequest) -> Api:
    """The shared service, or one of the test's own."""
    return own_or_shared(request)
