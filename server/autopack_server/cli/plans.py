"""Commands on plans and rules: init, lint, explain."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from autopack.text import plural
from autopack_server.cli.common import common, done, place_of, put_json, service_of
from autopack_server.cli.errors import say


@click.command("init")
@click.argument("plan", type=click.Path(path_type=Path), default=Path("build.autopack.yaml"))
@common
def init_command(plan: Path, repo: Path, as_json: bool) -> None:
    """Write a commented PLAN from the test and source folders found in the repository."""
    from autopack.errors import UsageError

    if plan.exists():
        raise UsageError(f"{plan} exists already", hint="Name another file, or edit this one.")
    with service_of(repo) as service:
        plan.parent.mkdir(parents=True, exist_ok=True)
        schema = Path(os.path.relpath(service.write_plan_schema(), plan.parent.resolve())).as_posix()
        name = plan.name.removesuffix(".yaml").removesuffix(".autopack")
        plan.write_text(service.starter_plan(name, schema), "utf-8")
    said = shlex.quote(str(plan))
    done(as_json, {"path": str(plan)}, f"Wrote {plan}. Edit it, then: autopack lint {said} && autopack run {said}")


@click.command("lint")
@click.argument("plan", type=click.Path(path_type=Path))
@common
def lint_command(plan: Path, repo: Path, as_json: bool) -> int:
    """Check PLAN. Ends with 2 when a finding is an error."""
    from autopack.model import codec

    with service_of(place_of(repo, plan)) as service:
        findings = service.lint(plan)
    for found in findings:
        if as_json:
            put_json(codec.dump(found))
        else:
            click.echo(f"{found.where()}: {found.severity.value}: {found.code} {found.message}")
    errors = sum(f.severity.value == "error" for f in findings)
    if not as_json:
        others = plural(len(findings) - errors, "other finding")
        say(f"{plural(errors, 'error')}, {others}" if findings else f"{plan}: no findings")
    return 2 if errors else 0


@click.command("explain")
@click.argument("code")
@common
def explain_command(code: str, repo: Path, as_json: bool) -> None:
    """Explain a rule CODE such as AP401."""
    from autopack.errors import UsageError
    from autopack.model.rules import RULES

    rule = RULES.get(code.upper())
    if rule is None:
        raise UsageError(f"there is no rule {code!r}", hint=f"Codes run from {min(RULES)} to {max(RULES)}.")
    if as_json:
        put_json({
            "code": rule.code, "name": rule.name, "severity": rule.severity.value, "explanation": rule.explanation,
            "fix": rule.fix, "example": rule.example,
        })  # fmt: skip
        return
    click.echo(f"{rule.code} {rule.name} ({rule.severity.value})\n\n{rule.explanation}\n\nWhat to do: {rule.fix}")
    click.echo(f"\nExample: {rule.example}")
