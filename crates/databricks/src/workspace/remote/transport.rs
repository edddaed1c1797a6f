//! One call: authentication, limits, repeats, counts, errors.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use community_databricks_core::auth::{CredentialsProvider, Headers};
use community_databricks_core::error::ApiError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderName, RETRY_AFTER};
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::limits::Limits;
use super::meter::{Depth, Meter};
use super::retry::Retry;
use crate::auth::HIDDEN;
use crate::workspace::error::Result;
use crate::workspace::{Exchange, RepeatCondition, Stats, Trace, WorkspaceError};

/// Sends calls to one workspace.
pub(super) struct Transport {
    host: String,
    http: Client,
    credentials: Arc<dyn CredentialsProvider>,
    workspace_id: Option<String>,
    limits: Limits,
    permits: Semaphore,
    meter: Meter,
    /// A time that the workspace gave, and when it did.
    clock: Mutex<Option<(i64, Instant)>>,
    /// While this holds, writes that failed are repeated.
    repeats: Mutex<Option<RepeatCondition>>,
    pub(super) trace: Option<Arc<dyn Trace>>,
    /// The proxy on the way to the host, for errors.
    pub(super) proxy: Option<String>,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").field("host", &self.host).finish_non_exhaustive()
    }
}

/// A call to be sent.
#[derive(Debug)]
pub(super) struct Call {
    method: Method,
    name: &'static str,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<(&'static str, Vec<u8>)>,
    repeatable: bool,
}

impl Call {
    fn new(method: Method, name: &'static str, path: impl Into<String>) -> Self {
        let repeatable = method != Method::POST;
        Self { method, name, path: path.into(), query: Vec::new(), body: None, repeatable }
    }

    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, "GET", path)
    }

    pub(super) fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, "POST", path)
    }

    pub(super) fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, "PUT", path)
    }

    pub(super) fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::PATCH, "PATCH", path)
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, "DELETE", path)
    }

    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(super) fn body(mut self, body: &Value) -> Self {
        self.body = Some(("application/json", body.to_string().into_bytes()));
        self
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.body = Some(("application/octet-stream", bytes.to_vec()));
        self
    }

    /// Path and query, as they are shown.
    fn address(&self) -> String {
        let pairs: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={}", segments(value))).collect();
        if pairs.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, pairs.join("&")) }
    }

    /// A second try could not tell its own effect from that of others.
    pub(super) fn once(mut self) -> Self {
        self.repeatable = false;
        self
    }

    /// A second effect does no harm.
    pub(super) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }
}

/// All but letters, digits and `-_.~`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// The same with slashes kept.
const PATH: &AsciiSet = &SEGMENT.remove(b'/');

/// A path segment from outside, safe to put into a path.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// A path from outside: slashes stay.
pub(super) fn segments(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

impl Transport {
    pub(super) fn new(
        host: String,
        http: Client,
        credentials: Arc<dyn CredentialsProvider>,
        workspace_id: Option<String>,
        limits: Limits,
    ) -> Self {
        let permits = Semaphore::new(limits.concurrency.max(1));
        Self {
            host,
            http,
            credentials,
            workspace_id,
            limits,
            permits,
            meter: Meter::new(),
            clock: Mutex::new(None),
            repeats: Mutex::new(None),
            trace: None,
            proxy: None,
        }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn clock(&self) -> Option<i64> {
        let (time, at) = (*self.clock.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(time + i64::try_from(at.elapsed().as_millis()).unwrap_or(0))
    }

    pub(super) fn stats(&self) -> Stats {
        self.meter.stats()
    }

    pub(super) fn repeat_writes_while(&self, condition: Option<RepeatCondition>) {
        *self.repeats.lock().unwrap_or_else(PoisonError::into_inner) = condition;
    }

    fn may_repeat(&self, call: &Call) -> bool {
        let condition = self.repeats.lock().unwrap_or_else(PoisonError::into_inner).clone();
        call.method == Method::GET || condition.is_none_or(|holds| holds())
    }

    /// Sends a call and reads the answer as JSON; an empty answer is an empty object.
    pub(super) async fn json(&self, call: Call) -> Result<Value> {
        let (name, path) = (call.name, call.path.clone());
        let bytes = self.send(call).await?;
        if bytes.trim_ascii().is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        let bad = |why: String| WorkspaceError::Answer { method: name, path: path.clone(), why };
        let answer: Value =
            serde_json::from_slice(&bytes).map_err(|e| bad(self.web_page(&bytes).unwrap_or_else(|| e.to_string())))?;
        match answer["error_code"].as_str().filter(|code| !code.is_empty()) {
            Some(code) => {
                let message = answer["message"].as_str().unwrap_or("no message");
                Err(bad(format!("a successful response contains the error {code}: {message}")))
            }
            None => Ok(answer),
        }
    }

    /// What to say of an answer that is a page for people, as other servers and hosts of many workspaces give it.
    fn web_page(&self, bytes: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
        let is_page = ["<!doctype html", "<html", "<head", "<body"].iter().any(|start| text.starts_with(start));
        let several = match self.workspace_id {
            Some(_) => "",
            None => "; a host that serves several workspaces needs `?o=ID` behind it or `workspace_id`",
        };
        is_page.then(|| format!("expected JSON, found a web page; check the host {}{several}", self.host))
    }

    /// Sends a call and gives the answer's bytes.
    pub(super) async fn send(&self, call: Call) -> Result<Vec<u8>> {
        let mut retry = Retry::new(self.limits.retry);
        let mut depth = self.meter.ask();
        // calls made together are all asked for before the first of them can be answered
        tokio::task::yield_now().await;
        loop {
            let outcome = self.attempt(&call, depth).await;
            let error = match outcome {
                Ok(bytes) => return Ok(bytes),
                Err(error) => error,
            };
            let Some(wait) = retry.wait(&error, call.repeatable).filter(|_| self.may_repeat(&call)) else {
                return Err(error);
            };
            tokio::time::sleep(wait).await;
            if !self.may_repeat(&call) {
                return Err(error);
            }
            depth = self.meter.ask_again(depth);
        }
    }

    async fn attempt(&self, call: &Call, depth: Depth) -> Result<Vec<u8>> {
        let headers = self.credentials.headers().await.map_err(|e| WorkspaceError::Auth(e.to_string()))?;
        // the semaphore is never closed
        let _permit = self.permits.acquire().await;
        let mut request = self.http.request(call.method.clone(), format!("{}{}", self.host, call.path));
        request = request.timeout(self.limits.request).query(&call.query);
        if let Some(id) = &self.workspace_id {
            request = request.header(HeaderName::from_static("x-databricks-workspace-id"), id);
        }
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        let up = call.body.as_ref().map_or(0, |(_, bytes)| bytes.len());
        if let Some((kind, bytes)) = &call.body {
            request = request.header(CONTENT_TYPE, *kind).body(bytes.clone());
        }
        let turn = self.meter.sent(up);
        let sent = Instant::now();
        let answer = self.exchange(call, request).await;
        self.meter.answered(depth, turn, answer.as_ref().map_or(0, |(bytes, ..)| bytes.len()));
        if let Some(trace) = &self.trace {
            trace.exchanged(&Exchange {
                method: call.name,
                address: call.address(),
                up_bytes: up,
                took: sent.elapsed(),
                answer: answer.as_ref().map(|(bytes, status, _)| (*status, bytes.len())).map_err(ToString::to_string),
            });
        }
        let (bytes, status, retry_after) = answer?;
        if (200..300).contains(&status) {
            return Ok(bytes);
        }
        let mut error = ApiError::from_response(status, call.name, &call.path, &bytes);
        error.message = without_credentials(&error.message, &headers);
        if status == 401 {
            let message = format!("{} does not accept the credentials: {}", self.host, error.message);
            return Err(WorkspaceError::Auth(message));
        }
        Err(WorkspaceError::Api {
            status,
            code: error.error_code,
            message: error.message,
            method: call.name,
            path: call.path.clone(),
            retry_after: retry_after.or(error.details.retry_delay),
        })
    }

    async fn exchange(
        &self,
        call: &Call,
        request: reqwest::RequestBuilder,
    ) -> Result<(Vec<u8>, u16, Option<Duration>)> {
        let lost = |e: reqwest::Error| match e.is_redirect() {
            true => WorkspaceError::Answer { method: call.name, path: call.path.clone(), why: innermost(&e) },
            false => WorkspaceError::NoAnswer {
                host: self.host.clone(),
                method: call.name,
                path: call.path.clone(),
                may_have_acted: !e.is_connect(),
                proxy: self.proxy.clone(),
                is_certificate: innermost(&e).contains("certificate"),
                why: innermost(&e),
            },
        };
        let response = request.send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let date = response.headers().get(DATE).and_then(|v| v.to_str().ok());
        if let Some(time) = date.and_then(|d| jiff::fmt::rfc2822::parse(d).ok()) {
            let now = (time.timestamp().as_millisecond(), Instant::now());
            *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
        let header = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok());
        let retry_after = header.and_then(|v| v.trim().parse().ok()).map(Duration::from_secs);
        let bytes = response.bytes().await.map_err(lost)?.to_vec();
        Ok((bytes, status, retry_after))
    }
}

/// A message that does not repeat the credentials that were sent.
fn without_credentials(message: &str, headers: &Headers) -> String {
    let values = headers.iter().filter_map(|(_, value)| value.to_str().ok());
    let secrets = values.map(|text| text.rsplit(' ').next().unwrap_or(text)).filter(|secret| secret.len() > 3);
    secrets.fold(message.to_owned(), |message, secret| message.replace(secret, HIDDEN))
}

/// The last word of an error's chain says what happened; the first ones repeat the address.
fn innermost(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it timed out".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::{segment, segments};

    #[test]
    fn names_from_outside_stay_one_segment() {
        assert_eq!(segment("a/b c?"), "a%2Fb%20c%3F");
        assert_eq!(segments("/a b/ü.sql"), "/a%20b/%C3%BC.sql");
    }
}
