use super::*;
use crate::{ServeError, find_running};

#[tokio::test]
async fn nobody_comes_in_without_a_token() {
    let w = Workspace::start().await;
    let url = format!("{}/api/2.0/preview/scim/v2/Me", w.server.host);
    for request in [w.http.get(&url), w.http.get(&url).bearer_auth("wrong")] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert_eq!(response.json::<Value>().await.unwrap()["error_code"], "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn the_service_principal_gets_a_token_for_its_secret() {
    let w = Workspace::start().await;
    let discovered: Value = w
        .http
        .get(format!("{}/oidc/.well-known/oauth-authorization-server", w.server.host))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let ask = |secret: String| {
        let basic = STANDARD.encode(format!("{}:{secret}", w.server.client_id));
        w.http
            .post(discovered["token_endpoint"].as_str().unwrap())
            .header("Authorization", format!("Basic {basic}"))
            .body("grant_type=client_credentials&scope=all-apis")
            .send()
    };
    assert_eq!(ask("wrong".into()).await.unwrap().status(), 401);
    let token: Value = ask(w.server.client_secret.clone()).await.unwrap().json().await.unwrap();
    let me: Value = w
        .http
        .get(format!("{}/api/2.0/preview/scim/v2/Me", w.server.host))
        .bearer_auth(token["access_token"].as_str().unwrap())
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(me["userName"], w.server.client_id);
}

#[tokio::test]
async fn a_folder_has_one_server_that_others_find() {
    let w = Workspace::start().await;
    let dir = w.server.dir.clone();
    assert_eq!(find_running(&dir).unwrap().host, w.server.host);
    let config = ServerConfig { dir: dir.clone(), ..ServerConfig::default() };
    let second = serve(config, Arc::new(Script::default())).await;
    assert!(matches!(second, Err(ServeError::Store(_))));
    let token = w.server.token.clone();
    w.server.stop().await;
    assert!(find_running(&dir).is_none());
    let again = serve(ServerConfig { dir, ..ServerConfig::default() }, Arc::new(Script::default())).await.unwrap();
    assert_eq!(again.token, token);
}

#[tokio::test]
async fn a_fault_after_the_effect_loses_the_answer_and_not_the_effect() {
    let w = Workspace::start().await;
    let create = |name: &str| {
        w.http
            .post(format!("{}/api/2.2/jobs/create", w.server.host))
            .bearer_auth(&w.server.token)
            .json(&json!({"name": name}))
            .send()
    };
    let fault =
        |action: Value, when: &str| json!({"faults": [{"path": "jobs/create", "when": when, "action": action}]});
    w.post("/piq/faults", fault(json!("drop"), "before")).await;
    assert!(create("before").await.is_err());
    w.post("/piq/faults", fault(json!("drop"), "after")).await;
    assert!(create("after").await.is_err());
    w.post("/piq/faults", fault(json!({"fail": {"status": 429, "retry_after": 2}}), "before")).await;
    let limited = create("limited").await.unwrap();
    assert_eq!(limited.status(), 429);
    assert_eq!(limited.headers()["retry-after"], "2");
    let jobs = w.get("/api/2.2/jobs/list").await;
    assert_eq!(jobs["jobs"].as_array().unwrap().len(), 1);
    assert_eq!(jobs["jobs"][0]["settings"]["name"], "after");
    let seen = w.get("/piq/requests").await;
    assert_eq!(seen["counts"]["POST /api/2.2/jobs/create"], 3);
}

#[tokio::test]
async fn what_is_not_modelled_says_so() {
    let w = Workspace::start().await;
    assert_eq!(
        w.refused(Method::GET, "/api/2.0/mlflow/experiments/list", None).await,
        (404, "ENDPOINT_NOT_FOUND".into())
    );
    assert_eq!(w.refused(Method::DELETE, "/api/2.2/jobs/get", None).await, (404, "ENDPOINT_NOT_FOUND".into()));
}
