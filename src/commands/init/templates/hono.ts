// Receives Magic Hour's webhooks with Hono: verifies, answers, then works. The same file runs in each of these:
//
//     npm install hono
//     bun run webhook.ts               MAGIC_HOUR_WEBHOOK_SECRET=... in the environment
//     deno serve -E webhook.ts         MAGIC_HOUR_WEBHOOK_SECRET=... in the environment
//     npx wrangler dev webhook.ts      MAGIC_HOUR_WEBHOOK_SECRET=... in .dev.vars; `wrangler secret put` in production
//
// In Node, add: import { serve } from "@hono/node-server"; serve({ fetch: app.fetch, port: 8000 });

import { type Context, Hono } from "hono";
import { env } from "hono/adapter";

type Event = { type: string; payload: { id: string; downloads?: { url: string }[]; error?: unknown } };

const TOLERANCE_SECONDS = 300;
const MAX_BODY_BYTES = 2 * 1024 * 1024;

const app = new Hono();
// Survives no restart and is not shared between instances: use a database with a unique key on (job id, type) in production.
const handled = new Set<string>();

app.post("/webhook", async (c) => {
  const secret = env<{ MAGIC_HOUR_WEBHOOK_SECRET?: string }>(c).MAGIC_HOUR_WEBHOOK_SECRET?.trim();
  if (!secret) {
    console.error("MAGIC_HOUR_WEBHOOK_SECRET is not set");
    return c.json({ message: "not configured" }, 500);
  }
  // The bytes as they came: they were signed, not what c.req.json() makes of them.
  const body = new Uint8Array(await c.req.arrayBuffer());
  if (body.length > MAX_BODY_BYTES) return c.json({ message: "body too large" }, 413);
  if (!(await isAuthentic(c, body, secret))) return c.json({ message: "wrong signature" }, 401);
  const event = parse(body);
  if (!event) return c.json({ message: "body is not an event" }, 400);
  // The same event may come again: it is answered alike, and handled once.
  const key = `${event.payload.id}:${event.type}`;
  if (!handled.has(key)) {
    handled.add(key);
    afterTheAnswer(c, handle(event));
  }
  return c.json({ success: true });
});

// Your work, after the answer: Magic Hour waits 10 s for that, and no longer.
async function handle({ type, payload }: Event): Promise<void> {
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

// Workers end with the answer unless they are asked to wait; elsewhere the process goes on anyway.
function afterTheAnswer(c: Context, work: Promise<void>): void {
  const done = work.catch((error) => console.error(error));
  try {
    c.executionCtx.waitUntil(done);
  } catch {
    // There is no such context outside of Workers.
  }
}

async function isAuthentic(c: Context, body: Uint8Array, secret: string): Promise<boolean> {
  // Repeated headers are joined with a comma, which neither form allows.
  const signature = c.req.header("magic-hour-event-signature") ?? "";
  const timestamp = c.req.header("magic-hour-event-timestamp") ?? "";
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

function bytes(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}

function parse(body: Uint8Array): Event | undefined {
  try {
    const event = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return typeof event?.type === "string" && typeof event.payload?.id === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}

export default app;
