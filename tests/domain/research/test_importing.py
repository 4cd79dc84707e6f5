"""Sources that are logged together."""

import pytest

from domain.events.research import SourceLogged
from domain.foundation import AsIs, NotAllowed, SourceId, Words
from domain.research.importing import LogSources, SourcesChanged
from domain.research.research import LogSource
from tests.domain.examples import team as t

FIRST, SECOND, THIRD = (SourceId(t.id_of("source", number)) for number in (1, 2, 3))
TWO = {FIRST: Words("{}"), SECOND: Words("[]")}


def test_sources_are_logged_together() -> None:
    history = t.execute(t.EVERYBODY, LogSources(TWO, team=t.TEAM, known=[], by=t.BY_ANNA))
    logged = [one for one in history if isinstance(one, SourceLogged)]
    assert [(one.source, one.team, one.csl) for one in logged] == [(one, t.TEAM, csl) for one, csl in TWO.items()]


def test_none_is_logged_if_another_source_was_logged_in_the_meantime() -> None:
    history = t.execute(t.EVERYBODY, LogSource(THIRD, team=t.TEAM, csl=Words("{}"), by=t.BY_BERT))
    with pytest.raises(SourcesChanged):
        t.execute(history, LogSources(TWO, team=t.TEAM, known=[], by=t.BY_ANNA))
    assert t.execute(history, LogSources(TWO, team=t.TEAM, known=[THIRD], by=t.BY_ANNA))


def test_no_sources_change_nothing() -> None:
    with pytest.raises(AsIs):
        t.execute(t.EVERYBODY, LogSources({}, team=t.TEAM, known=[], by=t.BY_ANNA))


def test_only_members_log_sources_together() -> None:
    with pytest.raises(NotAllowed):
        t.execute(t.EVERYBODY, LogSources(TWO, team=t.TEAM, known=[], by=t.BY_GUIDE))
