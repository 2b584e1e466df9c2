
use builtin;
use str;

set edit:completion:arg-completer[mh-hook] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'mh-hook'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'mh-hook'= {
            cand --format 'The form of results: text with details, a line each, or JSON'
            cand --color 'Whether to use colour; auto means on a terminal, unless the environment says otherwise'
            cand --config 'Read settings from this file instead of mh-hook.toml and the user''s own'
            cand -q 'Leave out everything but results, warnings and errors'
            cand --quiet 'Leave out everything but results, warnings and errors'
            cand -v 'Show more detail'
            cand --verbose 'Show more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand listen 'Receive events on this machine: verify, keep, show, forward, answer'
            cand send 'Send signed test events to a URL'
            cand events 'List the event types, or print a sample or the schema of one'
            cand secret 'Show, replace or locate the development secret'
            cand completions 'Print the completion script of a shell'
        }
        &'mh-hook;listen'= {
            cand --port 'The port; 0 takes any that is free'
            cand --bind 'Listen on this address instead of on both of localhost'
            cand --path 'Take events at this path and below it only; anything else is answered 404'
            cand --events 'Show only events of these types (globs work); the others are answered all the same'
            cand --secret-file 'Read the secret from this file; - is standard input'
            cand --tolerance 'How many seconds a timestamp may be from now, either way'
            cand --max-body 'The largest body to accept'
            cand --journal 'The journal''s file, instead of the one in the data directory'
            cand --sync 'When an answer may go out: after the disk has the delivery, or after the operating system has it'
            cand --journal-max 'Let the oldest deliveries go, refused ones first, when the journal grows beyond this'
            cand --forward 'Pass each delivery on to this URL; of a single one the answer is passed back'
            cand --forward-concurrency 'How many deliveries are passed on at once; those of one job go one after another'
            cand --ca-file 'Trust the certificates in this PEM file too'
            cand --expect 'End with success once a verified delivery of this type came (globs work); each needs one of its own'
            cand --where 'Count only deliveries with this value, such as payload.id=clx1'
            cand --exit-after 'End after so many deliveries'
            cand --timeout 'End after so long'
            cand --fail-first 'Answer 500 to the first attempts of each event, and report how they were repeated'
            cand --respond 'Answer every delivery with this status'
            cand --delay 'Hold every answer back for so long'
            cand --format 'The form of results: text with details, a line each, or JSON'
            cand --color 'Whether to use colour; auto means on a terminal, unless the environment says otherwise'
            cand --config 'Read settings from this file instead of mh-hook.toml and the user''s own'
            cand --accept-invalid 'Answer invalid deliveries as if they were valid'
            cand --no-journal 'Keep no journal: history, replay and the marks of duplicates end with the run'
            cand --insecure 'Take any certificate: for self-signed ones on your own machines'
            cand -q 'Leave out everything but results, warnings and errors'
            cand --quiet 'Leave out everything but results, warnings and errors'
            cand -v 'Show more detail'
            cand --verbose 'Show more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mh-hook;send'= {
            cand --to 'Where to post to'
            cand --id 'The job id, payload.id; else a fresh one for each kind'
            cand --set 'Change a field, such as payload.name=null: the value is JSON, or else text'
            cand --set-new 'Add a field, or change one'
            cand --body 'Send exactly the bytes of this file; - is standard input'
            cand --header 'Add a header, or replace one'
            cand --fault 'Break the delivery in a named way; ''list'' shows them all'
            cand --secret-file 'Read the secret from this file; - is standard input'
            cand --timeout 'How long an answer may take'
            cand --expect-status 'Succeed on these answers: 2xx, 4xx or one status'
            cand --ca-file 'Trust the certificates in this PEM file too'
            cand --time-scale 'Wait so many times shorter between the attempts'
            cand --count 'Send so many events, each of a job of its own, and sum up'
            cand --duration 'Send for so long'
            cand --concurrency 'How many events are on their way at once'
            cand --rate 'Begin so many events in a second, however fast they are answered'
            cand --format 'The form of results: text with details, a line each, or JSON'
            cand --color 'Whether to use colour; auto means on a terminal, unless the environment says otherwise'
            cand --config 'Read settings from this file instead of mh-hook.toml and the user''s own'
            cand --documented-only 'Leave out the deprecated fields, which the SDKs require and the documentation does not list'
            cand --unsigned 'Send no signature'
            cand --dry-run 'Print the request instead of sending it'
            cand --curl 'Print a curl command that sends the same request, instead of sending it'
            cand --insecure 'Take any certificate: for self-signed ones on your own machines'
            cand --retry 'Send again as Magic Hour does, after 1, 2, 4, 8 s ... for 24 hours, until the answer is 2xx'
            cand -q 'Leave out everything but results, warnings and errors'
            cand --quiet 'Leave out everything but results, warnings and errors'
            cand -v 'Show more detail'
            cand --verbose 'Show more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mh-hook;events'= {
            cand --format 'The form of results: text with details, a line each, or JSON'
            cand --color 'Whether to use colour; auto means on a terminal, unless the environment says otherwise'
            cand --config 'Read settings from this file instead of mh-hook.toml and the user''s own'
            cand --schema 'Print the JSON Schema of the type instead of a sample'
            cand --documented-only 'Leave out the deprecated fields, which the SDKs require and the documentation does not list'
            cand -q 'Leave out everything but results, warnings and errors'
            cand --quiet 'Leave out everything but results, warnings and errors'
            cand -v 'Show more detail'
            cand --verbose 'Show more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mh-hook;secret'= {
            cand --format 'The form of results: text with details, a line each, or JSON'
            cand --color 'Whether to use colour; auto means on a terminal, unless the environment says otherwise'
            cand --config 'Read settings from this file instead of mh-hook.toml and the user''s own'
            cand -q 'Leave out everything but results, warnings and errors'
            cand --quiet 'Leave out everything but results, warnings and errors'
            cand -v 'Show more detail'
            cand --verbose 'Show more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand show 'Print the development secret, for export MAGIC_HOUR_WEBHOOK_SECRET="$(mh-hook secret show)"'
            cand new 'Replace the development secret with a new one, and print it'
            cand path 'Print the file that holds the development secret'
        }
        &'mh-hook;secret;show'= {
            cand --format 'The form of results: text with details, a line each, or JSON'
            cand --color 'Whether to use colour; auto means on a terminal, unless the environment says otherwise'
            cand --config 'Read settings from this file instead of mh-hook.toml and the user''s own'
            cand -q 'Leave out everything but results, warnings and errors'
            cand --quiet 'Leave out everything but results, warnings and errors'
            cand -v 'Show more detail'
            cand --verbose 'Show more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mh-hook;secret;new'= {
            cand --format 'The form of results: text with details, a line each, or JSON'
            cand --color 'Whether to use colour; auto means on a terminal, unless the environment says otherwise'
            cand --config 'Read settings from this file instead of mh-hook.toml and the user''s own'
            cand -q 'Leave out everything but results, warnings and errors'
            cand --quiet 'Leave out everything but results, warnings and errors'
            cand -v 'Show more detail'
            cand --verbose 'Show more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mh-hook;secret;path'= {
            cand --format 'The form of results: text with details, a line each, or JSON'
            cand --color 'Whether to use colour; auto means on a terminal, unless the environment says otherwise'
            cand --config 'Read settings from this file instead of mh-hook.toml and the user''s own'
            cand -q 'Leave out everything but results, warnings and errors'
            cand --quiet 'Leave out everything but results, warnings and errors'
            cand -v 'Show more detail'
            cand --verbose 'Show more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'mh-hook;completions'= {
            cand --format 'The form of results: text with details, a line each, or JSON'
            cand --color 'Whether to use colour; auto means on a terminal, unless the environment says otherwise'
            cand --config 'Read settings from this file instead of mh-hook.toml and the user''s own'
            cand -q 'Leave out everything but results, warnings and errors'
            cand --quiet 'Leave out everything but results, warnings and errors'
            cand -v 'Show more detail'
            cand --verbose 'Show more detail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
    ]
    $completions[$command]
}
