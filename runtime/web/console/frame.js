// What stands above every screen: where one is, whether what is shown is live, who one is.

import {get} from './api.js';
import {fill, h} from './dom.js';
import {timeOfDay} from './format.js';
import {icon} from './icons.js';
import {showKeys} from './keys.js';
import {liveState, shareSession} from './live.js';
import {menuButton} from './parts.js';
import {choose, prefs} from './prefs.js';
import {session, signOut} from './session.js';

const frame = document.getElementById('frame');

export const frameState = {
  node: null,
  async refresh() {
    try {
      frameState.node = await get('node');
    } catch {
      // the state of the stream says that the node does not answer
    }
  },
};

function live() {
  const {live: isLive, lost} = liveState();
  if (isLive)
    return h('span', {class: 'live is-on'}, h('span', {class: 'dot', 'aria-hidden': 'true'}), 'Live');
  return h(
    'span',
    {class: lost ? 'live is-off' : 'live'},
    h('span', {class: 'dot', 'aria-hidden': 'true'}),
    lost ? `No connection since ${timeOfDay(lost)}, showing the state of then` : 'Connecting…'
  );
}

const THEMES = {system: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark'};

function entries() {
  const next = {system: 'light', light: 'dark', dark: 'system'}[prefs.theme] ?? 'system';
  return [
    {label: prefs.utc ? 'Times: UTC' : 'Times: local', on: () => choose({utc: !prefs.utc})},
    {label: THEMES[prefs.theme] ?? THEMES.system, on: () => choose({theme: next})},
    {label: prefs.keys ? 'Single keys: on' : 'Single keys: off', on: () => choose({keys: !prefs.keys})},
    {label: 'Keys…', on: showKeys},
    {label: 'Sign out', on: leave},
  ];
}

async function leave() {
  try {
    await signOut();
  } finally {
    shareSession(false);
  }
}

/** Draws it; `place`: the first part of the address. */
export function drawFrame(place) {
  const who = session.current();
  const node = frameState.node;
  const link = (to, word) => h('a', {href: `#/${to}`, 'aria-current': place === to ? 'page' : null}, word);
  fill(
    frame,
    h(
      'a',
      {class: 'brand', href: '#/connections', 'aria-label': 'Sluice'},
      icon('sluice'),
      h('b', {}, 'Sluice')
    ),
    h(
      'nav',
      {class: 'nav', 'aria-label': 'Screens'},
      link('connections', 'Connections'),
      link('nodes', 'Nodes')
    ),
    live(),
    node
      ? h(
          'span',
          {class: 'node', title: `version ${node.version}`},
          node.node,
          h('span', {class: 'muted'}, ` ${node.version}`),
          node.ending ? h('b', {class: 'warn'}, ' is ending') : null
        )
      : null,
    menuButton('Settings of this page', entries, {
      kind: 'quiet',
      icon: 'down',
      text: who ? h('span', {class: 'who'}, who.name, h('span', {class: 'muted'}, ` ${who.role}`)) : 'Menu',
    })
  );
}
