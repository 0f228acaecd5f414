"""JavaScript and TypeScript told in Python's syntax tree, so that one set of rules reads the tests of both.

What a test can tell is told exactly: names, calls, assertions, what is awaited, what is caught. Types are left out;
what has no like in Python becomes a call of a name that nobody knows. Lines are those of the script.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from autopack.languages import Node
from autopack.testcode import script_matchers
from autopack.testcode.script_functions import told_class, told_function, told_function_value
from autopack.testcode.script_imports import told_import, told_require
from autopack.testcode.script_places import at, name, required, text_of, unknown
from autopack.testcode.script_values import BINARY, told_value
from autopack.testcode.syntax import CAUGHT, FLOATING

_MOST_DEPTH = 120
_NAMES = frozenset({"identifier", "shorthand_property_identifier", "property_identifier", "private_property_identifier",
                    "shorthand_property_identifier_pattern", "type_identifier", "this", "super"})  # fmt: skip
_UNWRAPPED = frozenset({"parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression",
                        "type_assertion", "expression_statement"})  # fmt: skip
_FUNCTIONS = frozenset({"arrow_function", "function_expression", "function_declaration", "generator_function_declaration",
                        "generator_function", "method_definition"})  # fmt: skip


def told_in_python(root: Node) -> ast.Module | None:
    """None for a text too deep to be told."""
    try:
        body = Teller().statements(root.children)
    except RecursionError:
        return None
    return ast.fix_missing_locations(ast.Module(body, []))


class Teller:
    """Tells one file; functions with a body of their own become definitions ahead of the statement they stand in."""

    def __init__(self) -> None:
        self.count = 0
        self.depth = 0
        self.ahead: list[list[ast.stmt]] = []
        self.assigned: list[set[str]] = []
        self.declared: list[set[str]] = []

    # statements

    def statements(self, nodes: Sequence[Node]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for node in nodes:
            self.ahead.append([])
            told = self.statement(node)
            found += [*self.ahead.pop(), *told]
        return found

    def block(self, node: Node | None) -> list[ast.stmt]:
        if node is None:
            return []
        body = (
            self.statements(node.children) if node.type in ("statement_block", "program") else self.statements([node])
        )
        return body or [at(node, ast.Pass())]

    def statement(self, node: Node) -> list[ast.stmt]:
        match node.type:
            case "import_statement":
                return told_import(node)
            case "export_statement":
                inner = node.get("declaration") or node.get("value")
                if inner is None:
                    return told_import(node) if node.get("source") else []
                return self.statement(inner)
            case "lexical_declaration" | "variable_declaration":
                return [
                    part
                    for child in node.children
                    if child.type == "variable_declarator"
                    for part in self._declared(child)
                ]
            case "function_declaration" | "generator_function_declaration":
                return [told_function(self, node, text_of(node.get("name")))]
            case "class_declaration" | "abstract_class_declaration":
                return [told_class(self, node)]
            case "expression_statement":
                return self._expression_statement(node.children[0]) if node.children else []
            case "return_statement":
                value = self.expression(node.children[0]) if node.children else None
                return [at(node, ast.Return(value))]
            case "throw_statement":
                return [at(node, ast.Raise(self.expression(node.children[0]) if node.children else None, None))]
            case "if_statement":
                other = node.get("alternative")
                return [at(node, ast.If(self.expression(node.get("condition")), self.block(node.get("consequence")),
                                        self.block(other.children[0]) if other and other.children else []))]  # fmt: skip
            case "for_in_statement":
                target = self.target(node.get("left"))
                return [at(node, ast.For(target, self.expression(node.get("right")), self.block(node.get("body")), []))]
            case "for_statement":
                first = node.get("initializer")
                step = node.get("increment")
                body = [*self.block(node.get("body")), *(self._expression_statement(step) if step else [])]
                condition = node.get("condition")
                test = (
                    self.expression(condition) if condition and condition.type != "empty_statement" else unknown(node)
                )
                return [*(self.statement(first) if first and first.type.endswith("declaration") else []),
                        at(node, ast.While(test, body, []))]  # fmt: skip
            case "while_statement" | "do_statement":
                return [at(node, ast.While(self.expression(node.get("condition")), self.block(node.get("body")), []))]
            case "try_statement":
                return [self._try(node)]
            case "switch_statement":
                return self._switch(node)
            case "statement_block":
                return self.statements(node.children)
            case "break_statement":
                return [at(node, ast.Break())]
            case "continue_statement":
                return [at(node, ast.Continue())]
            case "labeled_statement":
                return self.statement(node.children[-1])
            case _:
                return []

    def _expression_statement(self, node: Node) -> list[ast.stmt]:
        if node.type == "parenthesized_expression" and node.children:
            return self._expression_statement(node.children[0])
        if node.type == "sequence_expression":
            return [part for child in node.children for part in self._expression_statement(child)]
        if node.type in ("assignment_expression", "augmented_assignment_expression"):
            return self.assignment(node)
        if node.type == "update_expression":
            return [self.step(node)]
        awaited = node.type == "await_expression"
        inner = node.children[-1] if awaited and node.children else node
        matched = script_matchers.matched(self, inner, awaited=awaited)
        if matched is not None:
            return matched
        told: ast.stmt = at(node, ast.Expr(self.expression(node)))
        if inner.type == "call_expression" and _is_caught(inner):
            return [at(node, ast.With([ast.withitem(name(node, CAUGHT))], [told]))]
        if not awaited and inner.type == "call_expression" and _is_chain(inner):
            return [at(node, ast.With([ast.withitem(name(node, FLOATING))], [told]))]
        return [told]

    def step(self, node: Node) -> ast.stmt:
        """`n++` and `n--`."""
        target = self.place(node.get("argument"))
        self.note(self.assigned, target)
        return at(node, ast.AugAssign(target, ast.Add(), at(node, ast.Constant(1))))

    def note(self, where: list[set[str]], target: ast.expr) -> None:
        """Names that the function at hand declares, or assigns to."""
        if where:
            where[-1].update(part.id for part in ast.walk(target) if isinstance(part, ast.Name) and part.id != "self")

    def assignment(self, node: Node) -> list[ast.stmt]:
        left, right = node.get("left"), node.get("right")
        value = self.expression(right)
        if left is not None and left.type == "identifier":
            self.note(self.assigned, self.place(left))
        sign = text_of(node.get("operator")).removesuffix("=")
        if node.type == "augmented_assignment_expression" and sign in BINARY:
            return [at(node, ast.AugAssign(self.place(left), BINARY[sign], value))]
        return [at(node, ast.Assign([self.target(left)], value))]

    def _declared(self, node: Node) -> list[ast.stmt]:
        target, value = node.get("name"), node.get("value")
        if target is not None:
            self.note(self.declared, self.target(target))
        if value is None or target is None:
            return []
        source = required(value)
        if source:
            return told_require(node, target, source)
        if value.type in _FUNCTIONS and target.type == "identifier":
            return [told_function(self, value, target.text)]
        if target.type == "object_pattern":
            return self.taken_apart(node, target, self.expression(value))
        return [at(node, ast.Assign([self.target(target)], self.expression(value)))]

    def taken_apart(self, node: Node, pattern: Node, value: ast.expr) -> list[ast.stmt]:
        """`const {a, b: c} = value` as one assignment for each name."""
        whole = self.fresh("whole")
        found: list[ast.stmt] = [at(node, ast.Assign([at(node, ast.Name(whole, ast.Store()))], value))]
        for part in pattern.children:
            inner = part.get("left") or part if part.type == "object_assignment_pattern" else part
            key = inner.get("key") or inner
            target = inner.get("value") or inner
            if key.type in _NAMES and target.type in _NAMES:
                taken = at(part, ast.Attribute(name(part, whole), text_of(key), ast.Load()))
                found.append(at(part, ast.Assign([self.target(target)], taken)))
        return found

    def _try(self, node: Node) -> ast.stmt:
        handler = node.get("handler")
        handlers: list[ast.ExceptHandler] = []
        if handler is not None:
            caught = handler.get("parameter")
            named = caught.text if caught is not None and caught.type == "identifier" else None
            handlers.append(at(handler, ast.ExceptHandler(None, named, self.block(handler.get("body")))))
        last = node.get("finalizer")
        return at(
            node, ast.Try(self.block(node.get("body")), handlers, [], self.block(last.get("body")) if last else [])
        )

    def _switch(self, node: Node) -> list[ast.stmt]:
        body = node.get("body")
        subject = self.expression(node.get("value"))
        found: list[ast.stmt] = []
        for case in body.children if body else ():
            value = case.get("value")
            test = at(case, ast.Compare(subject, [ast.Eq()], [self.expression(value)])) if value else unknown(case)
            inner = [part for part in self.statements(case.all("body")) if not isinstance(part, ast.Break)]
            found.append(at(case, ast.If(test, inner or [at(case, ast.Pass())], [])))
        return found

    # expressions

    def expression(self, node: Node | None) -> ast.expr:
        if node is None:
            return ast.Constant(None, lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)
        self.depth += 1
        try:
            if self.depth > _MOST_DEPTH:
                return unknown(node)
            return at(node, self._expression(node))
        finally:
            self.depth -= 1

    def _expression(self, node: Node) -> ast.expr:
        kind = node.type
        if kind in _NAMES:
            return ast.Name("self" if kind == "this" else node.text, ast.Load())
        if kind in _UNWRAPPED:
            return self.expression(node.children[-1] if kind == "type_assertion" else node.children[0])
        if kind in _FUNCTIONS:
            return told_function_value(self, node)
        if kind in ("call_expression", "new_expression"):
            return self.call(node)
        told = told_value(self, node)
        if told is not None:
            return told
        return ast.Call(ast.Name(f"__{kind}__", ast.Load()), [self.expression(child) for child in node.children
                        if child.type not in ("type_annotation", "type_arguments")], [])  # fmt: skip

    def call(self, node: Node) -> ast.expr:
        function, given = node.get("function") or node.get("constructor"), node.get("arguments")
        args = [self.expression(part) for part in given.children] if given is not None else []
        source = required(node)
        if source:
            return ast.Call(ast.Name("require", ast.Load()), [ast.Constant(source)], [])
        special = script_matchers.special(self, node, function, args)
        if special is not None:
            return special
        return ast.Call(self.expression(function), args, [])

    def place(self, node: Node | None) -> ast.Name | ast.Attribute | ast.Subscript:
        """A target that is one place; of a pattern none."""
        told = self.target(node)
        return told if isinstance(told, ast.Name | ast.Attribute | ast.Subscript) else ast.Name("_", ast.Store())

    def target(self, node: Node | None) -> ast.expr:
        if node is None:
            return ast.Name("_", ast.Store(), lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)
        if node.type == "array_pattern":
            return at(node, ast.Tuple([self.target(part) for part in node.children], ast.Store()))
        if node.type in ("variable_declarator", "lexical_declaration") and node.children:
            return self.target(node.get("name") or node.children[0])
        if node.type in ("assignment_pattern", "object_assignment_pattern"):
            return self.target(node.get("left"))
        if node.type == "rest_pattern" and node.children:
            return self.target(node.children[0])
        if node.type == "object_pattern":
            names = [part for part in node.children if part.type == "shorthand_property_identifier_pattern"]
            return at(node, ast.Tuple([self.target(part) for part in names], ast.Store()))
        told = self.expression(node)
        if isinstance(told, ast.Name | ast.Attribute | ast.Subscript):
            told.ctx = ast.Store()
            return told
        return at(node, ast.Name("_", ast.Store()))

    def fresh(self, what: str) -> str:
        self.count += 1
        return f"__{what}_{self.count}__"


def _is_chain(node: Node) -> bool:
    """A promise that goes on by `.then`, `.catch` or `.finally`."""
    function = node.get("function")
    return (
        function is not None
        and function.type == "member_expression"
        and text_of(function.get("property")) in ("then", "catch", "finally")
    )


def _is_caught(node: Node) -> bool:
    """A promise whose failure ends in a `.catch` that neither fails nor asserts."""
    function, given = node.get("function"), node.get("arguments")
    if function is None or function.type != "member_expression":
        return False
    handler = given.children[0] if given is not None and given.children else None
    if text_of(function.get("property")) == "catch" and handler is not None and handler.type in _FUNCTIONS:
        words = {part.text for part in handler.walk() if part.type in ("identifier", "property_identifier")}
        return not words & {"expect", "assert", "fail", "done", "reject"} and all(
            part.type != "throw_statement" for part in handler.walk()
        )
    below = function.get("object")
    return below is not None and below.type == "call_expression" and _is_caught(below)
