//! Secrets appear nowhere: not in what any command says, with `--debug` neither, and in nothing that it leaves.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::kit::issuer::{Issuer, SUBJECT};
use crate::kit::{Project, Workspace, signal};

const MODEL_KEY: &str = "sk-the-key-of-the-model-endpoint";

/// Every command with arguments that make it do something, in an order in which they do.
const COMMANDS: [(&str, &str); 47] = [
    ("init", "init another"),
    ("new", "new"),
    ("upgrade", "upgrade"),
    ("new template", "new template macros.sql.j2"),
    ("new enrichment", "new enrichment ai_secret_test --inputs use_case_description"),
    ("render", "render -t TARGET -o rendered"),
    ("validate", "validate -t TARGET"),
    ("auth", "auth"),
    ("auth describe", "auth describe -t TARGET"),
    ("auth check", "auth check -t TARGET -o json"),
    ("plan", "plan -t TARGET --out plan.json"),
    ("deploy", "deploy -t TARGET --stats --force"),
    ("dev", "dev -t TARGET"),
    ("query", "query SELECT -t TARGET"),
    ("load", "load rows.csv main.a.b"),
    ("status", "status -t TARGET"),
    ("open", "open incremental_pipeline_job -t TARGET --print"),
    ("run", "run incremental_pipeline_job -t TARGET"),
    ("try", "try ai_context -t TARGET --limit 1"),
    ("retry", "retry -t TARGET --use-case U-1"),
    ("explain", "explain U-1 -t TARGET"),
    ("eval", "eval -t TARGET"),
    ("doctor", "doctor -t TARGET"),
    ("doctor source", "doctor source -t TARGET"),
    ("bootstrap", "bootstrap -t TARGET --from main.old.pipelineiq"),
    ("rollback", "rollback -t TARGET"),
    ("bind", "bind incremental_pipeline_job 1 -t TARGET"),
    ("generate", "generate"),
    ("generate job", "generate job 1 -t TARGET"),
    ("generate dashboard", "generate dashboard /Workspace/none -t TARGET"),
    ("unbind", "unbind incremental_pipeline_job -t TARGET"),
    ("state", "state"),
    ("state show", "state show -t TARGET"),
    ("state restore", "state restore -t TARGET"),
    ("schema", "schema enrichment"),
    ("completions", "completions bash"),
    ("dashboards", "dashboards"),
    ("dashboards normalise", "dashboards normalise --check"),
    ("dashboards lint", "dashboards lint"),
    ("dashboards pull", "dashboards pull -t TARGET"),
    ("dashboards preview", "dashboards preview -t TARGET --no-open"),
    ("demo", "demo"),
    ("sample-data", "sample-data --rows 2"),
    ("workspace", "workspace"),
    ("workspace start", "workspace start"),
    ("workspace reset", "workspace reset"),
    ("destroy", "destroy -t TARGET --auto-approve"),
];

/// The commands that are looked at with every kind of secret: they authenticate, deploy and run.
const WITH_EACH: [&str; 5] = ["auth describe", "auth check", "plan", "deploy", "status"];

/// The commands that piq says it has.
fn known(project: &Project) -> BTreeSet<String> {
    let out = project.piq(&["docs", "cli"]);
    let text = String::from_utf8(out.stdout).expect("UTF-8");
    let name = |line: &str| Some(line.strip_prefix("## `piq ")?.trim_end_matches('`').to_owned());
    text.lines().filter_map(name).collect()
}

/// All that was said and left, and what must not be in it.
struct Search {
    workspace: Workspace,
    project: Project,
    said: String,
    secrets: Vec<String>,
}

impl Search {
    /// Runs a command as somebody. One that serves is interrupted when it has said where.
    fn run(&mut self, words: &str, who: &[(&str, &str)]) {
        let words_and_debug: Vec<&str> = words.split(' ').chain(["--debug"]).collect();
        let mut command = self.project.command(&words_and_debug);
        command
            // none of this needs the SQL engine to say what it is about to do
            .env("PIQ_PYTHON", self.project.path("no-python"))
            .env("PIQ_MODEL_URL", "http://user:a-password-in-an-address@127.0.0.1:9/v1?key=a-key-in-an-address")
            .env("PIQ_MODEL_KEY", MODEL_KEY)
            .env("DATABRICKS_HOST", self.workspace.host())
            .envs(who.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("piq starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut stderr = child.stderr.take().expect("piped");
        // both are read at once: a full pipe would stop the command
        let messages = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).expect("UTF-8");
            text
        });
        let mut text = String::new();
        if words.starts_with("workspace start") || words.starts_with("dashboards preview") || words.starts_with("dev ")
        {
            stdout.read_line(&mut text).expect("it says where");
            signal("-INT", child.id());
        }
        stdout.read_to_string(&mut text).expect("UTF-8");
        let messages = messages.join().expect("read");
        child.wait().expect("piq ends");
        self.said.push_str(&format!("$ piq {words}\n{text}{messages}\n"));
    }

    /// Reads every file below a folder, but for those that hold the workspace's own credentials.
    fn read(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let name = entry.file_name();
            if entry.path().is_dir() {
                self.read(&entry.path());
            } else if name != "credentials.json" && name != "server.json" {
                let bytes = std::fs::read(entry.path()).expect("a file");
                self.said.push_str(&format!("{}: {}\n", entry.path().display(), String::from_utf8_lossy(&bytes)));
            }
        }
    }

    fn check(&self) {
        for secret in &self.secrets {
            let line = self.said.lines().position(|line| line.contains(secret.as_str()));
            let command = self.said.lines().take(line.unwrap_or(0)).filter(|l| l.starts_with("$ ")).last();
            assert!(line.is_none(), "a secret is shown or left by {command:?}");
        }
    }
}

#[test]
fn no_command_shows_or_leaves_a_secret() {
    let mut all = Search {
        workspace: Workspace::start(),
        project: Project::new(),
        said: String::new(),
        secrets: vec![MODEL_KEY.into(), "a-password-in-an-address".into(), "a-key-in-an-address".into()],
    };
    let covered: BTreeSet<String> = COMMANDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(covered, known(&all.project), "every command has to be looked at");
    let issuer = Issuer::new();
    issuer.trusted_by(&all.workspace, SUBJECT);
    let token = all.workspace.token().to_owned();
    let (id, secret) = (all.workspace.client_id().to_owned(), all.workspace.client_secret().to_owned());
    let endpoint = format!("{}/oidc/v1/token", all.workspace.host());
    all.secrets.extend([token.clone(), secret.clone()]);
    for (name, words) in COMMANDS {
        all.run(&words.replace("TARGET", "dev"), &[("DATABRICKS_TOKEN", &token)]);
        if WITH_EACH.contains(&name) {
            let words = words.replace("TARGET", "prod");
            all.run(&words, &[("DATABRICKS_CLIENT_ID", &id), ("DATABRICKS_CLIENT_SECRET", &secret)]);
            // good for a minute
            let jwt = issuer.token(SUBJECT, &endpoint);
            all.run(&words, &[("DATABRICKS_CLIENT_ID", &id), ("DATABRICKS_OIDC_TOKEN", &jwt)]);
            all.secrets.push(jwt);
        }
        if name == "deploy" {
            let state = all.workspace.record["dir"].as_str().expect("a folder").to_owned();
            all.read(Path::new(&state));
        }
    }
    // failures too: a refusal, no answer, a wrong token
    for action in [json!({"fail": {"status": 403}}), json!("drop")] {
        all.workspace.post("/piq/faults", &json!({"faults": [{"count": 1000, "action": action}]}));
        all.run("deploy -t dev --retry-timeout 0s", &[("DATABRICKS_TOKEN", &token)]);
        all.run("auth check -t dev", &[("DATABRICKS_CLIENT_ID", &id), ("DATABRICKS_CLIENT_SECRET", &secret)]);
    }
    all.workspace.post("/piq/faults", &json!({"faults": []}));
    all.run("auth check -t dev", &[("DATABRICKS_TOKEN", "dapi-a-wrong-token")]);
    all.secrets.push("dapi-a-wrong-token".into());
    let (state, folder) = (all.workspace.record["dir"].as_str().expect("a folder").to_owned(), all.project.path("."));
    all.read(Path::new(&state));
    all.read(&folder);
    for looked_at in ["debug: GET /api/2.0/preview/scim/v2/Me -> 200 ", "piq_bundle", "plan.json", "log.jsonl", ".piq/"]
    {
        assert!(all.said.contains(looked_at), "{looked_at} was not looked at");
    }
    all.check();
}

/// An endpoint that answers 401 and repeats what it was sent, as some do.
fn indiscreet() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let sent: Vec<String> = lines.take_while(|l| !l.is_empty()).filter(|l| l.contains("earer")).collect();
            let body = format!("no access with {}", sent.join(" "));
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 401 Unauthorized\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    format!("http://{address}/v1?key=a-key-in-an-address")
}

#[test]
fn a_model_endpoint_that_repeats_its_key_is_not_quoted_with_it() {
    let project = Project::empty();
    let mut command = project.command(&["workspace", "start", "-o", "json"]);
    let workspace = Workspace::started(command.env("PIQ_MODEL_URL", indiscreet()).env("PIQ_MODEL_KEY", MODEL_KEY));
    let chat = json!({"messages": [{"role": "user", "content": "hello"}]}).to_string();
    let path = "/serving-endpoints/databricks-claude-sonnet-4-6/invocations";
    let (_, answer) = workspace.send("POST", path, &chat);
    let counts = workspace.get("/piq/gateway");
    let said = format!("{answer} {counts}");
    assert!(said.contains("no access with") && said.contains("***"), "{said}");
    assert!(!said.contains(MODEL_KEY) && !said.contains("a-key-in-an-address"), "a secret is shown");
}
