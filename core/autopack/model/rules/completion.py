"""AP6xx: completion."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "AP601",
        "missing-deliverable",
        Severity.ERROR,
        "A file or folder that the phase promises is not in the proposed tree.",
        "The model is told and tries again. If the deliverable is named wrongly, correct the plan.",
        "Deliverable src/search/index.py is not in the proposed tree. Create it.",
    ),
    Rule(
        "AP602",
        "missing-symbol",
        Severity.ERROR,
        "A function or class that the phase promises by name is not defined where it should be.",
        "The model is told and tries again. If the name is wrong, correct the plan.",
        "src/search/index.py does not define build_index.",
        reserved=True,
    ),
    Rule(
        "AP603",
        "no-op",
        Severity.ERROR,
        "The change leaves the tree as it was, so it cannot have reached the goal.",
        "If the goal was reached before, set `allow: {noop: true}` for the phase, or skip it: `autopack skip RUN "
        "PHASE`.",
        "The answer changes nothing. Change the files in scope to reach the goal.",
    ),
    Rule(
        "AP604",
        "goal-drift",
        Severity.WARNING,
        "What is being done has moved away from what the phase was asked to do.",
        "Compare goal and patch. Retry with a hint that restates the goal, or change the plan.",
        "The goal speaks of an index; the change adds a command line.",
        reserved=True,
    ),
    Rule(
        "AP605",
        "risk-too-high",
        Severity.ERROR,
        "The size, place and kind of the change add up to more risk than the phase may take without a person.",
        "Look at patch and evidence, then approve or reject.",
        "Risk 78 of 100: 14 files, authentication code, no new test.",
        reserved=True,
    ),
)
