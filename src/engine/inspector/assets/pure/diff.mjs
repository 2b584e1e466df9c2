// The difference between two deliveries: their headers and the values of their bodies.

import { layout, leaves } from "./json.mjs";

/** Headers of the connection and of the sender's clock say nothing about the event. */
const PASSING = new Set(["host", "connection", "content-length", "transfer-encoding", "accept-encoding"]);

function compare(before, after, what) {
  const rows = [];
  for (const [place, value] of before) {
    const other = after.get(place);
    if (other === undefined) rows.push({ what, place, change: "removed", before: value, after: null });
    else if (other !== value) rows.push({ what, place, change: "changed", before: value, after: other });
  }
  for (const [place, value] of after) {
    if (!before.has(place)) rows.push({ what, place, change: "added", before: null, after: value });
  }
  return rows;
}

function headerMap(pairs) {
  const map = new Map();
  for (const [name, value] of pairs) {
    if (PASSING.has(name)) continue;
    map.set(name, map.has(name) ? `${map.get(name)}, ${value}` : value);
  }
  return map;
}

/** Lines that a body has, numbered, where it is no JSON. */
function bodyMap(text) {
  const lines = layout(text);
  if (lines) return leaves(lines);
  return new Map(text.split("\n").map((line, at) => [`line ${at + 1}`, line]));
}

/** What differs from `before` to `after`, both records of deliveries. */
export function difference(before, after) {
  const bodies = [before, after].map((delivery) => delivery.body ?? `base64:${delivery.body_base64 ?? ""}`);
  return [
    ...compare(headerMap(before.headers), headerMap(after.headers), "header"),
    ...compare(bodyMap(bodies[0]), bodyMap(bodies[1]), "body"),
  ];
}

/** The first place where two signatures differ; -1 where they are the same. */
export function firstDifference(one, other) {
  if (one === other) return -1;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}
