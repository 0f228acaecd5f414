from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from autopack.events import EventName
from autopack_server.cli.main import COMMANDS, cli

TEXT = (Path(__file__).parents[2] / "docs/cli.md").read_text("utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    assert re.search(rf"^\| `{name}\b", TEXT, re.M), f"docs/cli.md has no row for {name}"
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    options = [option for p in command.params if isinstance(p, click.Option) for option in p.opts]
    assert [o for o in options if not re.search(rf"{re.escape(o)}\b", TEXT)] == []


@pytest.mark.parametrize("name", EventName)
def test_every_event_is_documented(name: EventName) -> None:
    assert f"| `{name.value}` |" in TEXT
