import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

// The page as the server writes it in Russian; the modules read it once, when they are loaded.
const textContent = readFileSync(new URL("../../locales/ru/texts.json", import.meta.url), "utf8");
globalThis.document = { documentElement: { lang: "ru" }, getElementById: () => ({ textContent }) };
const { _, ngettext } = await import("../../static/js/core/i18n.js");
const { fixed, number, percent, short } = await import("../../static/js/core/formats.js");

test("a count takes its form in Russian", () => {
  const neurons = (count) => ngettext("{count} neuron", "{count} neurons", count);
  assert.deepEqual([1, 2, 5, 11, 21, 22].map(neurons), [
    "1 нейрон",
    "2 нейрона",
    "5 нейронов",
    "11 нейронов",
    "21 нейрон",
    "22 нейрона",
  ]);
  const hours = (count) =>
    ngettext(
      "Training paused after {hours} hour without activity. Nothing is lost.",
      "Training paused after {hours} hours without activity. Nothing is lost.",
      count,
      { hours: count },
    );
  assert.match(hours(4), /4 часа\./);
  assert.match(hours(1.5), /1,5 часа\./);
});

test("a text without a translation stays English", () => {
  assert.equal(ngettext("{count} quark", "{count} quarks", 5), "5 quarks");
  assert.equal(_("No such text"), "No such text");
});

test("numbers are written as in Russian", () => {
  assert.equal(percent(0.9), "90\u00a0%");
  assert.equal(percent(0.905, 1), "90,5\u00a0%");
  assert.equal(number(5000000), "5\u00a0000\u00a0000");
  assert.equal(number(0.00321), "0,00321");
  assert.equal(number(1.7e147), "1,7·10¹⁴⁷");
  assert.equal(fixed(-0.5, 3), "−0,500");
  assert.equal(short(0.00012), "1,2·10⁻⁴");
});
