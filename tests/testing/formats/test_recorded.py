"""Reports that real tools wrote (see recorded/README.md): ids, outcomes, places."""

from __future__ import annotations

import pytest

from autopack.testing.formats import read_go_events, read_jest_json, read_junit, read_node_events

GO = {
    "root_test.go::TestRoot": "passed",
    "exits/exits_test.go::TestBefore": "passed",
    "exits/exits_test.go::TestExits": "failed exits/exits_test.go:11",
    "panics/panics_test.go::TestFine": "passed",
    "sum/sum_test.go::TestAdd": "passed",
    "sum/sum_test.go::TestTable": "failed sum/sum_test.go:0",
    "sum/sum_test.go::TestTable/1_and_1": "passed",
    "sum/sum_test.go::TestTable/2_and_2": "failed sum/sum_test.go:20",
    "sum/sum_test.go::TestTable/3_and_0": "passed",
    "sum/sum_test.go::TestSkipped": "skipped",
    "sum/sum_test.go::TestHelper": "failed sum/sum_test.go:38",
    "sum/sum_test.go::TestNoNewline": "passed",
    "sum/sum_test.go::TestParallel": "passed",
    "sum/sum_test.go::ExampleAdd": "failed sum/sum_test.go:0",
}
PANIC_OF_THE_INNER = {
    "panics/panics_test.go::TestPanics": "failed panics/panics_test.go:0",
    "panics/panics_test.go::TestPanics/inner": "failed panics/panics.go:4",
}
PANIC_OF_THE_OUTER = {
    "panics/panics_test.go::TestPanics": "failed panics/panics.go:4",
    "panics/panics_test.go::TestPanics/inner": "failed panics/panics_test.go:0",
}
JAVASCRIPT = {
    "test/sum.test.js::adds": "passed",
    "test/sum.test.js::outer <group>::passes": "passed",
    "test/sum.test.js::outer <group>::inner::case 1": "passed",
    "test/sum.test.js::outer <group>::inner::case 2": "passed",
    "test/sum.test.js::skipped": "skipped",
}
NODE = {
    **JAVASCRIPT,
    "test/exits.test.js": "passed",
    "test/sum.test.js::is wrong": "failed test/sum.test.js:10",
    "test/sum.test.js::outer <group>::throws in the product": "failed src/sum.js:6",
    "test/sum.test.js::to do": "xfailed",
    "test/sum.test.js::with subtests::first": "passed",
    "test/sum.test.js::with subtests::second": "failed test/sum.test.js:28",
}
JAVA = "src/test/java/org/example/calc/SumTest.java"
OLD = "src/test/java/org/example/four/OldTest.java"


@pytest.mark.parametrize(
    ("release", "panic"), [("1.19", PANIC_OF_THE_INNER), ("1.27", PANIC_OF_THE_OUTER)], ids=["1.19", "1.27"]
)
def test_go(recorded, told, release: str, panic: dict[str, str]) -> None:
    go = recorded("go")
    said = go.report("stderr-1.19.txt").decode() if release == "1.19" else ""
    reading = read_go_events(go.report(f"events-{release}.jsonl") + b"\nthe end 2\n", go.places, "the end 2", said)
    results, errors = told(reading)
    assert results == {**GO, **panic}
    assert errors == {"broken": "broken/broken_test.go:6", "init": ":0"}
    messages = {r.id.partition("::")[2]: r.failure.message for r in reading.results if r.failure}
    assert messages["TestTable/2_and_2"] == "looking\nAdd(2, 2) = 4, want 5"
    assert messages["TestTable"] == "1 of its subtests failed: TestTable/2_and_2"
    assert messages["TestHelper"] == "Div: division by zero\n        second line"
    assert messages["TestExits"].startswith("panic: unexpected call to os.Exit(0) during test")
    assert "undefined: undefinedName" in reading.collection_errors[0].failure.message
    assert "exit status 3" in reading.collection_errors[1].failure.message


def test_gotestsum(recorded, told) -> None:
    go = recorded("go")
    results, errors = told(read_junit([go.report("gotestsum.xml")], go.places))
    main = {"example.org/calc/init::TestMain": "failed :0"}
    unlike = ("TestTable", "TestTable/2_and_2", "TestNoNewline", "ExampleAdd")
    common = {k: v for k, v in GO.items() if k.partition("::")[2] not in unlike}
    assert {**common, **main}.items() <= results.items()
    assert results["sum/sum_test.go::TestTable/2_and_2"] == "failed sum/sum_test.go:18"
    assert errors == {"testsuites": ":0"}


@pytest.mark.parametrize("release", ["18", "20", "24"])
def test_node(recorded, told, release: str) -> None:
    node = recorded("node")
    reading = read_node_events(node.report(f"events-{release}.jsonl"), node.places)
    results, errors = told(reading)
    assert results == {**NODE, "test/sum.test.js::with subtests": "failed test/sum.test.js:26"}
    assert errors == {"test/broken.test.js": "test/broken.test.js:0", "test/syntax.test.js": "test/syntax.test.js:1"}
    first, second = (error.failure.message for error in reading.collection_errors)
    assert "Cannot find module" in first
    assert second == "SyntaxError: Unexpected token '='"


def test_junit_of_node_names_the_file_from_release_24_on(recorded, told) -> None:
    node = recorded("node")
    results, errors = told(read_junit([node.report("junit-24.xml")], node.places))
    assert results == NODE
    old, old_errors = told(read_junit([node.report("junit-20.xml")], node.places))
    assert old == {name.removeprefix("test/sum.test.js::"): outcome for name, outcome in NODE.items()}
    assert errors == old_errors == {f"test/{n}.test.js": f"test/{n}.test.js:0" for n in ("broken", "syntax")}


@pytest.mark.parametrize("report", ["report.json", "report-30.json"])
def test_jest(recorded, told, report: str) -> None:
    jest = recorded("jest")
    reading = read_jest_json(jest.report(report), jest.places)
    results, errors = told(reading)
    assert results == {
        **JAVASCRIPT,
        "test/sum.test.js::is wrong": "failed test/sum.test.js:8",
        "test/sum.test.js::outer <group>::throws in the product": "failed src/sum.js:2",
        "test/sum.test.js::to do": "skipped",
    }
    assert errors == {"test/broken.test.js": "test/broken.test.js:1", "test/syntax.test.js": "test/syntax.test.js:0"}
    assert reading.results[1].failure is not None
    assert reading.results[1].failure.message.endswith("Expected: 5\nReceived: 4")
    junit, _ = told(read_junit([jest.report("junit.xml")], jest.places))
    assert junit["outer <group> throws in the product"] == "failed src/sum.js:2"
    assert junit["adds"] == "passed"


@pytest.mark.parametrize("report", ["report.json", "report-5.json"])
def test_vitest(recorded, told, report: str) -> None:
    vitest = recorded("vitest")
    results, errors = told(read_jest_json(vitest.report(report), vitest.places))
    assert results == {
        **JAVASCRIPT,
        "test/sum.test.js::is wrong": "failed test/sum.test.js:9",
        "test/sum.test.js::outer <group>::throws in the product": "failed src/sum.js:2",
        "test/sum.test.js::to do": "skipped",
    }
    assert errors == {"test/broken.test.js": "test/broken.test.js:0", "test/syntax.test.js": "test/syntax.test.js:1"}
    junit, junit_errors = told(read_junit([vitest.report("junit.xml")], vitest.places))
    assert junit["test/sum.test.js::outer <group> > inner > case 2"] == "passed"
    assert junit_errors == {f"test/{n}.test.js": f"test/{n}.test.js:1" for n in ("broken", "syntax")}


def test_nextest(recorded, told) -> None:
    nextest = recorded("nextest")
    reading = read_junit([nextest.report("junit.xml")], nextest.places)
    assert told(reading) == (
        {
            "calc::tests::adds": "passed",
            "calc::tests::is_wrong": "failed src/lib.rs:21",
            "calc::tests::panics_in_the_product": "failed src/lib.rs:6",
            "calc::tests::should_have_panicked": "failed src/lib.rs:31",
            "calc::tests::returns_an_error": "failed :0",
            "calc::whole::deep::nested": "passed",
            "calc::whole::aborts": "failed :0",
            "calc::whole::exits": "passed",
            "calc::whole::flaky": "passed",
        },
        {},
    )
    wrong = reading.results[1].failure
    assert wrong is not None
    assert wrong.message == "assertion `left == right` failed: the sum\n  left: 4\n right: 5"


def test_surefire(recorded, told) -> None:
    surefire = recorded("surefire")
    results, errors = told(read_junit(surefire.reports("TEST-*.xml"), surefire.places, suffix="n0nce"))
    assert results == {
        f"{JAVA}::identity{{Thing}}[1]": "passed",
        f"{JAVA}::adds": "passed",
        f"{JAVA}::cases{{int}}[1]": "passed",
        f"{JAVA}::cases{{int}}[2]": f"failed {JAVA}:49",
        f"{JAVA}::flaky": f"failed {JAVA}:59",
        f"{JAVA}::named": "passed",
        f"{JAVA}::disabled": "skipped",
        f"{JAVA}::throwsInTheProduct": "error src/main/java/org/example/calc/Sum.java:9",
        f"{JAVA}::isWrong": f"failed {JAVA}:30",
        f"{JAVA}::Inner::nested": "passed",
    }
    broken = JAVA.replace("SumTest", "BrokenSetupTest")
    assert errors == {broken: f"{broken}:9"}


def test_surefire_runs_failing_tests_again(recorded, told) -> None:
    surefire = recorded("surefire4")
    assert told(read_junit(surefire.reports("TEST-*.xml"), surefire.places, suffix="n0nce")) == (
        {
            f"{OLD}::passes": "passed",
            f"{OLD}::fails": f"failed {OLD}:20",
            f"{OLD}::flaky": "passed",
            f"{OLD}::ignored": "skipped",
        },
        {},
    )


def test_gradle(recorded, told) -> None:
    gradle = recorded("gradle")
    old, library = "four/org/example/OldTest.java", "lib/src/test/java/org/example/lib/LibTest.java"
    assert told(read_junit(gradle.reports("TEST-*.xml"), gradle.places)) == (
        {
            f"{old}::passes": "passed",
            f"{old}::fails": f"failed {old}:20",
            f"{old}::flaky": f"failed {old}:15",
            f"{old}::ignored": "skipped",
            f"{library}::throwsError": f"failed {library}:8",
        },
        {},
    )


def test_pytest(recorded, told) -> None:
    suite = recorded("pytest")
    results, errors = told(read_junit([suite.report("xunit1.xml")], suite.places, pytest=True))
    assert results == {
        "cases.py::TestPlain::test_fine": "passed",
        "cases.py::TestPlain::test_wrong": "failed cases.py:13",
        "cases.py::test_many[1]": "passed",
        "cases.py::test_many[2]": "failed cases.py:18",
        "cases.py::test_setup": "error cases.py:23",
        "cases.py::test_expected": "xfailed",
        "cases.py::test_skipped": "skipped",
        "cases.py::TestSub::test_subs": "failed cases.py:44",
    }
    assert errors == {"cases_broken.py": "cases_broken.py:1"}
    other, _ = told(read_junit([suite.report("xunit2.xml")], suite.places))
    assert other["cases.TestPlain::test_wrong"] == "failed cases.py:13"
