// Numbers that look like chance and are the same each time.

export function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A run's id: sorts by time, and by order within a millisecond. */
export function ulid(at) {
  let time = at;
  let text = '';
  for (let i = 0; i < 10; i += 1) {
    text = CROCKFORD[time % 32] + text;
    time = Math.floor(time / 32);
  }
  ulid.count = (ulid.count ?? 0) + 1;
  let n = ulid.count;
  let tail = '';
  for (let i = 0; i < 16; i += 1) {
    tail = CROCKFORD[n % 32] + tail;
    n = Math.floor(n / 32);
  }
  return text + tail;
}
