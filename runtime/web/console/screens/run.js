// One sync: its time line, its equations, why it failed, and what the next one does.

import {download, get, paths} from '../api.js';
import {h, settled} from '../dom.js';
import {count, duration} from '../format.js';
import {choice, copyable, errorBox, facts, runBadge, table, when} from '../parts.js';
import {hrefOf} from '../route.js';
import {session} from '../session.js';
import {askForRun, loadConnection, loadHistory, store} from '../store.js';
import {deltas, inFlight, isActive, nextAfter, took} from '../words.js';
import {syncCard} from '../sync_card.js';

const ROW_COLUMNS = [
  {head: 'Key', class: 'c-key'},
  {head: 'Operation'},
  {head: 'Outcome'},
  {head: 'Code', class: 'c-count'},
  {head: 'Error', class: 'c-reason'},
  {head: 'At', class: 'c-time'},
];
const OUTCOMES = ['rejected', 'undelivered', 'unknown', 'invalid', 'delivered'];

/** What sort of run it is, and why. */
function kind(run) {
  const about = run.about && `about ${run.about}`;
  const why = run.reason && `because ${run.reason}`;
  return [run.type, about, why].filter(Boolean).join(', ');
}

/** When what happened; moments that did not come are left out. */
function timeline(run) {
  const asked = run.stop_requested_at ? Date.parse(run.stop_requested_at) : null;
  const after = (time) => (asked ? `${duration(Date.parse(time) - asked)} after the request` : null);
  const by = (who) => (who ? `by ${who}` : null);
  const moments = [
    ['Requested', run.started_at, [run.trigger, by(run.requested_by)].filter(Boolean).join(' ')],
    ['Stop requested', run.stop_requested_at, by(run.stopped_by)],
    [
      'Reading halted',
      asked ? run.reading_halted_at : null,
      run.reading_halted_at && after(run.reading_halted_at),
    ],
    [
      'Drained',
      asked ? run.finished_at : null,
      run.finished_at && run.in_flight_at_stop !== null
        ? `${count(run.in_flight_at_stop)} in flight at the stop, ${after(run.finished_at)}`
        : null,
    ],
    ['Ended', run.finished_at, `after ${duration(took(run))}`],
  ];
  return h(
    'section',
    {class: 'card', key: 'time', 'aria-label': 'Time line'},
    h('h2', {}, 'Time line'),
    h(
      'ol',
      {class: 'timeline'},
      moments
        .filter(([, time]) => time)
        .map(([word, time, detail]) =>
          h(
            'li',
            {key: word},
            h('b', {}, word),
            ' ',
            when(time, {absolute: true}),
            detail ? h('span', {class: 'muted'}, ` ${detail}`) : null
          )
        ),
      isActive(run)
        ? h(
            'li',
            {key: 'now', class: 'now'},
            h('b', {}, 'Now '),
            h('span', {class: 'muted'}, run.phase ?? run.state)
          )
        : null
    )
  );
}

/** `total = a + b + …` with the numbers above their words. */
function equation(total, word, terms) {
  const term = (n, w) => h('span', {class: 'term', key: w}, h('b', {}, count(n)), h('span', {}, w));
  return h(
    'p',
    {class: 'equation'},
    term(total, word),
    h('span', {class: 'sign'}, '='),
    terms.map(([n, w], i) => [i > 0 ? h('span', {class: 'sign'}, '+') : null, term(n, w)])
  );
}

/** Why a row is as it is, with what was sent and answered where the sync keeps that. */
function why(row) {
  const exchanged = [row.request, row.answer].filter(Boolean).join('\n\n');
  if (!exchanged) return h('span', {class: 'text'}, row.error ?? '');
  return h(
    'details',
    {class: 'reason'},
    h('summary', {}, h('span', {class: 'text'}, row.error ?? 'Request and answer')),
    h('pre', {tabindex: '0'}, exchanged)
  );
}

/** The screen of a run; `params`: [connection, run]. */
export function runScreen([name, id], query) {
  let run = null;
  let error = null;
  let before = null;
  let log = {rows: [], cursor: null, error: null, loaded: false};
  const filters = {outcome: query.get('outcome') ?? 'rejected', q: query.get('q') ?? ''};
  let fresh = 0;

  async function load() {
    try {
      run = await askForRun(name, () => get(paths.run(name, id)));
      error = null;
    } catch (e) {
      error = e;
    }
    screen.update();
    if (!run) return;
    try {
      const page = await get(paths.runs(name), {started_before: run.started_at, limit: 1});
      before = page.items[0]?.run ?? null;
    } catch {
      before = null; // the way back is the list then
    }
    screen.update();
  }

  async function loadRows({more = false} = {}) {
    if (!session.seesRows()) return;
    const mine = ++fresh;
    try {
      const page = await get(`${paths.run(name, id)}/rows`, {
        ...filters,
        limit: 50,
        cursor: more ? log.cursor : undefined,
      });
      if (mine !== fresh) return;
      log = {
        rows: more ? [...log.rows, ...page.items] : page.items,
        cursor: page.next_cursor,
        error: null,
        loaded: true,
      };
    } catch (e) {
      if (mine === fresh) log = {...log, error: e, loaded: true};
    }
    screen.update();
  }

  const search = settled((q) => {
    filters.q = q;
    loadRows();
  }, 250);

  function neighbours() {
    const known = store.history(name);
    const at = known.findIndex((each) => each.run === id);
    const after = at > 0 ? known[at - 1].run : null;
    // A link that is not known yet keeps its place, so that the other one does not move under a click.
    const link = (to, word) =>
      to
        ? h('a', {class: 'button quiet', href: hrefOf(`connections/${name}/runs/${to}`)}, word)
        : h('span', {class: 'button quiet unseen', 'aria-hidden': 'true'}, word);
    return h('span', {class: 'actions'}, link(before, '← Earlier'), link(after, 'Later →'));
  }

  function rowLog() {
    if (!session.seesRows()) return null;
    if (log.error) {
      const isOff = log.error.status === 404 || log.error.status === 409;
      return isOff
        ? h(
            'p',
            {class: 'muted'},
            'This sync has no row log. With ',
            h('code', {}, '"row_log": true'),
            ' in the connection’s file, each sync keeps a line for every row: its key, what became of it and why.'
          )
        : errorBox(log.error);
    }
    return [
      h(
        'div',
        {class: 'filters', role: 'group', 'aria-label': 'Filter rows'},
        choice('Outcome', filters.outcome, OUTCOMES.map((o) => [o]), (outcome) => {
          filters.outcome = outcome;
          loadRows();
        }),
        h('input', {
          type: 'search',
          'data-filter': true,
          'aria-label': 'Part of a key',
          placeholder: 'Key',
          value: filters.q,
          on: {input: (e) => search(e.target.value)},
        }),
        h('span', {class: 'spacer'}),
        h('button', {type: 'button', class: 'button quiet', on: {click: save}}, 'JSON Lines')
      ),
      log.rows.length > 0
        ? table({
            caption: 'Rows of this sync',
            kind: 'cards',
            columns: ROW_COLUMNS,
            rows: log.rows.map((r, i) => ({
              key: String(i),
              cells: [
                h('code', {}, r.key_text ?? JSON.stringify(r.key)),
                r.operation,
                r.outcome,
                r.status ?? h('span', {class: 'muted'}, '–'),
                why(r),
                when(r.at),
              ],
            })),
          })
        : h('p', {class: 'nothing'}, log.loaded ? 'No row is like that.' : 'Loading…'),
      log.cursor
        ? h('button', {type: 'button', class: 'button', on: {click: () => loadRows({more: true})}}, 'More')
        : null,
    ];
  }

  async function save() {
    try {
      const blob = await download(`${paths.run(name, id)}/rows`, filters, 'application/x-ndjson');
      const link = h('a', {href: URL.createObjectURL(blob), download: `${name}-${id}.jsonl`});
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch (e) {
      log = {...log, error: e};
      screen.update();
    }
  }

  function render() {
    if (!run) return error ? [h('h1', {}, 'Sync'), errorBox(error)] : h('p', {class: 'nothing'}, 'Loading…');
    const c = store.connection(name);
    const isBare = run.state === 'skipped' || run.state === 'postponed';
    return [
      h(
        'div',
        {class: 'head', key: 'head'},
        h(
          'nav',
          {class: 'crumbs', 'aria-label': 'Where this is'},
          h('a', {href: '#/connections'}, 'Connections'),
          ' / ',
          h('a', {href: `#/connections/${name}`}, name),
          ' / '
        ),
        h(
          'div',
          {class: 'head-line'},
          h('div', {class: 'head-name'}, h('h1', {}, 'Sync'), runBadge(run)),
          neighbours()
        ),
        h(
          'p',
          {class: 'meta'},
          h('span', {}, copyable(run.run)),
          h('span', {}, kind(run)),
          run.continues
            ? h(
                'span',
                {},
                h('span', {class: 'muted'}, 'continues '),
                h('a', {href: `#/connections/${name}/runs/${run.continues}`}, run.continues)
              )
            : null,
          run.epoch ? h('span', {}, h('span', {class: 'muted'}, 'Epoch '), count(run.epoch)) : null
        )
      ),
      syncCard(run, c, {link: false}),
      h(
        'div',
        {class: 'columns', key: 'columns'},
        timeline(run),
        isBare
          ? null
          : h(
              'section',
              {class: 'card', 'aria-label': 'Counts', key: 'sums'},
              h('h2', {}, 'Where the rows went'),
              equation(run.read, 'read', [
                [run.unchanged, 'unchanged'],
                [run.invalid, 'invalid'],
                [run.inserts, 'inserts'],
                [run.updates, 'updates'],
              ]),
              equation(deltas(run), 'deltas', [
                [run.delivered, 'delivered'],
                [run.rejected, 'rejected'],
                ...(isActive(run) ? [[inFlight(run), 'in flight']] : []),
                [run.undelivered, 'undelivered'],
              ]),
              isActive(run) ? null : facts([['The next sync', nextAfter(run, c)]]),
              run.rejected + run.invalid > 0
                ? h(
                    'p',
                    {class: 'muted'},
                    h('a', {href: `#/connections/${name}/rejected`}, 'Rejected rows'),
                    ' lists those of all syncs of the connection.'
                  )
                : null
            )
      ),
      isBare
        ? null
        : h('section', {class: 'card', key: 'log', 'aria-label': 'Rows'}, h('h2', {}, 'Rows'), rowLog()),
      h(
        'section',
        {class: 'card', key: 'raw', 'aria-label': 'For scripts'},
        h('h2', {}, 'For scripts'),
        copyable(
          `curl -H "Authorization: Bearer $SLUICE_TOKEN" ${location.origin}/api/v1/${paths.run(name, id)}`,
          {block: true}
        ),
        copyable(`sluice runs ${name} --json`, {block: true}),
        h(
          'details',
          {},
          h('summary', {}, 'The run as JSON'),
          h('pre', {tabindex: '0'}, JSON.stringify(run, null, 2))
        )
      ),
    ];
  }

  const screen = {
    title: `Sync of ${name}, ${id}`,
    render,
    update: () => {},
    enter() {
      load();
      loadRows();
      loadHistory(name);
      if (!store.connection(name)) loadConnection(name).catch(() => {}); // the run says what matters
    },
    refresh: () => {
      load();
      loadHistory(name);
    },
    changed(names) {
      const known =
        names.has(name) &&
        (store.connection(name)?.run?.run === id
          ? store.connection(name).run
          : store.history(name).find((r) => r.run === id));
      if (!known) return;
      const ends = run && isActive(run) && !isActive(known);
      run = known;
      if (ends) loadRows();
    },
    leave: () => search.cancel(),
    keys: {},
  };
  return screen;
}
