/** The plane that all pictures show: both inputs from -6 to 6. */

export const PLANE = 6;

/**
 * Return a coordinate of the plane as a place along an edge of this length.
 * @param {number} value from -6 to 6
 * @param {number} size
 */
export function onPlane(value, size) {
  return ((value + PLANE) / (2 * PLANE)) * size;
}

/**
 * Clamp a coordinate to the plane.
 * @param {number} value
 */
export function withinPlane(value) {
  return Math.max(-PLANE, Math.min(PLANE, value));
}
