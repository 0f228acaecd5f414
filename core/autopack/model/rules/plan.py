"""AP1xx: the plan file."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "AP101",
        "schema",
        Severity.ERROR,
        "The plan or a settings file does not have the form Autopack reads: an unknown key, a wrong type, a value "
        "out of range, a key that occurs twice, or text that YAML understands differently from how it looks. Nothing "
        "is guessed, because a misread plan would run the wrong work.",
        "Correct the place the finding points at. For an unknown key the nearest known key is named; the first line of "
        "a plan made by `autopack init` names the JSON Schema, so that an editor completes and checks keys.",
        "unknown key `depends`; did you mean `depends_on`?",
    ),
    Rule(
        "AP102",
        "unknown-dependency",
        Severity.ERROR,
        "A phase depends on a phase the plan does not have, so its place in the order cannot be found.",
        "Write the `id` of an existing phase under `depends_on`, or remove the entry.",
        "phase `api` depends on `indx`, which does not exist; did you mean `index`?",
    ),
    Rule(
        "AP103",
        "dependency-cycle",
        Severity.ERROR,
        "Phases depend on each other in a circle, so none of them can be the first.",
        "Remove one of the dependencies the finding names. Often one phase is really two: split off the part that "
        "others need.",
        "phases depend on each other in a circle: index -> api -> index; remove one of these dependencies",
    ),
    Rule(
        "AP104",
        "scope-outside-repository",
        Severity.ERROR,
        "A path of the plan leads out of the repository, or is no relative path at all. A run reads and writes inside "
        "the repository only.",
        "Write the path relative to the root of the repository, with `/` between its parts and without `..`.",
        "`../shared/util.py` leads out of the repository",
    ),
    Rule(
        "AP105",
        "deliverable-outside-scope",
        Severity.ERROR,
        "A phase promises a file it may not write, so it could never complete.",
        "Add the file or its folder to `scope.paths`, take it out of `scope.read_only`, or remove the deliverable.",
        "`tests/test_index.py` is not in the phase's scope; add `tests/` to `scope.paths`",
    ),
    Rule(
        "AP106",
        "dependency-on-later-tier",
        Severity.ERROR,
        "A phase depends on a phase of a later tier. Tiers run in the order of the plan, so the dependency would "
        "always come too late.",
        "Move one of the two phases to another tier, change the order of `tiers`, or drop the dependency.",
        "phase `index` of tier `backend` depends on `page` of the later tier `frontend`; move one of them or drop the "
        "dependency",
    ),
    Rule(
        "AP107",
        "protected-path-in-scope",
        Severity.WARNING,
        "The scope names a path that policy protects: files that build, install, test or configure things, where a "
        "change can run code on your machine. A person must approve each such change; a few paths, such as `.git`, are "
        "never written, and then this is an error.",
        "Take the path out of the scope, or list it under `scope.allowed` to say that asking for it is meant. An "
        "unattended run refuses what would have to be asked.",
        "`.github/workflows/ci.yml` is protected (pattern `.github/workflows/`): a person must approve each change; "
        "list it under `scope.allowed` if that is meant",
    ),
    Rule(
        "AP108",
        "budget-below-estimate",
        Severity.WARNING,
        "A token cap is lower than what the phase or the run is estimated to need, so it would probably stop half-way. "
        "The estimate follows from category, complexity and deliverables.",
        "Raise `token_cap`, run fewer phases, or split a large phase.",
        "`token_cap: 3000` leaves no room for one attempt of phase `index`; its answer alone is estimated at up to "
        "12288 tokens; raise the cap or split the phase",
    ),
    Rule(
        "AP118",
        "dirty-scope",
        Severity.WARNING,
        "Files in a phase's scope have uncommitted changes, but the run starts from HEAD and will not see them. "
        "Promoting the result later can then conflict with your own edits.",
        "Commit the changes first, or set `base: working-tree` so that the run starts from a snapshot of your files.",
        "uncommitted changes in the scope are not part of this run: src/app.py; commit them, or start from the working "
        "tree with `base: working-tree`",
    ),
    Rule(
        "AP119",
        "no-evidence-possible",
        Severity.WARNING,
        "No test can show that the phase does what it says, because it runs none or the repository has none. The phase "
        "can only end without evidence (AP410), for a person to accept.",
        "Give the phase tests: `tests.paths`, `tests.must_pass`, or a deliverable that is a test file.",
        "its tests are skipped, so nothing can show that phase `migrate` works; a person will be asked to accept it",
    ),
    Rule(
        "AP120",
        "may-only-tighten",
        Severity.WARNING,
        "A file of the workspace tries to widen a limit or to set something that belongs to you. Whoever can write to "
        "the repository must not be able to raise caps, choose commands or weaken policy, so the key is ignored.",
        "Set the value in your user-level settings, where it counts, and remove it from the workspace file or the "
        "plan.",
        "`token_cap: 9000000` is more than the 5000000 of your settings, which holds; a plan may only lower it",
    ),
    Rule(
        "AP121",
        "plan-not-trusted",
        Severity.ERROR,
        "The plan runs commands, sets environment variables or chooses an interpreter that you have not agreed to yet. "
        "Starting a plan is consent to exactly what it shows, so what is new is listed and asked for once.",
        "Read the lines listed. To agree, answer the question or start with `--trust-plan`; agreement is remembered "
        "for exactly this content.",
        "not agreed to yet: phase index runs [ruff, check, src]; start with `--trust-plan` to agree",
    ),
    Rule(
        "AP122",
        "ends-at-a-person",
        Severity.WARNING,
        "The run is unattended, and a person is needed for this phase: every change of its category must be accepted by "
        "one, or two models must review it and only one can be asked. What needs a person is refused there, so the "
        "phase cannot end well.",
        "Run it supervised, or take the category away in your user-level settings (`policy.ask_categories`). For the "
        "second review set `models.second_auditor` and its key.",
        "every change of category security_auth_change needs a person, and an unattended run refuses what does",
    ),
)
