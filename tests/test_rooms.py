"""What import-linter cannot see: a room that writes another room's tables, and SQL that hides in Python."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from django.apps import apps

SRC: Final = Path(__file__).parent.parent / "src" / "bekal"
MOST_LINES: Final = 10


_IS_SQL: Final = re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE \w+(?: AS \w+)? SET|DELETE FROM|VALUES|JOIN|WHERE|CREATE|COPY)\b")
_WRITES: Final = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE(?:\s+ONLY)?|DELETE\s+FROM(?:\s+ONLY)?|TRUNCATE(?:\s+TABLE)?|MERGE\s+INTO|COPY)\s+\"?([a-z_0-9]+|\{)"
)
_WRITING_METHODS: Final = {
    "create", "bulk_create", "update", "bulk_update", "delete", "get_or_create", "update_or_create", "save",
}  # fmt: skip
_ACCOUNTS: Final = "owner|account|pool|debit|credit|clearing|escrow|payable|paid|fund|granting|returned|low|high"
_CALCULATIONS: Final = re.compile(
    rf"""
    \b(?:number|(?:\w+_)?(?:{_ACCOUNTS}))(?:\)s)?(?:::\w+)?\s*(?:[*/]|%%?)\s*10\b  # number * 10, %(low)s / 10, pool %% 10
    | \bmod\([^()]*,\s*10\)                                                        # mod(pool, 10)
    | \b(?:\w+_)?(?:{_ACCOUNTS})\s*[-+]\s*\d                                       # credit - 1
    | (?:[(,=]|\b(?:SELECT|THEN|ELSE))\s*-\s*\(?(?:\w+\.)?(?:number|{_ACCOUNTS})\b # -pool
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Text:
    """SQL without its comments, and where it is: the path of its file below `src/bekal`, and its first line there."""

    path: str
    line: int
    sql: str
    lines: int

    @property
    def room(self) -> str:
        return self.path.split("/")[0]


@cache
def python_files() -> dict[str, ast.Module]:
    return {path.relative_to(SRC).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SRC.rglob("*.py"))}


@cache
def sql_in_files() -> list[Text]:
    texts = {path.relative_to(SRC).as_posix(): path.read_text(encoding="utf-8") for path in sorted(SRC.rglob("*.sql"))}
    return [Text(path, 1, without_comments(sql), sql.count("\n")) for path, sql in texts.items()]


@cache
def sql_in_python() -> list[Text]:
    return [text for path, tree in python_files().items() for text in sql_in(path, tree)]


def sql_in(path: str, tree: ast.Module) -> Iterator[Text]:
    for node, text in strings_in(tree):
        if _IS_SQL.search(text):
            spanned = (node.end_lineno or node.lineno) - node.lineno + 1
            blank = sum(not line.strip() for line in text.split("\n"))
            yield Text(path, node.lineno, without_comments(text), spanned - blank)


def without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", sql)


def strings_in(tree: ast.AST) -> Iterator[tuple[ast.Constant | ast.JoinedStr, str]]:
    """The whole strings of a file but its docstrings, with `{` in place of what an f-string fills in."""
    others = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    others |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node, "".join(str(part.value) if isinstance(part, ast.Constant) else "{" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in others:
            yield node, node.value


def room_of(module: str) -> str:
    return module.split(".")[1]


def is_history(path: str) -> bool:
    """Whether a file is a migration, which holds a copy of what was true then."""
    return "/migrations/" in path


def foreign_writes(path: str, tree: ast.Module) -> Iterator[str]:
    """Where a file makes, changes or deletes rows through a model of another room: by its manager or by an instance."""
    known = {(room_of(model.__module__), model.__name__) for model in apps.get_models()}
    foreign = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("bekal.")
        for name in node.names
        if (room_of(node.module), name.name) in known and room_of(node.module) != path.split("/", maxsplit=1)[0]
    }
    instances = {name for node in ast.walk(tree) for name in instances_in(node, foreign)}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in foreign:
                yield f"{path}:{node.lineno} {name}"
            case ast.Call(func=ast.Attribute(value=receiver, attr=method)) if method in _WRITING_METHODS:
                if root_of(receiver) in foreign or (isinstance(receiver, ast.Name) and receiver.id in instances):
                    yield f"{path}:{node.lineno} {ast.unparse(node.func)}"


def instances_in(node: ast.AST, foreign: set[str]) -> Iterator[str]:
    """The name that holds a row of a foreign model: annotated as one, or assigned from what begins with the model's name."""
    match node:
        case (
            ast.arg(arg=name, annotation=ast.expr() as annotation)
            | ast.AnnAssign(target=ast.Name(id=name), annotation=ast.expr() as annotation)
        ):
            if any(isinstance(part, ast.Name) and part.id in foreign for part in ast.walk(annotation)):
                yield name
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            if root_of(value) in foreign:
                yield name


def root_of(node: ast.expr) -> str | None:
    """The name with which a chain of attributes, calls and subscripts begins."""
    while not isinstance(node, ast.Name):
        match node:
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Call(func=inner):
                node = inner
            case _:
                return None
    return node.id


def calculations_in(tree: ast.Module) -> Iterator[str]:
    """Arithmetic of whole numbers on what is named like an account, and tens of a number."""
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(left=(ast.Name(id=name) | ast.Attribute(attr=name)), right=ast.Constant(value=int() as digit)):
                if re.fullmatch(rf"(?:\w+_)?(?:{_ACCOUNTS})", name) or (digit == 10 and name == "number"):
                    yield f"{node.lineno} {ast.unparse(node)}"


def test_a_room_writes_only_its_own_tables() -> None:
    room = {model._meta.db_table: room_of(model.__module__) for model in apps.get_models() if model.__module__[:6] == "bekal."}
    written = [(text, table) for text in (*sql_in_files(), *sql_in_python()) for table in _WRITES.findall(text.sql)]
    assert [f"{text.path}:{text.line} {table}" for text, table in written if room.get(table, text.room) != text.room] == []
    # A table whose name is filled in cannot be judged.
    assert [f"{text.path}:{text.line}" for text, table in written if table == "{"] == []
    assert {"catalogue", "ledger", "participants", "payouts", "purchases"} <= {room.get(table) for _, table in written}


def test_a_room_writes_only_its_own_models() -> None:
    assert [write for path, tree in python_files().items() for write in foreign_writes(path, tree)] == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("Enrolment.objects.create()", ["Enrolment.objects.create"]),
        ("Enrolment.objects.filter(pk=1).update(status='granted')", ["Enrolment.objects.filter(pk=1).update"]),
        ("def end(enrolment: Enrolment | None) -> None: enrolment.save()", ["enrolment.save"]),
        ("found = Enrolment.objects.get(pk=1)\nfound.delete()", ["found.delete"]),
        ("Enrolment(number=1)", ["Enrolment"]),
        ("Enrolment.objects.filter(pk=1).exists()", []),
        ("Purchase.objects.create()", []),
    ],
)
def test_a_write_through_a_model_of_another_room_is_found(code: str, found: list[str]) -> None:
    imports = "from bekal.participants.models import Enrolment\nfrom bekal.purchases.models import Purchase\n"
    assert [write.split(" ")[1] for write in foreign_writes("purchases/x.py", ast.parse(imports + code))] == found


def test_only_one_file_changes_an_enrolments_status() -> None:
    changed = re.compile(r"UPDATE participants_enrolment\b.*?\bSET\b(.*?)\bWHERE\b", re.DOTALL)
    changing = {
        (column, text.path)
        for text in (*sql_in_files(), *sql_in_python())
        if "/migrations/" not in text.path  # which fill a new column once
        for update in changed.findall(text.sql)
        for column in re.findall(r"\b(\w+) = ", update)
    }
    grant, end, days = (f"participants/sql/{name}.sql" for name in ("grant", "end", "start_days"))
    assert changing == {("status", grant), ("status", end), ("first_purchase_by", grant), ("first_purchase_by", days)}
    naming = re.compile(r"\b(?:grant|end)\b")
    loading = {
        path
        for path, tree in python_files().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and root_of(node) == "load_sql" and naming.search(ast.unparse(node))
    }
    assert loading == {"participants/statuses.py"}


def test_only_the_ledger_calculates_with_accounts() -> None:
    in_sql = {
        text.path
        for text in (*sql_in_files(), *sql_in_python())
        if text.room != "ledger" and not is_history(text.path) and _CALCULATIONS.search(text.sql)
    }
    # The recommender's engine knows no accounts.
    others = {path: tree for path, tree in python_files().items() if not path.startswith(("ledger/", "recommender/engine/"))}
    in_python = {path for path, tree in others.items() if any(calculations_in(tree))}
    assert in_sql | in_python == set()


@pytest.mark.parametrize(
    ("sql", "is_found"),
    [
        ("SELECT enrolment.number * 10 + 1", True),
        ("WHERE number = target.owner / 10", True),
        ("BETWEEN %(low)s / 10", True),
        ("debit %% 10 = -7", True),
        ("mod(pool, 10)", True),
        ("CASE WHEN paid THEN sent.credit - 1 END", True),
        ("SELECT -pool AS owner", True),
        ("(-(provider.number * 10 + 3))", True),
        ("SELECT -amount_idr, number + 1, purchase.price_idr / 10", False),
        ("owner > %(low)s AND credit = -1", False),
        ("ledger_training(enrolment.number)", False),
    ],
)
def test_a_calculation_is_found_in_sql(sql: str, is_found: bool) -> None:
    assert bool(_CALCULATIONS.search(sql)) == is_found


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("payment.credit - 1", True),
        ("enrolment.number * 10 + 1", True),
        ("owner // 10", True),
        ("number + 1", False),
        ("amount_idr * 100 // 10", False),
    ],
)
def test_a_calculation_is_found_in_python(code: str, is_found: bool) -> None:
    assert any(calculations_in(ast.parse(code))) == is_found


def test_only_purchases_say_who_has_bought() -> None:
    saying = {text.path for text in (*sql_in_files(), *sql_in_python()) if re.search(r"price_idr\s*>\s*0", text.sql)}
    assert {path for path in saying if not path.startswith("purchases/")} == set()


def test_longer_sql_is_not_in_python() -> None:
    assert {text.path for text in sql_in_python() if text.lines > MOST_LINES and not is_history(text.path)} == set()


@pytest.mark.parametrize("lines", [MOST_LINES, MOST_LINES + 1])
def test_the_lines_of_sql_are_counted(lines: int) -> None:
    columns = ["a,"] * (lines - 2)
    together = "\n".join(["SELECT", *columns, "b"])
    in_parts = "\n".join(f'"{line} "' for line in ["SELECT", *columns, "b"])
    for code in (f'x = """\n{together}\n"""', f'x = f"""\n{together}{{y}}\n"""', f"x = (\n{in_parts}\n)"):
        assert [text.lines for text in sql_in("x.py", ast.parse(code))] == [lines]


def test_sql_files_are_read_by_the_one_loader() -> None:
    loading = {path for path, tree in python_files().items() for _, text in strings_in(tree) if text.endswith(".sql")}
    assert {path for path in loading if not is_history(path)} == {"core/sql.py"}
