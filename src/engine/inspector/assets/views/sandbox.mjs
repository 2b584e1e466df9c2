// The sandbox: its jobs, what can be done to each, its deliveries and its clock.

import { html } from "../html.mjs";
import { useState } from "../vendor/hooks.mjs";
import { useLoaded } from "../live.mjs";
import { dateAndTime, duration, plural, relative, shortId } from "../pure/format.mjs";
import { Copy, Problem, Section, Shape, Text, toneOf } from "./parts.mjs";

const FINAL = new Set(["complete", "error", "canceled"]);
const STATUS_TONES = { complete: "good", error: "bad", canceled: "doubt" };
/** Codes that Magic Hour documents for jobs that fail; any other may be typed. */
const CODES = ["unknown_error", "no_source_face", "timeout", "invalid_input", "content_moderation"];

/** Buttons that bring a job to an end. `act` posts to the sandbox's control API. */
export function JobActions({ job, act }) {
  const [code, setCode] = useState(CODES[0]);
  if (FINAL.has(job.status)) return null;
  const to = (what, body) => () => act(`jobs/${encodeURIComponent(job.id)}/${what}`, body);
  return html`<div class="actions"><button type="button" onClick=${to("finish")}>Finish</button>
    <span class="joined"><button type="button" onClick=${to("fail", { code })}>Fail with</button><input class="mono" aria-label="Error code" list="codes" value=${code} onInput=${(event) => setCode(event.target.value)} /></span>
    <datalist id="codes">${CODES.map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>
    <button type="button" onClick=${to("cancel")}>Cancel</button></div>`;
}

/** Deliveries that the sandbox sends, with a button to send each again. */
export function SentActions({ sent, act }) {
  return html`<ul class="plain-list">${sent.map(
    (delivery) => html`<li key=${delivery.id} class="line-one"><${Shape} tone=${toneOf(delivery.state)} /><strong><${Text}>${delivery.type}<//></strong>
      <span class="muted">endpoint ${delivery.endpoint}, ${delivery.state}, ${plural(delivery.attempts, "attempt")}${delivery.next_at ? `, next ${relative(Date.parse(delivery.next_at), Date.now())}` : ""}</span>
      <span class="grow"></span><button type="button" class="small" onClick=${() => act(`deliveries/${delivery.id}/redeliver`)}>Redeliver</button></li>`,
  )}</ul>`;
}

function Clock({ time, act }) {
  if (!time) return null;
  const ahead = time.ahead_seconds * 1000;
  return html`<${Section} title="Clock" aside=${html`<span class="muted">${ahead > 0 ? `${duration(ahead)} ahead of the real time` : "the real time"}</span>`}>
    <p>${dateAndTime(Date.parse(time.now))}</p>
    <div class="actions">${["10s", "1m", "1h", "24h"].map((by) => html`<button type="button" key=${by} onClick=${() => act("clock/advance", { by })}>+ ${by.replace(/(\d+)/, "$1 ")}</button>`)}</div>
    <p class="muted">Jobs and retries that are due by then happen at once. Signatures keep the real time.</p><//>`;
}

function Endpoints({ endpoints, act }) {
  if (!endpoints.length) return html`<${Section} title="Endpoints"><p class="muted">None yet. Start the sandbox with --webhook URL, or use the control API.</p><//>`;
  return html`<${Section} title="Endpoints"><ul class="plain-list">${endpoints.map(
    (endpoint) => html`<li key=${endpoint.id} class="line-one"><${Shape} tone=${endpoint.enabled ? "good" : "none"} /><${Text} class="mono target">${endpoint.url}<//>
      <span class="muted">${endpoint.events.length ? endpoint.events.join(", ") : "all events"}${endpoint.enabled ? "" : ", off"}</span><span class="grow"></span>
      <button type="button" class="small" onClick=${() => act(`endpoints/${endpoint.id}/${endpoint.enabled ? "disable" : "enable"}`)}>${endpoint.enabled ? "Turn off" : "Turn on"}</button></li>`,
  )}</ul><//>`;
}

function Start({ act, info }) {
  const [kind, setKind] = useState("image");
  return html`<div class="actions"><label class="inline">New <select value=${kind} onChange=${(event) => setKind(event.target.value)}>${["image", "video", "audio"].map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select></label>
    <button type="button" class="primary" onClick=${() => act(`create/${kind}`)}>Create a job</button><span class="muted">at <span class="mono">${info.sandbox}</span></span></div>`;
}

/** The sandbox's page. */
export function Sandbox({ info, version, act, failure }) {
  const { data, error } = useLoaded("/api/sandbox", version);
  if (error) return html`<${Problem} error=${error} />`;
  if (!data) return html`<p class="muted loading">Loading …</p>`;
  return html`<article aria-label="Sandbox"><header class="detail-head"><div class="title"><h1>Sandbox</h1></div>
      <p class="meta"><span class="mono">${info.sandbox}</span> <${Copy} text=${info.sandbox} /> <span class="muted">${plural(data.credits ?? 0, "credit")} left</span></p>
      <${Start} act=${act} info=${info} />${failure && html`<${Problem} error=${failure} />`}</header>
    <${Section} title="Jobs" aside=${html`<span class="muted">${plural(data.jobs.length, "job")}</span>`}>
      ${data.jobs.length === 0 && html`<p class="muted">No job yet. Create one here, or point an SDK at the address above.</p>`}
      <ul class="plain-list jobs">${data.jobs.map(
        (job) => html`<li key=${job.id}><div class="line-one"><${Shape} tone=${STATUS_TONES[job.status] ?? "wait"} /><strong>${job.status}</strong>
          <a class="mono" href=${`#/jobs/${encodeURIComponent(job.id)}`}>${shortId(job.id)}</a><span class="muted"><${Text}>${job.type}<//>${job.error ? `, ${job.error}` : ""}</span></div>
          <${JobActions} job=${job} act=${act} /></li>`,
      )}</ul><//>
    <${Section} title="Deliveries"><${SentActions} sent=${data.deliveries} act=${act} />${data.deliveries.length === 0 && html`<p class="muted">Nothing was sent yet.</p>`}<//>
    <div class="pair"><${Endpoints} endpoints=${data.endpoints} act=${act} /><${Clock} time=${data.clock} act=${act} /></div>
  </article>`;
}
