use super::*;

const DASHBOARDS: &str = "/api/2.0/lakeview/dashboards";

fn draft(name: &str) -> Value {
    json!({"display_name": name, "parent_path": "/Workspace/Shared", "warehouse_id": "w1",
        "serialized_dashboard": "{\"datasets\": [{\"name\": \"d\"}],\n \"pages\": [{\"name\": \"p\"}]}"})
}

impl Workspace {
    async fn dashboard(&self, name: &str) -> Value {
        self.post(DASHBOARDS, draft(name)).await
    }

    async fn patch(&self, id: &Value, query: &str, body: Value) -> (StatusCode, Value) {
        self.call(Method::PATCH, &format!("{}{query}", at(id, "")), Some(body)).await
    }
}

fn at(id: &Value, rest: &str) -> String {
    format!("{DASHBOARDS}/{}{rest}", id.as_str().unwrap())
}

fn time(value: &Value) -> jiff::Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_dashboard_is_created_found_by_its_path_and_kept() {
    let w = Workspace::start().await;
    let made = w.post(&format!("{DASHBOARDS}?dataset_catalog=main&dataset_schema=piq"), draft("Pulse")).await;
    let id = made["dashboard_id"].as_str().unwrap();
    assert_eq!(id.len(), 32);
    assert_eq!(made["path"], "/Shared/Pulse.lvdash.json");
    assert_eq!(made["parent_path"], "/Shared");
    assert_eq!(made["lifecycle_state"], "ACTIVE");
    let kept = made["serialized_dashboard"].as_str().unwrap();
    assert_eq!(
        kept,
        "{\"datasets\":[{\"name\":\"d\",\"catalog\":\"main\",\"schema\":\"piq\"}],\
         \"pages\":[{\"name\":\"p\",\"pageType\":\"PAGE_TYPE_CANVAS\"}]}\n"
    );
    let status = w.get("/api/2.0/workspace/get-status?path=/Workspace/Shared/Pulse.lvdash.json").await;
    assert_eq!((&status["object_type"], &status["resource_id"]), (&json!("DASHBOARD"), &json!(id)));
    let export = w.get("/api/2.0/workspace/export?path=/Shared/Pulse.lvdash.json&format=AUTO").await;
    assert_eq!(STANDARD.decode(export["content"].as_str().unwrap()).unwrap(), kept.as_bytes());
    let path = at(&made["dashboard_id"], "");
    let w = w.restart().await;
    assert_eq!(w.get(&path).await, made);
}

#[tokio::test]
async fn a_name_is_taken_once_in_a_folder_and_a_folder_must_be_there() {
    let w = Workspace::start().await;
    let first = w.dashboard("Pulse").await;
    assert_eq!(w.refused(Method::POST, DASHBOARDS, Some(draft("Pulse"))).await, (409, "ALREADY_EXISTS".into()));
    let second = w.dashboard("Other").await;
    let (status, answer) = w.patch(&second["dashboard_id"], "", json!({"display_name": "Pulse"})).await;
    assert_eq!((status.as_u16(), answer["error_code"].as_str()), (409, Some("ALREADY_EXISTS")));
    let mut lost = draft("Lost");
    lost["parent_path"] = json!("/nowhere");
    assert_eq!(w.refused(Method::POST, DASHBOARDS, Some(lost)).await, (404, "RESOURCE_DOES_NOT_EXIST".into()));
    let mut broken = draft("Broken");
    broken["serialized_dashboard"] = json!("{");
    assert_eq!(w.refused(Method::POST, DASHBOARDS, Some(broken)).await, (400, "INVALID_PARAMETER_VALUE".into()));
    assert_eq!(w.get(&at(&first["dashboard_id"], "")).await, first, "a refused call changes nothing");
}

#[tokio::test]
async fn every_update_has_a_new_etag_and_a_stale_one_is_refused() {
    let w = Workspace::start().await;
    let made = w.dashboard("Pulse").await;
    let id = &made["dashboard_id"];
    let change = json!({"display_name": "Pulse 2", "etag": made["etag"], "warehouse_id": "w2",
        "serialized_dashboard": "{\"datasets\":[{\"name\":\"d\"}]}"});
    let (_, changed) = w.patch(id, "?dataset_schema=piq", change.clone()).await;
    assert_eq!(changed["dashboard_id"], *id);
    assert_ne!(changed["etag"], made["etag"]);
    assert!(time(&changed["update_time"]) > time(&made["update_time"]));
    assert_eq!(changed["path"], "/Shared/Pulse 2.lvdash.json");
    assert_eq!(changed["serialized_dashboard"], "{\"datasets\":[{\"name\":\"d\",\"schema\":\"piq\"}]}\n");
    let (status, answer) = w.patch(id, "", change).await;
    assert_eq!((status.as_u16(), answer["error_code"].as_str()), (409, Some("ABORTED")));
    assert_eq!(w.get(&at(id, "")).await, changed);
    let gone = w.refused(Method::GET, "/api/2.0/workspace/get-status?path=/Shared/Pulse.lvdash.json", None).await;
    assert_eq!(gone.0, 404);
    let (_, bare) = w.patch(id, "", json!({})).await;
    assert_eq!(bare.get("warehouse_id"), None, "what is not sent is not kept");
    assert_eq!(bare["serialized_dashboard"], changed["serialized_dashboard"]);
}

#[tokio::test]
async fn publishing_makes_a_revision_that_is_as_new_as_the_draft() {
    let w = Workspace::start().await;
    let made = w.dashboard("Pulse").await;
    let id = &made["dashboard_id"];
    let published = at(id, "/published");
    assert_eq!(w.refused(Method::GET, &published, None).await, (404, "RESOURCE_DOES_NOT_EXIST".into()));
    let first = w.post(&published, json!({})).await;
    assert_eq!((&first["embed_credentials"], &first["warehouse_id"]), (&json!(true), &json!("w1")));
    assert!(time(&first["revision_create_time"]) >= time(&made["update_time"]));
    let (_, changed) = w.patch(id, "", draft("Pulse")).await;
    let old = w.get(&published).await;
    assert!(time(&old["revision_create_time"]) < time(&changed["update_time"]), "the draft is ahead");
    let second = w.post(&published, json!({"embed_credentials": false, "warehouse_id": "w9"})).await;
    assert_eq!((&second["embed_credentials"], &second["warehouse_id"]), (&json!(false), &json!("w9")));
    assert!(time(&second["revision_create_time"]) >= time(&changed["update_time"]));
    assert_eq!(w.get(&at(id, "")).await["etag"], changed["etag"], "publishing does not change the draft");
    w.call(Method::DELETE, &published, None).await;
    assert_eq!(w.refused(Method::GET, &published, None).await.0, 404);
}

#[tokio::test]
async fn what_is_deleted_is_in_the_trash_and_its_name_is_free() {
    let w = Workspace::start().await;
    let made = w.dashboard("Pulse").await;
    let id = &made["dashboard_id"];
    w.post(&at(id, "/published"), json!({})).await;
    w.call(Method::DELETE, &at(id, ""), None).await;
    let trashed = w.get(&at(id, "")).await;
    assert_eq!(trashed["lifecycle_state"], "TRASHED");
    assert_eq!(w.refused(Method::POST, &at(id, "/published"), Some(json!({}))).await.0, 404);
    assert_eq!(w.patch(id, "", draft("Pulse")).await.0, 404);
    assert_eq!(
        w.refused(Method::GET, "/api/2.0/workspace/get-status?path=/Shared/Pulse.lvdash.json", None).await.0,
        404
    );
    let again = w.dashboard("Pulse").await;
    assert_ne!(again["dashboard_id"], *id);
    let names = |list: Value| list["dashboards"].as_array().map_or(0, Vec::len);
    assert_eq!(names(w.get(DASHBOARDS).await), 1);
    assert_eq!(names(w.get(&format!("{DASHBOARDS}?show_trashed=true")).await), 2);
    w.post("/api/2.0/workspace/delete", json!({"path": "/Shared", "recursive": true})).await;
    assert_eq!(w.get(&at(&again["dashboard_id"], "")).await["lifecycle_state"], "TRASHED");
}

#[tokio::test]
async fn the_list_has_pages_and_shows_no_content() {
    let w = Workspace::start().await;
    for name in ["a", "b", "c"] {
        w.dashboard(name).await;
    }
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = w.get(&format!("{DASHBOARDS}?page_size=2&page_token={token}")).await;
        for one in page["dashboards"].as_array().unwrap() {
            assert!(one.get("serialized_dashboard").is_none() && one.get("etag").is_none());
            seen.push(one["display_name"].as_str().unwrap().to_owned());
        }
        match page["next_page_token"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    seen.sort();
    assert_eq!(seen, ["a", "b", "c"]);
}

#[tokio::test]
async fn the_maker_of_a_dashboard_manages_it_until_permissions_are_set() {
    let w = Workspace::start().await;
    let made = w.dashboard("Pulse").await;
    let path = format!("/api/2.0/permissions/dashboards/{}", made["dashboard_id"].as_str().unwrap());
    let first = w.get(&path).await;
    assert_eq!(first["object_type"], "dashboard");
    assert_eq!(first["access_control_list"][0]["all_permissions"][0]["permission_level"], "CAN_MANAGE");
    let readers = json!({"access_control_list": [{"group_name": "leaders", "permission_level": "CAN_READ"}]});
    w.call(Method::PUT, &path, Some(readers)).await;
    assert_eq!(w.get(&path).await["access_control_list"][0]["group_name"], "leaders");
}
