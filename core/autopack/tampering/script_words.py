"""The words that assertions, skips and durations are written with in languages with braces."""

from __future__ import annotations

import re

ENDS = re.compile(
    r"\s\.\s(?:is_err|is_ok|is_some|is_none|len|unwrap_err|unwrap|length|size|count|is_empty|isEmpty|Error|toString)\s(?:\(\s\))?$"
)
LOSSY = ("len", "is_err", "is_ok", "is_some", "is_none", "length", "size", "count", "is_empty", "isEmpty")
CONTINUES = frozenset({".", "?.", "&&", "||", "?", ":", "+", "-", "*", "=>", "->", ",", "else", "catch", "finally",
                        "=", "==", "===",
                        "!=", "!==", "<", ">", "<=", ">=", "::", "as", "infix"})  # fmt: skip
EXPECT = {
    "toBe": "==", "toEqual": "==", "toStrictEqual": "==", "equal": "==", "equals": "==", "eql": "==", "eq": "==",
    "deepEqual": "==",
    "toMatchObject": "issubset", "toBeCloseTo": "approx", "closeTo": "approx", "toBeNull": "==", "toBeUndefined": "==",
    "toBeTruthy": "truth", "toBeFalsy": "not", "toBeDefined": "is not None", "exist": "is not None", "ok": "truth",
    "true": "==",
    "false": "==", "null": "==", "undefined": "==", "toBeInstanceOf": "isinstance", "instanceOf": "isinstance",
    "instanceof": "isinstance", "a": "isinstance", "an": "isinstance", "toContain": "in", "toContainEqual": "in",
    "include": "in",
    "contain": "in", "contains": "in", "toMatch": "matches", "match": "matches", "toHaveLength": "len", "lengthOf": "len",
    "toBeGreaterThan": ">", "toBeGreaterThanOrEqual": ">=", "toBeLessThan": "<", "toBeLessThanOrEqual": "<=", "above": ">",
    "below": "<", "least": ">=", "most": "<=", "toThrow": "raises", "toThrowError": "raises", "throw": "raises",
    "throws": "raises",
    "toHaveProperty": "in", "property": "in", "toMatchSnapshot": "snapshot", "toMatchInlineSnapshot": "snapshot",
    "toThrowErrorMatchingSnapshot": "snapshot", "toHaveBeenCalled": "called", "toBeCalled": "called", "called": "called",
    "toHaveBeenCalledOnce": "called times", "toHaveBeenCalledTimes": "called times", "calledOnce": "called times",
    "toHaveBeenCalledWith": "called with", "toHaveBeenLastCalledWith": "called with",
    "toHaveBeenNthCalledWith": "called with",
    "calledWith": "called with", "toHaveReturnedWith": "called with", "oneOf": "any", "empty": "len",
    "isEqualTo": "==", "isSameAs": "==", "isNotNull": "is not None", "isNull": "==", "isTrue": "truth", "isFalse": "not",
    "hasSize": "len", "containsExactly": "==", "isInstanceOf": "raises", "hasMessage": "matches", "isCloseTo": "approx",
    "isGreaterThan": ">", "isLessThan": "<", "isNotEmpty": "truth", "isPresent": "truth", "isPositive": "truth",
    "shouldBe": "==", "shouldNotBe": "!=", "shouldContain": "in", "toBeTypeOf": "isinstance", "toSatisfy": "truth",
}  # fmt: skip
CALLED = {
    "assertEquals": "==", "assertSame": "==", "assertArrayEquals": "==", "assertIterableEquals": "==",
    "assertContentEquals": "==",
    "assertLinesMatch": "==", "assertNotEquals": "!=", "assertTrue": "truth", "assertFalse": "not",
    "assertNotNull": "is not None",
    "assertNull": "==", "assertThrows": "raises", "assertThrowsExactly": "raises", "assertFailsWith": "raises",
    "assertFails": "raises", "assertInstanceOf": "isinstance", "assertIs": "isinstance", "assertContains": "in",
    "assertDoesNotThrow": "ran",
    "assertTimeout": "<", "assertTimeoutPreemptively": "<", "assert_eq": "==", "assert_ne": "!=", "assert": "truth",
    "debug_assert": "truth", "assert_matches": "matches", "equal": "==", "strictEqual": "==", "deepEqual": "==",
    "deepStrictEqual": "==", "notEqual": "!=", "notStrictEqual": "!=", "notDeepEqual": "!=", "ok": "truth",
    "throws": "raises",
    "rejects": "raises", "doesNotThrow": "ran", "match": "matches", "doesNotMatch": "not in", "fail": "fail",
    "isTrue": "truth",
    "isOk": "truth", "isDefined": "is not None", "exists": "is not None", "lengthOf": "len", "include": "in",
    "partialDeepStrictEqual": "issubset",
    "Equal": "==", "Equalf": "==", "EqualValues": "==", "Exactly": "==", "NotEqual": "!=", "True": "truth",
    "False": "not", "Nil": "==",
    "NoError": "==", "Error": "is error", "ErrorIs": "raises", "ErrorAs": "raises", "EqualError": "raises",
    "ErrorContains": "raises",
    "NotNil": "is not None", "NotEmpty": "truth", "Empty": "len", "Len": "len", "Contains": "in", "Panics": "raises",
    "InDelta": "approx",
    "InEpsilon": "approx", "ElementsMatch": "set ==", "Greater": ">", "Less": "<", "JSONEq": "==", "Zero": "==",
    "is": "==", "deepequal": "==",
}  # fmt: skip
MOST_DEPTH = 4
ASSERTS = re.compile(r"\b(?:expect|assert\w*|should\w*|verify|require) |\bt \. (?:Error|Fatal|Fail)|panic !")
GO_FAILS = frozenset({"Error", "Errorf", "Fatal", "Fatalf", "Fail", "FailNow"})
SKIPS = frozenset({"skip", "Skip", "Skipf", "SkipNow", "assumeTrue", "assumeFalse", "assumeThat", "abort", "pending"})
OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "===": "!=", "!==": "=="}
NEGATED = {"==": "!=", "in": "not in", "truth": "not", "is not None": "==", "raises": "ran", "called": "called times",
            "called with": "called times", "matches": "not in", "isinstance": "!=", "len": "!="}  # fmt: skip
UNITS = {"Nanosecond": 1e-9, "Microsecond": 1e-6, "Millisecond": 1e-3, "Second": 1.0, "Minute": 60.0, "Hour": 3600.0,
          "NANOSECONDS": 1e-9, "MICROSECONDS": 1e-6, "MILLISECONDS": 1e-3, "SECONDS": 1.0, "MINUTES": 60.0, "HOURS": 3600.0,
          "from_secs": 1.0, "from_millis": 1e-3, "from_micros": 1e-6, "ofMillis": 1e-3, "ofSeconds": 1.0, "ofMinutes": 60.0,
          "milliseconds": 1e-3, "seconds": 1.0, "minutes": 60.0}  # fmt: skip


def number_in(text: str) -> float | None:
    """A number, or a duration in seconds."""
    plain = text.replace("_", "").strip()
    found = re.fullmatch(r"-? ?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[fFdDLlu]?\d*", plain)
    if found and re.fullmatch(r"-? ?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[fFdDLl]?", plain):
        return float(re.sub(r"[fFdDLl ]", "", plain))
    factors = re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", plain)
    unit = next((value for name, value in UNITS.items() if re.search(rf"\b{name}\b", plain)), None)
    if unit is None:
        return None
    product = unit
    for factor in factors:
        product *= float(factor)
    return product
