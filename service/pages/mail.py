"""The mailbox of an installation without a mail server."""

import asyncio
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from domain.foundation import NotFound
from service import mailbox as box
from service.api.http.negotiation import answer_language
from service.kring import Kring
from service.pages.frame.rendering import only_at_home, page


@get("/mailbox", include_in_schema=False, guards=[only_at_home])
async def mailbox(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the latest mails of all persons."""
    kring: Kring = request.app.state.kring
    entries = await asyncio.to_thread(box.entries, kring.config.data)
    return page("mailbox.html", answer_language(request), {"entries": entries, "shown_at_most": box.MAX_SHOWN})


@get("/mailbox/{person:str}/{name:str}", include_in_schema=False, guards=[only_at_home])
async def mail(request: Request[Any, Any, Any], person: FromPath[str], name: FromPath[str]) -> Response[str]:
    """Show one mail as text."""
    kring: Kring = request.app.state.kring
    try:
        found = await asyncio.to_thread(box.read, kring.config.data, person, name)
    except box.NoSuchMail:
        raise NotFound from None
    body = found.get_body(("plain",))
    text = "" if body is None else str(body.get_content())
    sender, to, subject = (str(found[header]) for header in ("From", "To", "Subject"))
    shown = {"sender": sender, "to": to, "subject": subject, "sent_at": found["Date"].datetime, "text": text}
    return page("mail.html", answer_language(request), shown)
