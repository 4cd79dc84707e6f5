"""The caller, over HTTP: their token, person and roles."""

from litestar import Controller, get
from litestar.di import NamedDependency

from service.reading.me import Me, me
from service.reading.options import ReadOptions
from service.reading.reader import Reader


class AboutMe(Controller):
    path = "/me"
    tags = ("People",)

    @get()
    async def show(self, reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]) -> Me:
        """Show the caller: token, person, and their roles in programmes, organisations and teams."""
        return await me(reader, reading)
