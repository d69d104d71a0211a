// Before anything else: the theme that was chosen, so that no page flashes in the other one, and the
// questions that every page begins with, so that the answers are there when the modules are. api.js takes
// them.
try {
  const {theme} = JSON.parse(localStorage.getItem('sluice-console') ?? '{}');
  if (theme === 'light' || theme === 'dark') document.documentElement.setAttribute('data-theme', theme);
} catch {
  // storage may be denied: the theme of the system it is
}
if (!location.hash.startsWith('#code=')) {
  window.early = new Map();
  for (const path of ['session', 'connections?limit=100'])
    window.early.set(
      path,
      fetch(`../api/v1/${path}`, {headers: {Accept: 'application/json'}}).catch(() => null)
    );
}
