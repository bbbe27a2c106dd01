/** Instances that speak TLS: always verified. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGateway } from "../support/gateway.js";
import { exchange } from "../support/raw.js";

const openssl = "openssl";
const folder = mkdtempSync(join(tmpdir(), "holdfast-tls-"));
const certificate = join(folder, "cert.pem");
const key = join(folder, "key.pem");

function makeCertificate(): boolean {
  const subject = ["-subj", "/CN=inside.example.com", "-addext", "subjectAltName=DNS:inside.example.com,IP:127.0.0.1"];
  const files = ["-keyout", key, "-out", certificate];
  try {
    execFileSync(openssl, ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject, ...files], {
      stdio: "ignore",
    });
    return true;
  } catch {
    console.log("not run: TLS towards instances (no openssl to make a certificate with)");
    return false;
  }
}

const made = makeCertificate();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!made)("an https instance", () => {
  let url = "";
  const names: unknown[] = [];

  beforeAll(async () => {
    const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
      names.push((request.socket as unknown as { servername: unknown }).servername);
      response.end("secret");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return () => {
      server.close();
      server.closeAllConnections();
    };
  });

  const status = async (upstream: object) => {
    const gateway = await startGateway({
      instances: [url],
      upstream: { breaker: "off", ...upstream },
      route: { retry: "off" },
    });
    return (await exchange(gateway.url, "GET / HTTP/1.1\r\nHost: public.example.com\r\n\r\n")).status;
  };

  test("with a certificate that nobody vouches for is 502", async () => {
    expect(await status({ serverName: "inside.example.com" })).toBe(502);
  });

  test("with a certificate for another name is 502", async () => {
    expect(await status({ ca: certificate, serverName: "other.example.com" })).toBe(502);
  });

  test("named by its address is verified by its address", async () => {
    names.length = 0;
    expect(await status({ ca: certificate })).toBe(200);
    expect(names).toEqual([false]);
  });

  test("with the right one is asked by its own name, whatever Host the client sent", async () => {
    names.length = 0;
    expect(await status({ ca: certificate, serverName: "inside.example.com" })).toBe(200);
    expect(names).toEqual(["inside.example.com"]);
  });
});
