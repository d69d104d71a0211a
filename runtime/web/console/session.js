// Who is signed in.

import {del, get, noteSignIn, post} from './api.js';

let current = null;

export const session = {
  current: () => current,
  isOperator: () => current?.role === 'operator',
  /** Whether keys, reasons and previews may be seen. */
  seesRows: () => current?.rows !== false,
};

/** Asks who is signed in; throws with status 401 where nobody is. */
export async function loadSession() {
  current = await get('session');
  noteSignIn();
  return current;
}

/** Signs in with `{token}` or `{code}`; the cookie is the browser's, no script sees it. */
export async function signIn(proof) {
  current = await post('session', proof);
  noteSignIn();
  return current;
}

export async function signOut() {
  await del('session');
  current = null;
}
