// The page: its frame, which screen is shown, and what the screens share.

import {whenUnauthorized} from './api.js';
import {fill, perFrame} from './dom.js';
import {drawFrame, frameState} from './frame.js';
import {goLive, onLive, shareSession} from './live.js';
import {listenToKeys} from './keys.js';
import {closeMenu} from './parts.js';
import {onPrefs} from './prefs.js';
import {here} from './route.js';
import {connectionScreen} from './screens/connection.js';
import {connectionsScreen} from './screens/connections.js';
import {nodesScreen} from './screens/nodes.js';
import {runScreen} from './screens/run.js';
import {askToSignIn, isAskingToSignIn, signedIn} from './screens/sign_in.js';
import {loadSession, session, signIn} from './session.js';
import {doubtHistories, loadConnections, take, watch} from './store.js';

const main = document.getElementById('main');
let screen = null;
let place = '';

const draw = perFrame(() => {
  if (!screen) return;
  fill(main, screen.render());
  drawFrame(place);
});

function screenFor({path, query}) {
  const [first = 'connections', name, third, fourth] = path;
  if (first === 'nodes') return nodesScreen();
  if (first === 'connections' && name && third === 'runs' && fourth) return runScreen([name, fourth], query);
  if (first === 'connections' && name) return connectionScreen([name, third], query);
  return connectionsScreen([], query);
}

/** Shows what the address says. */
function show() {
  closeMenu();
  for (const each of document.querySelectorAll('dialog.dialog:not(.sign-in)')) each.close();
  screen?.leave?.();
  const isFirst = screen === null;
  const at = here();
  place = at.path[0] ?? 'connections';
  screen = screenFor(at);
  screen.update = draw;
  document.title = `${screen.title} · Sluice`;
  screen.enter?.();
  fill(main);
  draw();
  if (isFirst) return;
  scrollTo(0, 0);
  main.focus({preventScroll: true}); // a reader hears that the page is another one
}

/** Everything that is shown is asked for again. */
function refresh() {
  doubtHistories();
  screen?.refresh?.();
  loadShared();
}

async function loadShared() {
  frameState.refresh();
  try {
    await loadConnections();
  } catch {
    // the state of the stream says it, and what is shown stays
  }
}

function begin() {
  signedIn();
  if (screen) {
    refresh();
  } else {
    show();
    loadShared();
  }
  draw();
}

const CODE = /^#code=([^&]+)(?:&to=([^&]+))?$/;

async function identify() {
  const [, code, to = 'connections'] = location.hash.match(CODE) ?? [];
  if (!code) return loadSession();
  history.replaceState(null, '', `#/${to}`); // a code is good for once; nobody should keep it
  return signIn({code: decodeURIComponent(code)});
}

function ask(error = null) {
  if (isAskingToSignIn()) return;
  askToSignIn(() => shareSession(true), error);
}

async function start() {
  addEventListener('hashchange', () => {
    if (CODE.test(location.hash)) identify().then(() => shareSession(true), ask);
    else if (session.current()) show();
  });
  watch((names) => {
    screen?.changed?.(names);
    draw();
  });
  onPrefs(draw);
  onLive((name, value) => {
    if (name === 'resync') session.current() && refresh();
    else if (name === 'unauthorized') ask();
    else if (name === 'session') onSession(value);
    else if (name === 'node') frameState.node = value;
    else if (name !== 'live') take(name, value);
    draw();
  });
  setInterval(() => {
    if (!document.hidden) draw();
  }, 1000);
  listenToKeys(() => screen);
  if (here().path.length === 0) history.replaceState(null, '', '#/connections');
  whenUnauthorized(() => ask());
  try {
    await identify();
    begin();
  } catch (error) {
    ask(error.status === 401 && error.code === 'unauthorized' ? null : error);
  }
  goLive({isSignedIn: session.current() !== null});
}

async function onSession(isThere) {
  if (!isThere) return location.reload(); // nothing that was shown stays
  try {
    await loadSession();
    begin();
  } catch (error) {
    ask(error);
  }
  return undefined;
}

start();
