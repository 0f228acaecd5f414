"""The plan language through the real server process, on a real repository."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit.lsp_client import CAPABILITIES, Editor, ResponseError

PLAN = """\
autopack: 1
run: {id: shop}
phases:
  - id: index
    goal: Build the index. 𝄞
    scope: {paths: [src/]}
    deliverables: [docs/a.md]
  - id: page
    goal: Show it.
    depends_on: [indx]
    scope: {paths: [src/app.py]}
    tests: {must_pass: ["tests/test_app.py::test_one"]}
"""
NAME = "build.autopack.yaml"


def git(root: Path, *args: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t", *args], cwd=root, check=True, capture_output=True
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repo")
    for path, text in {
        "src/app.py": "x = 1\n",
        "tests/test_app.py": "def test_one(): ...\n\n\nclass TestC:\n    def test_two(self): ...\n",
        NAME: PLAN,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "start")
    return root


@pytest.fixture(scope="module", params=[["utf-16"], ["utf-8", "utf-16"], ["utf-32"]], ids=lambda offered: offered[0])
def editor(root: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    import os

    home = tmp_path_factory.mktemp("home")
    env = {**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home)}
    capabilities = {**CAPABILITIES, "general": {"positionEncodings": request.param}}
    with Editor.start(root, env, capabilities=capabilities) as found:
        yield found


@pytest.fixture
def uri(editor: Editor, root: Path) -> Iterator[str]:
    opened = editor.open(root / NAME, PLAN)
    yield opened
    editor.close_document(opened)


def at(uri: str, line: int, character: int) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


def codes(editor: Editor, uri: str, version: int) -> list[str]:
    told = editor.wait_for("textDocument/publishDiagnostics", lambda p: p["uri"] == uri and p.get("version") == version)
    return [one["code"] for one in told["diagnostics"]]


def test_problems_come_while_typing_and_go_by_a_fix(editor: Editor, uri: str, root: Path) -> None:
    mark = editor.mark()
    editor.change(uri, 2, {"text": PLAN.replace("goal: Show", "gaol: Show")})
    told = editor.wait_for(
        "textDocument/publishDiagnostics", lambda p: p["uri"] == uri and p.get("version") == 2, since=mark
    )  # fmt: skip
    assert [(one["code"], one["range"]["start"]) for one in told["diagnostics"]] == [
        ("AP101", {"line": 8, "character": 4})
    ]
    request = {
        "textDocument": {"uri": uri},
        "range": told["diagnostics"][0]["range"],
        "context": {"diagnostics": told["diagnostics"]},
    }
    (action,) = editor.request("textDocument/codeAction", request)
    assert (action["title"], action["isPreferred"]) == ("Change `gaol` to `goal`", True)
    change = (action["edit"].get("documentChanges") or [{"edits": action["edit"]["changes"][uri]}])[0]
    editor.change(uri, 3, *({"range": one["range"], "text": one["newText"]} for one in change["edits"]))
    assert sorted(codes(editor, uri, 3)) == ["AP102", "AP105"]


def test_completion_hover_and_outline(editor: Editor, uri: str) -> None:
    found = editor.request("textDocument/completion", at(uri, 9, 21))
    assert [item["label"] for item in found["items"]] == ["index"]
    edit = found["items"][0]["textEdit"]
    assert edit.get("range", edit.get("replace")) == {
        "start": {"line": 9, "character": 17}, "end": {"line": 9, "character": 21},
    }  # fmt: skip
    assert "must be complete" in editor.request("textDocument/hover", at(uri, 9, 8))["contents"]["value"]
    assert editor.request("textDocument/hover", at(uri, 0, 11)) is None
    symbols = editor.request("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    assert [child["name"] for child in symbols[1]["children"]] == ["index", "page"]
    assert symbols[1]["children"][0]["detail"] == "Build the index. 𝄞"
    folds = editor.request("textDocument/foldingRange", {"textDocument": {"uri": uri}})
    assert {"startLine": 2, "endLine": 11} in folds


def test_paths_and_tests_of_the_repository(editor: Editor, uri: str) -> None:
    editor.change(
        uri, 2, {"text": PLAN.replace("tests/test_app.py::test_one", "tests/").replace("[src/app.py]", "[src/]")}
    )
    paths = editor.request("textDocument/completion", at(uri, 10, 24))
    assert [item["label"] for item in paths["items"]] == ["src/app.py"]
    assert paths["isIncomplete"]
    tests = editor.request("textDocument/completion", at(uri, 11, 31))
    assert [item["label"] for item in tests["items"]] == [
        "tests/test_app.py::test_one",
        "tests/test_app.py::TestC::test_two",
    ]


def test_links_lenses_and_new_names(editor: Editor, uri: str, root: Path) -> None:
    editor.change(uri, 2, {"text": PLAN.replace("indx", "index")})
    there = editor.request("textDocument/definition", at(uri, 9, 18))
    target = there[0] if isinstance(there, list) else there
    assert (target.get("targetRange") or target["range"])["start"] == {"line": 3, "character": 8}
    links = editor.request("textDocument/documentLink", {"textDocument": {"uri": uri}})
    assert [link["target"] for link in links] == [
        (root / path).as_uri() for path in ("src/app.py", "tests/test_app.py")
    ]
    lenses = editor.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
    assert [(lens["command"]["title"], lens["command"]["arguments"]) for lens in lenses] == [
        ("Start run", [{"planUri": uri}]),
        ("Run this phase", [{"planUri": uri, "phases": ["index"]}]),
        ("Run this phase", [{"planUri": uri, "phases": ["page"]}]),
    ]
    assert (
        len(editor.request("textDocument/references", {**at(uri, 3, 9), "context": {"includeDeclaration": True}})) == 2
    )
    assert editor.request("textDocument/prepareRename", at(uri, 4, 12)) is None
    assert editor.request("textDocument/prepareRename", at(uri, 9, 18))["placeholder"] == "index"
    edit = editor.request("textDocument/rename", {**at(uri, 9, 18), "newName": "words"})
    changes = edit.get("documentChanges") or [{"edits": edit["changes"][uri]}]
    assert [one["newText"] for one in changes[0]["edits"]] == ["words", "words"]
    with pytest.raises(ResponseError) as refused:
        editor.request("textDocument/rename", {**at(uri, 9, 18), "newName": "page"})
    assert refused.value.code == -32050
    assert refused.value.data["hint"]


def test_other_documents_are_left_alone(editor: Editor, root: Path) -> None:
    other = editor.open(root / "settings.yaml", PLAN)
    assert editor.request("textDocument/completion", at(other, 9, 17)) is None
    assert editor.request("textDocument/codeLens", {"textDocument": {"uri": other}}) is None
    editor.close_document(other)
    assert editor.request("textDocument/hover", at(other, 0, 0)) is None


def test_a_plan_outside_the_workspace_is_read_alone(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / NAME, PLAN)
    assert codes(editor, uri, 1) == ["AP901"]
    editor.close_document(uri)
    assert editor.wait_for("textDocument/publishDiagnostics", lambda p: p["uri"] == uri and not p["diagnostics"])


def test_where_the_client_can_the_features_are_asked_for_in_plans_alone(tmp_path: Path) -> None:
    document = {
        name: {**CAPABILITIES["textDocument"].get(name, {}), "dynamicRegistration": True}
        for name in ("hover", "rename")
    }
    told = {**CAPABILITIES, "textDocument": {**CAPABILITIES["textDocument"], **document}}
    with Editor.start(tmp_path, capabilities=told) as editor:
        assert not editor.capabilities.get("hoverProvider")
        assert not editor.capabilities.get("renameProvider")
        assert "-" in editor.capabilities["completionProvider"]["triggerCharacters"]
        registered = editor.wait_for(
            "client/registerCapability", lambda p: any(r["method"] == "textDocument/hover" for r in p["registrations"])
        )["registrations"]
    assert {one["method"]: one["registerOptions"]["documentSelector"] for one in registered} == {
        method: [{"pattern": "**/*.autopack.yaml", "scheme": "file"}]
        for method in ("textDocument/hover", "textDocument/rename")
    }
    assert all(one["registerOptions"].get("prepareProvider", True) for one in registered)
