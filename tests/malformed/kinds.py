"""The ways in which models spoil a diff, each as a function of one change set, and what must come of it.

A kind gets a `Source` and a seeded generator and gives a `Spoilt`, or None where the change set has nothing to spoil in
that way. "recover": the text still says beyond doubt which tree is meant; "refuse": it does not, and whatever is applied
is wrong.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.malformed.patch import NO_NEWLINE, Patch, PatchHunk, parse

Files = dict[str, bytes]
PROSE = "Here is the change you asked for.\n\n"
AFTER = "\nIt keeps the old behaviour:\n\n- nothing else changes\n- run the tests to be sure\n"


@dataclass(frozen=True)
class Source:
    """A real change: files before and after, and git's diff of them."""

    name: str
    before: Files
    after: Files
    patch: Patch


@dataclass(frozen=True)
class Spoilt:
    """What a model answers, the files it meets and those that must come of it (None = it must be refused)."""

    text: str
    before: Files
    after: Files | None


Kind = Callable[[Source, random.Random], "Spoilt | None"]
RECOVER: dict[str, Kind] = {}
REFUSE: dict[str, Kind] = {}


def recover(kind: Kind) -> Kind:
    RECOVER[kind.__name__.replace("_", " ")] = kind
    return kind


def refuse(kind: Kind) -> Kind:
    REFUSE[kind.__name__.replace("_", " ")] = kind
    return kind


def meant(source: Source, text: str) -> Spoilt:
    return Spoilt(text, source.before, source.after)


def hopeless(source: Source, text: str) -> Spoilt:
    return Spoilt(text, source.before, None)


def modified(source: Source) -> list[tuple[int, int]]:
    """(file, hunk) of every hunk of a file that is there before and after."""
    both = source.before.keys() & source.after.keys()
    return [(f, h) for f, file in enumerate(source.patch.files) if file.path in both for h in range(len(file.hunks))]


def swapped(patch: Patch, f: int, h: int, hunk: PatchHunk) -> Patch:
    return patch.with_file(f, patch.files[f].with_hunk(h, hunk))


def texts(data: bytes) -> list[str]:
    return data.decode().replace("\r\n", "\n").removesuffix("\n").split("\n")


def places(lines: list[str], block: list[str]) -> list[int]:
    """Where the block stands in the lines but for white space, counted from 0."""
    plain, wanted = [" ".join(x.split()) for x in lines], [" ".join(x.split()) for x in block]
    return [n for n in range(len(plain) - len(wanted) + 1) if plain[n : n + len(wanted)] == wanted]


def unique(source: Source) -> bool:
    """Whether every hunk of the modified files stands in one place, and says at its end where that is."""
    for f, h in modified(source):
        file = source.patch.files[f]
        lines, block = texts(source.before[file.path]), file.hunks[h].before()
        found = places(lines, block)
        if len(found) != 1 or not any(line.strip() for line in block):
            return False
    return True


def context(hunk: PatchHunk) -> list[int]:
    return [n for n, line in enumerate(hunk.lines) if line.startswith(" ")]


# what can be recovered


@recover
def as_git_made_it(source: Source, rng: random.Random) -> Spoilt | None:
    return meant(source, source.patch.text())


@recover
def wrong_counts(source: Source, rng: random.Random) -> Spoilt | None:
    """Each hunk's counts are off by one or two, in either direction."""

    def off(hunk: PatchHunk) -> PatchHunk:
        by = rng.choice([(a, b) for a in (-2, -1, 0, 1, 2) for b in (-2, -1, 0, 1, 2) if (a, b) != (0, 0)])
        return replace(hunk, olds=max(0, hunk.olds + by[0]), news=max(0, hunk.news + by[1]))

    patch = source.patch.mapped(off)
    return None if _may_go_on(source, patch) else meant(source, patch.text())


@recover
def counts_far_off_in_a_fence(source: Source, rng: random.Random) -> Spoilt | None:
    """The last hunk's want fewer old or new lines than there are: more would be the beginning of another diff."""
    patch = _far_off(source, source.patch, rng)
    return None if patch is None else meant(source, f"```diff\n{patch.text()}```\n")


@recover
def no_numbers(source: Source, rng: random.Random) -> Spoilt | None:
    head = rng.choice(["@@ ... @@", "@@ @@", "@@"])
    if not unique(source) or len(modified(source)) != sum(len(f.hunks) for f in source.patch.files):
        return None
    text = source.patch.mapped(lambda hunk: replace(hunk, header=head)).text()
    fenced = rng.random() < 0.5 or source.patch.files[-1].hunks[-1].lines[-1].startswith("+")
    return meant(source, f"```diff\n{text}```\n" if fenced else text)


@recover
def unchanged_lines_without_their_space(source: Source, rng: random.Random) -> Spoilt | None:
    def bare(hunk: PatchHunk) -> PatchHunk:
        return replace(hunk, lines=tuple(line[1:] if line.startswith(" ") else line for line in hunk.lines))

    return meant(source, source.patch.mapped(bare).text()) if modified(source) else None


@recover
def a_few_lines_without_their_space(source: Source, rng: random.Random) -> Spoilt | None:
    if not modified(source):
        return None
    f, h = rng.choice(modified(source))
    hunk = source.patch.files[f].hunks[h]
    lost = {n for n in context(hunk) if rng.random() < 0.5}
    lines = tuple(line[1:] if n in lost else line for n, line in enumerate(hunk.lines))
    return meant(source, swapped(source.patch, f, h, replace(hunk, lines=lines)).text()) if lost else None


@recover
def blank_lines_without_their_space(source: Source, rng: random.Random) -> Spoilt | None:
    def stripped(hunk: PatchHunk) -> PatchHunk:
        return replace(hunk, lines=tuple("" if line == " " else line for line in hunk.lines))

    patch = source.patch.mapped(stripped)
    return meant(source, patch.text()) if patch != source.patch else None


@recover
def names_without_a_and_b(source: Source, rng: random.Random) -> Spoilt | None:
    text = re.sub(r"^(---|\+\+\+) [ab]/", r"\1 ", source.patch.text(), flags=re.M)
    if rng.random() < 0.5:
        text = re.sub(r"^diff --git a/(.*) b/(.*)$", r"diff --git \1 \2", text, flags=re.M)
    return meant(source, text)


@recover
def headers_missing(source: Source, rng: random.Random) -> Spoilt | None:
    """Only one or two of the header lines of each file are left."""
    if len(modified(source)) != sum(len(f.hunks) for f in source.patch.files):
        return None
    keep = rng.choice([("--- ", "+++ "), ("diff ",), ("+++ ",), ("--- ",)])
    files = [replace(f, header=tuple(x for x in f.header if x.startswith(keep))) for f in source.patch.files]
    return meant(source, Patch(tuple(files)).text())


@recover
def prose_around(source: Source, rng: random.Random) -> Spoilt | None:
    return meant(source, PROSE + source.patch.text() + AFTER)


@recover
def a_fence_and_prose(source: Source, rng: random.Random) -> Spoilt | None:
    mark = rng.choice(["```diff", "```", "```patch", "````diff"])
    tail = "\nRun them:\n\n```bash\npytest -q\n```\n" if rng.random() < 0.4 else AFTER
    end = mark[: len(mark) - len(mark.lstrip("`"))]
    return meant(source, f"{PROSE}{mark}\n{source.patch.text()}{end}\n{tail}")


@recover
def a_fence_for_each_file(source: Source, rng: random.Random) -> Spoilt | None:
    if len(source.patch.files) < 2:
        return None
    parts = [f"Now `{f.path}`:\n\n```diff\n{Patch((f,)).text()}```\n\n" for f in source.patch.files]
    return meant(source, PROSE + "".join(parts))


@recover
def prose_between_files(source: Source, rng: random.Random) -> Spoilt | None:
    if len(source.patch.files) < 2:
        return None
    return meant(source, "".join(f"Now `{f.path}`:\n\n{Patch((f,)).text()}\n" for f in source.patch.files))


@recover
def shifted_line_numbers(source: Source, rng: random.Random) -> Spoilt | None:
    if not modified(source) or not unique(source):
        return None

    def shifted(hunk: PatchHunk) -> PatchHunk:
        by = rng.choice([n for n in range(-60, 61) if abs(n) > 0])
        return replace(hunk, old=max(1, hunk.old + by), new=max(1, hunk.new + by)) if hunk.olds else hunk

    return meant(source, source.patch.mapped(shifted).text())


@recover
def all_numbers_shifted_alike(source: Source, rng: random.Random) -> Spoilt | None:
    by = rng.randint(1, 30)
    if not modified(source) or not unique(source):
        return None
    patch = source.patch.mapped(lambda h: replace(h, old=h.old + by, new=h.new + by) if h.olds else h)
    return meant(source, patch.text())


@recover
def tabs_for_spaces(source: Source, rng: random.Random) -> Spoilt | None:
    """Every line of the diff is indented by tabs where the file has four spaces."""

    def tabbed(hunk: PatchHunk) -> PatchHunk:
        return replace(hunk, lines=tuple(line[:1] + _tabbed(line[1:]) for line in hunk.lines))

    return _strayed(source, tabbed)


@recover
def spaces_for_tabs(source: Source, rng: random.Random) -> Spoilt | None:
    """The file is indented by tabs, the diff by four spaces."""
    if any("\t" in data.decode() for data in [*source.before.values(), *source.after.values()]):
        return None

    def tabs(files: Files) -> Files:
        return {p: "\n".join(_tabbed(x) for x in data.decode().split("\n")).encode() for p, data in files.items()}

    if not modified(source) or not unique(source) or tabs(source.before) == source.before or _about_blanks(source):
        return None
    tabbed = source.patch.mapped(lambda h: replace(h, lines=tuple(x[:1] + _tabbed(x[1:]) for x in h.lines)))
    if not all(map(_shows, _hunks(source.patch), _hunks(tabbed))):
        return None
    return Spoilt(source.patch.text(), tabs(source.before), tabs(source.after)) if _only_modified(source) else None


@recover
def unchanged_lines_indented_anew(source: Source, rng: random.Random) -> Spoilt | None:
    """One unchanged line of each hunk has a space more or less at its start."""

    def moved(hunk: PatchHunk) -> PatchHunk:
        chosen = [n for n in context(hunk) if hunk.lines[n].startswith("    ")]
        if not chosen:
            return hunk
        at = rng.choice(chosen)
        line = "  " + hunk.lines[at][1:] if rng.random() < 0.5 else " " + hunk.lines[at][2:]
        return replace(hunk, lines=(*hunk.lines[:at], line, *hunk.lines[at + 1 :]))

    return _strayed(source, moved)


@recover
def double_spaces_within_unchanged_lines(source: Source, rng: random.Random) -> Spoilt | None:
    def doubled(hunk: PatchHunk) -> PatchHunk:
        return replace(
            hunk, lines=tuple(re.sub(r"(\S) (\S)", r"\1  \2", x) if x.startswith(" ") else x for x in hunk.lines)
        )

    return _strayed(source, doubled)


@recover
def trailing_blanks_added(source: Source, rng: random.Random) -> Spoilt | None:
    """Unchanged and removed lines have blanks at their end that the file has not."""

    def blanks(hunk: PatchHunk) -> PatchHunk:
        return replace(
            hunk, lines=tuple(x + rng.choice(["", " ", "  ", "\t"]) if x[:1] in (" ", "-") else x for x in hunk.lines)
        )

    return _strayed(source, blanks)


@recover
def trailing_blanks_lost(source: Source, rng: random.Random) -> Spoilt | None:
    """The file has blanks at the end of lines that the diff only passes by, and the diff does not."""
    if not modified(source) or not unique(source) or not _only_modified(source):
        return None
    before, after = dict(source.before), dict(source.after)
    for f, h in modified(source):
        file = source.patch.files[f]
        hunk = file.hunks[h]
        for n in context(hunk):
            line = hunk.lines[n][1:].encode()
            if not line or line.endswith(b" ") or before[file.path].count(b"\n" + line + b"\n") != 1:
                continue
            if after[file.path].count(b"\n" + line + b"\n") == 1:
                for files in (before, after):
                    files[file.path] = files[file.path].replace(b"\n" + line + b"\n", b"\n" + line + b"  \n")
    return Spoilt(source.patch.text(), before, after) if before != source.before else None


@recover
def no_final_newline_of_the_answer(source: Source, rng: random.Random) -> Spoilt | None:
    lines = source.patch.files[-1].text()
    if lines[-1][:1] != " ":
        return None
    return meant(source, source.patch.text().removesuffix("\n"))


@recover
def no_final_newline_of_the_file(source: Source, rng: random.Random) -> Spoilt | None:
    """The file ends without a line end before and after, and the diff does not say so."""
    if not _only_modified(source) or not unique(source):
        return None
    strip: Callable[[Files], Files] = lambda files: {p: d.removesuffix(b"\n") for p, d in files.items()}  # noqa: E731
    if NO_NEWLINE in source.patch.text() or not any(_reaches_end(source, f, h) for f, h in modified(source)):
        return None
    if any(data.endswith(b"\n\n") for data in [*source.before.values(), *source.after.values()]):
        return None
    return Spoilt(source.patch.text(), strip(source.before), strip(source.after))


@recover
def lf_diff_on_a_crlf_file(source: Source, rng: random.Random) -> Spoilt | None:
    if not _only_modified(source) or any(b"\r" in d for d in [*source.before.values(), *source.after.values()]):
        return None
    crlf: Callable[[Files], Files] = lambda files: {p: d.replace(b"\n", b"\r\n") for p, d in files.items()}  # noqa: E731
    return Spoilt(source.patch.text(), crlf(source.before), crlf(source.after))


@recover
def crlf_diff_on_an_lf_file(source: Source, rng: random.Random) -> Spoilt | None:
    if any(b"\r" in d for d in [*source.before.values(), *source.after.values()]):
        return None
    return meant(source, source.patch.text().replace("\n", "\r\n"))


@recover
def a_byte_order_mark_of_the_file(source: Source, rng: random.Random) -> Spoilt | None:
    if not _only_modified(source):
        return None
    bom: Callable[[Files], Files] = lambda files: {p: b"\xef\xbb\xbf" + d for p, d in files.items()}  # noqa: E731
    return Spoilt(source.patch.text(), bom(source.before), bom(source.after))


@recover
def unchanged_lines_left_out(source: Source, rng: random.Random) -> Spoilt | None:
    """Two or more unchanged lines in a row are given as dots; what is left of the hunk still has one place."""
    options: list[tuple[int, int, PatchHunk]] = []
    for f, h in modified(source):
        file = source.patch.files[f]
        hunk = file.hunks[h]
        for a, b in _runs(hunk):
            first, last = a == 0, b == len(hunk.lines)
            a, b = (a if first else a + 1), (b if last else b - 1)
            if first:
                b = min(b, len(hunk.lines) - 1)
            if last:
                a = max(a, 1)
            if b - a < 2 or (first and b - a < 2):
                continue
            dots = rng.choice([" ...", "...", " # ...", "    ..."])
            parts = [hunk.lines[:a], hunk.lines[b:]]
            if all(_fixed(source.before[file.path], part) for part in parts):
                options.append((f, h, replace(hunk, lines=(*parts[0], dots, *parts[1]))))
    if not options or not unique(source):
        return None
    return meant(source, swapped(source.patch, *rng.choice(options)).text())


@recover
def unchanged_lines_left_out_where_the_numbers_hold(source: Source, rng: random.Random) -> Spoilt | None:
    """The same where what is left of the hunk may stand elsewhere too, and only its header says where it belongs."""
    options: list[tuple[int, int, PatchHunk]] = []
    for f, h in modified(source):
        hunk = source.patch.files[f].hunks[h]
        for a, b in _runs(hunk):
            if b - a > 2:
                lines = (*hunk.lines[: a + 1], " ...", *hunk.lines[b - 1 :])
                options.append((f, h, replace(hunk, lines=lines)))
    return meant(source, swapped(source.patch, *rng.choice(options)).text()) if options else None


@recover
def everything_indented_by_two_more(source: Source, rng: random.Random) -> Spoilt | None:
    """Every line of each hunk, where an indented one is removed and so shows it."""

    def moved(hunk: PatchHunk) -> PatchHunk:
        return replace(hunk, lines=tuple(x[:1] + "  " + x[1:] if x[1:].strip() else x for x in hunk.lines))

    if not all(any(re.match(r"- +\S", x) for x in source.patch.files[f].hunks[h].lines) for f, h in modified(source)):
        return None
    return _strayed(source, moved)


@recover
def the_same_hunk_twice(source: Source, rng: random.Random) -> Spoilt | None:
    if not modified(source):
        return None
    f, h = rng.choice(modified(source))
    file = source.patch.files[f]
    hunks = (*file.hunks[: h + 1], *file.hunks[h:])
    return meant(source, source.patch.with_file(f, replace(file, hunks=hunks)).text())


@recover
def the_same_file_twice(source: Source, rng: random.Random) -> Spoilt | None:
    file = rng.choice(source.patch.files)
    return meant(source, Patch((*source.patch.files, file)).text())


@recover
def the_hunks_of_a_file_apart(source: Source, rng: random.Random) -> Spoilt | None:
    """A header before each hunk."""
    if not unique(source) or all(len(f.hunks) < 2 for f in source.patch.files):
        return None
    files = [replace(f, hunks=(hunk,)) for f in source.patch.files for hunk in f.hunks]
    return meant(source, Patch(tuple(files)).text()) if _only_modified(source) else None


@recover
def a_word_misspelt_in_an_unchanged_line(source: Source, rng: random.Random) -> Spoilt | None:
    options: list[tuple[int, int, PatchHunk]] = []
    for f, h in modified(source):
        hunk = source.patch.files[f].hunks[h]
        if hunk.adds_only() or sum(bool(x.strip()) for x in hunk.before()) < 4:
            continue
        for n in context(hunk):
            word = re.search(r"[a-z]{9,}", hunk.lines[n])
            if word:
                at = rng.randrange(word.start() + 1, word.end() - 2)
                line = hunk.lines[n][:at] + hunk.lines[n][at + 1 :]
                options.append((f, h, replace(hunk, lines=(*hunk.lines[:n], line, *hunk.lines[n + 1 :]))))
    if not options or not unique(source):
        return None
    return meant(source, swapped(source.patch, *rng.choice(options)).text())


@recover
def counts_numbers_and_fence_at_once(source: Source, rng: random.Random) -> Spoilt | None:
    shifted = shifted_line_numbers(source, rng)
    if shifted is None:
        return None
    patch = _far_off(source, parse(shifted.text), rng)
    return None if patch is None else meant(source, f"{PROSE}```diff\n{patch.text()}```\n{AFTER}")


# what must be refused


@refuse
def cut_off_at_a_line_end(source: Source, rng: random.Random) -> Spoilt | None:
    return _cut(source, rng, "")


@refuse
def cut_off_in_a_line(source: Source, rng: random.Random) -> Spoilt | None:
    hunk = source.patch.files[-1].hunks[-1] if source.patch.files[-1].hunks else None
    if hunk is None:
        return None
    at = rng.randrange(len(hunk.lines))
    line = hunk.lines[at]
    if len(line) < 3:
        return None
    start = sum(len(x) + 1 for x in hunk.lines[at:])
    text = source.patch.text()
    return hopeless(source, text[: len(text) - start + rng.randrange(1, len(line))])


@refuse
def cut_off_in_an_open_fence(source: Source, rng: random.Random) -> Spoilt | None:
    return _cut(source, rng, "```diff\n")


@refuse
def cut_off_in_a_closed_fence(source: Source, rng: random.Random) -> Spoilt | None:
    """Changed lines are lost, not only unchanged ones at the end."""
    hunk = source.patch.files[-1].hunks[-1] if source.patch.files[-1].hunks else None
    changed = [n for n, line in enumerate(hunk.lines) if n and line[:1] in ("+", "-")] if hunk else []
    if hunk is None or not changed:
        return None
    lost = len(hunk.lines) - rng.choice(range(1, changed[-1] + 1))
    text = source.patch.text()
    return hopeless(source, f"```diff\n{text[: len(text) - sum(len(x) + 1 for x in hunk.lines[-lost:])]}```\n")


@refuse
def an_added_line_without_its_sign(source: Source, rng: random.Random) -> Spoilt | None:
    return _unsigned(source, rng, "+")


@refuse
def a_removed_line_without_its_sign(source: Source, rng: random.Random) -> Spoilt | None:
    return _unsigned(source, rng, "-")


@refuse
def the_signs_the_wrong_way_round(source: Source, rng: random.Random) -> Spoilt | None:
    turned = str.maketrans("+-", "-+")
    if not _only_modified(source):
        return None
    patch = source.patch.mapped(lambda h: replace(h, lines=tuple(x[:1].translate(turned) + x[1:] for x in h.lines)))
    return hopeless(source, patch.text())


@refuse
def an_unchanged_line_that_is_nowhere(source: Source, rng: random.Random) -> Spoilt | None:
    if not modified(source):
        return None
    f, h = rng.choice(modified(source))
    hunk = source.patch.files[f].hunks[h]
    if not context(hunk):
        return None
    at = rng.choice(context(hunk))
    made = rng.choice([" # nothing like this stands there", " def no_such_function():", f" {hunk.lines[at][1:]}_missing()",
                       f" {hunk.lines[at][1:][::-1]}x"])  # fmt: skip
    if made[1:].strip() in [line.strip() for line in texts(source.before[source.patch.files[f].path])]:
        return None
    lines = (*hunk.lines[:at], made, *hunk.lines[at + 1 :])
    return hopeless(source, swapped(source.patch, f, h, replace(hunk, lines=lines)).text())


@refuse
def a_removed_line_that_is_nowhere(source: Source, rng: random.Random) -> Spoilt | None:
    options = [(f, h, n) for f, h in modified(source) for n, line in enumerate(source.patch.files[f].hunks[h].lines)
               if line.startswith("-") and line[1:].strip()]  # fmt: skip
    if not options:
        return None
    f, h, at = rng.choice(options)
    hunk = source.patch.files[f].hunks[h]
    made = rng.choice(["-    return None  # no more", f"{hunk.lines[at]}x", f"{hunk.lines[at][:-1]}"])
    if made[1:].strip() in [line.strip() for line in texts(source.before[source.patch.files[f].path])]:
        return None
    lines = (*hunk.lines[:at], made, *hunk.lines[at + 1 :])
    return hopeless(source, swapped(source.patch, f, h, replace(hunk, lines=lines)).text())


@refuse
def all_unchanged_lines_of_another_file(source: Source, rng: random.Random) -> Spoilt | None:
    if not modified(source):
        return None
    f, h = rng.choice(modified(source))
    hunk = source.patch.files[f].hunks[h]
    if len(context(hunk)) < 2:
        return None
    lines = tuple(f"     value_{n} = compute({n})" if x.startswith(" ") else x for n, x in enumerate(hunk.lines))
    return hopeless(source, swapped(source.patch, f, h, replace(hunk, lines=lines)).text())


@refuse
def between_two_equal_places(source: Source, rng: random.Random) -> Spoilt | None:
    """The lines of a hunk stand twice in the file, and the header names the line half-way."""
    return _twice(source, rng, lambda hunk, one, two: replace(hunk, old=(one + two) // 2 + 1, new=(one + two) // 2 + 1))


@refuse
def two_equal_places_and_no_numbers(source: Source, rng: random.Random) -> Spoilt | None:
    return _twice(source, rng, lambda hunk, one, two: replace(hunk, header="@@ ... @@"))


@refuse
def two_places_equal_but_for_white_space(source: Source, rng: random.Random) -> Spoilt | None:
    """The lines stand twice, each time indented otherwise than in the diff, and the header names neither."""

    def strayed(hunk: PatchHunk, one: int, two: int) -> PatchHunk:
        lines = tuple(x[:1] + "   " + x[1:] if x[1:].strip() else x for x in hunk.lines)
        return replace(hunk, old=(one + two) // 2 + 1, new=(one + two) // 2 + 1, lines=lines)

    return _twice(source, rng, strayed)


@refuse
def done_already(source: Source, rng: random.Random) -> Spoilt | None:
    """The files are as the diff would make them."""
    if not _only_modified(source) or any(_moves(source.patch.files[f].hunks[h]) for f, h in modified(source)):
        return None
    return Spoilt(source.patch.text(), source.after, None)


@refuse
def dots_among_added_lines(source: Source, rng: random.Random) -> Spoilt | None:
    options: list[tuple[int, int, int]] = []
    for f, file in enumerate(source.patch.files):
        for h, hunk in enumerate(file.hunks):
            plus = [n for n, line in enumerate(hunk.lines) if line.startswith("+")]
            options += [(f, h, n) for n in plus if n - 1 in plus and n + 1 in plus]
    if not options:
        return None
    f, h, at = rng.choice(options)
    hunk = source.patch.files[f].hunks[h]
    dots = rng.choice(["...", " ...", "+    # ... rest of the code unchanged ..."])
    lines = (*hunk.lines[:at], dots, *hunk.lines[at + 1 :])
    return hopeless(source, swapped(source.patch, f, h, replace(hunk, lines=lines)).text())


def _tabbed(text: str) -> str:
    spaces = len(text) - len(text.lstrip(" "))
    return "\t" * (spaces // 4) + " " * (spaces % 4) + text[spaces:]


def _only_modified(source: Source) -> bool:
    return bool(modified(source)) and source.before.keys() == source.after.keys()


def _strayed(source: Source, change: Callable[[PatchHunk], PatchHunk]) -> Spoilt | None:
    """A diff whose unchanged files' hunks stray in white space, where no change is itself one of white space."""
    if not _only_modified(source) or not unique(source):
        return None
    patch = source.patch.mapped(change)
    if patch == source.patch or _about_blanks(source) or not all(map(_shows, _hunks(source.patch), _hunks(patch))):
        return None
    return meant(source, patch.text())


def _hunks(patch: Patch) -> list[PatchHunk]:
    return [hunk for file in patch.files for hunk in file.hunks]


def _shows(true: PatchHunk, told: PatchHunk) -> bool:
    """Whether a hunk whose added lines stray has others that do: else it says just what it says."""
    strays = {a[:1] for a, b in zip(true.lines, told.lines, strict=True) if a != b}
    return "+" not in strays or len(strays) > 1


def _about_blanks(source: Source) -> bool:
    for f, h in modified(source):
        lines = source.patch.files[f].hunks[h].lines
        gone = {" ".join(x[1:].split()) for x in lines if x.startswith("-") and x[1:].strip()}
        if gone & {" ".join(x[1:].split()) for x in lines if x.startswith("+")}:
            return True
    return False


def _far_off(source: Source, patch: Patch, rng: random.Random) -> Patch | None:
    if not _only_modified(source):
        return None
    patch = patch.mapped(lambda h: replace(h, olds=rng.randint(1, 40), news=rng.randint(1, 40)))
    file = patch.files[-1]
    true, told = source.patch.files[-1].hunks[-1], file.hunks[-1]
    if told.olds >= true.olds and told.news >= true.news:
        told = (
            replace(told, news=rng.randrange(true.news)) if true.news else replace(told, olds=rng.randrange(true.olds))
        )
    return patch.with_file(len(patch.files) - 1, file.with_hunk(len(file.hunks) - 1, told))


def _may_go_on(source: Source, patch: Patch) -> bool:
    """Whether the last hunk reaches its file's end and its header wants more new lines: the beginning of another diff."""
    last = len(source.patch.files) - 1
    if not patch.files[-1].hunks:
        return False
    true, told = source.patch.files[-1].hunks[-1], patch.files[-1].hunks[-1]
    at_end = true.olds == 0 or _reaches_end(source, last, len(source.patch.files[-1].hunks) - 1)
    return at_end and told.olds == true.olds and told.news > true.news


def _reaches_end(source: Source, f: int, h: int) -> bool:
    hunk = source.patch.files[f].hunks[h]
    return hunk.old + hunk.olds - 1 == len(texts(source.before[source.patch.files[f].path]))


def _runs(hunk: PatchHunk) -> list[tuple[int, int]]:
    """Half-open ranges of unchanged lines in a row."""
    found: list[tuple[int, int]] = []
    for n in context(hunk):
        if found and found[-1][1] == n:
            found[-1] = (found[-1][0], n + 1)
        else:
            found.append((n, n + 1))
    return found


def _fixed(data: bytes, part: tuple[str, ...]) -> bool:
    """Whether a part of a hunk stands in one place, with text, or changes nothing."""
    block = [x[1:] for x in part if x[:1] in (" ", "-")]
    if not any(x[:1] in ("+", "-") for x in part):
        return True
    return any(x.strip() for x in block) and len(places(texts(data), block)) == 1


def _cut(source: Source, rng: random.Random, before: str) -> Spoilt | None:
    hunk = source.patch.files[-1].hunks[-1] if source.patch.files[-1].hunks else None
    if hunk is None or len(hunk.lines) < 2:
        return None
    lost = rng.randrange(1, len(hunk.lines))
    if hunk.lines[-lost].startswith("\\"):
        return None
    text = source.patch.text()
    return hopeless(source, before + text[: len(text) - sum(len(x) + 1 for x in hunk.lines[-lost:])])


def _unsigned(source: Source, rng: random.Random, sign: str) -> Spoilt | None:
    """One added or removed line with text has lost its sign."""
    options = [(f, h, n) for f, h in modified(source) for n, line in enumerate(source.patch.files[f].hunks[h].lines)
               if line.startswith(sign) and line[1:].strip()]  # fmt: skip
    if not options:
        return None
    f, h, at = rng.choice(options)
    hunk = source.patch.files[f].hunks[h]
    lines = (*hunk.lines[:at], hunk.lines[at][1:], *hunk.lines[at + 1 :])
    return hopeless(source, swapped(source.patch, f, h, replace(hunk, lines=lines)).text())


def _twice(source: Source, rng: random.Random, change: Callable[[PatchHunk, int, int], PatchHunk]) -> Spoilt | None:
    """One hunk alone, on a file that holds its old lines a second time some way below."""
    options = [(f, h) for f, h in modified(source) if len(places(texts(source.before[source.patch.files[f].path]),
               source.patch.files[f].hunks[h].before())) == 1]  # fmt: skip
    if not options:
        return None
    f, h = rng.choice(options)
    file = source.patch.files[f]
    hunk = file.hunks[h]
    lines = source.before[file.path].decode().split("\n")
    block = lines[hunk.old - 1 : hunk.old - 1 + hunk.olds]
    gap = [f"# {n}" for n in range(2 * len(block) + 2)]
    one = hunk.old - 1
    two = one + len(block) + len(gap)
    made = [*lines[: one + len(block)], *gap, *block, *lines[one + len(block) :]]
    if NO_NEWLINE in hunk.lines or not hunk.lines[-1].startswith(" ") or not any(x.strip() for x in block):
        return None
    text = Patch((replace(file, hunks=(change(hunk, one, two),)),)).text()
    return Spoilt(text, {**source.before, file.path: "\n".join(made).encode()}, None)


def _moves(hunk: PatchHunk) -> bool:
    """Whether the hunk's old lines could stand in its new ones: then doing it twice is no mistake one can see."""
    new = [line[1:] for line in hunk.lines if line[:1] in (" ", "+")]
    return bool(places(new, hunk.before()))
