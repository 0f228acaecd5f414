// One workbench for a test file: the extension installed, a project open, a picture of what was seen when a test fails.
import * as fs from "node:fs";
import * as path from "node:path";
import { after, afterEach, before, beforeEach } from "node:test";

import { scratch, vsix } from "./places.mjs";
import { makeProject, settings } from "./project.mjs";
import { startWorkbench } from "./servers.mjs";
import { Browser } from "./window.mjs";

/** A workspace of projects with these names, the first of them being `first` under its own. */
function severalFolders(folder, names, first) {
  const others = names.map((name) => {
    const parent = path.join(folder, name);
    fs.mkdirSync(parent);
    fs.renameSync(makeProject(parent).root, path.join(parent, name));
    return path.join(parent, name);
  });
  const file = path.join(folder, "all.code-workspace");
  fs.writeFileSync(file, JSON.stringify({ folders: [first, ...others].map((place) => ({ path: place })) }));
  return file;
}

/** What tests of one file share; filled in before the first of them. `prepare` changes the project before it is opened. */
export function workbench(name, { pace, machine = settings, user = {}, env = {}, folders, prepare = () => {} } = {}) {
  const here = {};
  const undo = [];
  before(async () => {
    const [folder, remove] = scratch(name);
    undo.push(remove);
    const state = path.join(folder, "editor");
    fs.mkdirSync(state);
    here.folder = folder;
    here.project = makeProject(folder, { pace });
    prepare(here.project.root);
    const place = folders === undefined ? here.project.root : severalFolders(folder, folders, here.project.root);
    const server = await startWorkbench({ state, vsix: vsix(), env: { ...here.project.env, ...env }, machine, user });
    undo.push(() => server.stop());
    here.browser = await Browser.open();
    undo.push(() => here.browser.close());
    here.open = () => here.browser.window(server.url, place);
    here.window = await here.open();
  });
  let broken = false;
  beforeEach(() => {
    if (broken) {
      throw new Error("the tests of a file are one story, and an earlier one failed");
    }
  });
  afterEach(async (test) => {
    if (test.passed === false && !broken) {
      broken = true;
      await here.window?.picture(`failed-${name}-${test.name.replaceAll(/\W+/g, "-").slice(0, 60)}`);
    }
  });
  after(async () => {
    for (const step of undo.reverse()) {
      await step();
    }
  });
  return here;
}
