// A connection: what it is and does, its buttons, and the tabs below.

import {get, paths} from '../api.js';
import {controls} from '../controls.js';
import {h} from '../dom.js';
import {count, now, plural} from '../format.js';
import {announce, errorBox, notice, stateBadge, when} from '../parts.js';
import {go, hrefOf} from '../route.js';
import {session} from '../session.js';
import {loadConnection, store} from '../store.js';
import {connectionState, deltas, isActive, nextSync} from '../words.js';
import {previewTab} from './preview.js';
import {rejectedTab} from './rejected.js';
import {settingsTab} from './settings.js';
import {syncsTab} from './syncs.js';

const TABS = {
  '': ['Syncs', syncsTab],
  rejected: ['Rejected rows', rejectedTab],
  preview: ['Preview', previewTab],
  settings: ['Settings', settingsTab],
};

/** `Driver=PostgreSQL;Server=db;…` → `PostgreSQL db`, for a header; the whole is in Settings. */
function sourceWords(source = {}) {
  const settings = Object.fromEntries(
    String(source.odbc ?? '')
      .split(';')
      .map((each) => {
        const [name, ...value] = each.split('=');
        return [name.trim().toLowerCase(), value.join('=')];
      })
  );
  const where = settings.server ?? settings.servername ?? (settings.database ?? '').split('/').pop();
  return [settings.driver ?? settings.dsn ?? 'source', where, source.table ?? 'a query']
    .filter(Boolean)
    .join(' · ');
}

function destinationWords(destination = {}) {
  const place = (destination.url ?? destination.path ?? destination.table ?? '').replace(/^https?:\/\//, '');
  const file = destination.kind === 'jsonl' ? place.split('/').pop() : place;
  return [
    destination.preset ??
      {http: 'HTTP API', odbc: 'table', jsonl: 'JSON Lines'}[destination.kind] ??
      destination.kind,
    file,
  ]
    .filter(Boolean)
    .join(' · ');
}

function nextWords(c) {
  const {when: time, why} = nextSync(c);
  const isTime = /^\d{4}-/.test(time);
  if (time === 'none') return `none, ${why}`;
  return [
    why || 'incremental',
    ', ',
    isTime ? when(time) : time === 'manual' ? 'when somebody asks for it' : time,
  ];
}

/** The screen of a connection; `params`: [name, tab]. */
export function connectionScreen([name, tabName = ''], query) {
  const [, makeTab] = TABS[tabName] ?? TABS[''];
  let error = null;
  let missing = null;
  let config = null;
  let said = null;
  let saidAt = now();
  const fail = (e) => {
    error = e;
    screen.update();
  };
  const tab = makeTab({name, query, update: () => screen.update(), config: () => config});

  async function load() {
    try {
      await loadConnection(name);
      missing = null;
    } catch (e) {
      missing = e;
    }
    screen.update();
    try {
      config ??= await get(`${paths.connection(name)}/config`);
    } catch {
      config ??= {}; // the header says less, and Settings says why
    }
    screen.update();
  }

  /** Has a screen reader say what the connection does now, and how far it has come every ten seconds. */
  function speak(c) {
    const {word} = connectionState(c);
    if (said !== null && said !== word) announce(`${name}: ${word}`);
    else if (isActive(c.run) && now() - saidAt > 10_000 && c.run.delivered > 0)
      announce(`${name}: ${count(c.run.delivered)} of ${plural(deltas(c.run), 'row')} delivered`);
    else return;
    saidAt = now();
  }

  function header(c) {
    return h(
      'div',
      {class: 'head', key: 'head'},
      h(
        'nav',
        {class: 'crumbs', 'aria-label': 'Where this is'},
        h('a', {href: '#/connections'}, 'Connections'),
        ' / '
      ),
      h(
        'div',
        {class: 'head-line'},
        h('div', {class: 'head-name'}, h('h1', {}, name), stateBadge(connectionState(c))),
        h(
          'div',
          {class: 'actions', role: 'group', 'aria-label': 'Actions'},
          controls(name, fail, () => go(`connections/${name}/preview`))
        )
      ),
      h(
        'p',
        {class: 'meta'},
        config?.source
          ? h(
              'span',
              {key: 'way'},
              sourceWords(config.source),
              h('span', {class: 'arrow-to', 'aria-label': 'to'}, ' → '),
              destinationWords(config.destination)
            )
          : null,
        h('span', {key: 'mode'}, h('span', {class: 'muted'}, 'Mode '), c.mode),
        h('span', {key: 'next'}, h('span', {class: 'muted'}, 'Next sync '), nextWords(c)),
        h('span', {key: 'node'}, h('span', {class: 'muted'}, 'Node '), c.node)
      )
    );
  }

  function tabs(c) {
    return h(
      'nav',
      {class: 'tabs', key: 'tabs', 'aria-label': name},
      Object.entries(TABS).map(([id, [word]]) =>
        h(
          'a',
          {
            href: hrefOf(['connections', name, id].filter(Boolean).join('/')),
            'aria-current': id === tabName ? 'page' : null,
          },
          word,
          ' ',
          id === 'rejected' && c.rejected_rows > 0 ? h('span', {class: 'n'}, count(c.rejected_rows)) : null
        )
      )
    );
  }

  function render() {
    const c = store.connection(name);
    if (!c) return missing ? [h('h1', {}, name), errorBox(missing)] : h('p', {class: 'nothing'}, 'Loading…');
    speak(c);
    said = connectionState(c).word;
    return [
      header(c),
      errorBox(error, () => fail(null)),
      c.blocked
        ? notice(
            'failed',
            h('p', {}, c.blocked.message),
            c.blocked.hint ? h('p', {class: 'hint'}, c.blocked.hint) : null
          )
        : null,
      missing && missing.code !== 'unreachable' ? errorBox(missing) : null,
      tabs(c),
      h(
        'div',
        {class: 'tab', key: `tab-${tabName}`},
        session.seesRows() || !tab.needsRows
          ? tab.render(c)
          : notice(
              'disabled',
              h(
                'p',
                {},
                'Keys and reasons of rows are hidden from you. ',
                h('b', {}, count(c.rejected_rows)),
                ' rows are rejected.'
              )
            )
      ),
    ];
  }

  const click = (id) => document.getElementById(id)?.click();
  const screen = {
    title: name,
    render,
    update: () => {},
    enter: () => {
      load();
      tab.enter?.();
    },
    refresh: () => {
      load();
      tab.refresh?.();
    },
    changed: (names) => tab.changed?.(names),
    leave: () => tab.leave?.(),
    keys: {s: () => click('sync-now'), x: () => click('stop-now')},
  };
  return screen;
}
