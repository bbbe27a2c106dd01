/** `holdfast doctor`: says which build of the core runs here, and whether it decides as everywhere else. */

import { type CoreInfo, coreInfo, createFullRuntime, createRuntime } from "../core/index.js";
import { type SelfTestReport, selfTest } from "../core/self-test/index.js";
import { type NativeInfo, nativeCore, nativeInfo } from "../native/index.js";
import { readOptions } from "./args.js";
import type { Command } from "./command.js";
import { painter, wantsColour } from "./output.js";
import { version } from "./version.js";

const help = `Runs the core's own test on the build that this host uses.

Usage: holdfast doctor [--json]

      --json  one JSON object on standard output
  -h, --help  show this

Exit code: 0 where every structure decides as it should, 1 where one does not.
`;

/** What `--json` prints. */
interface Report {
  readonly version: string;
  readonly host: string;
  readonly ok: boolean;
  readonly modules: Readonly<
    Record<"base" | "full", Pick<CoreInfo, "profile" | "reason" | "memoryBytes" | "features">>
  >;
  /** Digest of each structure. */
  readonly digests: SelfTestReport["digests"];
  /** Structures whose digest is another one than it should be, in either module. */
  readonly wrong: readonly string[];
  readonly common: string | undefined;
  /** The native addon: whether it is here, and if so, whether it decides as everywhere else. */
  readonly native: NativeInfo & { readonly ok?: boolean };
}

function examineNative(): Report["native"] {
  const info = nativeInfo();
  return info.available ? { ...info, ok: selfTest(createFullRuntime({ module: nativeCore() })).ok } : info;
}

function addonLine(native: Report["native"]): string {
  if (!native.available) return `not here: ${native.reason}`;
  return native.ok ? `${native.file}, decides as it should` : `${native.file}, decides DIFFERENTLY: please report it`;
}

function examine(packageVersion: string): Report {
  const [base, full] = [createRuntime(), createFullRuntime()];
  const [ofBase, ofFull] = [selfTest(base), selfTest(full)];
  const native = examineNative();
  const facts = ({ profile, reason, memoryBytes, features }: CoreInfo) => ({ profile, reason, memoryBytes, features });
  return {
    version: packageVersion,
    host: `node ${process.version.slice(1)}, ${process.platform}-${process.arch}`,
    ok: ofBase.ok && ofFull.ok && native.ok !== false,
    modules: { base: facts(coreInfo()), full: facts(full.info) },
    digests: ofFull.digests,
    wrong: [...new Set([...ofBase.wrong, ...ofFull.wrong])],
    common: ofFull.common,
    native,
  };
}

/** The command `holdfast doctor`. */
export const doctor: Command = {
  name: "doctor",
  summary: "test the core's build on this host",

  async run(argv, io) {
    const options = readOptions(argv, { json: { type: "boolean" }, help: { type: "boolean", short: "h" } });
    if (options.help === true) {
      io.stdout.write(help);
      return 0;
    }
    const report = examine(version(io.entry));
    if (options.json === true) {
      io.stdout.write(`${JSON.stringify(report)}\n`);
    } else {
      const paint = painter(wantsColour(io.stdout, io.env));
      const width = Math.max(...Object.keys(report.digests).map((name) => name.length));
      const lines = Object.entries(report.digests).map(([name, digest]) => {
        const verdict = report.wrong.includes(name) ? paint("red", "decides differently") : "ok";
        return `  ${name.padEnd(width)}  ${digest}  ${verdict}`;
      });
      const { base, full } = report.modules;
      io.stdout.write(`holdfast ${report.version} on ${report.host}
base module: ${base.profile}, ${base.reason}
full module: ${full.profile}, ${full.reason}
native addon: ${addonLine(report.native)}

${lines.join("\n")}

${report.ok ? "Every structure decides as it should." : paint("red", `${report.wrong.length} of them decide differently: please report this host.`)}
`);
    }
    return report.ok ? 0 : 1;
  },
};
