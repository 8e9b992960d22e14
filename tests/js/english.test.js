import assert from "node:assert/strict";
import { test } from "node:test";
import { fixed, number, percent, short } from "../../static/js/core/formats.js";
import { _, ngettext } from "../../static/js/core/i18n.js";

test("a count takes its form in English", () => {
  const neurons = (count) => ngettext("{count} neuron", "{count} neurons", count);
  assert.deepEqual([1, 2, 5, 21, 1.5].map(neurons), [
    "1 neuron",
    "2 neurons",
    "5 neurons",
    "21 neurons",
    "1.5 neurons",
  ]);
  assert.equal(
    ngettext("{used} of {rows} row", "{used} of {rows} rows", 1234, { used: 1200, rows: 1234 }),
    "1,200 of 1,234 rows",
  );
});

test("numbers are written as in English", () => {
  assert.equal(percent(0.9), "90%");
  assert.equal(percent(0.905, 1), "90.5%");
  assert.equal(number(5000000), "5,000,000");
  assert.equal(number(0.00321), "0.00321");
  assert.equal(number(-12345.678), "−12,300");
  assert.equal(number(1.7e147), "1.7·10¹⁴⁷");
  assert.equal(number(1e-7), "1·10⁻⁷");
  assert.equal(number(Number.POSITIVE_INFINITY), "∞");
  assert.equal(fixed(0.5, 3), "0.500");
  assert.equal(fixed(1.7e147, 3), "1.7·10¹⁴⁷");
  assert.equal(short(-1.5), "−1.50");
  assert.equal(_("Epoch {epoch}", { epoch: 12345 }), "Epoch 12,345");
});
