// Names the tests that failed, and adds up the counts that the suites left in a folder; the last line of CI, and its exit code.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];

/** What the suites left in files of this ending. */
const left = (ending) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => [name.slice(0, -ending.length), JSON.parse(readFileSync(join(folder, name), "utf8"))]);

/** The longest message of a failure that is shown here; the whole of it stands where the test ran. */
const maxLines = 25;

for (const [suite, { testResults }] of left(".vitest.json")) {
  for (const file of testResults) {
    const failed = file.assertionResults.filter(({ status }) => status === "failed");
    for (const { fullName, failureMessages } of failed) {
      console.log(`FAILED ${suite}: ${file.name.replace(`${process.cwd()}/`, "")}: ${fullName}`);
      console.log(failureMessages.join("\n").split("\n").slice(0, maxLines).join("\n"));
    }
    if (file.status === "failed" && failed.length === 0) console.log(`FAILED ${suite}: ${file.name}: ${file.message}`);
  }
}

const sum = { passed: 0, failed: 0, skipped: 0 };
for (const [, counts] of left(".counts.json")) for (const key of Object.keys(sum)) sum[key] += counts[key];
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed === 0 ? 0 : 1;
