"""`autopack`: the command line. Importing this module imports click alone; each command imports what it needs."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("driving", "Run a plan."),
    "resume": ("driving", "Go on with a run."),
    "stop": ("people", "Stop a run; it can be resumed."),
    "status": ("queries", "Show a run."),
    "list": ("queries", "List the runs of this repository."),
    "report": ("queries", "Write a run's report and show it."),
    "show": ("queries", "Show the patch or the evidence of an attempt."),
    "handoff": ("queries", "Write a handoff bundle for a phase."),
    "approve": ("people", "Approve a request."),
    "reject": ("people", "Reject a request."),
    "retry": ("people", "Queue a phase again."),
    "skip": ("people", "Leave a phase out."),
    "rollback": ("people", "Roll a run back, or take one phase out of it."),
    "promote": ("people", "Bring a run's result to your branch or files."),
    "unpromote": ("people", "Take a promotion back."),
    "discard": ("people", "End a run for good and remove what it left."),
    "init": ("plans", "Write a commented plan from what the repository holds."),
    "lint": ("plans", "Check a plan."),
    "explain": ("plans", "Explain a rule code."),
    "health": ("house", "Check machine, repository and settings."),
    "settings": ("house", "Show the settings in force."),
    "gc": ("house", "Remove what retention no longer keeps."),
    "lsp": ("editor", "Serve an editor over LSP."),
    "demo": ("house", "Run the demo plan in a temporary folder."),
}


class Lazy(click.Group):
    """Loads a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"autopack_server.cli.{COMMANDS[cmd_name][0]}")
        return getattr(module, f"{cmd_name}_command")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="autopack", prog_name="autopack")
def cli() -> None:
    """Execute multi-phase build plans with language models, governed and durable."""


def main(argv: list[str] | None = None) -> Any:
    """Entry point. Ends the process with the exit code the command documents."""
    from autopack_server.cli.errors import guarded

    words = sys.argv[1:] if argv is None else argv
    return guarded(lambda: cli.main(args=words, standalone_mode=False), command=words[0] if words else "")


if __name__ == "__main__":
    sys.exit(main())
