/** Keep the losses over the epochs. A history is immutable; its continuation shares its memory. */

export const MAX_HISTORY = 4000;
const ROOM = 2 * MAX_HISTORY;

/**
 * The memory that histories are views of. Readings are only appended, never overwritten: continuing any history but the
 * newest copies it to new memory.
 * @typedef {{epochs: Float64Array, train: Float64Array, test: Float64Array, written: number}} Memory
 * @typedef {{epochs: Float64Array, train: Float64Array, test: Float64Array}} History
 */

/** @type {WeakMap<ArrayBufferLike, Memory>} by the buffer of the epochs */
const memories = new WeakMap();

/** @returns {History} */
export function emptyHistory() {
  return seen(allocated(ROOM));
}

/**
 * Add a frame's losses by epoch. An earlier epoch drops the later ones.
 * @param {History} history
 * @param {{curve: Float64Array}} frame triples of epoch, training loss and test loss
 * @returns {History}
 */
export function extended(history, { curve }) {
  let first = 0;
  while (first < curve.length && !isDrawable(curve, first)) first += 3;
  if (first === curve.length) return history;
  const { epochs, train, test } = history;
  let kept = epochs.length;
  while (kept > 0 && epochs[kept - 1] >= curve[first]) kept--;
  const known = kept === epochs.length - 1 && first === curve.length - 3 && epochs[kept] === curve[first];
  if (known && train[kept] === curve[first + 1] && test[kept] === curve[first + 2]) return history;
  let memory = memories.get(epochs.buffer);
  if (memory?.written !== kept || kept + curve.length / 3 > memory.epochs.length) {
    memory = allocated(Math.max(ROOM, kept + curve.length / 3));
    for (let i = 0; i < kept; i++) write(memory, epochs[i], train[i], test[i]);
  }
  for (let i = first; i < curve.length; i += 3) {
    if (isDrawable(curve, i)) write(memory, curve[i], curve[i + 1], curve[i + 2]);
  }
  return memory.written > MAX_HISTORY ? thinned(memory) : seen(memory);
}

/**
 * @param {Float64Array} curve
 * @param {number} at
 */
function isDrawable(curve, at) {
  return Number.isFinite(curve[at + 1]) && Number.isFinite(curve[at + 2]);
}

/**
 * Leave out every second reading, but not the last.
 * @param {Memory} memory
 * @returns {History}
 */
function thinned({ epochs, train, test, written }) {
  const fewer = allocated(ROOM);
  for (let i = 0; i < written; i++) {
    if (i % 2 === 0 || i === written - 1) write(fewer, epochs[i], train[i], test[i]);
  }
  return seen(fewer);
}

/**
 * @param {number} room
 * @returns {Memory}
 */
function allocated(room) {
  const [epochs, train, test] = [new Float64Array(room), new Float64Array(room), new Float64Array(room)];
  const memory = { epochs, train, test, written: 0 };
  memories.set(epochs.buffer, memory);
  return memory;
}

/**
 * @param {Memory} memory
 * @param {number} epoch
 * @param {number} train
 * @param {number} test
 */
function write(memory, epoch, train, test) {
  memory.epochs[memory.written] = epoch;
  memory.train[memory.written] = train;
  memory.test[memory.written] = test;
  memory.written++;
}

/**
 * @param {Memory} memory
 * @returns {History}
 */
function seen({ epochs, train, test, written }) {
  return { epochs: epochs.subarray(0, written), train: train.subarray(0, written), test: test.subarray(0, written) };
}
