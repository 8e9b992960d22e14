/** A canvas context that draws nothing and records what it was asked to draw. */

/** What a CanvasRenderingContext2D has, as far as the page draws with it; any other name is a mistake. */
const METHODS = new Set([
  ...["arc", "beginPath", "bezierCurveTo", "clip", "closePath", "drawImage", "fill", "fillRect", "fillText", "lineTo"],
  ...["moveTo", "putImageData", "rect", "restore", "roundRect", "save", "scale", "setLineDash", "stroke", "strokeText"],
  ...["translate", "measureText", "createImageData"],
]);
const PROPERTIES = new Set([
  ...["fillStyle", "font", "globalAlpha", "globalCompositeOperation", "lineDashOffset", "lineJoin", "lineWidth"],
  ...["strokeStyle", "textAlign", "textBaseline"],
]);

/** @returns {any} with `calls`: name and arguments of each, and `set`: the values of each property, in order */
export function recorder() {
  const calls = [];
  const set = {};
  return new Proxy(
    {},
    {
      get(_, name) {
        if (name === "calls") return calls;
        if (name === "set") return set;
        if (PROPERTIES.has(name)) return set[name]?.at(-1);
        if (!METHODS.has(name)) throw new TypeError(`a canvas context has no ${String(name)}`);
        return (...args) => {
          calls.push([name, ...args]);
          return name === "measureText" ? { width: 6 * args[0].length } : undefined;
        };
      },
      set(_, name, value) {
        if (!PROPERTIES.has(name)) throw new TypeError(`a canvas context has no property ${String(name)}`);
        set[name] ??= [];
        set[name].push(value);
        return true;
      },
    },
  );
}

/** Return the calls of one name. */
export function called(ctx, name) {
  if (!METHODS.has(name)) throw new TypeError(`a canvas context has no ${name}`);
  return ctx.calls.filter(([each]) => each === name);
}
