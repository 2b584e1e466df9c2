
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
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'List, show, export and prune the deliveries that were received')
            [CompletionResult]::new('replay', 'replay', [CompletionResultType]::ParameterValue, 'Send deliveries of the journal again')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Judge one captured delivery, without a listener and without a network')
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
            [CompletionResult]::new('--time-scale', '--time-scale', [CompletionResultType]::ParameterName, 'Wait so many times shorter between the attempts')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Send so many events, each of a job of its own, and sum up')
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'Send for so long')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'How many events are on their way at once')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Begin so many events in a second, however fast they are answered')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of results: text with details, a line each, or JSON')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colour; auto means on a terminal, unless the environment says otherwise')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of mh-hook.toml and the user''s own')
            [CompletionResult]::new('--documented-only', '--documented-only', [CompletionResultType]::ParameterName, 'Leave out the deprecated fields, which the SDKs require and the documentation does not list')
            [CompletionResult]::new('--unsigned', '--unsigned', [CompletionResultType]::ParameterName, 'Send no signature')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the request instead of sending it')
            [CompletionResult]::new('--curl', '--curl', [CompletionResultType]::ParameterName, 'Print a curl command that sends the same request, instead of sending it')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Take any certificate: for self-signed ones on your own machines')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'Send again as Magic Hour does, after 1, 2, 4, 8 s ... for 24 hours, until the answer is 2xx')
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
        'mh-hook;history' {
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Only events of these types (globs work)')
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'Only those of this job: its id, or the beginning of it')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only those received since then: 1h (ago), 2026-07-26, or 2026-07-26T15:04:05Z')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only those received before then')
            [CompletionResult]::new('--verdict', '--verdict', [CompletionResultType]::ParameterName, 'Only those with this verdict')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Only those with this value, such as payload.error.code=timeout')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Only the last so many of those that match')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal''s file, instead of the one in the data directory')
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
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List deliveries, the newest last; what `mh-hook history` alone does')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one delivery: the request as received, its verdict, and every attempt to pass it on')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write deliveries as newline-delimited JSON or as curl commands, without secrets')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Delete old deliveries with their attempts')
            break
        }
        'mh-hook;history;list' {
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Only events of these types (globs work)')
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'Only those of this job: its id, or the beginning of it')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only those received since then: 1h (ago), 2026-07-26, or 2026-07-26T15:04:05Z')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only those received before then')
            [CompletionResult]::new('--verdict', '--verdict', [CompletionResultType]::ParameterName, 'Only those with this verdict')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Only those with this value, such as payload.error.code=timeout')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Only the last so many of those that match')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal''s file, instead of the one in the data directory')
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
        'mh-hook;history;show' {
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal''s file, instead of the one in the data directory')
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
        'mh-hook;history;export' {
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Only events of these types (globs work)')
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'Only those of this job: its id, or the beginning of it')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only those received since then: 1h (ago), 2026-07-26, or 2026-07-26T15:04:05Z')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only those received before then')
            [CompletionResult]::new('--verdict', '--verdict', [CompletionResultType]::ParameterName, 'Only those with this verdict')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Only those with this value, such as payload.error.code=timeout')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Only the last so many of those that match')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Where those commands post to')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal''s file, instead of the one in the data directory')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of results: text with details, a line each, or JSON')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colour; auto means on a terminal, unless the environment says otherwise')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of mh-hook.toml and the user''s own')
            [CompletionResult]::new('--curl', '--curl', [CompletionResultType]::ParameterName, 'Write curl commands that send the same requests again')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Leave secrets, credentials and the queries of links in')
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
        'mh-hook;history;prune' {
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Delete what was received longer ago')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Delete all but so many, the newest')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal''s file, instead of the one in the data directory')
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
        'mh-hook;replay' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Where to post to')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Change a field, such as payload.name=null: the value is JSON, or else text')
            [CompletionResult]::new('--set-new', '--set-new', [CompletionResultType]::ParameterName, 'Add a field, or change one')
            [CompletionResult]::new('--secret-file', '--secret-file', [CompletionResultType]::ParameterName, 'Read the secret from this file; - is standard input')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long an answer may take')
            [CompletionResult]::new('--expect-status', '--expect-status', [CompletionResultType]::ParameterName, 'Succeed on these answers: 2xx, 4xx or one status')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Only events of these types (globs work)')
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'Only those of this job: its id, or the beginning of it')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only those received since then: 1h (ago), 2026-07-26, or 2026-07-26T15:04:05Z')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only those received before then')
            [CompletionResult]::new('--verdict', '--verdict', [CompletionResultType]::ParameterName, 'Only those with this verdict')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Only those with this value, such as payload.error.code=timeout')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Only the last so many of those that match')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal''s file, instead of the one in the data directory')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of results: text with details, a line each, or JSON')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colour; auto means on a terminal, unless the environment says otherwise')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of mh-hook.toml and the user''s own')
            [CompletionResult]::new('--as-is', '--as-is', [CompletionResultType]::ParameterName, 'Send them as they came, with their old timestamp and signature, instead of signing them anew')
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
        'mh-hook;verify' {
            [CompletionResult]::new('--body', '--body', [CompletionResultType]::ParameterName, 'The raw body, byte for byte, in this file; - is standard input')
            [CompletionResult]::new('--signature', '--signature', [CompletionResultType]::ParameterName, 'The value of the header magic-hour-event-signature')
            [CompletionResult]::new('--timestamp', '--timestamp', [CompletionResultType]::ParameterName, 'The value of the header magic-hour-event-timestamp')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Judge it as of then: 1h (ago), 2026-07-26T15:04:05Z, or Unix seconds; for --body the default is now')
            [CompletionResult]::new('--tolerance', '--tolerance', [CompletionResultType]::ParameterName, 'How many seconds a timestamp may be from then, either way')
            [CompletionResult]::new('--secret-file', '--secret-file', [CompletionResultType]::ParameterName, 'Read the secret from this file; - is standard input')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal''s file, instead of the one in the data directory')
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
