// What a reader chose in this browser: times, theme, single keys. Told to other tabs by the storage event.

const KEY = 'sluice-console';
const DEFAULTS = {utc: false, theme: 'system', keys: true, pageSize: 50};

function stored() {
  try {
    return {...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY) ?? '{}')};
  } catch {
    return {...DEFAULTS}; // storage may be denied, and anybody may have written to it
  }
}

export const prefs = stored();
const watchers = new Set();

function apply() {
  if (prefs.theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.setAttribute('data-theme', prefs.theme);
  for (const each of watchers) each();
}

export function choose(change) {
  Object.assign(prefs, change);
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // it holds until the page is left
  }
  apply();
}

export function onPrefs(watcher) {
  watchers.add(watcher);
}

addEventListener('storage', (event) => {
  if (event.key !== KEY) return;
  Object.assign(prefs, stored());
  apply();
});
apply();
