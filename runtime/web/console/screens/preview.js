// What a sync would deliver now, without delivering it.

import {paths, post} from '../api.js';
import {reasons, start} from '../controls.js';
import {h} from '../dom.js';
import {clock, count} from '../format.js';
import {button, errorBox, figure, notice} from '../parts.js';
import {go} from '../route.js';
import {session} from '../session.js';

/** `tools`: name, query, update. */
export function previewTab({name, query, update}) {
  let full = query.get('full') === '1';
  let running = null; // {began, abort}
  let result = null;
  let error = null;
  let ticking;

  async function run() {
    const abort = new AbortController();
    running = {began: Date.now(), abort};
    [result, error] = [null, null];
    ticking = setInterval(update, 1000);
    update();
    try {
      result = await post(`${paths.connection(name)}/preview`, {full, samples: 10}, {signal: abort.signal});
    } catch (e) {
      if (e.name !== 'AbortError') error = e;
    }
    clearInterval(ticking);
    running = null;
    update();
  }

  async function sync() {
    try {
      await start(name, full ? {full: true} : {});
      go(`connections/${name}`);
    } catch (e) {
      error = e;
      update();
    }
  }

  const choice = (value, word, what) =>
    h(
      'label',
      {class: 'check'},
      h('input', {
        type: 'radio',
        name: 'kind',
        checked: full === value,
        disabled: running !== null,
        on: {
          change: () => {
            full = value;
            update();
          },
        },
      }),
      h('span', {}, h('b', {}, word), h('span', {class: 'muted'}, ` ${what}`))
    );

  function sample(each, i) {
    return h(
      'li',
      {key: String(i)},
      h(
        'p',
        {},
        h('span', {class: `op is-${each.operation}`}, each.operation === 'read' ? 'invalid' : each.operation),
        ' ',
        h('code', {}, each.key_text ?? JSON.stringify(each.key))
      ),
      each.reason ? h('p', {class: 'warn'}, each.reason) : null,
      each.rendered ? h('pre', {tabindex: '0'}, each.rendered) : null
    );
  }

  function outcome(c) {
    const why = reasons(c).start;
    const n = result.inserts + result.updates + result.deletes;
    return [
      h(
        'section',
        {class: 'card', key: 'counts', 'aria-label': 'Counts'},
        h(
          'p',
          {class: 'sentence'},
          `A sync now would be ${result.type}${result.reason ? `, ${result.reason}` : ''}: `,
          n === 0 ? 'nothing to deliver' : h('b', {}, `${count(n)} deltas`),
          '.'
        ),
        h(
          'dl',
          {class: 'figures'},
          figure('Read', count(result.read)),
          figure('Unchanged', count(result.unchanged)),
          figure('Invalid', count(result.invalid)),
          figure('Inserts', count(result.inserts)),
          figure('Updates', count(result.updates)),
          figure('Deletes', count(result.deletes), result.guarded ? 'held back' : null)
        ),
        result.rejected_retried > 0
          ? h('p', {class: 'muted'}, `${count(result.rejected_retried)} of these were rejected before.`)
          : null,
        button(full ? 'Force Full Resync' : 'Sync Now', {kind: why ? '' : 'primary', why, on: sync})
      ),
      result.guarded
        ? errorBox({
            title: 'Deletes would be held back',
            message: result.guarded.message,
            hint: result.guarded.hint,
          })
        : null,
      (result.warnings ?? []).map((w) => notice('unreachable', h('p', {}, w))),
      result.samples?.length
        ? h(
            'section',
            {key: 'samples'},
            h('h2', {}, 'Samples, as they would be sent'),
            h('ol', {class: 'samples'}, result.samples.map(sample))
          )
        : null,
    ];
  }

  function render(c) {
    return [
      h(
        'section',
        {class: 'card', key: 'ask', 'aria-label': 'Preview'},
        h(
          'fieldset',
          {class: 'choices'},
          h('legend', {class: 'visually-hidden'}, 'What to preview'),
          choice(
            false,
            'The next sync',
            `${c.next_type}: what has changed since the destination last confirmed it`
          ),
          choice(true, 'A full resync', 'every row, as Force Full Resync would send it')
        ),
        h(
          'div',
          {class: 'line'},
          running
            ? [
                h(
                  'button',
                  {type: 'button', class: 'button', key: 'cancel', on: {click: () => running.abort.abort()}},
                  'Cancel'
                ),
                h(
                  'span',
                  {class: 'muted'},
                  `Reading the source, ${clock(Date.now() - running.began)}. Nothing is delivered.`
                ),
              ]
            : [
                button('Preview', {
                  key: 'go',
                  kind: result ? '' : 'primary',
                  why: session.current() ? '' : 'nobody is signed in',
                  on: run,
                }),
                h('span', {class: 'muted'}, 'Reads the source as a sync would, and delivers nothing.'),
              ]
        )
      ),
      errorBox(error, () => {
        error = null;
        update();
      }),
      result ? outcome(c) : null,
    ];
  }

  return {
    needsRows: true,
    render,
    leave: () => {
      clearInterval(ticking);
      running?.abort.abort();
    },
  };
}
