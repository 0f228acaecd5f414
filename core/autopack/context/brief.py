"""The phase in words, as Builder and Auditor both read it: what is asked beside the goal."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from autopack.context.framing import plain
from autopack.model.plan import Phase, Plan


def brief(phase: Phase) -> str:
    """Sections for notes, deliverables, acceptance criteria and the tests that must pass; absent ones are left out."""
    sections = (
        ("Notes", [phase.notes.strip()] if phase.notes.strip() else []),
        ("Deliverables (must exist afterwards)", _bullets(map(partial(_promised, phase), phase.created))),
        ("Deliverables (must be gone afterwards)", _bullets(p for p in phase.deliverables if p in phase.removed)),
        ("Acceptance", _bullets(phase.acceptance)),
        ("Tests that must pass", _bullets(phase.tests.must_pass)),
        ("Commands that must not begin to fail", _bullets(" ".join(argv) for argv in phase.checks)),
    )
    written = ["\n".join((f"## {title}", *lines)) for title, lines in sections if lines]
    return plain("".join(f"\n{section}\n" for section in written))


def project(plan: Plan) -> str:
    """` for project NAME`, or nothing where the plan names none."""
    return f" for project {' '.join(plain(plan.project).split())}" if plan.project.strip() else ""


def _promised(phase: Phase, path: str) -> str:
    names = phase.defines.get(path)
    return f"{path}, which defines {', '.join(names)}" if names else path


def _bullets(items: Iterable[str]) -> list[str]:
    return [f"- {' '.join(item.split())}" for item in items]
