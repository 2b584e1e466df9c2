// Receives Magic Hour's webhooks with NestJS: verifies, answers, then works.
//
//     npm install @nestjs/common @nestjs/core @nestjs/platform-express reflect-metadata rxjs
//     MAGIC_HOUR_WEBHOOK_SECRET=... npx tsx webhook.ts [PORT]
//
// In an application of yours, add WebhookController to a module, and in main.ts what `bootstrap` does with the body.

import "reflect-metadata";
import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { pathToFileURL } from "node:url";
import { BadRequestException, Controller, HttpCode, Module, Post, Req, UnauthorizedException } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import express from "express";

type Event = { type: string; payload: { id: string; downloads?: { url: string }[]; error?: unknown } };

const TOLERANCE_SECONDS = 300;

const secret = process.env.MAGIC_HOUR_WEBHOOK_SECRET?.trim() ?? "";
if (!secret) {
  console.error("MAGIC_HOUR_WEBHOOK_SECRET is not set");
  process.exit(1);
}

// Survives no restart and is not shared between processes: use a table with a unique key on (job id, type) in production.
const handled = new Set<string>();

@Controller()
export class WebhookController {
  @Post("webhook")
  @HttpCode(200)
  receive(@Req() request: IncomingMessage & { body?: unknown }): { success: boolean } {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (!isAuthentic(request, body)) throw new UnauthorizedException("wrong signature");
    const event = parse(body);
    if (!event) throw new BadRequestException("body is not an event");
    // The same event may come again: it is answered alike, and handled once.
    const key = `${event.payload.id}:${event.type}`;
    if (!handled.has(key)) {
      handled.add(key);
      setImmediate(handle, event);
    }
    return { success: true };
  }
}

@Module({ controllers: [WebhookController] })
export class WebhookModule {}

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

function isAuthentic(request: IncomingMessage, body: Buffer): boolean {
  const signature = only(request, "magic-hour-event-signature", /^[0-9a-f]{64}$/);
  const timestamp = only(request, "magic-hour-event-timestamp", /^[0-9]{1,12}$/);
  if (!signature || !timestamp) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const expected = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest();
  // Both have 32 bytes, as timingSafeEqual demands: the form was checked.
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

// The value of a header that must be there once and in its form.
function only(request: IncomingMessage, name: string, form: RegExp): string | undefined {
  const values = request.headersDistinct[name] ?? [];
  return values.length === 1 && form.test(values[0]) ? values[0] : undefined;
}

function parse(body: Buffer): Event | undefined {
  try {
    const event = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return typeof event?.type === "string" && typeof event.payload?.id === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}

async function bootstrap(): Promise<void> {
  const port = Number(process.argv[2] ?? 8000);
  const app = await NestFactory.create<NestExpressApplication>(WebhookModule, { bodyParser: false, logger: ["error", "warn"] });
  // The bytes as they came, whatever the content type: they were signed, not what a parser makes of them.
  app.use("/webhook", express.raw({ type: () => true, limit: "2mb" }));
  app.useBodyParser("json"); // For the other routes.
  try {
    await app.listen(port, "127.0.0.1");
    console.log(`listening on ${await app.getUrl()}/webhook`);
  } catch (error) {
    const inUse = (error as { code?: string }).code === "EADDRINUSE";
    console.error(inUse ? `cannot listen on port ${port}: it is in use` : error);
    process.exit(1);
  }
}

// Only where this file is the program, not where it is imported.
if (import.meta.url === pathToFileURL(process.argv[1]).href) void bootstrap();
