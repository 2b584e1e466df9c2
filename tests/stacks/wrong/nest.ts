// request.rawBody is undefined unless the application is created with rawBody: true, and the HMAC throws.

import "reflect-metadata";
import { createHmac, timingSafeEqual } from "node:crypto";
import { Controller, HttpCode, Module, Post, type RawBodyRequest, Req, UnauthorizedException } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { Request } from "express";

@Controller()
class WebhookController {
  @Post("webhook")
  @HttpCode(200)
  receive(@Req() request: RawBodyRequest<Request>) {
    const timestamp = request.get("magic-hour-event-timestamp") ?? "";
    const signature = Buffer.from(request.get("magic-hour-event-signature") ?? "");
    const hmac = createHmac("sha256", process.env.MAGIC_HOUR_WEBHOOK_SECRET ?? "");
    const expected = hmac.update(`${timestamp}.`).update(request.rawBody as Buffer).digest("hex");
    const fresh = Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300;
    if (!fresh || signature.length !== 64 || !timingSafeEqual(Buffer.from(expected), signature)) {
      throw new UnauthorizedException("invalid signature");
    }
    return { success: true };
  }
}

@Module({ controllers: [WebhookController] })
class ApplicationModule {}

const app = await NestFactory.create(ApplicationModule, { logger: false });
await app.listen(Number(process.argv[2]), "127.0.0.1");
