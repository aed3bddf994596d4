"""An Airflow DAG: an audit every night, and a task that is skipped unless there are new duplicates."""

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

COMMAND = (
    "lookalike audit {{ var.value.lookalike_images }} --catalog {{ var.value.lookalike_audits }} "
    "--verdicts {{ var.value.lookalike_verdicts }} --log json"
)

with DAG(
    "lookalike_nightly",
    schedule="30 2 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,  # an audit is of the corpus as it is now
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": pendulum.duration(minutes=10)},  # a killed run is resumed
) as dag:
    audit = BashOperator(task_id="audit", bash_command=COMMAND)
    # 99 is how BashOperator knows that a task is skipped
    review = BashOperator(
        task_id="new_duplicates",
        bash_command=(
            "latest=$(ls -d {{ var.value.lookalike_audits }}/*/ | tail -1); "
            "python -c \"import json, sys; delta = json.load(open(sys.argv[1])).get('delta') or {}; "
            "sys.exit(0 if delta.get('new') or delta.get('grown') else 99)\" \"$latest/audit.json\""
        ),
    )
    audit >> review
