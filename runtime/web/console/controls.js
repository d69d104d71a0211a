// Which buttons a connection has in which state, and what they do. Buttons follow what the node says, never
// what a click is hoped to do.

import {post, paths, startRun} from './api.js';
import {confirmDisable, confirmFull, confirmReset, confirmStop} from './dialogs.js';
import {announce, button, menuButton} from './parts.js';
import {session} from './session.js';
import {syncSomeRows} from './some_rows.js';
import {askForConnection, askForRun, store} from './store.js';

const OBSERVER = 'you are signed in as an observer, who watches and changes nothing';

/** Why nothing can be done at all; empty where something can. */
function barred(c) {
  if (!session.isOperator()) return OBSERVER;
  if (!c) return 'the connection is not known yet';
  if (c.state === 'unreachable') return `node ${c.node} cannot be reached`;
  if (c.leaving) return 'the connection is no longer configured, or its node ends';
  return '';
}

const isOff = (c) => c?.enabled === false || c?.state === 'disabled';

/** Why each action is not to be had now; empty where it is. */
export function reasons(c) {
  const no = barred(c);
  const active = c?.state === 'running' || c?.state === 'draining';
  const off = isOff(c) ? 'the connection is disabled' : '';
  const start =
    no || off || (c?.state === 'draining' ? 'the present sync drains' : active ? 'a sync is running' : '');
  return {
    start,
    again: no || off || (active ? '' : 'no sync is running'),
    stop: no || (active ? '' : 'no sync is running'),
    enable: no || (isOff(c) ? '' : 'the connection is enabled'),
    disable: no || off,
    reset: no || (active ? 'a sync is active' : ''),
  };
}

/** Starts a run; throws what the node answers. */
export async function start(name, body = {}) {
  const run = await askForRun(name, () => startRun(name, body));
  announce(run.state === 'postponed' ? `${name}: the next sync waits` : `${name}: sync started`);
}

async function enable(name) {
  await askForConnection(name, () => post(`${paths.connection(name)}/enable`));
  announce(`${name} is enabled`);
}

/** Does something, and has `fail` show what went wrong; one at a time for each place. */
export function doing(work, fail) {
  return async () => {
    try {
      fail(null);
      await work();
    } catch (error) {
      fail(error);
    }
  };
}

/** The buttons of a connection, for its page. `fail(error)` shows what went wrong. */
export function controls(name, fail, goPreview) {
  const c = store.connection(name);
  const why = reasons(c);
  const draining = c?.state === 'draining';
  return [
    enableButton(why, c, name, fail),
    button('Sync Now', {
      key: 'sync',
      kind: why.start ? '' : 'primary',
      why: why.start,
      id: 'sync-now',
      on: doing(() => start(name), fail),
    }),
    menuButton('More ways to sync', () => syncMenu(name, fail, goPreview), {
      kind: why.start ? '' : 'primary',
    }),
    button(draining ? 'Give up the drain…' : 'Stop Now', {
      key: 'stop',
      id: 'stop-now',
      why: why.stop,
      kind: why.stop ? '' : 'danger',
      on: () => confirmStop(name),
    }),
    menuButton('More actions', () => moreMenu(name, fail), {icon: 'more'}),
  ];
}

function enableButton(why, c, name, fail) {
  if (!isOff(c) || why.enable) return null;
  return button('Enable', {key: 'enable', kind: 'primary', on: doing(() => enable(name), fail)});
}

function syncMenu(name, fail, goPreview) {
  const c = store.connection(name);
  const why = reasons(c);
  const entries = [
    {label: 'Sync Now', why: why.start, on: doing(() => start(name), fail)},
    {label: 'Force Full Resync…', why: why.start, on: () => confirmFull(name)},
    {label: 'Sync some rows…', why: why.start, on: () => syncSomeRows(name)},
    {label: 'Preview first', on: goPreview},
  ];
  if (!why.again)
    entries.push({
      label: 'Sync again when this one has ended',
      on: doing(() => start(name, {wait: true}), fail),
    });
  if (c?.run?.error?.code === 'guarded')
    entries.push({
      label: 'Let deletes through once…',
      why: why.start,
      on: () => confirmFull(name, {deletes: true}),
    });
  return entries;
}

function moreMenu(name, fail) {
  const why = reasons(store.connection(name));
  return [
    why.enable
      ? {label: 'Disable…', why: why.disable, on: () => confirmDisable(name)}
      : {label: 'Enable', on: doing(() => enable(name), fail)},
    {label: 'Reset…', why: why.reset, on: () => confirmReset(name)},
  ];
}

/** The two buttons of a row of the list. */
export function rowControls(name, fail) {
  const c = store.connection(name);
  const why = reasons(c);
  return [
    button('Sync Now', {
      kind: 'small',
      why: why.start,
      'aria-label': `Sync Now: ${name}`,
      on: doing(() => start(name), fail),
    }),
    button(c?.state === 'draining' ? 'Give up…' : 'Stop Now', {
      kind: why.stop ? 'small' : 'small danger',
      why: why.stop,
      'aria-label': `Stop Now: ${name}`,
      on: () => confirmStop(name),
    }),
  ];
}
