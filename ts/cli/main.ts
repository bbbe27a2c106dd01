#!/usr/bin/env node
/** The program `holdfast`. */

import { fileURLToPath } from "node:url";
import { gateway } from "./gateway.js";
import { runProgram } from "./program.js";

// A reader that has seen enough (`holdfast demo | head`) is no error; children end with the channel to this process.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runProgram(
  process.argv.slice(2),
  { stdout: process.stdout, stderr: process.stderr, env: process.env, entry: fileURLToPath(import.meta.url) },
  [gateway],
);
