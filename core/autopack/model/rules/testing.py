"""AP4xx: tests and checks."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "AP401",
        "new-test-failure",
        Severity.ERROR,
        "A test fails on the proposed change that did not fail on the state before it. Failing tests were run again "
        "before they were believed, so this is no chance failure. The finding stands at the failing line and links to "
        "the changed lines that most likely make the test fail: those of the traceback, else those the test executed, "
        "else those it uses. With runner `command` a command that failed before and still fails is reported too.",
        "The failing assertion and these lines go back to the model, which tries again. If the test itself is wrong, say "
        "so in a hint: `autopack retry RUN PHASE --hint TEXT`.",
        "tests/test_index.py::test_lookup fails: assert ['a'] == ['a', 'b']",
    ),
    Rule(
        "AP402",
        "collection-error",
        Severity.ERROR,
        "A test file cannot be loaded, so its tests do not exist for the runner. Most often an import fails or the "
        "file has a syntax error. The message shows the imports that lead from the test file to the failing line, where "
        "the finding stands; imports that go round in a circle are named as such. Where the base could load the file the "
        "phase cannot complete, whatever else passes.",
        "The error and its chain go back to the model. When the file could not be loaded before the change either, the "
        "finding is information and the other tests judge the change: repair the file or leave it out of `tests.paths`.",
        "tests/test_index.py cannot be collected: tests/test_index.py:3 -> src/search/__init__.py:1 -> "
        "src/search/index.py:7: ModuleNotFoundError: No module named 'stemmer'",
    ),
    Rule(
        "AP403",
        "missing-test",
        Severity.ERROR,
        "A test that ran before the change does not run after it, a test of `must_pass` did not run or pass, or an "
        "entry of `tests.paths` does not exist. A test that is gone, skipped or renamed proves nothing.",
        "Look where the test stood, and at the `must_pass` or `paths` entry of the plan. The model is told and tries "
        "again. When tests are meant to go, make their file a deliverable of the phase, or let the goal say that what they "
        "test is removed. Tests that were merged, split or written anew pass with a warning where those in their place "
        "notice the same small errors in the code.",
        "tests/test_index.py::test_empty ran on the base and is gone.",
    ),
    Rule(
        "AP404",
        "flaky-test",
        Severity.WARNING,
        "A test failed and then passed on the same files. It does not block the phase, because its failure says "
        "nothing about the change.",
        "Make the test independent of time, order, network and chance. Until then its result is worth little.",
        "tests/test_cache.py::test_expiry failed, and passed in 2 of 2 runs of the same tree, so it is unsteady: "
        "assert 0.9 > 1.0",
    ),
    Rule(
        "AP405",
        "test-tampering",
        Severity.ERROR,
        "The change makes tests report success instead of making them succeed: a test that fails on the proposed code as "
        "it stands in the base is skipped, taken away, rewritten until it passes, or hidden by configuration; or a test, "
        "what it compares with or what decides on it asks less than before. Asking less of a test that still runs, "
        "while the base's version of it passes on the proposed code, is put to a person in profile normal; in profile "
        "strict it blocks. A check that is found nowhere any more is only a warning where what was written in its place "
        "notices the same small errors in the code; else the first error that is lost is named. What the plan asks for is "
        "information. In profile normal a judge reads what words leave open: it may clear a finding by the plan's own "
        "words or by a line of the new tests, and stop what only warned (docs/audit.md).",
        "Look at the line. The model is told and tries again. Where the goal asks for the new behaviour, name the test "
        "file in the phase's deliverables, or say in the goal what is expected from now on.",
        "tests/test_cart.py::test_total as it stands in the base fails on the proposed code (assert 2 == 3), and is "
        "skipped now. Make the test pass.",
    ),
    Rule(
        "AP406",
        "vacuous-test",
        Severity.WARNING,
        "A new or changed test cannot fail, whatever the changed code does: it asserts nothing, or what is always true, "
        "or only what the test made itself; it replaces the very code it is about, compares it with itself, swallows its "
        "own failure, or never runs. Or it passes without the change too. A warning in profile normal (docs/testing.md); "
        "in strict, and where a test of `must_pass` is proven empty, it stops the phase until a person accepts it.",
        "Let the test state what the phase promises, written out, so that it fails without the change. A test that "
        "writes down what already holds says so: mark it `characterization`, or use the word in its name or docstring.",
        "tests/test_index.py::test_build cannot show that the change is right: the value is compared with itself. "
        "Compare the result with the value that the phase demands, written out.",
    ),
    Rule(
        "AP407",
        "no-usable-baseline",
        Severity.ERROR,
        "The tests could not be run usefully on the state before the change: the runner did not finish, nothing was "
        "collected, or less than half passed. Without that, no later result can be compared. A repository without any "
        "test is no error; it is only noted.",
        "Run the test command yourself in a clean checkout and repair what the finding names. To go on nevertheless: "
        "`autopack resume RUN --accept-baseline`; the report then says so.",
        "The baseline cannot be used: 3 of 41 tests passed; the first error is ModuleNotFoundError: No module named "
        "'yaml'. Install the project's dependencies into its .venv.",
    ),
    Rule(
        "AP408",
        "runner-crashed",
        Severity.ERROR,
        "The test run did not come to its end: the runner is not installed, crashed, was killed, or took longer than "
        "`tests.timeout_seconds`. Results of a run that broke off do not count.",
        "Follow the command in the finding when the runner is missing. After a time-out look for a test that hangs, or "
        "raise `tests.timeout_seconds`.",
        "The test run took longer than 300 s and was ended. The last test that started was "
        "tests/test_net.py::test_wait.",
    ),
    Rule(
        "AP409",
        "wrong-tree-tested",
        Severity.ERROR,
        "The tests did not exercise the proposed files: a module came from another place, such as an installed copy of "
        "the project, or the tests ran on another tree. Such a result says nothing about the change, so no phase "
        "completes on it.",
        "Remove the installed copy from the environment the tests use, or, for files git does not hold, name them "
        "under `workspace.copy` or make them in `workspace.setup`.",
        "The tests imported 1 module from outside the worktree, so they did not test the proposed code: search from "
        ".venv/lib/python3.11/site-packages/search/__init__.py.",
    ),
    Rule(
        "AP410",
        "no-evidence",
        Severity.ERROR,
        "Nothing broke, but nothing shows either that the change does what was asked: no new or named test passed, "
        "and no test executed or loaded what was added. A person must accept that where the phase is judged strictly "
        "(high-risk categories, high complexity, your settings) and where added code was never loaded. Elsewhere, and "
        "always in the categories feature_scaffolding, docs, tests, database and deployment, it is information.",
        "Add a test that exercises the change, name one in `tests.must_pass`, or accept the phase as it is.",
        "No test process imported src/search/rank.py. Add a test that exercises the change, or name one in must_pass.",
    ),
    Rule(
        "AP411",
        "coverage-drop",
        Severity.WARNING,
        "The tests execute too little of the code that the change adds, or a smaller share of the rest than before it. "
        "Lines are measured where a phase is judged strictly, unless your settings say otherwise: there at least 80% of "
        "the added statements are asked for, and a person must accept less. In profile normal no share is asked for, and a "
        "drop is a warning.",
        "Add tests that run the lines named, or see whether tests were lost. How much is asked for: "
        "`tests.covered_least` and `tests.coverage_drop` in your settings.",
        "The tests execute 3 of 12 added lines of code, 25% where at least 80% are asked for. Not executed: "
        "src/search/rank.py:18-31. Add tests that run them.",
    ),
    Rule(
        "AP412",
        "surviving-mutant",
        Severity.WARNING,
        "A small deliberate error was put into a changed line and no test noticed, so the tests do not pin down what "
        "that line does. Tests that executed the line are asked where lines are measured, else the new ones and those of "
        "`must_pass`. The same change is always tried with the same few errors. A warning in profile normal; in strict "
        "it stops the phase until a person accepts it.",
        "Add a test that fails when the line is wrong in the way the finding shows. Where the error changes nothing that "
        "can be seen, the line may say more than it needs to.",
        "No test notices when in rank `<=` became `<`: tests/test_rank.py::test_order still passes. Add or sharpen a "
        "test so that it fails then.",
    ),
    Rule(
        "AP413",
        "check-failed",
        Severity.ERROR,
        "A command listed under `checks` succeeded on the state before the change and fails after it.",
        "Its output goes back to the model, which tries again. A check that failed before does not block.",
        "ruff check src exited with 1 and was green on the base: src/app.py:3:1: F401 `os` imported but unused",
    ),
    Rule(
        "AP414",
        "tests-changed-tracked-files",
        Severity.INFORMATION,
        "Running the tests changed files that git tracks. They were put back, and the change under test was not "
        "touched.",
        "Nothing needs to be done for the run. Tests that write into a temporary folder instead are easier to trust.",
        "The tests changed tests/data/out.json, a tracked file; it was reset.",
    ),
)
