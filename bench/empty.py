"""The peer of P5: the framework answering an empty POST."""

from litestar import Litestar, post


@post("/")
async def nothing() -> dict[str, str]:
    """Answer nothing much."""
    return {}


app = Litestar([nothing], openapi_config=None)
