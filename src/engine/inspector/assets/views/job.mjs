// One job: its timeline as a picture and as a list, and in the sandbox what can be done to it.

import { html } from "../html.mjs";
import { useMemo } from "../vendor/hooks.mjs";
import { useLoaded } from "../live.mjs";
import { clock, duration, plural } from "../pure/format.mjs";
import { apart, timelineOf } from "../pure/timeline.mjs";
import { Copy, Problem, Section, Shape, Status, Text, statusTone, toneOf } from "./parts.mjs";
import { JobActions, SentActions } from "./sandbox.mjs";

const LANES = { job: "Job", webhooks: "Webhooks", handler: "Handler" };
const laneName = (name) => LANES[name] ?? `Endpoint ${name.split(" ")[1]}`;
/** Marks nearer than this share of the width are moved apart; on a narrow page they are wider. */
const least = () => (innerWidth < 860 ? 0.09 : 0.03);
/** A gap is written where there is this much room between two marks. */
const ROOM = 0.075;

function markTone(mark) {
  if (mark.lane === "job") return { complete: "good", error: "bad", canceled: "doubt" }[mark.label] ?? "step";
  if (mark.verdict && mark.verdict !== "verified") return toneOf(mark.verdict);
  return mark.status === null ? "bad" : statusTone(mark.status);
}

const across = (place) => `calc(14px + ${place.toFixed(4)} * (100% - 28px))`;

function Lane({ lane, axis }) {
  const places = apart(lane.marks.map((mark) => axis.place(mark.at)), least());
  const gaps = lane.marks.map((mark, at) => (mark.gap && places[at] - places[at - 1] > ROOM ? at : 0)).filter(Boolean);
  return html`<div class="lane"><span class="lane-name">${laneName(lane.name)}</span><div class="track">
    <span class="track-line" style=${{ left: across(places[0]), right: `calc(100% - ${across(places.at(-1)).slice(4)})` }}></span>
    ${gaps.map((at) => html`<span class="gap" key=${`gap ${at}`} style=${{ left: across((places[at] + places[at - 1]) / 2) }}>${duration(lane.marks[at].gap)}</span>`)}
    ${lane.marks.map((mark, at) => html`<span class="mark" key=${at} style=${{ left: across(places[at]) }} title=${wordsOf(mark, axis)}><${Shape} tone=${markTone(mark)} /></span>`)}
  </div></div>`;
}

const after = (mark, axis) => (mark.at === axis.start ? "0" : `+${duration(mark.at - axis.start)}`);

function wordsOf(mark, axis) {
  return `${laneName(mark.lane)}: ${mark.label}, ${after(mark, axis)}`;
}

/** The picture: lanes one above the other, on one axis. The list below says the same in words. */
function Picture({ timeline }) {
  const { lanes, axis, marks } = timeline;
  const label = `Timeline of ${plural(marks.length, "event")} in ${duration(axis.span)}; the list below says the same`;
  return html`<div class="timeline" role="img" aria-label=${label}>
    ${lanes.map((lane) => html`<${Lane} key=${lane.name} lane=${lane} axis=${axis} />`)}
    <div class="lane axis"><span class="lane-name muted">${axis.isLinear ? "" : "log"}</span><div class="track">${axis.ticks.map((tick) => html`<span class="tick" key=${tick.text} style=${{ left: across(tick.at) }}>${tick.text}</span>`)}</div></div>
  </div>`;
}

function remarkOf(mark) {
  const words = [];
  if (mark.copy > 1) words.push(`attempt ${mark.copy}`);
  if (mark.gap !== null && mark.gap !== undefined) words.push(`${duration(mark.gap)} after the one before`);
  if (mark.resigned === true) words.push("signed anew");
  if (mark.resigned === false) words.push("same signature");
  if (mark.took !== undefined && mark.took !== null) words.push(`took ${duration(mark.took)}`);
  if (mark.origin === "replay") words.push("replay");
  if (mark.error) words.push(mark.error);
  return words.join(", ");
}

function Entry({ mark, axis }) {
  return html`<li><span class="mono muted">${after(mark, axis)}</span><${Shape} tone=${markTone(mark)} />
    <span><strong>${mark.id ? html`<a href=${`#/deliveries/${mark.id}`}><${Text}>${mark.label}<//></a>` : html`<${Text}>${mark.label}<//>`}</strong>
      <span class="muted"> ${laneName(mark.lane).toLowerCase()}, ${clock(mark.at)}</span>
      ${mark.verdict && html` <span class=${`word ${toneOf(mark.verdict)}`}>${mark.verdict}</span>`}
      ${mark.status !== undefined && mark.lane !== "handler" && html` <${Status} code=${mark.status} />`}
      ${remarkOf(mark) && html`<br /><${Text} class="muted">${remarkOf(mark)}<//>`}</span></li>`;
}

/** A timeline as a picture and as a list. */
export function Timeline({ timeline }) {
  return html`<${Section} title="Timeline"><${Picture} timeline=${timeline} />
    <ol class="events">${timeline.marks.map((mark, at) => html`<${Entry} key=${at} mark=${mark} axis=${timeline.axis} />`)}</ol><//>`;
}

/** A job's page. */
export function Job({ id, version, act }) {
  const { data: job, error } = useLoaded(`/api/jobs/${encodeURIComponent(id)}`, version);
  const timeline = useMemo(() => (job ? timelineOf(job) : null), [job]);
  if (error) return html`<${Problem} error=${error} />`;
  if (!job) return html`<p class="muted loading">Loading …</p>`;
  const state = job.sandbox ?? null;
  return html`<article aria-label=${`Job ${id}`}><header class="detail-head"><div class="title"><h1>Job</h1></div>
      <p class="meta"><${Text} class="mono">${id}<//> <${Copy} text=${id} /></p>
      ${state && html`<p class="meta"><strong>${state.status}</strong> <span class="muted"><${Text}>${state.type}<//>${state.error ? `, ${state.error}` : ""}, ${plural(state.credits_charged, "credit")} charged</span></p>`}
      ${state && html`<${JobActions} job=${state} act=${act} />`}</header>
    ${timeline.marks.length === 0
      ? html`<p class="muted">Nothing is known of this job yet.</p>`
      : html`<${Timeline} timeline=${timeline} />`}
    ${job.sent?.length > 0 && html`<${Section} title="Sent by the sandbox"><${SentActions} sent=${job.sent} act=${act} /><//>`}
  </article>`;
}
