/**
 * Bundle the page's scripts and styles into static/dist, which the server ships; `--dev` serves the modules instead.
 *
 * `node scripts/bundle.mjs` writes the files; `--check` compares them with what the sources give now. The manifest names
 * the scripts to preload and the checksum of every source, so that Python can tell a stale bundle without Node.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(ROOT, "static", "dist");
const MANIFEST = "manifest.json";

/** @type {import("esbuild").BuildOptions} */
const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  sourcemap: true,
  sourcesContent: false, // the server serves the modules, too
  metafile: true,
  write: false,
  outdir: "static/dist",
  target: "es2022",
  tsconfigRaw: {}, // that of the checkout is for the checks
  logLevel: "warning",
};

/** Return all files of the bundle, by name. */
async function bundled() {
  const scripts = await build({
    ...COMMON,
    entryPoints: ["static/js/main.js"],
    chunkNames: "[name]-[hash]",
    format: "esm",
    splitting: true,
    alias: { katex: "./static/vendor/katex/katex.mjs", "@msgpack/msgpack": "./static/vendor/msgpack/decode.mjs" },
  });
  const opening = await build({ ...COMMON, entryPoints: ["static/js/opening.js"], sourcemap: false });
  const styles = await build({
    ...COMMON,
    entryPoints: ["static/css/page.css", "static/css/features/lessons.css"],
    entryNames: "[name]",
    external: ["*.woff2"], // "../vendor" means the same folder from static/dist as from static/css
  });
  const main = scripts.metafile.outputs["static/dist/main.js"];
  const preload = main.imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => basename(path));
  const inputs = ["scripts/bundle.mjs"];
  for (const { metafile } of [scripts, opening, styles]) inputs.push(...Object.keys(metafile.inputs));
  const sources = Object.fromEntries(inputs.sort().map((path) => [path, checksum(readFileSync(join(ROOT, path)))]));
  const outputs = [...scripts.outputFiles, ...opening.outputFiles, ...styles.outputFiles];
  const files = new Map(outputs.map((file) => [basename(file.path), file.contents]));
  return files.set(MANIFEST, Buffer.from(`${JSON.stringify({ preload, sources }, null, 2)}\n`));
}

/** @param {Uint8Array} bytes */
function checksum(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

const files = await bundled();
const present = existsSync(DIST) ? readdirSync(DIST) : [];
if (process.argv.includes("--check")) {
  const stale = [...new Set([...files.keys(), ...present])].filter(
    (name) => !present.includes(name) || !files.has(name) || !readFileSync(join(DIST, name)).equals(files.get(name)),
  );
  if (stale.length > 0) {
    console.error(`static/dist is stale (${stale.sort().join(", ")}): run "make bundle"`);
    process.exit(1);
  }
  console.log("static/dist matches its sources");
} else {
  mkdirSync(DIST, { recursive: true });
  for (const name of present) if (!files.has(name)) rmSync(join(DIST, name));
  for (const [name, contents] of files) writeFileSync(join(DIST, name), contents);
}
