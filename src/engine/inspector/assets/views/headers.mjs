// Headers as they came, and the difference between two deliveries.

import { html } from "../html.mjs";
import { useMemo } from "../vendor/hooks.mjs";
import { difference } from "../pure/diff.mjs";
import { useLoaded } from "../live.mjs";
import { Copy, Problem, Text, Verdict } from "./parts.mjs";

/** The headers in their order. */
export function Headers({ delivery }) {
  const all = delivery.headers.map(([name, value]) => `${name}: ${value}`).join("\n");
  return html`<div><div class="tools"><span class="mono"><${Text}>${`${delivery.method} ${delivery.path}`}<//></span><span class="grow"></span><${Copy} text=${all} label="Copy headers" /></div>
    <div class="scroll" tabindex="0" role="region" aria-label="Headers"><table class="headers"><thead class="hidden"><tr><th scope="col">Name</th><th scope="col">Value</th></tr></thead><tbody>${delivery.headers.map(
      ([name, value], at) => html`<tr key=${at}><th scope="row" class="mono"><${Text}>${name}<//></th><td class="mono"><${Text}>${value}<//></td></tr>`,
    )}</tbody></table></div></div>`;
}

/** A longer value is cut, and says so. */
const LONGEST = 600;

function Clipped({ text }) {
  const left = text.length - LONGEST;
  return html`<${Text}>${text.slice(0, LONGEST)}<//>${left > 0 && html` <span class="tag">${left} more characters</span>`}`;
}

const WORDS = { added: "added", removed: "removed", changed: "changed" };

/** What differs between this delivery and another of its job. */
export function Difference({ delivery, siblings, otherId, onChoose }) {
  const others = siblings.filter((sibling) => sibling.id !== delivery.id);
  const chosen = otherId ?? delivery.previous ?? others[0]?.id ?? null;
  const { data: other, error } = useLoaded(chosen === null ? null : `/api/deliveries/${chosen}`, 0);
  const rows = useMemo(() => (other ? difference(other, delivery) : []), [other, delivery]);
  if (!others.length) return html`<p class="muted">No other delivery of this job is in the journal.</p>`;
  return html`<div class="difference"><div class="tools"><label>Compared with <select value=${String(chosen)} onChange=${(event) => onChoose(event.target.value)}>${others.map(
    (sibling) => html`<option key=${sibling.id} value=${String(sibling.id)}>#${sibling.id} ${sibling.type ?? "no event"}${sibling.attempt > 1 ? `, attempt ${sibling.attempt}` : ""}</option>`,
  )}</select></label>${other && html`<${Verdict} word=${other.verdict} />`}</div>
    ${error && html`<${Problem} error=${error} />`}
    ${other && !rows.length && html`<p>Body and headers are the same, value for value.</p>`}
    ${rows.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label="Difference"><table><thead><tr><th scope="col">Place</th><th scope="col">#${chosen}</th><th scope="col">#${delivery.id}, this one</th></tr></thead>
      <tbody>${rows.map(
        (row) => html`<tr key=${`${row.what} ${row.place}`} class=${row.change}><th scope="row"><${Text} class="mono">${row.place}<//><br /><span class="muted">${row.what} ${WORDS[row.change]}</span></th>
          <td class="mono">${row.before === null ? html`<span class="muted">not there</span>` : html`<${Clipped} text=${row.before} />`}</td>
          <td class="mono">${row.after === null ? html`<span class="muted">not there</span>` : html`<${Clipped} text=${row.after} />`}</td></tr>`,
      )}</tbody></table></div>`}
  </div>`;
}
