// Elements from values, and the page brought to what they say.
//
// A screen says what it looks like now, as fresh elements; `morph` changes the page where it differs and
// leaves the rest alone: focus, selection, what is typed and what is scrolled stay. Text is only ever set as
// text, so that nothing a database holds is taken for HTML.

const SVG = 'http://www.w3.org/2000/svg';

function append(parent, child) {
  if (child === null || child === undefined || child === false || child === '') return;
  if (Array.isArray(child)) {
    for (const each of child) append(parent, each);
  } else if (child instanceof Node) {
    parent.append(child);
  } else {
    parent.append(document.createTextNode(String(child)));
  }
}

function dispatch(event) {
  event.currentTarget.listens?.[event.type]?.(event);
}

function make(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === 'checked') element.wants = {checked: Boolean(value)};
    else if (value === null || value === undefined || value === false) continue;
    else if (name === 'on') {
      element.listens = value;
      for (const type of Object.keys(value)) element.addEventListener(type, dispatch);
    } else if (name === 'value' && (tag(element) === 'input' || tag(element) === 'select')) {
      element.wants = {value}; // of a select only once it has its options
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  append(element, children);
  if (element.wants) Object.assign(element, element.wants);
  return element;
}

const tag = (element) => element.localName;

/** An HTML element. `props`: attributes; `on`: {click: handler}; `key`: who it is among its siblings. */
export function h(tag, props, ...children) {
  return make(document.createElement(tag), props, children);
}

/** The same in SVG. */
export function s(tag, props, ...children) {
  return make(document.createElementNS(SVG, tag), props, children);
}

/** Stands for the element of that key which is there already, and stays as it is. */
export function kept(tag, key) {
  const stub = h(tag, {key});
  stub.isKept = true;
  return stub;
}

const KEPT = new Set(['open', 'aria-expanded']); // what the reader sets: what is opened stays open

function morphAttributes(old, fresh) {
  for (const {name, value} of [...fresh.attributes])
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const {name} of [...old.attributes])
    if (!fresh.hasAttribute(name) && !KEPT.has(name)) old.removeAttribute(name);
}

function morphListeners(old, fresh) {
  for (const type of Object.keys(fresh.listens ?? {}))
    if (!old.listens?.[type]) old.addEventListener(type, dispatch);
  old.listens = fresh.listens;
}

function isSame(a, b) {
  return (
    a.nodeType === b.nodeType &&
    a.nodeName === b.nodeName &&
    (a.nodeType !== 1 || a.getAttribute('key') === b.getAttribute('key'))
  );
}

/** Makes `old` what `fresh` is and returns it; `fresh` is used up. Both are of the same kind. */
export function morph(old, fresh) {
  if (old === fresh || fresh.isKept) return old;
  if (old.nodeType !== 1) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return old;
  }
  morphAttributes(old, fresh);
  morphListeners(old, fresh);
  if (!fresh.hasAttribute('data-own')) morphChildren(old, fresh); // else somebody else fills it
  if (fresh.wants && old !== document.activeElement) Object.assign(old, fresh.wants);
  return old;
}

function morphChildren(old, fresh) {
  const keyed = new Map();
  for (const child of old.children)
    if (child.hasAttribute('key')) keyed.set(child.getAttribute('key'), child);
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const key = wanted.nodeType === 1 ? wanted.getAttribute('key') : null;
    const known = key === null ? null : keyed.get(key);
    if (known && known !== at && isSame(known, wanted)) old.insertBefore(known, at);
    const candidate = known && isSame(known, wanted) ? known : at;
    if (candidate && isSame(candidate, wanted)) {
      at = candidate.nextSibling;
      morph(candidate, wanted);
    } else {
      old.insertBefore(wanted, at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** Makes the children of `parent` what `children` say. */
export function fill(parent, ...children) {
  const fresh = parent.cloneNode(false);
  append(fresh, children);
  morphChildren(parent, fresh);
}

/** Calls `work` once for any number of calls within a frame; at once where frames do not come. */
export function perFrame(work) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    const run = () => {
      due = false;
      work();
    };
    if (document.hidden) setTimeout(run, 0);
    else requestAnimationFrame(run);
  };
}

/** Calls `work` when nothing has called for `ms`; not at all once it was cancelled. */
export function settled(work, ms) {
  let timer;
  const call = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), ms);
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}
