"""Pages for people: the start page and, on one's own machine, the mailbox and the stories; documentation without internet."""

from typing import Any

from service.pages.docs import docs
from service.pages.mail import mail, mailbox
from service.pages.rendering import css
from service.pages.start import start
from service.pages.stories import story

PAGES: list[Any] = [start, mailbox, mail, story, docs, css]
