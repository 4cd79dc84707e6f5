"""The answers of a visit: pages in the frame, and ways on from a form."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from litestar import Response
from litestar.response import Redirect

from service.api.http.read_parameters import position
from service.pages.frame import cookies, csrf
from service.pages.frame.forms import Entered
from service.pages.frame.navigation import MENUS
from service.pages.frame.rendering import page
from service.pages.frame.visit.caller import CallerOfVisit

OWN_PATH = re.compile(r"/(?![/\\])[!-~]*")
"""A path with a query and fragment. Browsers read `//` and `/\\` as the beginning of another site (URL Standard 4.4)."""


@dataclass
class AnswersOfVisit(CallerOfVisit):
    """The answers of a visit, to its caller."""

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response[str]:
        """Render a page in the frame. The answer to a form has no past: its address is that of the form."""
        values |= {"has_past": values.get("has_past", False) and self.request.method == "GET"}
        answer = page(
            template,
            self.language,
            {
                "visit": self,
                "zone": self.zone,
                "now": self.at,
                "shown_at": self.shown_at or self.at,
                "phases": self.phases,
                **values,
            },
            status=status,
        )
        if cookies.read(self.request, "browser") != self.browser:
            cookies.put(self.request, answer, "browser", self.browser)
        return answer

    def go(self, path: str, recorded: int | None = None) -> Response[Any]:
        """Go on to a page after a form (303). `recorded`: the position that the page has to show."""
        parts = urlsplit(path)
        query = "&".join(one for one in (parts.query, "" if recorded is None else f"recorded={recorded}") if one)
        return Redirect(parts._replace(query=query).geturl(), status_code=303)

    def keep(self, entered: Entered) -> Response[str]:
        """Show what was entered when the sign-in session has ended, so that it can be sent after signing in again."""
        kept = [(name, one) for name, texts in entered.items() if name != "csrf" for one in texts]
        return self.page("sign-in/kept.html", status=401, kept=kept, action=self.request.url.path)

    # What templates read

    @property
    def menu(self) -> Collection[Any]:
        """The items of the main menu."""
        return () if self.session is None or self.place is None else MENUS[self.place.role]

    @property
    def csrf(self) -> str:
        """The token of this visit's forms."""
        return csrf.token_of(self.kring.keys, self.bearer)

    @property
    def bearer(self) -> str:
        """The sign-in session or the browser for which the forms of this visit are made."""
        return f"browser {self.browser}" if self.session is None else f"session {self.session.id}"

    @property
    def path(self) -> str:
        """The path of the page, with its query except what only this visit needs; of the answer to a form, that of its page."""
        if self.request.method != "GET":
            sent_from = urlsplit(self.request.headers.get("Referer", "")).path
            return sent_from if OWN_PATH.fullmatch(sent_from) else "/"
        query = [
            (name, one) for name, one in self.request.query_params.multi_items() if name not in {"recorded", "as_of"}
        ]
        return self.request.url.path + (f"?{urlencode(query)}" if query else "")

    @property
    def recorded(self) -> int | None:
        """The position of what a form of this page has just recorded."""
        return position(self.request.query_params.get("recorded", ""))
