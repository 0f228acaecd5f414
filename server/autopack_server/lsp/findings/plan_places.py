"""Plan places: where the phases and their entries stand in a plan's text as it is now, sound or half written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from autopack.model.findings import Range
from autopack_server.lsp.findings.text import Text
from autopack_server.lsp.positions import whole_line


class PhasePlaces(NamedTuple):
    """`id` is the range of the phase's id, `entry` gives that of an entry as findings name it, None where it has none."""

    id: Range
    entry: Callable[[str], Range | None]


class PlanPlaces:
    """The phases of the plan texts read lately."""

    LIMIT = 8

    def __init__(self) -> None:
        self._known: dict[bytes, Mapping[str, PhasePlaces]] = {}

    def phase(self, plan: Text, phase: str) -> Range:
        """The phase's `id`; the first line where the text cannot be read that far or has no such phase."""
        found = self._phases(plan).get(phase)
        return found.id if found is not None else whole_line(1, plan.lines[0])

    def entry(self, plan: Text, phase: str, entry: str) -> Range:
        """An entry of the phase or, where the text has none, of the defaults; else what it would stand in, else the phase's
        `id`."""
        found = self._phases(plan).get(phase)
        return (found.entry(entry) if found is not None else None) or self.phase(plan, phase)

    def _phases(self, plan: Text) -> Mapping[str, PhasePlaces]:
        known = self._known.get(plan.digest)
        if known is None:
            known = self._known[plan.digest] = phase_places(plan.whole())
            if len(self._known) > self.LIMIT:
                del self._known[next(iter(self._known))]
        return known


def phase_places(text: str) -> dict[str, PhasePlaces]:
    """The places of each phase, by id; of two phases with one id the first one's."""
    from autopack.plans import entry_loc, place_of
    from autopack.yamlfile import is_list, is_map, parse

    document = parse(text)
    phases = document.value.get("phases") if is_map(document.value) else None
    found: dict[str, PhasePlaces] = {}
    for number, phase in enumerate(phases if is_list(phases) else ()):
        where = document.ranges.value(("phases", number, "id"))
        if is_map(phase) and isinstance(phase.get("id"), str) and where is not None:

            def entry(name: str, number: int = number) -> Range | None:
                return place_of(document.ranges, document.value, ("phases", number, *entry_loc(name)))

            found.setdefault(phase["id"], PhasePlaces(where, entry))
    return found
