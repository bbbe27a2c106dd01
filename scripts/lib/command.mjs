/** Starts other programs, always without a shell, so that quoting is the same on every system. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { at, root } from "./root.mjs";

const require = createRequire(at("package.json"));

/** npm is a script on Windows and a link elsewhere; the script that started us names its own file, which runs everywhere. */
const npmFile = process.env["npm_execpath"];

/** The file behind a package's command, to be run with node itself: `.cmd` shims exist on Windows only, links elsewhere. */
export function toolFile(packageName, command = packageName) {
  const manifest = join(packageFolder(packageName), "package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
  return join(dirname(manifest), typeof bin === "string" ? bin : bin[command]);
}

function packageFolder(name) {
  // Looked up by folder, not by `require.resolve`: many packages do not export their package.json.
  for (const folder of require.resolve.paths(name) ?? []) {
    const candidate = join(folder, name);
    try {
      readFileSync(join(candidate, "package.json"));
      return candidate;
    } catch {
      // Not in this folder; a parent may have it.
    }
  }
  throw new Error(`the package ${name} is not installed; run npm install`);
}

/**
 * Runs a program to its end.
 *
 * `stdout` and `stderr` are "inherit" (ours), "collect" (returned) or "talk" (shown on our stderr); `timeoutMs` kills it.
 * Never throws for a failing program: look at `code` (128 and the signal's number do not apply; a killed one has `code` null).
 */
export function run(
  file,
  args,
  { cwd = root, env = process.env, stdout = "inherit", stderr = "inherit", input, timeoutMs } = {},
) {
  return new Promise((resolve) => {
    const how = (mode, inherited) => (mode === "collect" ? "pipe" : mode === "talk" ? 2 : inherited);
    const child = spawn(file, args, {
      cwd,
      env,
      stdio: [input === undefined ? "ignore" : "pipe", how(stdout, 1), how(stderr, 2)],
    });
    let out = "";
    let err = "";
    let timedOut = false;
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill("SIGKILL");
          }, timeoutMs);
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      out += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      err += text;
    });
    if (input !== undefined) child.stdin.end(input);
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ code: 127, stdout: out, stderr: `${err}${error.message}`, timedOut });
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout: out, stderr: err, timedOut });
    });
  });
}

/** Runs a file with this very node. */
export const runNode = (args, options) => run(process.execPath, args, options);

/** Runs an installed package's command. */
export const runTool = (packageName, args, { command, ...options } = {}) =>
  runNode([toolFile(packageName, command), ...args], options);

/** Runs npm. */
export function runNpm(args, options) {
  if (npmFile !== undefined && /\.c?js$/.test(npmFile)) return runNode([npmFile, ...args], options);
  // Node refuses to start .cmd files without a shell, hence the script that npm installs beside node on Windows.
  if (process.platform === "win32") {
    return runNode([join(dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js"), ...args], options);
  }
  return run("npm", args, options);
}
