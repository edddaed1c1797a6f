//! Deploying from outside: piq as a process against the local workspace as another.

mod basics;
mod rig;
