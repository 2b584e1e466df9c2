// An end-to-end run: a form that starts one, and every question from pending to its answer.

import { html } from "../html.mjs";
import { useState } from "../vendor/hooks.mjs";
import { post } from "../api.mjs";
import { useLoaded } from "../live.mjs";
import { shellWord } from "../pure/copies.mjs";
import { plural } from "../pure/format.mjs";
import { formatRoute } from "../pure/route.mjs";
import { failedFirst, partOf, remarksOf, wayOf } from "../pure/run.mjs";
import { timelineOf } from "../pure/timeline.mjs";
import { Timeline } from "./job.mjs";
import { Copy, Problem, Section, Shape, Text, toneOf } from "./parts.mjs";
import { Target } from "./target.mjs";

/** What is seen so far of a question that is not judged yet. */
function soFar(question, entries) {
  const steps = entries.filter((entry) => entry.record === "job");
  const deliveries = entries.filter((entry) => entry.record === "delivery");
  const of = (phase) => deliveries.find((delivery) => delivery.type?.endsWith(phase));
  if (question === "accepted" && steps.length) return `as ${steps[0].job_id}`;
  if (question === "rendered" && steps.length) return `now ${steps.at(-1).to}`;
  if (question === "started" && of(".started")) return "came";
  if (question === "finished" && (of(".completed") || of(".errored"))) return `${(of(".completed") ?? of(".errored")).type} came`;
  if (question === "signature" && deliveries.length) return deliveries.map((delivery) => delivery.verdict).join(", ");
  return null;
}

function Question({ question, judgement, entries }) {
  const outcome = judgement?.outcome ?? "pending";
  const seen = judgement ? judgement.found : soFar(question.question, entries);
  return html`<li class=${`question ${outcome}`}><${Shape} tone=${toneOf(outcome)} /><span class="word ${toneOf(outcome)}">${outcome}</span>
    <span><strong>${question.question}</strong> <span class="muted">${question.rule}</span>${seen && html`<br /><${Text}>${seen}<//>`}</span></li>`;
}

const outcomeOf = ({ pass, fail, skipped }) => [fail && `${fail} failed`, `${pass} passed`, skipped && `${skipped} skipped`].filter(Boolean).join(", ");

function Job({ run, job }) {
  const part = partOf(run, job);
  const { kept } = wayOf(run);
  const timeline = timelineOf(part);
  const aside = part.isOver ? html`<span class=${`word ${part.counts.fail ? "bad" : "good"}`}>${outcomeOf(part.counts)}</span>` : html`<span class="muted">${part.judged.length} of ${run.questions.length} answered</span>`;
  return html`<${Section} title=${`${job.kind}: ${job.tool}`} aside=${aside}>
      ${part.id && html`<p class="meta">job ${kept ? html`<a class="mono" href=${`#/jobs/${encodeURIComponent(part.id)}`}>${part.id}</a>` : html`<span class="mono">${part.id}</span>`}</p>`}
      <ul class="questions">${failedFirst(run.questions, part).map(([question, judgement]) => html`<${Question} key=${question.question} question=${question} entries=${part.entries} judgement=${judgement} />`)}</ul><//>
    ${timeline.marks.length > 0 && html`<${Timeline} timeline=${timeline} />`}
    ${kept && part.id && part.deliveries.length > 0 && html`<p class="meta"><a href=${formatRoute({ view: "deliveries", q: `job:${part.id}` })}>${plural(part.deliveries.length, "delivery", "deliveries")} in the journal</a></p>`}`;
}

/** A choice of tools, the cheapest of each kind first. */
function Tool({ tools, tool, onChange }) {
  const kinds = [...new Set(tools.map(({ kind }) => kind))];
  const names = (kind) => tools.filter((known) => known.kind === kind).sort((a, b) => b.usual - a.usual);
  return html`<label>Tool <select value=${tool} onChange=${(event) => onChange(event.target.value)}>${kinds.map(
    (kind) => html`<optgroup key=${kind} label=${kind}>${names(kind).map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}</optgroup>`,
  )}</select></label>`;
}

function Start({ info, run, onChanged }) {
  const usual = info.tools.filter((tool) => tool.usual);
  const [tool, setTool] = useState((usual.find(({ kind }) => kind === "image") ?? info.tools[0]).name);
  const [forward, setForward] = useState("");
  const [keep, setKeep] = useState(true);
  const [failure, setFailure] = useState(null);
  const running = run.state === "running";
  const call = async (path, body) => {
    setFailure(null);
    try {
      await post(path, body);
    } catch (problem) {
      setFailure(problem);
    }
    onChanged();
  };
  const start = (event) => {
    event.preventDefault();
    call("/api/e2e", { tool, forward: forward || null, keep });
  };
  return html`<form class="check-form" onSubmit=${start}><${Tool} tools=${info.tools} tool=${tool} onChange=${setTool} />
      <${Target} info=${info} target=${forward} onChange=${setForward} label="Forward to" none="no handler" />
      <label class="inline"><input type="checkbox" checked=${keep} onChange=${(event) => setKeep(event.target.checked)} /> keep its deliveries in the journal</label>
      <button type="submit" class="primary" disabled=${running}>${running ? "Running …" : run.state === "idle" ? "Run e2e" : "Run e2e again"}</button>
      ${running && wayOf(run).own && html`<button type="button" onClick=${() => call("/api/e2e/stop")}>Stop</button>`}</form>
    ${failure && html`<${Problem} error=${failure} />`}`;
}

const STATES = { idle: "Nothing ran yet.", running: "The run is under way.", done: "The run is over." };

/** The page: a form that starts a run, and the run. */
export function EndToEnd({ info, version }) {
  const [changed, setChanged] = useState(0);
  const { data: run, error } = useLoaded("/api/e2e", `${version}/${changed}`);
  if (error) return html`<${Problem} error=${error} />`;
  if (!run) return html`<p class="muted loading">Loading …</p>`;
  const { forward, own } = wayOf(run);
  const remarks = remarksOf(run);
  return html`<article aria-label="End to end"><header class="detail-head"><div class="title"><h1>End to end</h1></div>
      <p class="meta muted">Submits a job, receives its webhooks, and judges everything about them. From this page it runs in a sandbox of its own on this machine: offline, and never at a cost.</p>
      <${Start} info=${info} run=${run} onChanged=${() => setChanged(changed + 1)} />
      <p class="meta muted"><span role="status">${STATES[run.state]}</span>${forward && html` Forwarded to <span class="mono"><${Text}>${forward}<//></span>.`}${own && html` <${Copy} text=${commandOf(run, forward)} label="Copy command" />`}</p>
      ${remarks.error && html`<${Problem} error=${{ message: remarks.error }} />`}
      ${remarks.warnings.map((text, at) => html`<${Problem} key=${at} error=${{ message: text }} />`)}</header>
    ${run.jobs.map((job) => html`<${Job} key=${job.kind} run=${run} job=${job} />`)}
  </article>`;
}

/** The command that does the same in a terminal. */
function commandOf(run, forward) {
  return `mh-hook e2e --sandbox --tool ${run.jobs[0]?.tool}${forward ? ` --forward ${shellWord(forward)}` : ""}`;
}
