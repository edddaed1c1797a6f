//! Which proxy stands between this machine and an address, by the variables that curl and the SDKs read. One rule for
//! every client, so that an error can name the proxy.

use std::net::IpAddr;

use ipnet::IpNet;
use piq_diagnostics::env::Env;
use reqwest::{ClientBuilder, Proxy, Url};

use crate::loopback::is_loopback;

/// A proxy and the variable that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsedProxy {
    variable: &'static str,
    address: String,
}

impl UsedProxy {
    /// The proxy for an address; nothing for this machine and for what `NO_PROXY` lists.
    pub(crate) fn of(env: &Env, address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        if is_loopback(address) || env_of(env, ["no_proxy", "NO_PROXY"]).is_some_and(|(_, list)| excludes(list, &url)) {
            return None;
        }
        let own = if url.scheme() == "https" { ["https_proxy", "HTTPS_PROXY"] } else { ["http_proxy", "HTTP_PROXY"] };
        let (variable, value) = env_of(env, own).or_else(|| env_of(env, ["all_proxy", "ALL_PROXY"]))?;
        let address = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        Some(Self { variable, address })
    }

    /// What an error says of it: never the password that its address may hold.
    pub(crate) fn shown(&self) -> String {
        let Ok(mut url) = Url::parse(&self.address) else { return self.variable.to_owned() };
        let _ = url.set_username("");
        let _ = url.set_password(None);
        format!("{} of {}", url.as_str().trim_end_matches('/'), self.variable)
    }
}

/// A client that goes through this proxy and no other.
///
/// # Errors
/// An address that no proxy has.
pub(crate) fn through(http: ClientBuilder, proxy: Option<&UsedProxy>) -> Result<ClientBuilder, String> {
    let http = http.no_proxy();
    let Some(proxy) = proxy else { return Ok(http) };
    let wrong = |_| format!("{} is not the address of a proxy", proxy.variable);
    Ok(http.proxy(Proxy::all(&proxy.address).map_err(wrong)?))
}

fn env_of<'a>(env: &'a Env, names: [&'static str; 2]) -> Option<(&'static str, &'a str)> {
    names.into_iter().find_map(|name| Some((name, env.get(name)?.trim()))).filter(|(_, value)| !value.is_empty())
}

/// Whether a list such as `.example.com, 10.0.0.0/8, internal:8443` holds the host of an address.
fn excludes(list: &str, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_lowercase();
    let ip = host.parse::<IpAddr>().ok();
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let (name, port) = with_port(entry);
        if port.is_some_and(|port| Some(port) != url.port_or_known_default()) {
            return false;
        }
        if let (Ok(net), Some(ip)) = (name.parse::<IpNet>(), ip) {
            return net.contains(&ip);
        }
        if let (Ok(one), Some(ip)) = (name.parse::<IpAddr>(), ip) {
            return one == ip;
        }
        let name = name.trim_start_matches('*').trim_start_matches('.').to_lowercase();
        entry == "*" || (!name.is_empty() && (host == name || host.ends_with(&format!(".{name}"))))
    })
}

/// An entry without its port.
fn with_port(entry: &str) -> (&str, Option<u16>) {
    if let Some((address, rest)) = entry.strip_prefix('[').and_then(|e| e.split_once(']')) {
        return (address, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match entry.split_once(':') {
        // more than one colon: an address of IPv6
        Some((name, port)) if !port.contains(':') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::UsedProxy;
    use piq_diagnostics::env::Env;

    fn proxy(pairs: &[(&str, &str)], address: &str) -> Option<String> {
        UsedProxy::of(&Env::from_pairs(pairs.iter().copied()), address).map(|p| p.shown())
    }

    #[test]
    fn the_scheme_decides_on_the_variable() {
        let both = [("HTTPS_PROXY", "http://user:secret@proxy:3128"), ("http_proxy", "other")];
        assert_eq!(proxy(&both, "https://example.com").as_deref(), Some("http://proxy:3128 of HTTPS_PROXY"));
        assert_eq!(proxy(&both, "http://example.com").as_deref(), Some("http://other of http_proxy"));
        assert_eq!(proxy(&[("ALL_PROXY", "p:1")], "https://x.y").as_deref(), Some("http://p:1 of ALL_PROXY"));
        assert_eq!(proxy(&both, "http://localhost:8080"), None);
        assert_eq!(proxy(&[("HTTPS_PROXY", "")], "https://example.com"), None);
    }

    #[test]
    fn no_proxy_takes_domains_addresses_networks_and_ports() {
        let direct = |list: &str, address: &str| proxy(&[("HTTPS_PROXY", "p"), ("NO_PROXY", list)], address).is_none();
        for (list, address) in [
            ("*", "https://a.b"),
            ("example.com", "https://example.com"),
            ("x, .example.com", "https://a.EXAMPLE.com"),
            ("*.example.com", "https://a.example.com"),
            ("10.0.0.0/8", "https://10.1.2.3"),
            ("10.1.2.3", "https://10.1.2.3:8443"),
            ("fd00::/8", "https://[fd00::1]"),
            ("example.com:443", "https://example.com"),
            ("10.0.0.0/8:8443", "https://10.1.2.3:8443"),
            ("[fd00::1]:443", "https://[fd00::1]"),
        ] {
            assert!(direct(list, address), "{list} {address}");
        }
        for (list, address) in [
            ("example.com", "https://notexample.com"),
            ("example.com:8443", "https://example.com"),
            ("10.0.0.0/8", "https://11.1.2.3"),
            ("10.1.2.3:80", "https://10.1.2.3"),
            ("", "https://example.com"),
            (".", "https://example.com"),
        ] {
            assert!(!direct(list, address), "{list} {address}");
        }
    }
}
