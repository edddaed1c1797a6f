"""What the official client is refused, and what it sees, where a workspace is strict. Prints one JSON document: a name for
each thing that was tried, and what came of it. No SQL engine is needed.

The client is given DATABRICKS_HOST and DATABRICKS_TOKEN of an administrator; the argument is the token of a plain user.
"""

import base64
import json
import sys

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError
from databricks.sdk.service.dashboards import Dashboard
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel
from databricks.sdk.service.jobs import JobSettings, NotebookTask, Task
from databricks.sdk.service.workspace import ImportFormat, Language

admin = WorkspaceClient()
kim = WorkspaceClient(host=admin.config.host, token=sys.argv[1])
me = admin.current_user.me().user_name
USER = "kim@example.com"


def refused(call):
    """The class of the error and its text."""
    try:
        call()
    except DatabricksError as e:
        return [type(e).__name__, str(e)]
    return ["nothing", ""]


def create(**settings):
    return lambda: admin.api_client.do("POST", "/api/2.2/jobs/create", body={"name": "x", **settings})


def task(**more):
    return {"tasks": [{"task_key": "t", **more}]}


def schedule(cron, zone):
    return {"schedule": {"quartz_cron_expression": cron, "timezone_id": zone}}


def put(kind, id, entries):
    body = {"access_control_list": entries}
    return lambda: admin.api_client.do("PUT", f"/api/2.0/permissions/{kind}/{id}", body=body)


def upload(client, path, content, format=ImportFormat.SOURCE):
    text = base64.b64encode(content).decode()
    return lambda: client.workspace.import_(path, content=text, format=format, language=Language.SQL, overwrite=True)


def inherited(kind, id):
    entries = admin.permissions.get(kind, str(id)).access_control_list
    return sorted(
        [e.group_name or e.user_name, p.permission_level.value]
        for e in entries
        for p in e.all_permissions
        if p.inherited
    )


def rules(**some):
    admin.api_client.do("POST", "/piq/restrictions", body=some)


def ask(model, **more):
    body = {"messages": [{"role": "user", "content": "Say yes."}], **more}
    return lambda: admin.api_client.do("POST", f"/serving-endpoints/{model}/invocations", body=body)


found = {}
work = {"notebook_task": {"notebook_path": "/Shared/n"}}

# jobs that are gone
found["gone_get"] = refused(lambda: kim.jobs.get(12345))
found["gone_delete"] = refused(lambda: kim.jobs.delete(12345))
found["gone_for_an_administrator"] = refused(lambda: admin.jobs.get(12345))
found["missing_file"] = refused(lambda: admin.workspace.get_status("/Shared/nowhere"))

# what the API refuses
found["int_as_text"] = refused(create(**task(run_job_task={"job_id": "12"})))
found["no_work"] = refused(create(**task()))
found["unknown_enum"] = refused(create(**task(**work, run_if="ALWAYS")))
found["unknown_cluster"] = refused(create(**task(**work, job_cluster_key="c")))
found["unknown_warehouse"] = refused(create(**task(notebook_task={"notebook_path": "/n", "warehouse_id": "w"})))
found["bogus_cron"] = refused(create(**schedule("0 6 * * *", "UTC")))
found["bogus_zone"] = refused(create(**schedule("0 0 6 * * ?", "Europe/Atlantis")))
found["empty_principal"] = refused(create(run_as={"service_principal_name": ""}))
found["no_notebook"] = refused(upload(admin, "/Shared/n", b'{"nbformat": 3}', ImportFormat.JUPYTER))
found["large_notebook"] = refused(upload(admin, "/Shared/n", b"-" * (10 * 1024 * 1024 + 1)))
long = "SELECT " + "1" * (16 * 1024 * 1024)
warehouse = next(iter(admin.warehouses.list())).id
found["long_statement"] = refused(lambda: admin.statement_execution.execute_statement(long, warehouse))

# permissions
job = admin.jobs.create(name="j", tasks=[Task(task_key="t", notebook_task=NotebookTask("/Shared/n"))]).job_id
look = {"group_name": "users", "permission_level": "CAN_VIEW"}
found["ambiguous"] = refused(put("jobs", job, [look, {**look, "permission_level": "CAN_MANAGE"}]))
found["level_with_a_blank"] = refused(put("jobs", job, [{**look, "permission_level": "CAN VIEW"}]))
found["job_inherits"] = inherited("jobs", job)
manage = [AccessControlRequest(user_name=USER, permission_level=PermissionLevel.CAN_MANAGE)]
admin.permissions.set("jobs", str(job), access_control_list=manage)
kim.jobs.reset(job, JobSettings(name="k"))
readers = [AccessControlRequest(group_name="users", permission_level=PermissionLevel.CAN_VIEW)]
kim.permissions.set("jobs", str(job), access_control_list=readers)
found["right_lost"] = refused(lambda: kim.jobs.reset(job, JobSettings(name="l")))

# folders
admin.workspace.mkdirs("/Shared/prod")
upload(admin, "/Shared/prod/n", b"-- Databricks notebook source\nSELECT 1\n")()
upload(kim, "/Shared/prod/n", b"-- Databricks notebook source\nSELECT 2\n")()
changed = base64.b64decode(admin.workspace.export("/Shared/prod/n").content).decode()
found["shared_overwritten"] = "SELECT 2" in changed
found["shared_inherits"] = inherited("directories", admin.workspace.get_status("/Shared/prod").object_id)
found["home"] = refused(upload(kim, f"/Users/{me}/n", b"-- Databricks notebook source\n"))
found["home_inherits"] = inherited("directories", admin.workspace.get_status(f"/Users/{me}").object_id)

# dashboards
text = json.dumps({"datasets": [{"name": "d", "query": "SELECT 1\nFROM t"}], "pages": [{"name": "p"}]})
draft = Dashboard(display_name="Pulse", parent_path="/Workspace/Shared", serialized_dashboard=text)
made = admin.lakeview.create(draft, dataset_catalog="main", dataset_schema="piq")
kept = json.loads(made.serialized_dashboard)
found["dashboard_form"] = [
    sorted(kept["datasets"][0]),
    kept["pages"][0]["pageType"],
    made.serialized_dashboard.endswith("\n"),
    made.parent_path,
]
id = made.dashboard_id
renamed = admin.lakeview.update(id, Dashboard(display_name="Pulse 2"))
found["title_keeps_the_etag"] = [renamed.etag == made.etag, renamed.update_time != made.update_time]
other = json.dumps({"datasets": [{"name": "d", "query": "SELECT 2"}], "pages": [{"name": "p"}]})
changed = admin.lakeview.update(id, Dashboard(serialized_dashboard=other))
found["content_changes_the_etag"] = changed.etag != renamed.etag
found["defaults_are_sent_again"] = "catalog" not in json.loads(changed.serialized_dashboard)["datasets"][0]
published = admin.lakeview.publish(id, embed_credentials=True, warehouse_id=warehouse)
found["published"] = [published.embed_credentials, published.warehouse_id == warehouse, bool(published.revision_create_time)]
rules(stale_reads=True)
latest = admin.lakeview.update(id, Dashboard(serialized_dashboard=text))
found["first_read_is_old"] = [admin.lakeview.get(id).etag == latest.etag for _ in range(2)]
rules()

# a run whose task fails twice
again = Task(task_key="t", notebook_task=NotebookTask("/Shared/nowhere"), max_retries=1, min_retry_interval_millis=0)
run = admin.jobs.run_now(admin.jobs.create(name="r", tasks=[again]).job_id)
try:
    run.result()
except Exception:
    pass
over = admin.jobs.get_run(run.response.run_id)
found["attempts"] = [t.attempt_number for t in over.tasks]
found["states"] = [over.state.result_state.value, over.status.state.value, over.status.termination_details.code.value]

# models
found["retired"] = refused(lambda: admin.serving_endpoints.get("databricks-claude-sonnet-4"))
found["unknown_model"] = refused(ask("databricks-claude-sonnet-9000"))
rules(unity_gateway=True)
found["unity_gateway"] = refused(lambda: admin.serving_endpoints.get("databricks-gpt-oss-120b"))
rules()
form = {"type": "json_schema", "json_schema": {"schema": {"properties": {"n": {"type": "integer", "minimum": 0}}}}}
found["bounds"] = refused(ask("databricks-claude-sonnet-4-6", response_format=form))
found["temperature"] = refused(ask("databricks-gpt-5", temperature=0.0))
found["temperature_of_its_own"] = refused(ask("databricks-gpt-5", temperature=1.0))
print(json.dumps(found))
