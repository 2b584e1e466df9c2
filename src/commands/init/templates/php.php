<?php
// Receives Magic Hour's webhooks: verifies, answers, then works.
//
//     MAGIC_HOUR_WEBHOOK_SECRET=... PHP_CLI_SERVER_WORKERS=4 php -S localhost:8000 webhook.php
//
// Apache, nginx with PHP-FPM and others run it as it is. In Laravel, use $request->getContent() as the body, and leave
// the route out of CSRF protection.

declare(strict_types=1);

const TOLERANCE_SECONDS = 300;
const MAX_BODY_BYTES = 2 * 1024 * 1024;

$secret = trim((string) getenv('MAGIC_HOUR_WEBHOOK_SECRET'));
if ($secret === '') {
    error_log('MAGIC_HOUR_WEBHOOK_SECRET is not set');
    answer(500, ['message' => 'not configured']);
    exit;
}
if (parse_url((string) $_SERVER['REQUEST_URI'], PHP_URL_PATH) !== '/webhook') {
    answer(404, ['message' => 'nothing here']);
    exit;
}
if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    answer(405, ['message' => 'only POST']);
    exit;
}
// The bytes as they came: they were signed, not what json_decode and json_encode make of them.
$body = (string) file_get_contents('php://input', false, null, 0, MAX_BODY_BYTES + 1);
if (strlen($body) > MAX_BODY_BYTES) {
    answer(413, ['message' => 'body too large']);
    exit;
}
if (!is_authentic($body, $secret)) {
    answer(401, ['message' => 'wrong signature']);
    exit;
}
$event = parse($body);
if ($event === null) {
    answer(400, ['message' => 'body is not an event']);
    exit;
}
answer(200, ['success' => true]);
// The same event may come again: it is answered alike, and handled once.
if (is_new($event)) {
    handle($event);
}

/** Your work, after the answer: Magic Hour waits 10 s for that, and no longer. */
function handle(array $event): void
{
    $payload = $event['payload'];
    match (explode('.', $event['type'])[1] ?? '') {
        'completed' => error_log('ready: ' . implode(' ', array_column($payload['downloads'] ?? [], 'url'))),
        'errored' => error_log('failed: ' . json_encode($payload['error'] ?? null)),
        default => error_log('noted: ' . $event['type']), // Types that are new are no error either.
    };
}

/** Sends the answer before the work begins. */
function answer(int $status, array $answer): void
{
    $text = (string) json_encode($answer);
    http_response_code($status);
    header('Content-Type: application/json');
    header('Content-Length: ' . strlen($text));
    ignore_user_abort(true);
    echo $text;
    if (function_exists('fastcgi_finish_request')) {
        fastcgi_finish_request();
    } else {
        while (ob_get_level() > 0) {
            ob_end_flush();
        }
        flush();
    }
}

function is_authentic(string $body, string $secret): bool
{
    $signature = only('magic-hour-event-signature', '/\A[0-9a-f]{64}\z/');
    $timestamp = only('magic-hour-event-timestamp', '/\A[0-9]{1,12}\z/');
    if ($signature === null || $timestamp === null || abs(time() - (int) $timestamp) > TOLERANCE_SECONDS) {
        return false;
    }
    return hash_equals(hash_hmac('sha256', "$timestamp.$body", $secret), $signature);
}

/** The value of a header that must be there once and in its form. Repeated headers are joined with a comma. */
function only(string $name, string $form): ?string
{
    $value = $_SERVER['HTTP_' . strtoupper(strtr($name, '-', '_'))] ?? '';
    return preg_match($form, $value) === 1 ? $value : null;
}

function parse(string $body): ?array
{
    $event = json_decode($body, true);
    $good = is_array($event) && is_string($event['type'] ?? null) && is_array($event['payload'] ?? null)
        && is_string($event['payload']['id'] ?? null);
    return $good ? $event : null;
}

/** PHP keeps nothing between requests, so a file does: use a table with a unique key on (job id, type) in production. */
function is_new(array $event): bool
{
    $folder = sys_get_temp_dir() . '/handled-webhooks-' . hash('sha256', __FILE__);
    if (!is_dir($folder)) {
        @mkdir($folder, 0700);
    }
    // Opening with x fails where the file exists, in one step.
    return @fopen($folder . '/' . hash('sha256', $event['payload']['id'] . ':' . $event['type']), 'x') !== false;
}
