// Receives Magic Hour's webhooks with Fastify: verifies, answers, then works.
//
//     npm install fastify
//     MAGIC_HOUR_WEBHOOK_SECRET=... node webhook.mjs [PORT]

import { createHmac, timingSafeEqual } from "node:crypto";
import Fastify from "fastify";

const TOLERANCE_SECONDS = 300;

const secret = process.env.MAGIC_HOUR_WEBHOOK_SECRET?.trim();
if (!secret) {
  console.error("MAGIC_HOUR_WEBHOOK_SECRET is not set");
  process.exit(1);
}

const app = Fastify({ bodyLimit: 2 * 1024 * 1024 });
// Survives no restart and is not shared between processes: use a table with a unique key on (job id, type) in production.
const handled = new Set();

// A plugin has parsers of its own: the other routes keep theirs.
app.register(async (webhooks) => {
  // The bytes as they came, whatever the content type: they were signed, not what a parser makes of them.
  webhooks.removeAllContentTypeParsers();
  webhooks.addContentTypeParser("*", { parseAs: "buffer" }, (request, body, done) => done(null, body));

  webhooks.post("/webhook", async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (!isAuthentic(request, body)) return reply.code(401).send({ message: "wrong signature" });
    const event = parse(body);
    if (!event) return reply.code(400).send({ message: "body is not an event" });
    // The same event may come again: it is answered alike, and handled once.
    const key = `${event.payload.id}:${event.type}`;
    if (!handled.has(key)) {
      handled.add(key);
      setImmediate(handle, event);
    }
    return { success: true };
  });
});

// Your work, after the answer: Magic Hour waits 10 s for that, and no longer.
function handle({ type, payload }) {
  switch (type.split(".")[1]) {
    case "completed":
      console.log("ready:", (payload.downloads ?? []).map(({ url }) => url));
      break;
    case "errored":
      console.log("failed:", payload.error);
      break;
    default:
      console.log("noted:", type); // Types that are new are no error either.
  }
}

function isAuthentic(request, body) {
  const signature = only(request, "magic-hour-event-signature", /^[0-9a-f]{64}$/);
  const timestamp = only(request, "magic-hour-event-timestamp", /^[0-9]{1,12}$/);
  if (!signature || !timestamp) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const expected = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest();
  // Both have 32 bytes, as timingSafeEqual demands: the form was checked.
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

// The value of a header that must be there once and in its form.
function only(request, name, form) {
  const values = request.raw.headersDistinct[name] ?? [];
  return values.length === 1 && form.test(values[0]) ? values[0] : undefined;
}

function parse(body) {
  try {
    const event = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return typeof event?.type === "string" && typeof event.payload?.id === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}

const port = Number(process.argv[2] ?? 8000);
try {
  await app.listen({ port, host: "127.0.0.1" });
  console.log(`listening on http://127.0.0.1:${app.server.address().port}/webhook`);
} catch (error) {
  console.error(error.code === "EADDRINUSE" ? `cannot listen on port ${port}: it is in use` : error.message);
  process.exit(1);
}
