"""The run's worktree with what the plan's `workspace` asks for: copies, links, and setup commands in the sandbox."""

from __future__ import annotations

from autopack import fault
from autopack.engine.trying import job_for
from autopack.engine.work import Work
from autopack.model.findings import Finding
from autopack.model.plan import Tests
from autopack.model.rules import finding
from autopack.settings import matching
from autopack.testing import run_checks

fault.register("workspace.before_setup", "the setup commands of the plan are about to run")


async def provision(work: Work) -> tuple[Finding, ...]:
    """Check the worktree out at the tip, make the scope folders, copy and link; run `setup` once per worktree and again
    when a lock file changed. Findings AP905; a blocking one means the run cannot go on."""
    spec = work.plan.workspace
    tip = str(work.doors.store.get(work.run, "tip"))
    findings = list(work.worktree.checkout(tip))
    work.worktree.make_folders(path for phase in work.plan.phases for path in phase.scope.paths)
    leave = work.doors.settings.workspace.secret_files
    report = work.worktree.provision(spec, allow_secret=lambda path: matching(leave, path) is not None)
    findings += report.findings
    if not report.setup:
        return tuple(findings)
    fault.point("workspace.before_setup")
    work.worktree.throwaway(tip)
    job = job_for(work, Tests(runner="none", timeout_seconds=spec.setup_timeout_seconds), work.doors.private.tree(tip))
    for run in await run_checks(report.setup, job):
        if run.exit != 0:
            said = " ".join(run.output.split()[-40:])
            message = f"The setup command {' '.join(run.argv)} ended with {run.exit}: {said}"
            return (*findings, finding("AP905", work.doors.redactor.text(message), blocking=True))
    work.worktree.setup_done(spec)
    return tuple(findings)
