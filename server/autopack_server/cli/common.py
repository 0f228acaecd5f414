"""What every command shares: --repo and --json, and opening the service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from autopack.service import Queries, Service

F = TypeVar("F", bound=Callable[..., Any])


def common(function: F) -> F:
    """Adds --repo DIR and --json."""
    function = click.option("--json", "as_json", is_flag=True, help="JSON on stdout; people's text on stderr.")(
        function
    )
    return click.option(
        "--repo", type=click.Path(path_type=Path), default=Path(), help="The repository (default: around this folder)."
    )(function)


def place_of(repo: Path, plan: Path) -> Path:
    """--repo, else the folder of the plan: a plan named from elsewhere belongs to its own repository."""
    return repo if repo != Path() or not plan.parent.is_dir() else plan.parent


@contextmanager
def queries_of(repo: Path) -> Iterator[Queries]:
    """What may be asked of the repository around `repo`, without what a run needs."""
    from autopack.service import Queries

    with Queries.open(repo) as queries:
        yield queries


@contextmanager
def service_of(repo: Path, command_line: Mapping[str, Any] | None = None) -> Iterator[Service]:
    """The service of the repository around `repo`."""
    from autopack.service import Service

    with Service.open(repo, command_line=command_line) as service:
        yield service


def put_json(data: Any) -> None:
    """One JSON value on a line of stdout."""
    click.echo(json.dumps(data, ensure_ascii=False, default=str))


def done(as_json: bool, data: Mapping[str, Any], text: str) -> None:
    """The result of an action, in the form asked for."""
    if as_json:
        put_json({"ok": True, **data})
    else:
        click.echo(text)
