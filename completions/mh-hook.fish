# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mh_hook_global_optspecs
    string join \n format= color= q/quiet v/verbose config= h/help V/version
end

function __fish_mh_hook_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mh_hook_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mh_hook_using_subcommand
    set -l cmd (__fish_mh_hook_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mh-hook -n "__fish_mh_hook_needs_command" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_needs_command" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_needs_command" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_needs_command" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "listen" -d 'Receive events on this machine: verify, keep, show, forward, answer'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "send" -d 'Send signed test events to a URL'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "e2e" -d 'Submit a job, wait for its webhooks, judge the whole integration'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "sandbox" -d 'Serve a local Magic Hour: API, jobs, files and signed webhooks'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "history" -d 'List, show, export and prune the deliveries that were received'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "replay" -d 'Send deliveries of the journal again'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "verify" -d 'Judge one captured delivery, without a listener and without a network'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "check" -d 'Check that a handler would survive production'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "init" -d 'Write a correct webhook handler into a new file'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "events" -d 'List the event types, or print a sample or the schema of one'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "secret" -d 'Show, replace or locate the development secret'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "man" -d 'Print the manual page, or write the pages of all commands into a directory'
complete -c mh-hook -n "__fish_mh_hook_needs_command" -f -a "licenses" -d 'Print the licences of mh-hook and of the code it contains'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l port -d 'The port; 0 takes any that is free' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l bind -d 'Listen on this address instead of on both of localhost' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l path -d 'Take events at this path and below it only; anything else is answered 404' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l events -d 'Show only events of these types (globs work); the others are answered all the same' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l secret-file -d 'Read the secret from this file; - is standard input' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l tolerance -d 'How many seconds a timestamp may be from now, either way' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l max-body -d 'The largest body to accept' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l journal -d 'The journal\'s file, instead of the one in the data directory' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l sync -d 'When an answer may go out: after the disk has the delivery, or after the operating system has it' -r -f -a "full\t''
normal\t''"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l journal-max -d 'Let the oldest deliveries go, refused ones first, when the journal grows beyond this' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l forward -d 'Pass each delivery on to this URL; of a single one the answer is passed back' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l forward-concurrency -d 'How many deliveries are passed on at once; those of one job go one after another' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l ca-file -d 'Trust the certificates in this PEM file too' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l expect -d 'End with success once a verified delivery of this type came (globs work); each needs one of its own' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l where -d 'Count only deliveries with this value, such as payload.id=clx1' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l exit-after -d 'End after so many deliveries' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l timeout -d 'End after so long' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l junit -d 'Write what was expected, and whether it came, to this file as a JUnit report' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l fail-first -d 'Answer 500 to the first attempts of each event, and report how they were repeated' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l respond -d 'Answer every delivery with this status' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l delay -d 'Hold every answer back for so long' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l accept-invalid -d 'Answer invalid deliveries as if they were valid'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l no-journal -d 'Keep no journal: history, replay and the marks of duplicates end with the run'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -l insecure -d 'Take any certificate: for self-signed ones on your own machines'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand listen" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l to -d 'Where to post to' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l id -d 'The job id, payload.id; else a fresh one for each kind' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l set -d 'Change a field, such as payload.name=null: the value is JSON, or else text' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l set-new -d 'Add a field, or change one' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l body -d 'Send exactly the bytes of this file; - is standard input' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l layout -d 'Write the JSON this way' -r -f -a "compact\t'Without white space, as JavaScript writes'
pretty\t'Indented by two spaces'
spaced\t'With a space after each colon and comma, as Python writes'
sorted\t'Compact, with keys in alphabetical order, so that the payload comes before the type'
escaped\t'Compact, with each character outside ASCII as \\uXXXX'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l size -d 'Make each event at least this large, by more downloads' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l header -d 'Add a header, or replace one; \'NAME:\' leaves it out' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l fault -d 'Break the delivery in a named way; \'list\' shows them all' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l secret-file -d 'Read the secret from this file; - is standard input' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l timeout -d 'How long an answer may take' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l expect-status -d 'Succeed on these answers: 2xx, 4xx or one status' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l ca-file -d 'Trust the certificates in this PEM file too' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l time-scale -d 'Wait so many times shorter between the attempts' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l count -d 'Send so many events, each of a job of its own, and sum up' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l duration -d 'Send for so long' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l concurrency -d 'How many events are on their way at once' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l rate -d 'Begin so many events in a second, however fast they are answered' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l documented-only -d 'Leave out the deprecated fields, which the SDKs require and the documentation does not list'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l unsigned -d 'Send no signature'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l dry-run -d 'Print the request instead of sending it'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l curl -d 'Print a curl command that sends the same request, instead of sending it'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l insecure -d 'Take any certificate: for self-signed ones on your own machines'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -l retry -d 'Send again as Magic Hour does, after 1, 2, 4, 8 s ... for 24 hours, until the answer is 2xx'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand send" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l tool -d 'Use this tool instead of the cheapest of a kind; \'list\' shows all' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l prompt -d 'The prompt; at a sandbox it may hold directives such as `[error=no_source_face]`' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l body -d 'The body of the create call, in JSON; - is standard input' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l upload -d 'Upload a file first, and name it in this field of the body: `assets.image_file_path=photo.png`' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l timeout -d 'How long a job may take; else 3m, for videos 20m' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l max-credits -d 'Refuse what would probably cost more credits than this; at Magic Hour 40 if nothing is said' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l download -d 'Keep the outputs in this directory' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l junit -d 'Write the judgements to this file as JUnit XML' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l port -d 'Receive on this port, to which your tunnel leads; else 8000, and for the embedded sandbox any that is free' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l public-url -d 'See first that this URL, which you registered, leads here, before anything is spent' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l forward -d 'Pass each delivery on to this handler, which must answer 2xx within 10 s' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l secret-file -d 'Read the secret from this file; - is standard input' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l grace -d 'How long a webhook may come after the end of its job: 30s, 5s in the embedded sandbox' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l journal -d 'The journal\'s file, instead of the one in the data directory' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l sync -d 'When an answer may go out: after the disk has the delivery, or after the operating system has it' -r -f -a "full\t''
normal\t''"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l journal-max -d 'Let the oldest deliveries go, refused ones first, when the journal grows beyond this' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l ca-file -d 'Trust the certificates in this PEM file too' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l image -d 'Submit an image job; of several kinds, all run at once'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l video -d 'Submit a video job'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l audio -d 'Submit an audio job'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l sandbox -d 'Use the embedded sandbox, offline and free, even if an API key is configured'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l live -d 'Use Magic Hour itself, if need be with the key that the official CLI saved; without a key, fail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l no-verify -d 'Go on without a secret, and judge no signature'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l no-journal -d 'Keep no journal: history, replay and the marks of duplicates end with the run'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -l insecure -d 'Take any certificate: for self-signed ones on your own machines'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand e2e" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l port -d 'The port; 0 takes any that is free' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l bind -d 'Listen on this address instead of on both of localhost; if others can reach it, the control API is off' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l state -d 'Keep the state in this file, and go on from it; without it the state ends with the run' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l api-key-file -d 'Answer only these API keys, one per line; without it any key will do' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l credits -d 'What the account has at first' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l rate-limit -d 'Answer no more calls than this, such as 10/s; others get 429' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l speed -d 'How fast jobs render: instant, fast, realistic, or a factor such as 10' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l workers -d 'How many jobs render at once' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l error-rate -d 'Let so many jobs fail, from 0 to 1' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l seed -d 'Make ids and chance the same in every run' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l webhook -d 'Deliver events to this URL; URL#video.*,image.completed names which' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l secret-file -d 'Read the secret that signs them from this file; - is standard input' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l time-scale -d 'Make the waits between attempts so many times shorter' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l resign -d 'Whether each attempt is signed anew, or carries the first one\'s timestamp and signature' -r -f -a "fresh\t''
reuse\t''"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l duplicate-rate -d 'Send every event of so many jobs twice, from 0 to 1' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l public-base -d 'Let links to files start with this URL' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l ca-file -d 'Trust the certificates in this PEM file too' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l lenient -d 'Take creations of tools that are not known, and guess from the name what they make'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l documented-links -d 'Let webhooks carry links like those in Magic Hour\'s documentation, which lead nowhere'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -l insecure -d 'Take any certificate: for self-signed ones on your own machines'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand sandbox" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -l type -d 'Only events of these types (globs work)' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -l job -d 'Only those of this job: its id, or the beginning of it' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -l since -d 'Only those received since then: 1h (ago), 2026-07-26, or 2026-07-26T15:04:05Z' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -l until -d 'Only those received before then' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -l verdict -d 'Only those with this verdict' -r -f -a "verified\t''
unverified\t''
invalid\t''"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -l where -d 'Only those with this value, such as payload.error.code=timeout' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -l last -d 'Only the last so many of those that match' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -l journal -d 'The journal\'s file, instead of the one in the data directory' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -f -a "list" -d 'List deliveries, the newest last; what `mh-hook history` alone does'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -f -a "show" -d 'Show one delivery: the request as received, its verdict, and every attempt to pass it on'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -f -a "export" -d 'Write deliveries as newline-delimited JSON or as curl commands, without secrets'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and not __fish_seen_subcommand_from list show export prune" -f -a "prune" -d 'Delete old deliveries with their attempts'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -l type -d 'Only events of these types (globs work)' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -l job -d 'Only those of this job: its id, or the beginning of it' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -l since -d 'Only those received since then: 1h (ago), 2026-07-26, or 2026-07-26T15:04:05Z' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -l until -d 'Only those received before then' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -l verdict -d 'Only those with this verdict' -r -f -a "verified\t''
unverified\t''
invalid\t''"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -l where -d 'Only those with this value, such as payload.error.code=timeout' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -l last -d 'Only the last so many of those that match' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -l journal -d 'The journal\'s file, instead of the one in the data directory' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from show" -l journal -d 'The journal\'s file, instead of the one in the data directory' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from show" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from show" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from show" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l type -d 'Only events of these types (globs work)' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l job -d 'Only those of this job: its id, or the beginning of it' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l since -d 'Only those received since then: 1h (ago), 2026-07-26, or 2026-07-26T15:04:05Z' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l until -d 'Only those received before then' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l verdict -d 'Only those with this verdict' -r -f -a "verified\t''
unverified\t''
invalid\t''"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l where -d 'Only those with this value, such as payload.error.code=timeout' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l last -d 'Only the last so many of those that match' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l to -d 'Where those commands post to' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l journal -d 'The journal\'s file, instead of the one in the data directory' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l curl -d 'Write curl commands that send the same requests again'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -l reveal -d 'Leave secrets, credentials and the queries of links in'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from export" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from prune" -l older-than -d 'Delete what was received longer ago' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from prune" -l keep -d 'Delete all but so many, the newest' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from prune" -l journal -d 'The journal\'s file, instead of the one in the data directory' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from prune" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from prune" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from prune" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from prune" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from prune" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand history; and __fish_seen_subcommand_from prune" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l to -d 'Where to post to' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l set -d 'Change a field, such as payload.name=null: the value is JSON, or else text' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l set-new -d 'Add a field, or change one' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l secret-file -d 'Read the secret from this file; - is standard input' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l timeout -d 'How long an answer may take' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l expect-status -d 'Succeed on these answers: 2xx, 4xx or one status' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l type -d 'Only events of these types (globs work)' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l job -d 'Only those of this job: its id, or the beginning of it' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l since -d 'Only those received since then: 1h (ago), 2026-07-26, or 2026-07-26T15:04:05Z' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l until -d 'Only those received before then' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l verdict -d 'Only those with this verdict' -r -f -a "verified\t''
unverified\t''
invalid\t''"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l where -d 'Only those with this value, such as payload.error.code=timeout' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l last -d 'Only the last so many of those that match' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l journal -d 'The journal\'s file, instead of the one in the data directory' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l ca-file -d 'Trust the certificates in this PEM file too' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l as-is -d 'Send them as they came, with their old timestamp and signature, instead of signing them anew'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -l insecure -d 'Take any certificate: for self-signed ones on your own machines'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand replay" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -l body -d 'The raw body, byte for byte, in this file; - is standard input' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -l signature -d 'The value of the header magic-hour-event-signature' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -l timestamp -d 'The value of the header magic-hour-event-timestamp' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -l at -d 'Judge it as of then: 1h (ago), 2026-07-26T15:04:05Z, or Unix seconds; for --body the default is now' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -l tolerance -d 'How many seconds a timestamp may be from then, either way' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -l secret-file -d 'Read the secret from this file; - is standard input' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -l journal -d 'The journal\'s file, instead of the one in the data directory' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand verify" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l only -d 'Put only these cases: ids, groups, or globs such as \'timestamp.*\'' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l skip -d 'Leave these cases out' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l level -d 'Put only cases that bind at least so much' -r -f -a "must\t'Whoever breaks it loses events or accepts forged ones'
should\t'Whoever breaks it will be sorry one day'
may\t'Either way is fine; what the handler does is only reported'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l fail-on -d 'Which broken rules make the run fail' -r -f -a "must\t'What a handler must do'
should\t'What it should do, too'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l id -d 'Use this job, for handlers that answer 404 to jobs that they do not know' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l side-effects -d 'A command that shows what the handler did: its output must change once for an event that comes twice' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l burst -d 'How many events to send at once; 0 leaves the burst out' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l timeout -d 'How long an answer may take' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l concurrency -d 'How many cases to put at once' -r
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l junit -d 'Write the results to this file as JUnit XML' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l secret-file -d 'Read the secret from this file; - is standard input' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l ca-file -d 'Trust the certificates in this PEM file too' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l list -d 'List the cases instead of putting them'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l yes-remote -d 'Go on although the handler is on another machine'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -l insecure -d 'Take any certificate: for self-signed ones on your own machines'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand check" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand init" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand init" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand init" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand init" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand init" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand init" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand events" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand events" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand events" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand events" -l schema -d 'Print the JSON Schema of the type instead of a sample'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand events" -l documented-only -d 'Leave out the deprecated fields, which the SDKs require and the documentation does not list'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand events" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand events" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand events" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand events" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and not __fish_seen_subcommand_from show new path" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and not __fish_seen_subcommand_from show new path" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and not __fish_seen_subcommand_from show new path" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and not __fish_seen_subcommand_from show new path" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and not __fish_seen_subcommand_from show new path" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and not __fish_seen_subcommand_from show new path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and not __fish_seen_subcommand_from show new path" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and not __fish_seen_subcommand_from show new path" -f -a "show" -d 'Print the development secret, for export MAGIC_HOUR_WEBHOOK_SECRET="$(mh-hook secret show)"'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and not __fish_seen_subcommand_from show new path" -f -a "new" -d 'Replace the development secret with a new one, and print it'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and not __fish_seen_subcommand_from show new path" -f -a "path" -d 'Print the file that holds the development secret'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from show" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from show" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from show" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from new" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from new" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from new" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from new" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from new" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from path" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from path" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from path" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand secret; and __fish_seen_subcommand_from path" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand completions" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand completions" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand completions" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand completions" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand completions" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand completions" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand man" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand man" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand man" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand man" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand man" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand man" -s V -l version -d 'Print version'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand licenses" -l format -d 'The form of results: text with details, a line each, or JSON' -r -f -a "pretty\t'For people: lines, coloured JSON, tables'
compact\t'For people in a hurry: one line for each result'
json\t'For programs: one JSON object per line'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand licenses" -l color -d 'Whether to use colour; auto means on a terminal, unless the environment says otherwise' -r -f -a "auto\t'Colour on a terminal, unless the environment says otherwise'
always\t'Colour everywhere'
never\t'No colour'"
complete -c mh-hook -n "__fish_mh_hook_using_subcommand licenses" -l config -d 'Read settings from this file instead of mh-hook.toml and the user\'s own' -r -F
complete -c mh-hook -n "__fish_mh_hook_using_subcommand licenses" -s q -l quiet -d 'Leave out everything but results, warnings and errors'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand licenses" -s v -l verbose -d 'Show more detail'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand licenses" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mh-hook -n "__fish_mh_hook_using_subcommand licenses" -s V -l version -d 'Print version'
