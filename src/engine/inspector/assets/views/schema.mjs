// The schema of the event's kind beside the body: what is missing, wrong or not known.

import { html } from "../html.mjs";
import { Shape, Text } from "./parts.mjs";

const TONES = { fits: "good", missing: "bad", wrong: "bad", extra: "doubt", absent: "none" };

/** Places of the body that need a look, for the body's view. */
export function marksOf(schema) {
  return new Map(schema.fields.filter((field) => ["wrong", "extra"].includes(field.state)).map((field) => [field.path, field.state]));
}

/** How many fields are not as they should be. */
export function faultsOf(schema) {
  return schema.fields.filter((field) => field.state === "missing" || field.state === "wrong").length;
}

/** The fields of the schema with their state. */
export function Schema({ schema }) {
  if (!schema.fields.length) return html`<p class="muted"><${Text}>${schema.summary}<//></p>`;
  return html`<div class="schema"><p class=${faultsOf(schema) ? "remark bad" : "muted"}><${Text}>${schema.summary}<//></p>
    <ul>${schema.fields.map(
      (field) => html`<li key=${field.path} class=${field.state}><${Shape} tone=${TONES[field.state]} />
        <span><${Text} class="mono">${field.path.replace(/^payload\./, "")}<//> <span class="muted">${field.shape}${field.deprecated ? ", deprecated" : ""}</span>
        ${field.problem && html`<br /><${Text} class="remark bad">${field.problem}<//>`}
        ${field.state === "extra" && html`<br /><span class="remark doubt">not in the schema</span>`}</span></li>`,
    )}</ul></div>`;
}
