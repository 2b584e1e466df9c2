// The verdict with everything that was compared to reach it.

import { html } from "../html.mjs";
import { firstDifference } from "../pure/diff.mjs";
import { count, dateAndTime, duration } from "../pure/format.mjs";
import { Copy, Shape, Text, toneOf } from "./parts.mjs";

const GROUP = 8;

/** A signature in groups of eight; from the first place that differs it is marked. */
function Digest({ text, from }) {
  const groups = [];
  for (let at = 0; at < text.length; at += GROUP) {
    const group = text.slice(at, at + GROUP);
    const split = from < 0 ? GROUP : Math.min(Math.max(from - at, 0), GROUP);
    groups.push(html`<span class="group"><${Text}>${group.slice(0, split)}<//>${split < group.length && html`<mark class=${split > 0 || at === from ? "first" : ""}>${group.slice(split)}</mark>`}</span>`);
  }
  return html`<span class="digest mono">${groups}</span>`;
}

function signedTime(judgement, received) {
  const seconds = Number(judgement.timestamp);
  if (!Number.isSafeInteger(seconds) || seconds > 1e11) return null;
  const skew = Date.parse(received) - seconds * 1000;
  const away = Math.abs(skew) < 1000 ? "when it was received" : `${duration(Math.abs(skew))} ${skew > 0 ? "before" : "after"} it was received`;
  return `${dateAndTime(seconds * 1000)}, ${away}`;
}

/** What the signature was found to be. `judgement` is a `verdict` record. */
export function Signature({ judgement, delivery }) {
  const { signature, expected_signature: expected } = judgement;
  const from = signature && expected ? firstDifference(signature, expected) : -1;
  const tone = toneOf(delivery.verdict);
  const changed = judgement.verdict !== delivery.verdict;
  const time = judgement.timestamp && signedTime(judgement, delivery.received_at);
  return html`<section class=${`verdict-panel ${tone}`} aria-label="Verdict">
    <header><${Shape} tone=${tone} /><h2>${delivery.verdict}</h2>
      ${delivery.explanation && html`<p><${Text}>${delivery.explanation}<//></p>`}</header>
    ${judgement.advice && html`<p class="advice"><strong>What to do</strong> <${Text}>${judgement.advice}<//></p>`}
    ${changed && html`<p class="muted">Judged again with the present secret, it is ${judgement.verdict}.</p>`}
    <dl class="facts">
      <dt>signed</dt><dd class="mono">${judgement.timestamp === null ? html`<span class="muted">no timestamp</span>` : html`<${Text}>${judgement.timestamp}<//>`}<span class="muted"> . body, ${count(judgement.body_bytes)} bytes</span></dd>
      ${time && html`<dt>timestamp</dt><dd>${time}</dd>`}
      <dt>received</dt><dd>${signature === null ? html`<span class="muted">no signature, or more than one</span>` : html`<${Digest} text=${signature} from=${from} />`}</dd>
      ${expected && html`<dt>expected</dt><dd><${Digest} text=${expected} from=${from} /> ${from < 0 && signature ? html`<span class="muted">the same</span>` : html`<${Copy} text=${expected} />`}</dd>`}
      <dt>secret</dt><dd><span class="mono">${judgement.secret}</span> <span class="muted">(<${Text}>${judgement.secret_origin}<//>)</span></dd>
    </dl>
  </section>`;
}
