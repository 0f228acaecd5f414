"""The command an editor starts."""

from __future__ import annotations

import click

LEVELS = ("error", "warning", "info", "debug")


@click.command("lsp")
@click.option("--replay", is_flag=True, help="Let runs be started on a cassette, as the setting `replay: true` does.")
@click.option("--log-level", type=click.Choice(LEVELS), default="warning", help="What goes to stderr.")
@click.option("--stdio", is_flag=True, expose_value=False, help="Nothing else is spoken; many editors say it.")
def lsp_command(replay: bool, log_level: str) -> None:
    """Serve an editor over the Language Server Protocol on stdin and stdout. Editors start this, not people."""
    from autopack_server.lsp.main import serve

    serve(replay=replay, log_level=log_level)
