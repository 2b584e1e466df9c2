// express.json() comes first and has read the body: express.raw() leaves it alone, and the HMAC is given an object.

import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";

const secret = process.env.MAGIC_HOUR_WEBHOOK_SECRET;
const app = express();
app.use(express.json());

app.post("/webhook", express.raw({ type: "application/json" }), (request, response) => {
  const timestamp = request.get("magic-hour-event-timestamp") ?? "";
  const signature = Buffer.from(request.get("magic-hour-event-signature") ?? "");
  const expected = createHmac("sha256", secret).update(`${timestamp}.`).update(request.body).digest("hex");
  const fresh = Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300;
  if (!fresh || signature.length !== 64 || !timingSafeEqual(Buffer.from(expected), signature)) {
    return response.status(401).json({ message: "invalid signature" });
  }
  response.json({ success: true });
});

app.listen(Number(process.argv[2]), "127.0.0.1");
