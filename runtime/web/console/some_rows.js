// The dialog that starts a sync of some rows: so many, or those with certain keys.

import {startRun} from './api.js';
import {foot, openDialog} from './dialogs.js';
import {h} from './dom.js';
import {announce, button} from './parts.js';
import {go} from './route.js';
import {askForRun} from './store.js';

/** The objects of a text with one on each line; the line that is none is said by its number. */
function keysOf(text) {
  const keys = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    let key = null;
    try {
      key = JSON.parse(line);
    } catch {
      // what follows says it
    }
    if (key === null || typeof key !== 'object' || Array.isArray(key))
      return {why: `line ${i + 1} is no JSON object`};
    keys.push(key);
  }
  return keys.length > 0 ? {body: {keys}} : {why: 'there is no key yet'};
}

function limitOf(text) {
  const limit = Number(text);
  return Number.isInteger(limit) && limit > 0 ? {body: {limit}} : {why: 'it must be a whole number, 1 or more'};
}

export function syncSomeRows(name) {
  let by = 'limit';
  let limit = '100';
  let keys = '';
  const begin = async () => {
    const run = await askForRun(name, () => startRun(name, wish().body));
    announce(`${name}: sync started`);
    go(`connections/${name}/runs/${run.run}`);
  };
  const wish = () => (by === 'limit' ? limitOf(limit) : keysOf(keys));
  openDialog('Sync some rows', (d) => {
    const choice = (value, text) =>
      h(
        'label',
        {class: 'check'},
        h('input', {
          type: 'radio',
          name: 'by',
          checked: by === value,
          on: {
            change: () => {
              by = value;
              d.update();
            },
          },
        }),
        h('span', {}, text)
      );
    const typed = (take) => ({
      input: (e) => {
        take(e.target.value);
        d.update();
      },
    });
    const {why = ''} = wish();
    return [
      h(
        'div',
        {class: 'choices', role: 'radiogroup', 'aria-label': 'Which rows'},
        choice('limit', 'The first changes that it finds; the next sync goes on behind them.'),
        choice('keys', 'Rows with certain keys, whether they have changed or not, and no others.')
      ),
      by === 'limit'
        ? h(
            'label',
            {class: 'field', key: 'limit'},
            h('span', {}, 'How many'),
            h('input', {
              type: 'text',
              class: 'narrow',
              inputmode: 'numeric',
              value: limit,
              on: typed((text) => (limit = text)),
            })
          )
        : h(
            'label',
            {class: 'field', key: 'keys'},
            h('span', {}, 'Keys, one on each line'),
            h('textarea', {
              rows: 5,
              spellcheck: 'false',
              placeholder: '{"id": 7}',
              value: keys,
              on: typed((text) => (keys = text)),
            })
          ),
      foot(d, 'Cancel', button(d.busy ? 'Starting…' : 'Sync These', {kind: 'primary', why, on: () => d.perform(begin)})),
    ];
  });
}
