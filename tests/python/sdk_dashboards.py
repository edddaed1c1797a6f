"""What a person with the official client does to a dashboard. Prints one JSON document.

The client is given nothing but DATABRICKS_HOST and DATABRICKS_TOKEN.
"""

import json

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import Aborted, AlreadyExists, NotFound
from databricks.sdk.service.dashboards import Dashboard, LifecycleState
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel

w = WorkspaceClient()
text = json.dumps({"datasets": [{"name": "d", "query": "SELECT 1"}], "pages": [{"name": "p"}]})
draft = Dashboard(display_name="Pulse", parent_path="/Workspace/Shared", warehouse_id="w1", serialized_dashboard=text)


def error(kind, call):
    try:
        call()
    except kind as e:
        return str(e)
    raise AssertionError(f"no {kind.__name__}")


made = w.lakeview.create(draft, dataset_catalog="main", dataset_schema="piq")
kept = json.loads(made.serialized_dashboard)
taken = error(AlreadyExists, lambda: w.lakeview.create(draft))
status = w.workspace.get_status("/Workspace/Shared/Pulse.lvdash.json")
updated = w.lakeview.update(made.dashboard_id, Dashboard(display_name="Pulse", serialized_dashboard=text, etag=made.etag))
stale = error(Aborted, lambda: w.lakeview.update(made.dashboard_id, Dashboard(display_name="Pulse", etag=made.etag)))
missing = error(NotFound, lambda: w.lakeview.get_published(made.dashboard_id))
published = w.lakeview.publish(made.dashboard_id, embed_credentials=False, warehouse_id="w2")
readers = [AccessControlRequest(group_name="users", permission_level=PermissionLevel.CAN_READ)]
w.permissions.set("dashboards", made.dashboard_id, access_control_list=readers)
permissions = w.permissions.get("dashboards", made.dashboard_id)
listed = [d.display_name for d in w.lakeview.list(page_size=1)]
w.lakeview.unpublish(made.dashboard_id)
w.lakeview.trash(made.dashboard_id)
trashed = w.lakeview.get(made.dashboard_id)
print(
    json.dumps(
        {
            "id_is_path_s": status.resource_id == made.dashboard_id,
            "dataset": [kept["datasets"][0]["catalog"], kept["datasets"][0]["schema"]],
            "page_type": kept["pages"][0]["pageType"],
            "etag_changed": updated.etag != made.etag,
            "same_id": updated.dashboard_id == made.dashboard_id,
            "published_after_update": published.revision_create_time >= updated.update_time,
            "embed_credentials": published.embed_credentials,
            "published_warehouse": published.warehouse_id,
            "reader": permissions.access_control_list[0].group_name,
            "listed": listed,
            "errors": [taken, stale, missing],
            "trashed": trashed.lifecycle_state == LifecycleState.TRASHED,
        }
    )
)
