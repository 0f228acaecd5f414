from __future__ import annotations

from dataclasses import dataclass

import pytest

from autopack.languages import NOTHING, read
from autopack.model.changes import EXECUTABLE, GITLINK, REGULAR, SYMLINK, ChangeKind, ChangeSet, FileChange
from autopack.model.plan import Allow, Phase
from autopack.policy import PathRules, govern, own_folders
from autopack.settings import load_settings


def read_here(path, data):
    return read(path, data) or NOTHING


POLICY = load_settings(None, env={}).settings.policy


@dataclass(frozen=True)
class Raw:
    status: str
    mode_a: int
    mode_b: int
    path: str
    old_path: str | None = None


def created(path, data=b"x = 1\n", mode=REGULAR):
    return FileChange(path, ChangeKind.CREATED, None, data, None, mode)


def modified(path, before=b"x = 1\n", after=b"x = 2\n", mode=REGULAR, new_mode=None):
    return FileChange(path, ChangeKind.MODIFIED, before, after, mode, new_mode or mode)


def deleted(path, before=b"x = 1\n", mode=REGULAR):
    return FileChange(path, ChangeKind.DELETED, before, None, mode, None)


def renamed(old, new, before=b"x = 1\n", after=None):
    return FileChange(new, ChangeKind.RENAMED, before, after or before, REGULAR, REGULAR, old)


def judge(*changes, raw=None, allow=None, base=None, **scope):
    deliverables = scope.pop("deliverables", [])
    phase = Phase.model_validate(
        {"id": "p", "goal": "g", "deliverables": deliverables, "scope": {"paths": ["**"]} | scope}
    ).model_copy(update={"allow": allow or Allow()})
    rules = PathRules.for_phase(phase, POLICY)
    entries = (
        raw
        if raw is not None
        else [Raw(c.kind.value[0].upper(), c.mode_before or 0, c.mode_after or 0, c.path, c.old_path) for c in changes]
    )
    return govern(ChangeSet("0" * 40, tuple(changes)), entries, rules, POLICY, phase, base, read=read_here)


def codes(findings):
    return [f.code for f in findings]


NEVER = [
    ".git",
    ".git/config",
    "sub/.git",
    "vendor/lib/.git/config",
    ".GIT/hooks/pre-commit",
    ".git./config",
    ".git /x",
    "GIT~1/x",
    "git~12/x",
    "GITMOD~1",
    "gi7eba~1",
    ".g\u200cit/config",
    ".\uff47it/config",
    ".autonomous_runs/r/x.json",
    "AUTONO~1/x",
    "autopack.db",
    "x/autopack.db-wal",
    "../evil",
    "a/../../b",
    "/etc/passwd",
    "~/.bashrc",
    "~root/x",
    "C:/x",
    "src/a.py::$DATA",
    "src\\..\\x",
    "a\0b",
    "a\nb",
    "a\u202eb",
    "./a",
    "a//b",
    "a/",
    ".",
    "a./b",
    "a /b",
    "//server/share/x",
    ".autopack/config.yaml",
]


@pytest.mark.parametrize("path", NEVER)
def test_tier_never_has_no_request(path):
    got = judge(created(path))
    assert got.refusals
    assert got.never_hit
    assert not got.ask_before


@pytest.mark.parametrize(
    "path", ["src/aux.py", "COM\u00b9.txt", "x/" + "a" * 256, "nul", "a/" * 2100 + "x", "", "\ud800"]
)
def test_names_no_system_can_hold_are_refused(path):
    got = judge(created(path))
    assert codes(got.refusals) == ["AP302"]
    assert not got.never_hit


@pytest.mark.parametrize(
    "path",
    [
        ".github/ISSUE.md",
        "gitignore_helper.py",
        "src/..hidden/x.py",
        "docs/vscode/settings.json.md",
        "src/consumer.py",
        "src/file with space.py",
        "src/autopack_db_notes.py",
        "src/na\u00efve.py",
        "src/tilde~backup.py",
        ".editorconfig",
        "src/vscode_settings.py",
        ".dockerignore",
        ".gitignore",
        "docs/makefile_guide.md",
        ".env.example",
        "src/git/x.py",
        "notes~1.txt",
        "%2e%2e/x.txt",
        "console.py",
        "src/com10.txt",
        "auxiliary/nullable.py",
        ".gitkeep",
        "emoji\U0001f600.md",
    ],
)
def test_look_alikes_pass(path):
    got = judge(created(path))
    assert got == type(got)(risk=got.risk)


@pytest.mark.parametrize(
    "path",
    [
        ".vscode/settings.json",
        ".VSCode/tasks.json",
        ".idea/runConfigurations/x.xml",
        ".mcp.json",
        ".envrc",
        "CLAUDE.md",
        ".devcontainer/devcontainer.json",
        ".gitattributes",
        "sub/.gitmodules",
        ".github/workflows/ci.yml",
        "Makefile",
        "Jenkinsfile",
        "setup.py",
        "conftest.py",
        "tests/conftest.py",
        "pytest.ini",
        "src/x.pth",
        ".husky/pre-commit",
    ],
)
def test_tier_approval_asks_a_person(path):
    a, b = (b"{}\n", b"{ }\n") if path.endswith(".json") else (b"x = 1\n", b"x = 2\n")
    moves = renamed("src/a.txt", path, a), renamed(path, "src/a.txt", a)
    for change in (created(path, a), modified(path, a, b), deleted(path, a), *moves):
        got = judge(change)
        assert "AP301" in codes(got.ask_before)
        assert not got.refusals


def test_a_deliverable_lifts_test_configuration_and_nothing_else():
    assert not judge(created("tests/conftest.py"), deliverables=["tests/conftest.py"]).ask_before
    assert judge(created("tests/conftest.py"), deliverables=["tests/"]).ask_before
    assert judge(created(".envrc"), deliverables=[".envrc"]).ask_before
    assert judge(modified("Makefile"), deliverables=["Makefile"], allowed=["Makefile"]).ask_before


def test_scope():
    inside = {
        "paths": ["src/", "app.py"],
        "read_only": ["src/models.py", {"path": "src/api/"}],
        "allowed": ["Makefile"],
    }
    fine = judge(created("src/x/y.py"), modified("app.py"), **inside)
    assert fine == type(fine)(risk=fine.risk)
    for path in ("srcx/a.py", "app.pyc", "src/models.py", "src/api/x.py", "src", "App.py", "Makefile.am"):
        assert codes(judge(created(path), **inside).refusals) == ["AP302"], path
    assert codes(judge(renamed("other.py", "src/o.py"), **inside).refusals) == ["AP302"]
    asked = judge(modified("Makefile"), **inside)
    assert (codes(asked.ask_before), asked.refusals) == (["AP301"], ())
    assert codes(judge(modified("src/a.py"), protected=["src/a.py"]).ask_before) == ["AP301"]
    assert codes(judge(modified("src/a.py"), paths=[]).refusals) == ["AP302"]
    assert not judge(modified("src/a.py"), paths=[], deliverables=["src/a.py"]).refusals


def test_deny_wins_over_allowed():
    got = judge(created(".git/config"), allowed=[".git/config"], deliverables=[".git/config"])
    assert got.never_hit
    assert codes(judge(modified("src/a.py"), read_only=["src/a.py"], allowed=["src/a.py"]).refusals) == ["AP302"]


def test_the_resulting_tree_decides_not_what_the_change_set_says():
    seen = [Raw("M", REGULAR, REGULAR, "src/a.py"), Raw("A", 0, REGULAR, ".git/hooks/x"), Raw("A", 0, SYMLINK, "src/l")]
    got = judge(modified("src/a.py"), raw=seen)
    assert got.never_hit
    assert codes(got.refusals) == ["AP301", "AP307"]
    hidden = judge(created("../x"), raw=[])
    assert hidden.never_hit


@pytest.mark.parametrize(
    ("raw", "refused", "asked"),
    [
        (Raw("A", 0, SYMLINK, "x"), ["AP307"], []),
        (Raw("A", 0, GITLINK, "x"), ["AP307"], []),
        (Raw("T", REGULAR, SYMLINK, "x"), ["AP307"], []),
        (Raw("M", REGULAR, EXECUTABLE, "x"), [], ["AP307"]),
        (Raw("M", EXECUTABLE, REGULAR, "x"), [], ["AP307"]),
        (Raw("A", 0, EXECUTABLE, "x"), [], ["AP307"]),
        (Raw("D", SYMLINK, 0, "x"), [], ["AP307"]),
        (Raw("T", SYMLINK, REGULAR, "x"), [], ["AP307"]),
        (Raw("D", EXECUTABLE, 0, "x"), [], []),
        (Raw("M", EXECUTABLE, EXECUTABLE, "x"), [], []),
    ],
)
def test_kinds_and_modes(raw, refused, asked):
    got = judge(raw=[raw])
    assert (codes(got.refusals), codes(got.ask_before)) == (refused, asked)


def test_executable_scripts_ask_and_binary_content_is_refused():
    script = modified("tools/release", b"#!/bin/sh\necho\n", b"#!/bin/sh\nrm x\n", EXECUTABLE)
    assert codes(judge(script).ask_before) == ["AP307"]
    assert codes(judge(created("x.bin", b"a\0b")).refusals) == ["AP307"]


PYPROJECT = b'[project]\nname = "d"\ndescription = "a"\n\n[tool.pytest.ini_options]\ntestpaths = ["t"]\n'
PYPROJECT += b"[tool.ruff]\nline-length = 9\n"


@pytest.mark.parametrize(
    ("path", "before", "old", "new", "asks"),
    [
        ("pyproject.toml", PYPROJECT, b'"a"', b'"b"', False),
        ("pyproject.toml", PYPROJECT, b"= 9", b"= 99", False),
        ("pyproject.toml", PYPROJECT, b'["t"]', b'["u"]', True),
        ("x/PyProject.toml", PYPROJECT, b'["t"]', b'["u"]', True),
        ("pyproject.toml", PYPROJECT, b"[project]", b'[build-system]\nrequires = ["x"]\n\n[project]', True),
        ("pyproject.toml", PYPROJECT, b"[project]", b"[project", True),
        ("package.json", b'{"description": "a", "scripts": {"t": "x"}}', b'"a"', b'"b"', False),
        ("package.json", b'{"description": "a", "scripts": {"t": "x"}}', b'"x"', b'"y"', True),
        ("setup.cfg", b"[metadata]\nname = a\n[options]\npackages = x\n", b"= a", b"= b", False),
        ("setup.cfg", b"[metadata]\nname = a\n[options]\npackages = x\n", b"= x", b"= y", True),
    ],
)
def test_project_files_are_judged_by_what_changed(path, before, old, new, asks):
    got = judge(modified(path, before, before.replace(old, new)))
    assert codes(got.ask_before) == (["AP301"] if asks else [])


def test_project_files_cannot_be_moved_or_removed_unseen():
    for change in (
        renamed("pyproject.toml", "old.toml", PYPROJECT),
        renamed("new.toml", "sub/pyproject.toml", PYPROJECT),
        deleted("pyproject.toml", PYPROJECT),
        created("package.json", b'{"scripts": {"postinstall": "x"}}'),
    ):
        assert codes(judge(change).ask_before) == ["AP301"]


def test_pytest_tables_of_a_deliverable_need_no_person_but_the_build_does():
    path, deliver = "pyproject.toml", ["pyproject.toml"]
    assert not judge(modified(path, PYPROJECT, PYPROJECT.replace(b'["t"]', b'["u"]')), deliverables=deliver).ask_before
    assert judge(modified(path, PYPROJECT, PYPROJECT + b"[tool.hatch]\nx = 1\n"), deliverables=deliver).ask_before


KEY = b"sk-ant-api03-" + b"Q7" * 20


def test_only_added_credentials_are_refused():
    got = judge(modified("cfg.py", b"a = 1\n", b"a = 1\nKEY = '" + KEY + b"'\n"))
    assert codes(got.refusals) == ["AP306"]
    assert got.refusals[0].range.start.line == 2
    assert KEY.decode() not in got.refusals[0].message
    kept = b"KEY = '" + KEY + b"'\n"
    assert not judge(modified("cfg.py", kept, kept + b"b = 2\n")).refusals
    pem = b"-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----\n"
    assert codes(judge(created("k.txt", pem)).refusals) == ["AP306"]
    assert not judge(
        created("tests/t.py", b"assert 'sk-test-0000'.startswith('sk-')\npassword = 'hunter22Abc!'\n")
    ).refusals
    assert codes(judge(created("deploy/.env", b"A=1\n")).ask_before) == ["AP306"]


def test_colliding_names():
    base = ["src/A.py", "Docs/x.md", "caf\u00e9.txt", "keep.py"]
    for path in ("src/a.py", "docs/y.md", "cafe\u0301.txt", "KEEP.py", "ke\u200bep.py", "SRC/z.py"):
        assert codes(judge(created(path), base=base).refusals) == ["AP309"], path
    assert not judge(created("src/b.py"), modified("keep.py"), base=base).refusals
    assert not judge(renamed("keep.py", "Keep.py"), base=base).refusals
    assert codes(judge(created("n.py"), created("N.py")).refusals) == ["AP309"]
    twins = ["x/a.py", "X/b.py"]
    assert not judge(created("x/new.py"), base=twins).refusals


def test_our_own_package_inside_the_repository_is_immutable(tmp_path, monkeypatch):
    import autopack

    assert own_folders(tmp_path) == ()
    inside = tmp_path / "core" / "autopack"
    inside.mkdir(parents=True)
    monkeypatch.setattr(autopack, "__path__", [str(inside)])
    assert own_folders(tmp_path) == ("/core/autopack/",)
    phase = Phase.model_validate({"id": "p", "goal": "g", "scope": {"paths": ["**"]}})
    rules = PathRules.for_phase(phase, POLICY, tmp_path)
    assert rules.forbidden("core/autopack/policy/govern.py")
    assert not rules.forbidden("core/autopack2/x.py")
