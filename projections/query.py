"""Queries over views. Their texts name views by placeholders, so that no literal or column is mistaken for a view."""

import re
from collections.abc import Callable
from typing import Any, LiteralString

from projections.view import View

PLACEHOLDER = re.compile(r"\{(\w+)\}")


class ViewQuery:
    """A query whose `text` names each of its `views` by a placeholder, as in `select * from {teams}`.

    Other braces stay as they are, as in `'{}'` and `'{a,b}'`; an array of one name is written `array['a']`.
    Raises ValueError if the placeholders and the views differ.
    """

    def __init__(self, text: LiteralString, *views: View[Any]) -> None:
        self.text: LiteralString = text
        self.views = views
        placeholders, given = set(PLACEHOLDER.findall(text)), {view.name for view in views}
        if unknown := sorted(placeholders - given):
            raise ValueError(f"placeholders without a view: {', '.join(unknown)}")
        if unused := sorted(given - placeholders):
            raise ValueError(f"views without a placeholder: {', '.join(unused)}")

    def sql(self, relation: Callable[[View[Any]], str]) -> str:
        """Return the statement, with the relation of each view in place of its placeholder."""
        relations = {view.name: relation(view) for view in self.views}
        return PLACEHOLDER.sub(lambda found: relations[found[1]], self.text)
