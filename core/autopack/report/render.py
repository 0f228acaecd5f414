"""The report of a run: its outcome first, then each phase with what changed and why it is believed right."""

from __future__ import annotations

from datetime import UTC, datetime

from autopack.context import cell, code, first_runs_line, plain, prose
from autopack.model.states import PhaseState, RunState
from autopack.redaction import Redactor
from autopack.report.facts import PhaseFacts, RunFacts, Spend, Times
from autopack.report.next_steps import next_steps
from autopack.report.phase import finding_line, phase_anchor, phase_section
from autopack.report.words import PHASE_WORDS, RUN_WORDS, counted, money
from autopack.text import duration, plural

PROMISE = (
    "Your working tree, index, stash, configuration and branches are as you left them; the run added its branch, "
    "until it is discarded one ref that pins its base, and the folder `.autonomous_runs/`, which git ignores. A phase "
    "counts as completed only on evidence that Autopack gathered itself for exactly the tree that was committed."
)
BOUND = (
    "What that does not cover: code under test runs in the process that reports on it. Autopack resists the known ways "
    "of forging a result; it cannot rule out code written to deceive it in particular. Read the changes before you "
    "promote them."
)


def render_report(facts: RunFacts, redactor: Redactor | None = None) -> str:
    """The whole report. Texts from models, tests and the repository are shown inert and redacted."""
    sections = [
        _head(facts),
        _section("What to do now", "\n".join(f"- {step}" for step in next_steps(facts))),
        _section("Findings of the run", "\n".join(f"- {finding_line(f)}" for f in facts.findings)),
        _section("Phases", _table(facts)),
        *(phase_section(phase, number) for number, phase in enumerate(facts.phases, 1)),
        _section("The run", _figures(facts)),
        _section("What this report promises", f"{PROMISE}\n\n{BOUND}"),
    ]
    text = "\n\n".join(section for section in sections if section) + "\n"
    return (redactor or Redactor()).text(text)


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _head(facts: RunFacts) -> str:
    done = sum(p.state is PhaseState.COMPLETE for p in facts.phases)
    project = f" ({prose(facts.project, 80)})" if facts.project else ""
    lines = [f"# Run {code(facts.id)}{project}: {RUN_WORDS[facts.state]}", ""]
    lines.append(f"**{done} of {plural(len(facts.phases), 'phase')} completed.**{_others(facts)}")
    if facts.reason:
        lines += ["", f"{prose(facts.reason)}"]
    if facts.plan_note:
        lines += ["", f"Note: {prose(facts.plan_note)}"]
    return "\n".join(lines)


def _others(facts: RunFacts) -> str:
    counts: dict[PhaseState, int] = {}
    for phase in facts.phases:
        if phase.state is not PhaseState.COMPLETE:
            counts[phase.state] = counts.get(phase.state, 0) + 1
    return "".join(f" {count} {PHASE_WORDS[state]}." for state, count in counts.items())


def _table(facts: RunFacts) -> str:
    if not facts.phases:
        return ""
    rows = ["| Phase | Result | Quality | Attempts | Change | Cost |", "|---|---|---|---:|---|---:|"]
    for number, phase in enumerate(facts.phases, 1):
        change = phase.stat.strip().split("\n")[-1].strip() if phase.stat.strip() else ""
        rows.append(
            f"| [{code(phase.id)}]({phase_anchor(phase, number)}) | {PHASE_WORDS[phase.state]} | {_quality(phase)} "
            f"| {len(phase.attempts)} "
            f"| {cell(prose(change, 80))} | {money(phase.spend.cost_usd)} |"
        )
    return "\n".join(rows)


def _quality(phase: PhaseFacts) -> str:
    last = next((a.quality for a in reversed(phase.attempts) if a.quality is not None), None)
    return last.level.value.replace("_", " ") if last is not None else ""


def _figures(facts: RunFacts) -> str:
    times = sum((p.times for p in facts.phases), Times())
    rows = [
        ("State", code(facts.state.value)),
        ("Plan", f"{code(facts.plan_path)}, {facts.autonomy}"),
        ("Base", f"{code(facts.base[:12])}" + (" (snapshot of the working tree)" if _from_tree(facts) else "")),
        ("Result", f"{code(facts.head[:12])} on branch {code(facts.branch)}{_published(facts)}"),
        ("Started", _when(facts.started_at)),
        ("Ended", _when(facts.ended_at) if facts.ended_at else ""),
        ("At work", duration(facts.active_seconds)),
        ("Of the phases' time", f"models {duration(times.model)}, tests {duration(times.tests)}, "
                                f"Autopack itself {duration(times.own)}"),
        ("Tests", first_runs_line(facts.first_runs)),
        ("Models", _spend(facts.spend)),
        ("Audits by two models", _dual(facts)),
        ("Replayed from", code(facts.cassette)),
        ("Sandbox", prose(facts.sandbox)),
        ("Journal", plural(facts.journal_commits, "commit") if facts.journal_commits else ""),
    ]  # fmt: skip
    table = "\n".join(("| | |", "|---|---|", *(f"| {name} | {cell(value)} |" for name, value in rows if value)))
    baseline = "\n".join(f"- {prose(plain(line))}" for line in facts.baseline)
    return f"{table}\n\nThe state it started from:\n\n{baseline}" if baseline else table


def _dual(facts: RunFacts) -> str:
    audits, disagreed = (sum(getattr(p, name) for p in facts.phases) for name in ("dual_audits", "disagreements"))
    return f"{audits}, they disagreed in {disagreed}" if audits else ""


def _from_tree(facts: RunFacts) -> bool:
    return facts.base_kind == "working-tree"


def _published(facts: RunFacts) -> str:
    return "" if facts.published or facts.state is RunState.DISCARDED else " (not published yet)"


def _spend(spend: Spend) -> str:
    if not spend.calls:
        return "no call"
    cost = f", {money(spend.cost_usd)}" if spend.cost_usd is not None else ""
    return f"{plural(spend.calls, 'call')}, {counted(spend.input_tokens)} tokens in, " \
           f"{counted(spend.output_tokens)} out{cost}"  # fmt: skip


def _when(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
