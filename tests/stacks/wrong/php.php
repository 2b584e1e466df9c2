<?php
// The body is parsed, and written again for the HMAC: json_encode puts a backslash before each slash.

$secret = (string) getenv('MAGIC_HOUR_WEBHOOK_SECRET');
$timestamp = $_SERVER['HTTP_MAGIC_HOUR_EVENT_TIMESTAMP'] ?? '';
$signature = $_SERVER['HTTP_MAGIC_HOUR_EVENT_SIGNATURE'] ?? '';
$event = json_decode((string) file_get_contents('php://input'), true);
$expected = hash_hmac('sha256', $timestamp . '.' . json_encode($event), $secret);

header('Content-Type: application/json');
if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > 300 || !hash_equals($expected, $signature)) {
    http_response_code(401);
    echo json_encode(['message' => 'invalid signature']);
    exit;
}
echo json_encode(['success' => true]);
