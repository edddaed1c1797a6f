//! Which redirects are followed.

use reqwest::Url;
use reqwest::redirect::Policy;

/// Redirects that one request may follow.
const MOST: usize = 5;

/// Follows redirects on the same host only: another one would be sent the body, and perhaps secrets in it.
/// The page where people log in answers no call.
pub(crate) fn same_host_redirects() -> Policy {
    Policy::custom(|attempt| {
        if let Some(why) = login_page(attempt.url()) {
            return attempt.error(why);
        }
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

/// What it means that a workspace sends a call to its page where people log in.
fn login_page(url: &Url) -> Option<&'static str> {
    if url.path() != "/login.html" {
        return None;
    }
    let by_private_link = |(key, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
        key == "error" && value.starts_with("private-link-validation-error")
    };
    Some(if url.query_pairs().any(by_private_link) {
        "the workspace takes calls by private link only, and this one came from another network; call from a network with \
         an endpoint of the workspace, and check that its DNS gives the private address"
    } else {
        "it redirects to the login page; check the host, and the credentials"
    })
}

#[cfg(test)]
mod tests {
    use super::{Url, login_page};

    #[test]
    fn a_login_page_is_known_by_its_address() {
        let said = |url: &str| login_page(&Url::parse(url).expect("an address"));
        let by_link = said("https://example.com/login.html?error=private-link-validation-error:1234");
        assert!(by_link.is_some_and(|why| why.contains("private link")));
        let other = said("https://example.com/login.html?next_url=%2Fapi&error=x");
        assert!(other.is_some_and(|why| why.contains("login page")));
        assert_eq!(said("https://example.com/api/2.0/login.html"), None);
    }
}
