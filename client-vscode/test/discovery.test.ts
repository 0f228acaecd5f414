import * as assert from "node:assert/strict";

import { type Disk, discover, type Surroundings } from "../src/discovery";

const WORKSPACE = "/projects/shelf";

/** A disk of executables: path -> what it is. Links are resolved by component, as on a real one. */
function aDisk(files: Record<string, { link?: string; interpreter?: string }>, links: Record<string, string> = {}): Disk {
  const resolved = (file: string): string => {
    for (const [from, to] of Object.entries(links)) {
      if (file === from || file.startsWith(`${from}/`)) {
        return resolved(to + file.slice(from.length));
      }
    }
    return file;
  };
  const real = (file: string): string => {
    const place = resolved(file);
    const link = files[place]?.link;
    return link === undefined ? place : real(link);
  };
  return {
    real: (file) => real(file),
    executable: (file) => real(file) in files || resolved(file) in files,
    interpreter: (file) => files[real(file)]?.interpreter ?? "",
  };
}

function where(disk: Disk, more: Partial<Surroundings> = {}): Surroundings {
  return { configured: [], path: "/usr/local/bin:/usr/bin", folders: [WORKSPACE], installed: "/storage/server/bin/autopack", disk, ...more };
}

describe("discovery", () => {
  it("takes the setting first", () => {
    const disk = aDisk({ "/opt/autopack": {}, "/usr/bin/autopack": {} });
    assert.deepEqual(discover(where(disk, { configured: ["/opt/autopack", "lsp", "--replay"] })), {
      kind: "found", command: ["/opt/autopack", "lsp", "--replay"], origin: "setting", passed: [],
    });
  });

  it("finds the program of the setting on PATH", () => {
    const found = discover(where(aDisk({ "/usr/bin/autopack": {} }), { configured: ["autopack", "lsp"] }));
    assert.deepEqual(found.kind === "found" && found.command, ["/usr/bin/autopack", "lsp"]);
  });

  it("refuses a setting that is not there, is relative, or lies in the workspace", () => {
    const venv = `${WORKSPACE}/.venv/bin/python`;
    const disk = aDisk({ [venv]: { link: "/usr/bin/python3" }, "/usr/bin/python3": {} });
    for (const configured of [["/opt/none"], ["./autopack"], ["bin/autopack"], [venv, "-m", "x"], ["/usr/bin/python3", `${WORKSPACE}/server.py`]]) {
      const found = discover(where(disk, { configured }));
      assert.equal(found.kind, "refused", configured.join(" "));
      assert.match(found.kind === "refused" ? found.reason : "", /autopack\.server\.command/);
    }
  });

  it("finds autopack on PATH, past one in the workspace", () => {
    const mine = `${WORKSPACE}/.venv/bin`;
    const disk = aDisk({ [`${mine}/autopack`]: {}, "/usr/bin/autopack": {} });
    assert.deepEqual(discover(where(disk, { path: `${mine}:/usr/bin` })), {
      kind: "found", command: ["/usr/bin/autopack", "lsp"], origin: "path", passed: [`${mine}/autopack`],
    });
  });

  it("passes over relative and empty entries of PATH", () => {
    const found = discover(where(aDisk({ "bin/autopack": {}, autopack: {} }), { path: "bin::." }));
    assert.equal(found.kind, "missing");
  });

  it("passes over what leads into the workspace by a link, a linked folder, or its interpreter", () => {
    const inside = `${WORKSPACE}/tool`;
    for (const disk of [
      aDisk({ "/usr/bin/autopack": { link: inside }, [inside]: {} }),
      aDisk({ [`${WORKSPACE}/bin/autopack`]: {} }, { "/usr/bin": `${WORKSPACE}/bin` }),
      aDisk({ "/usr/bin/autopack": { interpreter: `${WORKSPACE}/.venv/bin/python` } }),
    ]) {
      assert.equal(discover(where(disk)).kind, "missing");
    }
  });

  it("passes over a workspace that is itself opened through a link", () => {
    const disk = aDisk({ "/real/shelf/bin/autopack": {} }, { "/projects": "/real" });
    assert.equal(discover(where(disk, { path: "/real/shelf/bin" })).kind, "missing");
    assert.equal(discover(where(disk, { path: "/projects/shelf/bin" })).kind, "missing");
  });

  it("does not take a neighbour of the workspace for a part of it", () => {
    const found = discover(where(aDisk({ "/projects/shelf-tools/autopack": {} }), { path: "/projects/shelf-tools" }));
    assert.equal(found.kind, "found");
  });

  it("takes the installed server last", () => {
    const found = discover(where(aDisk({ "/storage/server/bin/autopack": {} })));
    assert.deepEqual(found.kind === "found" && [found.origin, found.command], ["installed", ["/storage/server/bin/autopack", "lsp"]]);
  });
});
