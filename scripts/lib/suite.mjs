/** What the suites of tests share: Vitest with the right reporters, results for CI, and visible words for what did not run. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runTool } from "./command.mjs";

/** Where CI collects the results of all suites; unset elsewhere. */
const resultsFolder = process.env["HOLDFAST_RESULTS"];

/** Says that a part did not run, and why; never to be confused with one that passed. */
export const notRun = (what) => console.log(`not run: ${what}`);

/** Keeps a suite's counts for CI, which sums them up. */
export function record(suite, { passed, failed, skipped }) {
  if (resultsFolder === undefined) return;
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${suite}.counts.json`), `${JSON.stringify({ suite, passed, failed, skipped })}\n`);
}

/** Runs Vitest on one project with further arguments; resolves to its exit code. */
export async function vitest(suite, project, args = [], env = {}) {
  const report = resultsFolder === undefined ? undefined : join(resultsFolder, `${suite}.vitest.json`);
  if (report !== undefined) mkdirSync(resultsFolder, { recursive: true });
  const reporters =
    report === undefined ? [] : ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { code } = await runTool("vitest", ["run", "--project", project, ...reporters, ...args], {
    env: { ...process.env, ...env },
  });
  if (report !== undefined) {
    let counts = { passed: 0, failed: 1, skipped: 0 };
    try {
      const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
        readFileSync(report, "utf8"),
      );
      // A file that does not even load has no tests to count, but it failed.
      const failed = Math.max(
        numFailedTests,
        code !== 0 && numFailedTests === 0 ? Math.max(1, numFailedTestSuites) : 0,
      );
      counts = { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
    } catch {
      // Vitest died before it wrote its report: that counts as one failure.
    }
    record(suite, counts);
  }
  return code ?? 1;
}
