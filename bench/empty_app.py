"""The peer of P5: the web framework answering an empty POST."""

from litestar import Litestar, post


@post("/")
async def nothing() -> dict[str, str]:
    """Answer with an empty object."""
    return {}


app = Litestar([nothing], openapi_config=None)
