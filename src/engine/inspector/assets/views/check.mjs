// A conformance check of a handler, with its findings as they come.

import { html } from "../html.mjs";
import { useState } from "../vendor/hooks.mjs";
import { post } from "../api.mjs";
import { useLoaded } from "../live.mjs";
import { duration, plural } from "../pure/format.mjs";
import { Copy, Problem, Section, Shape, Text, toneOf } from "./parts.mjs";
import { Target, useTarget } from "./target.mjs";

const ORDER = ["fail", "consequence", "note", "pass", "not-asked"];
const WORDS = { fail: "broken", consequence: "follows", note: "worth a word", pass: "held", "not-asked": "not asked" };

function Finding({ finding }) {
  const answer = finding.answered ?? finding.error?.message ?? finding.answer ?? "nothing";
  return html`<li class="finding"><details open=${finding.outcome === "fail" ? true : undefined}><summary><${Shape} tone=${toneOf(finding.outcome)} />
      <span class=${`word ${toneOf(finding.outcome)}`}>${WORDS[finding.outcome]}</span> <span class="mono">${finding.id}</span> <span class="tag">${finding.level}</span> <span class="rule">${finding.rule}</span></summary>
    <dl class="facts"><dt>outcome</dt><dd>${WORDS[finding.outcome] ?? finding.outcome}${finding.because ? `: ${finding.because}` : ""}</dd>
      <dt>expected</dt><dd>${finding.expected}</dd>
      <dt>answered</dt><dd><${Text}>${String(answer).slice(0, 400)}<//>${finding.elapsed_ms !== null && html` <span class="muted">in ${duration(finding.elapsed_ms)}</span>`}</dd>
      ${finding.outcome === "fail" && html`<dt>why</dt><dd>${finding.why}</dd><dt>what to do</dt><dd>${finding.fix}</dd>`}
    </dl></details></li>`;
}

function Findings({ check }) {
  const sorted = [...check.findings].sort((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome));
  const broken = sorted.filter((finding) => finding.outcome === "fail").length;
  const follow = sorted.filter((finding) => finding.outcome === "consequence").length;
  const held = sorted.filter((finding) => finding.outcome === "pass").length;
  const unasked = sorted.filter((finding) => finding.outcome === "not-asked").length;
  const counts = [`${held} held`, `${broken} broken`, follow && `${follow} follow from these`, unasked && `${unasked} not asked`];
  return html`<${Section} title=${check.state === "running" ? "Checking" : "Findings"} aside=${html`<span role="status">${check.state === "running" ? `${check.done} of ${check.total}` : counts.filter(Boolean).join(", ")}</span>`}>
    ${check.state === "running" && html`<progress max=${check.total} value=${check.done} aria-label="Cases put"></progress>`}
    <ul class="findings">${sorted.map((finding) => html`<${Finding} key=${finding.id} finding=${finding} />`)}</ul><//>`;
}

/** The page. */
export function Check({ info, version }) {
  const [target, setTarget] = useTarget(info);
  const [level, setLevel] = useState("may");
  const [failure, setFailure] = useState(null);
  const [started, setStarted] = useState(0);
  const { data: check, error } = useLoaded("/api/check", `${version}/${started}`);
  const start = async (event) => {
    event.preventDefault();
    setFailure(null);
    try {
      await post("/api/check", { url: target, level });
      setStarted(started + 1);
    } catch (problem) {
      setFailure(problem);
    }
  };
  const running = check?.state === "running";
  return html`<article aria-label="Check"><header class="detail-head"><div class="title"><h1>Check a handler</h1></div>
      <p class="meta muted">Sends right, wrong and forged deliveries and judges each answer.</p>
      <form class="check-form" onSubmit=${start}><${Target} info=${info} target=${target} onChange=${setTarget} />
        <label>Cases <select value=${level} onChange=${(event) => setLevel(event.target.value)}><option value="must">must only</option><option value="should">must and should</option><option value="may">all</option></select></label>
        <button type="submit" class="primary" disabled=${running}>${running ? "Checking …" : check?.state === "idle" || !check ? "Check" : "Check again"}</button></form>
      ${failure && html`<${Problem} error=${failure} />`}${error && html`<${Problem} error=${error} />`}
      ${check?.error && html`<${Problem} error=${check.error} />`}</header>
    ${check && check.state !== "idle" && !check.error && html`<p class="meta muted">${check.url} <${Copy} text=${`mh-hook check ${check.url}`} label="Copy command" /> ${plural(check.total, "case")}</p><${Findings} check=${check} />`}
  </article>`;
}
