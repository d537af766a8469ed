"""Small changes of a module, one at a time: what a typing mistake or a slip would be.

The operators are mutmut's (operators swapped, arguments dropped, `continue` for
`break`, values replaced by None …) and a few of its kind that it lacks: a call, a
`raise` or a block's `with` left out, a term of a condition dropped, a condition turned
round, an exception not caught, nothing returned. What does not matter is left out here:
words (texts with a space in them, logs), docstrings, types, `slots` and `frozen`,
assertions for the type checker, lines that are excluded from coverage, and tuning
constants and defaults (numbers from 3 on, and tuples of them). Invariant: which changes
there are depends on the text alone.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m
from libcst.metadata import ParentNodeProvider, PositionProvider
from mutmut.mutation.mutators import mutation_operators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Operator = tuple[type[cst.CSTNode], Callable[[Any], Iterable[cst.CSTNode]]]

#: Constants from here on are tuning: one more of them makes no difference.
LARGE = 3
UNTOUCHED = ("# pragma: no cover", "noqa: S101", "raise NotImplementedError")
#: Calls whose arguments are words or types only.
WORDS = ("log", "logs", "TypeVar", "cast", "assert_never", "deprecated")


#: What is neither run for its effect nor seen from outside.
NEVER = (cst.Annotation, cst.Import, cst.ImportFrom, cst.Assert, cst.Decorator)
_FOR_THE_CHECKER = m.If(test=m.Name("TYPE_CHECKING")) | m.Arg(
    keyword=m.Name("nullable") | m.Name("slots")
)


@dataclass(frozen=True)
class Change:
    """One change of one module, as the texts before and after."""

    path: str
    line: int
    #: lines of which each test that executes one may notice it
    lines: tuple[int, ...]
    #: the lines around, for what is executed when the module is loaded
    around: tuple[int, int]
    kind: str
    old: str
    new: str

    def diff(self) -> str:
        """The lines that differ, without what is above them."""
        told = difflib.unified_diff(
            self.old.splitlines(), self.new.splitlines(), lineterm="", n=0
        )
        return "\n".join(one for one in [*told][2:] if not one.startswith("@@"))


@dataclass(frozen=True)
class Site:
    """A place that can be changed, and the ways to change it."""

    path: str
    module: cst.Module
    node: cst.CSTNode
    ways: tuple[cst.CSTNode, ...]
    line: int
    lines: tuple[int, ...]
    around: tuple[int, int]
    kind: str

    def change(self, way: int) -> Change:
        """The module with one of the changes made."""
        new = self.module.deep_replace(self.node, self.ways[way])
        if not isinstance(new, cst.Module):
            raise TypeError(new)
        return Change(
            self.path,
            self.line,
            self.lines,
            self.around,
            self.kind,
            self.module.code,
            new.code,
        )


def sites(path: str, source: str) -> list[Site]:
    """Every place of a module that can be changed, in the order of the text."""
    finder = _Finder(path, cst.metadata.MetadataWrapper(cst.parse_module(source)))
    finder.look(finder.module, None)
    return finder.found


class _Finder:
    """Walks through a module and keeps what can be changed."""

    def __init__(self, path: str, wrapper: cst.metadata.MetadataWrapper) -> None:
        self.found: list[Site] = []
        self.module = wrapper.module
        self._path = path
        self._places = wrapper.resolve(PositionProvider)
        self._parents = wrapper.resolve(ParentNodeProvider)

    def look(self, node: cst.CSTNode, inside: cst.CSTNode | None) -> None:
        """Look at a node and what it consists of; `inside` is its statement."""
        if self._is_untouched(node):
            return
        if isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            inside = node
        if inside is not None:
            self._try(node, inside)
        for child in node.children:
            self.look(child, inside)

    def _try(self, node: cst.CSTNode, inside: cst.CSTNode) -> None:
        for kind, operator in (*mutation_operators, *OWN):
            if not isinstance(node, kind):
                continue
            ways = tuple(one for one in operator(node) if self._matters(node, one))
            if ways:
                name = operator.__name__.removeprefix("operator").strip("_")
                self.found.append(self._site(node, ways, inside, name))

    def _site(
        self,
        node: cst.CSTNode,
        ways: tuple[cst.CSTNode, ...],
        inside: cst.CSTNode,
        kind: str,
    ) -> Site:
        # an operator such as `continue` may have no place of its own
        where, around = self._places.get(node), self._places[inside]
        where = where or self._places[self._parents[node]]
        body = getattr(node, "body", None)
        end = where.end.line
        if isinstance(body, cst.IndentedBlock):
            end = self._places[body].start.line - 1
        lines = {around.start.line, *range(where.start.line, end + 1)}
        return Site(
            self._path,
            self.module,
            node,
            ways,
            where.start.line,
            tuple(sorted(lines)),
            (around.start.line, around.end.line),
            kind,
        )

    def _is_untouched(self, node: cst.CSTNode) -> bool:
        if isinstance(node, NEVER) or m.matches(node, _FOR_THE_CHECKER):
            return True
        if isinstance(node, cst.Call) and _root(node.func) in WORDS:
            return True
        if isinstance(node, cst.SimpleStatementLine):
            text = self.module.code_for_node(node)
            return any(one in text for one in UNTOUCHED) or _is_for_types(node)
        return False

    def _matters(self, node: cst.CSTNode, new: cst.CSTNode) -> bool:
        if isinstance(node, cst.SimpleString):
            # a text's three changes are one, and words are not compared
            return " " not in node.value and "XX" in getattr(new, "value", "")
        if isinstance(node, cst.Integer | cst.Float):
            return not self._is_tuning(node)
        if isinstance(node, cst.Assign | cst.AnnAssign):
            return not _is_wording(node.value)
        if isinstance(node, cst.Call) and isinstance(new, cst.Call):
            gone = [one for one in node.args if one not in new.args]
            return not all(_is_wording(one.value) for one in gone) or not gone
        return True

    def _is_tuning(self, node: cst.Integer | cst.Float) -> bool:
        """A number of a module's constant, or of the default of a field."""
        parent = self._parents.get(node)
        several = False
        while isinstance(
            parent, cst.UnaryOperation | cst.BinaryOperation | cst.Element | cst.Tuple
        ):
            several = several or isinstance(parent, cst.Tuple)
            parent = self._parents.get(parent)
        constant = m.matches(
            parent or node,
            m.Assign(targets=[m.AssignTarget(m.Name(m.MatchIfTrue(str.isupper)))])
            | m.AnnAssign(),
        )
        return constant and (several or bool(abs(node.evaluated_value) >= LARGE))


def _is_wording(value: cst.BaseExpression | None) -> bool:
    """Words for people, which no test shall repeat, and the names of such."""
    match value:
        case cst.SimpleString(value=text):
            return " " in text
        case cst.FormattedString(parts=parts):
            return any(
                isinstance(one, cst.FormattedStringText) and " " in one.value
                for one in parts
            )
        case cst.ConcatenatedString(left=left, right=right):
            return _is_wording(left) or _is_wording(right)
        case cst.Name(value=name):
            return name in ("msg", "remedy", "words")
        case _:
            return False


def _root(func: cst.BaseExpression) -> str:
    """The first name of what is called: `log` of `log.info`."""
    while isinstance(func, cst.Attribute):
        func = func.value
    return func.value if isinstance(func, cst.Name) else ""


def _is_for_types(node: cst.SimpleStatementLine) -> bool:
    """A docstring, or a name for a type such as `Values = tuple[str, int]`."""
    match node.body:
        case [cst.Expr(value=cst.BaseString())]:
            return True
        case [cst.Assign(targets=[target], value=value)]:
            named = m.matches(
                target.target, m.Name(m.MatchIfTrue(lambda one: one[:1].isupper()))
            )
            upper = m.matches(target.target, m.Name(m.MatchIfTrue(str.isupper)))
            typed = isinstance(value, cst.Subscript | cst.BinaryOperation)
            return (named and not upper and typed) or m.matches(
                target.target, m.Name("__all__") | m.Name("__slots__")
            )
        case _:
            return False


# what mutmut lacks


def _left_out(node: cst.SimpleStatementLine) -> Iterator[cst.CSTNode]:
    """A call, or an error, that is forgotten."""
    match node.body:
        case [cst.Expr(value=cst.Call() | cst.Await()) | cst.Raise() | cst.Del()]:
            yield node.with_changes(body=[cst.Pass()])
        case _:
            pass


def _without(node: cst.With) -> Iterator[cst.CSTNode]:
    """A block that is not protected."""
    if node.asynchronous is None and all(one.asname is None for one in node.items):
        yield cst.If(cst.Name("True"), node.body)


def _term_dropped(node: cst.BooleanOperation) -> Iterator[cst.CSTNode]:
    """A condition that is only half of it."""
    for term in (node.left, node.right):
        yield _enclosed(term)


def _turned(node: cst.If | cst.While | cst.IfExp) -> Iterator[cst.CSTNode]:
    """A condition that says the opposite; comparisons are mutmut's part."""
    if isinstance(node.test, cst.Name | cst.Attribute | cst.Call | cst.NamedExpr):
        yield node.with_changes(
            test=cst.UnaryOperation(cst.Not(), _enclosed(node.test))
        )


def _not_caught(node: cst.ExceptHandler) -> Iterator[cst.CSTNode]:
    """One of several exceptions that is not thought of."""
    if isinstance(node.type, cst.Tuple):
        kinds = node.type.elements
        for number in range(len(kinds)):
            left = [*kinds[:number], *kinds[number + 1 :]]
            yield node.with_changes(type=node.type.with_changes(elements=left))


def _nothing_returned(node: cst.Return) -> Iterator[cst.CSTNode]:
    """An answer that is forgotten."""
    if node.value is not None and not m.matches(node.value, m.Name("None")):
        yield node.with_changes(value=cst.Name("None"))


def _enclosed(node: cst.BaseExpression) -> cst.BaseExpression:
    if node.lpar:
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


OWN: tuple[Operator, ...] = (
    (cst.SimpleStatementLine, _left_out),
    (cst.With, _without),
    (cst.BooleanOperation, _term_dropped),
    (cst.If, _turned),
    (cst.While, _turned),
    (cst.IfExp, _turned),
    (cst.ExceptHandler, _not_caught),
    (cst.Return, _nothing_returned),
)
