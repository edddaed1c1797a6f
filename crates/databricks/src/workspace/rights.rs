//! Which right a call takes, in the words of the workspace: said when it is denied.

/// What is known of paths: a word in the path, the method (any if empty), and the right.
const NEEDED: [(&str, &str, &str); 28] = [
    ("/jobs/get", "GET", "CAN_VIEW on the job"),
    ("/jobs/list", "GET", "access to the workspace"),
    ("/jobs/create", "POST", "access to the workspace, and the right to use the job's `run_as`"),
    ("/jobs/run-now", "POST", "CAN_MANAGE_RUN on the job"),
    ("/jobs/runs/cancel", "POST", "CAN_MANAGE_RUN on the job"),
    ("/jobs/runs/", "GET", "CAN_VIEW on the job"),
    ("/jobs/", "POST", "CAN_MANAGE on the job"),
    ("/workspace/mkdirs", "POST", "CAN_MANAGE on the folder above"),
    ("/workspace/import", "POST", "CAN_MANAGE on the folder"),
    ("/workspace/delete", "POST", "CAN_MANAGE on the folder"),
    ("/workspace-files/import-file/", "POST", "CAN_MANAGE on the folder"),
    ("/workspace", "GET", "CAN_VIEW on the folder"),
    ("/unity-catalog/permissions/", "", "MANAGE on the object, or its ownership"),
    ("/permissions/", "", "CAN_MANAGE on the object"),
    ("/published", "POST", "CAN_EDIT on the dashboard"),
    ("/published", "DELETE", "CAN_EDIT on the dashboard"),
    ("/lakeview/dashboards/", "GET", "CAN_VIEW on the dashboard"),
    ("/lakeview/dashboards/", "PATCH", "CAN_EDIT on the dashboard"),
    ("/lakeview/dashboards/", "DELETE", "CAN_MANAGE on the dashboard"),
    ("/lakeview/dashboards", "POST", "CAN_MANAGE on the folder"),
    ("/unity-catalog/schemas", "POST", "CREATE SCHEMA on the catalog"),
    ("/unity-catalog/volumes", "POST", "CREATE VOLUME on the schema"),
    ("/unity-catalog/", "GET", "USE CATALOG and USE SCHEMA"),
    ("/unity-catalog/", "", "MANAGE on the object, or its ownership"),
    ("/sql/statements", "", "CAN_USE on the SQL warehouse"),
    ("/sql/warehouses/", "GET", "CAN_VIEW on the SQL warehouse"),
    ("/sql/warehouses/", "", "CAN_MANAGE on the SQL warehouse"),
    ("/sql/warehouses", "POST", "the right to create SQL warehouses"),
];

/// The right that a call takes, if that is known.
pub(super) fn needed(method: &str, path: &str) -> Option<&'static str> {
    let fits = |(part, of, _): &&(&str, &str, &str)| path.contains(part) && (of.is_empty() || *of == method);
    NEEDED.iter().find(fits).map(|(_, _, right)| *right)
}

#[cfg(test)]
mod tests {
    use super::needed;

    #[test]
    fn each_call_names_the_right_that_it_takes() {
        let right = |method, path| needed(method, path).unwrap_or_default();
        assert_eq!(right("POST", "/api/2.2/jobs/reset"), "CAN_MANAGE on the job");
        assert_eq!(right("POST", "/api/2.2/jobs/run-now"), "CAN_MANAGE_RUN on the job");
        assert_eq!(right("GET", "/api/2.2/jobs/runs/get"), "CAN_VIEW on the job");
        assert_eq!(right("POST", "/api/2.0/workspace-files/import-file/Shared/a"), "CAN_MANAGE on the folder");
        assert_eq!(right("GET", "/api/2.0/workspace/export"), "CAN_VIEW on the folder");
        assert_eq!(right("PUT", "/api/2.0/permissions/jobs/1"), "CAN_MANAGE on the object");
        assert_eq!(right("POST", "/api/2.0/lakeview/dashboards/1/published"), "CAN_EDIT on the dashboard");
        assert_eq!(
            right("PATCH", "/api/2.1/unity-catalog/permissions/schema/a.b"),
            "MANAGE on the object, or its ownership"
        );
        assert_eq!(needed("GET", "/api/2.0/preview/scim/v2/Me"), None);
    }
}
