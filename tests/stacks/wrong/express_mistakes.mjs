// Express handlers as they are found in the wild, each with one mistake.
//
//     MAGIC_HOUR_WEBHOOK_SECRET=... DEFECT=... node webhook.mjs [PORT]
//
// DEFECT is one of the names that `mistake` is compared with below. The one line on stdout names the real port.

import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";

const mistake = process.env.DEFECT;
const secret = process.env.MAGIC_HOUR_WEBHOOK_SECRET;
const limit = mistake === "small-bodies" ? "100kb" : "2mb";
const app = express();

app.post("/webhook", express.raw({ type: () => true, limit }), async (request, response) => {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (!isAuthentic(request, body)) {
    return response.status(401).json({ message: "invalid signature" });
  }
  const event = parse(body);
  if (typeof event?.type !== "string" || typeof event.payload?.id !== "string") {
    return response.status(400).json({ message: "invalid event" });
  }
  if (mistake === "strict-event-list" && !/^(video|image)\.(started|completed|errored)$/.test(event.type)) {
    return response.status(400).json({ message: "unknown event" });
  }
  if (mistake === "works-before-answering" && event.type.endsWith(".completed")) {
    return; // The answer would come after work that takes longer than anyone waits.
  }
  response.json({ success: true });
});

app.use((error, request, response, next) => {
  const status = error.status ?? 500;
  response.status(status).json({ message: status >= 500 ? "internal error" : error.message });
});

function isAuthentic(request, body) {
  const signature = header(request, "magic-hour-event-signature");
  const timestamp = header(request, "magic-hour-event-timestamp");
  if (!signature || !timestamp || (mistake !== "no-timestamp-check" && !/^\d{1,12}$/.test(timestamp))) return false;
  const age = Date.now() / 1000 - Number(timestamp);
  if (mistake !== "no-timestamp-check" && !(Math.abs(age) <= 300)) return false;
  const signed = mistake === "signs-parsed-body" ? rewritten(body) : body;
  const expected = createHmac("sha256", secret).update(`${timestamp}.`).update(signed).digest("hex");
  // timingSafeEqual throws where the lengths differ.
  if (mistake === "throws-on-lengths") return timingSafeEqual(Buffer.from(expected), Buffer.from(signature));
  return expected === signature;
}

function header(request, name) {
  if (mistake === "other-header-names") {
    return request.headers[name.replace("-event", "").replace("magic", "x-magic")];
  }
  if (mistake === "case-sensitive-headers") {
    const at = request.rawHeaders.indexOf(name);
    return at >= 0 && at === request.rawHeaders.lastIndexOf(name) ? request.rawHeaders[at + 1] : undefined;
  }
  const values = request.headersDistinct[name] ?? [];
  return values.length === 1 ? values[0] : undefined;
}

function rewritten(body) {
  try {
    return Buffer.from(JSON.stringify(parse(body)) ?? "");
  } catch {
    return Buffer.alloc(0);
  }
}

function parse(body) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

const server = app.listen(Number(process.argv[2] ?? 8000), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
