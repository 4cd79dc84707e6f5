"""The application for ASGI servers, configured by the environment: `uvicorn service.asgi:app`."""

from service.app import make_app
from service.config import load

app = make_app(load())
