"""AP5xx: the audit."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "AP501",
        "major-audit-issue",
        Severity.ERROR,
        "A second model reviewed the change with its test results and found something that must be repaired first, or "
        "did not approve it. Reviews catch what tests cannot: results made to fit the tests, missed criteria, unsafe "
        "code.",
        "The issue goes back to the model that wrote the change. If the reviewer is wrong, say why in a hint: "
        "`autopack retry RUN PHASE --hint TEXT`.",
        "[correctness] lookup() compares with `==`, so the criterion 'case-insensitive' holds only for the words of "
        "the test. Suggestion: compare casefolded words.",
    ),
    Rule(
        "AP502",
        "minor-audit-issue",
        Severity.WARNING,
        "The reviewing model noticed something worth knowing that does not stand in the way of the change.",
        "Read it with the patch; nothing has to be done.",
        "[maintainability] The word pattern is compiled on every call. Suggestion: compile it once.",
    ),
    Rule(
        "AP503",
        "auditors-disagree",
        Severity.WARNING,
        "Two models reviewed the change and one of them named an issue that the other did not see. The stricter word "
        "counts.",
        "Read both reviews in the report before you approve.",
        "One auditor calls the missing lock in src/store.py major, the other does not mention it.",
        reserved=True,
    ),
    Rule(
        "AP504",
        "audit-unavailable",
        Severity.ERROR,
        "No usable review exists: the model did not answer, or its answer cannot be read beyond doubt. A missing "
        "review is never taken for an approval.",
        "Try the phase again. When it keeps happening, choose another model under `models.auditor`.",
        "There is no usable audit of this change: the answer holds no verdict: I would rather not say.",
    ),
)
