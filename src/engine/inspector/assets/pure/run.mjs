// An end-to-end run, as the program notes it: what belongs to each of its jobs.

/** Where the deliveries of the run go: `{forward, kept, own}`; `own` says that the page started it. */
export function wayOf(run) {
  const way = run.entries.find((entry) => entry.record === "way");
  return way ? { forward: way.forward, kept: way.kept, own: true } : { forward: null, kept: true, own: false };
}

/** The error that ended the run, and what it warned of. */
export function remarksOf(run) {
  const error = run.entries.find((entry) => entry.record === "summary")?.error ?? null;
  return { error, warnings: run.entries.filter((entry) => entry.record === "warning").map((entry) => entry.text) };
}

/** What is known of one job: `{id, entries, judged, isOver, failed, deliveries, steps}`. */
export function partOf(run, job) {
  const entries = run.entries.filter((entry) => entry.kind === job.kind || entry.type?.startsWith(job.kind));
  const judged = entries.filter((entry) => entry.record === "judgement");
  const { kept } = wayOf(run);
  const forwards = run.entries.filter((entry) => entry.record === "forward");
  const came = entries.filter((entry) => entry.record === "delivery");
  const deliveries = came.map((delivery) => ({
    ...delivery,
    id: kept ? delivery.id : null,
    attempts: forwards.filter((forward) => forward.delivery === delivery.id),
  }));
  return {
    id: entries.find((entry) => entry.job_id)?.job_id ?? null,
    entries,
    judged,
    isOver: judged.some((entry) => entry.job_id !== undefined),
    failed: judged.filter((entry) => entry.outcome === "fail").length,
    deliveries,
    steps: entries.filter((entry) => entry.record === "job"),
  };
}
