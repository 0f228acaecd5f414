"""Plans for the tests of the plan language: every key, block and flow style, and a cursor written as `¦`."""

from __future__ import annotations

from pathlib import Path

from autopack.model.findings import Position
from autopack.settings import load_settings
from autopack_server.lsp.plan.reading import Reading
from autopack_server.lsp.plan.repository import Repository
from tests.plans.test_plan_source import FULL

CURSOR = "¦"

BLOCK = """\
# yaml-language-server: $schema=plan.schema.json
autopack: 1
run:
  id: shop   # the stem
  base: head
tiers:
- id: backend
  name: Back end
- id: frontend
workspace:
  copy:
    - .env.test
  setup:
    - [python, gen.py]
defaults:
  tests:
    runner: pytest
    paths: ["tests/"]
  scope:
    read_only:
      - path: src/models.py
        reason: >-
          entity shapes,
          and more
      - README.md

phases:
  # one
  # two
  - id: index
    tier: backend
    goal: >
      Build an inverted index

      over titles.
    category: backend
    scope:
      paths:
        - src/search/
        - src/app.py
    deliverables:
      code: [src/search/index.py (new)]
      tests:
        - tests/test_index.py
    acceptance:
      - "lookup is: case-insensitive"
    tests:
      env:
        MODE: 'x'
      must_pass:
        - "tests/test_index.py::test_lookup"
      timeout_seconds: 300
    checks:
      - - ruff
        - check
    allow:
      noop: true

  - id: page
    tier: frontend
    goal: "Show the index
      to people"
    depends_on: [index]
    scope: {paths: [src/web/], read_only: [{path: src/app.py}]}
    attempt_cap: 3
  - id: docs
    tier: frontend
    goal: Write it down.
    depends_on:
      - index
      - page
    scope:
      paths: [docs/]
"""

FLOW = """\
{
  autopack: 1,
  run: {id: r},
  phases: [
    {id: a, goal: g, scope: {paths: ["src/"]}},
    {id: b, goal: "h, i", depends_on: [a], scope: {paths: [src/, README.md]}}
  ]
}
"""

PLANS = [FULL, BLOCK, FLOW, BLOCK.replace("\n", "\r\n")]

FILES = {
    "README.md", "docs/guide.md", "docs/index.md", "src/app.py", "src/models.py", "src/search/words.py",
    "src/web/page.py", "tests/test_app.py", "tests/web/test_page.py", "odd #name.md",
}  # fmt: skip
SETTINGS = load_settings(None, env={"HOME": "/nonexistent"}).settings


def repository(root: Path = Path("/nonexistent")) -> Repository:
    return Repository.of(root, FILES, SETTINGS)


def cut(marked: str) -> tuple[Reading, Position, int]:
    """The text without its cursor, and the cursor as position and offset."""
    offset = marked.index(CURSOR)
    reading = Reading(marked[:offset] + marked[offset + 1 :])
    return reading, reading.tree.lines.position(offset), offset
