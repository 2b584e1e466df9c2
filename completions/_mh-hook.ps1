
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'mh-hook' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'mh-hook'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'mh-hook' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of results: text with details, a line each, or JSON')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colour; auto means on a terminal, unless the environment says otherwise')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of mh-hook.toml and the user''s own')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('listen', 'listen', [CompletionResultType]::ParameterValue, 'Receive events on this machine: verify, keep, show, forward, answer')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Send signed test events to a URL')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Serve a local Magic Hour: API, jobs, files and signed webhooks')
            [CompletionResult]::new('events', 'events', [CompletionResultType]::ParameterValue, 'List the event types, or print a sample or the schema of one')
            [CompletionResult]::new('secret', 'secret', [CompletionResultType]::ParameterValue, 'Show, replace or locate the development secret')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            break
        }
        'mh-hook;listen' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port; 0 takes any that is free')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Listen on this address instead of on both of localhost')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Take events at this path and below it only; anything else is answered 404')
            [CompletionResult]::new('--events', '--events', [CompletionResultType]::ParameterName, 'Show only events of these types (globs work); the others are answered all the same')
            [CompletionResult]::new('--secret-file', '--secret-file', [CompletionResultType]::ParameterName, 'Read the secret from this file; - is standard input')
            [CompletionResult]::new('--tolerance', '--tolerance', [CompletionResultType]::ParameterName, 'How many seconds a timestamp may be from now, either way')
            [CompletionResult]::new('--max-body', '--max-body', [CompletionResultType]::ParameterName, 'The largest body to accept')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal''s file, instead of the one in the data directory')
            [CompletionResult]::new('--sync', '--sync', [CompletionResultType]::ParameterName, 'When an answer may go out: after the disk has the delivery, or after the operating system has it')
            [CompletionResult]::new('--journal-max', '--journal-max', [CompletionResultType]::ParameterName, 'Let the oldest deliveries go, refused ones first, when the journal grows beyond this')
            [CompletionResult]::new('--forward', '--forward', [CompletionResultType]::ParameterName, 'Pass each delivery on to this URL; of a single one the answer is passed back')
            [CompletionResult]::new('--forward-concurrency', '--forward-concurrency', [CompletionResultType]::ParameterName, 'How many deliveries are passed on at once; those of one job go one after another')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--expect', '--expect', [CompletionResultType]::ParameterName, 'End with success once a verified delivery of this type came (globs work); each needs one of its own')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Count only deliveries with this value, such as payload.id=clx1')
            [CompletionResult]::new('--exit-after', '--exit-after', [CompletionResultType]::ParameterName, 'End after so many deliveries')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End after so long')
            [CompletionResult]::new('--fail-first', '--fail-first', [CompletionResultType]::ParameterName, 'Answer 500 to the first attempts of each event, and report how they were repeated')
            [CompletionResult]::new('--respond', '--respond', [CompletionResultType]::ParameterName, 'Answer every delivery with this status')
            [CompletionResult]::new('--delay', '--delay', [CompletionResultType]::ParameterName, 'Hold every answer back for so long')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of results: text with details, a line each, or JSON')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colour; auto means on a terminal, unless the environment says otherwise')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of mh-hook.toml and the user''s own')
            [CompletionResult]::new('--accept-invalid', '--accept-invalid', [CompletionResultType]::ParameterName, 'Answer invalid deliveries as if they were valid')
            [CompletionResult]::new('--no-journal', '--no-journal', [CompletionResultType]::ParameterName, 'Keep no journal: history, replay and the marks of duplicates end with the run')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Take any certificate: for self-signed ones on your own machines')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mh-hook;send' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Where to post to')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'The job id, payload.id; else a fresh one for each kind')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Change a field, such as payload.name=null: the value is JSON, or else text')
            [CompletionResult]::new('--set-new', '--set-new', [CompletionResultType]::ParameterName, 'Add a field, or change one')
            [CompletionResult]::new('--body', '--body', [CompletionResultType]::ParameterName, 'Send exactly the bytes of this file; - is standard input')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Add a header, or replace one')
            [CompletionResult]::new('--fault', '--fault', [CompletionResultType]::ParameterName, 'Break the delivery in a named way; ''list'' shows them all')
            [CompletionResult]::new('--secret-file', '--secret-file', [CompletionResultType]::ParameterName, 'Read the secret from this file; - is standard input')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long an answer may take')
            [CompletionResult]::new('--expect-status', '--expect-status', [CompletionResultType]::ParameterName, 'Succeed on these answers: 2xx, 4xx or one status')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of results: text with details, a line each, or JSON')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colour; auto means on a terminal, unless the environment says otherwise')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of mh-hook.toml and the user''s own')
            [CompletionResult]::new('--documented-only', '--documented-only', [CompletionResultType]::ParameterName, 'Leave out the deprecated fields, which the SDKs require and the documentation does not list')
            [CompletionResult]::new('--unsigned', '--unsigned', [CompletionResultType]::ParameterName, 'Send no signature')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the request instead of sending it')
            [CompletionResult]::new('--curl', '--curl', [CompletionResultType]::ParameterName, 'Print a curl command that sends the same request, instead of sending it')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Take any certificate: for self-signed ones on your own machines')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mh-hook;sandbox' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port; 0 takes any that is free')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Listen on this address instead of on both of localhost; if others can reach it, the control API is off')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Keep the state in this file, and go on from it; without it the state ends with the run')
            [CompletionResult]::new('--api-key-file', '--api-key-file', [CompletionResultType]::ParameterName, 'Answer only these API keys, one per line; without it any key will do')
            [CompletionResult]::new('--credits', '--credits', [CompletionResultType]::ParameterName, 'What the account has at first')
            [CompletionResult]::new('--rate-limit', '--rate-limit', [CompletionResultType]::ParameterName, 'Answer no more calls than this, such as 10/s; others get 429')
            [CompletionResult]::new('--speed', '--speed', [CompletionResultType]::ParameterName, 'How fast jobs render: instant, fast, realistic, or a factor such as 10')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'How many jobs render at once')
            [CompletionResult]::new('--error-rate', '--error-rate', [CompletionResultType]::ParameterName, 'Let so many jobs fail, from 0 to 1')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Make ids and chance the same in every run')
            [CompletionResult]::new('--webhook', '--webhook', [CompletionResultType]::ParameterName, 'Deliver events to this URL; URL#video.*,image.completed names which')
            [CompletionResult]::new('--secret-file', '--secret-file', [CompletionResultType]::ParameterName, 'Read the secret that signs them from this file; - is standard input')
            [CompletionResult]::new('--time-scale', '--time-scale', [CompletionResultType]::ParameterName, 'Make the waits between attempts so many times shorter')
            [CompletionResult]::new('--resign', '--resign', [CompletionResultType]::ParameterName, 'Whether each attempt is signed anew, or carries the first one''s timestamp and signature')
            [CompletionResult]::new('--duplicate-rate', '--duplicate-rate', [CompletionResultType]::ParameterName, 'Send every event of so many jobs twice, from 0 to 1')
            [CompletionResult]::new('--public-base', '--public-base', [CompletionResultType]::ParameterName, 'Let links to files start with this URL')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of results: text with details, a line each, or JSON')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colour; auto means on a terminal, unless the environment says otherwise')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of mh-hook.toml and the user''s own')
            [CompletionResult]::new('--lenient', '--lenient', [CompletionResultType]::ParameterName, 'Take creations of tools that are not known, and guess from the name what they make')
            [CompletionResult]::new('--documented-links', '--documented-links', [CompletionResultType]::ParameterName, 'Let webhooks carry links like those in Magic Hour''s documentation, which lead nowhere')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Take any certificate: for self-signed ones on your own machines')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mh-hook;events' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of results: text with details, a line each, or JSON')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colour; auto means on a terminal, unless the environment says otherwise')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of mh-hook.toml and the user''s own')
            [CompletionResult]::new('--schema', '--schema', [CompletionResultType]::ParameterName, 'Print the JSON Schema of the type instead of a sample')
            [CompletionResult]::new('--documented-only', '--documented-only', [CompletionResultType]::ParameterName, 'Leave out the deprecated fields, which the SDKs require and the documentation does not list')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mh-hook;secret' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of results: text with details, a line each, or JSON')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colour; auto means on a terminal, unless the environment says otherwise')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of mh-hook.toml and the user''s own')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print the development secret, for export MAGIC_HOUR_WEBHOOK_SECRET="$(mh-hook secret show)"')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Replace the development secret with a new one, and print it')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print the file that holds the development secret')
            break
        }
        'mh-hook;secret;show' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of results: text with details, a line each, or JSON')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colour; auto means on a terminal, unless the environment says otherwise')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of mh-hook.toml and the user''s own')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mh-hook;secret;new' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of results: text with details, a line each, or JSON')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colour; auto means on a terminal, unless the environment says otherwise')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of mh-hook.toml and the user''s own')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mh-hook;secret;path' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of results: text with details, a line each, or JSON')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colour; auto means on a terminal, unless the environment says otherwise')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of mh-hook.toml and the user''s own')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'mh-hook;completions' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of results: text with details, a line each, or JSON')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colour; auto means on a terminal, unless the environment says otherwise')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of mh-hook.toml and the user''s own')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out everything but results, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show more detail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
