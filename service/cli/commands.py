"""The command `kring` and its subcommands."""

import rich_click as click

from service.cli.arguments import version_option
from service.cli.check import check
from service.cli.doctor import doctor
from service.cli.jobs import jobs
from service.cli.reactions import reactions
from service.cli.rebuild import rebuild
from service.cli.replay import replay
from service.cli.roles import project, serve, work
from service.cli.sign_in import sign_in_link
from service.cli.tokens import token
from service.cli.up import demo, migrate, up
from service.cli.views import views

click.rich_click.MAX_WIDTH = 100
click.rich_click.COMMAND_GROUPS = {
    "kring": [
        {"name": "On one machine", "commands": ["up", "demo"]},
        {"name": "On servers of your own, one process per role", "commands": ["migrate", "serve", "project", "work"]},
        {
            "name": "Operation",
            "commands": ["token", "sign-in-link", "replay", "check", "views", "reactions", "jobs", "rebuild", "doctor"],
        },
    ]
}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@version_option(package_name="kring", prog_name="kring")
def main() -> None:
    """Communities of Practice inside development programmes, on one history that anyone can replay and verify.

    Settings come from the environment (KRING_DATA, KRING_PORT, KRING_DATABASE_URL, …); options take precedence.
    """


for command in (
    *(up, demo, migrate, serve, project, work),
    *(token, sign_in_link, replay, check, views, reactions, jobs, rebuild, doctor),
):
    main.add_command(command)
