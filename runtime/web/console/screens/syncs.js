// The Syncs tab: the present sync as it goes, and those before it.

import {get, paths} from '../api.js';
import {barsLegend, historyBars} from '../charts.js';
import {h} from '../dom.js';
import {count, duration, firstLine} from '../format.js';
import {choice, errorBox, runBadge, table, when} from '../parts.js';
import {go} from '../route.js';
import {choose, prefs} from '../prefs.js';
import {HISTORY, loadHistory, store} from '../store.js';
import {split, syncCard} from '../sync_card.js';
import {deltas, failures, outcome, took} from '../words.js';

const COLUMNS = [
  {head: 'Status', class: 'c-status'},
  {head: 'Started', class: 'c-time'},
  {head: 'Duration', class: 'c-count'},
  {head: 'Type'},
  {head: 'Trigger', class: 'c-trigger'},
  {head: 'Read', class: 'c-count'},
  {head: 'Changed', class: 'c-changed'},
  {head: 'Delivered', class: 'c-count'},
  {head: 'Failed', class: 'c-count'},
  {head: 'Undelivered', class: 'c-count'},
  {head: 'Error', class: 'c-error'},
];

const NEVER =
  'This connection was never synced. Its first sync is full: every row of the source is delivered.';

const STATES = [
  ['succeeded', 'Completed'],
  ['failed', 'Failed'],
  ['stopped', 'Aborted'],
  ['interrupted', 'Interrupted'],
  ['skipped', 'Skipped'],
];

function rowFor(run) {
  const n = deltas(run);
  const unread = run.state === 'skipped' || run.state === 'postponed';
  const failed = failures(run);
  const zero = (x) => (unread || x === 0 ? h('span', {class: 'muted zero'}, unread ? '–' : '0') : count(x));
  return {
    key: run.run,
    cells: [
      h('a', {href: `#/connections/${run.connection}/runs/${run.run}`, 'data-row': run.run}, runBadge(run)),
      when(run.started_at),
      unread ? h('span', {class: 'muted zero'}, '–') : duration(took(run)),
      [
        run.type,
        run.continues
          ? h(
              'span',
              {class: 'muted', title: `continues ${run.continues}`},
              ' ↩',
              h('span', {class: 'visually-hidden'}, ' continues an earlier one')
            )
          : null,
      ],
      [run.trigger, run.requested_by ? h('span', {class: 'muted'}, ` ${run.requested_by}`) : null],
      zero(run.read),
      [zero(n), n > 0 ? h('span', {class: 'split'}, split(run)) : null],
      zero(run.delivered),
      failed > 0
        ? h('a', {href: `#/connections/${run.connection}/rejected`, class: 'warn'}, count(failed))
        : zero(0),
      zero(run.undelivered),
      h(
        'span',
        {class: 'error-line', title: run.error?.message ?? null},
        firstLine(run.error?.message ?? '', 90)
      ),
    ],
  };
}

/** `tools`: name, query, update. */
export function syncsTab({name, query, update}) {
  let runs = [];
  let cursor = null;
  let error = null;
  let loaded = false;
  let fresh = 0; // a number per question: of several answers only the last one counts
  const filters = {
    state: query.getAll('state'),
    type: query.get('type') ?? '',
    trigger: query.get('trigger') ?? '',
    after: query.get('after') ?? '',
    before: query.get('before') ?? '',
    problems: query.get('problems') ?? '',
  };
  const isFiltered = () =>
    filters.state.length > 0 || Object.entries(filters).some(([k, v]) => k !== 'state' && v);

  const isWanted = (run) =>
    (filters.state.length === 0 || filters.state.includes(run.state)) &&
    (!filters.type || run.type === filters.type) &&
    (!filters.trigger || run.trigger === filters.trigger) &&
    (!filters.after || run.started_at >= startOf(filters.after)) &&
    (!filters.before || run.started_at < startOf(filters.before, 1)) &&
    (!filters.problems || isProblem(run));
  const isProblem = (run) => ['failed', 'interrupted', 'failures'].includes(outcome(run));

  /** A day as the reader's clock has it, `plus` days later. */
  function startOf(day, plus = 0) {
    const [y, m, d] = day.split('-').map(Number);
    return new Date(
      prefs.utc ? Date.UTC(y, m - 1, d + plus) : new Date(y, m - 1, d + plus).getTime()
    ).toISOString();
  }

  function ask(more) {
    return get(paths.runs(name), {
      limit: prefs.pageSize,
      cursor: more ? cursor : undefined,
      type: filters.type,
      trigger: filters.trigger,
      state: filters.problems ? ['succeeded', 'failed', 'interrupted'] : filters.state,
      started_after: filters.after ? startOf(filters.after) : undefined,
      started_before: filters.before ? startOf(filters.before, 1) : undefined,
    });
  }

  async function load({more = false} = {}) {
    const mine = ++fresh;
    try {
      let found = more ? [...runs] : [];
      // Whether rows were rejected the node does not filter by: pages are asked for until one is full.
      for (
        let pages = 0, wanted = found.length + (filters.problems ? 20 : 1);
        found.length < wanted && pages < 20;
        pages += 1
      ) {
        const page = await ask(more || pages > 0);
        if (mine !== fresh) return;
        found = [...found, ...page.items.filter(isWanted)];
        cursor = page.next_cursor;
        if (!cursor) break;
      }
      runs = found;
      error = null;
      loaded = true;
    } catch (e) {
      if (mine === fresh) error = e;
    }
    update();
  }

  /** A run that was told of: changed in place, or a new one on top. */
  function merge(run) {
    if (!run || !loaded) return;
    const at = runs.findIndex((each) => each.run === run.run);
    if (at >= 0) runs[at] = run;
    else if (isWanted(run) && (!runs[0] || run.run > runs[0].run)) runs.unshift(run);
  }

  function filter(change) {
    Object.assign(filters, change);
    go(`connections/${name}`, filters, {replace: true});
    load();
    update();
  }

  function filterBar() {
    return h(
      'div',
      {class: 'filters', key: 'filters', role: 'group', 'aria-label': 'Filter syncs'},
      choice('Status', filters.state[0] ?? '', STATES, (value) => filter({state: value ? [value] : []})),
      choice('Type', filters.type, [['full'], ['incremental']], (type) => filter({type})),
      choice('Trigger', filters.trigger, [['manual'], ['schedule'], ['api']], (trigger) => filter({trigger})),
      h(
        'label',
        {class: 'inline'},
        h('span', {}, 'from'),
        h('input', {type: 'date', value: filters.after, on: {change: (e) => filter({after: e.target.value})}})
      ),
      h(
        'label',
        {class: 'inline'},
        h('span', {}, 'to'),
        h('input', {
          type: 'date',
          value: filters.before,
          on: {change: (e) => filter({before: e.target.value})},
        })
      ),
      h(
        'label',
        {class: 'check inline'},
        h('input', {
          type: 'checkbox',
          checked: Boolean(filters.problems),
          on: {change: (e) => filter({problems: e.target.checked ? '1' : ''})},
        }),
        h('span', {}, 'Only with problems')
      ),
      isFiltered()
        ? h(
            'button',
            {
              type: 'button',
              class: 'button quiet',
              on: {
                click: () => filter({state: [], type: '', trigger: '', after: '', before: '', problems: ''}),
              },
            },
            'Clear'
          )
        : null
    );
  }

  function bars() {
    const known = store.history(name);
    if (known.length < 2) return null;
    const href = (run) => `#/connections/${name}/runs/${run.run}`;
    return h(
      'section',
      {class: 'card history', key: 'history', 'aria-label': `Last ${HISTORY} syncs`},
      h('div', {class: 'history-head'}, h('h2', {}, `Last ${HISTORY} syncs`), barsLegend()),
      historyBars(known, {pitch: 10, height: 64, most: HISTORY, href})
    );
  }

  function list() {
    if (runs.length === 0) {
      const words = isFiltered() ? 'No sync is like that.' : 'No sync yet.';
      return loaded ? h('p', {class: 'nothing', key: 'none'}, words) : null;
    }
    const caption = `Syncs of ${name}, newest first`;
    return table({caption, kind: 'cards runs', columns: COLUMNS, rows: runs.map(rowFor)});
  }

  function pageSize() {
    const on = {
      change: (e) => {
        choose({pageSize: Number(e.target.value)});
        load();
      },
    };
    return h(
      'label',
      {class: 'inline'},
      h('span', {}, 'Per page'),
      h(
        'select',
        {value: prefs.pageSize, on},
        [25, 50, 100, 200].map((n) => h('option', {value: n}, n))
      )
    );
  }

  function foot() {
    const older = {type: 'button', class: 'button', on: {click: () => load({more: true})}};
    return h(
      'div',
      {class: 'foot', key: 'foot'},
      cursor ? h('button', older, 'Older') : null,
      runs.length > 0 ? pageSize() : null
    );
  }

  function render(c) {
    if (!c.run && runs.length === 0 && !isFiltered())
      return [errorBox(error), h('p', {class: 'nothing'}, NEVER)];
    return [
      c.run ? syncCard(c.run, c) : null,
      bars(),
      h('h2', {class: 'visually-hidden', key: 'h'}, 'Syncs'),
      filterBar(),
      errorBox(error),
      list(),
      foot(),
    ];
  }

  return {
    render,
    enter() {
      loadHistory(name);
      load();
    },
    refresh() {
      loadHistory(name);
      load();
    },
    changed(names) {
      if (!names.has(name)) return;
      merge(store.connection(name)?.run);
      for (const run of store.history(name).slice(0, 3).reverse()) merge(run);
    },
  };
}
