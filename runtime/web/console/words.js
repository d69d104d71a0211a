// What runs and connections are called, and what follows from what they say. Pure: no page, no requests.
// Labels of runs are those of RudderStack's Syncs tab.

import {about, count, duration, now, plural} from './format.js';

const ENDED = new Set(['succeeded', 'stopped', 'failed', 'interrupted', 'skipped']);

export const isActive = (run) => Boolean(run) && !ENDED.has(run.state);

export const deltas = (run) => run.inserts + run.updates + run.deletes;

/** Deltas that were found and whose fate is not known yet. */
export const inFlight = (run) => Math.max(0, deltas(run) - run.delivered - run.rejected - run.undelivered);

export const failures = (run) => run.rejected + run.invalid;

/** The word by which icons, colours and bars are chosen. */
export function outcome(run) {
  return run.state === 'succeeded' && failures(run) > 0 ? 'failures' : run.state;
}

const RUN_WORDS = {
  postponed: 'Waiting',
  running: 'Running',
  draining: 'Draining',
  succeeded: 'Completed',
  failures: 'Completed, with failures',
  stopped: 'Aborted, stopped on request',
  failed: 'Failed',
  interrupted: 'Interrupted',
  skipped: 'Skipped',
};

export const runWord = (run) => RUN_WORDS[outcome(run)] ?? run.state;

const BRIEF = {...RUN_WORDS, failures: 'With failures', stopped: 'Stopped'};

export const briefWord = (run) => BRIEF[outcome(run)] ?? run.state;

/** What a connection does: the word of its icon, and what people read. */
export function connectionState(c) {
  if (c.state === 'unreachable') return {icon: 'unreachable', word: 'Unreachable'};
  if (c.state === 'running' && (c.waiting_for_slot || c.run?.phase === 'waiting'))
    return {icon: 'postponed', word: 'Waiting'};
  if (c.state === 'running') return {icon: 'running', word: 'Running'};
  if (c.state === 'draining') return {icon: 'draining', word: 'Draining'};
  if (c.state === 'disabled' || c.enabled === false) return {icon: 'disabled', word: 'Disabled'};
  if (c.blocked) return {icon: 'failed', word: 'Blocked'};
  return {icon: 'idle', word: 'Idle'};
}

export function needsAttention(c) {
  const last = c.run && !isActive(c.run) ? outcome(c.run) : '';
  return (
    c.state === 'unreachable' ||
    c.rejected_rows > 0 ||
    Boolean(c.blocked) ||
    last === 'failed' ||
    last === 'interrupted'
  );
}

export function took(run) {
  const end = run.finished_at ? Date.parse(run.finished_at) : now();
  return Math.max(0, end - Date.parse(run.started_at));
}

/** Rows per second over the last ten seconds of samples; null where nothing was measured. */
export function rate(samples, what = 'delivered') {
  const last = samples.at(-1);
  if (!last) return null;
  const first = samples.find((each) => last.at - each.at <= 10_000);
  if (last.at - first.at < 900) return null;
  return Math.max(0, ((last[what] - first[what]) * 1000) / (last.at - first.at));
}

/** How long the drain takes, in milliseconds; null where nobody knows. */
export function drainTime(run, samples) {
  if (Number.isFinite(run.drain_expected_ms)) return run.drain_expected_ms;
  const perSecond = rate(samples);
  return perSecond > 0 ? (inFlight(run) / perSecond) * 1000 : null;
}

/** What the sync after this one will be. `c`: the connection, which knows better if this was its last one. */
export function nextAfter(run, c) {
  const isKnown = c?.run?.run === run.run && run.state === 'succeeded';
  // A sync of certain rows completes without completing what one before it began.
  if (isKnown && c.next_type === 'full')
    return c.continues ? 'full, and continues: what is delivered is not sent again' : 'full';
  if (run.state === 'succeeded')
    return failures(run) > 0 ? 'incremental; the rows that failed are offered again' : 'incremental';
  if (run.state === 'skipped') return 'as if this one had not been due';
  return run.type === 'full'
    ? 'full, and continues this one: what is delivered is not sent again'
    : 'incremental, with everything that this one did not deliver';
}

/** What the connection does next. */
export function nextSync(c) {
  if (c.enabled === false || c.state === 'disabled') return {when: 'none', why: 'the connection is disabled'};
  const why =
    c.next_type !== 'full'
      ? ''
      : c.continues
        ? 'full, continues the last one'
        : c.next_reason
          ? `full, because ${c.next_reason}`
          : 'full';
  return {when: c.waiting_for ? `after ${c.waiting_for}` : (c.next_run_at ?? 'manual'), why};
}

const BOUNDS = {
  growth: 'how many the API takes is being found out',
  concurrency: 'as many as the destination’s concurrency allows',
  refusals: 'the API refuses more',
  latency: 'with more the API gets slower',
  rate_limit: 'a rate limit, or a pause that the API asked for',
  retry: 'the API fails, and is tried again',
};

/** What keeps the requests to an API from being more; null where nothing does. */
export function requestFlow({under_way, at_once, limited_by}) {
  const why = BOUNDS[limited_by];
  return why ? `${count(under_way)} of ${plural(at_once, 'request')} at once: ${why}` : null;
}

/** The sentence that says what an active run does. */
export function doing(run, c, samples) {
  const since = duration(Math.floor(took(run) / 1000) * 1000)
    .replace('.0 s', ' s')
    .replace(/^0 ms$/, '0 s');
  if (run.state === 'postponed') return 'Accepted: begins as soon as the present sync has drained';
  if (run.state === 'draining') return draining(run, samples);
  if (run.phase === 'waiting' || c?.waiting_for_slot)
    return `Waiting: ${run.waiting_for || 'as many other syncs are active as may be at a time'}`;
  const phases = {
    connecting: 'Connecting to source and destination',
    querying: 'The source works on the query, no row yet',
    delivering: 'Everything is read, delivering what is in flight',
  };
  return `${phases[run.phase] ?? 'Reading and delivering'}, ${since}`;
}

function draining(run, samples) {
  const left = inFlight(run);
  const halted = run.reading_halted_at
    ? `reading halted ${duration(Date.parse(run.reading_halted_at) - Date.parse(run.stop_requested_at))} after the request`
    : 'reading has not halted yet';
  const ms = drainTime(run, samples);
  const time = ms === null ? '' : `, about ${about(ms)}`;
  return left === 0
    ? `Stopping: ${halted}, nothing is left to deliver`
    : `Stopping: ${halted}, ${plural(left, 'row')} ${left === 1 ? 'is' : 'are'} still being delivered${time}`;
}

/** The sentence that says how a run ended. */
export function ended(run) {
  const n = deltas(run);
  const time = duration(took(run));
  switch (outcome(run)) {
    case 'succeeded':
      return n === 0
        ? `Nothing had changed: ${plural(run.read, 'row')} looked at in ${time}`
        : `${plural(run.delivered, 'row')} delivered in ${time}`;
    case 'failures':
      return `${plural(run.delivered, 'row')} delivered in ${time}, ${plural(failures(run), 'row')} failed`;
    case 'stopped':
      return run.undelivered > 0
        ? `Ended after ${time}: ${count(run.delivered)} delivered, ${count(run.undelivered)} left for the next sync`
        : run.delivered > 0
          ? `Ended after ${time}: ${plural(run.delivered, 'row')} delivered, nothing was left over`
          : `Ended after ${time}, before a row was due for delivery: nothing is missing`;
    case 'skipped':
      return 'Skipped: another sync was active when it was due';
    case 'interrupted':
      return `The node ended during the sync, after ${time}: the next sync goes on from there`;
    default:
      return `Failed after ${time}`;
  }
}
