"""An Airflow DAG: an audit every night, and a task that is skipped unless there are new duplicates."""

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

COMMAND = (
    "lookalike audit {{ var.value.lookalike_images }} --catalog {{ var.value.lookalike_audits }} "
    "--verdicts {{ var.value.lookalike_verdicts }} --fail-on new-duplicates --log json"
)

with DAG(
    "lookalike_nightly",
    schedule="30 2 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,  # an audit is of the corpus as it is now
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": pendulum.duration(minutes=10)},  # a killed run is resumed
) as dag:
    # exit code 3 says that there are new duplicates; the last line that a task prints is what others can ask it for
    audit = BashOperator(
        task_id="audit", bash_command=f"{COMMAND}; code=$?; echo $code; test $code -eq 0 || test $code -eq 3"
    )
    # 99 is how BashOperator knows that a task is skipped
    review = BashOperator(
        task_id="new_duplicates", bash_command="test {{ ti.xcom_pull(task_ids='audit') }} -eq 3 || exit 99"
    )
    audit >> review
