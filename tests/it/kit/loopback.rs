//! A small server on loopback that answers every request by a function.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use serde_json::Value;

/// The head of a request.
pub(crate) struct Head {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query.
    pub target: String,
    headers: Vec<(String, String)>,
}

impl Head {
    /// The value of a header; its name in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the request carries a bearer token.
    pub(crate) fn bearer(&self, token: &str) -> bool {
        self.header("authorization").is_some_and(|value| value.eq_ignore_ascii_case(&format!("bearer {token}")))
    }
}

/// Serves until the process ends, and gives the address. The answer is a status and JSON.
pub(crate) fn serve(answer: impl Fn(&Head) -> (u16, Value) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    let address = listener.local_addr().expect("address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let first = lines.next().unwrap_or_default();
            let mut words = first.split(' ').map(str::to_owned);
            let head = Head {
                method: words.next().unwrap_or_default(),
                target: words.next().unwrap_or_default(),
                headers: lines
                    .take_while(|l| !l.is_empty())
                    .filter_map(|l| l.split_once(": ").map(|(n, v)| (n.to_owned(), v.to_owned())))
                    .collect(),
            };
            let (status, body) = answer(&head);
            let body = body.to_string();
            let _ = write!(
                stream,
                "HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("http://{address}")
}
