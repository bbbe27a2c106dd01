/** Other processes on the same file, and a folder for it. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach } from "vitest";

const program = fileURLToPath(new URL("./peer.process.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "holdfast-native-"));
const started: Peer[] = [];
let files = 0;

/** A path that no test had before. */
export const freshFile = (): string => join(folder, `${++files}`);

/** Another process that has the file open. */
export class Peer {
  readonly child: ChildProcess;

  constructor(child: ChildProcess) {
    this.child = child;
  }

  /** Has it do a task and gives its answer. */
  async ask<T>(task: string, needs: object = {}): Promise<T> {
    this.child.send({ task, ...needs });
    const { answer, failure } = await this.message<{ answer: T; failure?: { code: string; message: string } }>();
    if (failure !== undefined) throw Object.assign(new Error(failure.message), { code: failure.code });
    return answer;
  }

  /** Its next message. */
  async message<T>(): Promise<T> {
    const [message] = await once(this.child, "message");
    return message as T;
  }

  /** Ends it as `kill -9` does, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }

  /** Ends it as a program ends, and waits until it is gone. */
  async end(): Promise<void> {
    const gone = once(this.child, "exit");
    this.child.disconnect();
    await gone;
  }
}

/** Starts a process and waits until it has the file open. */
export async function startPeer(file: string): Promise<Peer> {
  const peer = new Peer(fork(program, [file], { serialization: "advanced", execArgv: [] }));
  started.push(peer);
  await peer.message();
  return peer;
}

export const startPeers = (count: number, file: string): Promise<Peer[]> =>
  Promise.all(Array.from({ length: count }, () => startPeer(file)));

afterEach(async () => {
  await Promise.all(started.splice(0).map((peer) => peer.kill()));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
