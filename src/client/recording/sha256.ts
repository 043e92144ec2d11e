// SHA-256 (FIPS 180-4) in plain code, for pages whose browser keeps its own to itself: crypto.subtle is absent over plain http,
// and a digest that never comes must not keep a voice from the server.

const primes = (count: number): number[] => {
  const found: number[] = [];
  for (let next = 2; found.length < count; next += 1) if (found.every((prime) => next % prime !== 0)) found.push(next);
  return found;
};

/** The first 32 bits of the fractional part. */
const fractionOf = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0;

const CONSTANTS = Int32Array.from(primes(64), (prime) => fractionOf(Math.cbrt(prime)));
const INITIAL = Int32Array.from(primes(8), (prime) => fractionOf(Math.sqrt(prime)));

const rotate = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));

const BLOCK_BYTES = 64;

/** The message, a 1 bit, zeros, and its length in bits as 64 bits. */
const padded = (bytes: Uint8Array): DataView => {
  const blocks = Math.ceil((bytes.byteLength + 9) / BLOCK_BYTES);
  const whole = new Uint8Array(blocks * BLOCK_BYTES);
  whole.set(bytes);
  whole[bytes.byteLength] = 0x80;
  const view = new DataView(whole.buffer);
  view.setUint32(whole.byteLength - 8, Math.floor(bytes.byteLength / 2 ** 29));
  view.setUint32(whole.byteLength - 4, (bytes.byteLength << 3) >>> 0);
  return view;
};

const at = (words: Int32Array, index: number): number => words[index] ?? 0;

const compress = (state: Int32Array, words: Int32Array): void => {
  for (let t = 16; t < 64; t += 1) {
    const w15 = at(words, t - 15);
    const w2 = at(words, t - 2);
    const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
    const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
    words[t] = at(words, t - 16) + s0 + at(words, t - 7) + s1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t += 1) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const one = (h + sum1 + ((e & f) ^ (~e & g)) + at(CONSTANTS, t) + at(words, t)) | 0;
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const two = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = at(state, index) + word;
};

export const sha256 = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const message = padded(bytes);
  const state = INITIAL.slice();
  const words = new Int32Array(64);
  for (let block = 0; block < message.byteLength; block += BLOCK_BYTES) {
    for (let t = 0; t < 16; t += 1) words[t] = message.getInt32(block + 4 * t);
    compress(state, words);
  }
  const digest = new DataView(new ArrayBuffer(32));
  for (const [index, word] of state.entries()) digest.setInt32(4 * index, word);
  return new Uint8Array(digest.buffer);
};
