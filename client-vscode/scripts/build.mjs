// node scripts/build.mjs [--tests | --watch]: the extension in dist/, or the unit tests in out/test/.
import * as fs from "node:fs";
import * as path from "node:path";
import * as esbuild from "esbuild";

const [how = ""] = process.argv.slice(2);
const common = { bundle: true, format: "cjs", platform: "node", target: "node18", logLevel: "warning" };

if (how === "--tests") {
  fs.rmSync("out", { recursive: true, force: true });
  const tests = fs.readdirSync("test", { recursive: true }).filter((name) => name.endsWith(".test.ts"));
  await esbuild.build({
    ...common,
    entryPoints: tests.map((name) => path.join("test", name)),
    outdir: "out/test",
    outbase: "test",
    sourcemap: "inline",
  });
} else {
  const options = {
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    external: ["vscode"],
    minify: how !== "--watch",
    sourcemap: how === "--watch",
    legalComments: "none",
  };
  fs.rmSync("dist", { recursive: true, force: true });
  await (how === "--watch" ? esbuild.context(options).then((context) => context.watch()) : esbuild.build(options));
}
