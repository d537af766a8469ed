"""The tables of a journal, and the statements that change them.

SQLAlchemy Core, so that the same statements serve SQLite and PostgreSQL. Nothing
here opens or commits anything. Invariant: `SCHEMA` grows with every change of a
table, and a journal says which one it was made with.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    Update,
    bindparam,
    func,
    literal_column,
    select,
    update,
)

from importer.journal.statements import Insert, Upsert

SCHEMA = 5

#: Texts are compared by their code points, as SQLite does and C's collation does.
TEXT: Text = Text().with_variant(Text(collation="C"), "postgresql")

metadata: MetaData = MetaData()

meta: Table = Table(
    "meta",
    metadata,
    Column("key", TEXT, primary_key=True),
    Column("value", TEXT, nullable=False),
)

#: The tables that were read, so that a row can name its file and give back its cells.
inputs: Table = Table(
    "inputs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("file", TEXT, nullable=False),
    Column("sheet", TEXT, nullable=False),
    Column("preset", TEXT, nullable=False),
    Column("header", TEXT, nullable=False),  # JSON list
    Column("left_out", TEXT, nullable=False),  # JSON list
    Column("rows", Integer, nullable=False),
)

#: The rows as they were read. Wide, written once and then left alone.
records: Table = Table(
    "records",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("input", Integer, nullable=False),
    Column("row", Integer, nullable=False),
    Column("row_end", Integer, nullable=False),
    Column("cells", TEXT, nullable=False),  # JSON list, as the file has them
    Column("location_id", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("slug", TEXT, nullable=False),
    Column("type", TEXT, nullable=False),
    Column("body", LargeBinary, nullable=False),  # JSON as sent, empty if never
    # what the check and the plan remarked on a row that is carried out all the same
    Column("remark_code", TEXT, nullable=False),
    Column("remark", TEXT, nullable=False),
)

#: The rows of one of thousands of locations are found without reading the others.
#: Made when all rows are in, which costs a fraction of keeping it up meanwhile.
INDEX = "CREATE INDEX IF NOT EXISTS ix_records_location_id ON records (location_id)"
#: PostgreSQL's indexes do not hold the primary key of themselves.
INDEX_WITH_KEY = INDEX.replace("(location_id)", "(location_id, seq)")
NO_INDEX = "DROP INDEX IF EXISTS ix_records_location_id"

#: What became of the rows. Narrow, because it is written twice for each of them; a row
#: that is not here yet is `planned`.
states: Table = Table(
    "states",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("status", TEXT, nullable=False),
    Column("collection_id", TEXT, nullable=False, server_default=""),
    Column("code", TEXT, nullable=False, server_default=""),
    Column("message", TEXT, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("http_status", Integer),
    Column("trace_id", TEXT, nullable=False, server_default=""),
    Column("started_at", Float),
    Column("finished_at", Float),
    # the collection as the server showed it, where that is not what was sent: a JSON
    # object (since version 5)
    Column("shown", TEXT, nullable=False, server_default=""),
)

_NOTHING: ColumnElement[str] = literal_column("''")

_whole = select(
    *records.c,
    func.coalesce(states.c.status, literal_column("'planned'")).label("status"),
    *(
        func.coalesce(column, literal_column(blank)).label(column.name)
        for column, blank in (
            (states.c.collection_id, "''"),
            (states.c.code, "''"),
            (states.c.message, "''"),
            (states.c.attempts, "0"),
            (states.c.trace_id, "''"),
            (states.c.shown, "''"),
        )
    ),
    states.c.http_status,
    states.c.started_at,
    states.c.finished_at,
).select_from(records.outerjoin(states, records.c.seq == states.c.seq))

#: Both together: the view that everything which reads goes by.
rows: Table = Table(
    "rows",
    MetaData(),
    *(Column(column.name, column.type) for column in _whole.selected_columns),
)

VIEW = f"CREATE VIEW rows AS {_whole}"

#: What each location held before the run: never adopted as made by it.
before: Table = Table(
    "before",
    metadata,
    Column("location_id", TEXT, primary_key=True),
    Column("collection_id", TEXT, primary_key=True),
    Column("slug", TEXT, nullable=False),
)

#: The locations whose rows were compared with what exists.
compared: Table = Table(
    "compared",
    metadata,
    Column("location_id", TEXT, primary_key=True),
    Column("collections", BigInteger, nullable=False),
)

#: How far the undo of a row is (since version 2).
undone: Table = Table(
    "undone",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("state", TEXT, nullable=False),
    Column("words", TEXT, nullable=False),
)

#: What rows call their products, until it was looked up (since version 4).
called: Table = Table(
    "called",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("field", TEXT, primary_key=True),
    Column("header", TEXT, nullable=False),
    Column("texts", TEXT, nullable=False),  # JSON list
    Column("needed", Integer, nullable=False),
    Column("found", TEXT, nullable=False),  # JSON list, empty until it was looked up
)

#: What the locations have: products by their ids, and prices, which have the SKUs.
items: Table = Table(
    "items",
    metadata,
    Column("id", TEXT, primary_key=True),  # location, kind and the API's own
    Column("location_id", TEXT, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("product_id", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("code", TEXT, nullable=False),  # a handle, or a SKU
    Column("name_key", TEXT, nullable=False),
    Column("code_key", TEXT, nullable=False),
    Index("ix_items_name_key", "location_id", "kind", "name_key"),
    Index("ix_items_code_key", "location_id", "kind", "code_key"),
)

#: The lists of items that were read to their end.
listed: Table = Table(
    "listed",
    metadata,
    Column("location_id", TEXT, primary_key=True),
    Column("kind", TEXT, primary_key=True),
)

#: The fields that an update changes, each with what is there and what the row says
#: (since version 4).
changes: Table = Table(
    "changes",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("fields", TEXT, nullable=False),  # JSON object of pairs
)

#: A fact about the run.
FACT = Upsert(meta, ("key", "value"))

#: A row as it was read, all its columns in their order.
ADD_RECORD = Insert(records, [column.name for column in records.columns])

#: What became of a row that is never sent, all columns in their order.
ADD_STATE = Insert(states, [column.name for column in states.columns])

#: What a row calls its products, all columns in their order.
ADD_CALLED = Insert(called, [column.name for column in called.columns])

#: An item of a list, which may show it twice while things come and go.
ITEM = Upsert(items, [column.name for column in items.columns])

#: A request is about to leave.
SENDING = Upsert(
    states, ("seq", "status", "attempts", "started_at"), frozenset({"started_at"})
)

#: What became of a row.
OUTCOME = Upsert(
    states,
    (
        "seq",
        "status",
        "collection_id",
        "code",
        "message",
        "attempts",
        "http_status",
        "trace_id",
        "finished_at",
        "shown",
    ),
)

#: A decision of the plan: what it makes of a row.
DECIDED = Upsert(states, ("seq", "status", "collection_id", "code", "message", "shown"))

#: What a location held before the run, and that it was compared.
BEFORE = Insert(before, [column.name for column in before.columns])
COMPARED = Insert(compared, [column.name for column in compared.columns])

#: What an update changes.
CHANGES = Upsert(changes, ("seq", "fields"))

#: The plan's remarks, and the body of an update that is sent instead.
REMARKED: Update = (
    update(records)
    .where(records.c.seq == bindparam("of"))
    .values(
        body=bindparam("what"),
        remark_code=bindparam("remark_why"),
        remark=bindparam("remark_words"),
    )
)

#: How many rows of a location are in a state: to be created, and to be updated.
WAITING: Select[int, int] = (
    select(
        func.count().filter(rows.c.collection_id == _NOTHING),
        func.count().filter(rows.c.collection_id != _NOTHING),
    )
    .where(rows.c.location_id == bindparam("location"))
    .where(rows.c.status == bindparam("status"))
)

_job = select(
    rows.c.seq,
    rows.c.location_id,
    rows.c.name,
    rows.c.slug,
    rows.c.type,
    rows.c.body,
    rows.c.collection_id,
    rows.c.attempts,
)

#: All rows of a location in a state from one on, in input order.
ALL_JOBS: Select[Any] = (
    _job.where(rows.c.location_id == bindparam("location"))
    .where(rows.c.status == bindparam("status"))
    .where(rows.c.seq > bindparam("after"))
    .order_by(rows.c.seq)
)

#: The next of them.
JOBS: Select[Any] = ALL_JOBS.limit(bindparam("most")).offset(literal_column("0"))

#: One row in a state, without the id that it has got.
CREATED_JOB: Select[Any] = (
    _job.with_only_columns(
        *(
            _NOTHING.label("collection_id")
            if column.name == "collection_id"
            else column
            for column in _job.selected_columns
        )
    )
    .where(rows.c.seq == bindparam("number"))
    .where(rows.c.status == bindparam("status"))
)

#: The row that got an id.
CREATED_AS: Select[Any] = (
    select(states.c.seq)
    .where(states.c.collection_id == bindparam("id"))
    .where(states.c.status == bindparam("status"))
)

#: When the first requests of a location's rows left.
STARTED: Select[Any] = (
    select(rows.c.seq, rows.c.started_at)
    .where(rows.c.location_id == bindparam("location"))
    .where(rows.c.status == bindparam("status"))
)

#: The rows of a location that have a body, which those that are never sent lack.
SLUGS: Select[Any] = (
    select(records.c.slug, records.c.seq)
    .where(records.c.location_id == bindparam("location"))
    .where(records.c.body != bindparam("nothing"))
)
