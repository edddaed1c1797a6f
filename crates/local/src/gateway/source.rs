//! Where answers come from.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::endpoint::{Endpoint, EndpointConfig};
use super::recorded::{Recorder, Recording};
use super::request::{ModelAnswer, Request};
use piq_diagnostics::env::Env;

/// How long an answer may take, if nothing else is said.
pub(super) const TIMEOUT: Duration = Duration::from_secs(180);

/// Answers AI functions on this machine, without a network.
pub trait OfflineModel: std::fmt::Debug + Send + Sync {
    /// What people are told of where answers come from. It may change with what was asked.
    fn name(&self) -> String;

    /// The answer to one call.
    fn answer(&self, request: &Request) -> ModelAnswer;

    /// Whether the answer to a call only has the right form, for want of a rule about its question.
    fn is_guess(&self, _request: &Request) -> bool {
        false
    }
}

/// Where answers come from. A replay wins over an endpoint, an endpoint over the offline model.
#[derive(Debug, Clone, Default)]
pub struct SourceConfig {
    /// What answers without an endpoint and without a replay.
    pub offline: Option<Arc<dyn OfflineModel>>,
    /// How long a call may take; three minutes if left out.
    pub patience: Option<Duration>,
    /// A chat endpoint.
    pub endpoint: Option<EndpointConfig>,
    /// File that answers are recorded in.
    pub record: Option<PathBuf>,
    /// File of recorded answers; a request that it lacks is an error.
    pub replay: Option<PathBuf>,
}

impl SourceConfig {
    /// The endpoint that the environment names, if any: `PIQ_MODEL_URL`, `PIQ_MODEL_KEY`, `PIQ_MODEL`; and
    /// `PIQ_MODEL_TIMEOUT`, in seconds.
    pub fn from_env(env: &Env) -> Self {
        let seconds =
            env.get("PIQ_MODEL_TIMEOUT").and_then(|n| n.parse().ok()).filter(|n: &f64| n.is_finite() && *n > 0.0);
        let patience = seconds.map(Duration::from_secs_f64);
        Self { endpoint: EndpointConfig::from_env(env), patience, ..Self::default() }
    }
}

#[derive(Debug)]
pub(super) struct AnswerSource {
    kind: Result<AnswerOrigin, String>,
    /// Answers so far that only have the right form.
    guesses: AtomicU64,
    recorder: Result<Option<Recorder>, String>,
}

#[derive(Debug)]
enum AnswerOrigin {
    Offline(Arc<dyn OfflineModel>),
    Endpoint(Endpoint),
    Recording(Recording),
}

impl AnswerSource {
    pub(super) fn open(config: SourceConfig) -> Self {
        let kind = match (config.replay, config.endpoint) {
            (Some(file), _) => Recording::open(&file).map(AnswerOrigin::Recording),
            (None, Some(endpoint)) => {
                let patience = config.patience.unwrap_or(TIMEOUT);
                Endpoint::new(endpoint, patience).map(AnswerOrigin::Endpoint)
            }
            (None, None) => config
                .offline
                .map(AnswerOrigin::Offline)
                .ok_or_else(|| "no model is configured: set `PIQ_MODEL_URL`".to_owned()),
        };
        Self { kind, guesses: AtomicU64::new(0), recorder: config.record.as_deref().map(Recorder::open).transpose() }
    }

    /// What people are told of where answers come from.
    pub(super) fn name(&self) -> String {
        match &self.kind {
            Ok(AnswerOrigin::Offline(model)) => model.name(),
            Ok(AnswerOrigin::Endpoint(endpoint)) => endpoint.name().to_owned(),
            Ok(AnswerOrigin::Recording(_)) => "recorded answers".to_owned(),
            Err(_) => "none".to_owned(),
        }
    }

    /// Answers so far that only have the right form.
    pub(super) fn guesses(&self) -> u64 {
        self.guesses.load(Ordering::Relaxed)
    }

    /// Whether an answer costs only the time of this machine's processor.
    pub(super) fn is_local(&self) -> bool {
        !matches!(self.kind, Ok(AnswerOrigin::Endpoint(_)))
    }

    /// Whether the offline model answers, in place of models that would refuse some calls.
    pub(super) fn is_offline(&self) -> bool {
        matches!(self.kind, Ok(AnswerOrigin::Offline(_)))
    }

    /// How many calls may wait at the same time.
    pub(super) fn concurrency(&self) -> usize {
        match &self.kind {
            Ok(AnswerOrigin::Endpoint(endpoint)) => endpoint.concurrency(),
            _ => 1,
        }
    }

    pub(super) async fn answer(&self, request: &Request) -> ModelAnswer {
        let answer = match self.kind.as_ref().map_err(Clone::clone)? {
            AnswerOrigin::Endpoint(endpoint) => endpoint.answer(request).await,
            _ => self.answer_locally(request),
        };
        self.record(request, &answer)?;
        answer
    }

    /// As `answer`, for a local source.
    pub(super) fn answer_now(&self, request: &Request) -> ModelAnswer {
        let answer = self.answer_locally(request);
        self.record(request, &answer)?;
        answer
    }

    fn answer_locally(&self, request: &Request) -> ModelAnswer {
        match self.kind.as_ref().map_err(Clone::clone)? {
            AnswerOrigin::Offline(model) => {
                self.guesses.fetch_add(u64::from(model.is_guess(request)), Ordering::Relaxed);
                model.answer(request)
            }
            AnswerOrigin::Recording(recording) => recording.answer(request),
            AnswerOrigin::Endpoint(_) => Err("a chat endpoint does not answer at once".into()),
        }
    }

    fn record(&self, request: &Request, answer: &ModelAnswer) -> Result<(), String> {
        match (self.recorder.as_ref().map_err(Clone::clone)?, answer) {
            (Some(recorder), Ok(text)) => recorder.add(request, text),
            _ => Ok(()),
        }
    }
}
