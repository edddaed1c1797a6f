//! piq at a terminal: a pseudo terminal, and a virtual screen that shows what a person would see.

use std::io::{Read as _, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// After this long nothing will come any more.
const PATIENCE: Duration = Duration::from_secs(300);
/// Rows of the screen: enough for everything that a command prints.
const ROWS: u16 = 400;

fn nonzero(size: u16) -> NonZero<u16> {
    NonZero::new(size).expect("a size")
}

/// What the screen shows, and whether more may come.
struct Screen {
    parser: vt100::Parser,
    ended: bool,
}

/// A command that runs at a terminal; killed when dropped.
pub(crate) struct Terminal {
    screen: Arc<(Mutex<Screen>, Condvar)>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    // the terminal is there as long as this is
    _master: Box<dyn MasterPty + Send>,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Terminal {
    /// Starts piq in a folder that is also its home.
    pub(crate) fn start(folder: &Path, columns: u16, args: &[&str]) -> Self {
        Self::start_with(folder, columns, args, &[])
    }

    /// The same with more of an environment.
    pub(crate) fn start_with(folder: &Path, columns: u16, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: ROWS, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_piq"));
        command.args(args);
        command.cwd(folder);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", folder);
        command.env("XDG_STATE_HOME", folder.join(".piq/state"));
        command.env("TERM", "xterm-256color");
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("piq starts");
        drop(pair.slave);
        let screen = Screen { parser: vt100::Parser::new(nonzero(ROWS), nonzero(columns), 0), ended: false };
        let screen = Arc::new((Mutex::new(screen), Condvar::new()));
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let shared = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                let read = reader.read(&mut bytes);
                let (lock, changed) = &*shared;
                let mut screen = lock.lock().expect("not poisoned");
                match read {
                    Ok(n) if n > 0 => screen.parser.process(&bytes[..n]),
                    // the other side closed
                    _ => screen.ended = true,
                }
                changed.notify_all();
                if screen.ended {
                    return;
                }
            }
        });
        let writer = pair.master.take_writer().expect("a writer");
        Self { screen, writer, child, _master: pair.master }
    }

    /// Waits for an event of the screen until something holds.
    fn wait_until<T>(&self, what: &str, holds: impl Fn(&Screen) -> Option<T>) -> T {
        let (lock, changed) = &*self.screen;
        let end = Instant::now() + PATIENCE;
        let mut screen = lock.lock().expect("not poisoned");
        loop {
            if let Some(found) = holds(&screen) {
                return found;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !screen.ended,
                "{what} is not on the screen:\n{}",
                screen.parser.screen().contents()
            );
            screen = changed.wait_timeout(screen, left).expect("not poisoned").0;
        }
    }

    /// Waits until the screen shows a text.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_until(&format!("`{text}`"), |s| s.parser.screen().contents().contains(text).then_some(()));
    }

    /// Types something.
    pub(crate) fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("typed");
        self.writer.flush().expect("typed");
    }

    /// Waits for the end; gives the exit code and the last screen.
    pub(crate) fn finish(mut self) -> (u32, Shown) {
        let (lock, changed) = &*self.screen;
        let mut screen = lock.lock().expect("not poisoned");
        let end = Instant::now() + PATIENCE;
        while !screen.ended {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "piq does not end:\n{}", screen.parser.screen().contents());
            screen = changed.wait_timeout(screen, left).expect("not poisoned").0;
        }
        let shown = Shown::of(screen.parser.screen());
        drop(screen);
        (self.child.wait().expect("waited for").exit_code(), shown)
    }
}

/// A screen at the end of a command.
pub(crate) struct Shown {
    /// Its text.
    pub text: String,
    /// Its text with marks where a style begins and ends: `{green}✓{}`.
    pub styled: String,
    /// Whether the cursor is hidden, which would outlast the command.
    pub hides_cursor: bool,
}

impl Shown {
    fn of(screen: &vt100::Screen) -> Self {
        let (rows, columns) = screen.size();
        let mut styled = String::new();
        for row in 0..rows.get() {
            let (mut line, mut before) = (String::new(), String::new());
            for column in 0..columns.get() {
                let Some(cell) = screen.cell(row, column) else { continue };
                let style = if cell.has_contents() { style_of(cell) } else { String::new() };
                if style != before {
                    line.push_str(&format!("{{{style}}}"));
                    before = style;
                }
                line.push_str(if cell.has_contents() { cell.contents() } else { " " });
            }
            if !before.is_empty() {
                line.push_str("{}");
            }
            styled.push_str(line.trim_end());
            styled.push('\n');
        }
        Self {
            // row by row: a line that the terminal broke stays broken
            text: screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect::<Vec<_>>().join("\n"),
            styled: styled.trim_end().to_owned() + "\n",
            hides_cursor: screen.hide_cursor(),
        }
    }
}

/// The style of a cell as words: weight, then the colour by its name. The names are the terminal's own, so a light and a dark
/// terminal each show them readably.
fn style_of(cell: &vt100::Cell) -> String {
    const NAMES: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
    let mut words: Vec<String> = Vec::new();
    for (is_so, word) in
        [(cell.bold(), "bold"), (cell.dim(), "dim"), (cell.underline(), "underline"), (cell.inverse(), "inverse")]
    {
        if is_so {
            words.push(word.to_owned());
        }
    }
    for (colour, prefix) in [(cell.fgcolor(), ""), (cell.bgcolor(), "on ")] {
        match colour {
            vt100::Color::Default => {}
            vt100::Color::Idx(n) if n < 8 => words.push(format!("{prefix}{}", NAMES[usize::from(n)])),
            vt100::Color::Idx(n) if n < 16 => words.push(format!("{prefix}bright {}", NAMES[usize::from(n - 8)])),
            vt100::Color::Idx(n) => words.push(format!("{prefix}colour {n}")),
            vt100::Color::Rgb(r, g, b) => words.push(format!("{prefix}#{r:02x}{g:02x}{b:02x}")),
        }
    }
    words.join(" ")
}
