//! Deploys and runs as lines on standard error.

use std::time::Instant;

use piq_deploy::{Event, Plan, Progress};

use crate::output::printer::{Printer, confirm};

/// Prints what happens.
pub(crate) struct Lines<'a> {
    out: &'a Printer,
    start: Instant,
    ask: bool,
}

impl<'a> Lines<'a> {
    /// Prints to standard error. With `ask`, a person at a terminal is asked before anything is deleted.
    pub(crate) fn new(out: &'a Printer, ask: bool) -> Self {
        Self { out, start: Instant::now(), ask }
    }
}

impl Progress for Lines<'_> {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Planned(plan) => {
                let c = plan.changes;
                self.out.log(&format!("to create: {}, to update: {}, to delete: {}", c.created, c.updated, c.deleted));
            }
            Event::Waiting(holder, left) => {
                let left = left.as_secs().max(1);
                self.out.log(&format!("waiting for {holder}; its lock expires in {left} s unless it is renewed"));
            }
            Event::TookOver(holder) => self.out.log(&format!("took over the lock of {holder}")),
            Event::Uploaded(done, total) if done == total => self.out.log(&format!("uploaded {total} files")),
            Event::Changed(verb, key) => self.out.log(&format!("{verb} {key}")),
            Event::Note(text) => self.out.log(text),
            Event::Started(run) => self.out.log(&format!("run {}: {}", run.id, run.url)),
            Event::Task(task) => {
                let at = self.start.elapsed().as_secs_f64();
                let attempt = if task.attempt > 0 { format!("attempt {} ", task.attempt + 1) } else { String::new() };
                let spent = if task.over() { format!("{:.1} s", task.seconds()) } else { task.state.message.clone() };
                let line = format!("[{at:6.1} s] {:<32} {:<10} {attempt}{spent}", task.task_key, task.state.word());
                self.out.log(line.trim_end());
            }
            _ => {}
        }
    }

    fn approve(&self, plan: &Plan) -> bool {
        if !self.ask {
            return false;
        }
        for deletion in plan.deletions() {
            self.out.log(&format!("delete {} \"{}\"", deletion.key, deletion.name));
        }
        confirm("Delete these?")
    }
}
