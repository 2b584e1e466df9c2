//! The console of a listener: a terminal whose keys are heard, or nothing where input or output is no terminal.

use std::io::{self, IsTerminal};

use tokio::sync::mpsc;

use crate::commands::listen::key_actions::KeyActions;
use crate::commands::listen::keyboard::Keyboard;
use crate::commands::listen::keys::{Key, keys_in};
use crate::commands::listen::terminal_hold::TerminalHold;
use crate::commands::shared::context::Context;
use crate::output::Format;

/// Lines that may wait to be taken.
const LINES: usize = 1;

/// Keyboard of a terminal.
pub(super) struct Console {
    keyboard: Option<Keyboard>,
    /// Whether the terminal is ours now.
    pub(super) hold: TerminalHold,
    /// Takes whole lines instead of keys, as long as somebody waits for them.
    lines: Option<mpsc::Sender<String>>,
    line: Vec<u8>,
}

impl Console {
    /// Takes the keyboard, if a person works here: both ends are terminals, and output is text.
    pub(super) fn open(context: &Context) -> Self {
        let streams = &context.streams;
        let is_dumb = context.environment.var("TERM").is_none_or(|term| term == "dumb");
        let is_wanted =
            streams.format != Format::Json && streams.out.is_terminal() && io::stdin().is_terminal() && !is_dumb;
        let hold = TerminalHold::default();
        let keyboard = if is_wanted { Keyboard::open(hold.clone()) } else { None };
        Self { keyboard, hold, lines: None, line: Vec::new() }
    }

    /// Whether keys are heard.
    pub(super) const fn is_live(&self) -> bool {
        self.keyboard.is_some()
    }

    /// Lines that are typed from now on, until they are no longer taken; then keys are keys again.
    pub(super) fn lines(&mut self) -> Option<mpsc::Receiver<String>> {
        self.keyboard.as_ref()?;
        let (sender, lines) = mpsc::channel(LINES);
        self.lines = Some(sender);
        Some(lines)
    }

    /// Does what keys ask for, until one asks for the end.
    pub(super) async fn quit(&mut self, mut actions: Option<&mut KeyActions>) {
        while let (Some(keyboard), Some(actions)) = (&mut self.keyboard, actions.as_deref_mut()) {
            let typed = keyboard.typed().await;
            if let Some(lines) = self.lines.as_ref().filter(|lines| !lines.is_closed()) {
                take_lines(&typed, &mut self.line, lines);
                continue;
            }
            for key in keys_in(&typed) {
                if key == Key::Quit {
                    return;
                }
                actions.act(key);
            }
        }
        std::future::pending::<()>().await;
    }

    /// Gives the terminal back, and hears Ctrl-Z from then on.
    pub(super) async fn rest(&mut self) {
        if let Some(keyboard) = &mut self.keyboard {
            keyboard.release();
            keyboard.typed().await;
        }
        std::future::pending::<()>().await;
    }
}

/// Collects what is typed, and sends each line that is ended.
fn take_lines(typed: &[u8], line: &mut Vec<u8>, lines: &mpsc::Sender<String>) {
    for byte in typed {
        match byte {
            b'\n' | b'\r' => {
                let text = String::from_utf8_lossy(&std::mem::take(line)).into_owned();
                let _ = lines.try_send(text);
            }
            0x08 | 0x7f => _ = line.pop(),
            byte => line.push(*byte),
        }
    }
}
