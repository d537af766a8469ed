-- Makes of a journal what versions 1 and 2 were: one table for all of a row.
CREATE TABLE older (
    seq INTEGER NOT NULL PRIMARY KEY, input INTEGER NOT NULL, row INTEGER NOT NULL,
    row_end INTEGER NOT NULL, cells TEXT NOT NULL, location_id TEXT NOT NULL,
    name TEXT NOT NULL, slug TEXT NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL,
    status TEXT NOT NULL, collection_id TEXT NOT NULL, code TEXT NOT NULL,
    message TEXT NOT NULL, remark_code TEXT NOT NULL, remark TEXT NOT NULL,
    attempts INTEGER NOT NULL, http_status INTEGER, trace_id TEXT NOT NULL,
    started_at FLOAT, finished_at FLOAT
);
INSERT INTO older SELECT seq, input, row, row_end, cells, location_id, name, slug,
    type, body, status, collection_id, code, message, remark_code, remark, attempts,
    http_status, trace_id, started_at, finished_at FROM rows;
DROP VIEW rows;
DROP TABLE records;
DROP TABLE states;
ALTER TABLE older RENAME TO rows;
CREATE INDEX ix_rows_location_id ON rows (location_id);
