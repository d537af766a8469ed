"""An Airflow DAG that imports collections every night (Airflow 3, or 2.10 and later).

Set below: the folder that holds the spreadsheet and keeps the runs, and the program.
The token is in the folder's `.env`, which only Airflow's user can read. Exit 11
(another run is at it) skips the task; every other end that is not 0 fails it, and so
it is tried again: what HighLevel has already is not sent twice.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone

from airflow.providers.standard.operators.bash import BashOperator

try:
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG

FOLDER = os.environ.get("COLLECTIONS_FOLDER", "/srv/collections")
IMPORTER = os.environ.get("COLLECTIONS_IMPORTER", "/opt/importer/bin/importer")

with DAG(
    dag_id="collections",
    description="Collections of a spreadsheet into HighLevel",
    schedule="15 2 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
) as dag:
    BashOperator(
        task_id="import_collections",
        cwd=FOLDER,
        # exec, so that a task that is stopped stops the importer, which saves its state
        bash_command=(
            f"exec {IMPORTER} run collections.csv --quiet"
            " --on-overlap skip --max-duration 3h --max-errors 20%"
        ),
        append_env=True,
        skip_on_exit_code=11,
        retries=2,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours=4),
    )
