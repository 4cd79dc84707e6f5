"""Pages: the start page, the API documentation and, on one's own machine, the mailbox and the trails of organisations."""

from typing import Any

from service.pages.docs import docs
from service.pages.mail import mail, mailbox
from service.pages.rendering import css
from service.pages.start import start
from service.pages.trail import trail

PAGES: list[Any] = [start, mailbox, mail, trail, docs, css]
