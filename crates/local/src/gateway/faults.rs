//! Faults on demand: chosen calls fail, answer nonsense, wait, or never return.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::request::Request;

/// One fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayFault {
    /// Function; any if left out.
    #[serde(default)]
    pub function: Option<String>,
    /// Part of the prompt; any if left out.
    #[serde(default)]
    pub contains: Option<String>,
    /// The first matching call that is hit, counted from 1.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many matching calls are hit from there on; all if left out.
    #[serde(default)]
    pub count: Option<u64>,
    /// Of the calls from `nth` on, only every so-manyth is hit.
    #[serde(default)]
    pub every: Option<u64>,
    /// Share of the matching calls that is hit, 0 to 1, chosen by the request, so that the same ones are hit each time.
    #[serde(default)]
    pub share: Option<f64>,
    /// What happens.
    pub action: GatewayFaultAction,
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GatewayFaultAction {
    /// The call fails with a message.
    Fail(String),
    /// The call is answered with this text.
    Answer(String),
    /// The call is answered later, after so many milliseconds.
    Delay(u64),
    /// The call is never answered.
    Hang,
}

fn one() -> u64 {
    1
}

#[derive(Debug, Default)]
pub(super) struct GatewayFaults(Mutex<Vec<(GatewayFault, u64)>>);

impl GatewayFaults {
    pub(super) fn set(&self, faults: Vec<GatewayFault>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = faults.into_iter().map(|f| (f, 0)).collect();
    }

    /// What happens to this call, if anything. Every fault counts the calls that match it.
    pub(super) fn hit(&self, request: &Request) -> Option<GatewayFaultAction> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut hit = None;
        for (fault, seen) in faults.iter_mut() {
            // a call that only tries whether a model answers fails if all calls do, and is not counted
            let chosen = fault.nth > 1 || fault.count.is_some() || fault.every.is_some() || fault.share.is_some();
            if request.is_trial() && chosen
                || fault.function.as_ref().is_some_and(|f| *f != request.function)
                || fault.contains.as_ref().is_some_and(|text| !request.prompt.contains(text))
                || fault.share.is_some_and(|share| place(request) >= share)
            {
                continue;
            }
            *seen += 1;
            let in_range = *seen >= fault.nth
                && fault.count.is_none_or(|count| *seen - fault.nth < count)
                && fault.every.is_none_or(|every| (*seen - fault.nth).is_multiple_of(every.max(1)));
            if hit.is_none() && in_range {
                hit = Some(fault.action.clone());
            }
        }
        hit
    }
}

/// Where between 0 and 1 a request falls.
fn place(request: &Request) -> f64 {
    let key = request.key();
    let number = u32::from_le_bytes([key[0], key[1], key[2], key[3]]);
    f64::from(number) / (f64::from(u32::MAX) + 1.0)
}
