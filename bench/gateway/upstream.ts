/** The server behind the proxies: nginx where it is installed, since it leaves most of the processor to what is measured. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Server, startChild, startServer, stopChild } from "../harness/child.js";
import { answer } from "./answer.js";

/** The first line of what a program says of its version; undefined where it is not installed. */
export function versionOf(program: string, flag: string): string | undefined {
  const { error, stdout, stderr } = spawnSync(program, [flag], { encoding: "utf8" });
  return error === undefined ? `${stdout}${stderr}`.trim().split("\n", 1)[0] : undefined;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Without a master, so that ending the one process ends all of it. */
const nginxConfig = (port: number): string => `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_requests 100000000;
  default_type text/plain;
  server { listen 127.0.0.1:${port} backlog=1024; location / { return 200 "${answer}"; } }
}
`;

async function answers(url: string): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      if ((await fetch(url)).ok) return true;
    } catch {
      // It does not listen yet.
    }
    await wait(50);
  }
  return false;
}

async function startNginx(): Promise<Server> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  writeFileSync(join(folder, "nginx.conf"), nginxConfig(port));
  const child = startChild("nginx", ["-p", folder, "-c", "nginx.conf", "-e", "stderr"], "ignore");
  const url = `http://127.0.0.1:${port}`;
  const clear = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", clear);
  const stop = async (): Promise<void> => {
    await stopChild(child);
    clear();
  };
  if (await answers(url)) return { url, stop };
  await stop();
  throw new Error("nginx did not answer");
}

/** Starts the upstream; `what` names it for the table. */
export async function startUpstream(built: string): Promise<Server & { readonly what: string }> {
  const nginx = versionOf("nginx", "-v");
  if (nginx !== undefined) {
    const server = await startNginx();
    return { ...server, what: nginx.replace(/^nginx version: /, "") };
  }
  const server = await startServer(join(built, "gateway", "upstream.process.mjs"), []);
  return { ...server, what: "a node:http server" };
}
