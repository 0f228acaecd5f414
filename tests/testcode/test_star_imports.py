"""What `from module import *` binds."""

from __future__ import annotations

from autopack.policy import is_test
from autopack.testcode.modules import Project

FILES = {
    "geom/__init__.py": "",
    "geom/poly.py": (
        "import math\nfrom geom.base import *\nUNIT = 1\ndef area(p): ...\ndef _edges(p): ...\n"
        "class Box:\n    def side(self): ...\n"
    ),
    "geom/base.py": "from geom.poly import *\ndef root(): ...\n",
    "geom/listed.py": "__all__ = ['chosen']\ndef chosen(): ...\ndef other(): ...\n",
    "tests/test_poly.py": "from math import *\nfrom geom.poly import *\nfrom geom.listed import *\n\ndef root(): ...\n",
    "tests/test_plain.py": "from math import *\n",
}  # fmt: skip


def names_of(path: str) -> dict[str, str]:
    """Where each name that a file imports comes from."""
    read = {name: text.encode() for name, text in FILES.items()}.get
    module = Project(read, FILES, is_test).module(path)
    assert module is not None
    return {name: link.target for name, link in module.imports.items() if name != "*"}


def test_names_of_a_file_of_the_repository_are_those_of_the_file() -> None:
    found = names_of("tests/test_poly.py")
    assert {name: found[name] for name in ("area", "Box", "UNIT", "chosen")} == {
        "area": "geom/poly.py", "Box": "geom/poly.py", "UNIT": "geom/poly.py", "chosen": "geom/listed.py",
    }  # fmt: skip
    assert {"_edges", "Box.side", "other", "root"}.isdisjoint(found)


def test_modules_that_take_all_of_each_other_come_to_an_end() -> None:
    assert names_of("geom/base.py")["area"] == "geom/poly.py"
    assert names_of("geom/poly.py")["root"] == "geom/base.py"


def test_nothing_is_known_of_other_modules() -> None:
    assert names_of("tests/test_plain.py") == {}
