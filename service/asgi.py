"""The application for ASGI servers, configured by the environment: `uvicorn service.asgi:app`.

It lacks the HTTP limits of `kring serve` (`service/http_server.py`).
"""

from service.app import serving_app
from service.config import load

app = serving_app(load())
