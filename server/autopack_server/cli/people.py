"""What a person does to a run: stop, approve, reject, retry, skip, roll back, promote and take that back, discard."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autopack.text import visible
from autopack_server.cli.common import common, done, service_of
from autopack_server.cli.words import Commands

if TYPE_CHECKING:
    from autopack.service import Promotion, RolledBack, SavePoint, Service


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
        return f"Approved {name} ({result.get('scope', scope)})."
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
@click.option("--to", "to", default="", metavar="PHASE|SAVE",
              help="Keep this phase and those before it, or go to a save point.")  # fmt: skip
@click.option("--phase", "phase", default="", metavar="PHASE",
              help="Take this one out; later changes that fit without it are applied and proven again.")  # fmt: skip
@click.option("--list", "listed", is_flag=True, help="List the save points, change nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@common
def rollback_command(run: str, to: str, phase: str, listed: bool, dry_run: bool, repo: Path, as_json: bool) -> None:
    """Roll RUN back to its base, to a phase or save point, or take one phase out; phases behind it are queued again."""
    with service_of(repo) as service:
        if listed:
            points = service.save_points(run)
            data = {"run": run, "save_points": [asdict(p) for p in points]}
            done(as_json, data, "\n".join(_save_point(p) for p in points))
            return
        result = service.rollback(run, to=to, phase=phase, dry_run=dry_run, actor=_actor())
        data = {
            "run": run, "head": result.tip, "branch_waits": result.branch_waits, "again": list(result.again),
            "anew": [asdict(a) for a in result.anew], "save": result.save, "applied": not dry_run,
        }  # fmt: skip
        after = "" if dry_run else _go_on(service, run)
        done(as_json, data, "\n".join(rolled_back(run, to, phase, result, dry_run=dry_run)) + after)


def _save_point(point: SavePoint) -> str:
    when = datetime.fromtimestamp(point.at).astimezone()
    return f"{point.name:<8}  {point.commit[:12]}  {when:%Y-%m-%d %H:%M}  {visible(point.why)}"


def rolled_back(run: str, to: str, phase: str, result: RolledBack, *, dry_run: bool) -> list[str]:
    """Where the run stands (or would), what becomes of the phases behind it, and how to come back."""
    stands = "would stand" if dry_run else "stands"
    where = f"before {phase}" if phase else f"at {to or 'its base'}"
    lines = [f"{run} {stands} {where} ({result.tip[:12]})."]
    if result.again:
        lines.append(f"Applied again and proven anew at the next resume: {', '.join(result.again)}.")
    for lost in result.anew:
        paths = f": {', '.join(visible(p) for p in lost.paths)}" if lost.paths else ""
        lines.append(f"Built anew: {lost.phase} ({lost.why}{paths}).")
    if result.branch_waits:
        lines.append(f"The branch does not follow yet (AP904): {visible(result.branch_waits)}.")
    if result.save:
        lines.append(f"What was there is {result.save}.")
    return lines


@click.command("promote")
@click.argument("run")
@click.option("--mode", type=click.Choice(["ff", "merge", "squash"]), default="ff", help="How to bring it in.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@common
def promote_command(run: str, mode: str, dry_run: bool, repo: Path, as_json: bool) -> int:
    """Bring RUN's completed phases to your branch; of a working-tree run, to your files."""
    with service_of(repo) as service:
        return _promotion(service.promote(run, mode=mode, dry_run=dry_run, actor=_actor()), as_json)


@click.command("unpromote")
@click.argument("run")
@click.option("--mode", type=click.Choice(["move", "revert"]), default="move",
              help="Move the branch back to where it was, or commit the reverse on top.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@common
def unpromote_command(run: str, mode: str, dry_run: bool, repo: Path, as_json: bool) -> int:
    """Take the latest promotion of RUN back out of your branch; of a working-tree run, out of your files."""
    with service_of(repo) as service:
        return _promotion(service.unpromote(run, mode=mode, dry_run=dry_run, actor=_actor()), as_json)


def _promotion(result: Promotion, as_json: bool) -> int:
    refused = bool(result.conflicts)
    if as_json:
        data = {"applied": result.applied, "summary": result.summary, "conflicts": list(result.conflicts)}
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
