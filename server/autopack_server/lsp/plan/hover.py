"""Hover: what a key, a value or a phase's name means."""

from __future__ import annotations

from dataclasses import dataclass

from autopack.model.findings import Position, Range
from autopack.model.plan import Phase
from autopack.plans import attempt_cap, estimate, run_limits
from autopack.plans.entries import Refers, description, refers_to, value_meaning
from autopack.settings import Settings
from autopack.text import plural, shorten
from autopack.yamlfile import Loc, Place, touched
from autopack_server.lsp.plan.reading import Named, Reading
from autopack_server.lsp.plan.repository import Repository
from autopack_server.lsp.plan.wording import code, describe, escaped, summary

MAX_GOAL = 600


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown about what stands in `range`."""

    markdown: str
    range: Range


def hover(position: Position, reading: Reading, repository: Repository | None = None) -> Hover | None:
    """None in comments, between words, and where the plan says words of its own."""
    place = touched(reading.tree, reading.offset(position))
    if place is None or place.empty:
        return None
    told = _of_key(place.loc) if place.kind == "key" else _of_value(place, reading, repository)
    return Hover(told, reading.range(place.start, place.end)) if told else None


def _of_key(loc: Loc) -> str:
    told = describe(loc)
    return f"**{code(str(loc[-1]))}** ({summary(loc)})\n\n{told}" if told else ""


def _of_value(place: Place, reading: Reading, repository: Repository | None) -> str:
    loc, word = place.loc, place.node.text
    if (loc[:1] == ("phases",) and loc[2:] == ("id",)) or refers_to(loc) is Refers.PHASE:
        phase = reading.phase(word)
        return _phase(phase, reading, repository) if phase is not None else f"The plan has no phase {code(word)}."
    if (loc[:1] == ("tiers",) and loc[2:] == ("id",)) or refers_to(loc) is Refers.TIER:
        return _tier(word, reading)
    if refers_to(loc) in (Refers.PATH, Refers.FOLDER) and repository is not None:
        return _path(loc, word, repository)
    meaning = value_meaning(loc, word)
    return f"**{code(word)}**\n\n{meaning}\n\n{description(loc)}" if meaning else ""


def _phase(phase: Named, reading: Reading, repository: Repository | None) -> str:
    parts = [f"**Phase {code(phase.id)}**", escaped(shorten(phase.title, MAX_GOAL))]
    needs = ", ".join(code(node.text) for node in phase.needs)
    parts.append(f"Depends on {needs}." if needs else "Depends on no other phase.")
    needing = [code(other.id) for other in reading.phases if any(node.text == phase.id for node in other.needs)]
    if needing:
        parts.append(f"Needed by {', '.join(needing)}.")
    plan = reading.source.plan
    if plan is not None and phase.index < len(plan.phases):
        files = repository.files if repository is not None else frozenset[str]()
        parts.append(_room(plan.phases[phase.index], files, repository.settings if repository is not None else None))
        limits = run_limits(plan, repository.settings) if repository is not None and repository.settings else None
        cap = limits.token_cap if limits is not None else plan.run.token_cap
        total = sum(estimate(one, files).budget for one in plan.phases)
        parts.append(f"All phases: up to {total:,} tokens of answers once; the run's cap is {cap:,}.")
    return "\n\n".join(part for part in parts if part)


def _room(phase: Phase, files: frozenset[str], settings: Settings | None) -> str:
    """One attempt's estimate beside the phase's caps."""
    told = estimate(phase, files)
    attempts = attempt_cap(phase, settings) if settings is not None else phase.attempt_cap
    cap = f"{phase.token_cap:,} tokens" if phase.token_cap is not None else "no token cap of its own"
    few = (
        " **That is less than one answer may need (AP108).**" if (phase.token_cap or told.budget) < told.budget else ""
    )
    return (
        f"One answer: about {told.tokens:,} tokens, up to {told.budget:,} "
        f"({phase.category}, {phase.complexity} complexity). Caps: {attempts} attempts, {cap}.{few}"
    )


def _tier(word: str, reading: Reading) -> str:
    tier = next((tier for tier in reading.tiers if tier.id == word), None)
    if tier is None:
        return f"The plan has no tier {code(word)}."
    phases = ", ".join(code(phase.id) for phase in reading.phases if phase.tier == word)
    parts = [f"**Tier {code(word)}**", escaped(tier.title), f"Phases: {phases}." if phases else "No phase is in it."]
    return "\n\n".join(part for part in parts if part)


def _path(loc: Loc, word: str, repository: Repository) -> str:
    if word in repository.files:
        what = "A tracked file."
    elif (inside := repository.below(word)) and word:
        what = f"A folder with {plural(inside, 'tracked file')}."
    else:
        what = "Nothing of that name is tracked yet."
    return f"**{code(word)}**\n\n{what}\n\n{description(loc)}"
