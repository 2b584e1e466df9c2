//! The command: finds a command or a topic and prints its help.

use clap::{Args, Command};

use crate::commands::Context;
use crate::commands::help::markdown::Markdown;
use crate::commands::help::topic::{TOPICS, Topic, topic};
use crate::error::{Error, Exit};
use crate::model::nearest;
use crate::output::{Cell, Format, Printer, Record, Render, Role, Table, TextWriter};

/// Print the help of a command, or a topic of the reference
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook help              list the commands and the topics
  mh-hook help listen       the help of a command
  mh-hook help exit-codes   a topic of the reference")]
pub struct HelpArgs {
    /// Command (such as `listen` or `history show`) or topic (such as `exit-codes`)
    #[arg(value_name = "COMMAND|TOPIC")]
    words: Vec<String>,
}

/// Prints the help of what `args` names; `program` is the definition of the whole command line.
pub fn run(args: &HelpArgs, program: Command, context: &Context) -> Result<Exit, Error> {
    if let [name] = args.words.as_slice()
        && let Some(topic) = topic(name)
    {
        return print_topic(topic, context);
    }
    let mut command = find(program, &args.words)?;
    let help = command.render_help();
    let out = &context.streams.out;
    out.write_text(&if out.theme().is_coloured() { help.ansi().to_string() } else { help.to_string() })?;
    if args.words.is_empty() {
        out.write_text(&topic_list(context))?;
    }
    Ok(Exit::Done)
}

/// The command that `words` lead to, built so that its help shows global options and the whole usage.
fn find(mut program: Command, words: &[String]) -> Result<Command, Error> {
    program.build();
    let mut command = program;
    for word in words {
        let Some(found) = command.find_subcommand(word) else { return Err(unknown(&command, word)) };
        command = found.clone();
    }
    Ok(command)
}

fn unknown(command: &Command, word: &str) -> Error {
    let names = command.get_subcommands().map(Command::get_name).chain(TOPICS.iter().map(|topic| topic.name));
    let hint = match nearest(word, names) {
        Some(name) => format!("did you mean `mh-hook help {name}`? `mh-hook help` lists all"),
        None => "`mh-hook help` lists commands and topics".to_owned(),
    };
    Error::usage(format!("no command or topic is named '{word}'"), hint)
}

/// Prints a topic: laid out on a terminal, as Markdown into a file or a pipe.
fn print_topic(topic: &'static Topic, context: &Context) -> Result<Exit, Error> {
    let out = &context.streams.out;
    if context.streams.format == Format::Json || out.is_terminal() {
        Printer::new(&context.streams).print(topic)?;
    } else {
        out.write_text(topic.text)?;
    }
    Ok(Exit::Done)
}

fn topic_list(context: &Context) -> String {
    let out = &context.streams.out;
    let mut table = Table::new().wrapping();
    for topic in TOPICS {
        table.row([Cell::new(&format!("  {}", topic.name)).role(Role::Strong), Cell::new(topic.about)]);
    }
    let mut text = String::new();
    let mut writer = TextWriter::new(&mut text, out.theme(), out.width(), Format::Pretty);
    writer.newline().line("Topics (`mh-hook help TOPIC`):");
    table.render(&mut writer);
    text
}

impl Render for Topic {
    fn render(&self, writer: &mut TextWriter<'_>) {
        Markdown(self.text).render(writer);
    }
}

impl Record for Topic {
    const NAME: &'static str = "topic";
}
