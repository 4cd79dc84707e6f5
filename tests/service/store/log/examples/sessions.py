"""Sessions of writers, recorded as they are opened."""

from service.store.log.session import Session


class WriterSessions:
    """Sessions that the writers of this process have opened, in order, and their URLs."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, Session]] = []

    def __len__(self) -> int:
        return len(self.opened)

    def last(self, url: str) -> Session | None:
        """Session of the writer at this URL, if it has one."""
        session = next(session for opened, session in reversed(self.opened) if opened == url)
        return None if session.connection.is_closed() else session
