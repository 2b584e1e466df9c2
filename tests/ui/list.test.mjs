// The list: empty, live, filtered, by keyboard, and long.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { clipboard, deliver, open, quit, run, shoot, start } from "./support.mjs";

after(quit);

const row = (page, text) => page.locator('[role="option"]', { hasText: text });

test("an empty page teaches what to do, and sends an event", async () => {
  const program = await start("listen", ["--port", "0", "--ui"]);
  const { page, finish } = await open(program.ui);
  await page.getByRole("heading", { name: "No delivery yet" }).waitFor();
  assert.ok(!page.url().includes("token"), "the token does not stay in the address");
  await page.getByText(program.url, { exact: true }).waitFor();
  await page.getByRole("button", { name: "Copy" }).nth(1).click();
  assert.equal(await clipboard(page), `mh-hook send video.completed --to ${program.url}`);
  await shoot(page, "empty");
  await page.getByRole("button", { name: "Send one now" }).click();
  await row(page, "video.completed").waitFor();
  await finish();
  await program.stop();
});

test("an address that changes while the page begins is taken", async () => {
  const program = await start("listen", ["--port", "0", "--ui"]);
  await deliver(program.url, "video.completed", "clx1");
  const openFirst = () => {
    const watcher = new MutationObserver(() => {
      if (!document.querySelector('[role="listbox"]')) return;
      watcher.disconnect();
      location.hash = "#/deliveries/1";
    });
    watcher.observe(document, { subtree: true, childList: true });
  };
  const { page, finish } = await open(program.ui, { script: openFirst });
  await page.getByRole("heading", { name: "video.completed", level: 1 }).waitFor();
  await finish();
  await program.stop();
});

test("deliveries appear as they come, newest first, and nothing jumps", async () => {
  const program = await start("listen", ["--port", "0", "--ui"]);
  for (let at = 0; at < 40; at += 1) await deliver(program.url, "video.started", `clxold${at}`);
  const { page, finish } = await open(program.ui);
  await row(page, "clxold39").waitFor();
  await deliver(program.url, "image.completed", "clxfirst");
  await row(page, "clxfirst").waitFor();
  assert.match(await page.locator('[role="option"]').first().innerText(), /image\.completed/);
  const list = page.getByRole("listbox");
  await list.evaluate((element) => (element.scrollTop = 700));
  const seen = await page.locator('[role="option"]').nth(12).getAttribute("id");
  const place = () => page.locator(`#${seen}`).evaluate((element) => element.getBoundingClientRect().top);
  const before = await place();
  for (const id of ["a", "b", "c"]) await deliver(program.url, "audio.errored", `clxnew${id}`);
  await page.getByRole("button", { name: "3 new" }).waitFor();
  assert.equal(await place(), before, "rows in view stay where they are");
  await page.waitForFunction(() => document.title === "(3) mh-hook");
  await page.getByRole("button", { name: "3 new" }).click();
  await row(page, "clxnewc").waitFor();
  assert.equal(await list.evaluate((element) => element.scrollTop), 0);
  await page.getByRole("switch", { name: "follow" }).uncheck();
  await deliver(program.url, "audio.started", "clxpaused");
  await page.getByRole("button", { name: "1 new" }).waitFor();
  assert.equal(await row(page, "clxpaused").count(), 0);
  await finish();
  await program.stop();
});

test("filters and search ask the journal, and stand in the address", async () => {
  const program = await start("listen", ["--port", "0", "--ui"]);
  await deliver(program.url, "video.completed", "clxgood", { prompt: "a lighthouse" });
  await deliver(program.url, "image.started", "clxforged", {}, { "content-type": "application/json" });
  const { page, context, finish } = await open(program.ui, { allowed: ["400"] });
  await row(page, "video.completed").waitFor();
  assert.match(await row(page, "image.started").innerText(), /invalid[\s\S]*headers/, "the reason stands in the row");
  await shoot(page, "list");
  await page.getByRole("button", { name: "invalid", exact: true }).click();
  await row(page, "video.completed").waitFor({ state: "detached" });
  assert.match(page.url(), /q=verdict%3Ainvalid/);
  await page.getByRole("searchbox").fill("LIGHTHOUSE");
  await row(page, "video.completed").waitFor();
  await page.waitForURL(/LIGHTHOUSE/);
  const twin = await context.newPage();
  await twin.goto(page.url());
  await row(twin, "video.completed").waitFor();
  assert.equal(await twin.locator('[role="option"]').count(), 1, "another tab gets the token from this one");
  await page.getByRole("searchbox").fill("since:nonsense");
  await page.getByText("cannot read since:nonsense").waitFor();
  await page.getByRole("searchbox").fill("nothing-has-this");
  await page.getByText("No delivery matches.").waitFor();
  await finish();
  await program.stop();
});

test("keys move, open and go back to the same row", async () => {
  const program = await start("listen", ["--port", "0", "--ui"]);
  for (const id of ["a", "b", "c", "d"]) await deliver(program.url, "video.completed", `clx${id}`);
  const { page, finish } = await open(program.ui);
  await row(page, "clxd").waitFor();
  const active = () => page.getByRole("listbox").getAttribute("aria-activedescendant");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowDown");
  assert.equal(await active(), "row-2");
  await page.keyboard.press("k");
  assert.equal(await active(), "row-3");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "video.completed", level: 1 }).waitFor();
  assert.match(page.url(), /deliveries\/3/);
  await page.goBack();
  await page.getByRole("heading", { name: "Choose a delivery" }).waitFor();
  await page.goForward();
  await page.getByRole("heading", { name: "video.completed", level: 1 }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Choose a delivery" }).waitFor();
  assert.equal(await active(), "row-3");
  await page.keyboard.press("/");
  await page.keyboard.type("jrk?");
  assert.equal(await page.getByRole("searchbox").inputValue(), "jrk?");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("next delivery", { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("f");
  assert.equal(await page.getByRole("switch", { name: "follow" }).isChecked(), false);
  await finish();
  await program.stop();
});

test("of 20,000 deliveries fewer than a hundred rows are in the page", async () => {
  const program = await start("listen", ["--port", "0", "--sync", "normal", "--ui"]);
  const { page, finish } = await open(program.ui);
  assert.equal(await run(program.home, ["send", "video.completed", "--to", program.url, "--count", "20000", "--concurrency", "32", "-q"]), 0);
  await page.waitForFunction(() => document.querySelector('[role="option"]')?.id === "row-20000", null, { timeout: 60_000 });
  await page.getByText("20,000 deliveries").waitFor();
  const list = page.getByRole("listbox");
  await list.evaluate((element) => (element.scrollTop = element.scrollHeight / 2));
  await page.locator("#row-10000").waitFor();
  assert.ok((await page.locator('[role="option"]').count()) < 100);
  assert.equal(await page.locator("#row-10000").getAttribute("aria-posinset"), "10001");
  await page.keyboard.press("End");
  await page.locator("#row-1").waitFor();
  await page.waitForFunction(() => document.querySelector('[role="listbox"]').getAttribute("aria-activedescendant") === "row-1");
  await deliver(program.url, "image.completed", "clxlast");
  await page.getByRole("button", { name: "1 new" }).waitFor();
  await page.locator("#row-1").waitFor();
  await page.keyboard.press("Home");
  await page.locator("#row-20000").waitFor();
  assert.ok((await page.locator('[role="option"]').count()) < 100);
  await finish();
  await program.stop();
});

test("during a flood the page asks rarely, and in the background not at all", async () => {
  const program = await start("listen", ["--port", "0", "--sync", "normal", "--ui"]);
  const { page, context, finish } = await open(program.ui);
  await page.getByRole("heading", { name: "No delivery yet" }).waitFor();
  let asked = 0;
  page.on("request", (request) => (asked += request.url().includes("/api/")));
  const began = performance.now();
  assert.equal(await run(program.home, ["send", "video.completed", "--to", program.url, "--count", "6000", "--concurrency", "32", "-q"]), 0);
  const seconds = (performance.now() - began) / 1000;
  assert.ok(asked <= 2 * seconds + 5, `${asked} requests in ${seconds} s`);
  await page.locator("#row-6000").waitFor();
  await page.getByText("6,000 deliveries").waitFor();
  const hide = (hidden) => page.evaluate((now) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => now });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
  const other = await context.newPage();
  await other.goto(page.url());
  await other.locator("#row-6000").waitFor();
  await hide(true);
  await page.getByText("paused", { exact: false }).waitFor();
  asked = 0;
  for (const id of ["a", "b", "c"]) await deliver(program.url, "image.completed", `clxhidden${id}`);
  await other.locator("#row-6003").waitFor();
  assert.equal(asked, 0);
  await hide(false);
  await page.locator("#row-6003").waitFor();
  await finish();
  await program.stop();
});

test("a connection that was lost is made again, and what came meanwhile is shown", async () => {
  const program = await start("listen", ["--port", "0", "--ui"]);
  await deliver(program.url, "video.started", "clxbefore");
  const opened = await open(program.ui, { allowed: ["ERR_INTERNET_DISCONNECTED", "Failed to load resource"] });
  const { page, context, finish } = opened;
  await row(page, "clxbefore").waitFor();
  await page.getByText("live", { exact: true }).waitFor();
  await program.child.kill("SIGSTOP");
  await context.setOffline(true);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  program.child.kill("SIGCONT");
  await deliver(program.url, "video.completed", "clxmeanwhile");
  await context.setOffline(false);
  await row(page, "clxmeanwhile").waitFor();
  await page.getByText("live", { exact: true }).waitFor();
  await finish();
  await program.stop();
});

test("after a restart the old page asks for the new link, which shows the same journal", async () => {
  const first = await start("listen", ["--port", "0", "--ui"]);
  await deliver(first.url, "video.started", "clxkept");
  const { page, finish } = await open(first.ui, { allowed: ["401", "ERR_CONNECTION", "ERR_INCOMPLETE", "Failed to load resource"] });
  await row(page, "clxkept").waitFor();
  const port = new URL(first.ui).port;
  await first.stop(true);
  await page.getByText("not connected").waitFor();
  const second = await start("listen", ["--port", "0", "--ui", port], first.home);
  await page.getByRole("heading", { name: "Open the link that the terminal shows" }).waitFor();
  await page.goto("about:blank");
  await page.goto(second.ui);
  await row(page, "clxkept").waitFor();
  await finish();
  await second.stop();
});

test("a page without the token shows nothing", async () => {
  const program = await start("listen", ["--port", "0", "--ui"]);
  const { page, finish } = await open(program.ui.split("#")[0]);
  await page.getByRole("heading", { name: "Open the link that the terminal shows" }).waitFor();
  await finish();
  await program.stop();
});
