// Receives Magic Hour's webhooks in a Cloudflare Worker: verifies, answers, then works.
//
//     npx wrangler dev webhook.mjs --port 8000
//
// MAGIC_HOUR_WEBHOOK_SECRET=... belongs in .dev.vars here, and into `npx wrangler secret put` in production.

const TOLERANCE_SECONDS = 300;
const MAX_BODY_BYTES = 2 * 1024 * 1024;

// Lost whenever the Worker moves: use KV, D1 or a Durable Object with a key of (job id, type) in production.
const handled = new Set();

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== "/webhook") return answer(404, "nothing here");
    if (request.method !== "POST") return answer(405, "only POST");
    const secret = env.MAGIC_HOUR_WEBHOOK_SECRET?.trim();
    if (!secret) {
      console.error("MAGIC_HOUR_WEBHOOK_SECRET is not set");
      return answer(500, "not configured");
    }
    // The bytes as they came: they were signed, not what request.json() makes of them.
    const body = new Uint8Array(await request.arrayBuffer());
    if (body.length > MAX_BODY_BYTES) return answer(413, "body too large");
    if (!(await isAuthentic(request.headers, body, secret))) return answer(401, "wrong signature");
    const event = parse(body);
    if (!event) return answer(400, "body is not an event");
    // The same event may come again: it is answered alike, and handled once.
    const key = `${event.payload.id}:${event.type}`;
    if (!handled.has(key)) {
      handled.add(key);
      context.waitUntil(handle(event).catch((error) => console.error(error)));
    }
    return Response.json({ success: true });
  },
};

// Your work, after the answer: Magic Hour waits 10 s for that, and no longer.
async function handle({ type, payload }) {
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

function answer(status, message) {
  return Response.json({ message }, { status });
}

async function isAuthentic(headers, body, secret) {
  // Repeated headers are joined with a comma, which neither form allows.
  const signature = headers.get("magic-hour-event-signature") ?? "";
  const timestamp = headers.get("magic-hour-event-timestamp") ?? "";
  if (!/^[0-9a-f]{64}$/.test(signature) || !/^[0-9]{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const prefix = new TextEncoder().encode(`${timestamp}.`);
  const signed = new Uint8Array(prefix.length + body.length);
  signed.set(prefix);
  signed.set(body, prefix.length);
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), hmac, false, ["verify"]);
  // Compares in constant time.
  return crypto.subtle.verify("HMAC", key, bytes(signature), signed);
}

function bytes(hex) {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}

function parse(body) {
  try {
    const event = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return typeof event?.type === "string" && typeof event.payload?.id === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}
