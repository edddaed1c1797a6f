"""What a person with the official client sees of a deployed and finished job. Prints one JSON document.

The client is given nothing but DATABRICKS_HOST and DATABRICKS_TOKEN.
"""

import json
import sys

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.sql import StatementState

name, catalog, schema = sys.argv[1:4]
w = WorkspaceClient()
warehouse = next(iter(w.warehouses.list()))


def rows(statement):
    done = w.statement_execution.execute_statement(
        statement, warehouse.id, catalog=catalog, schema=schema, wait_timeout="50s"
    )
    assert done.status.state == StatementState.SUCCEEDED, done.status
    return done.result.data_array or []


(listed,) = list(w.jobs.list(name=name))
job = w.jobs.get(listed.job_id)
runs = list(w.jobs.list_runs(job_id=job.job_id, expand_tasks=True))
run = w.jobs.get_run(runs[0].run_id)
task = next(t for t in job.settings.tasks if t.task_key == "incremental_pipeline")
notebook = w.workspace.export(task.notebook_task.notebook_path)
print(
    json.dumps(
        {
            "me": w.current_user.me().user_name,
            "settings": job.settings.as_dict(),
            "runs": len(runs),
            "result": run.state.result_state.value,
            "tasks": {t.task_key: t.state.result_state.value for t in run.tasks},
            "notebook": notebook.content,
            "rows": rows("SELECT count(*) FROM pipelineiq")[0][0],
        }
    )
)
