"""Imports every module and reads every kind of file: run by an interpreter that has Kring installed and knows no checkout."""

import importlib
import pkgutil
import sys

import domain
import projections
import service
import workers
from service import demo
from service.pages.rendering import templates
from service.store.schema import migrations
from workers.mail.sending import TEMPLATES

for package in (domain, projections, service, workers):
    for module in pkgutil.walk_packages(package.__path__, prefix=f"{package.__name__}."):
        if not module.name.endswith(".__main__"):
            file = importlib.import_module(module.name).__file__
            assert file is not None
            assert file.startswith(sys.prefix), file

assert migrations()
assert demo.steps()
for environment in (templates, TEMPLATES):
    assert environment.list_templates()
    for name in environment.list_templates():
        environment.get_template(name)
