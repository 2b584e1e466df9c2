// What the page does: replay, edit, faults, the sandbox, media, a check and an end-to-end run.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { deliver, handler, open, quit, shoot, shootAll, start, violations } from "./support.mjs";

after(quit);

const go = (page, hash) => page.evaluate((value) => (location.hash = value), hash);

test("a replay is signed anew, and its answer stands beside the old one", async () => {
  const target = await handler((count) => (count === 1 ? 500 : 200));
  const program = await start("listen", ["--port", "0", "--ui", "--forward", target.url]);
  await deliver(program.url, "video.completed", "clx1");
  const { page, finish } = await open(program.ui);
  await go(page, "#/deliveries/1");
  const answers = page.locator(".attempt");
  await answers.filter({ hasText: "forwarded" }).getByText("500").waitFor();
  await page.keyboard.press("r");
  const made = answers.filter({ hasText: "just now" });
  await made.getByText("200").waitFor();
  await made.getByText("answer 2").waitFor();
  assert.ok(await made.evaluate((element) => element === document.activeElement), "the new attempt is selected");
  assert.equal(await answers.count(), 3);
  assert.notEqual(target.seen[1].headers["magic-hour-event-signature"], undefined);
  await page.getByRole("button", { name: "As it was" }).click();
  await answers.nth(3).waitFor();
  assert.equal(target.seen[2].headers["magic-hour-event-signature"], target.seen[0].headers["magic-hour-event-signature"]);
  await shoot(page, "replay");
  await finish();
  await program.stop();
  target.close();
});

test("an edited delivery is sent to a URL that was typed in, with a fault from the catalogue", async () => {
  const target = await handler(() => 401);
  const program = await start("listen", ["--port", "0", "--ui"]);
  await deliver(program.url, "video.completed", "clx1");
  const { page, finish } = await open(program.ui, { allowed: ["400"] });
  await go(page, "#/deliveries/1");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.keyboard.press("e");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Send to" }).selectOption("other");
  await dialog.getByRole("textbox", { name: "URL" }).fill("https://example.com/hook");
  await dialog.getByRole("textbox", { name: "Body" }).fill('{"type":"video.errored","payload":{"id":"clx9"}}');
  await dialog.getByRole("combobox", { name: "Fault" }).selectOption("uppercase-signature");
  await dialog.getByRole("textbox", { name: "Headers" }).fill("content-type: application/json\nx-mine: yes");
  await shoot(page, "edit");
  await dialog.getByRole("button", { name: "Send", exact: true }).click();
  await dialog.getByText("is on another machine").waitFor();
  await dialog.getByRole("textbox", { name: "URL" }).fill(target.url);
  await dialog.getByRole("button", { name: "Send", exact: true }).click();
  const made = page.locator(".attempt").filter({ hasText: "just now" });
  await made.getByText("401").waitFor();
  await made.getByText("edited, fault uppercase-signature").waitFor();
  const [seen] = target.seen;
  assert.equal(seen.body, '{"type":"video.errored","payload":{"id":"clx9"}}');
  assert.equal(seen.headers["x-mine"], "yes");
  assert.match(seen.headers["magic-hour-event-signature"], /[A-F]/);
  await finish();
  await program.stop();
  target.close();
});

test("the sandbox's jobs are created, finished, failed and redelivered, and each has a timeline", async () => {
  const target = await handler((count) => (count === 1 ? 500 : 200));
  const program = await start("sandbox", ["--port", "0", "--ui", "--speed", "realistic", "--time-scale", "100", "--webhook", target.url]);
  const { page, finish } = await open(program.ui);
  await go(page, "#/sandbox");
  await page.getByText("No job yet").waitFor();
  await page.getByRole("combobox", { name: /New/ }).selectOption("video");
  await page.getByRole("button", { name: "Create a job" }).click();
  const job = page.locator(".jobs li").first();
  await job.getByRole("button", { name: "Finish" }).click();
  await job.getByText("complete").waitFor();
  await page.getByRole("button", { name: "Create a job" }).click();
  await job.getByLabel("Error code").fill("no_source_face");
  await job.getByRole("button", { name: "Fail with" }).click();
  await job.getByText("no_source_face").waitFor();
  await page.getByRole("button", { name: "Create a job" }).click();
  await job.getByRole("button", { name: "Cancel" }).click();
  await job.getByText("canceled").waitFor();
  await page.getByRole("button", { name: "+ 1 h" }).click();
  await page.getByText("1 h ahead of the real time").waitFor();
  await shootAll(page, "sandbox");
  assert.deepEqual(await violations(page), []);
  await page.locator(".jobs li").nth(2).getByRole("link").click();
  await page.getByRole("img", { name: /Timeline of/ }).waitFor();
  const events = page.locator(".events li");
  await events.filter({ hasText: "accepted" }).waitFor();
  await events.filter({ hasText: "complete" }).first().waitFor();
  await events.filter({ hasText: "attempt 2" }).first().waitFor();
  const before = target.seen.length;
  await page.getByRole("button", { name: "Redeliver" }).first().click();
  await page.waitForFunction(() => document.querySelectorAll(".plain-list li").length >= 3);
  assert.ok(target.seen.length >= before);
  await shootAll(page, "sandbox-job");
  await finish();
  await program.stop();
  target.close();
});

test("an end-to-end run turns from pending to pass, and shows its media on a click", async () => {
  const program = await start("e2e", ["--image", "--ui"]);
  const { page, finish } = await open(program.ui, { allowed: ["/_sandbox", "/files", "/outputs", "localhost"] });
  await go(page, "#/e2e");
  await page.getByText("The run is over.").waitFor({ timeout: 60_000 });
  assert.ok((await page.locator(".question.pass").count()) >= 8);
  assert.equal(await page.locator(".question.fail, .question.pending").count(), 0);
  await shootAll(page, "e2e");
  assert.deepEqual(await violations(page), []);
  await page.getByRole("link", { name: /^c[a-z0-9]{20,}/ }).first().click();
  await page.getByRole("link", { name: "image.completed" }).first().click();
  await page.getByRole("tab", { name: /media/ }).click();
  assert.equal(await page.locator("main img").count(), 0, "nothing is fetched before the click");
  await page.getByText(/expires in/).waitFor();
  await page.getByRole("button", { name: "Show" }).click();
  const image = page.locator("main img");
  await image.waitFor();
  await page.waitForFunction(() => document.querySelector("main img")?.naturalWidth > 0);
  await shootAll(page, "media-shown");
  await finish();
  await program.stop();
});

test("a handler is checked, and the findings are watched", async () => {
  const target = await handler(() => 200);
  const program = await start("listen", ["--port", "0", "--ui", "--forward", target.url]);
  const { page, finish } = await open(program.ui);
  await go(page, "#/check");
  await page.getByLabel("Cases").selectOption("must");
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByRole("heading", { name: "Findings" }).waitFor({ timeout: 60_000 });
  await page.locator(".finding", { hasText: "signature.checked" }).getByText("what to do").waitFor();
  assert.ok((await page.locator(".finding").count()) > 10);
  await shootAll(page, "check-done");
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "Check again" }).waitFor();
  await finish();
  await program.stop();
  target.close();
});
