"""Source roots of every kind of project."""

from __future__ import annotations

import pytest

from autopack.testing import source_roots

TOML = "pyproject.toml"
LAYOUTS = {
    "nothing": ({"pkg/__init__.py": ""}, ["."]),
    "src by habit": ({"src/pkg/__init__.py": ""}, ["src", "."]),
    "broken pyproject": ({"src/a.py": "", TOML: "[tool"}, ["src", "."]),
    "pytest": ({"lib/a.py": "", TOML: '[tool.pytest.ini_options]\npythonpath = ["lib", "gone"]\n'}, ["lib", "."]),
    "pytest.ini": ({"lib/a.py": "", "x/b.py": "", "pytest.ini": "[pytest]\npythonpath = lib x\n"}, ["lib", "x", "."]),
    "setup.cfg": ({"lib/a.py": "", "setup.cfg": "[options]\npackage_dir =\n    = lib\n"}, ["lib", "."]),
    "setuptools where": (
        {"code/a.py": "", TOML: '[tool.setuptools.packages.find]\nwhere = ["code"]\n'}, ["code", "."]),
    "setuptools package-dir": (
        {"a/b/pkg/x.py": "", TOML: '[tool.setuptools.package-dir]\npkg = "a/b/pkg"\n'}, ["a/b", "."]),
    "hatch": (
        {"core/one/x.py": "", "srv/two/x.py": "",
         TOML: '[tool.hatch.build.targets.wheel]\npackages = ["core/one", "srv/two"]\n'}, ["core", "srv", "."]),
    "poetry": (
        {"lib/p/x.py": "", TOML: '[tool.poetry]\npackages = [{include = "p", from = "lib"}]\n'}, ["lib", "."]),
    "flit": ({"src/mod.py": "", TOML: '[tool.flit.module]\nname = "mod"\n'}, ["src", "."]),
    "maturin": ({"python/p/x.py": "", TOML: '[tool.maturin]\npython-source = "python"\n'}, ["python", "."]),
    "scikit-build-core": (
        {"python/p/x.py": "", TOML: '[tool.scikit-build]\nwheel.packages = ["python/p"]\n'}, ["python", "."]),
    "outside is refused": (
        {"src/a.py": "", TOML: '[tool.pytest.ini_options]\npythonpath = ["../..", "/etc"]\n'}, ["src", "."]),
    "wrong types": ({"src/a.py": "", TOML: "[tool]\npytest = 3\nsetuptools = []\nhatch = 'x'\n"}, ["src", "."]),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_source_roots(tmp_path, name):
    files, expected = LAYOUTS[name]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert source_roots(tmp_path) == expected
