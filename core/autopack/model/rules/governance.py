"""AP3xx: what a change may touch."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "AP301",
        "protected-path",
        Severity.ERROR,
        "The change touches a protected path: git's own folder and Autopack's state are never written; editor, "
        "agent, build, install and CI files execute on your machine and need a person's approval. What counts is the "
        "resulting tree, not what the answer says it does.",
        "Approve the request after looking at the patch, or reject it with a reason. To keep it from coming up, leave "
        "the file out of the goal; to expect it, list it under `scope.allowed`.",
        ".github/workflows/ci.yml is protected (.github/workflows/): a person must approve the change.",
    ),
    Rule(
        "AP302",
        "outside-scope",
        Severity.ERROR,
        "The change writes a path that the phase's scope does not cover, or a path that is no safe relative path. The "
        "scope is the contract between you and the model.",
        "The model is told and tries again. If the file belongs to the phase, add it to `scope.paths`, or to "
        "`scope.allowed` to be asked.",
        "src/models.py is read-only in this phase. Change only files inside the scope.",
    ),
    Rule(
        "AP303",
        "mass-deletion",
        Severity.WARNING,
        "The change removes many more lines than it adds. Above the first threshold that is noted in the report; above "
        "the second a person must accept it, after its tests and with their result in view.",
        "Look at the patch: is what goes really meant to go? Approve or reject. A phase that is meant to delete says "
        "`allow: {mass_deletion: true}`.",
        "the change deletes 268 lines net (more than 200): a person must accept it.",
    ),
    Rule(
        "AP304",
        "symbol-loss",
        Severity.WARNING,
        "Functions, classes, members or constants that a file defined are gone, and no other changed file has them; or a "
        "public one is gone that another file still imports. Models lose code when they write a file out again.",
        "Look whether the names were dropped by mistake; approve or reject. A phase that is meant to drop them says "
        "`allow: {mass_deletion: true}` or `change_size: large_refactor`; for names that are still imported nothing does.",
        "'src/app.py' no longer offers load_config, which 'src/main.py', line 3, still takes from it.",
    ),
    Rule(
        "AP305",
        "dissimilar",
        Severity.WARNING,
        "A file was rewritten so far that hardly a line is left of it, or grew or shrank beyond what the phase "
        "suggests.",
        "Look at the patch and approve or reject. A phase that is meant to rewrite says `change_size: large_refactor`, one "
        "that is meant to cut or to fill a file `allow: {mass_deletion: true}` or `{mass_addition: true}`.",
        "src/app.py shrinks from 420 lines to 96.",
    ),
    Rule(
        "AP306",
        "secret",
        Severity.ERROR,
        "The change adds what looks like a credential, or touches a file that by its name holds credentials. What is "
        "committed once stays in the history.",
        "Read the value from the environment or from a file that git ignores. If it is a made-up value for a test, "
        "make it look like one, for example with `EXAMPLE` in it.",
        "src/client.py, line 12: the change adds what looks like a credential (github-token). Read it from the "
        "environment or a configuration that is not in the repository.",
    ),
    Rule(
        "AP307",
        "mode-link-binary",
        Severity.ERROR,
        "The change makes a symbolic link, a submodule or binary content, changes a file's mode, or edits a file "
        "whose bytes git converts on checkout. Such changes cannot be reviewed as text or reach beyond the file "
        "itself. Links, submodules and binary content are refused; mode changes are asked.",
        "Make links and binary files yourself, outside the run. Approve a mode change when the file is meant to be "
        "executable.",
        "tools/run.sh would become executable (mode 100644 to 100755).",
    ),
    Rule(
        "AP308",
        "syntax",
        Severity.ERROR,
        "A changed file has more places that do not parse than before, or holds a merge's conflict markers. Testing it "
        "would only show the same error later and less clearly. What only a newer version of a language may allow is said "
        "and does not block.",
        "The model is told the line and tries again.",
        "src/app.py, line 31: is not valid python: '(' was never closed.",
    ),
    Rule(
        "AP309",
        "name-collision",
        Severity.ERROR,
        "The change creates a name that differs from an existing one only in upper and lower case or in the form of "
        "its accents. On file systems that fold such names one of the two files would vanish.",
        "Use the existing spelling, or a name that is really different.",
        "src/Index.py is the same name as src/index.py on systems that fold case or Unicode forms. Use the existing "
        "spelling or another name.",
    ),
    Rule(
        "AP310",
        "repair-command",
        Severity.ERROR,
        "A model proposed a command to repair what went wrong, and the command is not one of the few that are taken, or "
        "would touch more than the files this run changed. Nothing runs through a shell, and nothing outside the run's "
        "own worktree is ever touched.",
        "The model is told and may propose another fix or a changed answer. What needs any other command is a person's "
        "to do; then `autopack retry RUN PHASE`.",
        "src/models.py is no file that this run changed. Commands work on files that this run itself changed; change "
        "any other file in an answer.",
    ),
    Rule(
        "AP311",
        "accepted-part-missing",
        Severity.ERROR,
        "A person took an earlier change of this phase in part and sent the rest back with a word. The new change lacks "
        "something they accepted, or has it in another form: what a person has agreed to is not taken back behind them.",
        "The model is told which part is missing and tries again. `autopack retry RUN PHASE` sets aside what was chosen.",
        "src/app.py#2, accepted by a person, is missing or changed.",
    ),
    Rule(
        "AP312",
        "refused-part-again",
        Severity.ERROR,
        "The new change brings back, just as it was, a part that a person refused when they took an earlier change of this "
        "phase in part.",
        "The model is told which part it is and tries again. `autopack retry RUN PHASE` sets aside what was refused.",
        "src/app.py#1 is again as a person refused it.",
    ),
    Rule(
        "AP313",
        "left-out",
        Severity.INFORMATION,
        "A person took the change in part, and what they took is complete by every gate: the rest of the model's change "
        "was left out for good.",
        "Nothing needs to be done. What was left out is in the patch of the attempt it was chosen from: "
        "`autopack show RUN PHASE ATTEMPT --patch`.",
        "left out of attempt 1 by maria: src/app.py#1",
    ),
    Rule(
        "AP314",
        "wider-scope",
        Severity.ERROR,
        "A phase says that it cannot reach its goal within its scope, names the files it needs and why. A person decides, "
        "or your own settings (`approvals.auto_paths`, empty as shipped). What is given are exactly these files, for this "
        "phase, until it ends; every other rule holds for what is done with them. The reason is the model's own word and "
        "proves nothing.",
        "Read the paths and their risk. Approve if the phase should touch these files; the run goes on with an attempt "
        "that knows of it. Reject with a reason, and the model tries within the scope. An unattended run refuses.",
        "The phase asks for 1 file beyond its scope: risk high.",
    ),
)
