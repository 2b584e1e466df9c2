// One delivery: the verdict, what was compared, the body exactly as it came, and whatever a stranger may send.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { SECRET, clipboard, deliver, open, post, quit, shoot, signed, start } from "./support.mjs";

after(quit);

const show = async (page, id, tab = "") => {
  await page.evaluate((hash) => (location.hash = hash), `#/deliveries/${id}${tab ? `?tab=${tab}` : ""}`);
  await page.getByRole("article", { name: `Delivery ${id}` }).waitFor();
};

test("the verdict comes first, with its reason, both signatures and what to do", async () => {
  const program = await start("listen", ["--port", "0", "--ui"]);
  const body = JSON.stringify({ type: "video.completed", payload: { id: "clx1" } });
  const now = Math.floor(Date.now() / 1000);
  const right = signed(body, SECRET, now);
  const signature = right["magic-hour-event-signature"];
  await post(program.url, body, { ...right, "magic-hour-event-signature": signature.slice(0, 40) });
  await post(program.url, body, signed(body, "another secret", now));
  const { page, finish } = await open(program.ui);
  await show(page, 1);
  const panel = page.getByRole("region", { name: "Verdict" });
  await panel.getByText("signature has 40 hex digits instead of 64").waitFor();
  await panel.getByText("was it copied whole?").waitFor();
  assert.equal((await panel.locator("dd").nth(2).innerText()).replaceAll(/\s/g, ""), signature.slice(0, 40));
  assert.match((await panel.locator("dd").nth(3).innerText()).replaceAll(/\s/g, ""), new RegExp(`^${signature}`));
  assert.equal(await panel.locator("dd").nth(3).locator("mark").first().innerText(), signature.slice(40, 48));
  await shoot(page, "invalid");
  await show(page, 2);
  await panel.getByText("signed with another secret, or the body was changed").waitFor();
  await panel.getByRole("button", { name: "Copy" }).click();
  assert.equal(await clipboard(page), signature);
  await finish();
  await program.stop();
});

test("the body is what came: numbers, order of keys and bytes; the schema stands beside it", async () => {
  const program = await start("listen", ["--port", "0", "--ui"]);
  const body = '{"type":"image.completed","payload":{"z":12345678901234567890,"id":"clx1","status":7,"a":1.0e2}}';
  await post(program.url, body, signed(body));
  await post(program.url, Buffer.from([0xff, 0xfe, 0x00, 0x41]), {});
  const { page, finish } = await open(program.ui);
  await show(page, 1);
  const lines = page.getByRole("region", { name: "Body, laid out" });
  assert.match(await lines.innerText(), /"z": 12345678901234567890,[\s\S]*"id"[\s\S]*"a": 1\.0e2/);
  await page.getByText("is none of the six known statuses").waitFor();
  await page.getByText("not in the schema").first().waitFor();
  await page.getByText("is missing").first().waitFor();
  await page.getByRole("button", { name: "Raw" }).click();
  assert.equal((await page.getByRole("region", { name: "Body, as it came" }).locator("code").innerText()).trim(), body);
  await page.getByRole("button", { name: "Copy body" }).click();
  assert.equal(await clipboard(page), body);
  await page.getByRole("tab", { name: "headers" }).click();
  await page.getByRole("cell", { name: "application/json" }).waitFor();
  assert.match(page.url(), /tab=headers/);
  await show(page, 2);
  await page.getByText("The body is not UTF-8.").waitFor();
  assert.match(await page.getByRole("region", { name: "Body in hex" }).innerText(), /ff fe 00 41/);
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save" }).click();
  assert.deepEqual([...readFileSync(await (await saving).path())], [0xff, 0xfe, 0x00, 0x41]);
  await finish();
  await program.stop();
});

test("a delivery is copied as curl, command and tests", async () => {
  const program = await start("listen", ["--port", "0", "--ui"]);
  await deliver(program.url, "video.completed", "clx1");
  const { page, finish } = await open(program.ui);
  await show(page, 1);
  await page.keyboard.press("c");
  await page.getByText("Copied as curl").waitFor();
  assert.match(await clipboard(page), /^curl -sS .*\n?[\s\S]*--data-binary/);
  for (const [name, expected] of [
    ["mh-hook command", /^mh-hook replay 1 --to http/],
    ["test for pytest", /def test_video_completed_is_accepted/],
    ["test for node:test", /test\("video\.completed is accepted"/],
  ]) {
    if (!(await page.getByRole("button", { name }).isVisible())) await page.getByText("Copy as").click();
    await page.getByRole("button", { name }).click();
    assert.match(await clipboard(page), expected);
  }
  await finish();
  await program.stop();
});

test("two deliveries of a job are compared", async () => {
  const program = await start("listen", ["--port", "0", "--ui"]);
  await deliver(program.url, "video.started", "clx1", { fps: 24 });
  await deliver(program.url, "video.completed", "clx1", { fps: 30 });
  const { page, finish } = await open(program.ui);
  await show(page, 2);
  await page.keyboard.press("d");
  const changed = page.getByRole("row", { name: /payload\.fps/ });
  assert.match(await changed.innerText(), /24[\s\S]*30/);
  await shoot(page, "difference");
  await finish();
  await program.stop();
});

const HOSTILE = {
  markup: '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>',
  link: "javascript:document.title='owned'",
  bidi: "\u202egpj.exe\u2066",
  escape: "\u001b[2J\u001b]0;owned\u0007",
  zero: "a\u200bb\u0000c",
};

test("hostile text is text: markup, links, direction marks and escapes run and hide nothing", async () => {
  const program = await start("listen", ["--port", "0", "--ui"]);
  const body = JSON.stringify({ type: HOSTILE.markup, payload: { id: HOSTILE.markup, ...HOSTILE, downloads: [{ url: HOSTILE.link, expires_at: "2999-01-01T00:00:00Z" }, { url: "https://evil.example/x.svg", expires_at: "2999-01-01T00:00:00Z" }] } });
  await post(program.url, body, { ...signed(body), "x-note": HOSTILE.markup });
  await deliver(program.url, "video.completed", HOSTILE.bidi);
  const { page, finish } = await open(program.ui);
  await page.locator('[role="option"]', { hasText: "<img" }).waitFor();
  for (const tab of ["", "headers", "media"]) {
    await show(page, 1, tab);
    assert.equal(await page.locator("main img, main script, main a[href^='javascript'], main video").count(), 0);
    assert.equal(await page.title(), "mh-hook");
  }
  await page.getByText("is neither Magic Hour nor the sandbox of this run").first().waitFor();
  await show(page, 1);
  const text = await page.getByRole("region", { name: "Body, laid out" }).innerText();
  assert.ok(text.includes("<script>") && text.includes("\\u{202e}gpj.exe"), text);
  await show(page, 2);
  assert.match(await page.locator("main").innerText(), /\\u\{202e\}gpj\.exe/);
  await page.getByRole("link", { name: /gpj/ }).click();
  await page.getByRole("article", { name: /Job/ }).waitFor();
  assert.match(await page.locator("main").innerText(), /\\u\{202e\}gpj\.exe/);
  await finish();
  await program.stop();
});

test("a body of 1 MiB and one that is very deep open as what they are", async () => {
  const program = await start("listen", ["--port", "0", "--ui"]);
  const large = JSON.stringify({ type: "video.completed", payload: { id: "clx1", list: Array.from({ length: 22_000 }, (_, at) => ({ at, name: "x".repeat(20) })) } });
  assert.ok(large.length > 900_000 && large.length <= 1 << 20);
  await post(program.url, large, signed(large));
  const long = JSON.stringify({ type: "video.completed", payload: { id: "clx1", text: "y".repeat(1_000_000) } });
  await post(program.url, long, signed(long));
  const deep = `{"type":"video.completed","payload":${"[".repeat(10_000)}${"]".repeat(10_000)}}`;
  await post(program.url, deep, signed(deep));
  const { page, finish } = await open(program.ui);
  await show(page, 1);
  const lines = page.getByRole("region", { name: "Body, laid out" });
  await lines.getByText("1", { exact: true }).first().waitFor();
  assert.ok((await lines.locator(".line").count()) < 100);
  await page.waitForFunction(() => document.querySelector(".lines").scrollHeight > 20 * 88_000);
  await lines.evaluate((element) => (element.scrollTop = element.scrollHeight));
  await lines.getByText("88008", { exact: true }).waitFor();
  await show(page, 2);
  await page.getByText("998,002 more characters").waitFor();
  await show(page, 3);
  await page.getByText("nested too deeply to lay out").waitFor();
  await finish();
  await program.stop();
});
