"""Pages: the start page, the API documentation (also offline) and, on one's own machine, the mailbox and the stories."""

from typing import Any

from service.pages.docs import docs
from service.pages.mail import mail, mailbox
from service.pages.rendering import css
from service.pages.start import start
from service.pages.stories import story

PAGES: list[Any] = [start, mailbox, mail, story, docs, css]
