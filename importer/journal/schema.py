"""The tables of a journal, and the statements that change them.

SQLAlchemy Core, so that the same statements serve SQLite and PostgreSQL. Nothing
here opens or commits anything. Invariant: `SCHEMA` grows with every change of a
table, and a journal says which one it was made with.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    func,
    insert,
    literal_column,
    update,
)

SCHEMA = 2

#: What stands between the sentences of a row that has several problems.
BETWEEN = " | "

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

#: The tables that were read, so that a row can name its file and give back its cells.
inputs = Table(
    "inputs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("file", Text, nullable=False),
    Column("sheet", Text, nullable=False),
    Column("preset", Text, nullable=False),
    Column("header", Text, nullable=False),  # JSON list
    Column("left_out", Text, nullable=False),  # JSON list
    Column("rows", Integer, nullable=False),
)

rows = Table(
    "rows",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("input", Integer, nullable=False),
    Column("row", Integer, nullable=False),
    Column("row_end", Integer, nullable=False),
    Column("cells", Text, nullable=False),  # JSON list, as the file has them
    # the rows of one of thousands of locations are found without reading the others
    Column("location_id", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),  # JSON as sent, empty if never
    Column("status", Text, nullable=False),
    Column("collection_id", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    # what the check and the plan remarked on a row that is carried out all the same
    Column("remark_code", Text, nullable=False),
    Column("remark", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("http_status", Integer),
    Column("trace_id", Text, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
)

#: What each location held before the run: never adopted as made by it.
before = Table(
    "before",
    metadata,
    Column("location_id", Text, primary_key=True),
    Column("collection_id", Text, primary_key=True),
    Column("slug", Text, nullable=False),
)

#: The locations whose rows were compared with what exists.
compared = Table(
    "compared",
    metadata,
    Column("location_id", Text, primary_key=True),
    Column("collections", BigInteger, nullable=False),
)

#: How far the undo of a row is (since version 2).
undone = Table(
    "undone",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("words", Text, nullable=False),
)

ADD_ROW = insert(rows)

SENDING = (
    update(rows)
    .where(rows.c.seq == bindparam("of"))
    .values(
        # a literal, so that the statement's only parameters are the row's
        status=literal_column("'sending'"),
        attempts=bindparam("n"),
        started_at=func.coalesce(rows.c.started_at, bindparam("at")),
    )
)

OUTCOME = (
    update(rows)
    .where(rows.c.seq == bindparam("of"))
    .values(
        status=bindparam("to"),
        collection_id=bindparam("id"),
        code=bindparam("why"),
        message=bindparam("words"),
        attempts=bindparam("n"),
        http_status=bindparam("http"),
        trace_id=bindparam("trace"),
        finished_at=bindparam("at"),
    )
)

#: A decision of the plan. The body is replaced where an update is sent instead.
DECIDED = (
    update(rows)
    .where(rows.c.seq == bindparam("of"))
    .values(
        status=bindparam("to"),
        collection_id=bindparam("id"),
        code=bindparam("why"),
        message=bindparam("words"),
        remark_code=bindparam("remark_why"),
        remark=bindparam("remark_words"),
        body=bindparam("what"),
    )
)
