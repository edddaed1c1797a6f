//! What piq's own commands ask of a running local workspace besides the REST API: the paths under `/piq/`.

use piq_diagnostics::{Failure, FailureKind};
use std::path::Path;

use serde_json::{Value, json};

/// The control paths of one server.
#[derive(Debug)]
pub struct Control {
    host: String,
    token: String,
    http: reqwest::Client,
}

/// Keeps a workspace from stopping; ended when dropped.
#[derive(Debug)]
pub struct Visit {
    _open: reqwest::Response,
}

/// What the server answered, in its own words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ControlError(String);

impl From<ControlError> for Failure {
    fn from(error: ControlError) -> Self {
        Failure::caused_by(FailureKind::Refused, error)
    }
}

impl Control {
    /// Of the server at `host`.
    pub fn new(host: &str, token: &str) -> Self {
        // it is on this machine, and its token is for nobody else; a client without settings cannot fail to be made
        let http = reqwest::Client::builder().no_proxy().build().unwrap_or_default();
        Self { host: host.to_owned(), token: token.to_owned(), http }
    }

    /// Makes the table `catalog.schema.table` from a file of JSON lines whose values are strings or NULL; `columns` are
    /// `{"name", "type_text"}`. A table of that name is replaced.
    ///
    /// # Errors
    /// A server that does not answer, and what it refuses.
    pub async fn load(&self, table: &str, file: &Path, columns: &[Value], comment: &str) -> Result<(), ControlError> {
        let body = json!({"table": table, "file": file, "columns": columns, "comment": comment});
        self.answer(self.http.post(format!("{}/piq/load", self.host)).json(&body)).await.map(drop)
    }

    /// Adds the rows of such a file to a table that exists; columns that the file lacks are NULL.
    ///
    /// # Errors
    /// A server that does not answer, and what it refuses.
    pub async fn append(&self, table: &str, file: &Path, columns: &[Value]) -> Result<(), ControlError> {
        let body = json!({"table": table, "file": file, "columns": columns, "append": true});
        self.answer(self.http.post(format!("{}/piq/load", self.host)).json(&body)).await.map(drop)
    }

    /// Writes the rows of a Parquet file into another file, as JSON lines that are lists of strings or NULL, and gives names
    /// and SQL types of its columns.
    ///
    /// # Errors
    /// A server that does not answer, and what it refuses.
    pub async fn read_parquet(&self, file: &Path, into: &Path) -> Result<Vec<(String, String)>, ControlError> {
        let body = json!({"file": file, "into": into});
        let answer = self.answer(self.http.post(format!("{}/piq/parquet", self.host)).json(&body)).await?;
        Ok(columns_of(&answer))
    }

    /// Makes a catalog and a schema in it unless they exist; gives the names of what was made.
    ///
    /// # Errors
    /// A server that does not answer, and what it refuses.
    pub async fn ensure_schema(&self, catalog: &str, schema: &str) -> Result<Vec<String>, ControlError> {
        let api = format!("{}/api/2.1/unity-catalog", self.host);
        let mut made = Vec::new();
        for (kind, name, body) in [
            ("catalogs", catalog.to_owned(), json!({"name": catalog})),
            ("schemas", format!("{catalog}.{schema}"), json!({"catalog_name": catalog, "name": schema})),
        ] {
            if self.answer(self.http.get(format!("{api}/{kind}/{name}"))).await.is_ok() {
                continue;
            }
            self.answer(self.http.post(format!("{api}/{kind}")).json(&body)).await?;
            made.push(name);
        }
        Ok(made)
    }

    /// The comment of a table; nothing if there is no such table, or it has none.
    ///
    /// # Errors
    /// A server that does not answer, and what it refuses.
    pub async fn table_comment(&self, table: &str) -> Result<Option<String>, ControlError> {
        let found = self.table(table).await?;
        Ok(found.and_then(|table| table["comment"].as_str().map(str::to_owned)))
    }

    /// Names and SQL types of a table's columns; nothing if there is no such table.
    ///
    /// # Errors
    /// A server that does not answer, and what it refuses.
    pub async fn table_columns(&self, table: &str) -> Result<Option<Vec<(String, String)>>, ControlError> {
        Ok(self.table(table).await?.map(|table| columns_of(&table)))
    }

    async fn table(&self, table: &str) -> Result<Option<Value>, ControlError> {
        let (schema, _) = table.rsplit_once('.').unwrap_or_default();
        let (catalog, schema) = schema.split_once('.').unwrap_or_default();
        let api = format!("{}/api/2.1/unity-catalog/tables", self.host);
        let query = [("catalog_name", catalog), ("schema_name", schema)];
        let listed = reqwest::Url::parse_with_params(&api, query).map_err(|e| ControlError(e.to_string()))?;
        // the list of a schema that does not exist is an error, which is not told apart from others: no table either way
        let Ok(list) = self.answer(self.http.get(listed)).await else { return Ok(None) };
        let tables = list["tables"].as_array().into_iter().flatten();
        if !tables.into_iter().any(|t| t["full_name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(table))) {
            return Ok(None);
        }
        self.answer(self.http.get(format!("{api}/{table}"))).await.map(Some)
    }

    /// Where the answers of AI functions come from, such as `fake model`.
    ///
    /// # Errors
    /// A server that does not answer, or has no models to ask.
    pub async fn answer_source(&self) -> Result<String, ControlError> {
        let counted = self.answer(self.http.get(format!("{}/piq/gateway", self.host))).await?;
        Ok(counted["source"].as_str().unwrap_or("unknown").to_owned())
    }

    /// Answers of the offline model so far that only have the right form, for want of a rule about their questions.
    ///
    /// # Errors
    /// A server that does not answer, or has no models to ask.
    pub async fn guesses(&self) -> Result<u64, ControlError> {
        let counted = self.answer(self.http.get(format!("{}/piq/gateway", self.host))).await?;
        Ok(counted["guesses"].as_u64().unwrap_or(0))
    }

    /// Makes a workspace that another command started stay as long as the visit is held.
    ///
    /// # Errors
    /// A server that is about to stop, or has stopped.
    pub async fn visit(&self) -> Result<Visit, ControlError> {
        let sent = self.http.get(format!("{}/piq/guest", self.host)).bearer_auth(&self.token).send().await;
        match sent.and_then(reqwest::Response::error_for_status) {
            Ok(open) => Ok(Visit { _open: open }),
            Err(_) => Err(ControlError("the local workspace is about to stop".into())),
        }
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Value, ControlError> {
        let sent = request.bearer_auth(&self.token).send().await;
        let response = sent.map_err(|_| ControlError("the local workspace does not answer".into()))?;
        let good = response.status().is_success();
        let answer: Value = response.json().await.unwrap_or_default();
        if good {
            return Ok(answer);
        }
        Err(ControlError(answer["message"].as_str().unwrap_or("the local workspace refused").to_owned()))
    }
}

/// Names and types of the field `columns`.
fn columns_of(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let columns = answer["columns"].as_array().into_iter().flatten();
    columns.map(|column| (text(&column["name"]), text(&column["type_text"]))).collect()
}
