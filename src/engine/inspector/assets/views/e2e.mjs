// An end-to-end run: every question from pending to its answer.

import { html } from "../html.mjs";
import { useLoaded } from "../live.mjs";
import { Problem, Section, Shape, Text, toneOf } from "./parts.mjs";

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

/** The run of each kind. */
export function EndToEnd({ version }) {
  const { data: run, error } = useLoaded("/api/e2e", version);
  if (error) return html`<${Problem} error=${error} />`;
  if (!run) return html`<p class="muted loading">Loading …</p>`;
  return html`<article aria-label="End to end"><header class="detail-head"><div class="title"><h1>End to end</h1></div>
      <p class="meta muted" role="status">${run.summary ? "The run is over." : "The run is under way."}</p></header>
    ${run.jobs.map((job) => {
      const entries = run.entries.filter((entry) => entry.kind === job.kind || entry.type?.startsWith(job.kind));
      const judged = entries.filter((entry) => entry.record === "judgement");
      const id = entries.find((entry) => entry.job_id)?.job_id;
      const over = judged.some((entry) => entry.job_id !== undefined);
      const failed = judged.filter((entry) => entry.outcome === "fail").length;
      const aside = over ? html`<span class=${`word ${failed ? "bad" : "good"}`}>${failed ? `${failed} failed` : "all good"}</span>` : html`<span class="muted">${judged.length} of ${run.questions.length} answered</span>`;
      return html`<${Section} key=${job.kind} title=${`${job.kind}: ${job.tool}`} aside=${aside}>
        ${id && html`<p class="meta"><a class="mono" href=${`#/jobs/${encodeURIComponent(id)}`}>${id}</a></p>`}
        <ul class="questions">${run.questions.map((question) => html`<${Question} key=${question.question} question=${question} entries=${entries} judgement=${judged.findLast((entry) => entry.question === question.question)} />`)}</ul><//>`;
    })}
  </article>`;
}
