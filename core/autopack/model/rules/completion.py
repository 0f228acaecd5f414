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
        Severity.WARNING,
        "Size, net deletion, critical paths, risky kinds of files, missing tests and markers such as TODO in added lines "
        "add up to more risk than the phase may take without a person. It is asked after the tests of the change, with "
        "their result in view. The points are Autopack's own: what the model says of its change counts for nothing.",
        "Look at patch and evidence, then approve or reject; smaller phases with their tests score less. Points, paths "
        "and levels are in `policy.risk` (docs/settings.md). A phase that is meant to delete says `allow: "
        "{mass_deletion: true}`, and the deletion adds nothing.",
        "Risk 85 of 100, critical: 620 changed lines (+20), 310 lines deleted net (+40), 1 critical path: "
        "'src/auth/login.py' (+15), 2 risky files: 'deploy/a.yaml', 'deploy/b.yaml' (+10). A person must accept the "
        "change.",
    ),
    Rule(
        "AP606",
        "category-needs-acceptance",
        Severity.WARNING,
        "Phases of this category change what many things rest on, so a person accepts every change of theirs, after the "
        "tests and with their result in view. An unattended run refuses it.",
        "Look at patch and evidence, then approve or reject. To let such phases through on evidence alone, take the "
        'category away in your user-level settings: `policy: {ask_categories: ["!debt_cleanup"]}`.',
        "phase `login` is of category security_auth_change: a person must accept its change.",
    ),
    Rule(
        "AP607",
        "needs-review",
        Severity.WARNING,
        "Nothing stands in the way of the change, but its tests, its audit or its risk leave a warning, and the settings "
        "ask for a person then. An unattended run refuses it.",
        "Look at the warnings, patch and evidence, then approve or reject. To be told instead of asked, set `policy: "
        "{needs_review: tell}` in your settings (docs/settings.md).",
        "The quality of the change needs review: AP412 surviving-mutant at src/search/rank.py:18: No test notices when "
        "`<` became `<=`. A person must look at it and accept it.",
    ),
)
