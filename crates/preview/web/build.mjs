// Builds dist/ from src/ and the locked packages, and records what went in and out, so that a test can tell that the
// committed files belong to these sources.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const hash = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

mkdirSync("dist", { recursive: true });
const result = await build({
  entryPoints: ["src/main.ts"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  outfile: "dist/preview.js",
  // node's modules that d3 and vega reach for only outside of browsers
  external: [],
});
await build({ entryPoints: ["src/style.css"], minify: true, outfile: "dist/preview.css" });
writeFileSync("dist/index.html", readFileSync("src/index.html"));

const packages = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const found = input.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.add(found[1]);
}
const licences = [];
for (const name of [...packages].sort()) {
  const folder = join("node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
  if (!file) throw new Error(`${name} has no licence file`);
  const text = readFileSync(join(folder, file), "utf8").trim();
  licences.push(`${name} ${about.version} (${about.license})\n\n${text}`);
}
writeFileSync("dist/LICENSES.txt", `${licences.join(`\n\n${"-".repeat(78)}\n\n`)}\n`);

const inputs = ["package.json", "package-lock.json", "tsconfig.json", "build.mjs"];
for (const file of readdirSync("src").sort()) inputs.push(`src/${file}`);
const outputs = ["index.html", "preview.js", "preview.css", "LICENSES.txt"].map((f) => `dist/${f}`);
const entries = (paths) => Object.fromEntries(paths.filter(existsSync).map((p) => [p, hash(p)]));
const manifest = { packages: [...packages].sort(), inputs: entries(inputs), outputs: entries(outputs) };
writeFileSync("dist/manifest.json", `${JSON.stringify(manifest, null, 2)}\n`);
