"""The tests exercise the worktree, whatever editable install of the user's checkout the interpreter has."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autopack.model.test_report import RunnerEnd, TestOutcome
from autopack.sandbox import Sandbox
from tests.kit.target import PYTEST, make_environment
from tests.testing.conftest import Target

OLD = {
    "src/pkg/__init__.py": "WHERE = 'user'\n",
    "src/pkg/a.py": "WHERE = 'user'\n",
    "src/pkg/removed.py": "",
    "src/single.py": "WHERE = 'user'\n",
}
NEW = {
    "src/pkg/__init__.py": "WHERE = 'candidate'\n",
    "src/pkg/a.py": "WHERE = 'candidate'\n",
    "src/pkg/new.py": "",
    "src/single.py": "WHERE = 'candidate'\n",
    "tests/test_where.py": """\
        import os, subprocess, sys
        import pytest
        import pkg, pkg.a, pkg.new, single

        def test_here():
            assert (pkg.WHERE, pkg.a.WHERE, single.WHERE) == ("candidate",) * 3

        def test_removed_is_gone():
            with pytest.raises(ImportError):
                import pkg.removed

        def test_children():
            code = "import pkg.new, single; print(pkg.WHERE, single.WHERE)"
            out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/")
            assert out.stdout.split() == ["candidate", "candidate"], out
        """,
}

PATH_FILE = ("editable.pth", "{src}\n")
REDIRECT_LAST = (
    "__editable___pkg_finder.py",
    """\
import importlib.util, sys
from pathlib import Path
MAPPING = {{"pkg": {src!r} + "/pkg", "single": {src!r} + "/single"}}
class Finder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        for name, place in MAPPING.items():
            if fullname == name or fullname.startswith(name + "."):
                base = Path(place, *fullname[len(name):].strip(".").split("."))
                for file in (base / "__init__.py", base.with_suffix(".py")):
                    if file.exists():
                        return importlib.util.spec_from_file_location(fullname, file)
        return None
def install(at=None):
    sys.meta_path.insert(len(sys.meta_path) if at is None else at, Finder)
""",
)
KINDS = {
    "a path file": [PATH_FILE],
    "a finder after the path finder": [
        REDIRECT_LAST, ("a.pth", "import __editable___pkg_finder; __editable___pkg_finder.install()\n")],
    "a finder before all others": [
        REDIRECT_LAST, ("a.pth", "import __editable___pkg_finder; __editable___pkg_finder.install(0)\n")],
    "imported at start-up": [
        PATH_FILE, ("zz.pth", "import pkg, pkg.a, single\n")],
}  # fmt: skip


def editable(tmp_path: Path, files) -> tuple[Target, Path]:
    target = Target(tmp_path).write(NEW)
    target.sandbox = Sandbox.at(1)
    user = tmp_path / "user"
    for name, text in OLD.items():
        (user / name).parent.mkdir(parents=True, exist_ok=True)
        (user / name).write_text(text)
    target.python = make_environment(user / ".venv", PYTEST)
    (site,) = (user / ".venv").glob("lib/python3*/site-packages")
    for name, text in files:
        (site / name).write_text(text.format(src=str(user / "src")))
    return target, user


@pytest.mark.parametrize("kind", KINDS)
def test_editable_installs_are_beaten(tmp_path, kind):
    target, user = editable(tmp_path, KINDS[kind])
    report = target.run(user_root=user)
    assert report.end is RunnerEnd.FINISHED, report.detail
    bad = [(r.id, r.failure) for r in report.results if r.outcome is not TestOutcome.PASSED]
    assert bad == []
    assert len(report.results) == 3
    assert report.provenance.outside == ()
    assert {"src/pkg/a.py", "src/single.py"} <= set(report.provenance.imported)


def test_without_knowing_the_checkout_a_wrong_import_is_reported(tmp_path):
    target, user = editable(tmp_path, KINDS["a finder after the path finder"])
    target.write({"tests/test_where.py": "import pkg.removed\ndef test_x():\n    pass\n"})
    report = target.run()
    assert report.provenance.outside == (("pkg.removed", str(user / "src/pkg/removed.py")),)


BACKENDS = {
    "setuptools src": ("setuptools.build_meta", "", None),
    "setuptools strict": ("setuptools.build_meta", "", {"editable_mode": "strict"}),
    "setuptools compat": ("setuptools.build_meta", "", {"editable_mode": "compat"}),
    "hatchling": ("hatchling.build", '[tool.hatch.build]\ndev-mode-dirs = ["src"]\n', None),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_real_editable_installs(tmp_path, backend):
    module, extra, options = BACKENDS[backend]
    target, user = editable(tmp_path, [])
    text = f'[build-system]\nrequires = []\nbuild-backend = "{module}"\n[project]\nname = "pkg"\nversion = "1"\n{extra}'
    (user / "pyproject.toml").write_text(text)
    target.write({"pyproject.toml": text})
    code = f"import {module} as b, sys; print(b.build_editable(sys.argv[1], {options!r}))"
    build = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=user, check=True, capture_output=True,
                           text=True, env={**os.environ, "PYTHONPATH": ""})  # fmt: skip
    (site,) = (user / ".venv").glob("lib/python3*/site-packages")
    with zipfile.ZipFile(tmp_path / build.stdout.split()[-1]) as wheel:
        wheel.extractall(site)
    report = target.run(user_root=user)
    assert {r.id.rpartition("::")[2]: r.outcome.value for r in report.results} == {
        "test_here": "passed", "test_removed_is_gone": "passed", "test_children": "passed"}, report  # fmt: skip
    assert report.provenance.outside == ()


def test_workers_of_xdist_report_where_they_imported_from(suite, outcomes, xdist_python):
    suite.python = xdist_python
    suite.write({"tests/test_bad.py": "from pkg.a import add\ndef test_bad():\n    assert add(1, 1) == 3\n"})
    report = suite.run(args=["-n", "2"])
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert sorted(set(outcomes(report).values())) == ["failed", "passed"]
    assert len(report.results) == 4
    assert report.by_id["tests/test_bad.py::test_bad"].failure.line == 3
    assert report.provenance.inconclusive == ""
    assert "src/pkg/a.py" in report.provenance.imported


def test_a_worker_that_dies_is_a_failed_test_and_inconclusive(suite, xdist_python):
    suite.python = xdist_python
    suite.write({"tests/test_dies.py": "import os\ndef test_dies():\n    os._exit(1)\n"})
    report = suite.run(args=["-n", "1"])
    assert report.by_id["tests/test_dies.py::test_dies"].outcome is TestOutcome.FAILED
    assert report.provenance.inconclusive


def test_a_project_pytest_itself_needs_is_tested_from_the_worktree(target, outcomes):
    target.write({
        "src/iniconfig/__init__.py": """\
            class IniConfig:
                ours = True
                def __init__(self, *args, **kwargs):
                    self.sections = {}
                def __contains__(self, name):
                    return False
                def get(self, *args):
                    return None
            class ParseError(Exception):
                pass
            class SectionWrapper:
                pass
            """,
        "tests/test_i.py": "import iniconfig\ndef test_ours():\n    assert iniconfig.IniConfig.ours\n",
    })  # fmt: skip
    report = target.run(base_paths={"src/iniconfig/__init__.py"})
    assert outcomes(report) == {"tests/test_i.py::test_ours": "passed"}, report.detail
    assert report.provenance.outside == ()
    late = target.run()
    assert [module for module, _ in late.provenance.outside][:1] == ["iniconfig"]


def test_a_module_whose_file_name_the_suite_takes_away_is_still_accounted_for(target, outcomes):
    target.write({
        "pkg/__init__.py": "", "pkg/a.py": "", "pkg/b.py": "",
        "tests/test_f.py": """\
            import pkg.a, pkg.b
            def test_without():
                pkg.a.__file__ = None
                del pkg.b.__file__
            """,
    })  # fmt: skip
    report = target.run()
    assert outcomes(report) == {"tests/test_f.py::test_without": "passed"}
    assert {"pkg/__init__.py", "pkg/a.py", "pkg/b.py"} <= set(report.provenance.imported)
