//! One table of what goes wrong: every writing command, with every request of it lost, refused, answered with garbage,
//! cut off in its answer, or the last before the process is killed. Afterwards the same command, unharmed, must lead to
//! where it leads without all that. What is stopped and goes on has a table of its own, `stop`.

use piq_databricks::workspace::Remote;
use piq_deploy::{
    Cancel, DeployError, Desired, Options, Rollback, Silent, bind, deploy, destroy, inventory, read_state, rollback,
    unbind,
};
use serde_json::{Value, json};

use super::changes::{Change, before, difference, same_but_ids};
use super::lab::{Lab, options};

/// What happens to a request.
#[derive(Debug, Clone, Copy)]
enum Mode {
    /// The connection breaks before it has its effect.
    Lost,
    /// It has its effect, and the connection breaks.
    Unanswered,
    /// It fails for a moment.
    Refused,
    /// It has its effect, and something else answers.
    Garbage,
    /// It has its effect, and half of the answer arrives.
    Truncated,
    /// It is the last one before the process is killed, and has no effect any more.
    KilledBefore,
    /// It is the last one before the process is killed.
    KilledAfter,
}

const MODES: [Mode; 7] = [
    Mode::Lost,
    Mode::Unanswered,
    Mode::Refused,
    Mode::Garbage,
    Mode::Truncated,
    Mode::KilledBefore,
    Mode::KilledAfter,
];

impl Mode {
    fn fault(self, nth: usize) -> Value {
        let (when, action) = match self {
            Self::Lost => ("before", json!("drop")),
            Self::Unanswered => ("after", json!("drop")),
            Self::Refused => ("before", json!({"fail": {"status": 500}})),
            Self::Garbage => ("after", json!("garbage")),
            Self::Truncated => ("after", json!("truncate")),
            // nothing gets through any more, as when the process is gone: not even what would tidy up
            Self::KilledBefore => return dead(nth, "before"),
            Self::KilledAfter => return dead(nth, "after"),
        };
        json!([{"nth": nth, "when": when, "action": action}])
    }
}

/// From a request on everything is lost.
fn dead(nth: usize, when: &str) -> Value {
    json!([
        {"nth": nth, "count": 1, "when": when, "action": "drop"},
        {"nth": nth, "count": 1_000_000, "action": "drop"},
    ])
}

/// A command that writes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Command {
    Deploy(Change),
    Rollback,
    Destroy,
    Unbind,
    Bind,
}

const TARGET: &str = "prod";

/// A workspace before the command.
pub(super) struct Scene {
    desired: Desired,
    /// The release that a rollback goes back to.
    first: String,
    /// The job that is bound.
    job: String,
}

pub(super) async fn scene(lab: &Lab, command: Command) -> Scene {
    let change = match command {
        Command::Deploy(change) => change,
        _ => Change::File,
    };
    before(lab, change, TARGET).await;
    let desired = lab.desired(TARGET).await;
    let state = read_state(&lab.control, &desired.site).await.expect("a state");
    let job = state.as_ref().and_then(|s| s.resources.get("jobs.check")).map(|r| r.id.clone()).unwrap_or_default();
    let first = state.and_then(|s| s.release).unwrap_or_default();
    match command {
        Command::Rollback => drop(lab.deploy(&desired, 1).await.expect("deployed")),
        Command::Bind => {
            let lock = options(1).lock;
            unbind(&lab.control, &desired.site, "jobs.check", &lock, &Silent).await.expect("unbound");
        }
        _ => {}
    }
    Scene { desired, first, job }
}

pub(super) async fn run(
    workspace: &Remote,
    command: Command,
    scene: &Scene,
    options: Options,
) -> Result<(), DeployError> {
    let desired = &scene.desired;
    let site = &desired.site;
    match command {
        Command::Deploy(_) => deploy(workspace, desired, &options, &Silent).await.map(drop),
        Command::Rollback => {
            let state = read_state(workspace, site).await?;
            let state = state.ok_or_else(|| DeployError::refused("no state"))?;
            let Rollback { desired, .. } = rollback(&state, site, Some(&scene.first))?;
            deploy(workspace, &desired, &options, &Silent).await.map(drop)
        }
        Command::Destroy => {
            let found = inventory(workspace, site, &desired.resources).await?;
            destroy(workspace, site, &found, &options.lock, &Cancel::never(), &Silent).await.map(drop)
        }
        Command::Unbind => match unbind(workspace, site, "jobs.check", &options.lock, &Silent).await {
            // what an earlier try did is done
            Err(DeployError::Refused { message, .. }) if message.contains("is not deployed") => Ok(()),
            done => done.map(drop),
        },
        Command::Bind => {
            let wanted = &desired.resources["jobs.check"];
            bind(workspace, site, "jobs.check", wanted, &scene.job, &options.lock, &Silent).await.map(drop)
        }
    }
}

async fn every_request(command: Command) {
    let lab = Lab::new().await;
    let there = scene(&lab, command).await;
    lab.requests().await;
    run(&lab.control, command, &there, options(2)).await.expect("unharmed");
    let total = lab.requests().await;
    let unharmed = lab.picture(&there.desired).await;
    let mut wrong = Vec::new();
    for mode in MODES {
        for nth in 1..=total {
            let there = scene(&lab, command).await;
            lab.faults(mode.fault(nth)).await;
            let first = run(lab.brittle(), command, &there, options(2)).await;
            lab.faults(json!([])).await;
            if first.is_ok() {
                let now = lab.picture(&there.desired).await;
                if !same_but_ids(&now, &unharmed) {
                    wrong.push(format!(
                        "{mode:?} {nth} of {total}: it says that it is done: {}",
                        difference(&now, &unharmed)
                    ));
                }
            }
            match run(&lab.control, command, &there, options(3)).await {
                Err(e) => wrong.push(format!("{mode:?} {nth} of {total}: the next one fails: {e}")),
                Ok(()) => {
                    let now = lab.picture(&there.desired).await;
                    if !same_but_ids(&now, &unharmed) {
                        wrong.push(format!("{mode:?} {nth} of {total}: {}", difference(&now, &unharmed)));
                    }
                }
            }
        }
    }
    assert!(total > 3, "{command:?}: {total} requests");
    assert!(wrong.is_empty(), "{command:?}\n{}", wrong.join("\n"));
    lab.server.stop().await;
}

macro_rules! table {
    ($($(#[$tier:meta])? $name:ident: $command:expr;)*) => {
        $(#[tokio::test]
        $(#[$tier])?
        async fn $name() {
            every_request($command).await;
        })*
    };
}

table! {
    a_changed_notebook_and_dashboard: Command::Deploy(Change::File);
    a_rollback: Command::Rollback;
    a_destroy: Command::Destroy;
    an_unbind: Command::Unbind;
    a_bind: Command::Bind;
    #[ignore = "chaos tier: minutes"]
    a_first_deploy: Command::Deploy(Change::First);
    #[ignore = "chaos tier: minutes"]
    a_renamed_job: Command::Deploy(Change::Renamed);
    #[ignore = "chaos tier: minutes"]
    a_removed_job: Command::Deploy(Change::Removed);
    #[ignore = "chaos tier: minutes"]
    changed_permissions: Command::Deploy(Change::Permissions);
}
