// node scripts/package.mjs DIST: the .vsix beside the one wheel in DIST, of the same version. What it holds is laid out in
// out/vsix first, so that nothing made stands between the sources: the bundle, the wheel, licence and screenshots.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const [dist] = process.argv.slice(2);
if (dist === undefined) {
  console.error("usage: node scripts/package.mjs DIST");
  process.exit(2);
}
const here = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "..");
const root = path.dirname(here);
const stage = path.join(here, "out", "vsix");
const manifest = JSON.parse(fs.readFileSync(path.join(here, "package.json"), "utf8"));
const wheels = fs.readdirSync(dist).filter((name) => name.endsWith(".whl"));
if (wheels.length !== 1 || !wheels[0].startsWith(`autopack-${manifest.version}-`)) {
  console.error(`${dist} must hold the wheel of autopack ${manifest.version} and no other, not: ${wheels.join(", ") || "none"}`);
  process.exit(1);
}
const wheel = path.resolve(dist, wheels[0]);
const target = path.resolve(dist, `autopack-${manifest.version}.vsix`);
const copy = (from, to) => fs.cpSync(from, path.join(stage, to), { recursive: true });

execFileSync(process.execPath, [path.join(here, "scripts", "build.mjs")], { cwd: here, stdio: "inherit" });
fs.rmSync(stage, { recursive: true, force: true });
fs.mkdirSync(path.join(stage, "wheel"), { recursive: true });
copy(path.join(here, "dist"), "dist");
copy(path.join(here, "media"), "media");
copy(path.join(here, "CHANGELOG.md"), "CHANGELOG.md");
copy(path.join(root, "LICENSE"), "LICENSE");
copy(wheel, path.join("wheel", path.basename(wheel)));

fs.writeFileSync(path.join(stage, ".vscodeignore"), "");

const readme = fs.readFileSync(path.join(here, "README.md"), "utf8");
for (const [, picture] of readme.matchAll(/\.\.\/docs\/(screenshots\/[\w-]+\.png)/g)) {
  copy(path.join(root, "docs", picture), picture);
}
fs.writeFileSync(path.join(stage, "README.md"), readme.replaceAll("../docs/screenshots/", "screenshots/"));

for (const key of ["scripts", "dependencies", "devDependencies", "private"]) {
  delete manifest[key];
}
fs.writeFileSync(path.join(stage, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

const vsce = path.join(here, "node_modules", "@vscode", "vsce", "vsce");
const words = ["package", "--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links", "--out", target];
execFileSync(process.execPath, [vsce, ...words], { cwd: stage, stdio: ["ignore", "ignore", "inherit"] });
