// An Express handler of Magic Hour's webhooks that follows their documentation to the letter.
//
//     MAGIC_HOUR_WEBHOOK_SECRET=... node server.js [PORT]
//
// PORT, or the environment's PORT, may be 0. The one line on stdout names the real port, once connections are accepted.

import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";

const SIGNATURE = { name: "magic-hour-event-signature", form: /^[0-9a-f]{64}$/ };
const TIMESTAMP = { name: "magic-hour-event-timestamp", form: /^[0-9]{1,12}$/ };
const TOLERANCE_SECONDS = 300;
const KNOWN_TYPES = new Set(
  ["video", "image", "audio"].flatMap((kind) => ["started", "completed", "errored"].map((phase) => `${kind}.${phase}`)),
);

const secret = process.env.MAGIC_HOUR_WEBHOOK_SECRET;
if (!secret) {
  console.error("MAGIC_HOUR_WEBHOOK_SECRET is not set; without it every event would have to be refused");
  process.exit(1);
}

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const seen = new Set();
const app = express();
app.disable("x-powered-by");

app.get("/health", (_request, response) => {
  response.json({ ok: true, events: seen.size });
});

// The raw bytes, whatever the content type says: what was signed is what was sent, not what a parser makes of it.
app.post("/webhook", express.raw({ type: () => true, limit: "1mb", inflate: false }), (request, response) => {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  verify(request, body);
  const { type, payload } = parse(body);
  response.json({ success: true });
  // Deliveries may repeat: the work is done once per event, and after the answer.
  const event = `${payload.id}:${type}`;
  if (seen.has(event)) return;
  seen.add(event);
  setImmediate(handle, type, event);
});

app.use((error, _request, response, _next) => {
  const status = error.status ?? 500;
  if (status >= 500) console.error(error);
  response.status(status).json({ message: status >= 500 ? "internal error" : error.message });
});

function verify(request, body) {
  const signature = onlyHeader(request, SIGNATURE);
  const timestamp = onlyHeader(request, TIMESTAMP);
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    throw new Refusal(401, "timestamp too old or too far in the future");
  }
  const expected = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest();
  // Both are 32 bytes here, or timingSafeEqual would throw: the form was checked above.
  if (!timingSafeEqual(expected, Buffer.from(signature, "hex"))) {
    throw new Refusal(401, "signature differs");
  }
}

// A header that must be there once: of two, this handler and the next proxy could believe different ones.
function onlyHeader(request, { name, form }) {
  const values = request.headersDistinct[name] ?? [];
  if (values.length !== 1 || !form.test(values[0])) {
    throw new Refusal(401, `${name} missing, repeated or malformed`);
  }
  return values[0];
}

function parse(body) {
  let event;
  try {
    event = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new Refusal(400, "body is not JSON");
  }
  if (typeof event?.type !== "string" || typeof event.payload?.id !== "string") {
    throw new Refusal(400, "not an event: type, payload and payload.id are needed");
  }
  return event;
}

function handle(type, event) {
  // A type that this handler does not know is no error: an error would be retried for a day.
  console.error(KNOWN_TYPES.has(type) ? "event" : "unknown type", JSON.stringify(event));
}

const server = app.listen(Number(process.argv[2] ?? process.env.PORT ?? 8000), "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
