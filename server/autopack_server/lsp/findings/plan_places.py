"""Plan places: where the phases stand in a plan's text as it is now, sound or half written."""

from __future__ import annotations

from collections.abc import Mapping

from autopack.model.findings import Range
from autopack_server.lsp.findings.text import Text
from autopack_server.lsp.positions import whole_line


class PlanPlaces:
    """The phases of the plan texts read lately."""

    LIMIT = 8

    def __init__(self) -> None:
        self._known: dict[bytes, Mapping[str, Range]] = {}

    def phase(self, plan: Text, phase: str) -> Range:
        """The phase's `id`; the first line where the text cannot be read that far or has no such phase."""
        known = self._known.get(plan.digest)
        if known is None:
            known = self._known[plan.digest] = phase_ranges(plan.whole())
            if len(self._known) > self.LIMIT:
                del self._known[next(iter(self._known))]
        return known.get(phase) or whole_line(1, plan.lines[0])


def phase_ranges(text: str) -> dict[str, Range]:
    """The range of each phase's id; of two phases with one id the first one's."""
    from autopack.yamlfile import is_list, is_map, parse

    document = parse(text)
    phases = document.value.get("phases") if is_map(document.value) else None
    found: dict[str, Range] = {}
    for number, phase in enumerate(phases if is_list(phases) else ()):
        where = document.ranges.value(("phases", number, "id"))
        if is_map(phase) and isinstance(phase.get("id"), str) and where is not None:
            found.setdefault(phase["id"], where)
    return found
