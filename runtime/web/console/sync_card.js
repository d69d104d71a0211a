// The card of a sync: what it does in one sentence, its numbers on both sides, where its deltas went.

import {fateBar, sparkline} from './charts.js';
import {h} from './dom.js';
import {bytes, count} from './format.js';
import {errorBox, figure, notice, runBadge, stateBadge, when} from './parts.js';
import {store} from './store.js';
import {
  connectionState,
  deltas,
  doing,
  ended,
  inFlight,
  isActive,
  nextAfter,
  outcome,
  rate,
  requestFlow,
} from './words.js';

const perSecond = (value) => (value === null ? null : `${count(Math.round(value))}/s`);

/** `+inserts ~updates −deletes`; null where there is none. */
export function split(run) {
  return deltas(run) === 0 ? null : `+${count(run.inserts)} ~${count(run.updates)} −${count(run.deletes)}`;
}

function badge(run, c) {
  if (!isActive(run)) return runBadge(run);
  const isWaiting = run.state === 'postponed';
  const state = isWaiting ? 'running' : run.state;
  return stateBadge(connectionState({...c, state, waiting_for_slot: c?.waiting_for_slot || isWaiting}));
}

function head(run, c, link) {
  const asker = run.requested_by ? ` by ${run.requested_by}` : '';
  return h(
    'div',
    {class: 'card-head'},
    badge(run, c),
    h('p', {class: 'sentence'}, isActive(run) ? doing(run, c, store.samples(run.run)) : ended(run)),
    h('span', {class: 'muted'}, `${run.type}, ${run.trigger}${asker}, `, when(run.started_at)),
    link ? h('a', {href: `#/connections/${run.connection}/runs/${run.run}`}, 'Details') : null
  );
}

/** Source apart from destination. What was not measured yet is no zero. */
function sides(run) {
  const active = isActive(run);
  const samples = store.samples(run.run);
  const read = (n) => (active && run.read === 0 ? null : count(n));
  const found = (n) => (active && deltas(run) === 0 ? null : count(n));
  const readRate = active && run.state === 'running' ? perSecond(rate(samples, 'read')) : null;
  const side = (word, ...figures) =>
    h('section', {'aria-label': word}, h('h2', {class: 'minor'}, word), h('dl', {class: 'figures'}, figures));
  return h(
    'div',
    {class: 'groups', key: 'groups'},
    side(
      'Source',
      figure('Read', read(run.read), readRate),
      figure('Unchanged', read(run.unchanged)),
      figure('Invalid', read(run.invalid)),
      run.fetched_bytes ? figure('Over the wire', bytes(run.fetched_bytes)) : null
    ),
    side(
      'Destination',
      figure('Deltas', found(deltas(run)), split(run)),
      figure('Delivered', found(run.delivered), active ? perSecond(rate(samples)) : null),
      figure('Rejected', found(run.rejected)),
      active ? figure('In flight', found(inFlight(run))) : figure('Undelivered', count(run.undelivered))
    )
  );
}

function pictures(run) {
  if (deltas(run) === 0) return null;
  return h('div', {class: 'pictures', key: 'pictures'}, fateBar(run), sparkline(store.samples(run.run)));
}

/** The card of `run`; `c`: its connection, where that is known. A run that ends turns into its result in place. */
export function syncCard(run, c, {link = true} = {}) {
  const active = isActive(run);
  const isBare = run.state === 'postponed' || run.state === 'skipped';
  return h(
    'section',
    {class: `card is-${outcome(run)}`, key: run.run, 'aria-label': active ? 'Current sync' : 'Last sync'},
    head(run, c, link),
    isBare ? null : [sides(run), pictures(run)],
    run.error ? errorBox({message: run.error.message, hint: run.error.hint}) : null,
    (run.warnings ?? []).map((each) => notice('unreachable', h('p', {}, each))),
    active && c?.requests ? h('p', {class: 'muted', key: 'flow'}, requestFlow(c.requests)) : null,
    active ? null : h('p', {class: 'muted after'}, `The next sync is ${nextAfter(run, c)}.`)
  );
}
