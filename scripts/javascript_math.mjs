// Prints tests/fixtures/javascript_math.json: results of V8's Math for arguments that are hard to round.
// Run `node scripts/javascript_math.mjs > tests/fixtures/javascript_math.json`. Numbers are written
// as the 16 hexadecimal digits of their bits, which keeps -0, NaN and the last bit.

const bytes = new DataView(new ArrayBuffer(8));

function hex(number) {
  bytes.setFloat64(0, number);
  return bytes.getBigUint64(0).toString(16).padStart(16, "0");
}

function neighbours(number) {
  bytes.setFloat64(0, number);
  const here = bytes.getBigUint64(0);
  return [-2n, -1n, 0n, 1n, 2n].map((move) => {
    bytes.setBigUint64(0, here + move);
    return bytes.getFloat64(0);
  });
}

// Park and Miller's generator: the same numbers on every run.
let state = 20260101;
function uniform(low, high) {
  state = (state * 48271) % 2147483647;
  return low + ((high - low) * state) / 2147483647;
}

function draws(count, low, high) {
  return Array.from({ length: count }, () => uniform(low, high));
}

const bothSigns = (numbers) => numbers.flatMap((number) => [number, -number]);

const ends = bothSigns([0, Number.MIN_VALUE, 2.2250738585072014e-308, 1e-300, 1e-20]);
const beyond = [...bothSigns([1e10, 1e300, Number.MAX_VALUE, Infinity]), NaN];
// Where fdlibm turns from one formula to the next.
const turnsOfExp = [2 ** -28, 2 ** -54, Math.LN2 / 2, 1, 1.5 * Math.LN2, Math.LN2, 10 * Math.LN2, 20 * Math.LN2];
const endsOfExp = [708, 708.3964185322641, 709, 709.782712893384, 709.8, 745, 745.1332191019411, 745.2, 746, 1000];
const turnsOfTanh = [2 ** -55, 2 ** -28, 0.5, 1, 22, Math.LN2 / 4, 0.75 * Math.LN2, 10 * Math.LN2, 28 * Math.LN2];
const turnsOfSine = [2 ** -27, 0.3, 0.78125, Math.PI / 4, 16 * Math.PI];
const quarters = Array.from({ length: 40 }, (_, n) => ((n + 1) * Math.PI) / 2);

const moderate = [...draws(80, -1, 1), ...draws(80, -25, 25)];
const angles = [
  ...ends,
  ...bothSigns([...turnsOfSine, ...quarters].flatMap(neighbours)),
  ...draws(100, -7, 7),
  ...draws(60, -800, 800),
  ...draws(60, -800000, 800000),
];
const inputs = {
  tanh: [...ends, ...beyond, ...bothSigns(turnsOfTanh.flatMap(neighbours)), ...moderate],
  exp: [
    ...ends,
    ...beyond,
    ...bothSigns([...turnsOfExp, ...endsOfExp].flatMap(neighbours)),
    ...moderate,
    ...draws(80, -746, 710),
  ],
  sin: angles,
  cos: angles,
  log: [
    2.2250738585072014e-308,
    Number.MAX_VALUE,
    ...[2 ** -20, 0.5, Math.SQRT1_2, 1, Math.SQRT2, 2, 4, 1024].flatMap(neighbours),
    ...[...draws(12, -20, 0), 1, 20].flatMap((power) => [1 + 2 ** power, 1 - 2 ** Math.min(power, -1)]),
    ...draws(120, 0, 1),
    ...draws(60, 0.7, 1.5),
    ...draws(60, 1, 1000),
    ...draws(40, -300, 300).map((power) => 10 ** power),
  ],
};

const lines = Object.entries(inputs).map(([name, numbers]) => {
  const pairs = numbers.map((number) => `"${hex(number)}${hex(Math[name](number))}"`);
  const rows = [];
  for (let i = 0; i < pairs.length; i += 3) rows.push(`  ${pairs.slice(i, i + 3).join(", ")}`);
  return ` "${name}": [\n${rows.join(",\n")}\n ]`;
});
console.log(`{\n${lines.join(",\n")}\n}`);
