// Single keys, which one switch turns off.

import {openDialog} from './dialogs.js';
import {h} from './dom.js';
import {prefs} from './prefs.js';
import {go} from './route.js';

const KEYS = [
  ['/', 'Filter'],
  ['j  k', 'Next, previous row'],
  ['Enter', 'Open the row'],
  ['g c', 'Connections'],
  ['g n', 'Nodes'],
  ['s', 'Sync Now'],
  ['x', 'Stop Now (asks first)'],
  ['?', 'This list'],
  ['Esc', 'Close'],
];

/** The list of them. */
export function showKeys() {
  openDialog('Keys', (d) => [
    h(
      'dl',
      {class: 'keys'},
      KEYS.map(([key, what]) =>
        h(
          'div',
          {},
          h(
            'dt',
            {},
            key.split('  ').map((k) => [h('kbd', {}, k), ' '])
          ),
          h('dd', {}, what)
        )
      )
    ),
    h('p', {class: 'muted'}, 'Single keys can be turned off in the menu of the page.'),
    h(
      'div',
      {class: 'dialog-foot'},
      h('button', {type: 'button', class: 'button', autofocus: true, on: {click: d.close}}, 'Close')
    ),
  ]);
}

let afterG = 0;

const isTyping = (target) => target.closest('input, textarea, select, [contenteditable]') !== null;

function move(by) {
  const rows = [...document.querySelectorAll('#main [data-row]')];
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement?.closest('tr')?.querySelector('[data-row]'));
  const to = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  to.focus();
  to.scrollIntoView({block: 'nearest'});
}

/** The buttons of the row that has the focus; those of the screen where none has. */
function press(screen, key, label) {
  const row = document.activeElement?.closest('tr');
  const inRow =
    row &&
    [...row.querySelectorAll('button')].find((b) => (b.getAttribute('aria-label') ?? '').startsWith(label));
  if (inRow) inRow.click();
  else screen?.keys?.[key]?.();
}

/** Listens for as long as the page is there. */
export function listenToKeys(screenNow) {
  const actions = {
    '/': () => document.querySelector('#main [data-filter]')?.focus(),
    j: () => move(1),
    k: () => move(-1),
    s: () => press(screenNow(), 's', 'Sync Now'),
    x: () => press(screenNow(), 'x', 'Stop Now'),
    '?': showKeys,
    g: () => (afterG = performance.now()),
  };
  const places = {c: 'connections', n: 'nodes'};
  addEventListener('keydown', (event) => {
    if (!prefs.keys || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    const isSecond = performance.now() - afterG < 1500 && places[event.key];
    afterG = 0;
    const action = isSecond ? () => go(places[event.key]) : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
