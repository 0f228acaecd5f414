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
        "Two models reviewed the change and do not agree on an issue: one names it and the other approves, or they "
        "call it differently grave. A third call, the judge, is asked about exactly this, unless the change is refused for "
        "another issue that nobody disputes. What it dismisses with a reason stays as a minor issue; all else stands, and "
        "the stricter word counts. Information where the judge decided, a warning where there was no ruling.",
        "Read both reviews and the ruling in the report before you approve.",
        "The auditors disagree on `two writers can lose an entry`: the first auditor (claude-opus-5-5) calls it major, "
        "the second auditor (gpt-6.1-sol) does not name it. The judge (claude-opus-5-5) upheld it: no lock is held "
        "between read and write.",
    ),
    Rule(
        "AP504",
        "audit-unavailable",
        Severity.ERROR,
        "No usable review exists: the model did not answer, could not be paid, or its answer cannot be read beyond "
        "doubt. Or two models must review the change (docs/audit.md) and only one can be asked; then a person may accept "
        "it all the same. A missing review is never taken for an approval.",
        "Try the phase again. When it keeps happening, choose another model under `models.auditor` or "
        "`models.second_auditor`.",
        "There is no usable audit of this change: the answer holds no verdict: I would rather not say.",
    ),
)
