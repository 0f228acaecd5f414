"""What a person does to a run: stop, approve, reject, retry, skip, roll back, promote, discard."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autopack.text import visible
from autopack_server.cli.common import common, done, service_of
from autopack_server.cli.words import Commands

if TYPE_CHECKING:
    from autopack.service import Service


def _actor() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "person"


def _go_on(service: Service, run: str) -> str:
    """The command that goes on with the run; nothing while somebody drives it."""
    if service.status(run).owned:
        return ""
    return f"\nGo on with: {Commands(service.user.root).of('resume', run)}"


@click.command("stop")
@click.argument("run")
@common
def stop_command(run: str, repo: Path, as_json: bool) -> None:
    """Stop RUN: the step in hand has five seconds, then it is ended; `autopack resume` goes on."""
    with service_of(repo) as service:
        service.stop(run, _actor())
        done(as_json, {"run": run}, f"{run} is stopping. Go on with: {Commands(service.user.root).of('resume', run)}")


@click.command("approve")
@click.argument("run")
@click.argument("request", default="")
@click.option("--scope", type=click.Choice(["once", "phase", "path"]), default="once",
              help="once, or these paths and rules for the rest of the phase or run.")  # fmt: skip
@click.option("--digest", default="", help="Approve only if the change is the one with this digest.")
@click.option("--reason", default="", help="Kept with the decision.")
@click.option("--only", multiple=True, metavar="PATH[#HUNK]",
              help="Approve only this file or hunk; may be given several times.")  # fmt: skip
@click.option("--rest", default="", metavar="TEXT", help="With --only: what the Builder is told to do with the rest.")
@common
def approve_command(
    run: str, request: str, scope: str, digest: str, reason: str, only: tuple[str, ...], rest: str, repo: Path,
    as_json: bool,
) -> None:  # fmt: skip
    """Approve REQUEST of RUN (default: the only one pending), or with --only a part of its change."""
    with service_of(repo) as service:
        result = service.approve(
            run, request, scope=scope, digest=digest, reason=reason, only=only or None, rest=rest, actor=_actor()
        )
        done(as_json, result, f"{_answered(result, request, scope)}{_go_on(service, run)}")


def _answered(result: Mapping[str, Any], request: str, scope: str) -> str:
    name = result.get("request", request)
    if not result.get("chosen"):
        return f"Approved {name} ({scope})."
    chosen, left = (", ".join(map(visible, result[key])) for key in ("chosen", "left"))
    then = "the Builder is told of it" if result.get("rest") else "it is tried without"
    return f"Approved of {name}: {chosen}.\nLeft out: {left}; {then}."


@click.command("reject")
@click.argument("run")
@click.argument("request", default="")
@click.option("--reason", required=True, help="What the Builder is told.")
@click.option("--digest", default="", help="Reject only if the change is the one with this digest.")
@common
def reject_command(run: str, request: str, reason: str, digest: str, repo: Path, as_json: bool) -> None:
    """Reject REQUEST of RUN (default: the only one pending)."""
    with service_of(repo) as service:
        result = service.reject(run, request, reason=reason, digest=digest, actor=_actor())
        done(as_json, result, f"Rejected {result.get('request', request)}.{_go_on(service, run)}")


@click.command("retry")
@click.argument("run")
@click.argument("phase")
@click.option("--hint", default="", help="A word for the Builder's next attempt.")
@common
def retry_command(run: str, phase: str, hint: str, repo: Path, as_json: bool) -> None:
    """Queue PHASE of RUN again, with as many attempts as its cap on top."""
    with service_of(repo) as service:
        result = service.retry(run, phase, hint=hint, actor=_actor())
        done(as_json, result, f"{phase} is queued again.{_go_on(service, run)}")


@click.command("skip")
@click.argument("run")
@click.argument("phase")
@common
def skip_command(run: str, phase: str, repo: Path, as_json: bool) -> None:
    """Leave PHASE of RUN out; phases that depend on it run all the same."""
    with service_of(repo) as service:
        result = service.skip(run, phase, actor=_actor())
        done(as_json, result, f"{phase} is skipped.{_go_on(service, run)}")


@click.command("rollback")
@click.argument("run")
@click.option("--to", "to", default="", metavar="PHASE", help="Keep this phase and those before it.")
@common
def rollback_command(run: str, to: str, repo: Path, as_json: bool) -> None:
    """Roll RUN back to its base, or to PHASE; later phases are queued again."""
    with service_of(repo) as service:
        tip = service.rollback(run, to=to, actor=_actor())
        waits = service.status(run).branch_waits
        late = f"\nThe branch does not follow yet (AP904): {visible(waits)}." if waits else ""
        data = {"run": run, "head": tip, "branch_waits": waits}
        done(as_json, data, f"{run} stands at {to or 'its base'} ({tip[:12]}).{late}{_go_on(service, run)}")


@click.command("promote")
@click.argument("run")
@click.option("--mode", type=click.Choice(["ff", "merge", "squash"]), default="ff", help="How to bring it in.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@common
def promote_command(run: str, mode: str, dry_run: bool, repo: Path, as_json: bool) -> int:
    """Bring RUN's completed phases to your branch; of a working-tree run, to your files."""
    with service_of(repo) as service:
        result = service.promote(run, mode=mode, dry_run=dry_run)
        refused = bool(result.conflicts)
        data = {"applied": result.applied, "summary": result.summary, "conflicts": list(result.conflicts)}
        if as_json:
            done(True, data | {"ok": not refused}, "")
        else:
            click.echo(result.summary, err=refused)
            for conflict in result.conflicts:
                click.echo(f"  {conflict}", err=True)
        return 2 if refused else 0


@click.command("discard")
@click.argument("run")
@common
def discard_command(run: str, repo: Path, as_json: bool) -> None:
    """End RUN for good: its branch, pin and worktree go; its journal and report stay."""
    with service_of(repo) as service:
        left = service.discard(run, _actor())
        done(as_json, {"run": run, "left": left}, f"{run} is discarded." + (f"\nBut {left}." if left else ""))
