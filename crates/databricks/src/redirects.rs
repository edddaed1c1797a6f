//! Which redirects are followed.

use reqwest::Url;
use reqwest::redirect::Policy;

/// Redirects that one request may follow.
const MOST: usize = 5;

/// Follows redirects on the same host only: another one would be sent the body, and perhaps secrets in it.
pub(crate) fn same_host_redirects() -> Policy {
    Policy::custom(|attempt| {
        let origin =
            |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default());
        let (first, next) = (attempt.previous().first().map(origin), origin(attempt.url()));
        if first != Some(next) {
            let host = attempt.url().host_str().unwrap_or_default().to_owned();
            return attempt.error(format!("it redirects to another host, {host}, which is not followed"));
        }
        if attempt.previous().len() > MOST {
            return attempt.error("too many redirects");
        }
        attempt.follow()
    })
}
