// For everybody: no finding of axe in either theme and at any width, and the whole page by keyboard alone.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { deliver, handler, open, post, quit, shoot, signed, start, violations } from "./support.mjs";

after(quit);

const go = (page, hash) => page.evaluate((value) => (location.hash = value), hash);

const VIEWS = [
  ["list", "#/deliveries", (page) => page.locator('[role="option"]').first().waitFor()],
  ["delivery", "#/deliveries/2", (page) => page.getByRole("article", { name: "Delivery 2" }).waitFor()],
  ["invalid-delivery", "#/deliveries/3", (page) => page.getByRole("article", { name: "Delivery 3" }).waitFor()],
  ["headers", "#/deliveries/2?tab=headers", (page) => page.getByRole("region", { name: "Headers" }).waitFor()],
  ["difference", "#/deliveries/2?tab=difference", (page) => page.getByRole("region", { name: "Difference" }).waitFor()],
  ["media", "#/deliveries/2?tab=media", (page) => page.getByText("Output 1").waitFor()],
  ["job", "#/jobs/clx1", (page) => page.getByRole("img", { name: /Timeline/ }).waitFor()],
  ["e2e", "#/e2e", (page) => page.getByRole("button", { name: "Run e2e" }).waitFor()],
  ["check", "#/check", (page) => page.getByRole("heading", { name: "Check a handler" }).waitFor()],
];

for (const [theme, width] of [["light", 1280], ["dark", 1280], ["light", 360], ["dark", 360]]) {
  test(`axe finds nothing in the ${theme} theme at ${width} px, and nothing is wider than the page`, async () => {
    const target = await handler(() => 200);
    const program = await start("listen", ["--port", "0", "--ui", "--forward", target.url]);
    const downloads = [{ url: "https://videos.magichour.ai/id/output.mp4?sig=1", expires_at: "2999-01-01T00:00:00Z" }];
    await deliver(program.url, "video.started", "clx1");
    await deliver(program.url, "video.completed", "clx1", { downloads });
    const body = JSON.stringify({ type: "video.completed", payload: { id: "clx1" } });
    await post(program.url, body, signed(body, "another"));
    const { page, finish } = await open(program.ui, { viewport: { width, height: 800 }, colorScheme: theme });
    await page.locator('[role="option"]').first().waitFor();
    for (const [name, hash, ready] of VIEWS) {
      await go(page, hash);
      await ready(page);
      await shoot(page, `${name}-${theme}-${width}`);
      assert.deepEqual(await violations(page), [], name);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${name} is ${over} px wider than the page`);
    }
    await go(page, "#/deliveries/2");
    await page.getByRole("button", { name: /Edit and send/ }).click();
    await page.getByRole("dialog").waitFor();
    assert.deepEqual(await violations(page), [], "edit");
    await shoot(page, `edit-${theme}-${width}`);
    await page.keyboard.press("Escape");
    await finish();
    await program.stop();
    target.close();
  });
}

test("the whole page is used by keyboard alone", async () => {
  const target = await handler(() => 200);
  const program = await start("listen", ["--port", "0", "--ui", "--forward", target.url]);
  await deliver(program.url, "video.started", "clx1");
  await deliver(program.url, "video.completed", "clx1");
  const { page, finish } = await open(program.ui, { reducedMotion: "reduce" });
  await page.locator('[role="option"]').first().waitFor();
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.id);
  const tabTo = async (wanted) => {
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press("Tab");
      if ((await focused()).includes(wanted)) return;
    }
    assert.fail(`Tab does not reach ${wanted}`);
  };
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("article", { name: "Delivery 2" }).waitFor();
  await tabTo("Edit and send");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.match(await focused(), /Edit and send/, "the focus goes back to where it was");
  await tabTo("body");
  await page.keyboard.press("ArrowRight");
  await page.getByRole("region", { name: "Headers" }).waitFor();
  assert.match(await focused(), /headers/);
  await page.keyboard.press("r");
  await page.locator(".attempt", { hasText: "just now" }).waitFor();
  assert.match(await focused(), /just now/);
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Choose a delivery" }).waitFor();
  await page.waitForFunction(() => document.activeElement.id === "deliveries");
  await page.keyboard.press("/");
  await page.keyboard.type("verdict:verified");
  await page.keyboard.press("Enter");
  await page.waitForURL(/verdict%3Averified/);
  await finish();
  await program.stop();
  target.close();
});
