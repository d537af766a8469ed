"""Outcomes become files and words: what a run leaves behind for people and programs.

Takes a stream of `ReportLine`, or of blocks of them, in the order of the input, reads
it once and keeps none of it, so that a million rows need no more memory than ten
(`to_frame` alone holds what it was asked for). It knows neither the journal nor the
network.
Invariant: a file is there whole or not at all, and no row of the input is lost.
"""

from __future__ import annotations

from importer.atomic_files import why_unwritable
from importer.codebook import phrase as code_phrase
from importer.report.annotated import write_xlsx
from importer.report.columns import COLUMNS, iso, status_phrase
from importer.report.formats import (
    FORMATS,
    to_frame,
    untamed,
    write_csv,
    write_failed,
    write_jsonl,
)
from importer.report.openmetrics import Watched, write_metrics
from importer.report.summary import account, summary_document, write_summary

__all__ = [
    "COLUMNS",
    "FORMATS",
    "Watched",
    "account",
    "code_phrase",
    "iso",
    "status_phrase",
    "summary_document",
    "to_frame",
    "untamed",
    "why_unwritable",
    "write_csv",
    "write_failed",
    "write_jsonl",
    "write_metrics",
    "write_summary",
    "write_xlsx",
]
