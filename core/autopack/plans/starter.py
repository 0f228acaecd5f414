"""The first plan for a repository: commented, valid as it is, made from the source and test folders found."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from autopack.model.plan import RunnerName
from autopack.plans.contract import SCHEMA_FILE
from autopack.plans.judge import PlanRepository
from autopack.plans.paths import outside
from autopack.plans.testing_rules import is_test_file
from autopack.yamlfile import parse

_SOURCE = re.compile(r"\.(py|pyi|js|jsx|ts|tsx|go|rs|java|kt|rb|php|c|cc|cpp|h|hpp|cs|swift|scala|ex|exs|vue|svelte)$")
_TEST_FOLDERS = ("tests", "test", "testing", "spec", "__tests__")
_NOT_SOURCE = frozenset(
    {"docs", "doc", "examples", "scripts", "tools", "benchmarks", "bench", "vendor", "node_modules"}
)
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]*(/[A-Za-z0-9_][A-Za-z0-9_.@+-]*)*")


@dataclass(frozen=True, slots=True)
class _Found:
    sources: list[str]
    tests: list[str]


def starter_plan(repo: PlanRepository, name: str, schema: str = SCHEMA_FILE) -> str:
    """YAML text of a plan named after `name`; `schema` is the path, from the plan file, of its JSON Schema."""
    found = _look(repo.files())
    scope = [*found.sources, *found.tests] or ["code/" if "src" in repo.files() else "src/"]
    word = _identifier(name)
    return _TEXT.format(
        schema=schema,
        name=word if parse(word).value == word and not parse(word).problems else f'"{word}"',
        tests=_tests(found, repo.runner()),
        scope="".join(f"        - {path}\n" for path in scope),
        deliverable=f"{(found.tests or ['tests/'])[0]}test_new.py",
    )


def _look(files: set[str]) -> _Found:
    plain = [path for path in sorted(files) if _PLAIN.fullmatch(path) and not outside(path)]
    tests = [path for path in plain if is_test_file(path)]
    test_folders = _folders(tests, _TEST_FOLDERS)
    others = [path for path in plain if _SOURCE.search(path) and path not in tests]
    others = [path for path in others if not any(path.startswith(folder) for folder in test_folders)]
    return _Found(_source_folders(others), test_folders)


def _folders(tests: list[str], names: tuple[str, ...]) -> list[str]:
    """The top-most folders that hold test files, best known names first, at most three."""
    tops = Counter(path.partition("/")[0] for path in tests if "/" in path and path.partition("/")[0] in names)
    return [f"{top}/" for top, _ in tops.most_common(3)]


def _source_folders(paths: list[str]) -> list[str]:
    """The folders most of the source lies in: packages below src/, else top-level folders, else single files."""
    counts: Counter[str] = Counter()
    for path in paths:
        parts = path.split("/")
        if len(parts) == 1 or parts[0] in _NOT_SOURCE or parts[0] in _TEST_FOLDERS:
            continue
        depth = 2 if parts[0] in ("src", "lib", "packages") and len(parts) > 2 else 1
        counts["/".join(parts[:depth]) + "/"] += 1
    if counts:
        return [folder for folder, _ in counts.most_common(3)]
    return [path for path in paths if "/" not in path and path not in ("setup.py", "conftest.py")][:3]


def _tests(found: _Found, runner: RunnerName) -> str:
    if runner == "none":
        return _NO_RUNNER
    lines = f"defaults:\n  tests:\n    runner: {runner}\n"
    if found.tests and runner == "pytest":
        lines += f"    paths: [{', '.join(found.tests)}]\n"
    return lines + "    timeout_seconds: 300         # for one whole test run\n"


def _identifier(name: str) -> str:
    word = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:32].strip("-")
    return word or "plan"


_NO_RUNNER = """\
# No tests were found. Name the runner or the command that tests the project; without one nothing can show that a phase
# works.
# defaults:
#   tests:
#     runner: command
#     command: [make, test]
"""

_TEXT = """\
# yaml-language-server: $schema={schema}
# A plan for Autopack. Check it with `autopack lint`, run it with `autopack run`.
autopack: 1

run:
  id: {name}
  autonomy: supervised             # supervised waits for you where a person must decide; unattended refuses instead
  base: head                       # head, or working-tree to start from your uncommitted changes
  token_cap: 500000                # input plus output tokens of the whole run
  # money_cap_usd: 5.0
  max_duration_minutes: 120

project: {name}

# What every phase starts from; a phase overrides single keys.
{tests}
# Files the worktree needs that git does not hold:
# workspace:
#   copy: [.env.test]
#   link: [node_modules]
#   setup: [[python, tools/generate.py]]

phases:
  - id: first-change
    goal: >-
      Say in a sentence or two what should be different afterwards, and how one can see it.
    category: backend              # backend, frontend, tests, docs, database, refactoring, bug_fix, ...
    complexity: medium             # low, medium, high
    scope:
      # What the model may write: files, or folders with a trailing slash. Keep it small.
      paths:
{scope}\
      # read_only:
      #   - {{path: README.md, reason: what the project promises}}
    # deliverables: [{deliverable}]   # must exist afterwards; new test files belong here
    acceptance:
      - Everything that worked before still works.
    # tests:
    #   must_pass: ["tests/test_new.py::test_name"]
    # checks: [[ruff, check, .]]   # judged against the state before the phase
    attempt_cap: 3

  # A second phase starts from the result of the first:
  # - id: second-change
  #   goal: ...
  #   depends_on: [first-change]
  #   scope: {{paths: [docs/]}}
"""
