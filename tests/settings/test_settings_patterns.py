from __future__ import annotations

import pytest

from autopack.settings import Policy, covered, load_settings, matches, matching

NEVER = [
    ".git/config",
    "a/.GIT/hooks/x",
    ".g\u200cit/config",
    "\uff0egit/x",
    ".autonomous_runs/r/x",
    "autopack.db",
    ".autopack/config.yaml",
]
APPROVAL = [
    ".vscode/settings.json", "pkg/.vscode/tasks.json", ".VSCode/launch.json", ".idea/a.xml", "x.code-workspace",
    ".cursor/mcp.json", ".mcp.json", ".claude/settings.json", ".envrc", "sub/.envrc", "mise.toml",
    ".devcontainer/devcontainer.json", ".gitattributes", "a/.gitattributes", ".gitmodules", ".husky/pre-commit",
    ".pre-commit-config.yaml", "lefthook.yml", ".github/workflows/ci.yml", ".gitlab-ci.yml", "Jenkinsfile",
    ".circleci/config.yml", "Makefile", "sub/makefile", "setup.py", "noxfile.py", "Dockerfile", "Dockerfile.prod",
    "scripts/build.sh", "CLAUDE.md", "agents.md", ".github/copilot-instructions.md", "conftest.py", "tests/conftest.py",
    "pytest.ini", "tox.ini", "sitecustomize.py", "src/evil.pth", "pytest.py", "docs/plan.autopack.yaml", ".npmrc",
]  # fmt: skip
FREE = [
    ".github/ISSUE.md", ".gitignore", ".editorconfig", ".dockerignore", "src/vscode_settings.py", "src/git/x.py",
    "gitignore_helper.py", "src/..hidden/x.py", "src/autopack_db_notes.py", "docs/makefile_guide.md", "package.json",
    "pyproject.toml", "tests/test_a.py", "tests/data/sample.json", "src/file with space.py", "src/naïve.py",
    ".env.example", "src/setup_helpers.py", "src/conftests.py", "src/tasks.py", "README.md",
]  # fmt: skip


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_settings(None, env={"HOME": "/nonexistent"}).settings.policy


def test_shipped_tiers(policy: Policy) -> None:
    assert [path for path in NEVER if not matching(policy.never, path)] == []
    assert [path for path in APPROVAL if not matching(policy.approval, path)] == []
    assert [path for path in FREE if matching([*policy.never, *policy.approval], path)] == []
    assert set(policy.unless_deliverable) <= set(policy.approval)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("name", ["name", "a/name", "name/b", "a/NAME/b", "name/"], ["names", "a/xname/b"]),
        ("dir/", ["dir/a", "x/dir/a", "dir/"], ["dir", "x/dir", "dirs/a"]),
        ("/top", ["top", "top/a"], ["a/top"]),
        ("/top/", ["top/a", "top/"], ["top", "a/top/b"]),
        ("a/b", ["a/b", "a/b/c"], ["x/a/b", "a/c/b"]),
        ("*.ext", ["x.ext", "a/x.EXT", "x.ext/b", ".ext"], ["x.ext2", "a/xext"]),
        ("a*/c?", ["abc/cd"], ["a/b/cd", "abc/c"]),
        ("x[1]", ["x[1]"], ["x1"]),
        ("/", [], ["a", "a/"]),
    ],
)
def test_grammar(pattern: str, yes: list[str], no: list[str]) -> None:
    assert [path for path in yes if not matches(pattern, path)] == []
    assert [path for path in no if matches(pattern, path)] == []


@pytest.mark.parametrize(("pattern", "path", "meant"), [
    ("docs/*.md", "docs/a.md", True), ("docs/*.md", "docs/deep/a.md", False), ("docs/*", "docs/deep/a.md", False),
    ("docs/*", "docs/deep", True), ("*.md", "docs/a.md", False), ("docs/*.md", "DOCS/a.md", False),
    ("docs/?.md", "docs//.md", False), ("docs/[ab].md", "docs/a.md", False), ("docs/[ab].md", "docs/[ab].md", True),
    ("docs/a.md", "docs/a.md/x", False), ("docs/a.md", "docs/a.md2", False), ("*", "docs/a.md", False),
])  # fmt: skip
def test_a_pattern_that_gives_leave_reaches_nothing_it_does_not_spell(pattern: str, path: str, meant: bool) -> None:
    assert covered([pattern], path) is meant
