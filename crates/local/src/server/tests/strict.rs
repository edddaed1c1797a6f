//! What a real workspace refuses, and this one too.

use super::*;

const CREATE: &str = "/api/2.2/jobs/create";

fn work() -> Value {
    json!({"notebook_path": "/nb/n"})
}

/// The error message of a call that must fail with 400.
async fn message(w: &Workspace, method: Method, path: &str, body: Value) -> String {
    let (status, answer) = w.call(method, path, Some(body.clone())).await;
    assert_eq!(status.as_u16(), 400, "{path} {body}: {answer}");
    answer["message"].as_str().unwrap_or_default().to_owned()
}

/// A token of a user without rights.
async fn kim(w: &Workspace) -> String {
    let answer = w.post("/piq/users", json!({"user_name": "kim@example.com"})).await;
    answer["token"].as_str().unwrap().to_owned()
}

async fn as_user(w: &Workspace, token: &str, method: Method, path: &str, body: Value) -> StatusCode {
    let request = w.http.request(method, format!("{}{path}", w.server.host)).bearer_auth(token);
    request.json(&body).send().await.unwrap().status()
}

#[tokio::test]
async fn settings_of_a_wrong_type_or_value_are_refused_with_the_field() {
    let w = Workspace::start().await;
    let task = |extra: Value| {
        let mut task = json!({"task_key": "t"});
        task.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({"tasks": [task]})
    };
    for (settings, said) in [
        (task(json!({"run_job_task": {"job_id": "12"}})), "expected an integer for task 't'.run_job_task.job_id"),
        (task(json!({})), "Task 't' has no work"),
        (task(json!({"notebook_task": {}})), "`notebook_path` of task 't'.notebook_task is required"),
        (task(json!({"notebook_task": work(), "run_if": "ALWAYS"})), "expected one of ALL_SUCCESS"),
        (task(json!({"notebook_task": work(), "max_retries": "3"})), "expected an integer for task 't'.max_retries"),
        (task(json!({"notebook_task": work(), "job_cluster_key": "c"})), "'c' of task 't' is not defined"),
        (
            task(json!({"notebook_task": {"notebook_path": "/n", "warehouse_id": "w"}})),
            "SQL warehouse 'w' of task 't' does not exist",
        ),
        (task(json!({"notebook_task": {"notebook_path": "/n", "base_parameters": {"v": 3.1}}})), "a map of strings"),
        (json!({"schedule": {"quartz_cron_expression": "0 6 * * *", "timezone_id": "UTC"}}), "cron expression"),
        (json!({"schedule": {"quartz_cron_expression": "0 0 6 * * *", "timezone_id": "UTC"}}), "cron expression"),
        (json!({"schedule": {"quartz_cron_expression": "0 0 6 * * ?"}}), "`timezone_id` of a schedule is required"),
        (
            json!({"schedule": {"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC", "pause_status": "ON"}}),
            "expected one of PAUSED, UNPAUSED",
        ),
        (json!({"run_as": {"service_principal_name": ""}}), "must not be empty"),
        (json!({"run_as": {"user_name": "a", "service_principal_name": "b"}}), "Exactly one of"),
        (json!({"tags": {"version": 1.0}}), "a map of strings for tags"),
        (json!({"name": 7}), "expected a string for name"),
        (json!({"performance_target": "FAST"}), "expected one of PERFORMANCE_OPTIMIZED"),
    ] {
        let found = message(&w, Method::POST, CREATE, settings).await;
        assert!(found.contains(said), "expected `{said}`, found `{found}`");
    }
    let zone = json!({"schedule": {"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "Europe/Atlantis"}});
    assert!(message(&w, Method::POST, CREATE, zone).await.contains("Invalid timezone"));
    w.job(json!({"schedule": {"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "Europe/Berlin"}})).await;
}

#[tokio::test]
async fn lists_of_permissions_name_known_levels_and_each_principal_once() {
    let w = Workspace::start().await;
    let job = w.job(json!({"name": "j"})).await;
    let path = format!("/api/2.0/permissions/jobs/{job}");
    let list = |entries: Value| json!({"access_control_list": entries});
    for (entries, said) in [
        (json!([{"group_name": "users", "permission_level": "CAN VIEW"}]), "expected one of CAN_VIEW"),
        (json!([{"group_name": "users", "permission_level": "CAN_EDIT"}]), "Invalid permission level 'CAN_EDIT'"),
        (json!([{"permission_level": "CAN_VIEW"}]), "Exactly one of"),
        (json!([{"service_principal_name": "", "permission_level": "CAN_VIEW"}]), "must not be empty"),
        (
            json!([{"group_name": "users", "permission_level": "CAN_VIEW"},
                {"group_name": "users", "permission_level": "CAN_MANAGE"}]),
            "Ambiguous",
        ),
    ] {
        let found = message(&w, Method::PUT, &path, list(entries)).await;
        assert!(found.contains(said), "expected `{said}`, found `{found}`");
    }
    let shown = w.get(&path).await;
    let admins = shown["access_control_list"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&admins["group_name"], &admins["all_permissions"][0]["inherited"]), (&json!("admins"), &json!(true)));
    for kind in ["dashboards", "directories", "sql/warehouses"] {
        let path = format!("/api/2.0/permissions/{kind}/99");
        assert_eq!(w.refused(Method::GET, &path, None).await.0, 404, "{kind}");
    }
    let warehouse = format!("/api/2.0/permissions/sql/warehouses/{}", w.server.warehouse_id);
    let body = list(json!([{"group_name": "users", "permission_level": "CAN_USE"}]));
    assert_eq!(w.call(Method::PUT, &warehouse, Some(body)).await.0, 200);
    assert_eq!(w.get(&warehouse).await["access_control_list"][0]["group_name"], "users");
}

#[tokio::test]
async fn who_is_not_listed_any_more_loses_the_right_and_a_gone_job_is_forbidden() {
    let w = Workspace::start().await;
    let token = kim(&w).await;
    let get = "/api/2.2/jobs/get?job_id=12345";
    assert_eq!(as_user(&w, &token, Method::GET, get, json!({})).await, 403);
    let delete = json!({"job_id": 12345});
    assert_eq!(as_user(&w, &token, Method::POST, "/api/2.2/jobs/delete", delete).await, 403);
    assert_eq!(w.refused(Method::GET, get, None).await.0, 400, "an administrator is told that it does not exist");
    let job = w.job(json!({"name": "j"})).await;
    let path = format!("/api/2.0/permissions/jobs/{job}");
    let managed = json!({"access_control_list": [{"user_name": "kim@example.com", "permission_level": "CAN_MANAGE"}]});
    w.call(Method::PUT, &path, Some(managed)).await;
    let reset = json!({"job_id": job, "new_settings": {"name": "k"}});
    assert_eq!(as_user(&w, &token, Method::POST, "/api/2.2/jobs/reset", reset.clone()).await, 200);
    let others = json!({"access_control_list": [{"group_name": "users", "permission_level": "CAN_VIEW"}]});
    assert_eq!(as_user(&w, &token, Method::PUT, &path, others).await, 200);
    assert_eq!(as_user(&w, &token, Method::POST, "/api/2.2/jobs/reset", reset).await, 403);
}

#[tokio::test]
async fn own_paths_take_the_administrators_token_and_requests_for_tokens_are_small() {
    let w = Workspace::start().await;
    let token = kim(&w).await;
    for (method, path) in [
        (Method::POST, "/piq/users"),
        (Method::POST, "/piq/load"),
        (Method::POST, "/piq/faults"),
        (Method::POST, "/piq/federation-policies"),
        (Method::GET, "/piq/requests"),
        (Method::GET, "/piq/gateway"),
    ] {
        assert_eq!(as_user(&w, &token, method, path, json!({})).await, 403, "{path}");
    }
    let large = w.http.post(format!("{}/oidc/v1/token", w.server.host)).body("x".repeat(100_000)).send().await;
    assert_eq!(large.unwrap().status(), 413);
}

#[tokio::test]
async fn a_notebook_is_one_and_has_a_limit() {
    let w = Workspace::start().await;
    let import = |format: &str, content: &[u8]| {
        json!({"path": "/Shared/n", "format": format, "language": "SQL", "overwrite": true,
            "content": STANDARD.encode(content)})
    };
    let path = "/api/2.0/workspace/import";
    for bad in ["{}", "[1]", "{\"nbformat\": 3, \"cells\": []}"] {
        assert!(message(&w, Method::POST, path, import("JUPYTER", bad.as_bytes())).await.contains("notebook"));
    }
    let large = vec![b'-'; 10 * 1024 * 1024 + 1];
    let refused = w.refused(Method::POST, path, Some(import("SOURCE", &large))).await;
    assert_eq!(refused, (400, "MAX_NOTEBOOK_SIZE_EXCEEDED".into()));
    w.post(path, import("SOURCE", b"-- Databricks notebook source\nSELECT 1\n")).await;
    let exported = w.get("/api/2.0/workspace/export?path=/Shared/n&format=JUPYTER").await;
    let text = STANDARD.decode(exported["content"].as_str().unwrap()).unwrap();
    let notebook: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!((&notebook["nbformat"], &notebook["cells"][0]["source"][0]), (&json!(4), &json!("SELECT 1")));
}

#[tokio::test]
async fn the_etag_of_a_dashboard_follows_its_content() {
    let w = Workspace::start().await;
    let draft = json!({"display_name": "d", "parent_path": "/Workspace/Shared",
        "serialized_dashboard": "{\"datasets\": [{\"name\": \"q\", \"query\": \"SELECT 1\\nFROM t\"}]}"});
    let made = w.post("/api/2.0/lakeview/dashboards", draft).await;
    assert_eq!(made["parent_path"], "/Shared");
    let path = format!("/api/2.0/lakeview/dashboards/{}", made["dashboard_id"].as_str().unwrap());
    let renamed = w.call(Method::PATCH, &path, Some(json!({"display_name": "e"}))).await.1;
    assert_eq!(renamed["etag"], made["etag"]);
    assert_ne!(renamed["update_time"], made["update_time"]);
    let changed = w.call(Method::PATCH, &path, Some(json!({"serialized_dashboard": "{}"}))).await.1;
    assert_ne!(changed["etag"], made["etag"]);

    let schedules = format!("{path}/schedules");
    let cron = json!({"cron_schedule": {"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC"}});
    let schedule = w.post(&schedules, cron).await;
    assert_eq!(schedule["dashboard_id"], made["dashboard_id"]);
    let one = format!("{schedules}/{}", schedule["schedule_id"].as_str().unwrap());
    let subscriber = json!({"subscriber": {"user_subscriber": {"user_id": 7}}});
    let subscribed = w.post(&format!("{one}/subscriptions"), subscriber).await;
    assert_eq!(subscribed["schedule_id"], schedule["schedule_id"]);
    assert!(message(&w, Method::POST, &schedules, json!({"cron_schedule": {}})).await.contains("required"));
    assert_eq!(w.call(Method::DELETE, &one, None).await.0, 200);
    assert_eq!(w.get(&schedules).await["schedules"], json!([]));
}

#[tokio::test]
async fn files_and_folders_of_volumes_are_told_apart_and_go_with_the_volume() {
    let w = Workspace::start().await;
    let volume = json!({"catalog_name": "main", "schema_name": "default", "name": "v", "volume_type": "MANAGED"});
    w.post("/api/2.1/unity-catalog/volumes", volume.clone()).await;
    let at = |kind: &str, path: &str| format!("{}/api/2.0/fs/{kind}/Volumes/main/default/v/{path}", w.server.host);
    let send = async |method: Method, url: String| {
        let sent = w.http.request(method, url).bearer_auth(&w.server.token).body("abc").send().await.unwrap();
        (sent.status().as_u16(), sent.headers().get("content-length").map(|v| v.to_str().unwrap().to_owned()))
    };
    assert_eq!(send(Method::PUT, at("files", "a/b.txt")).await.0, 204);
    assert_eq!(send(Method::HEAD, at("files", "a/b.txt")).await, (200, Some("3".into())));
    assert_eq!(send(Method::HEAD, at("directories", "a/b.txt")).await.0, 404, "a file is not a directory");
    assert_eq!(send(Method::HEAD, at("directories", "a")).await.0, 200);
    assert_eq!(send(Method::PUT, at("files", "a/b.txt?overwrite=true")).await.0, 204);
    for path in ["a/b.txt", "a/b.txt/c.txt?overwrite=true", "a?overwrite=true"] {
        assert_eq!(send(Method::PUT, at("files", path)).await.0, 409, "{path}");
    }
    assert_eq!(w.call(Method::DELETE, "/api/2.1/unity-catalog/volumes/main.default.v", None).await.0, 200);
    w.post("/api/2.1/unity-catalog/volumes", volume).await;
    assert_eq!(send(Method::HEAD, at("files", "a/b.txt")).await.0, 404, "the new volume is empty");
}

#[tokio::test]
async fn a_warehouse_stops_and_starts_also_by_a_statement() {
    let w = Workspace::start().await;
    let path = format!("/api/2.0/sql/warehouses/{}", w.server.warehouse_id);
    w.post(&format!("{path}/stop"), json!({})).await;
    let stopped = w.get(&path).await;
    assert_eq!((&stopped["state"], stopped.get("piq_stopped")), (&json!("STOPPED"), None));
    w.post("/api/2.0/sql/statements", json!({"warehouse_id": w.server.warehouse_id, "statement": "SELECT 1"})).await;
    assert_eq!(w.get(&path).await["state"], "RUNNING");
}

#[tokio::test]
async fn principals_are_listed_and_looked_up_by_name() {
    let w = Workspace::start().await;
    kim(&w).await;
    let names = async |path: &str, field: &str| {
        let list = w.get(path).await;
        let all = list["Resources"].as_array().unwrap().clone();
        all.iter().map(|v| v[field].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let base = "/api/2.0/preview/scim/v2";
    assert_eq!(names(&format!("{base}/Users"), "userName").await, ["dana.local@example.com", "kim@example.com"]);
    let filter = format!("{base}/Users?filter=userName%20eq%20%22KIM@example.com%22");
    assert_eq!(names(&filter, "userName").await, ["kim@example.com"]);
    assert_eq!(names(&format!("{base}/Groups"), "displayName").await, ["admins", "users"]);
    assert_eq!(names(&format!("{base}/ServicePrincipals"), "applicationId").await, [w.server.client_id.as_str()]);
    for (path, field) in [
        ("/api/2.1/clusters/list", "clusters"),
        ("/api/2.0/policies/clusters/list", "policies"),
        ("/api/2.0/instance-pools/list", "instance_pools"),
        ("/api/2.0/pipelines", "statuses"),
        ("/api/2.0/sql/queries", "results"),
        ("/api/2.0/sql/alerts", "results"),
        ("/api/2.0/notification-destinations", "results"),
    ] {
        assert_eq!(w.get(path).await[field], json!([]), "{path}");
    }
    assert_eq!(w.get("/api/2.1/unity-catalog/metastores").await["metastores"][0]["name"], "local");
}

#[tokio::test]
async fn the_catalog_keeps_names_in_small_letters_and_adds_properties_of_its_own() {
    let w = Workspace::start().await;
    let catalog = "/api/2.1/unity-catalog";
    let schema = json!({"catalog_name": "Main", "name": "MySchema", "custom_max_retention_hours": 72,
        "storage_root": "s3://bucket/x/", "properties": {"Team": "Sales"}});
    let made = w.post(&format!("{catalog}/schemas"), schema.clone()).await;
    assert_eq!((&made["full_name"], &made["name"]), (&json!("main.myschema"), &json!("myschema")));
    assert_eq!((&made["storage_root"], made.get("custom_max_retention_hours")), (&json!("s3://bucket/x"), None));
    let at = format!("{catalog}/schemas/main.MYSCHEMA");
    let tracking = "unity.catalog.managed.delta.defaults.delta.enableRowTracking";
    assert_eq!(w.get(&at).await["properties"], json!({"Team": "Sales", tracking: "true"}));
    assert_eq!(w.refused(Method::POST, &format!("{catalog}/schemas"), Some(schema)).await.0, 400);
    assert_eq!(message(&w, Method::PATCH, &at, json!({})).await, "Nothing to update.");
    let volume = json!({"catalog_name": "MAIN", "schema_name": "MySchema", "name": "Files", "volume_type": "MANAGED"});
    assert_eq!(w.post(&format!("{catalog}/volumes"), volume).await["full_name"], "main.myschema.files");
    let listed = w.get(&format!("{catalog}/volumes?catalog_name=main&schema_name=MySchema")).await;
    assert_eq!(listed["volumes"].as_array().map(Vec::len), Some(1));
    let grant = json!({"changes": [{"principal": "users", "add": ["READ_VOLUME"]}]});
    let grants = format!("{catalog}/permissions/volume/Main.MySchema.Files");
    assert_eq!(w.call(Method::PATCH, &grants, Some(grant)).await.0, 200);
    let of_small = w.get(&format!("{catalog}/permissions/volume/main.myschema.files")).await;
    assert_eq!(of_small["privilege_assignments"][0]["principal"], "users");
    for (method, path) in [(Method::PUT, "MAIN/MySchema/files/A.txt"), (Method::HEAD, "main/myschema/FILES/A.txt")] {
        let url = format!("{}/api/2.0/fs/files/Volumes/{path}", w.server.host);
        let sent = w.http.request(method, url).bearer_auth(&w.server.token).body("abc").send().await.unwrap();
        assert!(sent.status().is_success(), "{path}: {}", sent.status());
    }
    assert_eq!(w.call(Method::DELETE, &format!("{catalog}/volumes/main.MySchema.Files"), None).await.0, 200);
    assert_eq!(w.call(Method::DELETE, &at, None).await.0, 200);
}

#[tokio::test]
async fn what_the_api_takes_and_never_gives_back_is_not_shown() {
    let w = Workspace::start().await;
    let cluster = json!({"spark_version": "15.4.x-scala2.12", "num_workers": 1, "apply_policy_default_values": true});
    let job = json!({"name": "j",
        "trigger": {"table_update": {"table_names": ["main.default.t"], "condition": "ALL_UPDATED"}},
        "job_clusters": [{"job_cluster_key": "c", "new_cluster": cluster}],
        "tasks": [{"task_key": "t", "notebook_task": work(), "new_cluster": cluster}]});
    let id = w.job(job).await;
    let settings = w.get(&format!("/api/2.2/jobs/get?job_id={id}")).await["settings"].clone();
    assert_eq!(settings["trigger"]["table_update"], json!({"table_names": ["main.default.t"]}));
    let shown = json!({"spark_version": "15.4.x-scala2.12", "num_workers": 1});
    assert_eq!((&settings["job_clusters"][0]["new_cluster"], &settings["tasks"][0]["new_cluster"]), (&shown, &shown));
    let warehouse = format!("/api/2.0/sql/warehouses/{}", w.server.warehouse_id);
    let before = w.get(&warehouse).await["creator_name"].clone();
    w.post(&format!("{warehouse}/edit"), json!({"creator_name": "mara@example.com"})).await;
    assert_eq!(w.get(&warehouse).await["creator_name"], before);
}

#[tokio::test]
async fn a_selector_of_a_task_may_name_a_part_of_it() {
    let w = Workspace::start().await;
    w.notebook("/nb/n", "SELECT 1").await;
    let task = |key: &str, above: Value| json!({"task_key": key, "depends_on": above, "notebook_task": work()});
    let tasks =
        json!([task("a", json!([])), task("b", json!([{"task_key": "a"}])), task("c", json!([{"task_key": "b"}]))]);
    let id = w.job(json!({"name": "j", "tasks": tasks})).await;
    for (only, expected) in
        [("b.orders", vec!["b"]), ("b>", vec!["b", "c"]), ("+b.orders", vec!["a", "b"]), ("a+", vec!["a", "b", "c"])]
    {
        let run = w.post("/api/2.2/jobs/run-now", json!({"job_id": id, "only": [only]})).await;
        let done = w.finished(run["run_id"].as_u64().unwrap()).await;
        let mut keys: Vec<String> = outcomes(&done).into_keys().collect();
        keys.sort();
        assert_eq!(keys, expected, "{only}");
    }
    assert!(
        message(&w, Method::POST, "/api/2.2/jobs/run-now", json!({"job_id": id, "only": ["x.b"]}))
            .await
            .contains("'x'")
    );
}
