"""AP9xx: the machine and the repository."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "AP901",
        "environment",
        Severity.ERROR,
        "The machine or the repository cannot serve a run as it is: not a git repository, no commit yet, a git too "
        "old, an unfinished merge, missing objects, an unsupported platform. Nothing was changed.",
        "Run the command the message names, then start again. `autopack health` checks everything at once.",
        "the repository has no commit yet. Make the first one: git add -A && git commit -m Start",
    ),
    Rule(
        "AP902",
        "store-damaged",
        Severity.ERROR,
        "The database that holds the runs of this repository is damaged, or was written by a newer Autopack. It is "
        "left as it is.",
        "Restore the file from a backup, update Autopack, or set the state folder aside to start afresh. Finished work "
        "is on the branches `autopack/*` in any case.",
        "autopack.db is damaged: database disk image is malformed",
    ),
    Rule(
        "AP903",
        "lock-held",
        Severity.ERROR,
        "Another living process, such as an editor or a second terminal, drives this run. Two at once would undo each "
        "other's work.",
        "Use the other window, or stop the run there first: `autopack stop RUN`.",
        "run add-search-2 is driven by process 4711 (autopack lsp)",
    ),
    Rule(
        "AP904",
        "branch-busy",
        Severity.INFORMATION,
        "The branch of the run could not be updated in your repository, because it is checked out or no longer stands "
        "where Autopack left it. The work is safe in the run and the run goes on.",
        "Check out another branch; the next completed phase, or `autopack resume RUN`, publishes again. A branch you "
        "committed to yourself is never overwritten.",
        "autopack/add-search is checked out; it will be updated later",
    ),
    Rule(
        "AP905",
        "workspace-incomplete",
        Severity.WARNING,
        "The folder in which the tests run lacks something that git does not bring: a file named under `workspace`, a "
        "submodule, content of Git LFS, or a set-up command that failed.",
        "Do what the message names, for example check out the submodule or correct `workspace.copy`.",
        "submodule vendor/lib is not checked out; run: git submodule update --init -- vendor/lib",
    ),
    Rule(
        "AP906",
        "not-snapshotted",
        Severity.WARNING,
        "A run from the working tree starts from a snapshot of your files, and this file is not in it: it looks like a "
        "secret, or git converts its content.",
        "Nothing needs to be done when the run does not need the file. Otherwise commit it, or name it under "
        "`workspace.copy` so that the tests find it.",
        ".env looks like a secret and is not part of the snapshot",
    ),
    Rule(
        "AP907",
        "sandbox-level",
        Severity.WARNING,
        "The tests of the target run with less isolation than level 2 on this machine, so code under test could read "
        "your files or reach the network. The level is shown in the status and in the report.",
        "Install bubblewrap to get level 3; level 2 needs nothing but Linux 6.2 or later with Landlock. `autopack health` "
        "says why a level does not work. To refuse to run below a level, set `sandbox.minimum` in your user-level "
        "settings.",
        "Tests run at sandbox level 1: limits, scrubbed environment, process tree ended as one; files and network are not "
        "confined; no level 3: bubblewrap is not installed (apt install bubblewrap); no level 2: this kernel has no "
        "Landlock, or has it switched off.",
    ),
)
