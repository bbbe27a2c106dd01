/** `npm run bench`: runs all cases in rounds, each in a process of its own, and shows what came out. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { allCases } from "./cases/index.js";
import { measureGateway } from "./gateway/measure.js";
import { type Case, caseId } from "./harness/case.js";
import { collectJson } from "./harness/child.js";
import { fullPace, type Pace, type ProcessResult, quickPace } from "./harness/process-result.js";
import { runtimeVersions } from "./harness/programs.js";
import { readOptions, usage } from "./options.js";
import { installedVersions, thisMachine } from "./report/machine.js";
import { withTables } from "./report/readme.js";
import { type GatewayResults, judged, type Results, type Row, rowOf } from "./report/results.js";
import { readmeReport, report } from "./report/tables.js";

/** This program is built into bench/peers/dist. */
const built = dirname(process.argv[1]!);
const root = join(built, "..", "..", "..");

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** All cases, a round after another: a slow minute of the machine is shared by all instead of falling on one. */
async function measureCases(
  cases: readonly Case[],
  pace: Pace,
  versions: Readonly<Record<string, string>>,
): Promise<Row[]> {
  const rounds = new Map<Case, ProcessResult[]>(cases.map((one) => [one, []]));
  const errors = new Map<Case, string>();
  for (let round = 1; round <= pace.rounds; round++) {
    for (const one of cases) {
      if (errors.has(one)) continue;
      try {
        const result = await collectJson(join(built, "case.process.mjs"), [caseId(one), JSON.stringify(pace)]);
        rounds.get(one)!.push(result as ProcessResult);
        say(`round ${round}/${pace.rounds}  ${caseId(one)}: ${(result as ProcessResult).ns.toFixed(1)} ns`);
      } catch (error) {
        const reason = (error as Error).message;
        errors.set(one, reason.split("\n", 1)[0]!);
        say(`round ${round}/${pace.rounds}  ${caseId(one)} failed: ${reason}`);
      }
    }
  }
  return judged(
    cases.map((one) => {
      const version = one.package === undefined ? undefined : versions[one.package];
      return rowOf(one, errors.has(one) ? [] : rounds.get(one)!, version, errors.get(one));
    }),
  );
}

/** The rows measured before must not be lost where the servers for this part cannot be started. */
async function gatewayOrReason(
  pace: Pace,
  versions: Readonly<Record<string, string>>,
): Promise<GatewayResults | undefined> {
  try {
    return await measureGateway(built, pace, versions, say);
  } catch (error) {
    say(`not measured: gateway: ${(error as Error).message}`);
    return undefined;
  }
}

async function measureAll(only: string | undefined, quick: boolean, rounds: number | undefined): Promise<Results> {
  const pace = { ...(quick ? quickPace : fullPace), ...(rounds === undefined ? {} : { rounds }) };
  const wanted = (name: string): boolean => only === undefined || name.toLowerCase().includes(only.toLowerCase());
  const cases = (await allCases()).filter((one) => wanted(caseId(one)));
  const withGateway = wanted("gateway");
  if (cases.length === 0 && !withGateway) throw new Error(`no row's name contains ${JSON.stringify(only)}`);
  const versions = { ...installedVersions(root), ...runtimeVersions() };
  const startedAt = new Date().toISOString();
  const rows = await measureCases(cases, pace, versions);
  const gateway = withGateway ? await gatewayOrReason(pace, versions) : undefined;
  return { startedAt, machine: thisMachine(), versions, pace, quick, only, rows, gateway };
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const results =
    options.from === undefined
      ? await measureAll(options.only, options.quick, options.rounds)
      : (JSON.parse(readFileSync(options.from, "utf8")) as Results);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, undefined, 2)}\n`);
  process.stdout.write(report(results));
  if (options.readme) {
    if (results.quick || results.only !== undefined || results.gateway === undefined)
      throw new Error("README.md takes all rows at the full pace only");
    const readme = join(root, "README.md");
    writeFileSync(readme, withTables(readFileSync(readme, "utf8"), readmeReport(results)));
    say("put the tables into README.md");
  }
  const rows = [...results.rows, ...(results.gateway?.rows ?? [])];
  const complete = results.only !== undefined || results.gateway !== undefined;
  return complete && rows.length > 0 && rows.every((row) => row.error === undefined) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  say((error as Error).message);
  process.exitCode = 2;
}
