//! Deploying from outside: piq as a process against the local workspace as another.

mod access;
mod allow;
mod artifacts;
mod basics;
mod budgets;
mod changes;
mod chaos;
mod corners;
mod corpus;
mod crash;
mod first_contact;
mod four_at_once;
mod generate;
#[cfg(unix)]
mod hooks;
#[cfg(unix)]
mod interrupts;
#[cfg(unix)]
mod kill;
#[cfg(unix)]
mod kill_commands;
mod kinds;
mod lab;
mod late_values;
mod locks;
mod many;
mod metadata;
mod notebooks;
#[cfg(unix)]
mod own;
mod plans;
#[cfg(unix)]
mod python;
mod releases;
mod results;
mod rig;
#[cfg(unix)]
mod rollbacks;
mod runs;
#[cfg(unix)]
mod scripts;
mod secrets;
mod stop;
mod takeover;
mod twins;

mod which_files;
