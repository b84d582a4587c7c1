// Recreates vendor/ from the npm packages: `node web/graphiql/vendor.mjs`. Needs npm and tar.
// A package whose bytes are not those of the integrity below is refused.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGES = [
  {
    name: "graphiql",
    version: "3.8.3",
    integrity: "sha512-cuPDYtXVKV86Pu5PHBX642Odi/uVEE2y1Jxq5rGO/Qy1G2lRp7ZZ7a/T30RzxhuLSWo9zUbzq0P3U49//H0Ugw==",
    files: ["graphiql.min.js", "graphiql.min.css", "LICENSE"],
  },
  {
    name: "react",
    version: "18.3.1",
    integrity: "sha512-wS+hAgJShR0KhEvPJArfuPVN1+Hz1t0Y6n5jLrGQbkb4urgPE/0Rve+1kMB1v/oWgHgm4WIcV+i7F2pTVj+2iQ==",
    files: ["umd/react.production.min.js", "LICENSE"],
  },
  {
    name: "react-dom",
    version: "18.3.1",
    integrity: "sha512-5m4nQKp+rZRb09LNH59GM4BxTh9251/ylbKIbpe7TpGxfJ+9kv6BLkLBXIjjspbgbnIBNqlI23tRnTWT0snUIw==",
    files: ["umd/react-dom.production.min.js", "LICENSE"],
  },
  {
    name: "graphql-ws",
    version: "6.4.2",
    integrity: "sha512-wxhPhhOGJo8PbGDkBYVE76sZLDrS+GkyrR4bZECSLVbo0pZZNKs0HtBh2Ip/uaUuiVUxwO9ssI9R92buQfNSqQ==",
    files: ["dist/client.js", "dist/common-CGW11Fyb.js", "LICENSE.md"],
  },
];

const vendor = fileURLToPath(new URL("vendor", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "graphiql-vendor-"));
try {
  rmSync(vendor, { recursive: true, force: true });
  for (const entry of PACKAGES) take(entry);
} finally {
  rmSync(scratch, { recursive: true });
}

function take({ name, version, integrity, files }) {
  const from = join(scratch, name);
  mkdirSync(from);
  execFileSync("npm", ["pack", `${name}@${version}`, "--silent", "--pack-destination", from]);
  const tarball = join(from, `${name}-${version}.tgz`);
  const found = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
  if (found !== integrity) throw new Error(`${name}@${version} is ${found}, not ${integrity}`);
  execFileSync("tar", ["-xzf", tarball, "-C", from]);
  const to = join(vendor, `${name}-${version}`);
  mkdirSync(to, { recursive: true });
  for (const file of files) copyFileSync(join(from, "package", file), join(to, basename(file)));
}
