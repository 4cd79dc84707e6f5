"""Import every module and read every kind of data file; run by an interpreter with Kring installed and no checkout."""

import importlib
import pkgutil
import sys
from typing import get_args

import domain
import projections
import service
import workers
from domain.foundation import Language
from service import demo
from service.pages.frame.rendering import templates as pages
from service.store.schema import migrations
from service.templates import environment

for package in (domain, projections, service, workers):
    for module in pkgutil.walk_packages(package.__path__, prefix=f"{package.__name__}."):
        if not module.name.endswith(".__main__"):
            file = importlib.import_module(module.name).__file__
            assert file is not None
            assert file.startswith(sys.prefix), file

assert migrations()
assert demo.steps()
for language in get_args(Language):
    for templates in (pages(language), environment("workers.mail", "templates", language)):
        assert templates.list_templates()
        for name in templates.list_templates():
            templates.get_template(name)
