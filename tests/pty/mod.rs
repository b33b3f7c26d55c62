//! Programs on a terminal of so many columns, and what is to be seen there. A terminal is a pair of descriptors that the kernel makes;
//! vt100 is what draws.
#![allow(dead_code, reason = "not every test program uses all of this")]

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::pty::{OpenptyResult, Winsize, openpty};

/// More than any of these programs says, so that nothing scrolls away.
const ROWS: u16 = 200;

/// A program that is over, with all that it has sent to its terminal.
pub struct Shown {
    pub status: ExitStatus,
    /// As it was sent.
    pub sent: String,
    columns: u16,
}

/// A program on a terminal of its own.
pub struct Running {
    child: Child,
    terminal: File,
    columns: u16,
}

/// Starts the program with its three streams on a terminal.
pub fn start(command: &mut Command, columns: u16) -> Running {
    let size = Winsize { ws_row: ROWS, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    let OpenptyResult { master, slave } = openpty(&size, None).unwrap();
    let stream = |slave: &OwnedFd| Stdio::from(slave.try_clone().unwrap());
    let child = command.stdin(stream(&slave)).stdout(stream(&slave)).stderr(stream(&slave)).spawn().unwrap();
    // While this end is open here, the other has no end.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    drop(slave);
    Running { child, terminal: File::from(master), columns }
}

/// Runs it to its end.
pub fn run(command: &mut Command, columns: u16) -> Shown {
    start(command, columns).end()
}

impl Running {
    /// Types.
    pub fn send(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).unwrap();
    }

    /// All that comes until there is `mark` in it.
    pub fn until(&mut self, mark: &str) -> String {
        let mut all = Vec::new();
        while !String::from_utf8_lossy(&all).contains(mark) {
            let mut some = [0; 4096];
            match self.terminal.read(&mut some) {
                Ok(0) | Err(_) => panic!("it ended before {mark:?}: {}", String::from_utf8_lossy(&all)),
                Ok(count) => all.extend(&some[..count]),
            }
        }
        String::from_utf8(all).unwrap()
    }

    /// Waits for its end.
    pub fn end(mut self) -> Shown {
        let mut all = Vec::new();
        let mut some = [0; 4096];
        loop {
            match self.terminal.read(&mut some) {
                // The kernel calls it an error where nobody has the other end any more.
                Ok(0) | Err(_) => break,
                Ok(count) => all.extend(&some[..count]),
            }
        }
        let sent = String::from_utf8(all).unwrap();
        Shown { status: self.child.wait().unwrap(), sent, columns: self.columns }
    }
}

impl Shown {
    /// The rows of the screen at the end, without those at its bottom that are empty. A line that is too long has several.
    pub fn rows(&self) -> Vec<String> {
        rows_of(&self.sent, self.columns)
    }

    /// The rows as one text.
    pub fn screen(&self) -> String {
        self.rows().join("\n")
    }

    /// The rows of the screen whenever something in it has changed.
    pub fn frames(&self) -> Vec<Vec<String>> {
        let mut parser = vt100::Parser::new(ROWS, self.columns, 0);
        let mut frames: Vec<Vec<String>> = Vec::new();
        for byte in self.sent.bytes() {
            parser.process(&[byte]);
            // What is being written is no picture yet.
            if matches!(byte, b'\r' | b'\n') {
                frames.push(screen_of(&parser, self.columns));
            }
        }
        frames.push(screen_of(&parser, self.columns));
        frames
    }

    /// Whether anything but text was sent.
    pub fn has_controls(&self) -> bool {
        self.sent.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t'))
    }

    /// Whether a colour was asked for.
    pub fn has_colour(&self) -> bool {
        let mut parser = vt100::Parser::new(ROWS, self.columns, 0);
        parser.process(self.sent.as_bytes());
        let screen = parser.screen();
        let mut cells = (0..ROWS).flat_map(|row| (0..self.columns).map(move |column| (row, column)));
        cells.any(|(row, column)| {
            screen
                .cell(row, column)
                .is_some_and(|cell| cell.fgcolor() != vt100::Color::Default || cell.bold())
        })
    }
}

fn rows_of(sent: &str, columns: u16) -> Vec<String> {
    let mut parser = vt100::Parser::new(ROWS, columns, 0);
    parser.process(sent.as_bytes());
    screen_of(&parser, columns)
}

fn screen_of(parser: &vt100::Parser, columns: u16) -> Vec<String> {
    let mut rows: Vec<String> =
        parser.screen().rows(0, columns).map(|row| row.trim_end().to_owned()).collect();
    let used = rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1);
    rows.truncate(used);
    rows
}
