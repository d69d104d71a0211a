// The pieces that screens are made of.

import {h} from './dom.js';
import {exact, relative} from './format.js';
import {icon} from './icons.js';
import {briefWord, outcome, runWord} from './words.js';

/** A moment: relative for the eye, exact on demand. */
export function when(time, {absolute = false} = {}) {
  if (!time) return h('span', {class: 'muted'}, '–');
  return h(
    'time',
    {datetime: time, title: absolute ? relative(time) : exact(time)},
    absolute ? exact(time) : relative(time)
  );
}

/** What became of a run: shape, colour and word. */
export function runBadge(run, {brief = false} = {}) {
  return h(
    'span',
    {class: `badge is-${outcome(run)}`},
    icon(outcome(run)),
    h('span', {}, brief ? briefWord(run) : runWord(run))
  );
}

export function stateBadge({icon: name, word}) {
  return h('span', {class: `badge is-${name}`}, icon(name), h('span', {}, word));
}

/** A button. One that cannot be used stays where it is, can be reached, and says why. */
export function button(label, {kind = '', why = '', id = null, icon: name = null, on, key = null, ...rest}) {
  return h(
    'button',
    {
      type: 'button',
      id,
      key,
      class: `button ${kind}`,
      'aria-disabled': why ? 'true' : null,
      title: why || rest.title || null,
      'aria-description': why || null,
      ...rest,
      on: {click: (event) => (why ? event.preventDefault() : on(event))},
    },
    name ? icon(name) : null,
    label
  );
}

/** What failed, why and what to do, in place, until it is dismissed. */
export function errorBox(error, dismiss = null) {
  if (!error) return null;
  return h(
    'div',
    {class: 'notice is-failed', role: 'alert'},
    icon('failed'),
    h(
      'div',
      {},
      h(
        'p',
        {},
        error.title && error.message !== error.title ? h('b', {}, `${error.title}: `) : null,
        error.message
      ),
      error.hint ? h('p', {class: 'hint'}, error.hint) : null
    ),
    dismiss ? button('Dismiss', {kind: 'quiet', on: dismiss}) : null
  );
}

export function notice(kind, ...content) {
  return h('div', {class: `notice is-${kind}`}, icon(kind), h('div', {}, content));
}

/**
 * A table that stays one for screen readers where a narrow page shows its rows as cards.
 * `columns`: [{head, class, sort}]; a row is {key, cells, class}; `sorted`: {by, descending, on(sort)}.
 */
export function table({caption, columns, rows, sorted = null, kind = ''}) {
  const head = columns.map((c) =>
    h(
      'th',
      {
        scope: 'col',
        role: 'columnheader',
        class: c.class ?? null,
        'aria-sort': sorted && c.sort === sorted.by ? (sorted.descending ? 'descending' : 'ascending') : null,
      },
      c.sort && sorted
        ? h(
            'button',
            {type: 'button', class: 'sort', on: {click: () => sorted.on(c.sort)}},
            c.head,
            c.sort === sorted.by
              ? h('span', {class: sorted.descending ? 'arrow down' : 'arrow up', 'aria-hidden': 'true'})
              : null
          )
        : c.hidden
          ? h('span', {class: 'visually-hidden'}, c.head)
          : c.head
    )
  );
  return h(
    'table',
    {class: `table ${kind}`, role: 'table'},
    h('caption', {class: 'visually-hidden'}, caption),
    h('thead', {role: 'rowgroup'}, h('tr', {role: 'row'}, head)),
    h(
      'tbody',
      {role: 'rowgroup'},
      rows.map((r) => (r instanceof Node ? r : row(columns, r)))
    )
  );
}

/** A row of `table`, for whoever makes only those that changed. */
export function row(columns, {key, cells, class: kind = null}) {
  return h(
    'tr',
    {key, class: kind, role: 'row'},
    cells.map((cell, i) =>
      h(
        i === 0 ? 'th' : 'td',
        {
          role: i === 0 ? 'rowheader' : 'cell',
          scope: i === 0 ? 'row' : null,
          class: columns[i].class ?? null,
          'data-label': columns[i].label ?? columns[i].head,
        },
        cell
      )
    )
  );
}

/** Text with a button that copies it. */
export function copyable(text, {block = false, label = 'Copy'} = {}) {
  const copied = async (event) => {
    const at = event.currentTarget;
    try {
      await navigator.clipboard.writeText(text);
      at.lastChild.textContent = 'Copied';
    } catch {
      at.lastChild.textContent = 'Select and copy'; // without HTTPS browsers deny it
    }
    setTimeout(() => (at.lastChild.textContent = label), 1500);
  };
  return h(
    block ? 'div' : 'span',
    {class: block ? 'copyable block' : 'copyable'},
    block ? h('pre', {tabindex: '0'}, h('code', {}, text)) : h('code', {}, text),
    h(
      'button',
      {type: 'button', class: 'button quiet', on: {click: copied}},
      icon('copy'),
      h('span', {'data-own': true}, label)
    )
  );
}

/** Pairs of a word and what it is. */
export function facts(pairs) {
  return h(
    'dl',
    {class: 'facts'},
    pairs
      .filter(Boolean)
      .map(([word, ...value]) => h('div', {key: word}, h('dt', {}, word), h('dd', {}, value)))
  );
}

/** A number with its word below; null where nothing was measured. */
export function figure(word, value, detail = null) {
  return h(
    'div',
    {class: 'figure', key: word},
    h('dt', {}, word),
    h('dd', {}, h('b', {}, value ?? '–'), detail ? h('span', {class: 'muted'}, ' ', detail) : null)
  );
}

/** A filter by one word. `options`: [value, word = value]; `on` takes the value, '' for any. */
export function choice(label, chosen, options, on, any = `Any ${label.toLowerCase()}`) {
  return h(
    'select',
    {'aria-label': label, value: chosen, on: {change: (e) => on(e.target.value)}},
    [['', any], ...options].map(([value, word = value]) => h('option', {value}, word))
  );
}

const speaker = document.getElementById('speaker');

/** Has a screen reader say what has changed. */
export function announce(text) {
  if (speaker.textContent !== text) speaker.textContent = text;
}

let openMenu = null;

/** Closes the menu that is open, wherever it is. */
export function closeMenu() {
  openMenu?.();
}

addEventListener('click', (event) => {
  if (openMenu && !event.target.closest('.menu-box')) closeMenu();
});

/** A button that opens a menu. `entries`: [{label, why, on}]. The menu is made when it opens. */
export function menuButton(label, entries, {kind = '', icon: name = 'down', text = null}) {
  const open = (event) => {
    const box = event.currentTarget.closest('.menu-box');
    const opener = event.currentTarget;
    if (box.querySelector('.menu')) return closeMenu();
    closeMenu();
    const items = entries().map((each) =>
      h(
        'button',
        {
          type: 'button',
          role: 'menuitem',
          tabindex: '-1',
          'aria-disabled': each.why ? 'true' : null,
          title: each.why || null,
          on: {
            click: () => {
              if (each.why) return;
              closeMenu();
              each.on();
            },
          },
        },
        each.label,
        each.why ? h('span', {class: 'why'}, each.why) : null
      )
    );
    const menu = h('div', {class: 'menu', role: 'menu', 'aria-label': label}, items);
    const move = (by) =>
      items[(items.indexOf(document.activeElement) + by + items.length) % items.length].focus();
    menu.addEventListener('keydown', (e) => {
      const step = {ArrowDown: 1, ArrowUp: -1}[e.key];
      if (step) move(step);
      else if (e.key === 'Escape' || e.key === 'Tab') closeMenu();
      else return;
      e.stopPropagation();
      if (e.key !== 'Tab') e.preventDefault();
    });
    box.lastChild.append(menu);
    opener.setAttribute('aria-expanded', 'true');
    openMenu = () => {
      openMenu = null;
      menu.remove();
      opener.removeAttribute('aria-expanded');
      opener.focus();
    };
    items[0]?.focus();
    return undefined;
  };
  return h(
    'span',
    {class: 'menu-box'},
    h(
      'button',
      {
        type: 'button',
        class: `button ${kind}`,
        'aria-haspopup': 'menu',
        'aria-label': text ? null : label,
        title: text ? null : label,
        on: {click: open},
      },
      icon(name),
      text
    ),
    h('span', {'data-own': true})
  );
}
