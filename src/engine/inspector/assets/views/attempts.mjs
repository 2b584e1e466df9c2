// The answers: ours to the sender, and those of the handlers.

import { html } from "../html.mjs";
import { useLayoutEffect, useRef } from "../vendor/hooks.mjs";
import { duration } from "../pure/format.mjs";
import { Status, Text, Time } from "./parts.mjs";

const ORIGINS = { forward: "forwarded", replay: "replayed" };

function Attempt({ attempt, now, selected }) {
  const element = useRef(null);
  useLayoutEffect(() => {
    if (selected) element.current.focus({ preventScroll: false });
  }, [selected]);
  const slow = attempt.elapsed_ms > 10_000;
  return html`<li ref=${element} tabindex="-1" class=${`attempt ${selected ? "selected" : ""}`}>
    <div class="line-one"><${Status} code=${attempt.answered} /> <span class=${slow ? "remark bad" : ""}>${duration(attempt.elapsed_ms)}</span>
      ${selected && html`<span class="tag">just now</span>`}</div>
    <div class="muted">${ORIGINS[attempt.origin] ?? attempt.origin} <${Time} iso=${attempt.started_at} now=${now} /></div>
    <div class="mono target"><${Text}>${attempt.target}<//></div>
    ${attempt.note && html`<div class="tag">${attempt.note}</div>`}
    ${attempt.error && html`<p class="remark bad"><${Text}>${attempt.error.message}<//></p>`}
    ${attempt.excerpt && html`<pre class="excerpt" tabindex="0" role="region" aria-label="Answer's body"><${Text}>${attempt.excerpt}<//></pre>`}
  </li>`;
}

/** Our answer, then every attempt; the selected one, which was just made, stands beside the one before it. */
export function Attempts({ answered, attempts, selectedId, notes, now }) {
  return html`<ul class="attempts">
    <li class="attempt"><div class="line-one"><${Status} code=${answered} missing="none yet" /></div><div class="muted">answer to the sender</div></li>
    ${attempts.map((attempt) => html`<${Attempt} key=${attempt.id} attempt=${{ ...attempt, note: notes[attempt.id] }} now=${now} selected=${attempt.id === selectedId} />`)}
  </ul>`;
}
