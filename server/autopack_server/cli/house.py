"""Commands on the house itself: health, settings, gc, demo."""

from __future__ import annotations

import json
from pathlib import Path

import click

from autopack_server.cli.common import common, put_json, service_of
from autopack_server.cli.errors import say


@click.command("health")
@click.option("--fault-points", is_flag=True, help="List the places where a test may stop the process.")
@common
def health_command(fault_points: bool, repo: Path, as_json: bool) -> int:
    """Check machine, repository and settings. Ends with 2 when something a run needs is missing."""
    if fault_points:
        return _fault_points(as_json)
    with service_of(repo) as service:
        checks = service.health()
    for check in checks:
        if as_json:
            put_json({
                "check_name": check.name, "passed": check.passed, "message": check.message, "hint": check.hint,
                "required": check.required, "duration_ms": round(check.duration * 1000),
            })  # fmt: skip
            continue
        mark = "ok  " if check.passed else ("FAIL" if check.required else "note")
        click.echo(f"{mark} {check.name:<12} {check.message}")
        if check.hint and not check.passed:
            click.echo(f"                  {check.hint}")
    return 2 if any(c.required and not c.passed for c in checks) else 0


def _fault_points(as_json: bool) -> int:
    from autopack.service import fault_points as known

    for name, meaning in known().items():
        if as_json:
            put_json({"name": name, "meaning": meaning})
        else:
            click.echo(f"{name:<28} {meaning}")
    return 0


@click.command("settings")
@click.option("--origin", is_flag=True, help="Say where each value comes from.")
@common
def settings_command(origin: bool, repo: Path, as_json: bool) -> int:
    """Show the settings in force. Ends with 2 when a source holds what cannot be taken."""
    with service_of(repo) as service:
        rows = service.settings_rows()
        findings = service.loaded.findings
    for key, value, source in rows:
        if as_json:
            put_json({"key": key, "value": value, "origin": source})
        else:
            click.echo(f"{key} = {json.dumps(value, ensure_ascii=False)}" + (f"    # {source}" if origin else ""))
    for found in findings:
        say(f"{found.where()}: {found.severity.value}: {found.code} {found.message}")
    return 2 if any(found.severity.value == "error" for found in findings) else 0


@click.command("gc")
@click.option("--dry-run", is_flag=True, help="Say what would go, remove nothing.")
@common
def gc_command(dry_run: bool, repo: Path, as_json: bool) -> None:
    """Remove old raw answers and logs, idle worktrees beyond the pool, and what discarded runs left."""
    with service_of(repo) as service:
        result = service.collect(dry_run=dry_run)
    if as_json:
        put_json(result)
        return
    verb, artefacts = "would remove" if dry_run else "removed", result["artefacts"]
    click.echo(
        f"{verb} {len(artefacts['artefacts'])} answers and logs ({artefacts['freed_bytes']:,} bytes), "
        f"{len(result['worktrees'])} worktrees, leftovers of {len(result['discarded'])} discarded runs"
    )


@click.command("demo")
@click.option("--real", is_flag=True, help="Use the models of your settings instead of the recorded answers.")
@click.option("--keep/--no-keep", default=True, help="Keep the demo's folder.")
@click.option("--json", "as_json", is_flag=True, help="What was seen as JSON on stdout; the story on stderr.")
def demo_command(real: bool, keep: bool, as_json: bool) -> int:
    """Make a small project in a temporary folder and run a four-phase plan on it, as you would.

    Ends with 0 when everything the demo promises was seen, 1 when something is missing, 2 when it cannot start here.
    """
    from autopack_server.demo import run_demo

    return run_demo(real=real, keep=keep, as_json=as_json)
