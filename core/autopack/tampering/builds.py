"""Files that start tests and no reader here knows whole: build files, workflows, Makefiles; told by their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autopack.model.changes import FileChange
from autopack.model.findings import Tree
from autopack.tampering.command_lines import command_said
from autopack.tampering.facts import Facts, Kind, Suspicion
from autopack.tampering.texts import Texts

_FILES = re.compile(
    r"(?:^|/)(?:pom\.xml|build\.gradle(?:\.kts)?|Cargo\.toml|Makefile|makefile|justfile|noxfile\.py|tox\.ini|\.?codecov\.ya?ml|"
    r"Rakefile|[\w.-]+\.mk|\.gitlab-ci\.yml|azure-pipelines\.yml|\.travis\.yml|Taskfile\.ya?ml|go\.mod|nextest\.toml|"
    r"junit-platform\.properties|tarpaulin\.toml|\.config/nextest\.toml)$|(?:^|/)\.github/workflows/|(?:^|/)\.circleci/"
)
_HIDES: tuple[tuple[re.Pattern[str], Kind, str], ...] = (
    (re.compile(r"ignoreFailures\s*(?:=|\.set\()\s*true|testFailureIgnore>\s*true|maven\.test\.failure\.ignore[>=]\s*true"),
     Kind.CONFIGURATION, "failures of tests are ignored"),
    (re.compile(r"^\s*-?\s*if:\s*(?:false\b|\$\{\{\s*false)|success_codes\s*="), Kind.CONFIGURATION,
     "tests are not run, or succeed whatever they say"),
    (re.compile(r"continue-on-error:\s*true|allow_failure:\s*true|ignore_outcome\s*=\s*true"), Kind.CONFIGURATION,
     "failures of tests are ignored"),
    (re.compile(r"(?:pytest|jest|vitest|mocha|go test|cargo (?:nex)?test|mvn|gradlew?|npm (?:run )?test|make test|unittest)"
                r"\b.*"
                r"(?:\|\|\s*(?:true|:|exit 0)|;\s*true)"), Kind.CONFIGURATION,
                    "the command succeeds whatever the tests say"),
    (re.compile(r"^\s*-\s?(?:@)?(?:python -m )?(?:pytest|go test|cargo test|npm test)\b"), Kind.CONFIGURATION,
     "the command succeeds whatever the tests say"),
    (re.compile(r"skipTests>\s*true|maven\.test\.skip[>=]\s*true|-DskipTests|failIfNoTests>\s*false|failOnNoDiscoveredTests\s*=\s*false"),
     Kind.CONFIGURATION, "tests are left out"),
    (re.compile(r"<exclude>[^<]*(?:Test|test)|excludeTestsMatching|excludeTags|exclude\s*\(?\s*['\"][^'\"]*[Tt]est|"
                r"<excludedGroups>|--skip\b|-skip[= ]|-run[= ]|\bonlyIf\b|enabled\s*=\s*false"), Kind.DESELECTED,
                    "tests are left out"),
    (re.compile(r"^\s*(?:autotests|test|doctest|harness)\s*=\s*false|^\s*required-features\s*="), Kind.DESELECTED,
    "tests are left out"),
    (re.compile(r"maxRetries|rerunFailingTestsCount|^\s*retries\s*="), Kind.SLOWER, "tests that fail are repeated"),
    (re.compile(r"-{1,2}(?:deselect|ignore)[= ]|\bpytest\b.*\s-[km]\s"), Kind.DESELECTED, "tests are left out"),
)  # fmt: skip
_RUNS = re.compile(
    r"\b(?:pytest|jest|vitest|mocha|go test|cargo (?:nex)?test|cargo nextest|mvn|gradlew?|npm (?:run )?test|make test|"
    r"unittest|coverage report|tox)\b"
)
_SAYS = re.compile(r"^\s*@?(?:echo|printf|:|#|//)\s?")
_TRIGGERS = re.compile(r"\b(?:push|pull_request)\b")
_LEAST = re.compile(r"min(?:imum|Bound|Value)?\b|min_?bound|threshold|fail[-_]under|target|minimum|coverage", re.I)
_LONGEST = re.compile(r"time-?out", re.I)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def build_suspicions(facts: Facts, before: Texts, after: Texts) -> Iterator[Suspicion]:
    for change in facts.changes.changes:
        if _FILES.search(change.path) and change.before is not None:
            yield from _judged(change, before, after, facts)


def _judged(change: FileChange, before: Texts, after: Texts, facts: Facts) -> Iterator[Suspicion]:
    path, old_path = change.path, change.old_path or change.path
    gone = [(n, before.lines(old_path)[n - 1]) for n in sorted(before.marked(old_path))]
    fresh = [(n, after.lines(path)[n - 1]) for n in sorted(after.marked(path))] if change.after is not None else []
    for number, line in fresh:
        for pattern, kind, why in _HIDES:
            if pattern.search(line) and not any(pattern.search(old) for _, old in gone):
                yield Suspicion(kind, path, number, Tree.CANDIDATE, "", f"{why}: {line.strip()}", "", line.strip())
                break
    yield from _not_run(change, gone, fresh, facts)
    for at, old in gone:
        if not (_NUMBER.search(old) and (_LEAST.search(old) or _LONGEST.search(old))):
            continue
        same = next(
            ((n, line) for n, line in fresh if _NUMBER.sub("#", line).strip() == _NUMBER.sub("#", old).strip()), None
        )
        was = float(_NUMBER.findall(old)[-1])
        if same is None:
            limits = re.search(r"minBound|<minimum>|fail[-_]under|thresholds?\b", old)
            if limits and not any(_LEAST.search(line) for _, line in fresh):
                yield Suspicion(
                    Kind.COVERAGE, old_path, at, Tree.BASE, "", f"A threshold is gone: {old.strip()}", old.strip()
                )
            continue
        now = float(_NUMBER.findall(same[1])[-1])
        if _LONGEST.search(old) and now > was:
            yield Suspicion(
                Kind.SLOWER,
                path,
                same[0],
                Tree.CANDIDATE,
                "",
                f"A time-out was {was:g} and is {now:g}",
                old.strip(),
                same[1].strip(),
            )
        elif _LEAST.search(old) and not _LONGEST.search(old) and now < was:
            yield Suspicion(Kind.COVERAGE, path, same[0], Tree.CANDIDATE, "",
                f"A threshold was {was:g} and is {now:g}", old.strip(),
                            same[1].strip())  # fmt: skip


def _not_run(
    change: FileChange, gone: Sequence[tuple[int, str]], fresh: Sequence[tuple[int, str]], facts: Facts
) -> Iterator[Suspicion]:
    """Lines that ran tests and are gone, or run fewer, or ask less of them; events on which tests ran."""
    path, old_path = change.path, change.old_path or change.path
    whole = (change.after or b"").decode("utf-8", "replace").splitlines()
    for at, old in gone:
        runner = _RUNS.search(old)
        if runner is not None and not _SAYS.match(old):
            same = [(n, line) for n, line in fresh if runner[0] in line and not _SAYS.match(line)]
            if not same and not any(runner[0] in line and not _SAYS.match(line) for line in whole):
                why = f"Tests are not run any more: {old.strip()}"
                yield Suspicion(Kind.DESELECTED, old_path, at, Tree.BASE, "", why, old.strip())
            for number, line in same[:1]:
                for said in command_said("scripts.test", _plain(old), _plain(line), {"filterwarnings": "error"}, facts):
                    yield Suspicion(
                        said.kind, path, number, Tree.CANDIDATE, "", said.why, old.strip(), line.strip(), said.sure
                    )
        elif re.match(r"\s*['\"]?on['\"]?:", old) and _TRIGGERS.search(old):
            if not any(_TRIGGERS.search(line) for line in whole):
                why = f"What ran on a change does not any more: {old.strip()}"
                yield Suspicion(Kind.CONFIGURATION, old_path, at, Tree.BASE, "", why, old.strip())
        elif re.match(r"[\w.-]+\s*:[^=]*\btests?\b", old) and change.path.lower().endswith("makefile"):
            target = old.partition(":")[0].strip()
            now = next((line for _, line in fresh if re.match(rf"{re.escape(target)}\s*:[^=]*", line)), None)
            if now is not None and not re.search(r":.*\btests?\b", now):
                why = f"`{target}` does not run the tests any more: {old.strip()}"
                yield Suspicion(Kind.DESELECTED, old_path, at, Tree.BASE, "", why, old.strip())


def _plain(line: str) -> str:
    """A command in a list of texts, or behind a key, as one line."""
    line = re.sub(r"^\s*(?:-\s*)?(?:run|script|commands)\s*[:=]\s*|\bpython3?\s+-m\s+", "", line.strip())
    return re.sub(r"[\[\]\"',]|session\.run\(|\*session\.posargs\)?", " ", line).strip(" )@")
