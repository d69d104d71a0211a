// What is asked before something is done that cannot be taken back. Numbers move while a dialog is open, and
// it says so when what it asks about has happened by itself.

import {get, paths, post, startRun} from './api.js';
import {fill, h} from './dom.js';
import {about, configured, count, plural} from './format.js';
import {announce, button, errorBox} from './parts.js';
import {askForConnection, askForRun, store, watch} from './store.js';
import {drainTime, ended, inFlight, isActive} from './words.js';

/** Opens a dialog that `render(dialog)` describes; it is asked again whenever something changes. */
export function openDialog(title, render) {
  const element = h('dialog', {class: 'dialog', 'aria-labelledby': 'dialog-title'});
  const dialog = {
    busy: false,
    error: null,
    close: () => element.close(),
    update() {
      const heading = typeof title === 'function' ? title() : title;
      fill(element, h('h2', {id: 'dialog-title'}, heading), render(dialog), errorBox(dialog.error));
    },
    /** Does what was asked for; the dialog stays until the node has agreed, and with what it refused. */
    async perform(work) {
      if (dialog.busy) return;
      Object.assign(dialog, {busy: true, error: null});
      dialog.update();
      try {
        await work();
        element.close();
      } catch (error) {
        Object.assign(dialog, {busy: false, error});
        if (element.open) dialog.update();
      }
    },
  };
  const stopWatching = watch(() => dialog.update());
  const ticking = setInterval(() => dialog.update(), 1000);
  element.addEventListener('close', () => {
    stopWatching();
    clearInterval(ticking);
    element.remove();
  });
  document.body.append(element);
  dialog.update();
  element.showModal();
  return dialog;
}

/** Buttons at the foot of a dialog: the safe one first, and with the focus. */
export function foot(dialog, safe, action = null) {
  return h(
    'div',
    {class: 'dialog-foot', key: 'foot'},
    h('button', {type: 'button', class: 'button', autofocus: true, on: {click: dialog.close}}, safe),
    action
  );
}

function runOf(name, id) {
  const current = store.connection(name)?.run;
  return current?.run === id ? current : store.history(name).find((run) => run.run === id);
}

const drainTimeouts = new Map();

/** How long a drain may take at most, as configured; asked for once, and left out where it is not known. */
async function askForDrainTimeout(name, then) {
  if (drainTimeouts.has(name)) return;
  try {
    const config = await get(`${paths.connection(name)}/config`);
    drainTimeouts.set(name, configured(config.delivery?.drain_timeout));
    then();
  } catch {
    // the dialog says less then
  }
}

function onTheirWay(name, run) {
  const left = inFlight(run);
  if (left === 0) return 'Nothing is on its way.';
  const ms = drainTime(run, store.samples(run.run));
  const longest = drainTimeouts.get(name);
  const capped = ms !== null && longest ? Math.min(ms, longest) : ms;
  const time = capped === null ? '' : `, in about ${about(capped)}`;
  const most = longest ? ` (at most ${about(longest)})` : '';
  return [
    h('b', {}, plural(left, 'row')),
    ` that ${left === 1 ? 'is' : 'are'} on ${left === 1 ? 'its' : 'their'} way ` +
      `${left === 1 ? 'is' : 'are'} still delivered${time}${most}.`,
  ];
}

const nextOf = (run) =>
  run.type === 'full'
    ? 'full and continues this one'
    : 'incremental and has everything that this one did not deliver';

/** The pop-up of Stop Now; for a run that drains already, that of giving up the drain. */
export function confirmStop(name) {
  const target = store.connection(name)?.run;
  if (!isActive(target)) return;
  const opened = target.state;
  let abandon = opened === 'draining';
  const now = () => runOf(name, target.run) ?? target;
  const stop = async () => {
    await askForRun(name, () => post(`${paths.run(name, target.run)}/stop`, {abandon}));
    announce(`${name}: stopping`);
  };
  const title = () =>
    !isActive(now())
      ? 'This sync has ended'
      : opened === 'draining'
        ? 'Give up the drain?'
        : 'Stop this sync?';
  const dialog = openDialog(title, (d) => {
    const run = now();
    if (!isActive(run)) return [h('p', {}, `It ended by itself. ${ended(run)}.`), foot(d, 'Close')];
    if (opened === 'draining')
      return [
        h('p', {}, onTheirWay(name, run)),
        h(
          'p',
          {},
          'If you give up, no new request is sent. What is left is ',
          h('b', {}, 'part of the next sync'),
          '; rows that the destination has in its hands right now may arrive twice.'
        ),
        foot(
          d,
          'Keep draining',
          button(d.busy ? 'Giving up…' : 'Give Up Drain', {kind: 'danger solid', on: () => d.perform(stop)})
        ),
      ];
    if (run.state === 'draining' && !d.busy)
      return [
        h(
          'p',
          {},
          `${run.stopped_by ? `${run.stopped_by} has` : 'Somebody has'} stopped it meanwhile. `,
          onTheirWay(name, run)
        ),
        foot(d, 'Close'),
      ];
    return [
      h('p', {}, 'Reading stops at once. ', onTheirWay(name, run)),
      h('p', {}, 'Nothing is lost: the next sync is ', h('b', {}, nextOf(run)), '.'),
      h(
        'label',
        {class: 'check'},
        h('input', {
          type: 'checkbox',
          id: 'abandon',
          checked: abandon,
          on: {change: (e) => (abandon = e.target.checked)},
        }),
        h('span', {}, 'Give up what is on its way; it is part of the next sync.')
      ),
      foot(
        d,
        'Keep running',
        button(d.busy ? 'Stopping…' : 'Stop Sync', {kind: 'danger solid', on: () => d.perform(stop)})
      ),
    ];
  });
  askForDrainTimeout(name, dialog.update);
}

/** The pop-up of Force Full Resync, and of a sync whose deletes the guard does not hold back. */
export function confirmFull(name, {deletes = false} = {}) {
  const go = async () => {
    await askForRun(name, () => startRun(name, deletes ? {allow_deletes: true} : {full: true}));
    announce(`${name}: sync started`);
  };
  const label = deletes ? 'Let Deletes Through' : 'Force Full Resync';
  openDialog(deletes ? 'Let deletes through once?' : 'Force a full resync?', (d) => {
    const c = store.connection(name);
    const known = c?.ledger_rows ?? 0;
    const text = deletes
      ? 'The guard held deletes back, since they are more than max_delete_percent allows. The next sync sends them all, this once.'
      : [
          'Every row is sent again, about ',
          h('b', {}, count(known)),
          ' (rows that the destination has acknowledged). Rows are not deleted first.',
        ];
    return [
      h('p', {}, text),
      h(
        'p',
        {},
        h(
          'a',
          {href: `#/connections/${name}/preview${deletes ? '' : '?full=1'}`, on: {click: d.close}},
          'Preview what would be sent'
        )
      ),
      foot(
        d,
        'Cancel',
        button(d.busy ? 'Starting…' : label, {
          kind: deletes ? 'danger solid' : 'primary',
          on: () => d.perform(go),
        })
      ),
    ];
  });
}

export function confirmDisable(name) {
  const go = async () => {
    await askForConnection(name, () => post(`${paths.connection(name)}/disable`));
    announce(`${name} is disabled`);
  };
  openDialog(`Disable ${name}?`, (d) => {
    const run = store.connection(name)?.run;
    return [
      isActive(run)
        ? h('p', {}, 'Its sync is stopped: reading stops at once. ', onTheirWay(name, run))
        : null,
      h(
        'p',
        {},
        'No sync starts until it is enabled again, and what is due meanwhile is not made up for. Nothing is lost: the first sync after that goes on where the last one ended.'
      ),
      foot(
        d,
        'Cancel',
        button(d.busy ? 'Disabling…' : 'Disable', {kind: 'danger solid', on: () => d.perform(go)})
      ),
    ];
  });
}

export function confirmReset(name) {
  let typed = '';
  let assume = false;
  const go = async () => {
    await askForConnection(name, () =>
      post(`${paths.connection(name)}/reset`, {confirm: typed, assume_synced: assume})
    );
    announce(`${name} was reset`);
  };
  openDialog(`Reset ${name}?`, (d) => {
    const known = store.connection(name)?.ledger_rows ?? 0;
    return [
      h(
        'p',
        {},
        'What the destination has acknowledged is forgotten: ',
        h('b', {}, plural(known, 'row')),
        '. The next sync is full, and deletes that happen before it are not noticed.'
      ),
      h(
        'label',
        {class: 'check'},
        h('input', {type: 'checkbox', checked: assume, on: {change: (e) => (assume = e.target.checked)}}),
        h('span', {}, 'Assume that the destination has every row of the source; send only later changes.')
      ),
      h(
        'label',
        {class: 'field'},
        h('span', {}, 'Type the connection’s name to go on'),
        h('input', {
          type: 'text',
          autocomplete: 'off',
          spellcheck: 'false',
          on: {
            input: (e) => {
              typed = e.target.value;
              d.update();
            },
          },
        })
      ),
      foot(
        d,
        'Cancel',
        button(d.busy ? 'Resetting…' : 'Reset', {
          kind: 'danger solid',
          why: typed === name ? '' : 'the name does not match yet',
          on: () => d.perform(go),
        })
      ),
    ];
  });
}
