// Pictures: where the deltas of a run went, how fast rows were delivered, how the last runs went.

import {h, s} from './dom.js';
import {count, duration, exact, plural} from './format.js';
import {deltas, inFlight, isActive, outcome, runWord, took} from './words.js';

const FATES = [
  ['delivered', 'delivered', (run) => run.delivered],
  ['rejected', 'rejected', (run) => run.rejected],
  ['flight', 'in flight', (run) => (isActive(run) ? inFlight(run) : 0)],
  ['undelivered', 'undelivered', (run) => run.undelivered],
];

/** A stacked bar of the deltas by fate, with its numbers as text. */
export function fateBar(run) {
  const total = deltas(run);
  const label = isActive(run) ? 'Deltas found so far' : 'Deltas';
  const parts = FATES.map(([kind, word, of]) => ({kind, word, n: of(run)})).filter((p) => p.n > 0);
  let at = 0;
  const rects = parts.map(({kind, n}) => {
    const width = (n / total) * 100;
    const rect = s('rect', {
      key: kind,
      class: `fate-${kind}`,
      x: `${at}%`,
      width: `${width}%`,
      height: '100%',
    });
    at += width;
    return rect;
  });
  const legend = parts.map(({kind, word, n}) =>
    h(
      'li',
      {key: kind},
      s(
        'svg',
        {class: 'swatch', 'aria-hidden': 'true'},
        s('rect', {class: `fate-${kind}`, width: '100%', height: '100%'})
      ),
      h('b', {}, count(n)),
      ` ${word}`
    )
  );
  return h(
    'figure',
    {class: 'fates'},
    h('figcaption', {}, h('span', {class: 'muted'}, label), ' ', h('b', {}, count(total))),
    s('svg', {class: 'fate-bar', 'aria-hidden': 'true'}, hatching(), rects),
    parts.length > 0 ? h('ul', {class: 'legend'}, legend) : null
  );
}

/** What tells fates apart without colour. */
function hatching() {
  return s(
    'defs',
    {},
    s(
      'pattern',
      {id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)'},
      s('rect', {class: 'hatch-ground', width: 6, height: 6}),
      s('rect', {class: 'hatch-line', width: 2.5, height: 6})
    )
  );
}

/** Rows per second between samples at least a second apart. */
function rates(samples) {
  const out = [];
  let from = samples[0];
  for (const each of samples) {
    if (each.at - from.at < 950) continue;
    out.push({
      at: each.at,
      rate: Math.max(0, ((each.delivered - from.delivered) * 1000) / (each.at - from.at)),
    });
    from = each;
  }
  return out;
}

/** Delivered rows per second, as far back as this page has watched; null before there are two points. */
export function sparkline(samples) {
  if (samples.length < 2) return null;
  const points = rates(samples);
  if (points.length < 2) return null;
  const [W, H] = [600, 56];
  const top = Math.max(...points.map((p) => p.rate), 1);
  const [first, last] = [points[0].at, points.at(-1).at];
  const x = (p) => (((p.at - first) / (last - first)) * W).toFixed(1);
  const y = (p) => (H - 2 - (p.rate / top) * (H - 6)).toFixed(1);
  const line = points.map((p) => `${x(p)},${y(p)}`).join(' ');
  return h(
    'figure',
    {class: 'spark'},
    h(
      'figcaption',
      {},
      h('span', {class: 'muted'}, 'Delivered per second'),
      ' ',
      h('b', {}, count(Math.round(points.at(-1).rate))),
      h('span', {class: 'muted'}, ` · highest ${count(Math.round(top))}`)
    ),
    s(
      'svg',
      {
        viewBox: `0 0 ${W} ${H}`,
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label':
          `Delivered rows per second over the last ${duration(last - first)}: ` +
          `${count(Math.round(points.at(-1).rate))} now, ${count(Math.round(top))} at most`,
      },
      s('polygon', {class: 'spark-area', points: `0,${H} ${line} ${W},${H}`}),
      s('polyline', {class: 'spark-line', points: line})
    )
  );
}

const FALLS = new Set(['failed', 'interrupted']);

/** The shape of one run: what went well stands, what failed hangs, what was cut off is split. */
function bar(run, x, width, floor, depth, longest) {
  const kind = outcome(run);
  const room = FALLS.has(kind) ? depth : floor;
  const size = Math.max(3, Math.sqrt(took(run) / longest) * (room - 1));
  const top = FALLS.has(kind) ? floor + 1 : floor - size;
  const rect = (y, height, extra = '') => s('rect', {class: `bar is-${kind}${extra}`, x, y, width, height});
  if (kind === 'skipped') return [rect(floor - 2, 2)];
  if (kind === 'stopped' || kind === 'interrupted') {
    const gap = Math.min(2.5, size / 3);
    return [rect(top, (size - gap) / 2), rect(top + (size + gap) / 2, (size - gap) / 2)];
  }
  if (kind === 'failures') return [rect(top, size), rect(floor + 1.5, Math.min(width, 3), ' mark')];
  return [rect(top, size)];
}

const TOLD = [
  'succeeded',
  'failures',
  'stopped',
  'failed',
  'interrupted',
  'skipped',
  'running',
  'draining',
  'postponed',
];

function inWords(runs) {
  const counts = new Map();
  for (const run of runs) counts.set(outcome(run), [run, (counts.get(outcome(run))?.[1] ?? 0) + 1]);
  return TOLD.filter((kind) => counts.has(kind))
    .map((kind) => `${count(counts.get(kind)[1])} ${runWord(counts.get(kind)[0]).toLowerCase()}`)
    .join('; ');
}

/**
 * The last runs as bars, the newest at the right: height is duration, colour and shape are the outcome.
 * `runs`: newest first; `href(run)` makes links of them for whoever has a pointer.
 */
export function historyBars(runs, {pitch, height, most, href = null}) {
  const shown = runs.slice(0, most).reverse();
  const width = most * pitch;
  const floor = Math.round(height * 0.64);
  const longest = Math.max(...shown.map(took), 1);
  const bars = shown.map((run, i) => {
    const x = width - (shown.length - i) * pitch;
    const hit = s('rect', {class: 'hit', x: x - 0.5, y: 0, width: pitch, height});
    const title = s(
      'title',
      {},
      `${runWord(run)}, ${exact(run.started_at)}, ${duration(took(run))}, ` +
        `${plural(run.delivered, 'row')} delivered`
    );
    const shapes = [
      title,
      hit,
      ...bar(run, x, pitch - (pitch > 5 ? 2 : 1), floor, height - floor - 1, longest),
    ];
    return href
      ? s('a', {key: run.run, href: href(run), tabindex: '-1'}, shapes)
      : s('g', {key: run.run}, shapes);
  });
  return s(
    'svg',
    {
      class: 'bars',
      viewBox: `0 0 ${width} ${height}`,
      role: href ? 'group' : 'img',
      preserveAspectRatio: 'none',
      'aria-label':
        runs.length > 0 ? `Last ${plural(shown.length, 'sync')}: ${inWords(shown)}` : 'No sync yet',
    },
    s('line', {class: 'floor', x1: 0, x2: width, y1: floor + 0.5, y2: floor + 0.5}),
    bars
  );
}

/** What the shapes of `historyBars` mean. */
export function barsLegend() {
  const of = (state, rejected = 0) => ({
    state,
    rejected,
    invalid: 0,
    delivered: 0,
    inserts: 0,
    updates: 0,
    deletes: 0,
    started_at: '2026-01-01T00:00:00Z',
    finished_at: '2026-01-01T00:00:01Z',
  });
  const entry = (run, word) =>
    h(
      'li',
      {},
      s('svg', {class: 'bars', viewBox: '0 0 5 16', 'aria-hidden': 'true'}, bar(run, 0, 5, 9, 7, 1000)),
      word
    );
  return h(
    'ul',
    {class: 'legend bars-legend'},
    entry(of('succeeded'), 'completed'),
    entry(of('succeeded', 1), 'with failures'),
    entry(of('stopped'), 'stopped'),
    entry(of('failed'), 'failed'),
    entry(of('interrupted'), 'interrupted'),
    entry(of('skipped'), 'skipped')
  );
}
