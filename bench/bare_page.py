"""The peer of P15: the web framework rendering a template with a layout, a list and escaped values, and nothing else."""

from jinja2 import DictLoader, Environment
from litestar import Litestar, get
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template.config import TemplateConfig

LAYOUT = """<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><title>{% block title %}{% endblock %}</title></head>
<body><main>{% block main %}{% endblock %}</main></body></html>"""
PAGE = """{% extends "layout.html" %}
{% block title %}{{ title }}{% endblock %}
{% block main %}<h1>{{ title }}</h1><ul>
{% for one in items %}<li><a href="/things/{{ one.number }}">{{ one.name }}</a> <p>{{ one.text }}</p></li>
{% endfor %}</ul>{% endblock %}"""

ITEMS = [{"number": n, "name": f"Naam & {n}", "text": "Een regel met <tekens>. " * 8} for n in range(50)]


@get("/")
async def page() -> Template:
    """Render the page."""
    return Template("page.html", context={"title": "Vijftig dingen", "items": ITEMS})


engine = JinjaTemplateEngine.from_environment(
    Environment(loader=DictLoader({"layout.html": LAYOUT, "page.html": PAGE}), autoescape=True)
)
app = Litestar([page], openapi_config=None, template_config=TemplateConfig(instance=engine))
