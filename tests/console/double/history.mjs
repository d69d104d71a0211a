// Runs and rejected rows of the past, made up: enough of every kind to look at.

import {dice, ulid} from './random.mjs';

const iso = (ms) => new Date(ms).toISOString();

/** The counters of a run that has read nothing. */
export const NOTHING = {
  read: 0,
  unchanged: 0,
  invalid: 0,
  inserts: 0,
  updates: 0,
  deletes: 0,
  delivered: 0,
  rejected: 0,
  undelivered: 0,
};

/** A run record with every member, as `sluice runs --json` prints it. */
export function newRun(connection, started, change = {}) {
  return {
    run: ulid(started),
    connection: connection.name,
    type: 'incremental',
    trigger: 'schedule',
    state: 'running',
    mode: connection.mode,
    epoch: 3,
    continues: null,
    started_at: iso(started),
    stop_requested_at: null,
    reading_halted_at: null,
    finished_at: null,
    ...NOTHING,
    in_flight_at_stop: null,
    drain_expected_ms: null,
    error: null,
    warnings: [],
    outcome: null,
    reason: null,
    requested_by: null,
    stopped_by: null,
    phase: null,
    waiting_for: null,
    ...change,
  };
}

const OUTAGE = {
  code: 'destination_failed',
  message: "deliver to 'crm.example.com': 503 Service Unavailable for 15 min, 41 attempts",
  hint: 'the next sync delivers what is left; see whether the API is up',
};

function pastRun(connection, started, throwing) {
  const luck = throwing();
  const manual = throwing() > 0.85;
  const changes = Math.floor(throwing() ** 3 * 2400);
  const took = Math.floor(2500 + throwing() ** 2 * 40_000 + changes * 12);
  const who = manual ? {trigger: throwing() > 0.5 ? 'manual' : 'api'} : {};
  const run = newRun(connection, started, {
    ...who,
    requested_by: who.trigger === 'api' ? 'airflow' : who.trigger ? 'ada' : null,
    read: connection.rows,
  });
  run.updates = Math.floor(changes * 0.7);
  run.inserts = changes - run.updates;
  run.delivered = changes;
  run.finished_at = iso(started + took);
  run.state = 'succeeded';
  if (luck > 0.97) {
    Object.assign(run, {
      state: 'failed',
      error: OUTAGE,
      delivered: Math.floor(changes / 3),
      undelivered: changes - Math.floor(changes / 3),
    });
  } else if (luck > 0.95) {
    Object.assign(run, {
      state: 'interrupted',
      read: Math.floor(connection.rows / 2),
      undelivered: changes - Math.floor(changes / 2),
      delivered: Math.floor(changes / 2),
    });
  } else if (luck > 0.91) {
    const left = Math.min(changes, 212);
    Object.assign(run, {
      state: 'stopped',
      read: Math.floor(connection.rows / 3),
      stopped_by: 'ada',
      in_flight_at_stop: left,
      stop_requested_at: iso(started + took - 900),
      reading_halted_at: iso(started + took - 860),
    });
  } else if (luck > 0.82 && connection.rejected.length > 0) {
    const refused = Math.min(changes, 3);
    Object.assign(run, {rejected: refused, delivered: changes - refused});
  } else if (luck > 0.8) {
    Object.assign(run, {
      state: 'skipped',
      read: 0,
      inserts: 0,
      updates: 0,
      delivered: 0,
      finished_at: run.started_at,
    });
  }
  run.unchanged = Math.max(0, run.read - run.inserts - run.updates - run.invalid);
  if (run.state === 'skipped') run.unchanged = 0;
  return run;
}

/** The past of a connection, newest first. */
export function pastRuns(connection, howMany, now, seed) {
  const throwing = dice(seed);
  const runs = [];
  for (let i = howMany; i > 0; i -= 1)
    runs.unshift(pastRun(connection, now - i * connection.every + Math.floor(throwing() * 900), throwing));
  return runs;
}

const REASONS = [
  ['update', 422, 'email: "ada[at]example.com" is not an address'],
  ['insert', 409, 'a contact with this external_id exists already'],
  [
    'insert',
    400,
    '<b onclick="alert(1)">custom_fields</b>: <img src=x onerror=alert(1)> is unknown & refused',
  ],
  ['read', null, 'the key is NULL'],
];

/** Rows that were refused, most of them for the first reason. */
export function rejectedRows(howMany, now, seed) {
  const throwing = dice(seed);
  return Array.from({length: howMany}, (_, i) => {
    const [operation, status, reason] = REASONS[Math.min(3, Math.floor(throwing() ** 2.2 * 4))];
    const long = i % 11 === 3 ? `\n${'the whole answer of the API, '.repeat(24)}` : '';
    const key =
      i === 0
        ? '{"id":"<script>alert(1)</script>"}'
        : i === 1
          ? '{"id":90071992547409931234}'
          : `{"id":${48_000 + i * 7}}`;
    return {
      key,
      operation,
      reason: reason + long,
      attempts: 1 + Math.floor(throwing() * 9),
      first_at: iso(now - 86_400_000 * (1 + throwing() * 5)),
      last_at: iso(now - 60_000 * i),
      status,
    };
  });
}
