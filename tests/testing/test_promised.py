"""What deliverables must define, and what counts as not written out."""

from __future__ import annotations

from textwrap import dedent

import pytest

from autopack.languages import read
from autopack.model.changes import ChangeKind, ChangeSet, FileChange
from autopack.model.findings import Severity
from autopack.model.plan import Phase
from autopack.testing import undefined, unwritten


def phase(*deliverables: str, **more: object) -> Phase:
    return Phase.model_validate({"id": "p", "goal": "g", "deliverables": list(deliverables), **more})


def change(after: str, before: str | None = None, path: str = "a.py") -> ChangeSet:
    data = dedent(before).encode() if before is not None else None
    kind = ChangeKind.MODIFIED if data is not None else ChangeKind.CREATED
    return ChangeSet("t", (FileChange(path, kind, data, dedent(after).encode(), 0o100644, 0o100644),))


def test_remarks_say_what_is_to_be_gone_and_what_is_to_be_defined():
    asked = phase("a.py (defines build, Index.lookup)", "old.py (deleted)", "b.py (new)", "c.py (defines the index)")
    assert asked.deliverables == ["a.py", "old.py", "b.py", "c.py"]
    assert asked.created == ("a.py", "b.py", "c.py")
    assert asked.removed == {"old.py"}
    assert asked.defines == {"a.py": ("build", "Index.lookup")}, "prose names nothing"
    assert asked.model_copy(update={"goal": "h"}).removed == {"old.py"}
    again = Phase.model_validate_json(asked.model_dump_json())
    assert (again, again.removed, again.defines) == (asked, asked.removed, asked.defines)
    assert Phase.model_validate({"id": "p", "goal": "g", "deliverables": {"code": ["a.py (removed)"]}}).removed == {
        "a.py"
    }


def test_a_name_that_is_not_defined_is_told():
    source = b"class Index:\n    def lookup(self):\n        return 1\n"
    asked = phase("a.py (defines build, Index.lookup)", "gone.py (defines x)")
    found = undefined(asked, lambda path: read(path, source) if path == "a.py" else None)
    assert [(f.code, f.path, f.blocking) for f in found] == [("AP602", "a.py", True)]
    assert "does not define build" in found[0].message


STUBS = {
    "raises": ("def f():\n    raise NotImplementedError\n", Severity.ERROR),
    "raises with a word": ('def f():\n    """Doc."""\n    raise NotImplementedError("later")\n', Severity.ERROR),
    "dots": ("def f(): ...\n", Severity.ERROR),
    "pass": ("def f():\n    pass\n", Severity.WARNING),
    "only words": ('def f():\n    """It would."""\n', Severity.WARNING),
    "a method": ("class C:\n    def f(self):\n        raise NotImplementedError()\n", Severity.ERROR),
}
WRITTEN = {
    "code": "def f():\n    return 1\n",
    "abstract": "import abc\nclass C(abc.ABC):\n    @abc.abstractmethod\n    def f(self):\n        ...\n",
    "protocol": "from typing import Protocol\nclass C(Protocol):\n    def f(self): ...\n",
    "overload": "from typing import overload\n@overload\ndef g(x): ...\ndef f(x):\n    return x\n",
    "template method": (
        "class A:\n    def f(self):\n        raise NotImplementedError\n"
        "class B(A):\n    def f(self):\n        return 1\n"
    ),
    "raises on one branch": "def f(x):\n    if x:\n        raise NotImplementedError\n    return 1\n",
    "an exception class": "class Broken(Exception):\n    pass\n",
}  # fmt: skip


@pytest.mark.parametrize("name", STUBS)
def test_a_function_that_is_not_written_out(name):
    source, severity = STUBS[name]
    (found,) = unwritten(phase("a.py"), change(source))
    assert (found.code, found.severity, found.path) == ("AP601", severity, "a.py")
    assert found.range is not None
    assert unwritten(phase("b.py"), change(source)) == [], "no deliverable"
    assert unwritten(phase("a.py"), change(source, before=source)) == [], "it was so before"
    asked = phase("a.py", category="feature_scaffolding")
    assert [f.blocking for f in unwritten(asked, change(source))] == [False]


@pytest.mark.parametrize("name", WRITTEN)
def test_what_others_write_or_is_written(name):
    assert unwritten(phase("a.py"), change(WRITTEN[name])) == []
    assert unwritten(phase("src/"), change(WRITTEN[name], path="src/a.py")) == []
