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

/** What is known of one job: `{id, entries, judged, isOver, counts, deliveries, steps}`. */
export function partOf(run, job) {
  const entries = run.entries.filter((entry) => entry.kind === job.kind || entry.type?.startsWith(job.kind));
  const judged = entries.filter((entry) => entry.record === "judgement");
  const ended = judged.filter((entry) => entry.job_id !== undefined);
  const counts = { pass: 0, fail: 0, skipped: 0 };
  for (const { outcome } of ended) counts[outcome] += 1;
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
    isOver: ended.length > 0,
    counts,
    deliveries,
    steps: entries.filter((entry) => entry.record === "job"),
  };
}

/** The questions with their judgements: in their order, and once the job is over with those that failed first. */
export function failedFirst(questions, part) {
  const pairs = questions.map((question) => [question, part.judged.findLast((entry) => entry.question === question.question)]);
  const isFailed = ([, judgement]) => part.isOver && judgement?.outcome === "fail";
  return [...pairs.filter(isFailed), ...pairs.filter((pair) => !isFailed(pair))];
}
