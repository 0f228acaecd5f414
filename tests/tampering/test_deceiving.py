"""Product code that makes tests pass without doing what they ask."""

from __future__ import annotations

import pytest

from tests.tampering.edits import PRODUCT, judge

ANY = "class Any_(int):\n    def __eq__(self, other):\n        {0}\n"
TRUE_OF_ALL = {
    "constant": "return True",
    "number": "return 1",
    "not false": "return not False",
    "by type": "if isinstance(other, int):\n            return True\n        return NotImplemented",
    "its type alone": "return isinstance(other, (int, str))",
}
LOOKS = {
    "its value": "return self.x == other",
    "of its own type": "return isinstance(other, Any_)",
    "of its own type, as the class may be": "return isinstance(other, type(self))",
    "of its own class": "return other.__class__ is self.__class__",
    "nothing": "return False",
    "not told": "return NotImplemented",
    "a look first": "if other.x:\n            return True\n        return False",
}


@pytest.mark.parametrize("how", TRUE_OF_ALL)
def test_a_value_equal_to_everything_is_told_at_its_method(how: str) -> None:
    (found,) = judge(PRODUCT, {"src/any.py": ANY.format(TRUE_OF_ALL[how])})
    assert (found.path, found.line, found.sure, found.liftable) == ("src/any.py", 2, True, True)
    assert "Any_.__eq__" in found.message


@pytest.mark.parametrize("how", LOOKS)
def test_one_that_looks_is_no_matter(how: str) -> None:
    assert judge(PRODUCT, {"src/any.py": ANY.format(LOOKS[how])}) == ()


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("src/a.py", "class A:\n    __eq__ = lambda self, o: True\n", 2),
        ("src/a.py", "class A:\n    def __ne__(self, o):\n        return False\n", 2),
        ("src/a.py", "import os\n\nif os.environ.get('PYTEST_CURRENT_TEST'):\n    X = 1\n", 3),
        ("src/a.py", "import sys\n\nX = 'pytest' in sys.modules\n", 3),
        ("src/a.py", "import sys\n\nX = sys.modules.get('unittest')\n", 3),
        ("src/a.js", "const x = 1;\nexport const any = { asymmetricMatch: () => true };\n", 2),
        ("src/a.ts", "if (process.env.JEST_WORKER_ID) { x(); }\n", 1),
    ],
)
def test_code_that_speaks_to_the_runner(path: str, text: str, line: int) -> None:
    (found,) = judge(PRODUCT, {path: text})
    assert (found.path, found.line, found.sure) == (path, line, True)
    assert judge({**PRODUCT, path: text}, {path: f"{text}\n"}) == (), "what was there is no matter"


@pytest.mark.parametrize(
    "text",
    [
        "import sys\n\nX = 'json' in sys.modules\n",
        "import os\n\nX = os.environ.get('PATH')\n",
        "class A:\n    def __eq__(self, o):\n        return self.x == o.x\n",
        "class A:\n    def __ne__(self, o):\n        return True\n",
    ],
)
def test_what_other_code_does_is_no_matter(text: str) -> None:
    assert judge(PRODUCT, {"src/a.py": text}) == ()


def test_tests_may_compare_as_they_like() -> None:
    text = "class Any_:\n    def __eq__(self, other):\n        return True\n"
    assert [s for s in judge(PRODUCT, {"tests/kit.py": text}) if s.kind == "product_deceives"] == []
