// Receives Magic Hour's webhooks in AWS Lambda (Node.js, behind a function URL or an HTTP API): verifies, keeps, answers.
//
// Set MAGIC_HOUR_WEBHOOK_SECRET in the function's configuration. The handler's name is webhook.handler.

import { createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE_SECONDS = 300;

// Each instance has its own, and loses it: use a conditional write to DynamoDB with a key of (job id, type) in production.
const handled = new Set();

export async function handler(request) {
  const secret = process.env.MAGIC_HOUR_WEBHOOK_SECRET?.trim();
  if (!secret) {
    console.error("MAGIC_HOUR_WEBHOOK_SECRET is not set");
    return answer(500, { message: "not configured" });
  }
  if ((request.requestContext?.http?.method ?? request.httpMethod) !== "POST") {
    return answer(405, { message: "only POST" });
  }
  // The bytes as they came. Lambda may hand them over as base64, depending on the content type.
  const body = Buffer.from(request.body ?? "", request.isBase64Encoded ? "base64" : "utf8");
  if (!isAuthentic(request, body, secret)) return answer(401, { message: "wrong signature" });
  const event = parse(body);
  if (!event) return answer(400, { message: "body is not an event" });
  // The same event may come again: it is answered alike, and handled once.
  const key = `${event.payload.id}:${event.type}`;
  if (!handled.has(key)) {
    await enqueue(event);
    handled.add(key);
  }
  return answer(200, { success: true });
}

// Lambda stops with the answer, so the work belongs elsewhere: send the event to SQS here and let another function
// work on it. Magic Hour waits 10 s for the answer, and no longer; what throws here is answered 502 and comes again.
async function enqueue({ type, payload }) {
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

function answer(statusCode, body) {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function isAuthentic(request, body, secret) {
  const signature = only(request, "magic-hour-event-signature", /^[0-9a-f]{64}$/);
  const timestamp = only(request, "magic-hour-event-timestamp", /^[0-9]{1,12}$/);
  if (!signature || !timestamp) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const expected = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest();
  // Both have 32 bytes, as timingSafeEqual demands: the form was checked.
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

// The value of a header that must be there once and in its form. A REST API keeps the case of names, and lists repeats
// apart; a function URL and an HTTP API join them with a comma.
function only(request, name, form) {
  const lists = Object.entries(request.multiValueHeaders ?? {}).map(([key, values]) => [key, values.join(",")]);
  const found = [...lists, ...Object.entries(request.headers ?? {})].find(([key]) => key.toLowerCase() === name);
  return found && form.test(found[1]) ? found[1] : undefined;
}

function parse(body) {
  try {
    const event = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return typeof event?.type === "string" && typeof event.payload?.id === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}
