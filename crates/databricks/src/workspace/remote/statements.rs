use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::Remote;
use super::retry::pause;
use super::transport::{Call, segment};
use crate::workspace::error::Result;
use crate::workspace::{ResultColumn, ResultSet, StatementRequest, StatementsApi, WorkspaceError};

const PATH: &str = "/api/2.0/sql/statements";
/// How long the first answer may take; after that the statement is asked about.
const WAIT: &str = "30s";
/// The same for a statement that a person may cancel meanwhile: the shortest wait of the API.
const SHORT_WAIT: &str = "5s";

fn body(request: &StatementRequest, wait: &str) -> Value {
    let mut body = json!({
        "warehouse_id": request.warehouse_id, "statement": request.statement, "wait_timeout": wait,
        "on_wait_timeout": "CONTINUE", "format": "JSON_ARRAY", "disposition": "INLINE",
    });
    if !request.parameters.is_empty() {
        let list = request.parameters.iter().map(|(name, parameter)| match &parameter.type_text {
            Some(type_text) => json!({"name": name, "value": parameter.value, "type": type_text}),
            None => json!({"name": name, "value": parameter.value}),
        });
        body["parameters"] = list.collect();
    }
    for (field, value) in [("catalog", &request.catalog), ("schema", &request.schema)] {
        if let Some(value) = value {
            body[field] = json!(value);
        }
    }
    if let Some(limit) = request.row_limit {
        body["row_limit"] = json!(limit);
    }
    body
}

fn rows(data: &Value) -> Vec<Vec<Option<String>>> {
    let cell = |v: &Value| match v {
        Value::Null => None,
        Value::String(s) => Some(s.clone()),
        other => Some(other.to_string()),
    };
    let row = |r: &Value| r.as_array().into_iter().flatten().map(cell).collect();
    data.as_array().into_iter().flatten().map(row).collect()
}

impl Remote {
    /// Executes a statement; when `stop` ends first, the statement is cancelled in the workspace and the result is `None`.
    ///
    /// # Errors
    /// [`WorkspaceError::Statement`] with what the warehouse says.
    pub async fn execute_until(
        &self,
        request: &StatementRequest,
        stop: impl Future<Output = ()>,
    ) -> Result<Option<ResultSet>> {
        let mut stop = std::pin::pin!(stop);
        // a statement can be cancelled once its id is known, so the first answer is waited for
        let answer = self.transport.json(Call::post(PATH).body(&body(request, SHORT_WAIT))).await?;
        let at = statement_path(&answer);
        tokio::select! {
            biased;
            () = &mut stop => {}
            done = self.result_of(answer) => return done.map(Some),
        }
        self.transport.json(Call::post(format!("{at}/cancel"))).await?;
        Ok(None)
    }

    /// Waits for the end of a statement, from its first answer, and fetches the whole result.
    async fn result_of(&self, mut answer: Value) -> Result<ResultSet> {
        let at = statement_path(&answer);
        let mut tries = 0;
        while matches!(answer["status"]["state"].as_str(), Some("PENDING" | "RUNNING")) {
            tries += 1;
            tokio::time::sleep(pause(tries).min(Duration::from_secs(3))).await;
            answer = self.transport.json(Call::get(&at)).await?;
        }
        match answer["status"]["state"].as_str() {
            Some("SUCCEEDED") => {}
            state => {
                let why = answer["status"]["error"]["message"].as_str().or(state).unwrap_or("no state").to_owned();
                return Err(WorkspaceError::Statement(why));
            }
        }
        let columns = answer["manifest"]["schema"]["columns"].as_array().into_iter().flatten();
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let mut result = ResultSet {
            columns: columns
                .map(|c| ResultColumn { name: text(&c["name"]), type_text: text(&c["type_text"]) })
                .collect(),
            rows: rows(&answer["result"]["data_array"]),
            truncated: answer["manifest"]["truncated"] == true,
        };
        let mut next = answer["result"]["next_chunk_index"].as_u64();
        while let Some(n) = next {
            let chunk = self.transport.json(Call::get(format!("{at}/result/chunks/{n}"))).await?;
            result.rows.extend(rows(&chunk["data_array"]));
            next = chunk["next_chunk_index"].as_u64();
        }
        Ok(result)
    }
}

fn statement_path(answer: &Value) -> String {
    format!("{PATH}/{}", segment(answer["statement_id"].as_str().unwrap_or_default()))
}

#[async_trait]
impl StatementsApi for Remote {
    async fn execute_statement(&self, request: &StatementRequest) -> Result<ResultSet> {
        let answer = self.transport.json(Call::post(PATH).body(&body(request, WAIT))).await?;
        self.result_of(answer).await
    }
}
