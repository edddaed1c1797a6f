//! Networks between here and the workspace: proxies, certificates, hosts that do not answer. An error names what stands
//! in the way, and none of it is called a failure of authentication.

use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::kit::{Project, Running, Workspace, code, send, text};

/// An address at which nobody listens.
fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// What `plan` fails with in an environment: its exit code, and what it says.
fn fails(env: &[(&str, &str)]) -> (i32, String) {
    let project = Project::new();
    let mut command = project.command(&["plan", "-t", "dev", "--no-estimate", "--retry-timeout", "0s"]);
    let out = command.envs(env.iter().copied()).output().expect("piq starts");
    (code(&out), text(&out.stderr))
}

#[test]
fn a_proxy_that_does_not_answer_is_named_without_its_password() {
    let proxy = closed();
    let address = format!("http://ada:hunter2@{proxy}");
    let host = ("DATABRICKS_HOST", "https://workspace.example.com");
    let (exit, said) = fails(&[host, ("DATABRICKS_TOKEN", "dapi-x"), ("HTTPS_PROXY", &address)]);
    assert_eq!(exit, 1, "{said}");
    assert!(said.contains(&format!("through the proxy http://{proxy} of HTTPS_PROXY")), "{said}");
    assert!(said.contains("NO_PROXY") && !said.contains("hunter2"), "{said}");
    let (exit, said) =
        fails(&[host, ("DATABRICKS_TOKEN", "dapi-x"), ("HTTPS_PROXY", &address), ("NO_PROXY", "example.com:443")]);
    assert_eq!(exit, 1, "{said}");
    assert!(said.contains("no answer from https://workspace.example.com") && !said.contains("proxy"), "{said}");
}

#[test]
fn a_host_that_does_not_answer_is_not_a_failure_of_authentication() {
    let host = format!("https://{}", closed());
    for credentials in [
        &[("DATABRICKS_TOKEN", "dapi-x")][..],
        &[("DATABRICKS_CLIENT_ID", "me"), ("DATABRICKS_CLIENT_SECRET", "shh-secret")],
    ] {
        let (exit, said) = fails(&[credentials, &[("DATABRICKS_HOST", host.as_str())]].concat());
        assert_eq!(exit, 1, "{said}");
        assert!(said.contains("no answer"), "{said}");
        assert!(!said.contains("all authentication methods failed") && !said.contains("shh-secret"), "{said}");
    }
}

/// A server with a certificate that it signed itself.
fn self_signed(folder: &std::path::Path) -> (Running, String) {
    let openssl = |args: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(args).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let made = openssl(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-days",
        "30",
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]);
    assert!({ made }.status().expect("openssl starts").success());
    let address = closed();
    let mut server = openssl(&["s_server", "-accept", &address, "-cert", "cert.pem", "-key", "key.pem", "-www"]);
    let server = Running(server.spawn().expect("openssl starts"));
    let start = Instant::now();
    while TcpStream::connect(&address).is_err() {
        assert!(start.elapsed() < Duration::from_secs(30), "the server does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    (server, format!("https://{address}"))
}

#[test]
fn a_certificate_of_an_unknown_authority_is_said_at_once_and_ssl_cert_file_makes_it_known() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_server, host) = self_signed(dir.path());
    let project = Project::new();
    let plan = |cert: Option<&str>| {
        let mut command = project.command(&["plan", "-t", "dev", "--no-estimate", "--debug"]);
        command.env("DATABRICKS_HOST", &host).env("DATABRICKS_TOKEN", "dapi-x");
        command.envs(cert.map(|path| ("SSL_CERT_FILE", path)));
        let out = command.output().expect("piq starts");
        (code(&out), text(&out.stderr))
    };
    let (exit, said) = plan(None);
    assert_eq!(exit, 1, "{said}");
    assert!(said.contains("certificate") && said.contains("SSL_CERT_FILE"), "{said}");
    let path = dir.path().join("cert.pem");
    let (_, said) = plan(path.to_str());
    assert!(!said.contains("certificate"), "{said}");
}

#[test]
fn a_model_on_this_machine_is_asked_without_a_proxy() {
    let mut model = Command::new("python3");
    let script = "import http.server, json, sys\n\
        class H(http.server.BaseHTTPRequestHandler):\n\
        \x20 def do_POST(self):\n\
        \x20   self.rfile.read(int(self.headers['Content-Length']))\n\
        \x20   body = json.dumps({'choices': [{'message': {'content': 'from here'}}]}).encode()\n\
        \x20   self.send_response(200); self.send_header('Content-Type', 'application/json')\n\
        \x20   self.send_header('Content-Length', str(len(body))); self.end_headers(); self.wfile.write(body)\n\
        s = http.server.HTTPServer(('127.0.0.1', 0), H)\n\
        print(json.dumps({'port': s.server_port}), flush=True)\n\
        s.serve_forever()\n";
    let (_model, at) = super::kit::first_line(model.args(["-c", script]).stderr(Stdio::null()));
    let project = Project::new();
    let mut command = project.command(&["workspace", "start", "-o", "json"]);
    command.env("PIQ_MODEL_URL", format!("http://127.0.0.1:{}/v1", at["port"]));
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        command.env(name, format!("http://{}", closed()));
    }
    let workspace = Workspace::started(&mut command);
    let body = r#"{"messages": [{"role": "user", "content": "hello"}]}"#;
    let path = "/serving-endpoints/databricks-gpt-oss-120b/invocations";
    let (status, answer) = send(workspace.host(), workspace.token(), "POST", path, body);
    assert_eq!(status, 200, "{answer}");
    assert!(answer.to_string().contains("from here"), "{answer}");
}
