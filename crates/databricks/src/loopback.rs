//! Addresses of this machine, which no proxy stands before.

use std::net::IpAddr;

use reqwest::Url;

/// Whether an address is one of this machine.
pub(crate) fn is_loopback(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn addresses_of_this_machine_are_known() {
        for here in
            ["http://127.0.0.1:80", "http://localhost", "http://a.localhost:1", "https://[::1]:1/x", "http://127.1.2.3"]
        {
            assert!(is_loopback(here), "{here}");
        }
        for there in ["https://example.com", "http://127.0.0.1.example.com", "http://10.0.0.1", ""] {
            assert!(!is_loopback(there), "{there}");
        }
    }
}
