"""Questions about runs: status, list, report, show, handoff. They change nothing but the files people read."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from autopack_server.cli.common import common, done, put_json, queries_of, service_of


@click.command("status")
@click.argument("run")
@common
def status_command(run: str, repo: Path, as_json: bool) -> None:
    """Show RUN: state, phases with their findings, what it waits for."""
    with queries_of(repo) as queries:
        view = queries.status(run)
        if as_json:
            put_json(view.to_json())
            return
        from autopack_server.cli.status import status_lines
        from autopack_server.cli.terminal import Terminal
        from autopack_server.cli.words import Commands

        click.echo("\n".join(status_lines(view, Commands(queries.user.root), Terminal(sys.stdout))))


@click.command("list")
@common
def list_command(repo: Path, as_json: bool) -> None:
    """List the runs of this repository, newest first."""
    with queries_of(repo) as queries:
        views = queries.runs()
        if as_json:
            for view in views:
                put_json(view.to_json())
            return
        from autopack_server.cli.status import hands

        if not views:
            click.echo("No runs yet. Write a plan with `autopack init`, then `autopack run PLAN`.")
        for view in views:
            complete = sum(p.state == "COMPLETE" for p in view.phases)
            click.echo(f"{view.id:<24} {view.shown:<34} {complete}/{len(view.phases)} phases{hands(view)}")


@click.command("report")
@click.argument("run")
@common
def report_command(run: str, repo: Path, as_json: bool) -> None:
    """Write RUN's report (Markdown) anew and print it."""
    with service_of(repo) as service:
        path = service.report(run)
        if as_json:
            done(True, {"path": str(path)}, "")
            return
        click.echo(path.read_text("utf-8"))
        click.echo(f"({path})", err=True)


@click.command("show")
@click.argument("run")
@click.argument("phase")
@click.argument("attempt", type=int, default=0)
@click.option("--patch", "what", flag_value="patch", default="patch", help="The candidate's git patch (default).")
@click.option("--hunks", "what", flag_value="hunks", help="The change that was asked about, in parts to choose from.")
@click.option("--evidence", "what", flag_value="evidence", help="Steps, tests, audit and findings.")
@common
def show_command(run: str, phase: str, attempt: int, what: str, repo: Path, as_json: bool) -> None:
    """Show an ATTEMPT (default: the latest) at PHASE of RUN."""
    with service_of(repo) as service:
        if what == "evidence":
            data = service.evidence(run, phase, attempt)
            if as_json:
                put_json(data)
            else:
                from autopack_server.cli.evidence import evidence_lines

                click.echo("\n".join(evidence_lines(data)))
            return
        if what == "hunks":
            from autopack_server.cli.parts import part_lines, parts_json
            from autopack_server.cli.words import Commands

            request, parts = service.parts(run, phase, attempt)
            if as_json:
                put_json(parts_json(request, parts))
            else:
                click.echo("\n".join(part_lines(request, parts, Commands(service.user.root))))
            return
        patch = service.patch(run, phase, attempt)
        if as_json:
            put_json({"run": run, "phase": phase, "patch": patch.decode("utf-8", "replace")})
        else:
            sys.stdout.buffer.write(patch)


@click.command("handoff")
@click.argument("run")
@click.argument("phase", default="")
@common
def handoff_command(run: str, phase: str, repo: Path, as_json: bool) -> None:
    """Write the handoff bundle for PHASE of RUN (default: the first that did not complete)."""
    with service_of(repo) as service:
        path = service.handoff(run, phase)
        done(as_json, {"path": str(path)}, f"Handoff bundle: {path}")
