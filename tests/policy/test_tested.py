"""Files that hold tests, in the layouts of many languages."""

from __future__ import annotations

import pytest

from autopack.policy.tested import is_test


@pytest.mark.parametrize(
    "path",
    [
        "tests/unit/x.py", "test_app.py", "src/pkg/app_test.py", "conftest.py", "pkg/server_test.go", "src/a.test.ts",
        "src/a.spec.tsx", "src/__tests__/a.js", "spec/models/user_spec.rb", "src/test/java/com/acme/Users.java",
        "app/UserServiceTest.java", "app/UserServiceIT.java", "App.Tests/Users.cs", "tests/Feature/LoginTest.php",
        "crates/x/tests/api.rs", "test/widget_test.dart", "Tests/AppTests/App.swift", "e2e/login.ts", "test.js",
        "src/androidTest/kotlin/Main.kt", "test/app.exs", "t/tests.py",
    ],
)  # fmt: skip
def test_a_test(path: str) -> None:
    assert is_test(path)


@pytest.mark.parametrize(
    "path",
    [
        "src/contest.py", "src/latest.java", "src/Contest.java", "attestation/sign.go", "protest/app.rb", "src/testing.py",
        "src/specification.md", "inspect/x.py", "src/Edit.java", "src/unit.cs", "src/fastest.ts", "testament.txt",
        "greatest_hits.py", "src/spectrum.js",
    ],
)  # fmt: skip
def test_a_word_that_only_holds_one_is_none(path: str) -> None:
    assert not is_test(path)
