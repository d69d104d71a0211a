// Addresses within the page: everything is in the fragment, so that any path of a proxy will do.

/** `#/connections/crm/runs/01J…?q=x` → {path: ['connections', 'crm', 'runs', '01J…'], query}. */
export function here() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  return {
    path: path.split('/').filter(Boolean).map(decodeURIComponent),
    query: new URLSearchParams(query ?? ''),
  };
}

/** The address of `path` with the members of `query` that say something. */
export function hrefOf(path, query = {}) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const each of [value].flat())
      if (each !== undefined && each !== null && each !== '') params.append(name, each);
  const text = params.toString();
  return `#/${path}${text ? `?${text}` : ''}`;
}

/** Goes there; with `replace` only the address changes, for what a screen remembers of itself. */
export function go(path, query = {}, {replace = false} = {}) {
  const href = hrefOf(path, query);
  if (replace) history.replaceState(null, '', href);
  else location.hash = href.slice(1);
}
