// A delivery as something to paste: a curl command, an mh-hook command, a test for pytest or for node:test.

import { bytesOf } from "./text.mjs";

/** Headers that the client writes by itself. */
const OWN = new Set(["host", "connection", "content-length", "transfer-encoding", "accept-encoding", "expect"]);
const SIGNED = new Set(["magic-hour-event-signature", "magic-hour-event-timestamp"]);

/** A word for a POSIX shell. */
export function shellWord(text) {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function sentHeaders(delivery) {
  return delivery.headers.filter(([name]) => !OWN.has(name));
}

/** A curl command that sends the delivery as it came, old signature and all. */
export function curl(delivery, url) {
  const headers = sentHeaders(delivery).map(([name, value]) => `  -H ${shellWord(`${name}: ${value}`)}`);
  const exact = delivery.body !== undefined && !/[\0]/.test(delivery.body);
  const lines = [`curl -sS ${shellWord(url)}`, ...headers];
  if (exact) return [...lines, `  --data-binary ${shellWord(delivery.body)}`].join(" \\\n");
  const base64 = delivery.body_base64 ?? btoa(String.fromCharCode(...new TextEncoder().encode(delivery.body)));
  return `printf %s ${base64} | base64 -d | ${[...lines, "  --data-binary @-"].join(" \\\n")}`;
}

/** The commands that do the same in a terminal. */
export function command(delivery, url) {
  return `mh-hook replay ${delivery.id} --to ${shellWord(url)}`;
}

function nameOf(delivery) {
  const type = delivery.type ?? "delivery";
  return type.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "") || "delivery";
}

function extraHeaders(delivery) {
  return sentHeaders(delivery).filter(([name]) => !SIGNED.has(name));
}

function bodyBytes(delivery) {
  return delivery.body === undefined ? bytesOf(delivery.body_base64) : new TextEncoder().encode(delivery.body);
}

/** A Python bytes literal. */
export function pythonBytes(bytes) {
  let text = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (character === "\\" || character === "'") text += `\\${character}`;
    else if (byte >= 0x20 && byte < 0x7f) text += character;
    else text += `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return `b'${text}'`;
}

const pythonText = (text) => JSON.stringify(text);

/** A test for pytest that signs the same body anew; it needs nothing but Python. */
export function pytest(delivery, url) {
  const headers = extraHeaders(delivery).map(([name, value]) => `        ${pythonText(name)}: ${pythonText(value)},\n`);
  return `import hashlib
import hmac
import os
import time
from urllib.request import Request, urlopen

URL = ${pythonText(url)}
BODY = ${pythonBytes(bodyBytes(delivery))}


def test_${nameOf(delivery)}_is_accepted():
    secret = os.environ["MAGIC_HOUR_WEBHOOK_SECRET"].encode()
    timestamp = str(int(time.time()))
    signature = hmac.new(secret, timestamp.encode() + b"." + BODY, hashlib.sha256).hexdigest()
    headers = {
${headers.join("")}        "magic-hour-event-timestamp": timestamp,
        "magic-hour-event-signature": signature,
    }
    with urlopen(Request(URL, data=BODY, headers=headers), timeout=10) as response:
        assert 200 <= response.status < 300
`;
}

/** A test for node:test that signs the same body anew; it needs nothing but Node. */
export function nodeTest(delivery, url) {
  const headers = extraHeaders(delivery).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
  const body =
    delivery.body === undefined
      ? `Buffer.from(${JSON.stringify(delivery.body_base64)}, "base64")`
      : `Buffer.from(${JSON.stringify(delivery.body)})`;
  return `import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

const url = ${JSON.stringify(url)};
const body = ${body};

test("${nameOf(delivery).replaceAll("_", ".")} is accepted", async () => {
  const secret = process.env.MAGIC_HOUR_WEBHOOK_SECRET;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", secret).update(\`\${timestamp}.\`).update(body).digest("hex");
  const headers = {
${headers.join("")}    "magic-hour-event-timestamp": timestamp,
    "magic-hour-event-signature": signature,
  };
  const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(10_000) });
  assert.ok(response.ok, \`answered \${response.status}\`);
});
`;
}
