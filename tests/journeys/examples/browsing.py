"""People at work on the pages: each in a browser of their own, some on a phone, with or without scripts."""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from email.message import EmailMessage
from http import HTTPStatus
from typing import Any

from aiosmtpd.smtp import SMTP
from playwright.async_api import Browser, BrowserContext, Locator, Page, Response, expect

from tests.browser import errors_of
from tests.conftest import Api
from tests.workers.examples.stage import working
from tests.workers.mail.examples.mails import Letterbox, by_smtp, text

VIEWS_TIMEOUT_S, MAIL_TIMEOUT_S, PAGE_TIMEOUT_MS = 60.0, 30.0, 20_000
PHONE, DESKTOP, HEIGHT = 390, 1280, 400  # what is low is painted sooner
LINK, CODE = re.compile(r"https?://\S+?(/sign-in(?:/\S+)?)\n"), re.compile(r"\n\n(\d{6})\n\n")

Entry = str | bool
"""A text to type, an option to select, or whether a box or radio button is checked."""


class Postman(Letterbox):
    """A mail server whose mails can be awaited."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = asyncio.Condition()

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802  a name of aiosmtpd
        """Keep a mail, and tell who waits for it."""
        answer = await super().handle_DATA(_, __, envelope)
        async with self.arrived:
            self.arrived.notify_all()
        return answer

    async def mail(self, to: str, subject: str) -> EmailMessage:
        """The last mail to an address whose subject ends like this, as soon as there is one."""

        def found() -> EmailMessage | None:
            mails = (one for receivers, one in reversed(self.received) if receivers == [to])
            return next((one for one in mails if one["Subject"].endswith(subject)), None)

        async with asyncio.timeout(MAIL_TIMEOUT_S), self.arrived:
            await self.arrived.wait_for(lambda: found() is not None)
        mail = found()
        assert mail is not None
        return mail


@asynccontextmanager
async def mailing(api: Api) -> AsyncGenerator[Postman]:
    """A worker that sends mails to a real mail server."""
    postman = Postman()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(postman), "127.0.0.1", 0)
    try:
        async with working(by_smtp(api.kring, f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}")):
            yield postman
    finally:
        server.close()


class User:
    """One person and the page before them."""

    def __init__(self, api: Api, page: Page, email: str) -> None:
        self.api, self.page, self.email = api, page, email
        self.errors, self.status = errors_of(page.context), 0
        page.on("response", self._answered)

    # Going somewhere

    async def open(self, path: str) -> None:
        """Go to a page that shows everything that was recorded."""
        await self._up_to_date()
        await self.page.goto(self.api.url + path, wait_until="domcontentloaded")
        await self._fits()

    async def follow(self, link: str | re.Pattern[str], within: str = "body") -> None:
        """Press a link."""
        await self._up_to_date()
        await self._press(self.page.locator(within).get_by_role("link", name=link, exact=True))

    async def unfold(self, summary: str) -> None:
        """Show what is folded, unless it is shown already."""
        folded = self.page.locator("details:not([open]) > summary", has_text=summary)
        if await folded.count():
            await folded.click()

    # Doing something

    async def send(self, button: str, entries: Mapping[str, Entry] | None = None) -> None:
        """Fill in the form with this button, by the labels of its fields, and press it. The page after it is no error."""
        pressed = self.page.get_by_role("button", name=button, exact=True)
        form = self.page.locator("form").filter(has=pressed)
        for label, entry in (entries or {}).items():
            await _enter(form, label, entry)
        await self._press(pressed)

    async def press(self, button: str | re.Pattern[str]) -> None:
        """Press a button that stands alone, or belongs to a form elsewhere on the page."""
        await self._press(self.page.get_by_role("button", name=button, exact=True))

    # Looking

    async def reads(self, title: str | re.Pattern[str]) -> None:
        """Require this title of the page."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(title)

    async def sees(self, *texts: str) -> None:
        """Require these texts on the page."""
        for one in texts:
            await expect(self.page.locator("main")).to_contain_text(one)

    @property
    def path(self) -> str:
        """The path of the page, without what only this visit needs."""
        return self.page.url.removeprefix(self.api.url).partition("?")[0].partition("#")[0]

    async def _press(self, what: Locator) -> None:
        async with self.page.expect_event("domcontentloaded"):
            await what.click()
        if self.status >= HTTPStatus.BAD_REQUEST:
            raise AssertionError(f"{self.path}: {self.status}\n{await self.page.locator('main').inner_text()}")
        await self._fits()

    def _answered(self, answer: Response) -> None:
        if answer.request.is_navigation_request():
            self.status = answer.status

    async def _up_to_date(self) -> None:
        await self.api.kring.views.wait(await self.api.head(), VIEWS_TIMEOUT_S)

    async def _fits(self) -> None:
        size = self.page.viewport_size
        if size is not None and size["width"] == PHONE:
            reached = await self.page.evaluate("document.documentElement.scrollWidth")
            assert reached <= PHONE, f"{self.path} is {reached} wide"

    # Signing in

    async def accept(self, postman: Postman, *, by_code: bool = False) -> None:
        """Sign in from the mail that invited this person, by the link or the code of a second mail."""
        invitation = LINK.search(text(await postman.mail(self.email, "you are invited")))
        assert invitation is not None
        await self.open(invitation[1])
        await self.send("Mail me a link", {"Your e-mail address": self.email})
        mail = text(await postman.mail(self.email, "sign in"))
        link, code = LINK.search(mail), CODE.search(mail)
        assert link is not None
        assert code is not None
        if by_code:
            await self.send("Sign in", {"The code in the mail": code[1]})
        else:
            await self.open(link[1])
            await self.send("Sign in")
        assert self.path == "/"


async def _enter(form: Locator, label: str, entry: Entry) -> None:
    if isinstance(entry, bool):
        box, radio = (form.get_by_role(role, name=label, exact=True) for role in ("checkbox", "radio"))
        await box.or_(radio).set_checked(entry)
        return
    field = form.get_by_label(re.compile(rf"^{re.escape(label)}( \(optional\))?$"))
    if await field.evaluate("one => one.tagName") == "SELECT":
        await field.select_option(label=entry)
    else:
        await field.fill(entry)


@asynccontextmanager
async def users(
    api: Api, browser: Browser, emails: Mapping[str, str], *, scripts: bool, on_phone: str
) -> AsyncGenerator[dict[str, User]]:
    """People by name, each in a browser of their own. At the end nothing went wrong in any of them."""
    contexts, found = list[BrowserContext](), dict[str, User]()
    for name, email in emails.items():
        width = PHONE if name == on_phone else DESKTOP
        context = await browser.new_context(
            java_script_enabled=scripts,
            locale="en",
            viewport={"width": width, "height": HEIGHT},
            reduced_motion="reduce",
        )
        context.set_default_timeout(PAGE_TIMEOUT_MS)
        contexts.append(context)
        found[name] = User(api, await context.new_page(), email)
    try:
        yield found
        assert {name: one.errors for name, one in found.items() if one.errors} == {}
    finally:
        for context in contexts:
            await context.close()  # the service waits for their live connections to end
