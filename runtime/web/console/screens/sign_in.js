// Signing in: with the one-time code of `sluice console`, or with a token. The box stands over the page,
// which stays as it is.

import {fill, h} from '../dom.js';
import {icon} from '../icons.js';
import {errorBox} from '../parts.js';
import {signIn} from '../session.js';

let box = null;

/** Whether the box is open. */
export const isAskingToSignIn = () => box !== null;

/** Closes the box: somebody has signed in, perhaps in another tab. */
export function signedIn() {
  box?.close();
}

/** Asks who it is. `then` once somebody has signed in; `error`: why the last attempt failed. */
export function askToSignIn(then, error = null) {
  if (box) return;
  box = h('dialog', {class: 'dialog sign-in', 'aria-labelledby': 'sign-in-title'});
  let busy = false;
  let token = '';
  const submit = async (event) => {
    event.preventDefault();
    if (busy || !token) return;
    busy = true;
    error = null;
    draw();
    try {
      await signIn({token});
      box.close();
      then();
    } catch (e) {
      error = e;
    }
    busy = false;
    if (box) draw();
  };
  function draw() {
    fill(
      box,
      h('h2', {id: 'sign-in-title'}, icon('sluice'), 'Sign in to Sluice'),
      h(
        'p',
        {},
        'On the machine of the node, ',
        h('code', {}, 'sluice console'),
        ' opens this page signed in. From elsewhere, use a token of ',
        h('code', {}, 'api.tokens'),
        ' in node.json.'
      ),
      errorBox(error),
      h(
        'form',
        {on: {submit}},
        h(
          'label',
          {class: 'field'},
          h('span', {}, 'Token'),
          h('input', {
            type: 'password',
            autocomplete: 'current-password',
            autofocus: true,
            required: true,
            on: {input: (e) => (token = e.target.value)},
          })
        ),
        h(
          'div',
          {class: 'dialog-foot'},
          h('button', {type: 'submit', class: 'button primary'}, busy ? 'Signing in…' : 'Sign in')
        )
      )
    );
  }
  box.addEventListener('cancel', (event) => event.preventDefault()); // there is nothing behind it to go on with
  box.addEventListener('close', () => {
    box.remove();
    box = null;
  });
  document.body.append(box);
  draw();
  box.showModal();
}
