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

// The modules take longer to come than the page to be painted, and would keep it from that. A page in the
// background is not painted at all.
let isLoaded = false;
function load() {
  if (isLoaded) return;
  isLoaded = true;
  document.head.append(document.getElementById('modules').content.cloneNode(true));
}
document.addEventListener('DOMContentLoaded', () => {
  requestAnimationFrame(() => setTimeout(load));
  setTimeout(load, 100);
});
