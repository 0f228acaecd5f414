from __future__ import annotations

import pytest
from lsprotocol import types

from autopack.model.findings import Range, Related, Severity, Tree
from autopack.model.rules import finding
from autopack_server.lsp.findings import plan_places
from autopack_server.lsp.findings.diagnostics import MAX_RELATED
from autopack_server.lsp.findings.placing import Placer, RunCache
from autopack_server.lsp.findings.plan_places import PlanPlaces
from autopack_server.lsp.findings.run_findings import PhaseFindings
from autopack_server.lsp.findings.text import Text
from autopack_server.lsp.findings.user_files import OpenDocument
from autopack_server.lsp.positions import Positions
from tests.lsp.findings.fakes import FOLDER, PLAN, PLAN_TEXT, Files, error, file_uri, phase_of, run_of, span

BASE = "one\ntwo\nthree\nfour\n"
CANDIDATE = "one\nTWO\nthree\nfour\nfive\n"
E, W = types.DiagnosticSeverity.Error, types.DiagnosticSeverity.Warning
Location = tuple[str, int]


def placed(
    *phases: PhaseFindings, versions: Files, plan: str = PLAN_TEXT, **files: str
) -> dict[str, list[types.Diagnostic]]:
    """What is shown in each file of the folder; `files` are open documents, `__` standing for a dot."""
    texts = {PLAN: plan, **{name.replace("__", "."): text for name, text in files.items()}}
    documents = [OpenDocument(file_uri(FOLDER / name), 1, text) for name, text in texts.items()]
    placer = Placer(Positions("utf-16"), lambda code: f"https://rules.test/{code}")
    found = placer.place(run_of(*phases, versions=versions), documents, RunCache())
    prefix = file_uri(FOLDER) + "/"
    return {one.uri.removeprefix(prefix): [*one.summaries, *one.findings] for one in found.documents.values()}


def links(diagnostic: types.Diagnostic) -> list[Location]:
    found = diagnostic.related_information or []
    return [(one.location.uri.partition("/file%3A")[0], one.location.range.start.line) for one in found]


def test_a_finding_carries_what_a_client_needs() -> None:
    where = finding("AP401", "assert 1 == 2", path="a.py", range=span(3, 2, 4))
    shown = placed(phase_of(where), versions=Files({"a.py": BASE}, {"a.py": CANDIDATE}), a__py=BASE)
    (diagnostic,) = shown["a.py"]
    assert diagnostic.range == types.Range(types.Position(2, 1), types.Position(2, 3))
    assert (diagnostic.code, diagnostic.source, diagnostic.severity) == ("AP401", "autopack", E)
    assert diagnostic.message == "assert 1 == 2"
    assert diagnostic.tags is None
    assert diagnostic.code_description == types.CodeDescription("https://rules.test/AP401")
    assert diagnostic.data == {
        "run": "shelf", "phase": "index", "attempt": 1, "code": "AP401", "folderUri": file_uri(FOLDER), "request": "",
    }  # fmt: skip
    assert links(diagnostic) == [("autopack:/a.py?shelf/index/1/candidate", 1), (file_uri(FOLDER / PLAN), 3)]


def test_severities_are_those_of_the_findings() -> None:
    levels = {Severity.ERROR: 1, Severity.WARNING: 2, Severity.INFORMATION: 3, Severity.HINT: 4}
    found = [finding("AP502", level, path="a.py", severity=level) for level in levels]
    shown = placed(phase_of(*found), versions=Files({"a.py": BASE}, {"a.py": BASE}), a__py=BASE)
    assert [int(d.severity or 0) for d in shown["a.py"]] == [1, 2, 3, 4]


def test_a_changed_line_says_so_and_links_to_the_proposed_one() -> None:
    shown = placed(phase_of(error("m", "a.py", 5)), versions=Files({"a.py": BASE}, {"a.py": CANDIDATE}), a__py=BASE)
    (diagnostic,) = shown["a.py"]
    assert diagnostic.message == "m (in the proposed change)"
    assert diagnostic.range.start.line == 3
    assert links(diagnostic)[0] == ("autopack:/a.py?shelf/index/1/candidate", 4)


def test_a_failure_in_an_untouched_test_links_to_what_changed_elsewhere() -> None:
    files = Files({"t.py": BASE, "src.py": BASE, "old.py": BASE}, {"t.py": BASE, "src.py": CANDIDATE, "new.py": "x\n"})
    shown = placed(phase_of(error("assert", "t.py", 2)), versions=files, t__py=BASE)
    (diagnostic,) = shown["t.py"]
    assert links(diagnostic)[:-1] == [
        ("autopack:/new.py?shelf/index/1/candidate", 0),
        ("autopack:/old.py?shelf/index/1/base", 0),
        ("autopack:/src.py?shelf/index/1/candidate", 1),
    ]


def test_what_a_finding_names_itself_is_linked_before_what_changed_elsewhere() -> None:
    """In the user's copy where the line is the same there, else in the read-only document."""
    files = Files({"t.py": BASE, "a.py": BASE, "old.py": BASE}, {"t.py": BASE, "a.py": CANDIDATE, "b.py": "x\ny\n"})
    related = (
        Related("a.py", "changed", Range.of_lines(2, 2)),
        Related("a.py", "as it was", Range.of_line(3)),
        Related("old.py", "stood here", Range.of_line(4), Tree.BASE),
        Related("b.py", "new", Range.of_line(2)),
        Related("gone.py", "nowhere", Range.of_line(2)),
    )
    found = finding("AP401", "assert", path="t.py", range=Range.of_line(2), related=related)
    shown = placed(phase_of(found), versions=files, t__py=BASE, a__py="\n" + BASE)
    (diagnostic,) = shown["t.py"]
    told = [
        (link.message, *place)
        for link, place in zip(diagnostic.related_information or [], links(diagnostic), strict=True)
    ]
    assert told[:4] == [
        ("changed (in the proposed change)", "autopack:/a.py?shelf/index/1/candidate", 1),
        ("as it was", file_uri(FOLDER / "a.py"), 3),
        ("stood here", "autopack:/old.py?shelf/index/1/base", 3),
        ("new (in the proposed change)", "autopack:/b.py?shelf/index/1/candidate", 1),
    ]
    assert told[-1][0] == "phase index: Build it."


def test_a_finding_in_the_change_keeps_its_own_line_before_what_it_names() -> None:
    related = (Related("t.py", "called here", Range.of_line(1)),)
    found = finding("AP401", "m", path="a.py", range=Range.of_line(2), related=related)
    files = Files({"a.py": BASE, "t.py": BASE}, {"a.py": CANDIDATE, "t.py": BASE})
    shown = placed(phase_of(found), versions=files, a__py=BASE, t__py=BASE)
    assert links(shown["a.py"][0])[:2] == [
        ("autopack:/a.py?shelf/index/1/candidate", 1),
        (file_uri(FOLDER / "t.py"), 0),
    ]


def test_a_link_is_made_anew_when_its_file_changes() -> None:
    placer, cache = Placer(Positions("utf-16"), lambda code: None), RunCache()
    found = finding(
        "AP401", "m", path="t.py", range=Range.of_line(1), related=(Related("a.py", "r", Range.of_line(1)),)
    )
    run = run_of(phase_of(found), versions=Files({"t.py": BASE, "a.py": BASE}, {"t.py": BASE, "a.py": BASE}))

    def linked(text: str) -> int:
        texts = {PLAN: PLAN_TEXT, "t.py": BASE, "a.py": text}
        documents = [OpenDocument(file_uri(FOLDER / name), 1, text) for name, text in texts.items()]
        (shown,) = placer.place(run, documents, cache).documents[file_uri(FOLDER / "t.py")].findings
        return links(shown)[0][1]

    assert (linked(BASE), linked("\n\n" + BASE), linked(BASE)) == (0, 2, 0)


PROMISES = """autopack: 1
run: {id: shelf}
defaults:
  tests: {must_pass: ["t.py::inherited"]}
phases:
  - id: index
    goal: Build it.
    deliverables:
      code: [a.py]
      tests:
        - t.py
    tests:
      paths: [t.py]
"""


@pytest.mark.parametrize(
    ("entry", "line", "characters"),
    [
        ("tests.paths[0]", 12, (14, 18)),
        ("deliverables[0]", 8, (13, 17)),
        ("deliverables[1]", 10, (10, 14)),
        ("tests.must_pass[0]", 3, (22, 39)),
        ("tests.runner", 12, (6, 19)),
        ("checks[3]", 5, (8, 13)),
        ("category", 5, (8, 13)),
        ("", 5, (8, 13)),
    ],
)
def test_a_finding_about_an_entry_of_the_plan_stands_there(entry: str, line: int, characters: tuple[int, int]) -> None:
    """In the phase, else in the defaults, else at what it would stand in; a file without a line is no better place."""
    told = finding("AP403", "m", path="t.py" if entry else "", entry=entry)
    at_line = finding("AP403", "there", path="t.py", range=Range.of_line(2), entry=entry)
    files = Files({"t.py": BASE}, {"t.py": BASE})
    shown = placed(phase_of(told, at_line), versions=files, plan=PROMISES, t__py=BASE)
    moved = shown[PLAN][1].range
    assert (moved.start.line, moved.start.character, moved.end.character) == (line, *characters)
    assert shown["t.py"][0].message == "there"
    last = (shown["t.py"][0].related_information or [])[-1]
    assert last.location == types.Location(file_uri(FOLDER / PLAN), moved)
    assert last.message == (f"phase index, {entry}: Build it." if entry else "phase index: Build it.")


@pytest.mark.parametrize("plan", ["", "phases: [", "phases:\n  - id: index\n    deliverables: 3\n", PLAN_TEXT])
def test_a_half_written_plan_shows_entries_at_the_phase(plan: str) -> None:
    shown = placed(phase_of(finding("AP601", "m", entry="deliverables[4]")), versions=Files(), plan=plan)
    assert [d.message for d in shown[PLAN]] == ["1 finding, AP601: m", "m"]


def test_of_many_changes_elsewhere_the_first_are_linked() -> None:
    changed = {f"n{n}.py": "x" for n in range(9)}
    shown = placed(
        phase_of(error("m", "t.py", 2)), versions=Files({"t.py": BASE}, {"t.py": BASE, **changed}), t__py=BASE
    )
    linked = [uri.removeprefix("autopack:/").partition("?")[0] for uri, _ in links(shown["t.py"][0])[:-1]]
    assert linked == ["n0.py", "n1.py", "n2.py"]


def test_without_a_user_copy_a_finding_stands_on_its_phase() -> None:
    shown = placed(phase_of(error("m", "new.py", 2)), versions=Files({}, {"new.py": "x\ny\n"}))
    summary, moved = shown[PLAN]
    assert list(shown) == [PLAN]
    assert moved.message == "new.py:2:1: m"
    assert summary.range == moved.range == types.Range(types.Position(3, 8), types.Position(3, 13))
    assert links(moved) == links(summary) == [("autopack:/new.py?shelf/index/1/candidate", 1)]
    assert summary.message == "1 finding, AP401: m"


def test_a_finding_on_a_changed_line_needs_no_second_link_to_that_change() -> None:
    shown = placed(phase_of(error("m", "a.py", 2)), versions=Files({"a.py": BASE}, {"a.py": CANDIDATE}))
    assert links(shown[PLAN][1]) == [("autopack:/a.py?shelf/index/1/candidate", 1)]


def test_a_finding_links_to_the_change_that_stands_nearest() -> None:
    base = "\n".join(f"line {n}" for n in range(30))
    candidate = (
        base.replace("line 3\n", "LINE 3\n").replace("line 12\nline 13\n", "").replace("line 25", "LINE 25\nmore")
    )
    lines = [1, 4, 7, 8, 11, 12, 17, 18, 23, 24, 28]
    found = phase_of(*(error(f"m{line}", "a.py", line) for line in lines))
    shown = placed(found, versions=Files({"a.py": base}, {"a.py": candidate}), a__py=base)
    near = {d.message: links(d)[0][1] + 1 for d in shown["a.py"]}
    assert [near[m] for m in near if "proposed" not in m] == [4, 4, 4, 13, 13, 13, 13, 24, 24]


def test_a_finding_about_a_file_the_change_deletes_links_to_what_is_deleted() -> None:
    shown = placed(phase_of(error("m", "a.py")), versions=Files({"a.py": BASE, "b.py": ""}, {}), a__py=BASE)
    assert links(shown["a.py"][0])[:-1] == [("autopack:/a.py?shelf/index/1/base", 0)]


def test_a_byte_order_mark_takes_no_column_of_a_read_only_document() -> None:
    shown = placed(phase_of(error("m", "new.py", 1)), versions=Files({}, {"new.py": "\ufeffone"}))
    (link,) = shown[PLAN][1].related_information or []
    assert (link.location.range.start.character, link.location.range.end.character) == (0, 3)


def test_a_finding_about_the_base_links_to_the_base() -> None:
    told = error("the block is not there", "gone.py", 3, tree=Tree.BASE, code="AP204")
    shown = placed(phase_of(told), versions=Files({"gone.py": BASE}, {}))
    assert links(shown[PLAN][1]) == [("autopack:/gone.py?shelf/index/1/base", 2)]


def test_findings_of_no_file_and_of_the_plan_stand_on_the_phase() -> None:
    plan = error("m", PLAN, 1, tree=Tree.PLAN, code="AP119")
    mine = error("left out", "secret.env", tree=Tree.USER, code="AP906")
    files = Files({}, {"secret.env": "x"})
    shown = placed(phase_of(error("nothing passed", code="AP410"), plan, mine), versions=files)
    told = [d.message for d in shown[PLAN]][1:]
    assert told == ["nothing passed", f"{PLAN}:1:1: m", "secret.env: left out"]
    assert [d.related_information for d in shown[PLAN]] == [None] * 4


def test_a_renamed_file_is_the_users_file_under_its_old_name() -> None:
    files = Files({"old.py": BASE}, {"new.py": CANDIDATE}, {"new.py": "old.py"})
    found = phase_of(error("here", "new.py", 3), error("there", "old.py", 4, tree=Tree.BASE))
    shown = placed(found, versions=files, old__py=BASE)
    assert [(d.range.start.line, d.message) for d in shown["old.py"]] == [(2, "here"), (3, "there")]
    assert links(shown["old.py"][0])[0] == ("autopack:/new.py?shelf/index/1/candidate", 1)


def test_a_new_file_under_the_old_name_of_a_renamed_one_is_another_file() -> None:
    files = Files({"a.py": BASE}, {"a.py": "one\nother\n", "b.py": BASE}, {"b.py": "a.py"})
    found = phase_of(error("moved", "b.py", 2), error("new", "a.py", 2))
    shown = placed(found, versions=files, a__py=BASE)
    assert [(d.range.start.line, d.message) for d in shown["a.py"]] == [
        (1, "moved"),
        (1, "new (in the proposed change)"),
    ]


def test_a_file_that_a_rename_overwrites_is_itself_in_the_base() -> None:
    files = Files({"a.py": BASE, "b.py": "other\n"}, {"b.py": BASE}, {"b.py": "a.py"})
    found = phase_of(error("old b", "b.py", 1, tree=Tree.BASE), error("new b", "b.py", 4))
    shown = placed(found, versions=files, a__py=BASE, b__py="\nother\n")
    assert {path: [(d.range.start.line, d.message) for d in shown[path]] for path in ("a.py", "b.py")} == {
        "a.py": [(3, "new b")],
        "b.py": [(1, "old b")],
    }


def test_the_summary_counts_and_names_the_worst_and_links_to_everything() -> None:
    mild = finding("AP502", "mild", path="a.py", range=span(1, 1, 2))
    found = phase_of(mild, error("bad", "a.py", 3), error("worse", "b.py", 1, code="AP301"))
    shown = placed(found, versions=Files({"a.py": BASE}, {"a.py": CANDIDATE, "b.py": "x"}), a__py=BASE)
    summary = shown[PLAN][0]
    assert summary.message == "3 findings, worst AP301: worse"
    assert (summary.severity, summary.code) == (E, "AP301")
    assert links(summary) == [
        ("autopack:/b.py?shelf/index/1/candidate", 0),
        (file_uri(FOLDER / "a.py"), 2),
        ("autopack:/a.py?shelf/index/1/candidate", 2),
        (file_uri(FOLDER / "a.py"), 0),
        ("autopack:/a.py?shelf/index/1/candidate", 0),
    ]


def test_of_two_as_grave_the_blocking_one_is_worse() -> None:
    mild = finding("AP301", "mild", severity=Severity.ERROR, blocking=False)
    shown = placed(phase_of(mild, error("blocks")), versions=Files())
    assert shown[PLAN][0].message == "2 findings, worst AP401: blocks"


def test_the_summary_of_very_many_says_that_not_all_are_linked() -> None:
    found = [error(f"m{n}", "a.py", 1) for n in range(MAX_RELATED)]
    shown = placed(phase_of(*found), versions=Files({"a.py": BASE}, {"a.py": BASE}), a__py=BASE)
    summary = shown[PLAN][0]
    half = placed(phase_of(*found[: MAX_RELATED // 2]), versions=Files({"a.py": BASE}, {"a.py": BASE}), a__py=BASE)
    assert half[PLAN][0].message == "50 findings, worst AP401: m0"
    assert len(links(summary)) == len(links(half[PLAN][0])) == MAX_RELATED
    assert summary.message == "100 findings, worst AP401: m0 (the first 100 of 200 locations are linked)"


def test_a_phase_that_waits_asks_and_one_that_failed_says_so() -> None:
    deletes = finding("AP303", "deletes 90 lines", path="a.py", severity=Severity.ERROR)
    asked = phase_of(deletes, state="BLOCKED", request="q1")
    failed = phase_of(phase="search", state="FAILED")
    shown = placed(asked, failed, versions=Files({"a.py": BASE}, {"a.py": BASE}), a__py=BASE)
    waits, fails = shown[PLAN]
    assert waits.message.startswith("Waiting for you: AP303 ")
    assert "; approve or reject. 1 finding, AP303: deletes 90 lines" in waits.message
    assert (waits.severity, waits.data["request"]) == (W, "q1")  # type: ignore[index, call-overload]
    assert shown["a.py"][0].data["request"] == "q1"  # type: ignore[index, call-overload]
    assert (fails.message, fails.severity, fails.code) == ("Failed: no finding says why", E, None)
    assert fails.range.start.line == 5
    answered = placed(phase_of(state="AWAITING_APPROVAL"), versions=Files())
    assert answered == {}, "a request that was just answered waits for nobody"
    mild = finding("AP303", "m", severity=Severity.WARNING, blocking=False)
    (unblocked, _) = placed(phase_of(mild, request="q2"), versions=Files())[PLAN]
    assert unblocked.message.startswith("Waiting for you: AP303 ")
    quiet = placed(phase_of(state="AWAITING_APPROVAL", request="q3"), versions=Files())[PLAN]
    assert [d.message for d in quiet] == ["Waiting for you: approve or reject."]


def test_nothing_is_shown_of_a_phase_that_has_nothing_to_tell_or_is_complete() -> None:
    done = phase_of(error("m", "a.py", 1), state="COMPLETE")
    left = phase_of(error("m", "a.py", 1), phase="search", state="SKIPPED")
    assert placed(done, left, phase_of(phase="third"), versions=Files({"a.py": BASE}, {"a.py": BASE}), a__py=BASE) == {}


def test_messages_are_one_paragraph_of_visible_characters() -> None:
    hostile = "bad\r\n\r\n  thing\u202etxt.\x1b[31m\u200b end" + "x" * 5_000
    shown = placed(phase_of(error(hostile)), versions=Files())
    for diagnostic in shown[PLAN]:
        assert diagnostic.message.isprintable()
        assert "bad thing<U+202E>txt.<U+001B>[31m<U+200B> end" in diagnostic.message
        assert len(diagnostic.message) < 2_200


def test_links_say_what_they_lead_to_in_visible_characters() -> None:
    files = Files({"t.py": BASE, "a.py": BASE, "b.py": BASE}, {"t.py": BASE, "a.py": CANDIDATE, "\u202ec.py": "x"})
    shown = placed(phase_of(error("m", "t.py", 2)), versions=files, t__py=BASE)
    assert [link.message for link in shown["t.py"][0].related_information or []] == [
        "the proposed change of a.py",
        "deleted in the proposed change: b.py",
        "new in the proposed change: <U+202E>c.py",
        "phase index: Build it.",
    ]


def test_a_phase_is_found_in_whatever_the_plan_says_now() -> None:
    found = phase_of(error("m"), phase="search")
    for plan, line, characters in [
        ("# comment\n" + PLAN_TEXT, 6, (8, 14)),
        (PLAN_TEXT.replace("- id: search", '- {id: "search"}'), 5, (9, 17)),
        ("phases:\n  - id: search\n  - id: [", 1, (8, 14)),
        ("\ufeffphases: [{id: search}]", 0, (15, 21)),
        (PLAN_TEXT.replace("search", "other"), 0, (0, 11)),
        ("  [", 0, (2, 3)),
        ("", 0, (0, 0)),
        ("phases: {id: search}", 0, (0, 20)),
        ("phases: [{id: search}, {id: search}]", 0, (14, 20)),
    ]:
        (summary, moved) = placed(found, versions=Files(), plan=plan)[PLAN]
        assert summary.range == moved.range
        assert (summary.range.start.line, summary.range.start.character, summary.range.end.character) == (
            line,
            *characters,
        )


def test_plans_read_lately_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    plans, texts = PlanPlaces(), [Text(f"# {n}\n{PLAN_TEXT}") for n in range(PlanPlaces.LIMIT + 1)]
    for text in texts:
        assert plans.phase(text, "index").start.line == 5
    read: list[str] = []
    monkeypatch.setattr(plan_places, "phase_places", lambda text: read.append(text) or {})
    for text in texts[::-1]:
        plans.phase(text, "index")
    assert read == [texts[0].whole()]


def test_the_same_finding_told_twice_is_shown_once() -> None:
    twice = phase_of(error("m", "a.py", 1), error("m", "a.py", 1), error("m", "a.py", 2))
    shown = placed(twice, versions=Files({"a.py": BASE}, {"a.py": BASE}), a__py=BASE)
    assert [d.range.start.line for d in shown["a.py"]] == [0, 1]
    assert shown[PLAN][0].message.startswith("2 findings")


def test_what_was_made_before_is_used_until_anything_it_is_made_of_changes() -> None:
    placer, cache = Placer(Positions("utf-16"), lambda code: None), RunCache()
    documents = [OpenDocument(file_uri(FOLDER / name), 1, text) for name, text in ((PLAN, PLAN_TEXT), ("a.py", BASE))]

    def again(phase: PhaseFindings, files: Files) -> list[types.Diagnostic]:
        found = placer.place(run_of(phase, versions=files), documents, cache)
        return found.documents[file_uri(FOLDER / "a.py")].findings

    told, files = error("m", "a.py", 2), Files({"a.py": BASE}, {"b.py": BASE})
    moved = placer.place(run_of(phase_of(told), versions=files), documents, cache)
    assert list(moved.documents) == [file_uri(FOLDER / PLAN)]
    files.candidate_files = {"a.py": BASE}
    (first,) = again(phase_of(told), files)
    assert again(phase_of(told), files)[0] is first
    (asked,) = again(phase_of(told, request="q1"), files)
    assert asked.data["request"] == "q1"  # type: ignore[index, call-overload]
    files.candidate_files["new.py"] = "x"
    (linked,) = again(phase_of(told, request="q1"), files)
    assert links(linked)[0] == ("autopack:/new.py?shelf/index/1/candidate", 0)
    placer.place(run_of(phase_of()), documents, cache)
    assert cache.groups == {}


def test_columns_are_in_the_clients_units() -> None:
    line = "x = '𝄞é' + y\n"
    where = finding("AP401", "m", path="a.py", range=span(1, 11, 12))
    for encoding, start in (("utf-8", 14), ("utf-16", 11), ("utf-32", 10)):
        placer = Placer(Positions(encoding), lambda code: None)
        documents = [OpenDocument(file_uri(FOLDER / "a.py"), 1, line)]
        run = run_of(phase_of(where), versions=Files({"a.py": line}, {"a.py": line}))
        (shown,) = placer.place(run, documents, RunCache()).documents["file:///no/such/folder/a.py"].findings
        assert shown.range == types.Range(types.Position(0, start), types.Position(0, start + 1))
        assert shown.code_description is None
