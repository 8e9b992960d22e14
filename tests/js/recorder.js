/** A canvas context that draws nothing and remembers what it was asked to draw. */

/** @returns {any} with `calls`: name and arguments of each, and `set`: the values of each property, in order */
export function recorder() {
  const calls = [];
  const set = {};
  return new Proxy(
    { calls, set },
    {
      get: (target, name) => target[name] ?? ((...args) => calls.push([name, ...args])),
      set(_, name, value) {
        set[name] ??= [];
        set[name].push(value);
        return true;
      },
    },
  );
}

/** Return the calls of one name. */
export function called(ctx, name) {
  return ctx.calls.filter(([each]) => each === name);
}
