//! Model serving endpoints: the foundation models that every workspace offers, answered by the model gateway.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::gateway::{Options, Request};
use crate::http::{ApiError, App, Body, USER, model_gateway, now};
use crate::secret::hex;

/// Names of the foundation models that every workspace offers.
const ENDPOINTS: [&str; 6] = [
    "databricks-gpt-oss-120b",
    "databricks-gpt-oss-20b",
    "databricks-meta-llama-3-3-70b-instruct",
    "databricks-llama-4-maverick",
    "databricks-claude-sonnet-4-6",
    "databricks-gpt-5",
];

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/2.0/serving-endpoints", get(list))
        .route("/api/2.0/serving-endpoints/{name}", get(one))
        .route("/api/2.0/serving-endpoints/{name}/invocations", post(invoke))
        .route("/serving-endpoints/{name}/invocations", post(invoke))
        .route("/serving-endpoints/chat/completions", post(complete))
}

fn show(name: &str) -> Value {
    json!({
        "name": name, "id": name, "creator": USER, "task": "llm/v1/chat",
        "state": {"ready": "READY", "config_update": "NOT_UPDATING"},
        "config": {"served_entities": [{"name": name, "foundation_model": {"name": name}}]},
    })
}

async fn list(State(app): State<Arc<App>>) -> Json<Value> {
    let served: Vec<Value> = ENDPOINTS.iter().filter(|name| !app.restrictions.retired(name)).map(|n| show(n)).collect();
    Json(json!({"endpoints": served}))
}

async fn one(State(app): State<Arc<App>>, Path(name): Path<String>) -> Result<Json<Value>, ApiError> {
    known(&app, &name).map(|()| Json(show(&name)))
}

fn known(app: &App, name: &str) -> Result<(), ApiError> {
    if app.restrictions.unity_gateway() {
        let message = format!("Endpoint {name} is disabled for this workspace. Please use Unity Gateway.");
        return Err(ApiError::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message));
    }
    if ENDPOINTS.contains(&name) && !app.restrictions.retired(name) {
        Ok(())
    } else {
        Err(ApiError::not_found(format!("The endpoint {name} does not exist.")))
    }
}

/// A chat as OpenAI's interface has it; other fields are parameters of the model.
#[derive(Deserialize)]
struct Chat {
    model: Option<String>,
    messages: Vec<Message>,
    response_format: Option<Value>,
    #[serde(default)]
    stream: bool,
    #[serde(flatten)]
    parameters: Map<String, Value>,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

async fn invoke(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Body(chat): Body<Chat>,
) -> Result<Json<Value>, ApiError> {
    answer(&app, &name, chat).await
}

async fn complete(State(app): State<Arc<App>>, Body(mut chat): Body<Chat>) -> Result<Json<Value>, ApiError> {
    let name = chat.model.take().ok_or_else(|| ApiError::invalid("The parameter `model` is required."))?;
    answer(&app, &name, chat).await
}

/// The refusal of an endpoint, `400 BAD_REQUEST: why`, as its own answer.
fn refused(why: &str) -> Option<ApiError> {
    let (head, message) = why.split_once(": ")?;
    let (status, code) = head.split_once(' ')?;
    let status = status.parse().ok().and_then(|n| StatusCode::from_u16(n).ok()).filter(StatusCode::is_client_error)?;
    let known = ["BAD_REQUEST", "NOT_FOUND", "RESOURCE_DOES_NOT_EXIST"].into_iter().find(|known| *known == code)?;
    Some(ApiError::new(status, known, message))
}

async fn answer(app: &App, name: &str, chat: Chat) -> Result<Json<Value>, ApiError> {
    known(app, name)?;
    if chat.stream {
        return Err(ApiError::unsupported("the local workspace gives answers as a whole: leave `stream` out"));
    }
    let prompt = chat.messages.iter().map(|m| m.content.as_str()).collect::<Vec<_>>().join("\n\n");
    let options = Options {
        model: Some(name.to_owned()),
        response_format: chat.response_format.map(|f| f.to_string()),
        model_parameters: (!chat.parameters.is_empty()).then_some(Value::Object(chat.parameters)),
        ..Options::default()
    };
    let length = prompt.chars().count();
    let request = Request { function: "chat".into(), options: Arc::new(options), prompt };
    let failed = |why: String| ApiError::new(StatusCode::BAD_GATEWAY, "MODEL_GATEWAY", why);
    let text =
        model_gateway(app)?.answer_one(&request).await.map_err(|why| refused(&why).unwrap_or_else(|| failed(why)))?;
    // four characters are about one token
    let (input, output) = (length.div_ceil(4), text.chars().count().div_ceil(4));
    Ok(Json(json!({
        "id": format!("chatcmpl-{}", hex(8).map_err(|e| failed(e.to_string()))?),
        "object": "chat.completion", "created": now() / 1000, "model": name,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output},
    })))
}
