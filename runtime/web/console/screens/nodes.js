// The nodes of the cluster, as the one that answers sees them.

import {get, post} from '../api.js';
import {reasons} from '../controls.js';
import {h} from '../dom.js';
import {count} from '../format.js';
import {button, errorBox, notice, stateBadge, table, when} from '../parts.js';
import {session} from '../session.js';

const COLUMNS = [
  {head: 'Node', class: 'c-name'},
  {head: 'Link', class: 'c-state'},
  {head: 'Version'},
  {head: 'Address', class: 'c-address'},
  {head: 'Connections', class: 'c-count'},
  {head: 'Started'},
  {head: 'Certificate ends'},
  {head: 'Notes', class: 'c-error'},
];
const CREDENTIAL_COLUMNS = [
  {head: 'Credential', class: 'c-name'},
  {head: 'Kind'},
  {head: 'Authorised'},
  {head: 'Refreshed'},
  {head: 'Ends'},
  {head: 'Notes', class: 'c-error'},
];
const LINKS = {
  self: {icon: 'linked', word: 'This one'},
  linked: {icon: 'linked', word: 'Linked'},
  unreachable: {icon: 'unreachable', word: 'Unreachable'},
};

const howMany = (connections) => (Array.isArray(connections) ? connections.length : (connections ?? 0));

function rowFor(n) {
  const notes = [n.error?.message, n.conflicts?.length ? `also run elsewhere: ${n.conflicts.join(', ')}` : '']
    .filter(Boolean)
    .join('; ');
  return {
    key: n.node ?? n.address,
    cells: [
      h('b', {}, n.node ?? 'not known yet'),
      stateBadge(LINKS[n.link] ?? LINKS.linked),
      n.version ?? '–',
      h('code', {}, n.address ?? '–'),
      count(howMany(n.connections)),
      when(n.started_at),
      whenOrDash(n.certificate_ends_at),
      notes ? h('span', {class: 'warn'}, notes) : '',
    ],
  };
}

const whenOrDash = (time) => (time ? when(time) : h('span', {class: 'muted'}, '–'));

function credentialRow(c) {
  return {
    key: c.credential,
    cells: [
      h('b', {}, c.credential),
      c.kind,
      whenOrDash(c.kept_since),
      whenOrDash(c.refreshed_at),
      whenOrDash(c.ends_at),
      c.error ? h('span', {class: 'warn'}, [c.error.message, c.error.hint].filter(Boolean).join('; ')) : '',
    ],
  };
}

export function nodesScreen() {
  let nodes = null;
  let credentials = [];
  let error = null;
  let report = null;

  async function load() {
    try {
      [nodes, credentials] = (await Promise.all([get('nodes'), get('credentials')])).map((a) => a.items);
      error = null;
    } catch (e) {
      error = e;
    }
    screen.update();
  }

  async function reload() {
    try {
      report = await post('reload');
      error = null;
      load();
    } catch (e) {
      error = e;
    }
    screen.update();
  }

  function told() {
    const parts = ['added', 'changed', 'removed']
      .filter((each) => report[each]?.length)
      .map((each) => `${each} ${report[each].join(', ')}`);
    return notice(
      'succeeded',
      h('p', {}, `Read the configuration again: ${parts.join('; ') || 'nothing had changed'}.`)
    );
  }

  function render() {
    return [
      h(
        'div',
        {class: 'bar', key: 'bar'},
        h('h1', {}, 'Nodes'),
        h('span', {class: 'spacer'}),
        button('Reload configuration', {why: session.isOperator() ? '' : reasons(null).start, on: reload})
      ),
      errorBox(error, () => {
        error = null;
        screen.update();
      }),
      report ? told() : null,
      nodes
        ? table({caption: 'Nodes', kind: 'cards', columns: COLUMNS, rows: nodes.map(rowFor)})
        : h('p', {class: 'nothing'}, 'Loading…'),
      credentials.length > 0
        ? h(
            'section',
            {class: 'further', key: 'credentials'},
            h('h2', {}, 'Credentials of this node'),
            table({
              caption: 'Credentials of this node',
              kind: 'cards',
              columns: CREDENTIAL_COLUMNS,
              rows: credentials.map(credentialRow),
            })
          )
        : null,
    ];
  }

  const screen = {title: 'Nodes', render, update: () => {}, enter: load, refresh: load, keys: {}};
  return screen;
}
