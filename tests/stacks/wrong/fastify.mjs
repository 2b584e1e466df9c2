// request.rawBody is there only with a plugin: without it, the text "undefined" is what the HMAC is given.

import { createHmac, timingSafeEqual } from "node:crypto";
import Fastify from "fastify";

const app = Fastify();

app.post("/webhook", async (request, reply) => {
  const timestamp = request.headers["magic-hour-event-timestamp"] ?? "";
  const signature = Buffer.from(request.headers["magic-hour-event-signature"] ?? "");
  const signed = `${timestamp}.${request.rawBody}`;
  const expected = createHmac("sha256", process.env.MAGIC_HOUR_WEBHOOK_SECRET).update(signed).digest("hex");
  const fresh = Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300;
  if (!fresh || signature.length !== 64 || !timingSafeEqual(Buffer.from(expected), signature)) {
    return reply.code(401).send({ message: "invalid signature" });
  }
  return { success: true };
});

await app.listen({ port: Number(process.argv[2]), host: "127.0.0.1" });
