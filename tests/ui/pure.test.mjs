// The pure modules of the page, with Node alone.

import assert from "node:assert/strict";
import { test } from "node:test";

const module = (name) => import(`${process.env.ASSETS}/pure/${name}.mjs`);
const { layout, leaves } = await module("json");
const { visible, pieces, wrapped, hexLines, bytesOf } = await module("text");
const { difference, firstDifference } = await module("diff");
const { parseSearch, toQuery, withWord } = await module("words");
const { parseRoute, formatRoute, takeToken } = await module("route");
const { curl, pythonBytes, pytest, nodeTest, shellWord } = await module("copies");
const { windowOf, scrollTo } = await module("window");
const rows = await module("rows");
const { actionOf } = await module("keys");
const { timelineOf, axisOf, apart } = await module("timeline");
const { countdown, duration, relative, size, count, shortId } = await module("format");
const run = await module("run");

const delivery = (change = {}) => ({
  id: 7, type: "video.completed", job_id: "clx1", attempt: 1, verdict: "verified", answered: 200, attempts: [],
  received_at: "2026-07-26T15:04:05Z",
  headers: [["host", "localhost"], ["content-type", "application/json"], ["magic-hour-event-signature", "ab"]],
  body: '{"a":1}', ...change,
});

test("JSON keeps its numbers, its escapes and the order of its keys", () => {
  const text = '{"b":12345678901234567890,"a":1.50,"é":"\\u00e9","a":-0,"e":1e400,"list":[],"o":{},"n":[1,{"x":null}]}';
  const lines = layout(text);
  const found = Object.fromEntries(leaves(lines));
  assert.deepEqual(found, {
    b: "12345678901234567890", a: "1.50", é: '"\\u00e9"', "a (2)": "-0", e: "1e400", list: "[]", o: "{}", "n[0]": "1", "n[1].x": "null",
  });
  const again = lines.map((line) => (line.key ? `${line.key}:` : "") + line.value + (line.comma ? "," : "")).join("");
  assert.equal(again, text);
});

test("what is no JSON, or too deep, is not laid out", () => {
  for (const text of ["", "{", "{a:1}", "[1,]", "1 2", "\u00a0"]) assert.equal(layout(text), null, text);
  assert.equal(layout("[".repeat(600) + "]".repeat(600)), null);
  assert.ok(layout("[".repeat(500) + "]".repeat(500)));
  assert.deepEqual(layout('"x"').map((line) => line.value), ['"x"']);
});

test("a megabyte of JSON is laid out without its time growing with the square", () => {
  const text = JSON.stringify(Array.from({ length: 40_000 }, (_, at) => ({ id: at, name: "x".repeat(8) })));
  assert.equal(layout(text).length, 160_002);
});

test("hidden characters become escapes, and ordinary ones stay", () => {
  assert.equal(visible("a\u001b[31m\u202e\u200b\r\n"), "a\\x1b[31m\\u{202e}\\u{200b}\\r\\n");
  assert.equal(visible("é 日本 👩‍👩‍👧 ü"), "é 日本 👩‍👩‍👧 ü");
  assert.deepEqual(pieces("a\u0000b"), [["a", false], ["\\x00", true], ["b", false]]);
  assert.equal(visible("\u{e0041}"), "\\u{e0041}");
});

test("wrapping loses no character and splits no pair", () => {
  const text = `${"x".repeat(9)}👍tail\n\nend`;
  const lines = wrapped(text, 10);
  assert.equal(lines.map(([line, continues]) => (continues ? "" : "\n") + line).join("").slice(1), text);
  assert.ok(lines.every(([line]) => !/^[\udc00-\udfff]/.test(line)));
});

test("bytes are shown in hex, sixteen to a line", () => {
  const lines = hexLines(bytesOf(btoa("\x00\xffABCDEFGHIJKLMNOP")));
  assert.equal(lines.length, 2);
  assert.match(lines[0], /^00000000 {2}00 ff 41 .* {2}\.\.ABCDEFGHIJKLMN$/);
});

test("a difference names what was added, removed and changed, and leaves out the connection", () => {
  const after = delivery({ body: '{"a":2,"b":[true]}', headers: [["host", "other"], ["content-type", "text/plain"], ["x-new", "1"]] });
  const found = difference(delivery(), after).map((row) => `${row.what} ${row.place} ${row.change}`);
  assert.deepEqual(found, ["header content-type changed", "header magic-hour-event-signature removed", "header x-new added", "body a changed", "body b[0] added"]);
  assert.equal(difference(delivery(), delivery()).length, 0);
  assert.equal(difference(delivery({ body: "x\ny" }), delivery({ body: "x\nz" }))[0].place, "line 2");
  assert.deepEqual([firstDifference("abc", "abd"), firstDifference("ab", "ab"), firstDifference("ab", "abc")], [2, -1, 2]);
});

test("a search has the words of history, and text", () => {
  const filter = parseSearch('type:video.*,audio.errored verdict:INVALID since:1h where:payload.x="a b" hello "big world" job:clx7 http://x');
  assert.deepEqual(filter.type, ["video.*", "audio.errored"]);
  assert.deepEqual([filter.verdict, filter.since, filter.job], ["invalid", "1h", "clx7"]);
  assert.deepEqual(filter.where, ["payload.x=a b"]);
  assert.deepEqual(filter.text, ["hello", "big world", "http://x"]);
  assert.equal(toQuery(parseSearch("type:a type:b text more")).toString(), "type=a&type=b&search=text+more");
  assert.equal(withWord("verdict:invalid since:1h", "verdict", "verified"), "since:1h verdict:verified");
  assert.equal(withWord("verdict:invalid", "verdict", ""), "");
});

test("the address is the state, and holds nothing else", () => {
  const route = { view: "deliveries", id: "12", tab: "headers", q: "verdict:invalid a", with: "3" };
  assert.deepEqual(parseRoute(formatRoute(route)), route);
  assert.deepEqual(parseRoute("#/deliveries/javascript:1").id, null);
  assert.equal(parseRoute("#/nonsense").view, "deliveries");
  assert.equal(parseRoute(formatRoute({ view: "jobs", id: "a/b?c", tab: "", q: "", with: "" })).id, "a/b?c");
  assert.equal(parseRoute("#/jobs/%").id, null);
  const token = "ab".repeat(32);
  assert.deepEqual(takeToken(`#token=${token}`), { token, rest: "#/deliveries" });
  assert.equal(takeToken("#token=short"), null);
});

test("what is copied is quoted, whatever was received", () => {
  const hostile = delivery({ body: `{"x":"it's $(id) \`id\`"}`, headers: [["x-a", "'; rm -rf /"], ["host", "h"]] });
  assert.equal(curl(hostile, "http://localhost:1/a b"), [
    "curl -sS 'http://localhost:1/a b'", "  -H 'x-a: '\\''; rm -rf /'", `  --data-binary '{"x":"it'\\''s $(id) \`id\`"}'`,
  ].join(" \\\n"));
  assert.match(curl(delivery({ body: undefined, body_base64: "/w==" }), "http://x/"), /^printf %s \/w== \| base64 -d \| curl/);
  assert.equal(shellWord("plain-1.0/x"), "plain-1.0/x");
  assert.equal(pythonBytes(new TextEncoder().encode("a'\\\né")), "b'a\\'\\\\\\x0a\\xc3\\xa9'");
  assert.match(pytest(delivery(), "http://x/"), /def test_video_completed_is_accepted/);
  assert.match(nodeTest(delivery({ type: '"; process.exit() //' }), "http://x/"), /test\("process.exit is accepted"/);
});

test("of a hundred thousand rows a few dozen are drawn", () => {
  const shown = windowOf(2_900_000, 800, 58, 100_000);
  assert.ok(shown.last - shown.first < 40 && shown.first <= 50_000 && shown.last > 50_000, JSON.stringify(shown));
  assert.equal(shown.total, 5_800_000);
  assert.deepEqual(windowOf(0, 800, 58, 0), { first: 0, last: 0, total: 0 });
  assert.deepEqual([scrollTo(0, 100, 580, 58), scrollTo(3, 0, 580, 58), scrollTo(20, 0, 580, 58)], [0, 0, 638]);
});

const plain = (id, more = {}) => ({ id, cursor: String(id), answered: 200, handler: {}, received_at: "2026-07-26T15:04:05Z", ...more });
const list = (ids, more = {}) => ({ deliveries: ids.map((id) => plain(id)), next: null, more: false, total: ids.length, ...more });
const ids = (found) => found.map(({ id }) => id);

test("new rows are added on top or wait, and none comes twice", () => {
  let state = rows.first(list([2, 1], { next: "1", total: null }));
  assert.deepEqual(rows.place(state, 0, null), { at: 0, cursor: "2" });
  state = rows.newest(state, list([3]), 0, false);
  assert.deepEqual([ids(state.rows), ids(state.waiting), rows.place(state, 0, null).cursor], [[2, 1], [3], "3"]);
  assert.equal(rows.waitingCount(state), "1");
  state = rows.newest(state, list([4]), 0, true);
  assert.deepEqual([ids(state.rows), state.waiting, state.added], [[4, 3, 2, 1], [], 2]);
  state = rows.older(state, { deliveries: [plain(1), plain(0)], next: null });
  assert.deepEqual(ids(state.rows), [4, 3, 2, 1, 0]);
  assert.equal(rows.newest(state, list([]), 0, true), state, "nothing new draws nothing");
});

test("rows that may still change are read again together with the new ones", () => {
  const now = Date.parse("2026-07-26T15:04:06Z");
  let state = rows.first(list([5, 4, 3, 2, 1]));
  state.rows[1] = plain(4, { answered: null });
  assert.deepEqual(rows.place(state, now + 3_600_000, null), { at: 2, cursor: "3" });
  assert.deepEqual(rows.place(state, now, 2), { at: 4, cursor: "1" }, "what is open is looked at");
  state = rows.newest(state, list([6, 5, 4]), 2, true);
  assert.deepEqual([ids(state.rows), state.rows[2].answered], [[6, 5, 4, 3, 2, 1], 200]);
  state.rows[5] = plain(1, { handler: null });
  assert.deepEqual(rows.place(state, now, null), { at: 6, cursor: null }, "all of a short list");
  assert.equal(rows.place(state, now + 60_000, null).at, 0, "a delivery that no handler gets is not waited for");
});

test("of a flood the newest rows are shown and the others are counted, and none is lost", () => {
  let state = rows.first(list([10, 9], { total: 10, more: true }));
  const flood = list([500, 499, 498], { total: 490, more: true });
  const hidden = rows.newest(state, flood, 0, false);
  assert.deepEqual([rows.waitingCount(hidden), hidden.rows.length, rows.isWaiting(hidden)], ["490", 10, true]);
  state = rows.newest(hidden, flood, 0, true);
  assert.deepEqual([state.rows.length, state.added, rows.isWaiting(state)], [500, 490, false]);
  assert.deepEqual([state.rows[0].id, state.rows[2].id, state.rows[3], state.rows[490].id], [500, 498, undefined, 10]);
  assert.deepEqual(rows.gap(state, 0, 20), { start: 3, skip: 0, before: "498", added: 490 });
  state = rows.newest(state, list([900_000], { total: 899_500, more: true }), 0, true);
  assert.deepEqual([state.rows.length, state.capped, state.rows.filter(Boolean).length], [250_000, true, 1]);
  assert.equal(rows.newest(state, list([1], { total: null, more: true }), 0, true), null, "what cannot be counted begins anew");
  assert.equal(rows.waitingCount(rows.newest(state, list([1], { total: null, more: true }), 0, false)), "100+");
  assert.equal(rows.newest(rows.first(list([3, 2, 1])), list([3]), 3, true), null, "so does a list that lost rows");
});

test("rows of a long list are loaded where they are looked at, whatever comes on top meanwhile", () => {
  const row = (id) => ({ id, cursor: String(id) });
  let state = rows.first({ deliveries: [row(10), row(9)], next: "9", total: 10 });
  assert.deepEqual([state.rows.length, state.next], [10, null]);
  assert.equal(rows.gap(state, 0, 2), null);
  assert.deepEqual(rows.gap(state, 0, 10), { start: 2, skip: 0, before: "9", added: 0 });
  const hole = rows.gap(state, 6, 9);
  assert.deepEqual(hole, { start: 6, skip: 4, before: "9", added: 0 });
  state = rows.newest(state, { deliveries: [row(11)], more: false, total: 1 }, 0, true);
  state = rows.filled(state, hole, { deliveries: [row(4), row(3)], more: true });
  assert.deepEqual(state.rows.map(({ id }) => id).filter(Boolean), [11, 10, 9, 4, 3]);
  assert.deepEqual([state.rows[7].id, state.rows.length, rows.gap(state, 7, 9)], [4, 11, null]);
  assert.deepEqual(rows.gap(state, 7, 11), { start: 9, skip: 0, before: "3", added: 1 });
  state = rows.filled(state, rows.gap(state, 9, 11), { deliveries: [row(2)], more: false });
  assert.equal(state.rows.length, 10, "what was pruned meanwhile is gone");
});

test("keys act in the list, and never in a field or with a modifier", () => {
  const press = (key, tagName = "BODY", extra = {}) => actionOf({ key, target: { tagName, dataset: {} }, ...extra });
  assert.deepEqual([press("j"), press("ArrowDown"), press("/"), press("?"), press("Enter")], ["down", "down", "search", "help", "open"]);
  assert.deepEqual([press("j", "INPUT"), press("Escape", "INPUT"), press("r", "TEXTAREA")], [null, "leave-field", null]);
  assert.deepEqual([press("r", "BODY", { ctrlKey: true }), press("r", "BODY", { metaKey: true })], [null, null]);
  assert.deepEqual([press("Enter", "BUTTON"), press("j", "BUTTON"), press("ArrowDown", "DIV")], [null, "down", null]);
});

test("a timeline has lanes, gaps and what was signed anew", () => {
  const sign = (text) => [["magic-hour-event-signature", text]];
  const at = (second) => new Date(1_000_000 + second * 1000).toISOString();
  const attempts = [{ started_at: at(11), answered: 500, elapsed_ms: 3, origin: "forward", target: "http://x" }];
  const timeline = timelineOf({
    steps: [{ at: at(0), to: "accepted" }],
    deliveries: [
      delivery({ id: 2, received_at: at(12), attempt: 2, headers: sign("b") }),
      delivery({ id: 1, received_at: at(10), headers: sign("a"), attempts }),
      delivery({ id: 3, received_at: at(16), attempt: 3, headers: sign("b") }),
    ],
  });
  assert.deepEqual(timeline.lanes.map((lane) => lane.name), ["job", "webhooks", "handler"]);
  const marks = timeline.lanes[1].marks;
  assert.deepEqual(marks.map((mark) => [mark.id, mark.gap, mark.resigned]), [[1, null, null], [2, 2000, true], [3, 4000, false]]);
  assert.deepEqual([timeline.axis.place(timeline.axis.start), timeline.axis.place(timeline.axis.start + 16_000)], [0, 1]);
});

test("an axis is linear for minutes and logarithmic for a day, with few ticks", () => {
  assert.ok(axisOf([0, 90_000]).isLinear);
  const day = axisOf([0, 1000, 86_400_000]);
  assert.ok(!day.isLinear && day.ticks.length <= 8 && day.place(1000) > 0.05, JSON.stringify(day.ticks));
  assert.deepEqual(axisOf([]).ticks.length, 2);
  assert.deepEqual(apart([0, 0, 1], 0.1), [0, 0.1, 1]);
  assert.ok(apart([0.99, 1, 1], 0.1).every((place) => place <= 1));
});

test("an end-to-end run is taken apart by its jobs", () => {
  const entries = [
    { record: "way", forward: "http://localhost:1/", kept: false },
    { record: "job", kind: "image", job_id: "clx1", at: "2026-07-26T15:04:05Z", to: "queued" },
    { record: "delivery", type: "image.completed", job_id: "clx1", id: 3, received_at: "2026-07-26T15:04:06Z", headers: [], attempt: 1 },
    { record: "forward", delivery: 3, started_at: "2026-07-26T15:04:06Z", answered: 500 },
    { record: "judgement", kind: "image", question: "handler", outcome: "fail", job_id: "clx1" },
    { record: "warning", text: "the disk is full" },
  ];
  const part = run.partOf({ entries }, { kind: "image" });
  assert.deepEqual([part.id, part.counts.fail, part.isOver, part.steps.length], ["clx1", 1, true, 1]);
  assert.deepEqual([part.deliveries[0].id, part.deliveries[0].attempts.length], [null, 1], "what is not kept has no link");
  assert.deepEqual(timelineOf(part).lanes.map((lane) => lane.name), ["job", "webhooks", "handler"]);
  assert.deepEqual(run.partOf({ entries }, { kind: "video" }).deliveries, []);
  const order = run.failedFirst([{ question: "accepted" }, { question: "handler" }], part).map(([{ question }, judged]) => [question, judged?.outcome]);
  assert.deepEqual(order, [["handler", "fail"], ["accepted", undefined]]);
  assert.deepEqual(run.wayOf({ entries: [] }), { forward: null, kept: true, own: false });
  assert.deepEqual(run.remarksOf({ entries }), { error: null, warnings: ["the disk is full"] });
});

test("sizes and times are read by people", () => {
  assert.deepEqual([countdown(86_399_000), countdown(604_800_000), countdown(-1)], ["23:59:59", "7 d 00:00:00", "00:00:00"]);
  assert.deepEqual([size(0), size(1536), size(1 << 20)], ["0 B", "1.5 KB", "1.0 MB"]);
  assert.deepEqual([duration(0.4), duration(38), duration(1200), duration(200_000), duration(86_400_000)], ["0.4 ms", "38 ms", "1.2 s", "3 m 20 s", "1 d"]);
  assert.deepEqual([relative(0, 500), relative(0, 12_400), relative(60_000, 0)], ["now", "12 s ago", "in 1 m"]);
  assert.deepEqual([count(1234567), shortId("clx7uu86w0a5qp55yxz315r6r")], ["1,234,567", "clx7uu…315r6r".replace("315r6r", "15r6r")]);
});
