// The list of all connections: what each does, how its last sync ended, what wants attention.

import {rowControls} from '../controls.js';
import {historyBars} from '../charts.js';
import {h, kept, settled} from '../dom.js';
import {clock, count, now, plural} from '../format.js';
import {choice, errorBox, row, runBadge, stateBadge, table, when} from '../parts.js';
import {go} from '../route.js';
import {HISTORY, loadHistory, store} from '../store.js';
import {connectionState, deltas, inFlight, isActive, needsAttention, nextSync, rate, took} from '../words.js';

const PAGE = 100;
const FIRST = 30; // rows that are drawn while others still come: more than a window holds

const CHIPS = [
  ['', 'All', () => true],
  ['running', 'Running', (c) => c.state === 'running'],
  ['draining', 'Draining', (c) => c.state === 'draining'],
  ['attention', 'Needs attention', needsAttention],
  ['disabled', 'Disabled', (c) => c.state === 'disabled' || c.enabled === false],
];

const lastTime = (c) => (c.run ? Date.parse(c.run.finished_at ?? c.run.started_at) : 0);
const byName = (a, b) => (a.connection < b.connection ? -1 : a.connection > b.connection ? 1 : 0);
const SORTS = {
  name: byName,
  state: (a, b) => connectionState(a).word.localeCompare(connectionState(b).word),
  last: (a, b) => lastTime(a) - lastTime(b),
  rejected: (a, b) => a.rejected_rows - b.rejected_rows,
  next: (a, b) =>
    (Date.parse(a.next_run_at ?? '') || Infinity) - (Date.parse(b.next_run_at ?? '') || Infinity) || 0,
};
const DESCENDING_FIRST = new Set(['last', 'rejected']);

function columnsFor(nodes) {
  return [
    {head: 'Name', sort: 'name', class: 'c-name'},
    {head: 'State', sort: 'state', class: 'c-state'},
    {head: 'Last sync', sort: 'last', class: 'c-last'},
    {head: `Last ${HISTORY}`, label: 'History', class: 'c-bars'},
    {head: 'Rejected', sort: 'rejected', class: 'c-count'},
    {head: 'Next sync', sort: 'next', class: 'c-next'},
    ...(nodes.length > 1 ? [{head: 'Node', class: 'c-node'}] : []),
    {head: 'Actions', hidden: true, label: '', class: 'c-actions'},
  ];
}

/** The last sync, or how far the present one has come. */
function lastCell(c) {
  const run = c.run;
  if (!run) return h('span', {class: 'muted'}, 'Never synced');
  if (!isActive(run))
    return [
      runBadge(run, {brief: true}),
      ' ',
      h('span', {class: 'sub'}, `${run.type}, `, when(run.finished_at ?? run.started_at)),
    ];
  const perSecond = run.phase === 'waiting' || c.waiting_for_slot ? null : rate(store.samples(run.run));
  const found = deltas(run);
  return [
    h(
      'span',
      {class: 'progress-line'},
      found > 0
        ? [h('b', {}, count(run.delivered)), ` of ${count(found)} delivered`]
        : run.read > 0
          ? `${plural(run.read, 'row')} read`
          : 'begins'
    ),
    h(
      'span',
      {class: 'sub'},
      `${run.type}, ${clock(took(run))}`,
      c.state === 'draining'
        ? `, ${count(inFlight(run))} left`
        : perSecond === null
          ? ''
          : `, ${count(Math.round(perSecond))}/s`
    ),
  ];
}

function nextCell(c) {
  const {when: time, why} = nextSync(c);
  const isTime = /^\d{4}-/.test(time);
  return [
    h('span', {}, isTime ? when(time) : time === 'none' ? '–' : time),
    why && time !== 'none' ? h('span', {class: 'sub'}, why) : null,
  ];
}

/** The screen of all connections; `query`: q, state, sort, node. */
export function connectionsScreen(_params, query) {
  let shown = PAGE;
  let error = null;
  let drawn = new Map(); // name → what its row was made of
  const filters = {q: query.get('q') ?? '', state: query.get('state') ?? '', node: query.get('node') ?? ''};
  let [sort, descending] = [
    (query.get('sort') ?? 'name').replace('-', ''),
    (query.get('sort') ?? '').startsWith('-'),
  ];
  if (!SORTS[sort]) sort = 'name';

  const keep = () =>
    go(
      'connections',
      {
        q: filters.q,
        state: filters.state,
        node: filters.node,
        sort: sort === 'name' && !descending ? '' : (descending ? '-' : '') + sort,
      },
      {replace: true}
    );
  const search = settled((text) => {
    filters.q = text;
    shown = PAGE;
    keep();
    screen.update();
  }, 60);
  const fail = (e) => {
    error = e;
    screen.update();
  };

  function rowOf(c, columns, tick) {
    const made = [c, store.history(c.connection), store.history(c.connection)[0], tick, columns.length];
    const before = drawn.get(c.connection);
    const isSame = before && !isActive(c.run) && made.every((each, i) => each === before[i]);
    made.row = isSame
      ? kept('tr', c.connection)
      : row(columns, {key: c.connection, cells: cellsOf(c, columns)});
    return made;
  }

  function cellsOf(c, columns) {
    const bars = h(
      'span',
      {class: 'bars-box', 'data-history': c.connection},
      store.hasHistory(c.connection)
        ? historyBars(store.history(c.connection), {pitch: 3, height: 24, most: HISTORY})
        : null
    );
    return [
      h('a', {href: `#/connections/${c.connection}`, class: 'name', 'data-row': c.connection}, c.connection),
      stateBadge(connectionState(c)),
      lastCell(c),
      bars,
      c.rejected_rows > 0
        ? h('a', {href: `#/connections/${c.connection}/rejected`, class: 'warn'}, count(c.rejected_rows))
        : h('span', {class: 'muted zero'}, '0'),
      nextCell(c),
      ...(columns.length > 7 ? [c.node] : []),
      h('span', {class: 'row-actions'}, rowControls(c.connection, fail)),
    ];
  }

  function select() {
    const all = store.connections();
    const text = filters.q.toLowerCase();
    const found = all.filter(
      (c) =>
        (!text || c.connection.toLowerCase().includes(text)) && (!filters.node || c.node === filters.node)
    );
    const [, , isWanted] = CHIPS.find(([state]) => state === filters.state) ?? CHIPS[0];
    const wanted = found.filter(isWanted);
    wanted.sort((a, b) => (SORTS[sort](a, b) || byName(a, b)) * (descending ? -1 : 1));
    return {all, found, wanted};
  }

  function render() {
    const {all, found, wanted} = select();
    if (all.length === 0 && store.isWhole()) return empty();
    const nodes = [...new Set(all.map((c) => c.node))].sort();
    const columns = columnsFor(nodes);
    const tick = Math.floor(now() / 10_000);
    const rows = wanted.slice(0, store.isWhole() ? shown : FIRST).map((c) => rowOf(c, columns, tick));
    drawn = new Map(rows.map((made) => [made[0].connection, made]));
    queueMicrotask(observe);
    return [
      h(
        'div',
        {class: 'bar', key: 'bar'},
        h('h1', {}, 'Connections'),
        h('input', {
          type: 'search',
          'data-filter': true,
          'aria-label': 'Part of a name',
          placeholder: 'Filter by name',
          value: filters.q,
          spellcheck: 'false',
          on: {input: (e) => search(e.target.value)},
        }),
        h(
          'div',
          {class: 'chips', role: 'group', 'aria-label': 'State'},
          CHIPS.map(([state, word, is]) =>
            h(
              'button',
              {
                type: 'button',
                class: 'chip',
                'aria-pressed': String(filters.state === state),
                on: {
                  click: () => {
                    filters.state = state;
                    shown = PAGE;
                    keep();
                    screen.update();
                  },
                },
              },
              word,
              ' ',
              h('span', {class: 'n'}, count(found.filter(is).length))
            )
          )
        ),
        nodes.length > 1 ? nodeChoice(nodes) : null
      ),
      errorBox(error, () => fail(null)),
      wanted.length > 0
        ? table({
            caption: 'Connections',
            kind: 'cards list',
            columns,
            rows: rows.map((made) => made.row),
            sorted: {
              by: sort,
              descending,
              on: (by) => {
                descending = by === sort ? !descending : DESCENDING_FIRST.has(by);
                sort = by;
                keep();
                screen.update();
              },
            },
          })
        : store.isWhole()
          ? h('p', {class: 'nothing'}, 'No connection is like that.')
          : h('p', {class: 'nothing'}, 'Loading…'),
      h(
        'p',
        {class: 'foot', key: 'foot'},
        wanted.length > shown
          ? [
              `${count(shown)} of ${plural(wanted.length, 'connection')} `,
              h(
                'button',
                {
                  type: 'button',
                  class: 'button',
                  on: {
                    click: () => {
                      shown += PAGE;
                      screen.update();
                    },
                  },
                },
                'Show more'
              ),
            ]
          : `${plural(wanted.length, 'connection')}`
      ),
    ];
  }

  function nodeChoice(nodes) {
    const change = (node) => {
      filters.node = node;
      keep();
      screen.update();
    };
    return choice('Node', filters.node, nodes.map((n) => [n]), change, 'All nodes');
  }

  function empty() {
    return h(
      'div',
      {class: 'empty'},
      h('h1', {}, 'No connection yet'),
      h(
        'p',
        {},
        'A connection is a file. Put one into the folder that ',
        h('code', {}, 'connections'),
        ' in node.json names, then have the node read it:'
      ),
      h('pre', {}, h('code', {}, 'sluice reload'))
    );
  }

  // Bars are asked for where they are looked at: nobody waits for those of 2,000 connections.
  const observer = new IntersectionObserver(
    (entries) => {
      for (const {isIntersecting, target} of entries)
        if (isIntersecting && target.dataset.history) loadHistory(target.dataset.history);
    },
    {rootMargin: '100px'}
  );
  function observe() {
    observer.disconnect();
    for (const each of document.querySelectorAll('[data-history]')) observer.observe(each);
  }

  const screen = {
    title: 'Connections',
    render,
    update: () => {},
    leave: () => {
      observer.disconnect();
      search.cancel();
    },
  };
  return screen;
}
