"""What only a team and its guides know."""

from domain.foundation import NotAllowed, NotFound, ProgrammeId, TeamId
from domain.teams.team import TeamWork


class OwnWork(TeamWork):
    """Base of commands on what only its team and its guides know: to everybody else it does not exist."""

    def require_own(self, team: TeamId, programme: ProgrammeId) -> None:
        """Raises `NotAllowed` to who guides the team, `NotFound` to everybody else, unless the caller is a member; `TeamOver`."""
        self.require_going_on_for(team)
        if not self.is_member(team, programme):
            raise NotAllowed if self.facilitates(programme, team) else NotFound
