// A node as a browser sees it: runs that read, deliver, drain and end in real time, by script.
//
// A double: it stands where tests of the page need runs of a pace of their own. What it answers has the
// members of `--json`; it knows nothing of sources and destinations.

import {EventEmitter} from 'node:events';
import {newRun, pastRuns, rejectedRows} from './history.mjs';

const STEP = 50;
const iso = (ms) => (ms === null ? null : new Date(ms).toISOString());
const isActive = (run) => run && ['running', 'draining'].includes(run.state);

export class Refused extends Error {
  constructor(status, code, detail, hint = '') {
    super(detail);
    Object.assign(this, {status, code, hint});
  }
}

const DEFAULTS = {
  rows: 84_000,
  changes: 900,
  perSecond: 3000,
  window: 2000,
  mode: 'mirror',
  node: 'alpha',
  every: 900_000,
  runs: 80,
  rejectedRows: 0,
  enabled: true,
  scheduled: true,
  next: 'incremental',
  rowLog: false,
  file: null,
  lastState: null,
  unreachable: false,
  full: false,
};

export class Engine extends EventEmitter {
  #timer = null;

  constructor(specs) {
    super();
    this.setMaxListeners(0);
    this.node = {
      node: 'alpha',
      version: '0.2.0',
      started_at: iso(Date.now() - 5_400_000),
      ending: false,
      running_syncs: 0,
      max_running_syncs: 8,
      features: [],
    };
    this.connections = new Map();
    specs.forEach((spec, i) => this.add(spec, i));
  }

  add(spec, seed) {
    const c = {...DEFAULTS, ...spec, seed, run: null, postponed: null, continues: false, reason: ''};
    const now = Date.now();
    c.rejected = rejectedRows(c.rejectedRows, now, seed + 7);
    c.history = null;
    c.acknowledged = c.runs > 0 ? c.rows : 0;
    if (c.runs === 0) c.next = 'full';
    c.nextAt = c.scheduled ? now + 60_000 * (3 + ((seed * 13) % 50)) : null;
    this.connections.set(c.name, c);
    const last = this.history(c.name)[0];
    if (last && c.lastState) Object.assign(last, c.lastState);
  }

  /** Newest first; made up when somebody asks, so that 2,000 connections cost little. */
  history(name) {
    const c = this.find(name);
    c.history ??= pastRuns(c, c.runs, Date.now(), c.seed + 1);
    return c.history;
  }

  find(name) {
    const c = this.connections.get(name);
    if (!c)
      throw new Refused(
        404,
        'unknown_connection',
        `no connection is called '${name}'`,
        'GET /api/v1/connections lists them'
      );
    return c;
  }

  status(c) {
    const run = c.run ?? this.history(c.name).find((each) => each.state !== 'skipped') ?? null;
    const state = c.unreachable
      ? 'unreachable'
      : isActive(c.run)
        ? c.run.state
        : c.enabled
          ? 'idle'
          : 'disabled';
    return {
      connection: c.name,
      state,
      run,
      next_type: c.next,
      next_run_at: c.enabled ? iso(c.nextAt) : null,
      rejected_rows: c.rejected.length,
      ledger_rows: c.acknowledged,
      node: c.node,
      mode: c.mode,
      in_flight_batches: isActive(c.run) ? 4 : 0,
      next_reason: c.reason,
      waiting_for_slot: false,
      enabled: c.enabled,
      leaving: false,
      continues: c.continues,
      waiting_for: null,
      blocked: null,
      hung_threads: 0,
      restarts: 0,
      requests: isActive(c.run) ? {under_way: 8, at_once: 8, limited_by: 'refusals'} : null,
    };
  }

  changed(c, run = null) {
    this.emit('event', 'connection', this.status(c));
    if (run) this.emit('event', 'run', run);
  }

  start(name, {full = false, wait = false, allow_deletes: _ = false, keys = null, limit = null} = {}, who, trigger = 'manual') {
    const c = this.find(name);
    if (!c.enabled) throw new Refused(409, 'disabled', `'${name}' is disabled`, 'enable it first');
    if (isActive(c.run) && !wait)
      throw c.run.state === 'draining'
        ? new Refused(
            409,
            'draining',
            `'${name}' drains: ${this.inFlight(c.run)} rows are in flight`,
            'wait, or ask with "wait"'
          )
        : new Refused(
            409,
            'already_running',
            `run ${c.run.run} of '${name}' is active`,
            'stop it, or ask with "wait"'
          );
    const continues =
      c.continues && !full ? (this.history(name).find((r) => r.state === 'stopped')?.run ?? null) : null;
    const run = newRun(c, Date.now(), {
      type: full ? 'full' : c.next,
      trigger,
      requested_by: who,
      continues,
      phase: 'connecting',
      epoch: full ? 4 : 3,
    });
    Object.defineProperty(run, 'some', {value: {keys: keys?.length, limit}});
    if (isActive(c.run)) {
      if (c.postponed) throw new Refused(409, 'already_running', `a sync of '${name}' waits already`);
      Object.assign(run, {state: 'postponed', phase: 'waiting'});
      c.postponed = run;
      return run;
    }
    this.#begin(c, run);
    return run;
  }

  #begin(c, run) {
    Object.assign(run, {state: 'running', started_at: iso(Date.now()), phase: 'reading'});
    c.run = run;
    c.at = {
      began: Date.now(),
      last: Date.now(),
      read: 0,
      rows: run.some?.keys ?? c.rows,
      changes: run.some?.keys ?? (run.type === 'full' ? c.rows - (run.continues ? (c.done ?? 0) : 0) : c.changes),
      told: 0,
    };
    this.history(c.name).unshift(run);
    this.node.running_syncs += 1;
    this.changed(c, run);
    this.#timer ??= setInterval(() => this.#step(), STEP);
  }

  inFlight(run) {
    return run.inserts + run.updates + run.deletes - run.delivered - run.rejected - run.undelivered;
  }

  #step() {
    const now = Date.now();
    let active = 0;
    for (const c of this.connections.values()) {
      if (!isActive(c.run)) continue;
      active += 1;
      this.#advance(c, c.run, now);
    }
    if (active > 0) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #advance(c, run, now) {
    const passed = now - c.at.last;
    c.at.last = now;
    if (run.state === 'running' && run.read < c.at.rows) this.#read(c, run, passed);
    if (run.state === 'draining' && !run.reading_halted_at) run.reading_halted_at = iso(now - 10);
    const settle = Math.min(this.inFlight(run), Math.ceil((c.perSecond * passed) / 1000));
    const refused = c.rejectsNow && settle > 0 && run.rejected < c.rejectsNow ? 1 : 0;
    run.rejected += refused;
    run.delivered += settle - refused;
    run.drain_expected_ms =
      run.state === 'draining' ? Math.ceil((this.inFlight(run) / c.perSecond) * 1000) : null;
    if (run.state === 'running' && run.read >= c.at.rows) run.phase = 'delivering';
    if (this.inFlight(run) === 0 && (run.state === 'draining' || run.read >= c.at.rows)) this.#end(c, run);
    else if (now - c.at.told >= 450) {
      c.at.told = now;
      this.changed(c, run);
    }
  }

  #stopAtLimit(run, deltas) {
    const tooMany = deltas - run.some.limit;
    run.read -= tooMany;
    run[run.updates >= tooMany ? 'updates' : 'inserts'] -= tooMany;
    const at = iso(Date.now());
    Object.assign(run, {state: 'draining', stop_requested_at: at, reading_halted_at: at, stopped_by: 'its limit'});
  }

  /** Rows are read as fast as there is room for what they become: there is a window of unsettled deltas. */
  #read(c, run, passed) {
    const room = c.window - this.inFlight(run);
    const share = c.at.changes / c.at.rows;
    const can = Math.min(
      c.at.rows - run.read,
      Math.ceil((c.at.rows / 1.2) * (passed / 1000)),
      share > 0 ? Math.ceil(room / share) : Infinity
    );
    if (can <= 0) return;
    run.read += can;
    const found = Math.min(run.read, Math.round(run.read * share));
    const deltas = Math.max(found, run.inserts + run.updates);
    run.inserts = run.type === 'full' ? deltas : Math.floor(deltas * 0.3);
    run.updates = deltas - run.inserts;
    run.unchanged = run.read - deltas;
    if (run.some?.limit && deltas >= run.some.limit) this.#stopAtLimit(run, deltas);
  }

  #end(c, run, state = run.state === 'draining' ? 'stopped' : 'succeeded') {
    Object.assign(run, {
      state,
      finished_at: iso(Date.now()),
      phase: null,
      drain_expected_ms: null,
      outcome: state,
    });
    const whole = state === 'succeeded';
    c.continues = !whole && run.type === 'full';
    c.done = c.continues ? (c.done ?? 0) + run.delivered : 0;
    c.next = whole ? 'incremental' : run.type;
    if (whole) c.acknowledged = c.rows;
    this.node.running_syncs -= 1;
    this.changed(c, run);
    const next = c.postponed;
    c.postponed = null;
    if (next) this.#begin(c, Object.assign(next, {type: c.next, continues: c.continues ? run.run : null}));
  }

  stop(name, id, {abandon = false} = {}, who) {
    const c = this.find(name);
    if (c.postponed?.run === id) {
      const run = Object.assign(c.postponed, {
        state: 'stopped',
        finished_at: iso(Date.now()),
        stopped_by: who,
      });
      c.postponed = null;
      return run;
    }
    const run = this.run(name, id);
    if (!isActive(run))
      throw new Refused(
        409,
        'not_running',
        `run ${id} of '${name}' has ended: ${run.state}`,
        'nothing is left to stop'
      );
    if (run.state === 'running')
      Object.assign(run, {
        state: 'draining',
        phase: 'draining',
        stop_requested_at: iso(Date.now()),
        stopped_by: who,
        in_flight_at_stop: this.inFlight(run),
      });
    if (abandon) {
      run.undelivered = this.inFlight(run);
      run.reading_halted_at ??= iso(Date.now());
      this.#end(c, run);
    } else this.changed(c, run);
    return run;
  }

  run(name, id) {
    const c = this.find(name);
    const run = c.postponed?.run === id ? c.postponed : this.history(name).find((each) => each.run === id);
    if (!run)
      throw new Refused(
        404,
        'unknown_run',
        `'${name}' has no run ${id}`,
        'it may be of another connection, or too old'
      );
    return run;
  }

  enable(name, on, who) {
    const c = this.find(name);
    c.enabled = on;
    if (!on && isActive(c.run)) this.stop(name, c.run.run, {}, who);
    this.changed(c);
    return this.status(c);
  }

  reset(name, {confirm, assume_synced = false}) {
    const c = this.find(name);
    if (confirm !== name) throw new Refused(400, 'usage', 'confirm is not the name of the connection');
    if (isActive(c.run)) throw new Refused(409, 'already_running', 'a run is active');
    Object.assign(c, {
      acknowledged: assume_synced ? c.rows : 0,
      next: 'full',
      reason: 'the connection was reset',
      continues: false,
    });
    this.changed(c);
    return this.status(c);
  }

  /** For tests: the run ends now, by itself. */
  finish(name) {
    const c = this.find(name);
    const {run} = c;
    if (!isActive(run)) return;
    run.delivered += this.inFlight(run);
    this.#end(c, run, 'succeeded');
  }

  /** For tests: the process ended, and began again. */
  interrupt() {
    for (const c of this.connections.values())
      if (isActive(c.run)) {
        c.run.undelivered = this.inFlight(c.run);
        c.run.drain_expected_ms = null;
        this.#end(c, c.run, 'interrupted');
      }
    this.node.started_at = iso(Date.now());
  }

  end() {
    clearInterval(this.#timer);
  }
}
