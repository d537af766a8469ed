"""An Airflow DAG that imports collections every night (Airflow 3, or 2.10 and later).

Set below: the folder that holds the spreadsheet, `nightly.sh` and the runs, and where
the program is. The token is in the folder's `.env`, which only Airflow's user can read.
The task does what `nightly.sh` does: it finishes what an earlier night had to leave,
then imports. Where nobody has to do anything (0; also 7, 10, 11 and 75, which the next
night goes on with) it succeeds. Of the other ends only those that may pass (8, 74, a
signal) are tried again; another try of rows to be corrected (3), or of wrong settings,
tokens or files, would end in the same way, so they fail the task at once.
"""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta

from airflow.exceptions import AirflowException, AirflowFailException
from airflow.providers.standard.operators.python import PythonOperator

try:
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG

FOLDER = os.environ.get("COLLECTIONS_FOLDER", "/srv/collections")
PROGRAMS = os.environ.get("COLLECTIONS_PROGRAMS", "/opt/importer/bin")
#: Another run, a full disk, a signal: what may be otherwise in ten minutes.
PASSING = {8, 74, 130, 137, 143}


def import_collections() -> None:
    """Run `nightly.sh`; a task that is stopped lets it save its state first."""
    night = subprocess.Popen(
        ["./nightly.sh", "collections.csv"],
        cwd=FOLDER,
        env={**os.environ, "PATH": f"{PROGRAMS}:/usr/local/bin:/usr/bin:/bin"},
        start_new_session=True,
    )
    try:
        code = night.wait()
    finally:
        if night.poll() is None:
            os.killpg(night.pid, 15)
            night.wait(90)
    if code < 0 or code in PASSING:
        raise AirflowException(f"The import ended with {code}; it is tried again.")
    if code:
        raise AirflowFailException(f"Ended with {code}: importer explain {code}")


with DAG(
    dag_id="collections",
    description="Collections of a spreadsheet into HighLevel",
    schedule="15 2 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
) as dag:
    PythonOperator(
        task_id="import_collections",
        python_callable=import_collections,
        retries=2,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours=7),
    )
