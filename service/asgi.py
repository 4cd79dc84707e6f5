"""The application for ASGI servers, configured by the environment: `uvicorn service.asgi:app`."""

from service.app import serving_app
from service.config import load

app = serving_app(load())
