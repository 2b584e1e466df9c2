// Receives Magic Hour's webhooks in Next.js (app router): verifies, answers, then works.
//
// This file is app/webhook/route.ts, so the handler is at /webhook. Its secret belongs in .env.local:
//
//     MAGIC_HOUR_WEBHOOK_SECRET=...

import { createHmac, timingSafeEqual } from "node:crypto";
import { after } from "next/server";

type Event = { type: string; payload: { id: string; downloads?: { url: string }[]; error?: unknown } };

const TOLERANCE_SECONDS = 300;
const MAX_BODY_BYTES = 2 * 1024 * 1024;

// Survives no restart and is not shared between instances: use a table with a unique key on (job id, type) in production.
const handled = new Set<string>();

export async function POST(request: Request): Promise<Response> {
  const secret = process.env.MAGIC_HOUR_WEBHOOK_SECRET?.trim();
  if (!secret) {
    console.error("MAGIC_HOUR_WEBHOOK_SECRET is not set");
    return answer(500, "not configured");
  }
  // The bytes as they came: they were signed, not what request.json() makes of them.
  const body = Buffer.from(await request.arrayBuffer());
  if (body.length > MAX_BODY_BYTES) return answer(413, "body too large");
  if (!isAuthentic(request.headers, body, secret)) return answer(401, "wrong signature");
  const event = parse(body);
  if (!event) return answer(400, "body is not an event");
  // The same event may come again: it is answered alike, and handled once.
  const key = `${event.payload.id}:${event.type}`;
  if (!handled.has(key)) {
    handled.add(key);
    after(() => handle(event));
  }
  return Response.json({ success: true });
}

// Your work, after the answer: Magic Hour waits 10 s for that, and no longer.
function handle({ type, payload }: Event): void {
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

function answer(status: number, message: string): Response {
  return Response.json({ message }, { status });
}

function isAuthentic(headers: Headers, body: Buffer, secret: string): boolean {
  // Repeated headers are joined with a comma, which neither form allows.
  const signature = headers.get("magic-hour-event-signature") ?? "";
  const timestamp = headers.get("magic-hour-event-timestamp") ?? "";
  if (!/^[0-9a-f]{64}$/.test(signature) || !/^[0-9]{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const expected = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest();
  // Both have 32 bytes, as timingSafeEqual demands: the form was checked.
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

function parse(body: Buffer): Event | undefined {
  try {
    const event = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return typeof event?.type === "string" && typeof event.payload?.id === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}
