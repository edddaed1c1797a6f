"""What the official client sees of a deployed bundle: jobs with their permissions, dashboards. Prints one JSON document.

The client is given nothing but DATABRICKS_HOST and DATABRICKS_TOKEN; the arguments are the names of the jobs.
"""

import json
import sys

from databricks.sdk import WorkspaceClient

w = WorkspaceClient()


def access(kind, id):
    entries = w.permissions.get(kind, str(id)).access_control_list
    return sorted(
        [
            e.user_name or e.group_name or e.service_principal_name,
            [p.permission_level.value for p in e.all_permissions if not p.inherited],
        ]
        for e in entries
        if any(not p.inherited for p in e.all_permissions)
    )


jobs = {}
for name in sys.argv[1:]:
    (listed,) = list(w.jobs.list(name=name))
    job = w.jobs.get(listed.job_id)
    settings = job.settings
    jobs[name] = {
        "parameters": {p.name: p.default for p in settings.parameters or []},
        "tags": settings.tags,
        "schedule": settings.schedule.as_dict() if settings.schedule else None,
        "max_concurrent_runs": settings.max_concurrent_runs,
        "edit_mode": settings.edit_mode.value,
        "deployment": settings.deployment.as_dict(),
        "run_as": settings.run_as.as_dict() if settings.run_as else None,
        "tasks": {
            t.task_key: [
                sorted(d.task_key for d in t.depends_on or []),
                t.notebook_task.notebook_path,
                w.workspace.get_status(t.notebook_task.notebook_path).object_type.value,
            ]
            for t in settings.tasks
        },
        "permissions": access("jobs", job.job_id),
    }

dashboards = {
    d.display_name: {
        "embed_credentials": w.lakeview.get_published(d.dashboard_id).embed_credentials,
        "permissions": access("dashboards", d.dashboard_id),
    }
    for d in sorted(w.lakeview.list(), key=lambda d: d.display_name)
}
workspace = [w.get_workspace_id(), w.metastores.current().default_catalog_name]
print(json.dumps({"jobs": jobs, "dashboards": dashboards, "workspace": workspace}))
