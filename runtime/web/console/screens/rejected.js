// Rows that the destination refused or that are invalid: by reason, then one by one.

import {download, get, paths} from '../api.js';
import {h, s, settled} from '../dom.js';
import {count, firstLine, plural} from '../format.js';
import {choice, errorBox, table, when} from '../parts.js';
import {go} from '../route.js';

const COLUMNS = [
  {head: 'Key', class: 'c-key'},
  {head: 'Operation'},
  {head: 'Reason', class: 'c-reason'},
  {head: 'Code', class: 'c-count'},
  {head: 'Attempts', class: 'c-count'},
  {head: 'First', class: 'c-time'},
  {head: 'Last', class: 'c-time'},
];
const FILES = {csv: ['text/csv', 'CSV'], jsonl: ['application/x-ndjson', 'JSON Lines']};
const SHORT = 140;

/** `tools`: name, query, update, config. */
export function rejectedTab({name, query, update, config}) {
  const path = `${paths.connection(name)}/rejected`;
  const filters = {
    q: query.get('q') ?? query.get('reason') ?? '',
    operation: query.get('operation') ?? '',
    status: query.get('status') ?? '',
  };
  let groups = null;
  let rows = [];
  let cursor = null;
  let error = null;
  let loaded = false;
  let fresh = 0;

  async function load({more = false} = {}) {
    const mine = ++fresh;
    try {
      const [page, grouped] = await Promise.all([
        get(path, {...filters, limit: 50, cursor: more ? cursor : undefined}),
        more ? null : get(path, {group: 'reason', limit: 100}),
      ]);
      if (mine !== fresh) return;
      rows = more ? [...rows, ...page.items] : page.items;
      cursor = page.next_cursor;
      groups = grouped ? grouped.items : groups;
      error = null;
      loaded = true;
    } catch (e) {
      if (mine === fresh) error = e;
    }
    update();
  }

  function filter(change) {
    Object.assign(filters, change);
    go(`connections/${name}/rejected`, filters, {replace: true});
    load();
    update();
  }
  const search = settled((q) => filter({q}), 250);

  async function save(kind) {
    try {
      const blob = await download(path, filters, FILES[kind][0]);
      const link = h('a', {href: URL.createObjectURL(blob), download: `${name}-rejected.${kind}`});
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch (e) {
      error = e;
      update();
    }
  }

  function groupList() {
    if (!groups?.length) return null;
    const most = Math.max(...groups.map((g) => g.count));
    return h(
      'section',
      {class: 'card', key: 'groups', 'aria-label': 'By reason'},
      h('h2', {}, 'By reason'),
      h(
        'ul',
        {class: 'reasons'},
        groups.map((g) =>
          h(
            'li',
            {key: g.reason},
            h(
              'button',
              {
                type: 'button',
                'aria-pressed': String(filters.q === g.reason),
                on: {click: () => filter({q: filters.q === g.reason ? '' : g.reason})},
              },
              s(
                'svg',
                {class: 'share', 'aria-hidden': 'true'},
                s('rect', {width: `${(g.count / most) * 100}%`, height: '100%'})
              ),
              h('b', {}, count(g.count)),
              h('span', {class: 'text'}, firstLine(g.reason, 240))
            )
          )
        )
      )
    );
  }

  function reason(text) {
    if (text.length <= SHORT && !text.includes('\n')) return h('span', {class: 'text'}, text);
    return h(
      'details',
      {class: 'reason'},
      h('summary', {}, h('span', {class: 'text'}, firstLine(text, SHORT))),
      h('pre', {tabindex: '0'}, text)
    );
  }

  const rowFor = (row) => ({
    key: `${row.key_text} ${row.operation}`,
    cells: [
      h('code', {}, row.key_text),
      row.operation === 'read' ? 'read (invalid)' : row.operation,
      reason(row.reason),
      row.status ?? h('span', {class: 'muted'}, '–'),
      count(row.attempts),
      when(row.first_at),
      when(row.last_at),
    ],
  });

  function filterBar() {
    return h(
      'div',
      {class: 'filters', key: 'filters', role: 'group', 'aria-label': 'Filter rejected rows'},
      h('input', {
        type: 'search',
        'data-filter': true,
        'aria-label': 'Part of the key or the reason',
        placeholder: 'Key or reason',
        value: filters.q,
        spellcheck: 'false',
        on: {input: (e) => search(e.target.value)},
      }),
      choice(
        'Operation',
        filters.operation,
        [['insert'], ['update'], ['delete'], ['read', 'read (invalid)']],
        (operation) => filter({operation})
      ),
      h('input', {
        type: 'text',
        inputmode: 'numeric',
        class: 'narrow',
        'aria-label': 'Code',
        placeholder: 'Code',
        value: filters.status,
        on: {change: (e) => filter({status: e.target.value.replace(/\D/g, '')})},
      }),
      h('span', {class: 'spacer'}),
      Object.entries(FILES).map(([kind, [, word]]) =>
        h('button', {type: 'button', class: 'button quiet', key: kind, on: {click: () => save(kind)}}, word)
      )
    );
  }

  function fate() {
    return config()?.retry_rejected === false
      ? 'They are offered again only when they have changed at the source (retry_rejected is off).'
      : 'Every sync offers them again, until the destination takes them.';
  }

  function render(c) {
    if (
      c.rejected_rows === 0 &&
      rows.length === 0 &&
      loaded &&
      !error &&
      !Object.values(filters).some(Boolean)
    )
      return h(
        'p',
        {class: 'nothing'},
        'No row is rejected: the destination has taken all that it was offered.'
      );
    return [
      h(
        'p',
        {class: 'lead', key: 'lead'},
        h('b', {}, plural(c.rejected_rows, 'row')),
        ` ${c.rejected_rows === 1 ? 'is' : 'are'} rejected or invalid, of all syncs of this connection. `,
        fate()
      ),
      groupList(),
      filterBar(),
      errorBox(error, () => {
        error = null;
        update();
      }),
      rows.length > 0
        ? table({
            caption: `Rejected rows of ${name}, the latest first`,
            kind: 'cards rejected',
            columns: COLUMNS,
            rows: rows.map(rowFor),
          })
        : h('p', {class: 'nothing', key: 'none'}, loaded ? 'No row is like that.' : 'Loading…'),
      h(
        'div',
        {class: 'foot', key: 'foot'},
        cursor
          ? h('button', {type: 'button', class: 'button', on: {click: () => load({more: true})}}, 'More')
          : null
      ),
    ];
  }

  return {needsRows: true, render, enter: () => load(), refresh: () => load(), leave: () => search.cancel()};
}
