// The timeline of a job: what happened when, on an axis, with the gaps between retries.

import { duration } from "./format.mjs";

const SIGNATURE = "magic-hour-event-signature";

const header = (delivery, name) => delivery.headers.find(([key]) => key === name)?.[1] ?? null;

/** Marks of the deliveries, in order, each with its gap to the one before of the same type. */
function deliveryMarks(deliveries) {
  const before = new Map();
  return deliveries.map((delivery) => {
    const at = Date.parse(delivery.received_at);
    const earlier = before.get(delivery.type);
    const signature = header(delivery, SIGNATURE);
    const mark = {
      at,
      lane: "webhooks",
      label: delivery.type ?? "delivery",
      id: delivery.id,
      verdict: delivery.verdict,
      status: delivery.answered,
      copy: delivery.attempt,
      gap: earlier ? at - earlier.at : null,
      resigned: earlier && signature ? signature !== earlier.signature : null,
    };
    before.set(delivery.type, { at, signature });
    return mark;
  });
}

/** Marks of what the handlers answered. */
function attemptMarks(deliveries) {
  return deliveries.flatMap((delivery) =>
    delivery.attempts.map((attempt) => ({
      at: Date.parse(attempt.started_at),
      lane: "handler",
      label: attempt.answered === null ? (attempt.error?.code ?? "no answer") : String(attempt.answered),
      id: delivery.id,
      status: attempt.answered,
      origin: attempt.origin,
      target: attempt.target,
      took: attempt.elapsed_ms,
    })),
  );
}

/** Marks of the job's own steps, where they are known. */
function stepMarks(steps) {
  return steps.map((step) => ({ at: Date.parse(step.at), lane: "job", label: step.to, error: step.error ?? null }));
}

/** Marks of the attempts that a sandbox made. */
function sentMarks(sent) {
  return sent.flatMap((delivery) =>
    delivery.attempted.map((attempt, at) => ({
      at: Date.parse(attempt.sent_at),
      lane: `sent ${delivery.endpoint}`,
      label: delivery.type,
      delivery: delivery.id,
      status: attempt.answered,
      error: attempt.error,
      copy: attempt.attempt,
      took: attempt.elapsed_ms,
      gap: at > 0 ? Date.parse(attempt.sent_at) - Date.parse(delivery.attempted[at - 1].sent_at) : null,
    })),
  );
}

/** The whole timeline: lanes with marks, the axis, and the marks in order of time. */
export function timelineOf({ deliveries = [], steps = [], sent = [] }) {
  const inOrder = [...deliveries].sort((a, b) => Date.parse(a.received_at) - Date.parse(b.received_at) || a.id - b.id);
  const marks = [...stepMarks(steps), ...sentMarks(sent), ...deliveryMarks(inOrder), ...attemptMarks(inOrder)];
  marks.sort((a, b) => a.at - b.at);
  const names = ["job", ...new Set(marks.map((mark) => mark.lane).filter((lane) => lane.startsWith("sent"))), "webhooks", "handler"];
  const lanes = names.map((name) => ({ name, marks: marks.filter((mark) => mark.lane === name) }));
  const shown = lanes.filter((lane) => lane.marks.length);
  return { lanes: shown, marks, axis: axisOf(marks.map((mark) => mark.at)) };
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4];
/** Up to this span the axis is linear; retries double their gaps, so a longer one is logarithmic. */
const LINEAR_UNTIL = 120_000;
const LOG_TICKS = [1e3, 1e4, 6e4, 6e5, 36e5, 216e5, 864e5, 6048e5];

/** The axis from the first mark to the last: a scale from 0 to 1, and ticks `{at, text}` after the first mark. */
export function axisOf(times) {
  const start = times.length ? Math.min(...times) : 0;
  const span = Math.max(times.length ? Math.max(...times) - start : 0, 1);
  const isLinear = span <= LINEAR_UNTIL;
  const position = isLinear
    ? (after) => after / span
    : (after) => Math.log1p(after / 1000) / Math.log1p(span / 1000);
  const step = STEPS.find((size) => span / size <= 6) ?? STEPS.at(-1);
  const offsets = isLinear
    ? Array.from({ length: Math.floor(span / step) + 1 }, (_, at) => at * step)
    : [0, ...LOG_TICKS.filter((tick) => tick <= span)];
  return {
    start,
    span,
    isLinear,
    place: (time) => position(time - start),
    ticks: offsets.map((after) => ({ at: position(after), text: after === 0 ? "0" : `+${duration(after)}` })),
  };
}

/** Places moved apart so that no two are nearer than `least`; all stay between 0 and 1 where there is room. */
export function apart(places, least) {
  const moved = [];
  for (const place of places) moved.push(moved.length ? Math.max(place, moved.at(-1) + least) : place);
  let limit = Math.max(1, moved.at(-1) ?? 0);
  if (limit > 1 && (places.length - 1) * least <= 1) {
    limit = 1;
    for (let at = moved.length - 1; at >= 0; at -= 1) {
      moved[at] = Math.min(moved[at], limit);
      limit = moved[at] - least;
    }
  }
  return moved;
}
