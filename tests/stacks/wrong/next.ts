// The body is parsed, and written again for the HMAC: right only where it comes as JSON.stringify writes it.

import { createHmac, timingSafeEqual } from "node:crypto";

export async function POST(request: Request): Promise<Response> {
  const timestamp = request.headers.get("magic-hour-event-timestamp") ?? "";
  const signature = request.headers.get("magic-hour-event-signature") ?? "";
  const event = await request.json().catch(() => undefined);
  if (!event?.type || !event.payload) return Response.json({ message: "invalid event" }, { status: 400 });
  const signed = `${timestamp}.${JSON.stringify(event)}`;
  const expected = createHmac("sha256", process.env.MAGIC_HOUR_WEBHOOK_SECRET ?? "").update(signed).digest("hex");
  const fresh = /^\d+$/.test(timestamp) && Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300;
  const right = Buffer.byteLength(signature) === 64 && timingSafeEqual(Buffer.from(expected), Buffer.from(signature));
  if (!fresh || !right) return Response.json({ message: "invalid signature" }, { status: 401 });
  return Response.json({ success: true });
}
