/** Find and draw lines of equal output, by marching squares over the bytes of a picture. */

/**
 * For each of the 16 ways in which a cell's corners (top left, top right, bottom right, bottom left) can be above the
 * level: the pairs of edges (0 top, 1 right, 2 bottom, 3 left) that a line joins. The two saddles are cut, not joined.
 */
const CASES = [
  [],
  [[3, 0]],
  [[0, 1]],
  [[3, 1]],
  [[1, 2]],
  [
    [3, 0],
    [1, 2],
  ],
  [[0, 2]],
  [[3, 2]],
  [[2, 3]],
  [[0, 2]],
  [
    [0, 1],
    [2, 3],
  ],
  [[1, 2]],
  [[1, 3]],
  [[0, 1]],
  [[3, 0]],
  [],
];

/**
 * Return the line at a level as pieces x1, y1, x2, y2 in cells of the picture.
 * @param {Uint8Array} bytes side x side, rows from the top
 * @param {number} side
 * @param {number} level between two bytes
 */
export function contour(bytes, side, level) {
  /** @type {number[]} */
  const pieces = [];
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const at = row * side + column;
      const kind =
        Number(bytes[at] > level) |
        (Number(bytes[at + 1] > level) << 1) |
        (Number(bytes[at + side + 1] > level) << 2) |
        (Number(bytes[at + side] > level) << 3);
      if (kind === 0 || kind === 15) continue; // nearly all cells: nothing is made for them
      const corners = [bytes[at], bytes[at + 1], bytes[at + side + 1], bytes[at + side]];
      for (const pair of CASES[kind]) {
        for (const edge of pair) {
          const [from, to] = [corners[edge], corners[(edge + 1) % 4]];
          const share = (level - from) / (to - from);
          if (edge === 0) pieces.push(column + share, row);
          else if (edge === 1) pieces.push(column + 1, row + share);
          else if (edge === 2) pieces.push(column + 1 - share, row + 1);
          else pieces.push(column, row + 1 - share);
        }
      }
    }
  }
  return pieces;
}

/**
 * Return the lines between points of different classes as pieces x1, y1, x2, y2 in cells of the picture.
 * @param {Uint8Array} chosen side x side
 * @param {number} side
 */
export function steps(chosen, side) {
  /** @type {number[]} */
  const pieces = [];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const at = row * side + column;
      if (column + 1 < side && chosen[at] !== chosen[at + 1])
        pieces.push(column + 0.5, row - 0.5, column + 0.5, row + 0.5);
      if (row + 1 < side && chosen[at] !== chosen[at + side])
        pieces.push(column - 0.5, row + 0.5, column + 0.5, row + 0.5);
    }
  }
  return pieces;
}

/**
 * Draw the boundary (output 0) and the margins halfway to either end of the scale. For a decision between classes, draw
 * their boundaries, and the lines of 75% certainty as margins.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{bytes: Uint8Array, chosen: Uint8Array | null, side: number, ink: string}} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawContours(ctx, { bytes, chosen, side, ink }, { x, y, size }) {
  const cell = size / (side - 1);
  ctx.strokeStyle = ink;
  const margins = chosen ? [223.5] : [64.5, 191.5];
  const boundary = chosen ? steps(chosen, side) : contour(bytes, side, 127.5);
  for (const [pieces, width, dash] of /** @type {[number[], number, number[]][]} */ ([
    ...margins.map((level) => [contour(bytes, side, level), 1, [4, 3]]),
    [boundary, 2, []],
  ])) {
    ctx.lineWidth = width;
    ctx.setLineDash(dash);
    ctx.beginPath();
    for (let i = 0; i < pieces.length; i += 4) {
      ctx.moveTo(x + pieces[i] * cell, y + pieces[i + 1] * cell);
      ctx.lineTo(x + pieces[i + 2] * cell, y + pieces[i + 3] * cell);
    }
    ctx.stroke();
  }
  ctx.setLineDash([]);
}
