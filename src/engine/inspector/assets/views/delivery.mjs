// One delivery: the verdict first, then the answers, then what came.

import { html } from "../html.mjs";
import { useEffect, useState } from "../vendor/hooks.mjs";
import { post } from "../api.mjs";
import { useLoaded } from "../live.mjs";
import { command, curl, nodeTest, pytest } from "../pure/copies.mjs";
import { dateAndTime, size } from "../pure/format.mjs";
import { Attempts } from "./attempts.mjs";
import { Body } from "./body.mjs";
import { Edit } from "./edit.mjs";
import { Difference, Headers } from "./headers.mjs";
import { Media } from "./media.mjs";
import { copyText, Copy, Key, Problem, Section, Text, Time } from "./parts.mjs";
import { Schema, faultsOf, marksOf } from "./schema.mjs";
import { Signature } from "./signature.mjs";
import { useTarget } from "./target.mjs";

const TABS = ["body", "headers", "media", "difference"];

function CopyMenu({ delivery, target }) {
  return html`<details class="menu"><summary>Copy as</summary><div class="menu-list">
    <${Copy} label="curl" text=${() => curl(delivery, target)} />
    <${Copy} label="mh-hook command" text=${() => command(delivery, target)} />
    <${Copy} label="test for pytest" text=${() => pytest(delivery, target)} />
    <${Copy} label="test for node:test" text=${() => nodeTest(delivery, target)} />
  </div></details>`;
}

function Tabs({ tab, delivery, siblings, onTab }) {
  const counts = { media: delivery.media.length, difference: siblings.length - 1, headers: delivery.headers.length };
  const shown = TABS.filter((name) => name === "body" || name === "headers" || counts[name] > 0);
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = shown[(shown.indexOf(tab) + step + shown.length) % shown.length];
    onTab(next);
    event.currentTarget.querySelector(`#tab-${next}`).focus();
  };
  return html`<div class="tabs" role="tablist" aria-label="What came" onKeyDown=${move}>${shown.map(
    (name) => html`<button type="button" role="tab" key=${name} id=${`tab-${name}`} aria-controls="panel" tabindex=${name === tab ? 0 : -1}
      aria-selected=${name === tab ? "true" : "false"} onClick=${() => onTab(name)}>${name}${counts[name] > 0 && html` <span class="count">${counts[name]}</span>`}</button>`,
  )}</div>`;
}

/** What came, in tabs. */
function Came({ delivery, siblings, tab, other, now, onTab, onOther }) {
  const faults = faultsOf(delivery.schema);
  return html`<section class="card"><${Tabs} tab=${tab} delivery=${delivery} siblings=${siblings} onTab=${onTab} />
    <div id="panel" role="tabpanel" aria-labelledby=${`tab-${tab}`}>
      ${tab === "body" && html`<div class="beside"><${Body} delivery=${delivery} marks=${marksOf(delivery.schema)} />
        <div class="schema-side"><h3>Schema${faults > 0 && html` <span class="count bad">${faults}</span>`}</h3><${Schema} schema=${delivery.schema} /></div></div>`}
      ${tab === "headers" && html`<${Headers} delivery=${delivery} />`}
      ${tab === "media" && html`<${Media} delivery=${delivery} now=${now} />`}
      ${tab === "difference" && html`<${Difference} delivery=${delivery} siblings=${siblings} otherId=${other} onChoose=${onOther} />`}
    </div></section>`;
}

/** A delivery's page. `bindActions` gets what the keys do here. */
export function Delivery({ id, info, version, now, route, go, bindActions }) {
  const { data: delivery, error } = useLoaded(`/api/deliveries/${id}`, 0);
  const { data: answers } = useLoaded(`/api/deliveries/${id}/answers`, version);
  const [editing, setEditing] = useState(false);
  const [failure, setFailure] = useState(null);
  const [busy, setBusy] = useState(false);
  const [made, setMade] = useState({ selected: null, notes: {} });
  const [said, setSaid] = useState("");
  const [target] = useTarget(info);
  useEffect(() => {
    setMade({ selected: null, notes: {} });
    setEditing(false);
    setFailure(null);
  }, [id]);
  const sent = (attempt, note) => {
    setEditing(false);
    setMade((before) => ({ selected: attempt.id, notes: { ...before.notes, [attempt.id]: note } }));
  };
  const replay = async (sign) => {
    setBusy(true);
    setFailure(null);
    try {
      const { attempt } = await post(`/api/deliveries/${id}/replay`, { to: target, sign });
      sent(attempt, sign ? "signed anew" : "as it was");
    } catch (problem) {
      setFailure(problem);
    }
    setBusy(false);
  };
  const tab = TABS.includes(route.tab) ? route.tab : "body";
  const onTab = (name) => go({ ...route, tab: name === "body" ? "" : name }, true);
  bindActions({
    replay: () => replay(true),
    edit: () => setEditing(true),
    diff: () => onTab("difference"),
    curl: async () => setSaid((await copyText(curl(delivery, target))) ? "Copied as curl" : "The browser does not allow copying"),
  });
  useEffect(() => {
    const timer = said && setTimeout(setSaid, 2000, "");
    return () => clearTimeout(timer);
  }, [said]);
  if (error) return html`<${Problem} error=${error} />`;
  if (!delivery) return html`<p class="muted loading">Loading #${id} …</p>`;
  const siblings = answers?.siblings ?? [];
  return html`<article class="delivery" aria-label=${`Delivery ${id}`}>
    <header class="detail-head">
      <div class="title"><h1><${Text}>${delivery.type ?? "No event"}<//></h1><span class="muted">#${delivery.id}</span></div>
      <p class="muted meta"><${Time} iso=${delivery.received_at} now=${now} />, ${dateAndTime(Date.parse(delivery.received_at))}, from <${Text}>${delivery.remote}<//>, ${size(delivery.size)}
        ${delivery.attempt > 1 && html`, <strong>attempt ${delivery.attempt}</strong> of this event`}</p>
      ${delivery.job_id !== null && html`<p class="meta">job <a class="mono" href=${`#/jobs/${encodeURIComponent(delivery.job_id)}`}><${Text}>${delivery.job_id}<//></a></p>`}
      <div class="actions">
        <button type="button" class="primary" disabled=${busy} onClick=${() => replay(true)}>Replay <${Key}>r<//></button>
        <button type="button" disabled=${busy} onClick=${() => replay(false)} title="With the old timestamp and signature">As it was</button>
        <button type="button" onClick=${() => setEditing(true)}>Edit and send <${Key}>e<//></button>
        <${CopyMenu} delivery=${delivery} target=${target} />
        <span class="said" role="status">${said}</span>
        <span class="muted to">to <span class="mono"><${Text}>${target}<//></span></span>
      </div>
      ${failure && html`<${Problem} error=${failure} />`}
    </header>
    <${Signature} judgement=${delivery.judgement} delivery=${delivery} />
    <${Section} title="Answers"><${Attempts} answered=${answers ? answers.answered : delivery.answered} attempts=${answers?.attempts ?? []} selectedId=${made.selected} notes=${made.notes} now=${now} /><//>
    <${Came} delivery=${delivery} siblings=${siblings} tab=${tab} other=${route.with ? Number(route.with) : null} now=${now} onTab=${onTab} onOther=${(other) => go({ ...route, with: other }, true)} />
    ${editing && html`<${Edit} delivery=${delivery} info=${info} onClose=${() => setEditing(false)} onSent=${sent} />`}
  </article>`;
}
