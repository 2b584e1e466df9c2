//! The short help of `mh-hook` alone: what it is, and the commands to try first.

/// The first commands, with what each does.
const FIRST: [(&str, &str); 5] = [
    ("listen", "receive events on http://localhost:8000/webhook"),
    ("send video.completed", "send a signed test event there"),
    ("e2e --image", "create a job in a sandbox and judge its webhooks"),
    ("check", "check your handler against the rules"),
    ("sandbox", "run a local Magic Hour"),
];

/// The text, for stdout.
pub(crate) fn text() -> String {
    let row = |(command, about): &(&str, &str)| format!("  mh-hook {command:<22} {about}");
    let rows = FIRST.iter().map(row).collect::<Vec<_>>().join("\n");
    format!(
        "mh-hook is a toolbox for Magic Hour webhooks: it works offline, without an account.\n\n\
         Try:\n{rows}\n\n\
         `mh-hook --help` lists all commands, `mh-hook listen --help` explains one.\n"
    )
}
